"""Who may be paired with what: what forbids it, and what only deserves a warning. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from governance.party_grid.rules import Finding, Norms

COUNTY_CADRE = "COUNTY_CADRE"
STREET_CADRE = "STREET_CADRE"
SERVING_MEMBER = "SERVING_MEMBER"
CENTRE_HOUSEHOLD = "CENTRE_HOUSEHOLD"
# Standings (of people) that each kind asks for.
STANDINGS = {
    COUNTY_CADRE: ("COUNTY_CADRE",),
    STREET_CADRE: ("STREET_CADRE", "COMMUNITY_CADRE"),
    SERVING_MEMBER: ("SERVING",),
}
# Pairings of party members: the county-level cadres are members too (党员县干, S3-1).
OF_MEMBERS = (COUNTY_CADRE, SERVING_MEMBER)


@dataclass(frozen=True, slots=True)
class Held:
    """A pairing that stands already."""

    kind: str
    compound: int
    household: str = ""


@dataclass(frozen=True, slots=True)
class Partner:
    """Who is to be paired. `centre_of`: compounds in which the person is a centre household."""

    standing: str
    is_member: bool
    has_left: bool = False
    centre_of: tuple[int, ...] = ()
    held: tuple[Held, ...] = ()


def findings_on(
    partner: Partner, kind: str, compound: int, household: str = "", *, is_taken: bool = False
) -> Sequence[Finding]:
    """Refusals and warnings about one person and one compound or household.

    `is_taken`: another serving member has the household. How many compounds a county cadre
    answers for is judged on the whole set (`cadre_finding`).
    Source: S1-10 on members, centre households and cadres; S3-1 on county-level cadres.
    """
    found = []
    if partner.has_left:
        found.append(Finding("PERSON_LEFT", True))
    standings = STANDINGS.get(kind)
    if standings and partner.standing not in standings:
        found.append(Finding(f"NOT_{kind}", True))
    if kind in OF_MEMBERS and not partner.is_member:
        found.append(Finding("MEMBERS_ONLY", True))
    if Held(kind, compound, household) in partner.held:
        found.append(Finding("PAIRED_ALREADY", True))
    elif kind == SERVING_MEMBER:
        if any(one.kind == kind for one in partner.held):
            found.append(Finding("HAS_A_HOUSEHOLD", True))
        if is_taken:
            found.append(Finding("HOUSEHOLD_TAKEN", True))
    elif kind == CENTRE_HOUSEHOLD:
        if not partner.centre_of:
            found.append(Finding("NOT_CENTRE_HOUSEHOLD", True))
        elif compound not in partner.centre_of:
            found.append(Finding("CENTRE_ELSEWHERE", False))
    return found


def cadre_finding(before: int, after: int, norms: Norms) -> Finding | None:
    """Whether a county-level cadre may go from `before` compounds to `after`; None if so.

    All may be ended at once. A set that is out of bounds already (a norm has changed, a compound
    was demolished) may be mended step by step.  Source: S3-1, 2 to 3 compounds.
    """
    least, most = norms.cadre_compounds_min, norms.cadre_compounds_max
    values = (("least", least), ("most", most), ("count", after))
    if after == before:
        return None
    if after > most and after > before:
        return Finding("TOO_MANY", True, values)
    is_mended = bool(before) and after > before
    if 0 < after < least and not is_mended:
        return Finding("TOO_FEW", True, values)
    return None


def bounds(count: int, norms: Norms) -> str:
    """ "none", "few", "many" or "" for the compounds of a county-level cadre."""
    if not count:
        return "none"
    if count < norms.cadre_compounds_min:
        return "few"
    return "many" if count > norms.cadre_compounds_max else ""
