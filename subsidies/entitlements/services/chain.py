"""The way of an application: checked by the community, reviewed by street and district, or back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation.errors import NotAllowed
from subsidies.programmes import facts as programme_facts
from subsidies.programmes import questions as programmes
from subsidies.programmes.rules import examine

from .. import gathering, rules, wording
from ..errors import NotOpen, NotReady
from ..models import APPLY, APPROVE, ASSESS, CHECK, PUBLICISE, REVIEW, Entitlement
from . import telling
from .common import (
    Act,
    State,
    all_or_none,
    business_day,
    check_move,
    check_person,
    move,
    need,
    working_due,
)

# Who takes a row out of a state backwards, who rejects it there, and who withdraws it.
RETURNS = {
    State.SUBMITTED: (CHECK,),
    State.COMMUNITY_CHECKED: (REVIEW,),
    State.STREET_REVIEWED: (ASSESS,),
    State.DISTRICT_REVIEWED: (PUBLICISE, ASSESS),
    State.PUBLICISED: (PUBLICISE, APPROVE),
}
REJECTS = {
    State.SUBMITTED: (CHECK,),
    State.COMMUNITY_CHECKED: (REVIEW,),
    State.STREET_REVIEWED: (ASSESS,),
    State.DISTRICT_REVIEWED: (PUBLICISE, ASSESS, APPROVE),
    State.PUBLICISED: (APPROVE,),
}
WITHDRAWS = (APPLY,)
# What a step back takes away again, by the state it leads to.
CLEARED: dict[str, dict[str, Any]] = {
    State.DRAFT: {},
    State.SUBMITTED: {"checked_by": None},
    State.COMMUNITY_CHECKED: {"reviewed_by": None},
    State.STREET_REVIEWED: {"assessed_by": None, "trace": None},
    State.DISTRICT_REVIEWED: {},
}


@transaction.atomic
def check(
    *, by, entitlements: Iterable[Entitlement], finding: str = "", document: str = "",
    on: dt.date | None = None, batch: str = "",
) -> list[Entitlement]:  # fmt: skip
    """The community confirms that people live there and that the firm serves. All or none.

    Raises NotAllowed, SamePerson, StaleRecord, NotOpen, RowsRefused.
    """
    day = business_day(on)

    def may(row: Entitlement) -> None:
        by.scope.require(CHECK, row)
        _check_forward(row, State.COMMUNITY_CHECKED)
        check_person(row, by)

    rows = all_or_none(entitlements, may)
    terms = _terms(rows)
    for row in rows:
        row.checked_by = by
        row.due_on = working_due(day, terms[row.programme_id].review_days)
    return _forward(
        rows, State.COMMUNITY_CHECKED, by=by, verb="check", right=CHECK, on=day,
        fields=("checked_by", "due_on"), document=document, reason=finding, batch=batch,
    )  # fmt: skip


@transaction.atomic
def review(
    *, by, entitlements: Iterable[Entitlement], finding: str = "", document: str = "",
    on: dt.date | None = None, batch: str = "",
) -> list[Entitlement]:  # fmt: skip
    """The street's review. All or none. Raises as `check`."""
    day = business_day(on)

    def may(row: Entitlement) -> None:
        by.scope.require(REVIEW, row)
        _check_forward(row, State.STREET_REVIEWED)
        check_person(row, by)

    rows = all_or_none(entitlements, may)
    terms = _terms(rows)
    for row in rows:
        row.reviewed_by = by
        row.due_on = working_due(day, terms[row.programme_id].district_days)
    return _forward(
        rows, State.STREET_REVIEWED, by=by, verb="review", right=REVIEW, on=day,
        fields=("reviewed_by", "due_on"), document=document, reason=finding, batch=batch,
    )  # fmt: skip


