"""Computing a run: every month that is due and not accrued yet, in steps that can be repeated.

A step takes some hundred entitlements and commits; killed between any two, the next attempt goes
on where it stopped. Months missed earlier are caught up: each line keeps its own month.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from operator import attrgetter

from django.db import IntegrityError, transaction
from django.db.models import Count, Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tasks import task

from governance.audit import services as audit
from governance.foundation import bulk, dates
from governance.foundation.errors import DomainError
from governance.foundation.locks import for_update
from governance.organisation.models import Area, Level
from subsidies.entitlements.models import Entitlement
from subsidies.entitlements.rules import due as rule
from subsidies.entitlements.rules.due import Period
from subsidies.programmes import questions as programmes

from ..errors import NotOpen
from ..hooks import ends_of
from ..inputs import FOREVER, Claim, Gathered, claims_of
from ..models import PREPARE, Accrual, AccrualRun
from .common import (
    ACTIVE,
    AMOUNTS,
    REVERSED,
    State,
    amounts_of,
    encode,
    in_bulk,
    is_over,
    locked_run,
    total_up,
)

STEP = 2000
STALLED = dt.timedelta(minutes=2)
COLUMNS = (
    "district",
    "street",
    "community",
    "run",
    "entitlement",
    "month",
    "index",
    "entitlement_version",
    "attempt",
    "days_in_month",
    *AMOUNTS,
    "decisions",
    "days_reason",
    "version",
    "created_at",
    "updated_at",
)


@transaction.atomic
def compute_run(*, by, district: Area, month: dt.date, on: dt.date | None = None) -> AccrualRun:
    """Open the accrual of a month for a district and leave its computing to the worker.

    Raises NotAllowed, DomainError where another run is open or the month is not over (§5.2: by
    the 5th of the next month).
    """
    by.scope.require(PREPARE, district)
    if district.level != Level.DISTRICT:
        raise DomainError(_("An accrual is made for a district."))
    if month.day != 1:
        raise DomainError(_("Name a month by its first day."), field="month")
    if not is_over(month, on or dates.today()):
        raise DomainError(_("This month is not over yet."), field="month")
    run = AccrualRun(month=month, prepared_by=by)
    run.place_in(district)
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError as error:
        raise NotOpen(_("Another accrual is still open: finish it first.")) from error
    transaction.on_commit(partial(carry_out.enqueue, run.pk))
    audit.record("compute", run, by=by, changes={"month": [None, month]})
    return run


@task()
def carry_out(run_id: int) -> None:
    """Compute what is still missing of a run."""
    run = AccrualRun.objects.get(pk=run_id)
    try:
        execute(run)
    except Exception as error:
        said = str(error)[:200] if isinstance(error, DomainError) else type(error).__name__
        AccrualRun.objects.filter(pk=run_id, computed_at=None).update(error=said)
        raise


def continue_run(*, by, run: AccrualRun) -> None:
    """Start the computing again where the worker stopped. Raises NotAllowed, NotOpen."""
    with transaction.atomic():
        row = locked_run(run, State.DRAFT)
        by.scope.require(PREPARE, row)
        if row.computed_at is not None:
            raise NotOpen(_("This accrual has been computed."))
        if not row.error and row.updated_at > timezone.now() - STALLED:
            raise NotOpen(_("This accrual is still being computed."))
        row.error = ""
        row.save(update_fields=["error", "updated_at"])
        transaction.on_commit(partial(carry_out.enqueue, row.pk))


def execute(run: AccrualRun) -> None:
    """Compute a run step by step until nothing of it is missing; two workers do not disturb."""
    while not _went_through(run):
        pass


def _went_through(run: AccrualRun) -> bool:
    """One pass over what is missing; False where somebody else wrote lines meanwhile."""
    row = AccrualRun.objects.get(pk=run.pk)
    seen = row.line_count
    wanted = wanted_of(run.district_id, run.month)
    AccrualRun.objects.filter(pk=run.pk, state=State.DRAFT, computed_at=None).update(
        expected=seen + sum(len(periods) for _claim, periods in wanted),
        updated_at=timezone.now(),
    )
    for chunk in bulk.in_chunks(wanted, STEP):
        with transaction.atomic(), in_bulk():
            row = _still_open(run)
            if row is None or row.line_count != seen:
                return row is None
            row.line_count += compute_months(row, chunk)
            row.save(update_fields=["line_count", "updated_at"])
            seen = row.line_count
    with transaction.atomic():
        row = _still_open(run)
        if row is None or row.line_count != seen:
            return row is None
        total_up(row)
        row.computed_at, row.error = timezone.now(), ""
        row.save()
    return True


def _still_open(run: AccrualRun) -> AccrualRun | None:
    """The run, held, while it is being computed; None once it was cancelled or finished."""
    row = for_update(AccrualRun.objects).get(pk=run.pk)
    return row if row.state == State.DRAFT and row.computed_at is None else None


# -- what is due -----------------------------------------------------------------------------------
Wanted = tuple[Claim, Sequence[Period]]
MONTH = attrgetter("month")


def wanted_of(district_id: int, month: dt.date) -> list[Wanted]:
    """Approved entitlements with their months up to one that no line holds yet, by number."""
    approved = Entitlement.objects.approved().filter(
        district=district_id, starts_on__lte=rule.month_end(month)
    )
    claims = claims_of(approved.order_by().values("pk"))
    terms = programmes.terms_of({one.programme_id for one in claims})
    lines = Accrual.objects.filter(state__in=ACTIVE, month__lte=month).order_by()
    held = {
        pk: (count, last)
        for pk, count, last in lines.filter(
            district=district_id, entitlement__in=approved.order_by().values("pk")
        )
        .values_list("entitlement")
        .annotate(n=Count("pk"), last=Max("month"))
    }
    found: list[Wanted] = []
    gaps: dict[int, set[dt.date]] = defaultdict(set)
    open_claims: list[tuple[Claim, Sequence[Period]]] = []
    for claim in claims:
        whole = rule.periods(terms[claim.programme_id], claim.starts_on, claim.ends_on)
        periods = whole[: bisect_right(whole, month, key=MONTH)]
        count, last = held.get(claim.pk, (0, None))
        if count == len(periods):
            continue
        if last is not None:
            later = periods[bisect_right(periods, last, key=MONTH) :]
            if len(periods) - len(later) == count:
                periods = later  # nothing is missing before the last one
            else:
                gaps[claim.pk] = set()
        open_claims.append((claim, periods))
    for chunk in bulk.in_chunks(sorted(gaps)):
        for pk, of_month in lines.filter(entitlement__among=chunk).values_list(
            "entitlement_id", "month"
        ):
            gaps[pk].add(of_month)
    for claim, periods in open_claims:
        held_months = gaps.get(claim.pk)
        left = [one for one in periods if one.month not in held_months] if held_months else periods
        if left:
            found.append((claim, left))
    ends = ends_of(claim.pk for claim, _periods in found)
    if not ends:
        return found
    # Nothing is due beyond an approved exit that waits for what is served until then.
    return [
        (claim, left)
        for claim, periods in found
        if (left := [one for one in periods if one.first <= ends.get(claim.pk, FOREVER)])
    ]


def compute_months(run: AccrualRun, wanted: Sequence[Wanted]) -> int:
    """Compute and write lines of a run; how many."""
    if not wanted:
        return 0
    first = min(period.first for _claim, periods in wanted for period in periods)
    last = max(period.last for _claim, periods in wanted for period in periods)
    gathered = Gathered([claim for claim, _periods in wanted], first, last, run)
    attempts = _attempts([claim.pk for claim, _periods in wanted])
    now = timezone.now()
    rows = list(_rows(run, wanted, gathered, attempts, now))
    bulk.insert_values(Accrual, COLUMNS, rows)
    return len(rows)


def _attempts(ids: Iterable[int]) -> dict[tuple[int, dt.date], int]:
    """How often each month was accrued and reversed before."""
    rows = Accrual.objects.filter(entitlement__among=list(ids), state=REVERSED).order_by()
    counted = rows.values_list("entitlement_id", "month").annotate(n=Max("attempt"))
    return {(pk, month): count for pk, month, count in counted}


def _rows(run, wanted, gathered: Gathered, attempts, now):
    # The terms of a step stand in all its lines: written down once.
    stated: dict[tuple[int, int], str] = {}
    for claim, periods in wanted:
        terms = gathered.terms[claim.programme_id]
        for period in periods:
            inputs = gathered.inputs(claim, period)
            due = rule.due_for(terms, inputs)
            key = claim.programme_id, period.index
            kept = stated.get(key)
            if kept is None:
                kept = stated[key] = encode(rule.terms_json(terms, period.index))
            indicators = gathered.indicators(claim, period.month)
            gathered.count(claim, period, due, indicators)
            record = rule.trace(terms, inputs, due, stated={})
            record["reckoned"] = inputs.days.value
            values = amounts_of(inputs, due, record=record, indicators=indicators, stated=kept)
            yield (
                claim.district_id,
                claim.street_id,
                claim.community_id,
                run.pk,
                claim.pk,
                period.month,
                period.index,
                claim.version,
                attempts.get((claim.pk, period.month), 0) + 1,
                period.days_in_month,
                *(values[name] for name in AMOUNTS),
                {},
                "",
                1,
                now,
                now,
            )


# -- again -----------------------------------------------------------------------------------------
@transaction.atomic
def recompute(
    *, by, run: AccrualRun, accruals: Iterable[Accrual] | None = None, version: int | None = None
) -> int:
    """Compute lines of an open run (all of them by default) from what is known now; how many
    changed. Days that were confirmed stay so where they are reckoned as before.

    Raises NotAllowed, NotOpen, StaleRecord.
    """
    row = _open_for_recompute(by, run, version)
    lines = row.lines.filter(state__in=["PROBLEM", "COMPUTED"])
    if accruals is not None:
        lines = lines.filter(pk__among=[one.pk for one in accruals])
    changed = recompute_lines(row, list(for_update(lines)))
    if accruals is None:
        # What was approved or reversed since the run was computed comes in as well.
        compute_months(row, wanted_of(row.district_id, row.month))
    total_up(row)
    row.version += 1
    row.save()
    audit.record("recompute", row, by=by, changes={"lines": [None, changed]})
    return changed


def _open_for_recompute(by, run, version) -> AccrualRun:
    row = locked_run(run, State.DRAFT, version=version)
    by.scope.require(PREPARE, row)
    if row.computed_at is None:
        raise NotOpen(_("This accrual is still being computed."))
    return row


def recompute_lines(run: AccrualRun, lines: Sequence[Accrual]) -> int:
    """Write the amounts of open lines anew; how many changed."""
    if not lines:
        return 0
    # They stand for nothing while caps are looked up.
    run.lines.filter(pk__among=[one.pk for one in lines]).update(state="PROBLEM")
    claims = {one.pk: one for one in claims_of({line.entitlement_id for line in lines})}
    terms = programmes.terms_of({one.programme_id for one in claims.values()})
    wanted = []
    ends = ends_of(claims)
    for line in lines:
        claim = claims[line.entitlement_id]
        if claim.state != Entitlement.State.APPROVED:
            continue  # halted or over: what is due of it is another run's
        for period in rule.periods(terms[claim.programme_id], claim.starts_on, claim.ends_on):
            if period.month == line.month and period.first <= ends.get(claim.pk, FOREVER):
                wanted.append((claim, period, line))
    gone = {line.pk for line in lines} - {line.pk for _claim, _period, line in wanted}
    run.lines.filter(pk__among=list(gone)).update(state="DROPPED")
    if not wanted:
        return len(gone)
    wanted.sort(key=lambda one: (one[0].number, one[1].index))
    gathered = Gathered(
        [claims[pk] for pk in {claim.pk for claim, _period, _line in wanted}],
        min(period.first for _claim, period, _line in wanted),
        max(period.last for _claim, period, _line in wanted),
        run,
    )
    changed = len(gone)
    for claim, period, line in wanted:
        changed += _compute_anew(gathered, claim, period, line)
    bulk.update_many(
        Accrual,
        [line for _claim, _period, line in wanted],
        [
            *AMOUNTS,
            "entitlement_version",
            "days_reason",
            "confirmed_by",
            "confirmed_at",
            "version",
            "updated_at",
        ],
    )
    return changed


def _compute_anew(gathered: Gathered, claim: Claim, period: Period, line: Accrual) -> bool:
    terms = gathered.terms[claim.programme_id]
    inputs = gathered.inputs(claim, period, line.decisions)
    reckoned = inputs.days.value
    before = (str(line.state), line.gross, line.deduction, line.days_served)
    if line.confirmed_at and line.trace.get("reckoned") == reckoned:
        stated = rule.inputs_of(line.trace).days
        inputs = rule.replace(inputs, days=stated)
    else:
        line.confirmed_by = line.confirmed_at = None
        line.days_reason = ""
    due = rule.due_for(terms, inputs)
    indicators = gathered.indicators(claim, period.month)
    gathered.count(claim, period, due, indicators)
    record = rule.trace(terms, inputs, due)
    record["reckoned"] = reckoned
    line.entitlement_version = claim.version
    for name, value in amounts_of(inputs, due, record=record, indicators=indicators).items():
        setattr(line, name, value)
    line.version += 1
    return before != (line.state, line.gross, line.deduction, line.days_served)
