"""Terms in a clerk's words: pure, without markup; knows no row and no clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from compounds.classification.wording.tables import ANY_OF, OR, ConditionRow, RequirementRow
from compounds.classification.wording.tables import SOURCES as COMPOUND_SOURCES
from compounds.classification.wording.values import STATES as COMPOUND_STATES
from compounds.classification.wording.values import difference, in_words, requirement
from compounds.registry.sources import label_of

from . import rules
from .models import AssessmentBand, ClawbackTerm, Deduction, FundingShare, Programme, RateStep
from .rules import vocabulary as v

STATES = COMPOUND_STATES | {
    "contract_is_filed": (
        gettext_lazy("the contract is filed"),
        gettext_lazy("the contract is not filed"),
    ),
    "is_charging": (gettext_lazy("fees are charged"), gettext_lazy("no fees are charged yet")),
    "firm_is_blacklisted": (
        gettext_lazy("the firm is blacklisted"),
        gettext_lazy("the firm is not blacklisted"),
    ),
    "firm_is_red": (
        gettext_lazy("the firm is a red-property firm"),
        gettext_lazy("the firm is no red-property firm"),
    ),
    "firm_is_banned": (
        gettext_lazy("the firm is barred from applying"),
        gettext_lazy("the firm is not barred from applying"),
    ),
}
# Where a fact of service comes from, beside the sources of the register and of classification.
SOURCES: dict[str, Any] = COMPOUND_SOURCES | {
    "assignment": pgettext_lazy("source", "assignment"),
    "classification": pgettext_lazy("source", "classification"),
    "stage": pgettext_lazy("source", "service stage"),
    "contract": pgettext_lazy("source", "contract"),
    "collection": pgettext_lazy("source", "collection reports"),
    "assessment": pgettext_lazy("source", "assessment round"),
    "filing": pgettext_lazy("source", "filing of the firm"),
    "blacklist": pgettext_lazy("source", "blacklist"),
    "credit": pgettext_lazy("source", "credit record"),
    "clawback": pgettext_lazy("source", "clawback"),
}
UNITS = {
    v.CHARGEABLE_AREA: gettext_lazy("yuan/m² of chargeable area"),
    v.FLOOR_AREA: gettext_lazy("yuan/m² of floor area"),
    v.HOUSEHOLDS: gettext_lazy("yuan/household"),
    v.FEE_SHARE: gettext_lazy("% of the fee"),
    v.COLLECTED_AREA: gettext_lazy("yuan/m² of the households that paid"),
}


def number(value: Decimal | int, least: int = 0) -> str:
    """A number without needless decimals, but with at least some: 0.5 → "0.50" with two."""
    exact = Decimal(value).normalize()
    places = max(-exact.as_tuple().exponent, least, 0)
    return number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True)


def yuan(value: Decimal) -> str:
    return _("%(amount)s yuan") % {"amount": number(value, 2)}


def percent(value: Decimal) -> str:
    return f"{number(value)}%"


def months(count: int) -> str:
    return ngettext("%(n)s month", "%(n)s months", count) % {"n": count}


def _days(count: int) -> str:
    return ngettext("%(n)s day", "%(n)s days", count) % {"n": count}


def _working_days(count: int) -> str:
    return ngettext("%(n)s working day", "%(n)s working days", count) % {"n": count}


# -- the tables ------------------------------------------------------------------------------------
def rate(step: rules.Step) -> str:
    """ "0.50 yuan/m² of chargeable area a month", "80 % of the fee a month"."""
    return _("%(rate)s %(unit)s %(per)s") % {
        "rate": number(step.rate, 0 if step.basis == v.FEE_SHARE else 2),
        "unit": UNITS.get(step.basis, step.basis),
        "per": dict(RateStep.Per.choices).get(step.per, step.per),
    }


def step_in_words(step: rules.Step) -> str:
    """ "months 1 to 6: 0.50 yuan/m² …"."""
    span = {"first": step.from_month, "last": step.to_month, "rate": rate(step)}
    if step.from_month == step.to_month:
        return _("month %(first)s: %(rate)s") % span
    return _("months %(first)s to %(last)s: %(rate)s") % span


def condition_in_words(condition: rules.Condition) -> str:
    """A condition as a regulation prints it: "households ≥ 300", "the contract is filed"."""
    fact = rules.FACTS.get(condition.fact)
    if fact is None:
        return str(condition.fact)
    if fact.kind == "bool":
        return str(STATES[fact.key][0 if condition.value else 1])
    return f"{fact.label} {requirement(fact, condition.operator, condition.value)}"


def requirements(terms: rules.Terms) -> tuple[RequirementRow, ...]:
    """What must hold, one line a requirement; alternatives stand in one line."""
    return tuple(
        RequirementRow(tuple(condition_in_words(terms.conditions[at]) for at in group))
        for group in terms.groups
    )


def band_in_words(band: rules.Band) -> str:
    """ "from 60 points: the score as a percentage"."""
    words = {"score": number(band.from_score), "paid": effect(band)}
    return _("from %(score)s points: %(paid)s") % words


def effect(band: rules.Band) -> str:
    if band.effect == v.PERCENT and band.percent is not None:
        return percent(band.percent)
    return str(dict(AssessmentBand.Effect.choices).get(band.effect, band.effect))


def deduction_in_words(deduction: rules.Deduction) -> str:
    """ "the firm was given a card: 10 % of the month"."""
    taken = "—"
    if deduction.percent is not None:
        taken = _("%(percent)s of the month") % {"percent": percent(deduction.percent)}
    elif deduction.amount is not None:
        taken = yuan(deduction.amount)
    return _("%(finding)s: %(taken)s") % {
        "finding": dict(Deduction.Trigger.choices).get(deduction.trigger, deduction.trigger),
        "taken": taken,
    }


def share_in_words(share: rules.Share) -> str:
    payer = dict(FundingShare.Payer.choices).get(share.payer, share.payer)
    return f"{payer} {percent(share.percent)}"


def shares_in_words(terms: rules.Terms) -> str:
    """ "district 50%, street 50%"."""
    return pgettext("between names", ", ").join(share_in_words(row) for row in terms.shares)


def clawback_in_words(term: rules.Clawback) -> str:
    """ "the contract ended too early (within 12 months after the last payment): …"."""
    reason = str(dict(ClawbackTerm.Trigger.choices).get(term.trigger, term.trigger))
    if term.trigger == v.LEFT_EARLY and term.months:
        reason = _("%(reason)s (within %(months)s after the last payment)") % {
            "reason": reason,
            "months": months(term.months),
        }
    taken = str(dict(ClawbackTerm.Takes.choices).get(term.takes, term.takes))
    if term.takes == v.LAST_MONTHS and term.months:
        taken = ngettext(
            "what was paid for the last month",
            "what was paid for the last %(n)s months",
            term.months,
        ) % {"n": term.months}
    if term.takes == v.PERCENT and term.percent is not None:
        taken = _("%(percent)s of what was paid") % {"percent": percent(term.percent)}
    return _("%(reason)s: %(taken)s") % {"reason": reason, "taken": taken}


# -- the whole -------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Article:
    """One article of the terms: a heading and its lines."""

    key: str
    title: str
    lines: tuple[str, ...]


def summary(terms: rules.Terms) -> str:
    """ "0.50 yuan/m² of chargeable area a month × 6 months"; a taper in its steps."""
    if not terms.steps:
        return _("no rate yet")
    if len(terms.steps) == 1:
        return _("%(rate)s × %(months)s") % {
            "rate": rate(terms.steps[0]),
            "months": months(terms.months),
        }
    return pgettext("between conditions", "; ").join(step_in_words(step) for step in terms.steps)


def articles(terms: rules.Terms) -> tuple[Article, ...]:
    """All terms as the articles of a regulation; what is not agreed on is said, not left out."""
    nothing = (_("none"),)
    return (
        Article("rates", _("Rates"), _rates(terms)),
        Article("term", _("Term"), _term(terms)),
        Article(
            "eligibility",
            _("Who may apply"),
            tuple(row.in_words for row in requirements(terms)) or (_("everybody"),),
        ),
        Article("documents", _("Documents asked for"), _documents(terms) or nothing),
        Article("caps", _("Ceilings and what is counted against it"), _caps(terms) or nothing),
        Article("assessment", _("Assessment"), _assessment(terms)),
        Article(
            "deductions",
            _("Deductions"),
            tuple(deduction_in_words(row) for row in terms.deductions) or nothing,
        ),
        Article(
            "funding",
            _("Who pays"),
            tuple(share_in_words(row) for row in terms.shares) or (_("not said yet"),),
        ),
        Article("exit", _("Early end"), _exit(terms) or nothing),
        Article(
            "clawback",
            _("Clawback"),
            (*(clawback_in_words(row) for row in terms.clawbacks), *_ban(terms)) or nothing,
        ),
        Article("times", _("Times allowed"), _times(terms)),
    )


def _rates(terms: rules.Terms) -> tuple[str, ...]:
    return tuple(step_in_words(step) for step in terms.steps) or (_("no rate yet"),)


def _term(terms: rules.Terms) -> tuple[str, ...]:
    return (
        _("at most %(months)s, beginning with %(start)s")
        % {
            "months": months(terms.months),
            "start": Programme.StartRule(terms.start_rule).label,
        },
        _("counted in %(months)s") % {"months": Programme.Counting(terms.counting).label},
        _("a part of a month: %(part)s") % {"part": Programme.PartMonth(terms.part_month).label},
        _("settled %(cycle)s") % {"cycle": Programme.Settlement(terms.settlement).label},
    )


def document_names(codes: Any) -> tuple[str, ...]:
    order = list(v.DOCUMENTS)
    known = sorted((code for code in codes if code in v.DOCUMENTS), key=order.index)
    return tuple(str(v.DOCUMENTS[code]) for code in known)


def _documents(terms: rules.Terms) -> tuple[str, ...]:
    return document_names(terms.documents)


def _caps(terms: rules.Terms) -> tuple[str, ...]:
    words = (
        (terms.cap_compound, _("at most %(amount)s for a compound")),
        (terms.cap_firm_year, _("at most %(amount)s for a firm in a year")),
        (terms.cap_year, _("at most %(amount)s in a year altogether")),
    )
    found = [text % {"amount": yuan(cap)} for cap, text in words if cap is not None]
    if terms.offset_percent:
        found.append(
            _("%(percent)s of the compound's net public revenue of the month is taken off")
            % {"percent": percent(terms.offset_percent)}
        )
    return tuple(found)


def _assessment(terms: rules.Terms) -> tuple[str, ...]:
    gate = (
        _("paid only after an assessment, which holds for %(months)s")
        % {"months": months(terms.assessment_months)}
        if terms.needs_assessment
        else _("paid without waiting for an assessment")
    )
    bands = sorted(terms.bands, key=lambda band: band.from_score, reverse=True)
    lines = [band_in_words(band) for band in bands]
    if len(bands) > 1 and bands[-1].from_score == 0:
        words = {"score": number(bands[-2].from_score), "paid": effect(bands[-1])}
        lines[-1] = _("below %(score)s points: %(paid)s") % words
    return (gate, *lines)


def _exit(terms: rules.Terms) -> tuple[str, ...]:
    if terms.exit_collection_percent is None:
        return ()
    return (
        _("once fees are collected from %(percent)s on for %(months)s")
        % {
            "percent": percent(terms.exit_collection_percent),
            "months": months(terms.exit_months),
        },
    )


def _ban(terms: rules.Terms) -> tuple[str, ...]:
    if not terms.ban_years:
        return ()
    return (
        ngettext(
            "after a false claim no new application for %(n)s year",
            "after a false claim no new application for %(n)s years",
            terms.ban_years,
        )
        % {"n": terms.ban_years},
    )


def _times(terms: rules.Terms) -> tuple[str, ...]:
    rows = (
        (_("application: within %(time)s of the entry"), _days(terms.apply_days)),
        (_("check by the community: %(time)s"), _working_days(terms.check_days)),
        (_("review by the street: %(time)s"), _working_days(terms.review_days)),
        (_("review by the district: %(time)s"), _working_days(terms.district_days)),
        (_("public notice: at least %(time)s"), _working_days(terms.notice_days)),
        (_("approval: %(time)s"), _working_days(terms.approval_days)),
        (_("payment: %(time)s"), _days(terms.payment_days)),
        (_("appeal and repayment: %(time)s"), _days(terms.appeal_days)),
    )
    return tuple(text % {"time": time} for text, time in rows)


# -- an examination --------------------------------------------------------------------------------
def source_name(code: str) -> str:
    return str(SOURCES.get(code) or label_of(code))


def evidence(examination: rules.Examination) -> tuple[ConditionRow, ...]:
    """Each condition of an examination as a line of its table (see classification's pages)."""
    return tuple(_evidence(examination))


def _evidence(examination: rules.Examination) -> Iterator[ConditionRow]:
    counts: dict[int, int] = {}
    for line in examination.lines:
        counts[line.alternative] = counts.get(line.alternative, 0) + 1
    held = {line.alternative for line in examination.lines if line.alternative and line.result}
    begun: set[int] = set()
    for line in examination.lines:
        fact = rules.FACTS[line.fact]
        word = ""
        if line.alternative and counts[line.alternative] > 1:
            word = str(OR if line.alternative in begun else ANY_OF)
            begun.add(line.alternative)
        state = {True: "pass", False: "fail", None: "unk"}[line.result]
        if line.alternative in held and state != "pass":
            state = "skip"
        yield ConditionRow(
            line.fact,
            str(fact.label),
            in_words(fact, line.value),
            requirement(fact, line.operator, line.threshold),
            difference(fact, line.distance),
            source_name(line.source) if line.source else "",
            line.source_on,
            state,
            word,
        )
