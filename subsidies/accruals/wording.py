"""Codes of lines, problems and sources in words of the present language."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from subsidies.entitlements.rules import due as rule
from subsidies.programmes.models import AssessmentBand, Deduction, FundingShare, RateStep

LINES = {
    rule.L_QUANTITY: gettext_lazy("Basis as approved"),
    rule.L_FEE: gettext_lazy("Fee of the contract (yuan/m²·month)"),
    rule.L_COLLECTION: gettext_lazy("Households paid / billed"),
    rule.L_RATE: gettext_lazy("Rate"),
    rule.L_DAYS: gettext_lazy("Days served"),
    rule.L_AMOUNT: gettext_lazy("Amount of the month"),
    rule.L_OFFSET: gettext_lazy("Public revenue counted against it"),
    rule.L_CAP_COMPOUND: gettext_lazy("Cut by the ceiling for a compound"),
    rule.L_CAP_FIRM: gettext_lazy("Cut by the ceiling for a firm in a year"),
    rule.L_CAP_YEAR: gettext_lazy("Cut by the ceiling of the year"),
    rule.L_CAP_COMMITTED: gettext_lazy("No more than what is left of the approval"),
    rule.L_GROSS: pgettext_lazy("amount", "Accrued"),
    rule.L_SCORE: gettext_lazy("Assessment (points)"),
    rule.L_BAND: gettext_lazy("Taken off by the assessment"),
    rule.L_FINDING: gettext_lazy("Taken off for a finding"),
    rule.L_LIMIT: gettext_lazy("No more is taken off than was accrued"),
    rule.L_DUE: pgettext_lazy("amount", "Due"),
    rule.L_SHARE: gettext_lazy("Borne by"),
}
# Lines that are amounts of money; the others are quantities.
MONEY = frozenset(LINES) - {
    rule.L_QUANTITY,
    rule.L_FEE,
    rule.L_COLLECTION,
    rule.L_RATE,
    rule.L_DAYS,
    rule.L_SCORE,
}
SUMS = frozenset({rule.L_GROSS, rule.L_DUE})
SOURCES = {
    "SERVICE": gettext_lazy("assignment and contract"),
    "STATED": gettext_lazy("stated by the street"),
    "REPORT": gettext_lazy("collection report"),
    "BOOK": gettext_lazy("book of public revenue"),
    "INSPECTION": gettext_lazy("inspection"),
    "CARD": gettext_lazy("card"),
}
PROBLEMS = {
    "AREA_UNKNOWN": gettext_lazy("The approved area is not known."),
    "HOUSEHOLDS_UNKNOWN": gettext_lazy("The approved number of households is not known."),
    "FEE_UNKNOWN": gettext_lazy("The contract states no fee."),
    "COLLECTION_MISSING": gettext_lazy("The collection report of the month is missing."),
    "NOTHING_BILLED": gettext_lazy("Nothing was billed in the month."),
    "REVENUE_UNKNOWN": gettext_lazy("The compound keeps no book of public revenue."),
    "DAYS_UNKNOWN": gettext_lazy("The days served are not known."),
    "RATE_MISSING": gettext_lazy("The programme has no rate for month %(month)s of the term."),
    "ASSESSMENT_MISSING": gettext_lazy("There is no assessment, and the programme asks for one."),
    "ASSESSMENT_OLD": gettext_lazy("The last assessment is of %(on)s and no longer holds."),
    "BAND_MISSING": gettext_lazy("The programme has no band for %(score)s points."),
    "NOT_IN_SERVICE": gettext_lazy("The firm did not serve the compound in this month."),
    "NO_CONTRACT": gettext_lazy("No contract with the firm was in force in this month."),
    "AREA_FELL": gettext_lazy(
        "The area in the register fell from %(approved)s m² to %(now)s m² since the approval: "
        "re-base it by document."
    ),
    "HOUSEHOLDS_FELL": gettext_lazy(
        "The households in the register fell from %(approved)s to %(now)s since the approval: "
        "re-base them by document."
    ),
    "AREA_ROSE": gettext_lazy(
        "The register has %(now)s m² now; what was approved is paid: %(approved)s m²."
    ),
    "HOUSEHOLDS_ROSE": gettext_lazy(
        "The register has %(now)s households now; what was approved is paid: %(approved)s."
    ),
    "BLACKLISTED": gettext_lazy(
        "The firm is on the blacklist in this month: decide to pay with a reason, or suspend the "
        "entitlement."
    ),
    "BLACKLISTED_PAID": gettext_lazy("Paid in spite of the blacklist: %(reason)s"),
    "STAGE_ORDER": gettext_lazy("Fees were billed before charging began (serve, consult, charge)."),
    "FUNDING_MISSING": gettext_lazy("No indicator is named for one of the payers."),
    "YEAR_NOT_COMMITTED": gettext_lazy(
        "This month belongs to the budget of %(year)s, and none of its indicators bears it yet: "
        "commit the year %(year)s, then compute anew."
    ),
}
SHORT = {
    "AREA_UNKNOWN": gettext_lazy("area not known"),
    "HOUSEHOLDS_UNKNOWN": gettext_lazy("households not known"),
    "FEE_UNKNOWN": gettext_lazy("fee not known"),
    "COLLECTION_MISSING": gettext_lazy("collection report missing"),
    "NOTHING_BILLED": gettext_lazy("nothing billed"),
    "REVENUE_UNKNOWN": gettext_lazy("no book of revenue"),
    "DAYS_UNKNOWN": gettext_lazy("days not known"),
    "RATE_MISSING": gettext_lazy("no rate"),
    "ASSESSMENT_MISSING": gettext_lazy("assessment missing"),
    "ASSESSMENT_OLD": gettext_lazy("assessment too old"),
    "BAND_MISSING": gettext_lazy("no band"),
    "NOT_IN_SERVICE": gettext_lazy("not in service"),
    "NO_CONTRACT": gettext_lazy("no contract in force"),
    "AREA_FELL": gettext_lazy("area fell"),
    "HOUSEHOLDS_FELL": gettext_lazy("households fell"),
    "BLACKLISTED": gettext_lazy("firm blacklisted"),
    "STAGE_ORDER": gettext_lazy("charged too early"),
    "FUNDING_MISSING": gettext_lazy("indicator missing"),
    "YEAR_NOT_COMMITTED": gettext_lazy("year not committed"),
}
ABOUT: dict[str, Any] = {
    **dict(RateStep.Basis.choices),
    **dict(FundingShare.Payer.choices),
    **dict(Deduction.Trigger.choices),
}
PERS = dict(RateStep.Per.choices)
EFFECTS = dict(AssessmentBand.Effect.choices)


def sentence(code: str, values: Mapping[str, Any]) -> str:
    """A problem or remark as a sentence."""
    words = PROBLEMS.get(code)
    return str(words) % values if words is not None else code


def sentences(record: Iterable) -> list[str]:
    """Stored problems as sentences."""
    return [sentence(code, values) for code, values in record]


def short(record: Iterable) -> list[str]:
    """Stored problems in a few words."""
    return [str(SHORT.get(code, code)) for code, _values in record]


def source(text: str) -> str:
    return str(SOURCES.get(text, text))


def label(line: rule.Line) -> str:
    """What a line of the arithmetic is, with what it speaks of."""
    words = str(LINES.get(line.code, line.code))
    if line.code == rule.L_RATE:
        about = PERS.get(line.about, "")
    elif line.code == rule.L_BAND:
        about = EFFECTS.get(line.about, "")
    else:
        about = ABOUT.get(line.about, "")
    return f"{words} · {about}" if about else words


def arithmetic(record: Mapping) -> list[dict]:
    """The lines of a trace for a page: words, value, expression, source and day."""
    return [
        {
            "code": line.code,
            "label": label(line),
            "value": f"{line.value:,.2f}" if line.code in MONEY else rule.plain(line.value),
            "expression": expression(line),
            "source": source(line.source),
            "on": line.on,
            "is_sum": line.code in SUMS,
            "is_less": line.value < 0,
        }
        for line in rule.lines_of(record)
    ]


def expression(line: rule.Line) -> str:
    if line.code == rule.L_RATE:
        return _("months %(range)s of the term") % {"range": line.expression}
    return line.expression
