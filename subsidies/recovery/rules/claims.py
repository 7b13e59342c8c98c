"""What is claimed back: by the terms of the programme, line by line, never more than is left.

Pure: months paid come in, a frozen claim with its arithmetic comes out. Yuan, exact to the fen;
rounded half up once for each month, then shared among its indicators without losing a fen.
Source: domain.md §4.4 (triggers, unearned share), §2.6 (fine of 10–50 %).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from governance.foundation.money import split, to_fen
from subsidies.programmes.rules import Terms

from .terms import months_later

NOTHING = Decimal("0.00")
HUNDRED = Decimal(100)
FINE_LOW, FINE_HIGH = Decimal(10), Decimal(50)


@dataclass(frozen=True, slots=True)
class Paid:
    """What one indicator paid for one month of service, and what of it was claimed back before.

    `month` is its first day; `first` and `last` are the days of the term that lie in it.
    """

    month: dt.date
    indicator_id: int
    amount: Decimal
    first: dt.date
    last: dt.date
    claimed: Decimal = NOTHING
    paid_on: dt.date | None = None

    @property
    def left(self) -> Decimal:
        return max(NOTHING, self.amount - self.claimed)


class Refusal(StrEnum):
    """Why nothing is claimed."""

    NO_TERM = "NO_TERM"  # the programme claims nothing back for this reason
    NOT_PAID = "NOT_PAID"
    ALL_CLAIMED = "ALL_CLAIMED"
    TOO_LATE = "TOO_LATE"  # left later than so many months after the last payment
    NOTHING = "NOTHING"  # the rule gives nothing


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One month of one indicator: paid, claimed before, the part that is asked, and its amount."""

    month: dt.date
    indicator_id: int
    paid: Decimal
    claimed: Decimal
    amount: Decimal
    # UNEARNED: days asked for of the days of the month; PERCENT: of 100.
    part: Decimal
    whole: Decimal

    def as_json(self) -> dict[str, Any]:
        return {
            "month": self.month.isoformat(),
            "indicator": self.indicator_id,
            "paid": str(self.paid),
            "claimed": str(self.claimed),
            "amount": str(self.amount),
            "part": str(self.part),
            "whole": str(self.whole),
        }

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> ClaimLine:
        return cls(
            month=dt.date.fromisoformat(row["month"]),
            indicator_id=row["indicator"],
            **{name: Decimal(row[name]) for name in ("paid", "claimed", "amount", "part", "whole")},
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim with its arithmetic; `refusal` says why it asks for nothing."""

    trigger: str
    happened_on: dt.date
    takes: str = ""
    months: int | None = None
    percent: Decimal | None = None
    last_paid_on: dt.date | None = None
    until: dt.date | None = None
    lines: tuple[ClaimLine, ...] = field(default=())
    refusal: str = ""

    @property
    def amount(self) -> Decimal:
        return sum((line.amount for line in self.lines), NOTHING)

    def as_json(self) -> dict[str, Any]:
        """What is kept with the clawback: it alone adds up to the amount."""
        return {
            "trigger": self.trigger,
            "happened_on": self.happened_on.isoformat(),
            "takes": self.takes,
            "months": self.months,
            "percent": None if self.percent is None else str(self.percent),
            "last_paid_on": self.last_paid_on.isoformat() if self.last_paid_on else None,
            "until": self.until.isoformat() if self.until else None,
            "lines": [line.as_json() for line in self.lines],
            "amount": str(self.amount),
        }


def claim_amount(terms: Terms, paid: Iterable[Paid], trigger: str, happened_on: dt.date) -> Claim:
    """What a firm repays for a reason that arose on a day, by the programme's term of clawback.

    ALL: whatever was paid. UNEARNED: what was paid for the days after it happened. LAST_MONTHS:
    the last so many months paid. PERCENT: so much of each month. LEFT_EARLY asks for nothing if
    the contract ended later than `months` months after the last payment. Of each month and
    indicator at most what was paid and is not claimed yet.
    Source: domain.md §4.4; rounding half up to the fen, once for each month.
    """
    term = terms.clawback_of(trigger)
    if term is None:
        return Claim(trigger, happened_on, refusal=Refusal.NO_TERM)
    rows = sorted(paid, key=lambda row: (row.month, row.indicator_id))
    paid_days = [row.paid_on for row in rows if row.paid_on is not None and row.amount > 0]
    last_paid_on = max(paid_days, default=None)
    until = None
    if trigger == "LEFT_EARLY" and term.months is not None and last_paid_on is not None:
        until = months_later(last_paid_on, term.months)
    found = {
        "trigger": trigger,
        "happened_on": happened_on,
        "takes": term.takes,
        "months": term.months,
        "percent": term.percent,
        "last_paid_on": last_paid_on,
        "until": until,
    }
    if not any(row.amount > 0 for row in rows):
        return Claim(**found, refusal=Refusal.NOT_PAID)
    if not any(row.left > 0 for row in rows):
        return Claim(**found, refusal=Refusal.ALL_CLAIMED)
    if until is not None and happened_on > until:
        return Claim(**found, refusal=Refusal.TOO_LATE)
    lines = tuple(_lines(rows, term.takes, term.months, term.percent, happened_on))
    return Claim(**found, lines=lines, refusal="" if lines else Refusal.NOTHING)


def _lines(
    rows: Sequence[Paid], takes: str, months: int | None, percent: Decimal | None, day: dt.date
) -> Iterable[ClaimLine]:
    by_month: dict[dt.date, list[Paid]] = {}
    for row in rows:
        if row.amount > 0:
            by_month.setdefault(row.month, []).append(row)
    wanted = sorted(by_month)
    if takes == "LAST_MONTHS":
        wanted = wanted[-months:] if months else []
    for month in wanted:
        held = by_month[month]
        part, whole = _part(held, takes, percent, day)
        yield from _month(held, part, whole)


def _part(
    held: Sequence[Paid], takes: str, percent: Decimal | None, day: dt.date
) -> tuple[Decimal, Decimal]:
    """The part of a month that is asked for, of how many."""
    if takes == "UNEARNED":
        first, last = min(row.first for row in held), max(row.last for row in held)
        days = (last - first).days + 1
        after = (last - max(day, first - dt.timedelta(days=1))).days
        return Decimal(max(0, min(days, after))), Decimal(days)
    if takes == "PERCENT":
        return percent or NOTHING, HUNDRED
    return Decimal(1), Decimal(1)


def _month(held: Sequence[Paid], part: Decimal, whole: Decimal) -> Iterable[ClaimLine]:
    """A month's claim, shared among its indicators by what is left with each."""
    amount = to_fen(sum((row.amount for row in held), NOTHING) * part / whole)
    left = [row.left for row in held]
    # The same days are claimed once, whatever the reasons: what is claimed of a month counts.
    claimed = sum((row.claimed for row in held), NOTHING)
    amount = min(amount - claimed, sum(left, NOTHING))
    if amount <= 0:
        return
    for row, share in zip(held, split(amount, left), strict=True):
        if share > 0:
            yield ClaimLine(
                row.month, row.indicator_id, row.amount, row.claimed, share, part, whole
            )


def reduced(lines: Sequence[ClaimLine], amount: Decimal) -> tuple[ClaimLine, ...]:
    """The same claim cut down to an amount, each line in proportion, to the fen.

    Raises ValueError for an amount above the claim or not above nought.
    """
    total = sum((line.amount for line in lines), NOTHING)
    if not 0 < amount <= total:
        raise ValueError(f"{amount} is no part of {total}")
    return tuple(
        ClaimLine(
            line.month, line.indicator_id, line.paid, line.claimed, share, line.part, line.whole
        )
        for line, share in zip(lines, split(amount, [line.amount for line in lines]), strict=True)
        if share > 0
    )


def fine_refusal(trigger: str, claimed: Decimal, fine: Decimal) -> str:
    """Why a fine cannot be recorded: a code, empty if it can. None at all is always right.

    Only what was defrauded is fined, with 10–50 % of it. Source: domain.md §2.6 (article 14).
    """
    if not fine:
        return ""
    if trigger != "FALSE_DATA":
        return "NO_FINE"
    low, high = to_fen(claimed * FINE_LOW / HUNDRED), to_fen(claimed * FINE_HIGH / HUNDRED)
    return "" if low <= fine <= high else "OUT_OF_RANGE"
