"""Which way an entitlement goes, and no other (domain.md §5.2)."""

from __future__ import annotations

DRAFT = "DRAFT"
SUBMITTED = "SUBMITTED"
COMMUNITY_CHECKED = "COMMUNITY_CHECKED"
STREET_REVIEWED = "STREET_REVIEWED"
DISTRICT_REVIEWED = "DISTRICT_REVIEWED"
PUBLICISED = "PUBLICISED"
APPROVED = "APPROVED"
SUSPENDED = "SUSPENDED"
EXITED = "EXITED"
CLOSED = "CLOSED"
REJECTED = "REJECTED"
WITHDRAWN = "WITHDRAWN"

# The way forward; every other move goes back, aside or to an end.
FORWARD = (
    DRAFT,
    SUBMITTED,
    COMMUNITY_CHECKED,
    STREET_REVIEWED,
    DISTRICT_REVIEWED,
    PUBLICISED,
    APPROVED,
    EXITED,
    CLOSED,
)
BEFORE_APPROVAL = FORWARD[:6]
MOVES = {
    "": (DRAFT,),
    DRAFT: (SUBMITTED, WITHDRAWN),
    SUBMITTED: (COMMUNITY_CHECKED, DRAFT, REJECTED, WITHDRAWN),
    COMMUNITY_CHECKED: (STREET_REVIEWED, SUBMITTED, REJECTED, WITHDRAWN),
    STREET_REVIEWED: (DISTRICT_REVIEWED, COMMUNITY_CHECKED, REJECTED, WITHDRAWN),
    DISTRICT_REVIEWED: (PUBLICISED, STREET_REVIEWED, REJECTED, WITHDRAWN),
    PUBLICISED: (APPROVED, DISTRICT_REVIEWED, REJECTED, WITHDRAWN),
    APPROVED: (SUSPENDED, EXITED),
    SUSPENDED: (APPROVED, EXITED),
    EXITED: (CLOSED,),
    CLOSED: (),
    REJECTED: (),
    WITHDRAWN: (),
}


def may_move(before: str, after: str) -> bool:
    """Whether a step is one of the way."""
    return after in MOVES[before]


def back_from(state: str) -> str | None:
    """The state one step back, before approval; None where there is none."""
    if state not in BEFORE_APPROVAL or state == DRAFT:
        return None
    return FORWARD[FORWARD.index(state) - 1]


def needs_reason(before: str, after: str) -> bool:
    """Whether a step undoes one, or ends or halts the way: it needs a reason."""
    if after in (REJECTED, WITHDRAWN, SUSPENDED):
        return True
    return bool(before) and before in BEFORE_APPROVAL and after == back_from(before)
