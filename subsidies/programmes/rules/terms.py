"""An edition's terms as one immutable value; knows no row and no clock.

Money in yuan, rates in yuan for each m² or household (of the fee: per cent), times in the unit
their names say (d: calendar days, wd: working days).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any

from compounds.classification.rules import Condition, Rule, ThresholdError, read_threshold, written

from .vocabulary import FACTS


@dataclass(frozen=True, slots=True)
class Step:
    """The rate from one month of the term to another, both included; the first month is 1."""

    from_month: int
    to_month: int
    basis: str
    rate: Decimal
    per: str = "MONTH"

    @property
    def months(self) -> int:
        return self.to_month - self.from_month + 1


@dataclass(frozen=True, slots=True)
class Band:
    """What is paid from a score on, up to the next band."""

    from_score: Decimal
    effect: str
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Deduction:
    """What each finding takes off: a percentage of the month, or an amount."""

    trigger: str
    percent: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """Which part of it a payer bears, in per cent."""

    payer: str
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Clawback:
    """What is claimed back for a reason."""

    trigger: str
    takes: str
    months: int | None = None
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """All terms of an edition. Steps by month, bands from the highest, shares in their order."""

    name: str = ""
    edition: int = 1
    document_number: str = ""
    effective_from: dt.date | None = None
    effective_until: dt.date | None = None
    start_rule: str = "NEXT_MONTH"
    counting: str = "CALENDAR"
    part_month: str = "DAYS"
    months: int = 6
    cap_compound: Decimal | None = None
    cap_firm_year: Decimal | None = None
    cap_year: Decimal | None = None
    offset_percent: Decimal = Decimal(0)
    settlement: str = "MONTH"
    needs_assessment: bool = False
    assessment_months: int = 12
    exit_collection_percent: Decimal | None = None
    exit_months: int = 3
    documents: tuple[str, ...] = ()
    apply_days: int = 30
    check_days: int = 5
    review_days: int = 5
    district_days: int = 10
    notice_days: int = 5
    approval_days: int = 10
    payment_days: int = 30
    appeal_days: int = 30
    ban_years: int = 3
    steps: tuple[Step, ...] = ()
    conditions: tuple[Condition, ...] = ()
    bands: tuple[Band, ...] = ()
    deductions: tuple[Deduction, ...] = ()
    shares: tuple[Share, ...] = ()
    clawbacks: tuple[Clawback, ...] = ()

    def step_of(self, index: int) -> Step | None:
        """The rate of a month of the term (the first is 1); None beyond the term."""
        if not 1 <= index <= self.months:
            return None
        return next((s for s in self.steps if s.from_month <= index <= s.to_month), None)

    def band_of(self, score: Decimal) -> Band | None:
        """The band of a score: the highest that begins at or below it."""
        reached = [band for band in self.bands if band.from_score <= score]
        return max(reached, key=lambda band: band.from_score, default=None)

    def deduction_of(self, trigger: str) -> Deduction | None:
        return next((row for row in self.deductions if row.trigger == trigger), None)

    def clawback_of(self, trigger: str) -> Clawback | None:
        return next((row for row in self.clawbacks if row.trigger == trigger), None)

    @property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """Positions of the conditions: one tuple per requirement, alternatives together."""
        return Rule("", self.conditions).groups

    def as_json(self) -> dict[str, Any]:
        """Plain JSON that `Terms.from_json` reads back to an equal value."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Terms:
        """The terms of a stored record; raises KeyError or ValueError for what never was one."""
        read = dict(record)
        for name in _DAYS:
            read[name] = dt.date.fromisoformat(read[name]) if read.get(name) else None
        for name in _EXACT & read.keys():
            read[name] = _decimal(read[name])
        read["documents"] = tuple(read.get("documents", ()))
        for name, part in PARTS.items():
            read[name] = tuple(_part(part, row) for row in read.get(name, ()))
        return cls(**read)


PARTS: dict[str, type] = {
    "steps": Step,
    "conditions": Condition,
    "bands": Band,
    "deductions": Deduction,
    "shares": Share,
    "clawbacks": Clawback,
}
_DAYS = ("effective_from", "effective_until")
_EXACT = frozenset(
    {"cap_compound", "cap_firm_year", "cap_year", "offset_percent", "exit_collection_percent"}
)
_EXACT_IN_PARTS = {"rate", "percent", "amount", "from_score"}


def revised(terms: Terms, **changes: Any) -> Terms:
    """The same terms with some of them changed."""
    return replace(terms, **changes)


def value_of(fact: str, value: Any) -> Any:
    """A threshold in its fact's kind; as it stands if the fact is unknown or the value unfit."""
    if fact not in FACTS:
        return tuple(value) if isinstance(value, list) else value
    try:
        return read_threshold(FACTS[fact], value)
    except ThresholdError:
        return tuple(value) if isinstance(value, list) else value


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    if type(value) in PARTS.values():
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return written(value)


def _part(part: type, row: Mapping[str, Any]) -> Any:
    read = {
        name: _decimal(value) if name in _EXACT_IN_PARTS else value for name, value in row.items()
    }
    if part is Condition:
        read["value"] = value_of(read["fact"], read["value"])
    return part(**read)
