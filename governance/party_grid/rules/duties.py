"""Whether a person may take a duty: what forbids it, and what only deserves a warning."""

from collections.abc import Sequence
from dataclasses import dataclass

from .kinds import BUILDING_HEAD, ENTRANCE_HEAD, GROUP_LEADER, SECRETARY, Seat
from .norms import Norms

HEADS = (BUILDING_HEAD, ENTRANCE_HEAD)


@dataclass(frozen=True, slots=True)
class HeldDuty:
    """A duty the person holds already. `seat_id`: of what it is held for."""

    kind: str
    seat: Seat
    seat_id: int
    compound: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who is to take a duty."""

    is_full_member: bool
    is_member: bool
    compound: int | None
    held: tuple[HeldDuty, ...] = ()
    has_left: bool = False


@dataclass(frozen=True, slots=True)
class SeatFacts:
    """What the duty would be held for. `compounds`: what an organisation covers."""

    kind: str
    seat: Seat
    seat_id: int
    needs_member: bool
    seats_max: int | None
    holders: int
    compound: int | None = None
    is_dissolved: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A code with its numbers. A refusal forbids; a warning is shown and kept."""

    code: str
    is_refusal: bool
    values: tuple[tuple[str, int], ...] = ()


def findings_on(candidate: Candidate, seat: SeatFacts, norms: Norms) -> Sequence[Finding]:
    """Refusals and warnings about one person taking one duty.

    Source: 支部工作条例 (domain.md §2.3) on membership; S0-18 on heads. A person may head a
    building and one of its entrances; more than the norm's posts is overload.
    """
    found = []
    if candidate.has_left:
        found.append(Finding("PERSON_LEFT", True))
    if seat.is_dissolved:
        found.append(Finding("DISSOLVED", True))
    if any(h.kind == seat.kind and h.seat_id == seat.seat_id for h in candidate.held):
        found.append(Finding("HELD_ALREADY", True))
    elif seat.seats_max is not None and seat.holders >= seat.seats_max:
        found.append(Finding("SEAT_TAKEN", True, (("most", seat.seats_max),)))
    if seat.kind == SECRETARY and not candidate.is_full_member:
        found.append(Finding("SECRETARY_IS_FULL_MEMBER", True))
    elif seat.needs_member and not candidate.is_member:
        found.append(Finding("MEMBERS_ONLY", True))
    if seat.kind in (SECRETARY, GROUP_LEADER):
        others = sum(h.kind == seat.kind and h.seat_id != seat.seat_id for h in candidate.held)
        if others:
            found.append(Finding("LEADS_ANOTHER", False, (("count", others),)))
    if seat.kind in HEADS:
        posts = 1 + sum(h.kind in HEADS for h in candidate.held)
        if posts > norms.head_posts_max:
            values = (("posts", posts), ("most", norms.head_posts_max))
            found.append(Finding("OVERLOADED", False, values))
        if candidate.compound and seat.compound and candidate.compound != seat.compound:
            found.append(Finding("LIVES_ELSEWHERE", False))
    return found
