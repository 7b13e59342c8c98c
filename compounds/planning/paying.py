"""When the subsidy of a plan is paid, and what each calendar year has for it.

Every bundle of a plan begins in the same month and is paid in equal parts over the same months, so
that a year has one share of all subsidy. Pure: no clock, no database.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

YEARS = 4  # calendar years that may be given a budget, from the first month on


@dataclass(frozen=True)
class Paying:
    """The first month (its first day), over how many months, and yuan by calendar year."""

    first: dt.date
    months: int
    budgets: Mapping[int, Decimal] = field(default_factory=dict)

    @property
    def shares(self) -> dict[int, float]:
        """Share of the subsidy that is paid in each calendar year."""
        start = self.first.year * 12 + self.first.month - 1
        counted = Counter((start + month) // 12 for month in range(self.months))
        return {year: count / self.months for year, count in sorted(counted.items())}

    @property
    def years(self) -> tuple[tuple[float, float], ...]:
        """(share, yuan) of the years with a budget, as the optimiser takes them."""
        shares = self.shares
        return tuple(
            (shares.get(year, 0.0), float(yuan)) for year, yuan in sorted(self.budgets.items())
        )

    def as_json(self) -> dict[str, Any]:
        budgets = {str(year): str(yuan) for year, yuan in sorted(self.budgets.items())}
        return {"first": self.first.isoformat(), "months": self.months, "budgets": budgets}


def paying_from(written: Mapping[str, Any]) -> Paying:
    """What `as_json` wrote."""
    return Paying(
        dt.date.fromisoformat(written["first"]),
        written["months"],
        {int(year): Decimal(yuan) for year, yuan in written["budgets"].items()},
    )


def usual(as_of: dt.date, months: int) -> Paying:
    """From the month after a day on, without budgets."""
    year, month = divmod(as_of.year * 12 + as_of.month, 12)
    return Paying(dt.date(year, month + 1, 1), max(months, 1))


def rolled_on(paying: Paying, today: dt.date) -> Paying:
    """As an earlier plan was paid; what was to be paid before this year is paid as is usual now."""
    first = paying.first if paying.first.year >= today.year else usual(today, 1).first
    budgets = {year: yuan for year, yuan in paying.budgets.items() if year >= today.year}
    return Paying(first, paying.months, budgets)
