"""The chain of approval: reviewed by the street, approved by the district, back, withdrawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord

from .. import rules
from ..errors import NOBODY_ELSE, Ineligible, Refused, RowsRefused, SamePerson, Short
from ..gathering import Facts, gather
from ..models import APPROVE, PROPOSE, REVIEW, Assignment
from . import telling
from .common import State, check_move, locked, locked_one, move, need, require_any
from .handover import add_default_lines
from .proposing import told

# Who takes a row out of a state backwards, and who withdraws it there.
RETURNS = {State.STREET_REVIEWED: (REVIEW, APPROVE), State.DISTRICT_APPROVED: (APPROVE,)}
WITHDRAWS = {
    State.PROPOSED: (PROPOSE, REVIEW),
    State.STREET_REVIEWED: (PROPOSE, REVIEW, APPROVE),
    State.DISTRICT_APPROVED: (APPROVE,),
}


@transaction.atomic
def review_assignment(
    *, by, assignment: Assignment, version: int, document: str = "", reason: str = ""
) -> Assignment:
    """The street's review of a proposal, by another than its preparer.

    Raises NotAllowed, SamePerson, StaleRecord, NotOpen.
    """
    row = locked_one(assignment, version)
    _check_review(row, by)
    _reviewed([row], by=by, document=document, reason=reason)
    return row


@transaction.atomic
def approve_assignment(
    *, by, assignment: Assignment, version: int, document: str = "", reason: str = ""
) -> Assignment:
    """The district's approval of a reviewed proposal, by a third person.

    Raises NotAllowed, SamePerson, StaleRecord, NotOpen, Ineligible (the firm is barred by now),
    DomainError (classified otherwise since).
    """
    row = locked_one(assignment, version)
    _check_approval(row, by, gather([row.compound], dates.today(), without=[row.pk]))
    _approved([row], by=by, document=document, reason=reason)
    return row


@transaction.atomic
def return_assignment(*, by, assignment: Assignment, version: int, reason: str) -> Assignment:
    """Take a row one step back, with a reason; the preparer is told.

    Raises NotAllowed, StaleRecord, NotOpen, DomainError (no reason).
    """
    row = locked_one(assignment, version)
    _check_return(row, by)
    _returned([row], by=by, reason=need(reason))
    return row


@transaction.atomic
def withdraw_assignment(*, by, assignment: Assignment, version: int, reason: str) -> Assignment:
    """Give up what is prepared, with a reason. An approved one is given up by the district.

    Raises NotAllowed, StaleRecord, NotOpen, DomainError (no reason).
    """
    row = locked_one(assignment, version)
    check_move(row, State.WITHDRAWN)
    right = require_any(by, WITHDRAWS[State(row.state)], row)
    reason = need(reason)
    acts = move([row], State.WITHDRAWN, by=by, verb="withdraw", right=right, reason=reason)
    telling.done(row)
    telling.told([row], telling.RETURNED, by=by)
    audit.record_many(acts, by=by, reason=reason)
    return row


@transaction.atomic
def review_many(
    *, by, rows: Iterable[tuple[int, int]], batch: str, document: str = "", reason: str = ""
) -> list[Assignment]:
    """Review many proposals (id, version), all or none. Raises RowsRefused, which names them."""
    found = _all_or_none(by, rows, lambda row: _check_review(row, by))
    _reviewed(found, by=by, document=document, reason=reason, batch=batch)
    return found


@transaction.atomic
def approve_many(
    *,
    by,
    rows: Iterable[tuple[int, int]],
    batch: str,
    document: str = "",
    reason: str = "",
    accepts_shortage: bool = False,
) -> list[Assignment]:
    """Approve many reviewed proposals (id, version), all or none.

    Where a firm has less room than its rows need together they pass only if that is accepted,
    with a reason. Raises RowsRefused, Short.
    """
    rows = list(rows)
    facts: list[Facts] = []

    def check(row: Assignment) -> None:
        _check_approval(row, by, facts[0])

    def prepare(found: Sequence[Assignment]) -> None:
        ids = [row.pk for row in found]
        facts.append(gather([row.compound for row in found], dates.today(), without=ids))

    found = _all_or_none(by, rows, check, prepare)
    if short := _shortages(found, facts[0]):
        if not accepts_shortage:
            words = _("%(shortages)s. Confirm that this is wanted, and give the reason.")
            raise Short(words % {"shortages": "; ".join(short)}, field="accepts_shortage")
        need(reason)
    _approved(found, by=by, document=document, reason=reason, batch=batch)
    return found


def _shortages(rows: Sequence[Assignment], facts: Facts) -> list[str]:
    """Firms whose rows need more room than they have left, in words. Unknown room is no lack."""
    needed: dict[tuple[int, int], Decimal] = {}
    count: Counter[tuple[int, int]] = Counter()
    for row in rows:
        key = (row.district_id, row.provider_id)
        needed[key] = needed.get(key, Decimal(0)) + (facts.of(row.compound).needed_m2 or 0)
        count[key] += 1
    words = []
    for (district, pk), area in needed.items():
        firm = facts.firms[district].get(pk)
        if firm is not None and firm.room_left_m2 is not None and firm.room_left_m2 < area:
            sentence = ngettext(
                "%(firm)s has %(left)s m² left, but the %(count)s compound picked for it needs"
                " %(needed)s m²",
                "%(firm)s has %(left)s m² left, but the %(count)s compounds picked for it need"
                " %(needed)s m² together",
                count[district, pk],
            )
            left = max(firm.room_left_m2, Decimal(0))
            values = {"firm": firm.name, "count": count[district, pk]}
            words.append(sentence % {**values, "left": f"{left:,}", "needed": f"{area:,}"})
    return words


@transaction.atomic
def return_many(
    *, by, rows: Iterable[tuple[int, int]], batch: str, reason: str
) -> list[Assignment]:
    """Take many rows one step back, all or none. Raises RowsRefused, DomainError (no reason)."""
    reason = need(reason)
    found = _all_or_none(by, rows, lambda row: _check_return(row, by))
    for state in {row.state for row in found}:
        some = [row for row in found if row.state == state]
        _returned(some, by=by, reason=reason, batch=batch)
    return found


def _all_or_none(
    by,
    rows: Iterable[tuple[int, int]],
    check: Callable[[Assignment], None],
    prepare: Callable[[Sequence[Assignment]], None] | None = None,
) -> list[Assignment]:
    versions = dict(rows)
    visible = Assignment.objects.visible_to(by).filter(pk__in=versions)
    found = locked(visible)
    if not found or len(found) != len(versions):
        raise DomainError(_("Pick rows of the list first; some of them are not there."))
    if prepare is not None:
        prepare(found)
    refused = []
    for row in found:
        try:
            if row.version != versions[row.pk]:
                raise StaleRecord(current=row)
            check(row)
        except NotAllowed as error:
            refused.append(Refused(str(row), error.message))
        except DomainError as error:
            refused.append(Refused(str(row), error.message))
    if refused:
        raise RowsRefused(refused)
    return found


def _check_review(row: Assignment, by) -> None:
    by.scope.require(REVIEW, row)
    check_move(row, State.STREET_REVIEWED)
    if row.state != State.PROPOSED:
        check_move(row, State.PROPOSED)
    if row.prepared_by_id == by.pk:
        raise SamePerson(NOBODY_ELSE)


def _check_approval(row: Assignment, by, facts: Facts) -> None:
    by.scope.require(APPROVE, row)
    check_move(row, State.DISTRICT_APPROVED)
    if by.pk in (row.prepared_by_id, row.reviewed_by_id):
        raise SamePerson(NOBODY_ELSE)
    if row.compound.strategy != row.strategy:
        raise DomainError(
            _("%(compound)s was classified otherwise since. Withdraw this and propose anew.")
            % {"compound": row.compound}
        )
    if barred := rules.bars(facts.reasons(row.compound, row.provider)):
        raise Ineligible(
            _("%(firm)s cannot be given this compound: %(reasons)s.")
            % {"firm": row.provider.name, "reasons": told(barred)},
            barred,
        )


def _check_return(row: Assignment, by) -> None:
    back = rules.back_from(row.state)
    check_move(row, back or State.PROPOSED)
    require_any(by, RETURNS[State(row.state)], row)


def _reviewed(rows, *, by, document: str, reason: str, batch: str = "") -> None:
    acts = move(
        rows,
        State.STREET_REVIEWED,
        by=by,
        verb="review",
        right=REVIEW,
        document=document.strip(),
        reason=reason.strip(),
        batch=batch,
        reviewed_by=by,
    )
    _tell_done(rows, batch)
    telling.waits(rows, APPROVE, telling.TO_APPROVE, by=by, batch=batch)
    audit.record_many(acts, by=by, reason=reason.strip(), batch=batch)


def _approved(rows, *, by, document: str, reason: str, batch: str = "") -> None:
    acts = move(
        rows,
        State.DISTRICT_APPROVED,
        by=by,
        verb="approve",
        right=APPROVE,
        document=document.strip(),
        reason=reason.strip(),
        batch=batch,
        approved_by=by,
    )
    add_default_lines(rows, rules.IN)
    _tell_done(rows, batch)
    telling.told(rows, telling.APPROVED, by=by, batch=batch)
    audit.record_many(acts, by=by, reason=reason.strip(), batch=batch)


def _returned(rows, *, by, reason: str, batch: str = "") -> None:
    back = rules.back_from(rows[0].state)
    right = next((one for one in RETURNS[State(rows[0].state)] if by.scope.has(one)), "")
    cleared = {"reviewed_by": None} if back == State.PROPOSED else {"approved_by": None}
    acts = move(
        rows, back, by=by, verb="return", right=right, reason=reason, batch=batch, **cleared
    )
    _tell_done(rows, batch)
    telling.told(rows, telling.RETURNED, by=by, batch=batch)
    audit.record_many(acts, by=by, reason=reason, batch=batch)


def _tell_done(rows: Sequence[Assignment], batch: str) -> None:
    if not batch:
        telling.done(rows[0])
