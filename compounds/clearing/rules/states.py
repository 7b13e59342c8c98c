"""The way of a case: its states, the steps between them, and the right each step asks for (§5.1).

Pure, and the only place that knows which step leads where. Words of states are the register's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

REGISTERED, SURVEYED, CLASSIFIED = "REGISTERED", "SURVEYED", "CLASSIFIED"
MATCHING, CONSULTING, CONTRACTED = "MATCHING", "CONSULTING", "CONTRACTED"
SERVING, ACCEPTED, CLEARED = "SERVING", "ACCEPTED", "CLEARED"
REBOUND, SUSPENDED, MERGED, EXCLUDED = "REBOUND", "SUSPENDED", "MERGED", "EXCLUDED"

# The way, in its order; whatever else a case can be is beside it.
WAY = (
    REGISTERED,
    SURVEYED,
    CLASSIFIED,
    MATCHING,
    CONSULTING,
    CONTRACTED,
    SERVING,
    ACCEPTED,
    CLEARED,
)
BESIDE = (REBOUND, SUSPENDED, MERGED, EXCLUDED)
STATES = (*WAY, *BESIDE)
LEFT = frozenset({MERGED, EXCLUDED})
SERVED = frozenset({SERVING, ACCEPTED, CLEARED})
# Worked on: neither at the end of the way nor out of it.
OPEN = frozenset(STATES) - LEFT - {CLEARED}
# Before anybody serves: found managed then, a compound leaves the campaign.
UNSERVED = frozenset(WAY[: WAY.index(SERVING)])

OPENED, ADVANCE, CONFIRM, RETURN = "OPEN", "ADVANCE", "CONFIRM", "RETURN"
SUSPEND, RESUME, LOSS, LEAVE = "SUSPEND", "RESUME", "LOSS", "LEAVE"
KINDS = (OPENED, ADVANCE, CONFIRM, RETURN, SUSPEND, RESUME, LOSS, LEAVE)
WITH_REASON = frozenset({RETURN, SUSPEND, LOSS, LEAVE})

# Where a case goes on to. A rebound goes back to the choice of a strategy, with all that follows.
NEXT: Mapping[str, str] = MappingProxyType({**dict(pairwise(WAY)), REBOUND: CLASSIFIED})
# One step back. What is served is not sent back: a service can only be lost.
BACK: Mapping[str, str] = MappingProxyType(
    {
        SURVEYED: REGISTERED,
        CLASSIFIED: SURVEYED,
        MATCHING: CLASSIFIED,
        CONSULTING: MATCHING,
        CONTRACTED: CONSULTING,
        ACCEPTED: SERVING,
    }
)

WORK, VERIFY, CONFIRM_RIGHT = "case.work", "registry.verify", "case.confirm"
APPROVE, MOVE, ACCEPT = "case.approve", "case.advance", "case.accept"
PAUSE = "case.suspend"
# The right that moves a case out of a state (campaign: W C O · C O · L then A · C · … · O).
FORWARD: Mapping[str, str] = MappingProxyType(
    {
        REGISTERED: WORK,
        SURVEYED: VERIFY,
        CLASSIFIED: APPROVE,
        MATCHING: MOVE,
        CONSULTING: WORK,
        CONTRACTED: MOVE,
        SERVING: MOVE,
        ACCEPTED: ACCEPT,
    }
)
# Rights of which one sends a case back.
BACKWARD: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        SURVEYED: (VERIFY,),
        CLASSIFIED: (CONFIRM_RIGHT, APPROVE),
        MATCHING: (MOVE, APPROVE),
        CONSULTING: (MOVE,),
        CONTRACTED: (MOVE,),
        ACCEPTED: (ACCEPT,),
    }
)


@dataclass(frozen=True)
class Step:
    """A step that may be taken from a state: what it is, where it leads, who may (any of)."""

    kind: str
    to_state: str
    rights: tuple[str, ...]


def step(kind: str, state: str, *, is_confirmed: bool = False, resumes_to: str = "") -> Step | None:
    """The step of a kind from a state ("" before the case is opened); None where there is none.

    In CLASSIFIED the street confirms first, and only what is confirmed goes on; sent back, it is
    first unconfirmed again. Losing a service leads to REBOUND, leaving to EXCLUDED or MERGED.
    """
    if kind == OPENED:
        return Step(kind, REGISTERED, (WORK,)) if state in ("", EXCLUDED) else None
    if kind == ADVANCE:
        if state == CLASSIFIED and not is_confirmed:
            return None
        if state == REBOUND:
            return Step(kind, CLASSIFIED, ())
        return Step(kind, NEXT[state], (FORWARD[state],)) if state in FORWARD else None
    if kind == CONFIRM:
        is_open = state == CLASSIFIED and not is_confirmed
        return Step(kind, CLASSIFIED, (CONFIRM_RIGHT,)) if is_open else None
    if kind == RETURN:
        if state not in BACK:
            return None
        to_state = CLASSIFIED if state == CLASSIFIED and is_confirmed else BACK[state]
        return Step(kind, to_state, BACKWARD[state])
    if kind == SUSPEND:
        return Step(kind, SUSPENDED, (PAUSE,)) if state in UNSERVED else None
    if kind == RESUME:
        is_paused = state == SUSPENDED and resumes_to in UNSERVED
        return Step(kind, resumes_to, (PAUSE,)) if is_paused else None
    if kind == LOSS:
        return Step(kind, REBOUND, ()) if state in SERVED else None
    if kind == LEAVE:
        is_in = bool(state) and state not in LEFT
        return Step(kind, EXCLUDED, ()) if is_in else None
    raise ValueError(f"no kind of step: {kind!r}")


def may_follow(kind: str, from_state: str, to_state: str) -> bool:
    """Whether a recorded step is one that can be: checks ask it of what is stored."""
    if kind == LEAVE:
        return bool(from_state) and from_state not in LEFT and to_state in LEFT
    if kind == RESUME:
        return from_state == SUSPENDED and to_state in UNSERVED
    if kind == ADVANCE and from_state == CLASSIFIED:
        return to_state == MATCHING
    if kind == RETURN and from_state == CLASSIFIED:
        return to_state in (CLASSIFIED, SURVEYED)
    found = step(kind, from_state)
    return found is not None and found.to_state == to_state


def position(state: str) -> int:
    """How far along the way a state lies, from 0; -1 beside it."""
    return WAY.index(state) if state in WAY else -1
