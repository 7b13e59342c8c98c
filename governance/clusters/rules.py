"""What shows that an item of the five haves is in place, and what contradicts it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

ORGANISATION, VENUE, LEDGER = "ORGANISATION", "VENUE", "LEDGER"
CONTACT, EMERGENCY_PLAN = "CONTACT", "EMERGENCY_PLAN"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the register knows of a cluster. `unlisted`: compounds without members in the ledger
    of which nobody has said that no member lives there."""

    has_organisation: bool
    organisation_stands: bool
    compounds: int
    unlisted: tuple[str, ...] = ()
    members: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """What a person says of an item."""

    item: str
    is_met: bool | None
    evidence: str = ""
    premises: str = ""
    meets_standard: bool | None = None


def hint(item: str, facts: Facts) -> str:
    """What the register says of an item: a code, "" where it knows nothing of it.

    Source: S1-6 (five haves), S1-7 (organisations), S1-9 (the ledger of each compound).
    """
    if item == ORGANISATION:
        if not facts.has_organisation:
            return "NO_ORGANISATION"
        return "STANDS" if facts.organisation_stands else "DISSOLVED"
    if item == LEDGER:
        if not facts.compounds:
            return "NO_COMPOUNDS"
        return "UNLISTED" if facts.unlisted else "LISTED"
    return ""


# Hints that forbid an item to be marked as in place.
AGAINST = frozenset({"NO_ORGANISATION", "DISSOLVED", "NO_COMPOUNDS", "UNLISTED"})


def refusals(mark: Mark, facts: Facts) -> Sequence[tuple[str, str]]:
    """(code, field) of what forbids a mark.

    In place needs evidence (S1-6); the register must not say the contrary; only a venue has
    premises and the 156N standard (S1-8).
    """
    found = []
    if mark.is_met:
        if not mark.evidence.strip():
            found.append(("NO_EVIDENCE", "evidence"))
        code = hint(mark.item, facts)
        if code in AGAINST:
            found.append((code, "is_met"))
    if mark.item != VENUE and (mark.premises or mark.meets_standard is not None):
        found.append(("NOT_A_VENUE", "premises"))
    return found
