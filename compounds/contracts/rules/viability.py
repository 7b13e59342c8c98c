"""Viability: yearly income against cost by norm, exact to the fen (S1-3, §4.3).

Nothing unknown counts as zero: a line whose inputs are not all known is unknown, and so is every
sum it belongs to; what is certain all the same is still said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from governance.foundation.money import half_up, to_fen

# Collection rates found in such districts (S2, S3): the sheet is reckoned at each of them.
RATES = tuple(Decimal(rate) for rate in ("55", "75", "82", "94.4"))
MONTHS = 12
_HUNDRED = Decimal(100)

Values = Mapping[str, Decimal | None]


class Key(StrEnum):
    """What a sheet is reckoned from."""

    HOUSEHOLDS = "households"
    AREA = "area_m2"
    FLOOR_AREA = "floor_area_m2"
    FEE = "fee_per_m2"
    COLLECTION = "collection"
    PARKING_SPACES = "parking_spaces"
    PARKING_FEE = "parking_fee"
    PUBLIC_REVENUE = "public_revenue"
    PUBLIC_SHARE = "public_share"
    SUBSIDY = "subsidy"
    GREEN_AREA = "green_area_m2"
    GATES = "gates"
    LIFTS = "lifts"
    COMPOUNDS = "compounds"


# The measures of norms by the input that tells them.
MEASURES = {
    "HOUSEHOLDS": Key.HOUSEHOLDS,
    "FLOOR_AREA": Key.FLOOR_AREA,
    "GREEN_AREA": Key.GREEN_AREA,
    "GATES": Key.GATES,
    "LIFTS": Key.LIFTS,
    "COMPOUNDS": Key.COMPOUNDS,
}


class CostNorm(Protocol):
    """A norm of cost, as the room of providers gives it."""

    item: str
    name: Any
    kind: str
    measure: str
    quantity: Decimal | None
    monthly_wage: Decimal | None
    amount: Decimal | None
    percent: Decimal | None
    source: Any


@dataclass(frozen=True)
class Line:
    """One line of income or cost in yuan a year; None where an input is missing."""

    key: str
    amount: Decimal | None
    missing: tuple[str, ...] = ()
    name: Any = ""
    measured: Decimal | None = None
    posts: Decimal | None = None


@dataclass(frozen=True)
class Total:
    """A sum of lines: `known` is what is certain, `amount` the sum if nothing is unknown."""

    lines: tuple[Line, ...]

    @property
    def known(self) -> Decimal:
        return sum((line.amount for line in self.lines if line.amount is not None), Decimal(0))

    @property
    def amount(self) -> Decimal | None:
        return None if any(line.amount is None for line in self.lines) else self.known

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(key for line in self.lines for key in line.missing))


class Verdict(StrEnum):
    """Whether income covers cost."""

    VIABLE = "VIABLE"
    NOT_VIABLE = "NOT_VIABLE"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True)
class At:
    """The sheet at one collection rate (percent)."""

    rate: Decimal
    income: Decimal | None
    balance: Decimal | None
    verdict: Verdict
    households: int | None


@dataclass(frozen=True)
class Reckoning:
    """A sheet reckoned: income, cost, verdict, and the same at other collection rates."""

    income: Total
    cost: Total
    verdict: Verdict
    sensitivity: tuple[At, ...]
    households: int | None

    @property
    def balance(self) -> Decimal | None:
        if self.income.amount is None or self.cost.amount is None:
            return None
        return self.income.amount - self.cost.amount

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.income.missing, *self.cost.missing)))


def fee_income(area_m2: Decimal, fee: Decimal, collection: Decimal = _HUNDRED) -> Decimal:
    """Fees of a year: area × fee × 12 × collection (percent), to the fen.

    Source: S1-3, 100 households of 100 m² at 0.5 yuan are 60,000.00 yuan.
    """
    return to_fen(Decimal(area_m2) * Decimal(fee) * MONTHS * Decimal(collection) / _HUNDRED)


def households_exact(
    cost: Decimal, fee: Decimal, collection: Decimal, m2_per_household: Decimal
) -> Decimal | None:
    """Annual cost ÷ (fee × 12 × rate × m² of a household); None where nothing is paid.

    Source: §4.3.
    """
    each = Decimal(fee) * MONTHS * Decimal(collection) / _HUNDRED * Decimal(m2_per_household)
    return Decimal(cost) / each if each else None


def households_needed(
    cost: Decimal, fee: Decimal, collection: Decimal, m2_per_household: Decimal
) -> int | None:
    """How many households cover a cost: the exact number, rounded up to whole households."""
    exact = households_exact(cost, fee, collection, m2_per_household)
    return None if exact is None else max(0, math.ceil(exact))


def reckon(
    values: Values, norms: Iterable[CostNorm], rates: Sequence[Decimal] = RATES
) -> Reckoning:
    """Income against cost at the given collection rate, and at those of `rates`."""
    income = income_of(values)
    cost = cost_of(values, norms)
    return Reckoning(
        income=income,
        cost=cost,
        verdict=verdict_of(income, cost),
        sensitivity=tuple(_at(values, cost, rate) for rate in rates),
        households=_break_even(values, income, cost, values.get(Key.COLLECTION)),
    )


def verdict_of(income: Total, cost: Total) -> Verdict:
    """Viable iff income ≥ cost, as far as what is known decides it: no line is below zero."""
    if cost.amount is not None and income.known >= cost.amount:
        return Verdict.VIABLE
    if income.amount is not None and income.amount < cost.known:
        return Verdict.NOT_VIABLE
    return Verdict.UNKNOWN


def income_of(values: Values) -> Total:
    """Fees, parking, the service's share of public revenue, subsidy."""
    return Total(
        (
            _product("fees", values, (Key.AREA, Key.FEE, Key.COLLECTION), MONTHS, percents=1),
            _product("parking", values, (Key.PARKING_SPACES, Key.PARKING_FEE), MONTHS),
            _product("public", values, (Key.PUBLIC_REVENUE, Key.PUBLIC_SHARE), percents=1),
            _product("subsidy", values, (Key.SUBSIDY,)),
        )
    )


