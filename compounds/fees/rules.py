"""What follows from figures of fees: order of stages, rates, balances, samples, points, grades.

Pure: no register, no clock. Rates are exact here and rounded only where they are shown.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from governance.foundation.money import half_up

SERVE, CONSULT, CHARGE = "SERVE", "CONSULT", "CHARGE"
STAGES = (SERVE, CONSULT, CHARGE)
INCOME, COST, SPENT = "INCOME", "COST", "SPENT"
EXCELLENT, GOOD, PASSED, FAILED = "EXCELLENT", "GOOD", "PASSED", "FAILED"
HUNDRED = Decimal(100)


# -- stages ----------------------------------------------------------------------------------------
def stage_refusals(
    begun: Mapping[str, dt.date],
    stage: str,
    began_on: dt.date,
    *,
    serves_from: dt.date,
    outcome: str = "",
    document: str = "",
) -> tuple[tuple[str, str], ...]:
    """Why a stage cannot begin on a day: (code, field of the form). Serve, consult, charge.

    Source: S0-12, S2-8; charging rests on the outcome of the consultation and its document.
    """
    position = STAGES.index(stage)
    found: list[tuple[str, str]] = []
    if stage in begun:
        return (("BEGUN", "stage"),)
    missing = [one for one in STAGES[:position] if one not in begun]
    if missing:
        return ((f"{missing[0]}_FIRST", "stage"),)
    if began_on < serves_from:
        found.append(("BEFORE_SERVICE", "began_on"))
    elif position and began_on <= begun[STAGES[position - 1]]:
        found.append(("NOT_AFTER", "began_on"))
    if stage == CHARGE and not outcome:
        found.append(("OUTCOME_MISSING", "note"))
    if stage == CHARGE and not document:
        found.append(("DOCUMENT_MISSING", "document"))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Service:
    """A time in which a compound was served, as far as charging goes."""

    starts_on: dt.date
    ended_on: dt.date | None
    has_stages: bool
    charges_from: dt.date | None
    provider: int | None = None

    def covers(self, month: dt.date) -> bool:
        last = month_end(month)
        return self.starts_on <= last and (self.ended_on is None or self.ended_on >= month)


def may_bill(services: Sequence[Service], month: dt.date) -> bool:
    """Whether fees may have been billed in a month: not before charging began (S0-12).

    A compound without stages was never on that way. Judged by who served in that month, else by
    all who ever did.
    """
    staged = [one for one in services if one.has_stages]
    if not staged:
        return True
    there = [one for one in services if one.covers(month)] or staged
    last = month_end(month)
    return any(
        not one.has_stages or (one.charges_from is not None and one.charges_from <= last)
        for one in there
    )


# -- months ----------------------------------------------------------------------------------------
def month_of(day: dt.date) -> dt.date:
    return day.replace(day=1)


def months_later(month: dt.date, count: int) -> dt.date:
    number = month.year * 12 + month.month - 1 + count
    return dt.date(number // 12, number % 12 + 1, 1)


def month_end(month: dt.date) -> dt.date:
    return months_later(month_of(month), 1) - dt.timedelta(days=1)


def quarter_of(day: dt.date) -> dt.date:
    """The first day of the quarter."""
    return dt.date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


# -- rates -----------------------------------------------------------------------------------------
def exact_rate(paid: int | Decimal, billed: int | Decimal) -> Decimal | None:
    """Paid of billed in percent, not rounded; None where nothing was billed."""
    return Decimal(paid) * 100 / Decimal(billed) if billed else None


def rate(paid: int | Decimal | None, billed: int | Decimal | None) -> Decimal | None:
    """Paid of billed in percent to one decimal, half up. Source: S2-9, 421/446 = 94.39 → 94.4."""
    if not billed or paid is None:
        return None
    return half_up(exact_rate(paid, billed), 1)


def simple_mean(pairs: Iterable[tuple[int | Decimal, int | Decimal]]) -> Decimal | None:
    """The mean of the compounds' own rates, each counted once (S2-12). Pairs of (paid, billed)."""
    rates = [exact_rate(paid, billed) for paid, billed in pairs if billed]
    return half_up(sum(rates, Decimal(0)) / len(rates), 1) if rates else None


def weighted_mean(pairs: Iterable[tuple[int | Decimal, int | Decimal]]) -> Decimal | None:
    """All that was paid of all that was billed (S2-12)."""
    pairs = list(pairs)
    return rate(
        sum((Decimal(paid) for paid, _b in pairs), Decimal(0)),
        sum((Decimal(billed) for _p, billed in pairs), Decimal(0)),
    )


@dataclass(frozen=True, slots=True)
class Change:
    """From one rate to another: in percentage points, and relative to the first in percent."""

    points: Decimal
    relative: Decimal | None


def change(before: Decimal | None, after: Decimal | None) -> Change | None:
    """Source: S3-8, 55 → 75 is +20 points and +36.4 %."""
    if before is None or after is None:
        return None
    points = after - before
    return Change(points, half_up(points * 100 / before, 1) if before else None)


# -- book ------------------------------------------------------------------------------------------
def signed(kind: str, amount: Decimal) -> Decimal:
    """What an entry adds to the balance: income, less reasonable cost, less what was spent."""
    return amount if kind == INCOME else -amount


def balance(entries: Iterable[tuple[str, Decimal]]) -> Decimal:
    return sum((signed(kind, amount) for kind, amount in entries), Decimal(0))


# -- double assessment -----------------------------------------------------------------------------
def sample_size(households: int | None, percent: int, minimum: int) -> int:
    """How many households are to be asked: a share rounded up, at least so many, never more
    than there are (S3-9). 0 where their number is unknown.
    """
    if not households:
        return 0
    share = -(-households * percent // 100)
    return min(households, max(minimum, share))


def total_points(satisfaction: Decimal, collection: Decimal, weight: int) -> Decimal:
    """Satisfaction and collection by weight, exact to 0.01, half up."""
    points = (satisfaction * weight + collection * (100 - weight)) / HUNDRED
    return half_up(points, 2)


def collection_points(paid: Decimal, billed: Decimal) -> Decimal | None:
    """Points of the collection rate by money: its percent, at most 100."""
    exact = exact_rate(paid, billed)
    return None if exact is None else min(HUNDRED, half_up(exact, 2))


def grade(total: Decimal, *, excellent_from: int, good_from: int, passed_from: int) -> str:
    """The band a total lies in; a boundary belongs to the better one."""
    if total >= excellent_from:
        return EXCELLENT
    if total >= good_from:
        return GOOD
    return PASSED if total >= passed_from else FAILED
