"""Drafting, publishing and retiring the policy of the watch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compounds.classification.errors import NotOpen, SamePerson
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from governance.organisation.models import Area

from ..models import WatchPolicy, WatchSignal
from ..models.watch import WatchPolicyIsPublished
from ..rules import watch as rules

EDIT, PUBLISH = "watch.policy", "watch.publish"
EDITABLE = (
    "title",
    "document",
    "valid_from",
    "months",
    "yellow_from",
    "red_from",
    "visit_working_days",
    "order_days",
)


class NoWatchPolicy(DomainError):  # noqa: N818 - names of refusals read as sentences
    """There is nothing to watch by."""

    def __init__(self, district, as_of):
        super().__init__(
            gettext_lazy(
                "No watch policy is in force in %(district)s on %(day)s. Publish one first."
            )
            % {"district": district, "day": as_of}
        )


class WatchPolicyNotSound(DomainError):  # noqa: N818
    """The policy has faults; `faults` names the signal of each."""

    def __init__(self, faults):
        self.faults = faults
        super().__init__(faults[0].message)


def policy_in_force(district: Area, as_of: dt.date) -> WatchPolicy:
    """The policy of a district on a day.  Raises NoWatchPolicy."""
    policy = WatchPolicy.objects.filter(district=district).in_force(as_of).first()
    if policy is None:
        raise NoWatchPolicy(district, as_of)
    return policy


@transaction.atomic
def create_policy(
    *, by, district: Area, weights: Iterable[rules.Weight] | None = None, **terms: Any
) -> WatchPolicy:
    """Begin a draft, with the usual signals unless others are given; `terms` as in EDITABLE.

    Raises NotAllowed, ValidationError.
    """
    by.scope.require(EDIT, district)
    given = {"title": _("Rebound watch"), "valid_from": dates.today(), **_known(terms)}
    policy = WatchPolicy(district=district, prepared_by=by, **given)
    _validate(policy)
    policy.save()
    chosen = [rules.Weight(*row) for row in rules.default_weights()] if weights is None else weights
    _write_signals(policy, chosen)
    audit.record("draft", policy, by=by, changes={k: [None, v] for k, v in given.items()})
    return policy


@transaction.atomic
def copy_policy(*, by, policy: WatchPolicy) -> WatchPolicy:
    """A new draft that says what another policy says, from today on.  Raises NotAllowed."""
    by.scope.require(EDIT, policy.district)
    terms = {name: getattr(policy, name) for name in EDITABLE}
    terms |= {"document": "", "valid_from": max(policy.valid_from, dates.today())}
    draft = WatchPolicy.objects.create(district=policy.district, prepared_by=by, **terms)
    _write_signals(draft, policy.as_rule().weights)
    audit.record("copy", draft, by=by, changes={"copied_from": [None, str(policy)]})
    return draft


@transaction.atomic
def save_policy(
    *,
    by,
    policy: WatchPolicy,
    version: int,
    terms: dict[str, Any] | None = None,
    weights: Iterable[rules.Weight] | None = None,
) -> WatchPolicy:
    """Store a draft's terms and/or its whole table; `version` is the one that was read.

    Faults do not stop the saving of a draft (see `rules.faults_of`).
    Raises NotAllowed, StaleRecord, WatchPolicyIsPublished, ValidationError.
    """
    row = _locked_draft(by, policy, version)
    before = {name: getattr(row, name) for name in EDITABLE}
    for name, value in _known(terms or {}).items():
        setattr(row, name, value)
    changes = audit.changes_between(before, {name: getattr(row, name) for name in EDITABLE})
    row.prepared_by = by
    row.version += 1
    _validate(row)
    row.save()
    if weights is not None:
        old, wanted = [list(one) for one in row.as_rule().weights], list(weights)
        row.signals.all().delete()
        _write_signals(row, wanted)
        if old != [list(one) for one in wanted]:
            changes["signals"] = [old, [list(one) for one in wanted]]
    audit.record("change", row, by=by, changes=changes)
    return row


@transaction.atomic
def delete_policy(*, by, policy: WatchPolicy, version: int) -> None:
    """Throw a draft away.  Raises NotAllowed, StaleRecord, WatchPolicyIsPublished."""
    row = _locked_draft(by, policy, version)
    audit.record("delete", row, by=by)
    row.delete()


@transaction.atomic
def publish_policy(*, by, policy: WatchPolicy, version: int) -> WatchPolicy:
    """Publish a sound draft: from its day on it replaces the one before, and is fixed for ever.

    Nothing is judged anew before the next run.  Raises NotAllowed, SamePerson (the preparer),
    StaleRecord, WatchPolicyIsPublished, WatchPolicyNotSound, ValidationError, DomainError.
    """
    by.scope.require(PUBLISH, policy.district)
    # The district's row is the lock: of two published at once one sees the other.
    for_update(Area.objects).get(pk=policy.district_id)
    row = for_update(WatchPolicy.objects).get(pk=policy.pk)
    if not row.is_draft:
        raise WatchPolicyIsPublished
    if row.version != version:
        raise StaleRecord(current=row)
    if row.prepared_by_id == by.pk:
        raise SamePerson(_("You prepared this policy, so somebody else must publish it."))
    if not row.document.strip():
        raise DomainError(
            _("Give the draft its document number before it is published."), field="document"
        )
    faults = rules.faults_of(row.as_rule())
    if faults:
        raise WatchPolicyNotSound(faults)
    _publish(row, by)
    audit.record("publish", row, by=by, changes={"state": ["DRAFT", "PUBLISHED"]})
    return row


@transaction.atomic
def retire_policy(*, by, policy: WatchPolicy, version: int, reason: str) -> WatchPolicy:
    """Take a published policy out of force; the one before it holds again, if there is one.

    Scores made under it stay.  Raises NotAllowed, StaleRecord, NotOpen, DomainError (no reason).
    """
    by.scope.require(PUBLISH, policy.district)
    row = for_update(WatchPolicy.objects).get(pk=policy.pk)
    if row.state != WatchPolicy.State.PUBLISHED:
        raise NotOpen(_("Only a published policy can be retired."))
    if row.version != version:
        raise StaleRecord(current=row)
    if not reason.strip():
        raise DomainError(_("Give a reason."), field="reason")
    row.state = WatchPolicy.State.RETIRED
    row.version += 1
    row.save(update_fields=sorted(WatchPolicy.RETIRING))
    audit.record("retire", row, by=by, reason=reason, changes={"state": ["PUBLISHED", "RETIRED"]})
    return row


@transaction.atomic
def ensure_default(
    *, district: Area, prepared_by, published_by, valid_from: dt.date, document: str = ""
) -> WatchPolicy:
    """The policy in force of a district, or the usual one if it has none: for seeds and tests.

    Raises SamePerson if both people are the same.
    """
    found = WatchPolicy.objects.filter(
        district=district, state=WatchPolicy.State.PUBLISHED, valid_from__lte=valid_from
    ).first()
    if found is not None:
        return found
    if prepared_by.pk == published_by.pk:
        raise SamePerson(_("You prepared this policy, so somebody else must publish it."))
    row = WatchPolicy(
        district=district,
        prepared_by=prepared_by,
        title=_("Rebound watch"),
        document=document,
        valid_from=valid_from,
    )
    _validate(row)
    row.save()
    _write_signals(row, [rules.Weight(*one) for one in rules.default_weights()])
    _publish(row, published_by)
    audit.record("publish", row, by=published_by, changes={"state": [None, "PUBLISHED"]})
    return row


def _publish(row: WatchPolicy, by) -> None:
    row.state = WatchPolicy.State.PUBLISHED
    row.published_by, row.published_at = by, timezone.now()
    row.version += 1
    _validate(row)
    row.save()


def _locked_draft(by, policy: WatchPolicy, version: int) -> WatchPolicy:
    by.scope.require(EDIT, policy.district)
    row = for_update(WatchPolicy.objects).get(pk=policy.pk)
    if not row.is_draft:
        raise WatchPolicyIsPublished
    if row.version != version:
        raise StaleRecord(current=row)
    return row


def _known(terms: dict[str, Any]) -> dict[str, Any]:
    unknown = set(terms) - set(EDITABLE)
    if unknown:
        raise TypeError(f"not a term of a watch policy: {', '.join(sorted(unknown))}")
    return terms


def _validate(policy: WatchPolicy) -> None:
    policy.full_clean(exclude=["district", "prepared_by"])


def _write_signals(policy: WatchPolicy, weights: Iterable[rules.Weight]) -> None:
    WatchSignal.objects.bulk_create(
        WatchSignal(policy=policy, key=weight.key, threshold=weight.threshold, points=weight.points)
        for weight in weights
        if weight.key in rules.SIGNALS
    )
