"""What is decided about assignments, from values alone: no rows, no clock."""

from .eligibility import (
    FALLBACK_ROUNDS,
    LEAST_FOR_SHARE,
    WEIGHTS,
    WORDS,
    Campaign,
    CompoundFacts,
    FirmFacts,
    LockFacts,
    Reason,
    Weight,
    bars,
    eligibility,
    is_eligible,
    lacks,
)
from .handover import DEFAULT_LINES, IN, OUT, Line
from .letters import failed_rounds, last_answers
from .moves import FORWARD, MOVES, back_from, goes_back, is_open, may_move, path_to
from .picking import Candidate, Pick, distribute, ranked, taken

__all__ = [
    "DEFAULT_LINES",
    "FALLBACK_ROUNDS",
    "FORWARD",
    "IN",
    "LEAST_FOR_SHARE",
    "MOVES",
    "OUT",
    "WEIGHTS",
    "WORDS",
    "Campaign",
    "Candidate",
    "CompoundFacts",
    "FirmFacts",
    "Line",
    "LockFacts",
    "Pick",
    "Reason",
    "Weight",
    "back_from",
    "bars",
    "distribute",
    "eligibility",
    "failed_rounds",
    "goes_back",
    "is_eligible",
    "is_open",
    "lacks",
    "last_answers",
    "may_move",
    "path_to",
    "ranked",
    "taken",
]
