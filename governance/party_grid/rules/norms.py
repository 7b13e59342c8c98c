"""What counts as too few, too many and too long."""

import datetime as dt
from dataclasses import dataclass

from .kinds import OrganisationKind


@dataclass(frozen=True, slots=True)
class Norms:
    """The usual norms; a district sets its own by `Norm` rows.

    Source: 中国共产党支部工作条例（试行） on members and terms (domain.md §2.3), the usual
    division of grids (§2.4), S3-1 on cadres. The group has no legal number; 3 is ours.
    """

    households_min: int = 300
    households_max: int = 500
    group_members_min: int = 3
    branch_members_min: int = 3
    branch_members_max: int = 50
    joint_units_max: int = 5
    branch_term_years: int = 3
    community_term_years: int = 5
    cadre_compounds_min: int = 2
    cadre_compounds_max: int = 3
    head_posts_max: int = 2
    assistants_min: int = 2
    expiry_warning_days: int = 90


def households_finding(households: int | None, norms: Norms) -> str:
    """ "few", "many", "unknown" or "" for the households of a grid against the norm."""
    if households is None:
        return "unknown"
    if households < norms.households_min:
        return "few"
    return "many" if households > norms.households_max else ""


def term_end(founded_on: dt.date, kind: int, norms: Norms) -> dt.date:
    """The day a term that begins on a day ends: branches 3 years, communities 5 (§2.3)."""
    is_community = kind == OrganisationKind.COMMUNITY_COMMITTEE
    years = norms.community_term_years if is_community else norms.branch_term_years
    try:
        return founded_on.replace(year=founded_on.year + years)
    except ValueError:  # 29 February
        return founded_on.replace(year=founded_on.year + years, day=28)
