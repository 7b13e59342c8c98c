"""From the streets' days to the ledger: submitted, approved and posted, returned, cancelled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation import bulk
from governance.foundation.errors import DomainError
from subsidies.entitlements.models import Entitlement
from subsidies.entitlements.rules import due as rule
from subsidies.ledger import services as ledger
from subsidies.ledger.models import Stage
from subsidies.ledger.services import Holder, Line, Overdrawn, Place
from subsidies.programmes.models import Programme

from ..errors import DaysMissing, Exhausted, NoLongerSo, NotOpen, SamePerson
from ..hooks import ends_of
from ..inputs import Commitments, Usage, claims_of, usage_of
from ..models import APPROVE, PREPARE, Accrual, AccrualRun
from .common import (
    AMOUNTS,
    COMPUTED,
    DROPPED,
    POSTED,
    PROBLEM,
    State,
    amounts_of,
    business_day,
    computed_run,
    in_bulk,
    locked_run,
    total_up,
)

ZERO = Decimal(0)
# As plain text: tens of thousands of places are looked up by them.
AVAILABLE, COMMITTED, PAYABLE = map(str, (Stage.AVAILABLE, Stage.COMMITTED, Stage.PAYABLE))
HAS_CAP = Q(cap_compound__isnull=False) | Q(cap_firm_year__isnull=False) | Q(cap_year__isnull=False)


@transaction.atomic
def submit_run(*, by, run: AccrualRun, version: int | None = None) -> AccrualRun:
    """Hand the month to finance: all days confirmed; lines with problems stay out, by name.

    Raises NotAllowed, NotOpen, StaleRecord, DaysMissing.
    """
    row = computed_run(run, State.DRAFT, version=version)
    by.scope.require(PREPARE, row)
    computed = row.lines.filter(state=COMPUTED)
    open_days = list(
        computed.filter(confirmed_at=None)
        .order_by("street__code")
        .values_list("street__name")
        .annotate(n=Count("pk"))
    )
    if open_days:
        places = "、".join(f"{street} {count}" for street, count in open_days[:6])
        raise DaysMissing(sum(count for _street, count in open_days), places)
    if not computed.exists():
        if not row.lines.exists():
            raise NotOpen(_("This accrual has no line: no subsidy has a month to be accrued."))
        raise NotOpen(_("No line of this accrual can be paid: see its problems."))
    _refuse_changed(computed)
    settle_caps(row)
    total_up(row)
    row.state, row.submitted_by, row.reason = State.SUBMITTED, by, ""
    row.version += 1
    row.save()
    told = {"state": [State.DRAFT, State.SUBMITTED], "total": [None, row.total]}
    audit.record("submit", row, by=by, changes=told)
    return row


def settle_caps(run: AccrualRun) -> int:
    """Cut the lines by the caps once more, one after the other, after days have changed.

    Only of programmes that have a cap; how many lines changed.
    """
    capped = list(
        Programme.objects.filter(HAS_CAP, district=run.district_id).values_list("pk", flat=True)
    )
    if not capped:
        return 0
    with_caps = run.lines.filter(state=COMPUTED, entitlement__programme__in=capped)
    lines = list(with_caps.select_related("entitlement").order_by("entitlement__number", "month"))
    if not lines:
        return 0
    claims = {one.pk: one for one in claims_of({line.entitlement_id for line in lines})}
    terms = {claims[line.entitlement_id].programme_id: rule.terms_of(line.trace) for line in lines}
    run.lines.filter(pk__among=[line.pk for line in lines]).update(state=PROBLEM)
    commitments = Commitments(run, {one.number for one in claims.values()})
    first = min(line.month for line in lines)
    last = rule.month_end(max(line.month for line in lines))
    usage: Usage = usage_of(list(claims.values()), terms, first, last)
    changed = 0
    for line in lines:
        claim, inputs = claims[line.entitlement_id], rule.inputs_of(line.trace)
        accrued, firm, year = usage.of(claim, inputs.period)
        own = rule.terms_of(line.trace)
        indicators = {payer: indicator for payer, indicator, *_rest in line.shares}
        payers = [one.payer for one in own.shares]
        inputs = rule.replace(
            inputs,
            accrued=accrued,
            firm_year=firm,
            programme_year=year,
            committed=commitments.of(claim.number, payers, indicators),
        )
        due = rule.due_for(own, inputs)
        usage.add(claim, inputs.period, due.gross)
        commitments.take(claim.number, due.shares, indicators)
        changed += due.gross != line.gross
        record = rule.trace(own, inputs, due, stated=line.trace["terms"])
        record["reckoned"] = line.trace.get("reckoned")
        for name, value in amounts_of(inputs, due, record=record, indicators=indicators).items():
            setattr(line, name, value)
    bulk.update_many(Accrual, lines, [*AMOUNTS, "updated_at"])
    return changed


@transaction.atomic
def approve_run(
    *,
    by,
    run: AccrualRun,
    document: str = "",
    on: dt.date | None = None,
    version: int | None = None,
) -> AccrualRun:
    """Approve a submitted accrual and post it: committed → payable, deductions → available again.

    All or nothing; lines with problems are dropped and come back in a later run.
    Raises NotAllowed, NotOpen, StaleRecord, SamePerson, Exhausted, BooksClosed.
    """
    row = computed_run(run, State.SUBMITTED, version=version)
    by.scope.require(APPROVE, row)
    if by.pk in (row.prepared_by_id, row.submitted_by_id):
        raise SamePerson
    if row.lines.filter(state=COMPUTED, confirmed_by=by).exists():
        raise NotOpen(_("Whoever confirmed days of an accrual does not approve it."))
    day = business_day(on)
    if not document.strip():
        raise DomainError(_("Name the document of the approval."), field="document")
    now = timezone.now()
    with in_bulk():
        gross, taken, holders = _to_post(row)
        total_up(row)
        # Lines before the ledger's book: payments hold them in that order too.
        changed = {"version": F("version") + 1, "updated_at": now}
        row.lines.filter(state=COMPUTED).update(state=POSTED, **changed)
        row.lines.filter(state=PROBLEM).update(state=DROPPED, **changed)
        # Held until the end: whoever changes or ends a subsidy posts, and waits for it.
        ledger.lock_book(row.district_id)
        _refuse_changed(row.lines.filter(state=POSTED))
        act = {"by": by, "district_id": row.district_id, "on": day, "document": document.strip()}
        try:
            if gross:
                key = f"accrue:run{row.pk}"
                ledger.post(kind="ACCRUAL", key=key, lines=gross, holders=holders, **act)
            if taken:
                key = f"deduct:run{row.pk}"
                ledger.post(kind="DEDUCTION", key=key, lines=taken, holders=holders, **act)
        except Overdrawn as error:
            raise _exhausted(error) from error
    row.state, row.approved_by, row.approved_at = State.POSTED, by, now
    row.document, row.version = document.strip(), row.version + 1
    row.save()
    told = {"state": [State.SUBMITTED, State.POSTED], "total": [None, row.total]}
    audit.record("approve", row, by=by, changes=told)
    return row


def _refuse_changed(lines: QuerySet[Accrual]) -> None:
    """Lines whose subsidy was halted, ended or changed since they were computed are not posted.

    Raises NoLongerSo, by name.
    """
    named = lines.order_by("entitlement__number", "month")
    changed = named.filter(
        ~Q(entitlement__state=Entitlement.State.APPROVED)
        | (Q(entitlement_version__gt=0) & ~Q(entitlement__version=F("entitlement_version")))
    )
    found = dict(changed.values_list("pk", "entitlement__compound__name"))
    ends = ends_of(lines.order_by().values_list("entitlement_id", flat=True))
    for line in named.filter(entitlement__in=ends).select_related("entitlement__compound"):
        inputs, end = rule.inputs_of(line.trace), ends[line.entitlement_id]
        if inputs.period.last > end and (inputs.days.on is None or inputs.days.on > end):
            found[line.pk] = line.entitlement.compound.name
    if found:
        raise NoLongerSo(list(found.values()))


def keys_of(number: str, month: dt.date, attempt: int, payer: str) -> tuple[str, str]:
    """The business acts of a line's share: what is accrued, and what is taken off it."""
    tail = f"{number}:{month.isoformat()[:7]}:{attempt}:{payer}"
    return f"accrue:{tail}", f"deduct:{tail}"


