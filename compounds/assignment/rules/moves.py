"""Which way an assignment goes, and no other."""

from __future__ import annotations

PROPOSED = "PROPOSED"
STREET_REVIEWED = "STREET_REVIEWED"
DISTRICT_APPROVED = "DISTRICT_APPROVED"
ACTIVE = "ACTIVE"
ENDED = "ENDED"
WITHDRAWN = "WITHDRAWN"

# The way forward; every other move is a step back, a withdrawal or an end.
FORWARD = (PROPOSED, STREET_REVIEWED, DISTRICT_APPROVED, ACTIVE, ENDED)
MOVES = {
    "": (PROPOSED,),
    PROPOSED: (STREET_REVIEWED, WITHDRAWN),
    STREET_REVIEWED: (DISTRICT_APPROVED, PROPOSED, WITHDRAWN),
    DISTRICT_APPROVED: (ACTIVE, STREET_REVIEWED, WITHDRAWN),
    ACTIVE: (ENDED,),
    ENDED: (),
    WITHDRAWN: (),
}


def may_move(before: str, after: str) -> bool:
    """Whether a step is one of the way."""
    return after in MOVES[before]


def is_open(state: str) -> bool:
    """Whether an assignment may still move."""
    return bool(MOVES[state])


def goes_back(before: str, after: str) -> bool:
    """Whether a step undoes one: it needs a reason."""
    return after == WITHDRAWN or FORWARD.index(after) < FORWARD.index(before or PROPOSED)


def back_from(state: str) -> str | None:
    """The state one step back; None where there is none."""
    found = [after for after in MOVES[state] if after != WITHDRAWN and goes_back(state, after)]
    return found[0] if found else None


def path_to(state: str) -> tuple[str, ...]:
    """The states that lead to one on the way forward, itself last."""
    return FORWARD[: FORWARD.index(state) + 1]
