"""Which indicator bears a month: that of its calendar year, from the month it was named for.

A budget is of a year (Budget Law 18: from 1 January to 31 December), so an indicator named in one
year bears nothing of the next; months of a later year without one are an obligation to come.
Pure: no register, no clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

ByYear = dict[tuple[int, str], Decimal]


def bears(from_month: dt.date, month: dt.date) -> bool:
    """Whether a funding that begins in one month may bear another: later, and of its year."""
    return from_month <= month and from_month.year == month.year


def bearers(fundings: Iterable[Any], month: dt.date) -> dict[str, Any]:
    """By payer: the funding that bears a month, the last that begins by it; none is left out.

    Fundings have `from_month` and `payer`.
    """
    found: dict[str, Any] = {}
    for one in fundings:
        if bears(one.from_month, month):
            held = found.get(one.payer)
            if held is None or held.from_month <= one.from_month:
                found[one.payer] = one
    return found


def by_year(forecast: Any) -> ByYear:
    """What each payer bears of each calendar year of a forecast; together its whole sum.

    Caps of a year cut the months of that year alone, as the forecast reckons them.
    """
    found: ByYear = {}
    for period, due in zip(forecast.periods, forecast.dues, strict=True):
        for share in due.shares:
            key = period.month.year, share.payer
            found[key] = found.get(key, Decimal("0.00")) + share.gross
    return found


def sums_of(shares: Mapping[tuple[int, str], Decimal]) -> dict[int, Decimal]:
    """By year, whoever pays."""
    found: dict[int, Decimal] = {}
    for (year, _payer), amount in sorted(shares.items()):
        found[year] = found.get(year, Decimal("0.00")) + amount
    return found


def first_months(forecast: Any) -> dict[int, dt.date]:
    """By year: the first month of the term in it, from which its indicator pays."""
    found: dict[int, dt.date] = {}
    for period in forecast.periods:
        found.setdefault(period.month.year, period.month)
    return found