class Site(NamedTuple):
    """Where a compound lies, as far as its accounts say it."""

    pk: int
    district_id: int
    street_id: int
    community_id: int


def _to_post(run: AccrualRun) -> tuple[list[Line], list[Line], dict[str, Holder]]:
    """The postings of a run, and the entitlements whose accounts may have to be opened."""
    gross: list[Line] = []
    taken: list[Line] = []
    holders: dict[str, Holder] = {}
    for number, month, attempt, shares, programme, provider, *site in _lines_of(run):
        holders[number] = Holder(programme, provider, Site(*site))
        for payer, indicator, amount, deduction in shares:
            accrue, deduct = keys_of(number, month, attempt, payer)
            payable = Place(indicator, PAYABLE, number)
            if accrued := Decimal(amount):
                committed = Place(indicator, COMMITTED, number)
                gross.append(Line(committed, payable, accrued, accrue, month))
            if deducted := Decimal(deduction):
                available = Place(indicator, AVAILABLE)
                taken.append(Line(payable, available, deducted, deduct, month))
    return gross, taken, holders


def _lines_of(run: AccrualRun) -> Iterator[tuple]:
    return (
        run.lines.filter(state=COMPUTED)
        .order_by("entitlement__number", "month")
        .values_list(
            "entitlement__number",
            "month",
            "attempt",
            "shares",
            "entitlement__programme_id",
            "entitlement__provider_id",
            "entitlement__compound_id",
            "district_id",
            "street_id",
            "community_id",
        )
        .iterator(chunk_size=5000)
    )