def _product(
    name: str, values: Values, keys: Sequence[Key], times: int = 1, percents: int = 0
) -> Line:
    """A product of inputs; nought times something unknown is nought."""
    given = {key: values.get(key) for key in keys}
    if any(value == 0 for value in given.values() if value is not None):
        return Line(name, Decimal("0.00"))
    missing = tuple(str(key) for key, value in given.items() if value is None)
    if missing:
        return Line(name, None, missing)
    amount = Decimal(times)
    for value in given.values():
        amount *= Decimal(value)
    return Line(name, to_fen(amount / _HUNDRED**percents))


def cost_of(values: Values, norms: Iterable[CostNorm]) -> Total:
    """Wages by posts, yuan by size, then percentages of all wages."""
    norms = list(norms)
    lines = [_sized(norm, values) for norm in norms if norm.kind != "PERCENT"]
    posts = {norm.item for norm in norms if norm.kind == "POSTS"}
    wages = Total(tuple(line for line in lines if line.key in posts))
    for norm in norms:
        if norm.kind != "PERCENT":
            continue
        base = wages.amount
        amount = None if base is None else to_fen(base * norm.percent / _HUNDRED)
        lines.append(Line(norm.item, amount, wages.missing, norm.name, base))
    return Total(tuple(lines))


def _sized(norm: CostNorm, values: Values) -> Line:
    key = MEASURES[norm.measure]
    measured = values.get(key)
    if measured is None:
        return Line(norm.item, None, (str(key),), norm.name)
    if norm.kind == "POSTS":
        posts = Decimal(measured) / norm.quantity
        return Line(
            norm.item, to_fen(posts * norm.monthly_wage * MONTHS), (), norm.name, measured,
            half_up(posts, 2),
        )  # fmt: skip
    return Line(norm.item, to_fen(Decimal(measured) * norm.amount), (), norm.name, measured)


def _at(values: Values, cost: Total, rate: Decimal) -> At:
    at_rate = {**values, Key.COLLECTION: rate}
    income = income_of(at_rate)
    is_known = income.amount is not None and cost.amount is not None
    return At(
        rate=rate,
        income=income.amount,
        balance=income.amount - cost.amount if is_known else None,
        verdict=verdict_of(income, cost),
        households=_break_even(at_rate, income, cost, rate),
    )


def _break_even(values: Values, income: Total, cost: Total, rate: Decimal | None) -> int | None:
    """Households that would pay what other income leaves open, at the present m² of each."""
    households, area, fee = (values.get(key) for key in (Key.HOUSEHOLDS, Key.AREA, Key.FEE))
    others = Total(tuple(line for line in income.lines if line.key != "fees"))
    if None in (households, area, fee, rate, cost.amount, others.amount) or not households:
        return None
    left = max(Decimal(0), cost.amount - others.amount)
    return households_needed(left, fee, rate, Decimal(area) / Decimal(households))
