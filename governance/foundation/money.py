"""Exact arithmetic for money and areas: the only place that rounds or splits.

Money is in yuan, exact to the fen; areas are in m², exact to 0.01.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def to_fen(amount: Decimal) -> Decimal:
    """Round an amount in yuan half up to the fen (domain.md §4.4)."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def half_up(value: Decimal, places: int = 0) -> Decimal:
    """Round half up to a number of decimal places."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def percent(part: int | Decimal, whole: int | Decimal, places: int = 0) -> Decimal | None:
    """`part` of `whole` in percent, rounded half up; None where there is no whole.

    Source: S0-1, 296/1157 = 25.58 % is shown as 26 %.
    """
    if not whole:
        return None
    return half_up(Decimal(part) * 100 / Decimal(whole), places)


def split(amount: Decimal, weights: Sequence[int | Decimal]) -> list[Decimal]:
    """Share an amount in yuan by weights without losing a fen (largest remainder)."""
    fen = int(to_fen(amount) * 100)
    total = sum(Decimal(weight) for weight in weights)
    if not total:
        raise ValueError("weights sum to zero")
    exact = [Decimal(fen) * Decimal(weight) / total for weight in weights]
    parts = [int(value) for value in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: fen - sum(parts)]:
        parts[i] += 1
    return [Decimal(part) * CENT for part in parts]