def _exhausted(error: Overdrawn) -> DomainError:
    """The refusal with the compounds that what was approved does not bear."""
    numbers = {one.place.holder for one in error.shortages if one.place.holder}
    if not numbers:
        return error
    names = [
        f"{name} {number}"
        for name, number in Entitlement.objects.filter(number__in=numbers)
        .order_by("number")
        .values_list("compound__name", "number")
    ]
    return Exhausted(names, str(error))


@transaction.atomic
def return_run(*, by, run: AccrualRun, reason: str, version: int | None = None) -> AccrualRun:
    """Send a submitted accrual back to the officer, with a reason. Raises NotAllowed, NotOpen."""
    row = locked_run(run, State.SUBMITTED, version=version)
    by.scope.require(APPROVE, row)
    if not reason.strip():
        raise DomainError(_("Say what is to be mended."), field="reason")
    row.state, row.submitted_by, row.reason = State.DRAFT, None, reason.strip()
    row.version += 1
    row.save()
    told = {"state": [State.SUBMITTED, State.DRAFT]}
    audit.record("return", row, by=by, changes=told, reason=row.reason)
    return row


@transaction.atomic
def cancel_run(*, by, run: AccrualRun, reason: str, version: int | None = None) -> AccrualRun:
    """Drop an accrual that was not posted, with its lines; its months are computed anew later.

    Raises NotAllowed, NotOpen, StaleRecord, DomainError.
    """
    row = locked_run(run, State.DRAFT, State.SUBMITTED, version=version)
    by.scope.require(PREPARE, row)
    if not reason.strip():
        raise DomainError(_("Say why it is cancelled."), field="reason")
    before = row.state
    row.lines.filter(Q(state=COMPUTED) | Q(state=PROBLEM)).update(
        state=DROPPED, version=F("version") + 1, updated_at=timezone.now()
    )
    row.state, row.reason, row.version = State.CANCELLED, reason.strip(), row.version + 1
    row.save()
    told = {"state": [before, State.CANCELLED]}
    audit.record("cancel", row, by=by, changes=told, reason=row.reason)
    return row
