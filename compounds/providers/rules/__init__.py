"""What is decided about providers, from values alone: no rows, no clock."""

from .filing import Level, Outcome, outcome_of
from .fitness import (
    FLAGS,
    METRES_PER_DEGREE,
    NO_PARTY,
    has_party_work,
    is_blacklisted,
    lacks,
    metres_to_nearest,
    room_left,
)
from .norms import COST, DEFAULTS, PERCENT, POSTS, Norm, in_force, posts_for
from .sharing import Share, shares
from .standing import MOVES, Scale, band_of, credit_score, is_open, may_move, suggests_red

__all__ = [
    "COST",
    "DEFAULTS",
    "FLAGS",
    "METRES_PER_DEGREE",
    "MOVES",
    "NO_PARTY",
    "PERCENT",
    "POSTS",
    "Level",
    "Norm",
    "Outcome",
    "Scale",
    "Share",
    "band_of",
    "credit_score",
    "has_party_work",
    "in_force",
    "is_blacklisted",
    "is_open",
    "lacks",
    "may_move",
    "metres_to_nearest",
    "outcome_of",
    "posts_for",
    "room_left",
    "shares",
    "suggests_red",
]
