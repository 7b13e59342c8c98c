"""Pure rules of entitlements: the way they go, when their term begins, what a month is due."""

from .due import periods
from .starting import StartFacts, add_months, end_of, first_of, start_of, term_of
from .states import FORWARD, MOVES, back_from, may_move, needs_reason
from .years import bearers, bears, by_year, first_months, sums_of

__all__ = [
    "FORWARD",
    "MOVES",
    "StartFacts",
    "add_months",
    "back_from",
    "bearers",
    "bears",
    "by_year",
    "end_of",
    "first_months",
    "first_of",
    "may_move",
    "needs_reason",
    "periods",
    "start_of",
    "sums_of",
    "term_of",
]
