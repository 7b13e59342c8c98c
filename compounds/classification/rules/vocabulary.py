"""The closed vocabulary of classification: strategies, facts and operators.

Knows what may be asked of a compound and how a fact may be compared; knows no policy and no row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

UNIT_COBUILD = "UNIT_COBUILD"
RED_TAKEOVER = "RED_TAKEOVER"
SUBSIDY_TRANSITION = "SUBSIDY_TRANSITION"
FALLBACK = "FALLBACK"

STRATEGIES: dict[str, Any] = {
    UNIT_COBUILD: _("co-build by the work unit"),
    RED_TAKEOVER: _("red-property takeover"),
    SUBSIDY_TRANSITION: _("transition subsidy"),
    FALLBACK: _("fallback service"),
}

DECIDED = "DECIDED"
INCOMPLETE = "INCOMPLETE"
UNMATCHED = "UNMATCHED"

OUTCOMES: dict[str, Any] = {
    DECIDED: _("decided by rule"),
    INCOMPLETE: _("waiting for facts"),
    UNMATCHED: _("no rule fits"),
}

BOOL = "bool"
INT = "int"
DECIMAL = "decimal"
CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Operator:
    """One way to compare a fact with a threshold; `sign` is what tables print."""

    code: str
    label: Any
    sign: Any
    kinds: frozenset[str]


_NUMBERS = frozenset({INT, DECIMAL})

OPERATORS: dict[str, Operator] = {
    operator.code: operator
    for operator in (
        Operator("ge", _("at least"), "≥", _NUMBERS),
        Operator("gt", _("more than"), ">", _NUMBERS),
        Operator("le", _("at most"), "≤", _NUMBERS),
        Operator("lt", _("less than"), "<", _NUMBERS),
        Operator("eq", _("exactly"), "=", frozenset({INT})),
        Operator("ne", _("other than"), "≠", frozenset({INT})),
        Operator(
            "is",
            pgettext_lazy("operator", "is"),
            pgettext_lazy("operator", "is"),
            frozenset({BOOL}),
        ),
        Operator("in", _("one of"), _("one of"), frozenset({CHOICE})),
        Operator("not_in", _("none of"), _("none of"), frozenset({CHOICE})),
    )
}

UP = "up"
BOTH = "both"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact a rule may ask for.

    `step` is the smallest change the fact can make, `minimum` and `maximum` its bounds.
    `reach` says whether an office can bring a change about: not at all (""), only
    upwards ("up": a rebuilt road stays rebuilt) or both ways.
    """

    key: str
    label: Any
    unit: Any
    kind: str
    step: Decimal | int = 1
    minimum: Decimal | int = 0
    maximum: Decimal | int | None = None
    reach: str = ""
    choices: tuple[tuple[str, Any], ...] = field(default=())

    @property
    def operators(self) -> tuple[Operator, ...]:
        return tuple(operator for operator in OPERATORS.values() if self.kind in operator.kinds)

    @property
    def is_number(self) -> bool:
        return self.kind in _NUMBERS


CENT = Decimal("0.01")
_M2 = _("m²")
_M = _("m")

# The codes of registry.Ownership and registry.Kind (a test keeps them equal).
OWNERSHIP_CHOICES = (
    ("COMMODITY", _("commodity housing")),
    ("REFORMED", _("reformed housing")),
    ("UNIT", _("owned by a work unit")),
    ("PUBLIC", _("public housing")),
    ("SELF_BUILT", _("self-built")),
    ("RESETTLEMENT", _("resettlement housing")),
    ("AFFORDABLE", _("affordable housing")),
    ("MIXED", _("mixed ownership")),
)
KIND_CHOICES = (
    ("COMPOUND", _("compound")),
    ("COURTYARD", _("courtyard")),
    ("BUILDING", _("single building")),
)


def _area(key: str, label: Any) -> Fact:
    return Fact(key, label, _M2, DECIMAL, step=CENT, minimum=Decimal("0.00"))


FACTS: dict[str, Fact] = {
    fact.key: fact
    for fact in (
        Fact("households", _("households"), pgettext_lazy("unit", "households"), INT),
        _area("floor_area_m2", _("floor area")),
        _area("chargeable_area_m2", _("chargeable area")),
        Fact("built_year", _("year built"), "", INT, minimum=1900, maximum=2100),
        Fact("building_count", _("buildings"), pgettext_lazy("unit", "buildings"), INT),
        Fact("entrance_count", _("entrances"), pgettext_lazy("unit", "entrances"), INT),
        Fact("has_affiliated_unit", _("has an affiliated unit"), "", BOOL),
        Fact("unit_is_active", _("affiliated unit still exists"), "", BOOL),
        Fact("unit_distance_m", _("distance to the unit"), _M, INT),
        Fact("unit_agreed", _("unit's company agreed in writing"), "", BOOL, reach=BOTH),
        Fact("is_renovated", _("renovated or scheduled"), "", BOOL, reach=UP),
        Fact(
            "foundation_score",
            _("foundation score"),
            pgettext_lazy("unit", "points"),
            INT,
            step=20,
            maximum=100,
            reach=UP,
        ),
        Fact("is_enclosed", _("enclosed"), "", BOOL, reach=UP),
        Fact(
            "contiguity_size",
            _("contiguous compounds"),
            pgettext_lazy("unit", "compounds"),
            INT,
            minimum=1,
        ),
        _area("contiguity_area_m2", _("contiguous area together")),
        Fact(
            "willing_red_firms",
            _("willing eligible red-property firms"),
            pgettext_lazy("unit", "firms"),
            INT,
            reach=BOTH,
        ),
        Fact(
            "willing_firms_with_subsidy",
            _("firms willing with the subsidy"),
            pgettext_lazy("unit", "firms"),
            INT,
            reach=BOTH,
        ),
        Fact(
            "failed_rounds",
            _("failed invitation rounds"),
            pgettext_lazy("unit", "rounds"),
            INT,
            reach=UP,
        ),
        Fact("has_committee", _("has a committee"), "", BOOL, reach=UP),
        Fact("is_three_none", _("three-none compound"), "", BOOL),
        Fact("lift_count", _("lifts"), pgettext_lazy("unit", "lifts"), INT),
        Fact("parking_spaces", _("parking spaces"), pgettext_lazy("unit", "spaces"), INT),
        Fact("ownership", _("ownership"), "", CHOICE, choices=OWNERSHIP_CHOICES),
        Fact("kind", _("kind of compound"), "", CHOICE, choices=KIND_CHOICES),
    )
}
