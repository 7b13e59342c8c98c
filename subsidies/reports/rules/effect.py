"""Cost, output and effect of subsidies (绩效): sums over compounds, and the rates made of them.

Source: domain.md §2.6 (regulation 20: results feed the next budget), §5.2 last row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from governance.foundation.money import half_up, percent

ZERO = Decimal(0)
COMPARED = 3  # months before the term, and last months of the period


@dataclass(frozen=True, slots=True)
class Collected:
    """What was billed and paid in some months, in yuan."""

    billed: Decimal = ZERO
    paid: Decimal = ZERO
    months: int = 0

    @property
    def rate(self) -> Decimal | None:
        return percent(self.paid, self.billed, 1)


def before_and_after(
    reports: Sequence[tuple[dt.date, Decimal, Decimal]], starts_on: dt.date, last: dt.date
) -> tuple[Collected, Collected]:
    """Collection before a term and at the end of a period, of (month, billed, paid) in order."""
    first = starts_on.replace(day=1)
    before = [one for one in reports if one[0] < first][-COMPARED:]
    after = [one for one in reports if first <= one[0] <= last][-COMPARED:]
    return _collected(before), _collected(after)


def _collected(reports) -> Collected:
    return Collected(
        sum((one[1] for one in reports), ZERO),
        sum((one[2] for one in reports), ZERO),
        len(reports),
    )


@dataclass(frozen=True, slots=True)
class Served:
    """One entitlement in a period: what it cost and what came of it."""

    pk: int
    compound: int
    keys: tuple[Any, ...]  # programme, street, firm
    households: int | None
    area_m2: Decimal | None
    months: int
    due: Decimal
    paid: Decimal
    before: Collected
    after: Collected
    stage: str = ""
    is_over: bool = False
    continues: bool = False
    rebounded: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """The sum of some entitlements."""

    entitlements: int
    compounds: int
    households: int
    area_m2: Decimal
    months: int
    household_months: int
    due: Decimal
    paid: Decimal
    before: Decimal | None
    after: Decimal | None
    charging: int
    exits: int
    continuing: int
    rebounds: int
    unknown_households: int

    @property
    def per_household_month(self) -> Decimal | None:
        """Yuan for each household and month served; None where no household is known."""
        if not self.household_months:
            return None
        return half_up(self.due / self.household_months, 2)

    @property
    def change(self) -> Decimal | None:
        """Percentage points between collection before and after."""
        return None if None in (self.before, self.after) else self.after - self.before

    @property
    def continuing_percent(self) -> Decimal | None:
        return percent(self.continuing, self.exits, 1)


def effect(rows: Iterable[Served], charge: str = "CHARGE") -> Effect:
    """Sum some entitlements; a compound with two of them in the period counts once.

    Collection is compared over the compounds that reported both before and after; where none
    reported before, what is collected now is that of all that report.
    """
    rows = list(rows)
    by_compound = {row.compound: row for row in rows}
    both = [row for row in rows if row.before.billed and row.after.billed]
    both = both or [row for row in rows if row.after.billed and not row.before.billed]
    before, after = (
        percent(
            sum((getattr(row, name).paid for row in both), ZERO),
            sum((getattr(row, name).billed for row in both), ZERO),
            1,
        )
        for name in ("before", "after")
    )
    return Effect(
        entitlements=len(rows),
        compounds=len(by_compound),
        households=sum(row.households or 0 for row in by_compound.values()),
        area_m2=sum((row.area_m2 or ZERO for row in by_compound.values()), ZERO),
        months=sum(row.months for row in rows),
        household_months=sum((row.households or 0) * row.months for row in rows),
        due=sum((row.due for row in rows), ZERO),
        paid=sum((row.paid for row in rows), ZERO),
        before=before,
        after=after,
        charging=sum(row.stage == charge for row in by_compound.values()),
        exits=sum(row.is_over for row in rows),
        continuing=sum(row.continues for row in rows),
        rebounds=sum(row.rebounded for row in by_compound.values()),
        unknown_households=sum(row.households is None for row in by_compound.values()),
    )
