"""What a posting means in a statement: accrued, deducted, paid, claimed back, repaid.

A posting says from which stage to which an amount went; a reversal goes the other way and takes
the same column back. Amounts are yuan, exact to the fen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal

ZERO = Decimal(0)

# (from stage, to stage) → the column it adds to; the other way round it is taken off again.
COLUMNS = {
    ("AVAILABLE", "COMMITTED"): "entitled",
    ("COMMITTED", "PAYABLE"): "accrued",
    ("PAYABLE", "AVAILABLE"): "deducted",
    ("IN_PAYMENT", "PAID"): "paid",
    ("PAYABLE", "PAID"): "paid",
    ("PAID", "TO_RECOVER"): "claimed",
    ("TO_RECOVER", "AVAILABLE"): "repaid",
    ("TO_RECOVER", "RETURNED"): "repaid",
}


def column_of(source: str, target: str) -> tuple[str, int] | None:
    """The column of a posting and its sign; None for moves that concern no firm."""
    if found := COLUMNS.get((source, target)):
        return found, 1
    if found := COLUMNS.get((target, source)):
        return found, -1
    return None


@dataclass(frozen=True, slots=True)
class Sums:
    """What became of a firm's or a compound's money in a time, in yuan."""

    entitled: Decimal = ZERO
    accrued: Decimal = ZERO
    deducted: Decimal = ZERO
    paid: Decimal = ZERO
    claimed: Decimal = ZERO
    repaid: Decimal = ZERO

    @property
    def due(self) -> Decimal:
        """Accrued less what was taken off."""
        return self.accrued - self.deducted

    @property
    def balance(self) -> Decimal:
        """What the district owes in the end; below zero the firm owes it."""
        return self.due - self.paid - self.claimed + self.repaid

    @property
    def cost(self) -> Decimal:
        """What is paid and not claimed back."""
        return self.paid - self.claimed

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Sums)))

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) for one in fields(Sums))


def summed(flows: Iterable[tuple[str, str, Decimal | None]]) -> Sums:
    """Columns of some (from stage, to stage, amount)."""
    columns = dict.fromkeys((one.name for one in fields(Sums)), ZERO)
    for source, target, amount in flows:
        found = column_of(source, target)
        if found and amount:
            columns[found[0]] += found[1] * amount
    return Sums(**columns)


def total(sums: Iterable[Sums]) -> Sums:
    return sum(sums, Sums())
