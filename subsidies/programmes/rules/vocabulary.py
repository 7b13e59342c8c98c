"""What a condition of eligibility may ask: the facts of classification and those of service.

The codes of the other tables (steps, bands, deductions …) stand here too, for rules that know no
row; a test keeps them equal to the choices of the models.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.classification.rules import FACTS as COMPOUND_FACTS
from compounds.classification.rules import STRATEGIES, Fact
from compounds.classification.rules.vocabulary import BOOL, CENT, CHOICE, DECIMAL, INT

CHARGEABLE_AREA = "CHARGEABLE_AREA"
FLOOR_AREA = "FLOOR_AREA"
HOUSEHOLDS = "HOUSEHOLDS"
FEE_SHARE = "FEE_SHARE"
COLLECTED_AREA = "COLLECTED_AREA"
BASES = (CHARGEABLE_AREA, FLOOR_AREA, HOUSEHOLDS, FEE_SHARE, COLLECTED_AREA)

MONTH, YEAR, ONCE = "MONTH", "YEAR", "ONCE"
PERS = (MONTH, YEAR, ONCE)

FULL, PRO_RATA, PERCENT, NOTHING = "FULL", "PRO_RATA", "PERCENT", "NOTHING"
EFFECTS = (FULL, PRO_RATA, PERCENT, NOTHING)

CITY, DISTRICT, STREET = "CITY", "DISTRICT", "STREET"
PAYERS = (CITY, DISTRICT, STREET)

FINDINGS = (
    "INSPECTION_FAILED",
    "STAFF_ABSENT",
    "NOT_POSTED",
    "ORDER_LATE",
    "REPORT_MISSING",
    "CARD",
)

LEFT_EARLY, FALSE_DATA, LOW_SCORE = "LEFT_EARLY", "FALSE_DATA", "LOW_SCORE"
SUBCONTRACTED, ABSENT = "SUBCONTRACTED", "STAFF_ABSENT"
TRIGGERS = (LEFT_EARLY, FALSE_DATA, LOW_SCORE, SUBCONTRACTED, ABSENT)

ALL, UNEARNED, LAST_MONTHS = "ALL", "UNEARNED", "LAST_MONTHS"
TAKES = (ALL, UNEARNED, LAST_MONTHS, PERCENT)

# What an application encloses (§5.2); whoever applies ticks the same codes.
DOCUMENTS: dict[str, Any] = {
    "APPLICATION": _("application form"),
    "CONTRACT": _("copy of the contract"),
    "AREA": _("proof of area or households"),
    "LICENCE": _("business licence"),
    "ACCOUNT": _("proof of the bank account"),
    "ENTRY": _("hand-over list of the entry"),
    "CONSULTATION": _("result of the residents' consultation"),
    "COLLECTION": _("list of fees collected"),
    "ASSESSMENT": _("assessment sheet"),
    "STATEMENT": _("statement of income and expenses"),
    "PROMISE": _("written promise of the firm"),
}

HUNDRED = Decimal(100)
_PERCENT = "%"
_POINTS = pgettext_lazy("unit", "points")

# The codes of contracts.Contract.Kind (a test keeps them equal).
CONTRACT_KINDS = (
    ("TAKEOVER", _("assisted building and managed takeover")),
    ("CO_BUILD", pgettext_lazy("kind of contract", "co-build by the unit")),
    ("TRANSITION", _("transition with subsidy")),
    ("SHARED", _("shared property agreement")),
    ("LOT", _("bundle or tender lot")),
    ("PURCHASE", _("purchase of service")),
    ("SELF", _("self-management")),
    ("EMERGENCY", _("emergency service")),
)


def _exact(key, label, unit, maximum=None) -> Fact:
    return Fact(
        key,
        label,
        unit,
        DECIMAL,
        step=CENT,
        minimum=Decimal("0.00"),
        maximum=None if maximum is None else Decimal(maximum),
    )


FACTS: dict[str, Fact] = COMPOUND_FACTS | {
    fact.key: fact
    for fact in (
        Fact("strategy", _("strategy"), "", CHOICE, choices=tuple(STRATEGIES.items())),
        Fact("contract_is_filed", _("contract is filed"), "", BOOL),
        Fact("contract_kind", _("kind of contract"), "", CHOICE, choices=CONTRACT_KINDS),
        _exact("fee_per_m2", _("property fee"), _("yuan/m²·month")),
        _exact("collection_percent", _("collection of twelve months"), _PERCENT, 100),
        _exact("assessment_score", _("last assessment"), _POINTS, 100),
        _exact("deducted_points", _("points deducted in twelve months"), _POINTS),
        Fact("months_served", _("months served"), pgettext_lazy("unit", "months"), INT),
        Fact("is_charging", _("fees are charged"), "", BOOL),
        Fact("firm_is_blacklisted", _("firm is blacklisted"), "", BOOL),
        Fact("firm_is_red", _("firm is a red-property firm"), "", BOOL),
        Fact("firm_is_banned", _("firm is barred from applying"), "", BOOL),
    )
}
SERVICE_FACTS = tuple(key for key in FACTS if key not in COMPOUND_FACTS)