@transaction.atomic
def assess(
    *, by, entitlements: Iterable[Entitlement], finding: str = "", document: str = "",
    on: dt.date | None = None, batch: str = "",
) -> list[Entitlement]:  # fmt: skip
    """The district's review: the conditions of the programme are examined and the answer is kept.

    A condition that is not met or not known refuses the row and names it; the officer returns or
    rejects it then. The amount is reckoned anew within the ceilings. All or none.
    Raises as `check`, and NotReady.
    """
    day = business_day(on)
    examinations: dict[int, Any] = {}

    def prepare(found: Sequence[Entitlement]) -> None:
        examinations.update(examined(found, day))

    def may(row: Entitlement) -> None:
        by.scope.require(ASSESS, row)
        _check_forward(row, State.DISTRICT_REVIEWED)
        check_person(row, by)
        if reasons := wording.failures(examinations[row.pk]):
            raise NotReady(reasons)

    rows = all_or_none(entitlements, may, prepare)
    terms = _terms(rows)
    fees = gathering.fees_of(rows, terms)
    ceilings = gathering.Ceilings(rows, terms)
    for row in rows:
        row.assessed_by, row.due_on = by, None
        row.trace = examinations[row.pk].as_json()
        known = terms[row.programme_id]
        forecast = gathering.forecast_of(row, known, fees.get(row.pk), **ceilings.of(row))
        row.amount = gathering.total_of(forecast)
        ceilings.take(row, forecast)
    return _forward(
        rows, State.DISTRICT_REVIEWED, by=by, verb="assess", right=ASSESS, on=day,
        fields=("assessed_by", "due_on", "trace", "amount"), tell=("amount",),
        document=document, reason=finding, batch=batch,
    )  # fmt: skip


def examined(rows: Sequence[Entitlement], day: dt.date) -> dict[int, Any]:
    """By entitlement: the answer of the programme's conditions on a day, set-based."""
    terms = _terms(rows)
    values = programme_facts.facts_of(
        [row.compound_id for row in rows],
        day,
        providers={row.compound_id: row.provider_id for row in rows},
    )
    found = {}
    for row in rows:
        known, sources = values.get(row.compound_id, ({}, {}))
        found[row.pk] = examine(terms[row.programme_id], known, sources)
    return found


@transaction.atomic
def return_many(
    *, by, entitlements: Iterable[Entitlement], reason: str, on: dt.date | None = None,
    batch: str = "",
) -> list[Entitlement]:  # fmt: skip
    """Take rows one step back, with a reason; those who applied are told. All or none.

    Raises NotAllowed, StaleRecord, NotOpen, DomainError (no reason), RowsRefused.
    """
    day, reason = business_day(on), need(reason)

    def may(row: Entitlement) -> None:
        back = rules.back_from(row.state)
        if back is None:
            raise NotOpen(_("Nothing can be taken back from here."))
        require_any(by, RETURNS[State(row.state)], row)

    rows = all_or_none(entitlements, may)
    for state in sorted({row.state for row in rows}):
        step_back([row for row in rows if row.state == state], by=by, reason=reason, on=day,
                  batch=batch)  # fmt: skip
    return rows


def return_entitlement(
    *, by, entitlement: Entitlement, reason: str, on: dt.date | None = None
) -> Entitlement:
    """Take one row a step back. See `return_many`."""
    return return_many(by=by, entitlements=[entitlement], reason=reason, on=on)[0]


def step_back(
    rows: Sequence[Entitlement], *, by, reason: str, on: dt.date, batch: str = ""
) -> None:
    """Take rows of one state a step back: what the step had set is taken away. Rows are held."""
    before = rows[0].state
    back = rules.back_from(before)
    right = next((one for one in RETURNS[State(before)] if by.scope.has(one)), "")
    cleared = CLEARED[back]
    terms = _terms(rows)
    for row in rows:
        for name, value in cleared.items():
            setattr(row, name, value)
        row.due_on = _due_in(back, terms[row.programme_id], on)
    acts = move(
        rows, back, by=by, verb="return", on=on, act=Act.RETURN, right=right, reason=reason,
        fields=("due_on", *cleared),
    )  # fmt: skip
    telling.done(rows)
    telling.told(rows, telling.RETURNED, by=by, batch=batch)
    audit.record_many(acts, by=by, reason=reason, batch=batch)


