"""Drafting, publishing and retiring policies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import StaleRecord
from governance.foundation.locks import for_update
from governance.organisation.models import Area

from .. import rules
from ..errors import NotOpen, PolicyNotSound, SamePerson
from ..models import Condition, Policy, Rule
from ..models.policies import PolicyIsPublished

EDIT, PUBLISH = "policy.edit", "policy.publish"
EDITABLE = (
    "title",
    "document_number",
    "effective_from",
    "effective_until",
    "subsidy_rate",
    "subsidy_months",
    "area_basis",
)


@transaction.atomic
def create_policy(
    *, by, district: Area, policy_rules: Iterable[rules.Rule] = (), **terms: Any
) -> Policy:
    """Begin a draft; `terms` are the fields in EDITABLE.

    Raises NotAllowed, ValidationError.
    """
    by.scope.require(EDIT, district)
    policy = Policy(
        district=district, edition=_next_edition(district), prepared_by=by, **_known(terms)
    )
    _validate(policy)
    policy.save()
    _write_rules(policy, tuple(policy_rules))
    audit.record("draft", policy, by=by, changes={k: [None, v] for k, v in terms.items()})
    return policy


@transaction.atomic
def copy_policy(*, by, policy: Policy) -> Policy:
    """A new draft with the rules and terms of another policy.  Raises NotAllowed.

    It begins today or later and asks for a document number of its own.
    """
    by.scope.require(EDIT, policy.district)
    terms = {name: getattr(policy, name) for name in EDITABLE}
    begins = max(policy.effective_from, dates.today())
    terms |= {"document_number": "", "effective_from": begins}
    if policy.effective_until and policy.effective_until < begins:
        terms["effective_until"] = None
    draft = Policy(
        district=policy.district,
        edition=_next_edition(policy.district),
        prepared_by=by,
        copied_from=policy,
        **terms,
    )
    draft.save()
    _write_rules(draft, policy.as_rules(), [row.note for row in policy.rules.all()])
    audit.record("copy", draft, by=by, changes={"copied_from": [None, str(policy)]})
    return draft


@transaction.atomic
def save_draft(
    *,
    by,
    policy: Policy,
    version: int,
    terms: dict[str, Any] | None = None,
    policy_rules: Iterable[rules.Rule] | None = None,
    notes: Iterable[str] = (),
) -> Policy:
    """Store a draft's terms and/or its whole table of rules; `version` is the one that was read.

    Faults of the rules do not stop the saving of a draft (see `rules.check_policy`), only what
    could not be read back: an unknown fact or operator, a value of the wrong kind.
    Raises NotAllowed, StaleRecord, PolicyIsPublished, PolicyNotSound, ValidationError.
    """
    row = _locked_draft(by, policy, version)
    before = {name: getattr(row, name) for name in EDITABLE}
    old_rules = rules.as_json(row.as_rules())
    changes: dict[str, list] = {}
    if terms:
        for name, value in _known(terms).items():
            setattr(row, name, value)
        changes |= audit.changes_between(before, {name: getattr(row, name) for name in EDITABLE})
    row.prepared_by = by
    row.version += 1
    _validate(row)
    row.save()
    if policy_rules is not None:
        wanted = tuple(policy_rules)
        row.rules.all().delete()
        _write_rules(row, wanted, list(notes))
        new_rules = rules.as_json(wanted)
        if new_rules != old_rules:
            changes["rules"] = [old_rules, new_rules]
    audit.record("change", row, by=by, changes=changes)
    return row


@transaction.atomic
def delete_draft(*, by, policy: Policy, version: int) -> None:
    """Throw a draft away, with its what-ifs.  Raises NotAllowed, StaleRecord, PolicyIsPublished."""
    row = _locked_draft(by, policy, version)
    audit.record("delete", row, by=by)
    row.delete()


@transaction.atomic
def publish_policy(*, by, policy: Policy, version: int, reason: str = "") -> Policy:
    """Publish a sound draft; from then on it is fixed, and ends what was in force before it.

    A policy that begins before today needs a reason, which stays with it.  Decisions already
    taken keep their policy; nothing is decided anew before the next run.
    Raises NotAllowed, SamePerson (the preparer), StaleRecord, PolicyIsPublished, PolicyNotSound,
    ValidationError (no document number, a term that clashes, no reason).
    """
    by.scope.require(PUBLISH, policy.district)
    # The district's row is the lock: two policies published at once see each other's terms.
    for_update(Area.objects).get(pk=policy.district_id)
    row = for_update(Policy.objects).get(pk=policy.pk)
    if not row.is_draft:
        raise PolicyIsPublished
    if row.version != version:
        raise StaleRecord(current=row)
    if row.prepared_by_id == by.pk:
        raise SamePerson(_("You prepared this policy, so somebody else must publish it."))
    if not row.document_number.strip():
        raise ValidationError(
            {"document_number": _("Give the draft its document number before it is published.")}
        )
    problems = rules.check_policy(row.as_rules())
    if problems:
        raise PolicyNotSound(problems)
    fault = clash_of(row)
    if fault:
        raise ValidationError({"effective_from": fault})
    changes = {"state": ["DRAFT", "PUBLISHED"]}
    if is_retroactive(row):
        row.retroactive_reason = reason.strip()
        if not row.retroactive_reason:
            raise ValidationError(
                {"retroactive_reason": _("It begins before today: give the reason for that.")}
            )
        changes["retroactive_reason"] = [None, row.retroactive_reason]
    row.state = Policy.State.PUBLISHED
    row.published_by, row.published_at = by, timezone.now()
    row.version += 1
    _validate(row)
    row.save()
    audit.record("publish", row, by=by, reason=row.retroactive_reason, changes=changes)
    return row


def is_retroactive(draft: Policy) -> bool:
    """Whether it would begin before the day of its publication, were it published today."""
    return draft.effective_from < dates.today()


def clash_of(draft: Policy):
    """Why a draft cannot be published for its term today; None if it can."""
    published = Policy.objects.filter(district_id=draft.district_id, state=Policy.State.PUBLISHED)
    return rules.term_fault(draft.term, [row.term for row in published], today=dates.today())


def standings_of(district_id: int) -> Mapping[int, rules.Standing]:
    """From when until when each published policy of a district is in force, by edition."""
    published = Policy.objects.filter(district_id=district_id).exclude(state=Policy.State.DRAFT)
    return rules.succession(row.term for row in published)


@transaction.atomic
def retire_policy(*, by, policy: Policy, version: int, reason: str) -> Policy:
    """Take a published policy out of force from today; decisions made under it stay.

    If it has not been in force for a day, the policy it was to replace stays in force.
    Raises NotAllowed, StaleRecord, NotOpen (not published, or over), ValidationError (no reason).
    """
    by.scope.require(PUBLISH, policy.district)
    for_update(Area.objects).get(pk=policy.district_id)
    row = for_update(Policy.objects).get(pk=policy.pk)
    if row.state != Policy.State.PUBLISHED:
        raise NotOpen(_("Only a published policy can be retired."))
    if row.version != version:
        raise StaleRecord(current=row)
    if not reason.strip():
        raise ValidationError({"reason": _("Give a reason.")})
    today = dates.today()
    if standings_of(row.district_id)[row.edition].is_over(today):
        raise NotOpen(_("This policy is no longer in force, so there is nothing to retire."))
    row.state = Policy.State.RETIRED
    row.retired_by, row.retired_at = by, timezone.now()
    row.ended_on = today - dt.timedelta(days=1)
    row.version += 1
    row.save(update_fields=sorted(Policy.RETIRING))
    audit.record(
        "retire",
        row,
        by=by,
        reason=reason,
        changes={"state": ["PUBLISHED", "RETIRED"], "ended_on": [None, row.ended_on]},
    )
    return row


def _locked_draft(by, policy: Policy, version: int) -> Policy:
    by.scope.require(EDIT, policy.district)
    row = for_update(Policy.objects).get(pk=policy.pk)
    if not row.is_draft:
        raise PolicyIsPublished
    if row.version != version:
        raise StaleRecord(current=row)
    return row


def _known(terms: dict[str, Any]) -> dict[str, Any]:
    unknown = set(terms) - set(EDITABLE)
    if unknown:
        raise TypeError(f"not a term of a policy: {', '.join(sorted(unknown))}")
    return terms


def _next_edition(district: Area) -> int:
    # The district's row is the lock: two drafts begun at once get two numbers.
    for_update(Area.objects).get(pk=district.pk)
    last = Policy.objects.filter(district=district).aggregate(last=Max("edition"))["last"]
    return (last or 0) + 1


def _validate(policy: Policy) -> None:
    policy.full_clean(exclude=["district", "prepared_by"])


_UNREADABLE = {"unknown_strategy", "unknown_fact", "wrong_operator", "wrong_value"}


def _write_rules(
    policy: Policy, policy_rules: tuple[rules.Rule, ...], notes: list[str] | None = None
) -> None:
    problems = [p for p in rules.check_policy(policy_rules) if p.code in _UNREADABLE]
    if problems:
        raise PolicyNotSound(problems)
    notes = notes or []
    rows = Rule.objects.bulk_create(
        Rule(
            policy=policy,
            position=number,
            strategy=rule.strategy,
            note=notes[number - 1] if number <= len(notes) else "",
        )
        for number, rule in enumerate(policy_rules, start=1)
    )
    Condition.objects.bulk_create(
        Condition(
            rule=row,
            position=place,
            fact=c.fact,
            operator=c.operator,
            value=rules.written(c.value),
            alternative=c.alternative,
        )
        for row, rule in zip(rows, policy_rules, strict=True)
        for place, c in enumerate(rule.conditions, start=1)
    )
