"""Terms to start a draft from: schemes known from public documents, as plain values.

A starter is no programme: whoever drafts one checks every number against the own document. Each
names what its source leaves open. Source: domain.md §4.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from . import rules
from .rules import Band, Clawback, Condition, Deduction, Share, Step, Terms

D = Decimal
DISTRICT_ALONE = (Share("DISTRICT", D(100)),)
# Grounds that every scheme has for claiming money back (§4.4; regulation on fiscal offences, 14).
USUAL_CLAWBACKS = (
    Clawback("LEFT_EARLY", "UNEARNED", months=12),
    Clawback("FALSE_DATA", "ALL"),
    Clawback("SUBCONTRACTED", "ALL"),
)
FILED = Condition("contract_is_filed", "is", True)
NOT_BARRED = (
    Condition("firm_is_blacklisted", "is", False),
    Condition("firm_is_banned", "is", False),
)
ENCLOSED = ("ACCOUNT", "APPLICATION", "AREA", "CONTRACT", "LICENCE")


@dataclass(frozen=True, slots=True)
class Starter:
    """One scheme: its name, what it does, what its source leaves open, and its terms."""

    code: str
    name: Any
    words: Any
    open_point: Any
    terms: Terms


def _terms(steps: Sequence[Step], **changes: Any) -> Terms:
    given = {
        "steps": tuple(steps),
        "months": steps[-1].to_month,
        "shares": DISTRICT_ALONE,
        "clawbacks": USUAL_CLAWBACKS,
        "conditions": (FILED, *NOT_BARRED),
        "documents": ENCLOSED,
        **changes,
    }
    return Terms(**given)


STARTERS: tuple[Starter, ...] = (
    Starter(
        "xiaodian",
        _("Transition subsidy of six months"),
        _("0.5 yuan for each m² and month, six months: serve, consult, charge (Xiaodian)."),
        _("The news item names rate and months; start rule and ceilings are yours to set."),
        _terms(
            [Step(1, 6, "CHARGEABLE_AREA", D("0.5"))],
            conditions=(
                Condition("strategy", "in", ("SUBSIDY_TRANSITION",)),
                FILED,
                *NOT_BARRED,
            ),
        ),
    ),
    Starter(
        "wuxiang",
        _("Three years by area"),
        _("1 yuan for each m² and year, three years (Wuxiang)."),
        _("Published as 1 yuan/m² for three years; whether that is a year's rate is not said."),
        _terms([Step(1, 36, "CHARGEABLE_AREA", D(1), "YEAR")], settlement="YEAR"),
    ),
    Starter(
        "ningbo",
        _("Raised fee, more paid"),
        _(
            "0.15 yuan for each m² that paid and month, at most 36 months from the day the fee "
            "reached the minimum; settled at the end of the year (Ningbo 2019–21)."
        ),
        _("The minimum is 0.60 yuan without and 0.70 with lifts; the day is stated and proved."),
        _terms(
            [Step(1, 36, "COLLECTED_AREA", D("0.15"))],
            start_rule="STATED",
            settlement="YEAR",
            conditions=(
                FILED,
                Condition("is_charging", "is", True),
                Condition("fee_per_m2", "ge", D("0.60")),
                *NOT_BARRED,
            ),
            documents=(*ENCLOSED, "COLLECTION"),
        ),
    ),
    Starter(
        "shijiazhuang",
        _("Falling over three years"),
        _(
            "0.3, 0.2 and 0.1 yuan for each m² and month in years one to three; public revenue is "
            "counted against it (Shijiazhuang 2015)."
        ),
        _("How much of the public revenue counts is not published; all of it is assumed."),
        _terms(
            [
                Step(1, 12, "CHARGEABLE_AREA", D("0.3")),
                Step(13, 24, "CHARGEABLE_AREA", D("0.2")),
                Step(25, 36, "CHARGEABLE_AREA", D("0.1")),
            ],
            offset_percent=D(100),
            documents=(*ENCLOSED, "STATEMENT"),
        ),
    ),
    Starter(
        "xuecheng",
        _("Only after a passed assessment"),
        _(
            "0.2 yuan for each m² and month where street and community have passed the service "
            "(Xuecheng 2023)."
        ),
        _("The pass mark is not published (60 is assumed), nor is the number of months."),
        _terms(
            [Step(1, 12, "CHARGEABLE_AREA", D("0.2"))],
            needs_assessment=True,
            bands=(Band(D(60), "FULL"), Band(D(0), "NOTHING")),
            settlement="YEAR",
            clawbacks=(*USUAL_CLAWBACKS, Clawback("LOW_SCORE", "LAST_MONTHS", months=12)),
            documents=(*ENCLOSED, "ASSESSMENT"),
        ),
    ),
    Starter(
        "baoan",
        _("Start-up, then a falling share of the fee"),
        _(
            "0.2 yuan for each m² and month for three months, then 80, 60 and 40 % of the fee in "
            "years one to three; district and street pay half each (Bao'an 2006)."
        ),
        _("Whether the years begin after the three months or include them is not said."),
        _terms(
            [
                Step(1, 3, "CHARGEABLE_AREA", D("0.2")),
                Step(4, 15, "FEE_SHARE", D(80)),
                Step(16, 27, "FEE_SHARE", D(60)),
                Step(28, 39, "FEE_SHARE", D(40)),
            ],
            shares=(Share("DISTRICT", D(50)), Share("STREET", D(50))),
        ),
    ),
    Starter(
        "hangzhou",
        _("Yearly claim of a well-run compound"),
        _(
            "Claimed each year for compounds built by 2011 whose fee lies in the band, with fewer "
            "than 5 points deducted and a collection of at least 70 % (Hangzhou 2020)."
        ),
        _(
            "The rate is not published (0.1 yuan is a placeholder); the source's “under 5” may "
            "include 5."
        ),
        _terms(
            [Step(1, 12, "CHARGEABLE_AREA", D("0.1"))],
            settlement="YEAR",
            part_month="COMPLETE",
            conditions=(
                FILED,
                Condition("built_year", "le", 2011),
                Condition("fee_per_m2", "ge", D("0.56")),
                Condition("fee_per_m2", "le", D("1.50")),
                Condition("deducted_points", "lt", D("5.00")),
                Condition("collection_percent", "ge", D("70.00")),
                *NOT_BARRED,
            ),
            documents=(*ENCLOSED, "COLLECTION"),
        ),
    ),
    Starter(
        "graded",
        _("By the marks of the assessment"),
        _(
            "All of it from 80 points, the score as a percentage from 60, nothing below; findings "
            "take off a part of the month; it ends once fees are collected from 85 % on."
        ),
        _("All numbers are examples: set your own."),
        _terms(
            [Step(1, 12, "CHARGEABLE_AREA", D("0.5"))],
            needs_assessment=True,
            bands=(Band(D(80), "FULL"), Band(D(60), "PRO_RATA"), Band(D(0), "NOTHING")),
            deductions=(
                Deduction("INSPECTION_FAILED", percent=D(10)),
                Deduction("STAFF_ABSENT", percent=D(20)),
                Deduction("NOT_POSTED", percent=D(5)),
            ),
            exit_collection_percent=D(85),
            exit_months=3,
        ),
    ),
)
BY_CODE = {starter.code: starter for starter in STARTERS}


def terms_of(starter: Starter) -> rules.Terms:
    """The terms a draft begins with: named after the starter, without days or document."""
    return rules.revised(starter.terms, name=str(starter.name))
