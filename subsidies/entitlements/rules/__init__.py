"""Pure rules of entitlements: the way they go, when their term begins, what a month is due."""

from .starting import StartFacts, add_months, end_of, first_of, start_of, term_of
from .states import FORWARD, MOVES, back_from, may_move, needs_reason

__all__ = [
    "FORWARD",
    "MOVES",
    "StartFacts",
    "add_months",
    "back_from",
    "end_of",
    "first_of",
    "may_move",
    "needs_reason",
    "start_of",
    "term_of",
]
