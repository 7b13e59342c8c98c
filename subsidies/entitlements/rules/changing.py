"""What the months of a term cost which indicator, before and after a change by document. Pure.

Only months that are not accrued yet count: what is accrued stays as it is. Months of a year whose
indicator is not named yet cost nobody anything: they are owed by a budget to come. Amounts in yuan.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from . import due
from .years import ByYear, bearers


class Quantity(NamedTuple):
    """Area and households from a month of service on."""

    from_month: dt.date
    area_m2: Decimal | None
    household_count: int | None


class Payer(NamedTuple):
    """The indicator of a payer from a month of service on, to the end of that year at most."""

    from_month: dt.date
    payer: str
    indicator_id: int


@dataclass(frozen=True, slots=True)
class Course:
    """A term with what holds in it from which month; the first basis holds from the start."""

    starts_on: dt.date
    ends_on: dt.date
    quantities: tuple[Quantity, ...]
    payers: tuple[Payer, ...]
    fee_per_m2: Decimal | None = None


class Uncomputable(Exception):  # noqa: N818 - what cannot be reckoned, with its problems
    """A month cannot be reckoned: `problems` say what is missing."""

    def __init__(self, problems: Iterable[due.Problem]):
        self.problems = tuple(problems)
        super().__init__(self.problems)


def latest(rows: Iterable[Any], month: dt.date) -> Any | None:
    """The row that holds in a month: the last of those that begin by it, else the first."""
    ordered = sorted(rows, key=lambda row: row.from_month)
    begun = [row for row in ordered if row.from_month <= month]
    return begun[-1] if begun else next(iter(ordered), None)


class Costs(NamedTuple):
    """What months cost: each indicator that bears some, and each payer in each calendar year."""

    by_indicator: dict[int, Decimal]
    by_year: ByYear


def costs(
    terms: Any,
    course: Course,
    accrued: Collection[dt.date],
    *,
    firm_years: Mapping[int, Decimal] | None = None,
    programme_years: Mapping[int, Decimal] | None = None,
) -> Costs:
    """What the months that are not accrued cost at most.

    `firm_years` and `programme_years`: what others take of the ceilings of a year already.
    Raises Uncomputable where a month cannot be reckoned.
    """
    forecasts = {
        quantity: due.forecast(
            terms,
            due.Basis(
                course.starts_on,
                course.ends_on,
                due.Given(quantity.area_m2),
                due.Given(quantity.household_count),
                due.Given(course.fee_per_m2),
                firm_years,
                programme_years,
            ),
        )
        for quantity in course.quantities
    }
    by_indicator: dict[int, Decimal] = defaultdict(Decimal)
    by_year: ByYear = defaultdict(Decimal)
    for at, period in enumerate(due.periods(terms, course.starts_on, course.ends_on)):
        if period.month in accrued:
            continue
        reckoned = forecasts[latest(course.quantities, period.month)].dues[at]
        if reckoned.gross is None:
            raise Uncomputable(reckoned.problems)
        paying = bearers(course.payers, period.month)
        for share in reckoned.shares:
            by_year[period.month.year, share.payer] += share.gross
            if share.payer in paying:
                by_indicator[paying[share.payer].indicator_id] += share.gross
    return Costs(dict(by_indicator), dict(by_year))


def differences(before: Mapping[Any, Decimal], after: Mapping[Any, Decimal]) -> dict[Any, Decimal]:
    """By indicator or year: so much more (above nought) or less it is after a change."""
    changed = {
        one: after.get(one, Decimal(0)) - before.get(one, Decimal(0))
        for one in sorted({*before, *after})
    }
    return {one: amount for one, amount in changed.items() if amount}
