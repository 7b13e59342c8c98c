"""A plan of instalments: parts that make up exactly what is still to come. No database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

MOST_PARTS = 36


@dataclass(frozen=True, slots=True)
class Part:
    """So much by a day (yuan)."""

    due_on: dt.date
    amount: Decimal


def plan_refusals(parts: Sequence[Part], total: Decimal, first: dt.date) -> tuple[str, ...]:
    """Why a plan cannot be taken, as codes; `total` is what is not received yet.

    Parts follow one another, none is due before `first`, each is above nought, and together they
    are the total to the fen.
    """
    found = []
    if not parts:
        return ("EMPTY",)
    if len(parts) > MOST_PARTS:
        found.append("TOO_MANY")
    if any(part.amount <= 0 for part in parts):
        found.append("AMOUNT")
    if any(part.amount != part.amount.quantize(Decimal("0.01")) for part in parts):
        found.append("FEN")
    days = [part.due_on for part in parts]
    if any(late <= early for early, late in pairwise(days)):
        found.append("ORDER")
    if min(days) < first:
        found.append("BEFORE")
    if sum((part.amount for part in parts), Decimal(0)) != total:
        found.append("SUM")
    return tuple(found)
