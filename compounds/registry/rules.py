"""What follows from a compound's facts alone. Pure: values in, values out; None is unknown."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_noop as _

# Facts whose absence is counted in data quality: the data gate R0 (domain.md §3.3), what the
# seed policies ask for, and what every later sheet is computed from.
KEY_FACTS = (
    "built_year",
    "building_count",
    "entrance_count",
    "household_count",
    "floor_area_m2",
    "chargeable_area_m2",
    "ownership",
    "renovation",
    "is_enclosed",
    "is_contiguous",
    "management_mode",
    "longitude",
    "surveyed_on",
)

# Asked of unit dormitories only (S0-9).
UNIT_FACTS = ("unit_name", "unit_state", "unit_distance_m")

# 管网、供电、道路、大门: with renovation, five checks of 20 points (domain.md §3.3, R2).
CHECKS = ("check_pipes", "check_power", "check_road", "check_gate")
POINTS_PER_CHECK = 20

UNMANAGED_MODES = frozenset({"NONE", "ABANDONED"})
RENOVATED = frozenset({"DONE", "SCHEDULED"})


# Stages of the clearing campaign in which a compound is served, or was until it fell back: it
# still counts among the unmanaged ones the campaign began with (S0-4), whoever manages it now.
IN_SERVICE = frozenset({"SERVING", "ACCEPTED", "CLEARED"})
SERVED_STAGES = IN_SERVICE | {"REBOUND"}


def is_unmanaged(management_mode: str, stage: str = "") -> bool | None:
    """Whether nobody provides property service; unknown while the mode is (S0-1).

    What the campaign has brought a service to stays in it.
    """
    if stage in SERVED_STAGES:
        return True
    return management_mode in UNMANAGED_MODES if management_mode else None


def has_affiliated_unit(ownership: str, unit_name: str) -> bool | None:
    """Whether the compound is a dormitory of a work unit (S0-9); unknown without ownership."""
    if unit_name or ownership == "UNIT":
        return True
    return False if ownership else None


def foundation_score(renovation: str, checks: Mapping[str, bool | None]) -> int | None:
    """Points of the foundation checks, 0 to 100; unknown while one of them is (domain.md §3.3)."""
    values = [checks[name] for name in CHECKS]
    if not renovation or any(value is None for value in values):
        return None
    passed = sum(values) + (renovation in RENOVATED)
    return POINTS_PER_CHECK * passed


def is_three_none(*gaps: bool | None) -> bool | None:
    """三无: true only if no unit, no service and no defence are all true (S4-9)."""
    if any(gap is False for gap in gaps):
        return False
    return True if all(gaps) else None


def missing_facts(facts: Mapping[str, Any]) -> list[str]:
    """Key facts that are unknown, by field name."""
    asked = KEY_FACTS
    if has_affiliated_unit(facts["ownership"], facts["unit_name"]):
        asked += UNIT_FACTS
    return [name for name in asked if facts[name] is None or facts[name] == ""]


# What `contradictions` reads.
CONTRADICTABLE = (
    "built_year",
    "renovation_year",
    "household_count",
    "building_count",
    "surveyed_on",
    "longitude",
    "latitude",
)


def contradictions(
    facts: Mapping[str, Any], today: dt.date
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What cannot be so: field, sentence and its values. Unknown contradicts nothing."""
    get = facts.get
    for name in ("built_year", "renovation_year"):
        year = get(name)
        if year and year > today.year:
            yield name, _("The year %(year)s lies in the future."), {"year": year}
    built, renovated = get("built_year"), get("renovation_year")
    if built and renovated and renovated < built:
        yield "renovation_year", _("Renovated before it was built."), {}
    if get("household_count") and get("building_count") == 0:
        yield "building_count", _("There are households, so there must be a building."), {}
    if get("surveyed_on") and get("surveyed_on") > today:
        yield "surveyed_on", _("The date of the survey lies in the future."), {}
    if (get("longitude") is None) != (get("latitude") is None):
        yield "latitude", _("Give both longitude and latitude, or neither."), {}


def asked_facts(facts: Mapping[str, Any]) -> int:
    """How many key facts this compound is asked for."""
    extra = has_affiliated_unit(facts["ownership"], facts["unit_name"])
    return len(KEY_FACTS) + (len(UNIT_FACTS) if extra else 0)


def derived(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Stored columns that follow from the others; set on every write, proved by check_register."""
    three_none = is_three_none(facts["lacks_unit"], facts["lacks_service"], facts["lacks_defence"])
    return {
        "is_unmanaged": is_unmanaged(facts["management_mode"], facts["stage"]),
        "foundation_score": foundation_score(
            facts["renovation"], {name: facts[name] for name in CHECKS}
        ),
        "is_three_none": facts["is_three_none"] if three_none is None else three_none,
        "missing_count": len(missing_facts(facts)),
        "asked_count": asked_facts(facts),
    }


# What `derived` reads.
DERIVED_FROM = tuple(
    dict.fromkeys(
        (
            *KEY_FACTS,
            *UNIT_FACTS,
            *CHECKS,
            "lacks_unit",
            "lacks_service",
            "lacks_defence",
            "is_three_none",
            "stage",
        )
    )
)