@transaction.atomic
def reject(
    *, by, entitlements: Iterable[Entitlement], reason: str, document: str = "",
    on: dt.date | None = None, batch: str = "",
) -> list[Entitlement]:  # fmt: skip
    """Refuse applications for good, with a reason. All or none.

    Raises NotAllowed, StaleRecord, NotOpen, DomainError (no reason), RowsRefused.
    """
    day, reason = business_day(on), need(reason)

    def may(row: Entitlement) -> None:
        check_move(row, State.REJECTED)
        require_any(by, REJECTS[State(row.state)], row)

    rows = all_or_none(entitlements, may)
    _end_way(rows, State.REJECTED, Act.REJECT, "reject", by=by, day=day, reason=reason,
             document=document.strip(), batch=batch)  # fmt: skip
    telling.told(rows, telling.REJECTED, by=by, batch=batch)
    return rows


@transaction.atomic
def withdraw(
    *, by, entitlements: Iterable[Entitlement], reason: str, on: dt.date | None = None,
    batch: str = "",
) -> list[Entitlement]:  # fmt: skip
    """Give applications up, by the street that made them, with a reason. All or none.

    Raises NotAllowed, StaleRecord, NotOpen, DomainError (no reason), RowsRefused.
    """
    day, reason = business_day(on), need(reason)

    def may(row: Entitlement) -> None:
        check_move(row, State.WITHDRAWN)
        require_any(by, WITHDRAWS, row)

    rows = all_or_none(entitlements, may)
    _end_way(rows, State.WITHDRAWN, Act.WITHDRAW, "withdraw", by=by, day=day, reason=reason,
             batch=batch)  # fmt: skip
    return rows


# -- shared ----------------------------------------------------------------------------------------
def require_any(by, rights: Iterable[str], row: Entitlement) -> str:
    """The first of some rights that a post grants for a row. Raises NotAllowed."""
    for right in rights:
        if by.scope.can(right, row):
            return right
    raise NotAllowed


def _check_forward(row: Entitlement, to: str) -> None:
    """A step forward comes from the state before, not back from the one after."""
    check_move(row, to)
    if rules.FORWARD.index(row.state) >= rules.FORWARD.index(to):
        raise NotOpen(
            _("%(compound)s is in the state “%(state)s”: this step is not possible from there.")
            % {"compound": row.compound.name, "state": row.get_state_display()}
        )


def _terms(rows: Sequence[Entitlement]) -> dict[int, Any]:
    return programmes.terms_of({row.programme_id for row in rows})


def _due_in(state: str, terms, day: dt.date) -> dt.date | None:
    """By when the next step is due in a state that was reached on a day."""
    days = {
        State.SUBMITTED: terms.check_days,
        State.COMMUNITY_CHECKED: terms.review_days,
        State.STREET_REVIEWED: terms.district_days,
    }.get(State(state))
    return working_due(day, days) if days is not None else None


def _forward(
    rows, to: str, *, by, verb: str, right: str, on: dt.date, fields, tell=(), document: str,
    reason: str, batch: str,
) -> list[Entitlement]:  # fmt: skip
    acts = move(
        rows, to, by=by, verb=verb, on=on, right=right, document=document.strip(),
        reason=reason.strip(), fields=fields, tell=tell,
    )  # fmt: skip
    telling.forward(rows, by=by, batch=batch)
    audit.record_many(acts, by=by, reason=reason.strip(), batch=batch)
    return rows


def _end_way(
    rows, to: str, act: str, verb: str, *, by, day: dt.date, reason: str, batch: str,
    document: str = "",
) -> None:  # fmt: skip
    for row in rows:
        row.due_on = None
    acts = move(
        rows, to, by=by, verb=verb, on=day, act=act, reason=reason, document=document,
        fields=("due_on",),
    )  # fmt: skip
    telling.done(rows)
    audit.record_many(acts, by=by, reason=reason, batch=batch)


__all__ = [
    "REJECTS",
    "RETURNS",
    "WITHDRAWS",
    "assess",
    "check",
    "examined",
    "reject",
    "require_any",
    "return_entitlement",
    "return_many",
    "review",
    "step_back",
    "withdraw",
]
