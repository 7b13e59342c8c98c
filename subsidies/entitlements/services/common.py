"""What verbs of this room share: the lock on rows, the recorded step, the refusal of many."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compounds.registry.models import Compound
from governance.audit import services as audit
from governance.foundation import bulk, dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.foundation.locks import for_update
from governance.organisation.calendar import WORKING, calendar

from .. import rules
from ..errors import NotOpen, Refused, RowsRefused, SamePerson
from ..models import Entitlement, EntitlementStep

State = Entitlement.State
Act = EntitlementStep.Act
PEOPLE = ("prepared_by", "checked_by", "reviewed_by", "assessed_by", "approved_by")


def business_day(on: dt.date | None, field: str = "on") -> dt.date:
    """The day of an act: today unless it is entered later. Raises DomainError for days to come."""
    today = dates.today()
    if on is not None and on > today:
        raise DomainError(_("This day lies in the future."), field=field)
    return on or today


def need(text: str, words: Any = None, field: str = "reason") -> str:
    """A text, stripped. Raises DomainError if there is none."""
    text = (text or "").strip()
    if not text:
        raise DomainError(words or _("Give a reason."), field=field)
    return text


def role_of(by, right: str) -> str:
    """The role by which somebody acts."""
    if by is None:
        return ""
    for grant in by.scope.grants:
        if not right or right in grant.rights:
            return grant.role.value
    return ""


def locked(entitlements: Iterable[Entitlement]) -> list[Entitlement]:
    """The rows, locked and read anew: compounds first, then entitlements, in order of their ids."""
    ids = {row.pk for row in entitlements}
    owners = Entitlement.objects.filter(pk__in=ids).values("compound")
    list(for_update(Compound.objects).filter(pk__in=owners).order_by("pk"))
    return list(
        for_update(Entitlement.objects)
        .select_related("compound", "provider", "programme", "assignment", "contract", "notice")
        .filter(pk__in=ids)
        .order_by("pk")
    )


def all_or_none(
    entitlements: Iterable[Entitlement],
    check: Callable[[Entitlement], None],
    prepare: Callable[[Sequence[Entitlement]], None] | None = None,
) -> list[Entitlement]:
    """Lock the rows as their callers have seen them and check each; all pass, or none does.

    The `version` of the objects handed in is what was seen. Raises RowsRefused, which names every
    row that was refused; a single row's own refusal; NotAllowed if no row may be acted on.
    """
    given = {row.pk: row for row in entitlements}
    found = locked(given.values())
    if not found or len(found) != len(given):
        raise DomainError(_("Pick rows of the list first; some of them are not there."))
    taken = taken_by(found)
    for row in found:
        row.taken_by = taken[row.pk]
    if prepare is not None:
        prepare(found)
    refused, errors = [], []
    for row in found:
        try:
            if row.version != given[row.pk].version:
                raise StaleRecord(current=row)
            check(row)
        except DomainError as error:
            refused.append(Refused(row.pk, name_of(row), str(error)))
            errors.append(error)
    if refused and (len(found) == 1 or all(isinstance(one, NotAllowed) for one in errors)):
        raise errors[0]
    if refused:
        raise RowsRefused(refused)
    return found


def name_of(row: Entitlement) -> str:
    return f"{row.compound.name} {row.number}"


def check_move(row: Entitlement, to: str) -> None:
    """Raise NotOpen unless the step is one of the way."""
    if not rules.may_move(row.state, to):
        raise NotOpen(
            _("%(compound)s is in the state “%(state)s”: this step is not possible from there.")
            % {"compound": row.compound.name, "state": row.get_state_display()}
        )


def taken_by(rows: Iterable[Entitlement]) -> dict[int, set[int]]:
    """By entitlement: who has taken a step of it (ids), who handed it in among them. One query."""
    found = {
        row.pk: {pk for name in PEOPLE if (pk := getattr(row, f"{name}_id")) is not None}
        for row in rows
    }
    steps = EntitlementStep.objects.filter(
        entitlement__in=list(found), act=Act.FORWARD, to_state=State.SUBMITTED
    )
    for pk, by in steps.values_list("entitlement_id", "by_id"):
        found[pk].add(by)
    return found


def check_person(row: Entitlement, by) -> None:
    """Raise SamePerson if somebody has already taken another step of a row (`all_or_none`)."""
    if by.pk in row.taken_by:
        raise SamePerson


def working_due(on: dt.date, days: int) -> dt.date:
    """The last day of so many working days, the day itself not counted (Civil Code 201)."""
    return calendar().due_on(on, days, WORKING)


def step_of(
    row: Entitlement,
    act: str,
    before: str,
    after: str,
    *,
    by,
    on: dt.date,
    right: str = "",
    document: str = "",
    reason: str = "",
) -> EntitlementStep:
    """A step, not yet written."""
    return EntitlementStep(
        entitlement_id=row.pk,
        district_id=row.district_id,
        street_id=row.street_id,
        community_id=row.community_id,
        act=act,
        from_state=before,
        to_state=after,
        on=on,
        at=timezone.now(),
        by=by,
        role=role_of(by, right),
        document=document[:150],
        reason=reason[:300],
    )


def last_days(rows: Iterable[Entitlement]) -> dict[int, dt.date]:
    """By entitlement: the day of its last step; one that came with a workbook has none yet."""
    steps = EntitlementStep.objects.filter(entitlement__in=[row.pk for row in rows]).order_by()
    return dict(steps.values_list("entitlement_id").annotate(last=Max("on")))


def _refuse_earlier(rows: Sequence[Entitlement], on: dt.date) -> None:
    last = last_days(rows)
    for row in rows:
        if row.pk in last and on < last[row.pk]:
            raise DomainError(
                _("%(name)s: the step before was on %(last)s, so this one cannot be on %(day)s.")
                % {"name": name_of(row), "last": last[row.pk], "day": on},
                field="on",
            )


def move(
    rows: Sequence[Entitlement],
    to: str,
    *,
    by,
    verb: str,
    on: dt.date,
    act: str = Act.FORWARD,
    right: str = "",
    document: str = "",
    reason: str = "",
    fields: Iterable[str] = (),
    tell: Iterable[str] = (),
) -> list[audit.Act]:
    """Take rows to a state, with the fields that callers have set; answers what to record.

    Three statements, however many rows; no step is dated before the one it follows. Callers hold
    the rows and have checked the step; of the fields those in `tell` go to the log with their new
    values.
    """
    _refuse_earlier(rows, on)
    acts, steps = [], []
    for row in rows:
        before, row.state = row.state, to
        row.version += 1
        changes: dict[str, list] = {"state": [before, to]}
        for name in tell:
            changes[name] = [None, getattr(row, name)]
        if document:
            changes["document"] = [None, document]
        acts.append(audit.act_on(verb, row, changes))
        steps.append(
            step_of(
                row, act, before, to, by=by, on=on, right=right, document=document, reason=reason
            )
        )
    bulk.update_many(Entitlement, rows, ("state", "version", "updated_at", *fields))
    bulk.insert_many(EntitlementStep, steps)
    return acts
