"""What is wrong with terms before they are published: each fault points to its place.

A draft may have any of these faults; a published edition has none, so rooms that compute with it
need not ask again (every month has one rate, every fen one payer, every score its band).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compounds.classification.rules import Condition

from . import vocabulary as v
from .conditions import can_hold, condition_fault
from .terms import Terms

MOST_MONTHS = 120
MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `place` is a table or a field of Terms, `row` counts from 0 within a table."""

    code: str
    sentence: str
    place: str
    row: int | None = None


def faults(terms: Terms) -> list[Fault]:
    """All faults of an edition's terms, in the order of its page; empty if it may be published."""
    found: list[Fault] = []
    for check in _CHECKS:
        found += check(terms)
    return found


# Without these a row of the tables could not be stored, not even in a draft.
_UNSTORABLE = frozenset(
    {
        "months",
        "ends_before",
        "offset",
        "step_backwards",
        "basis",
        "per",
        "rate",
        "unknown_fact",
        "wrong_operator",
        "wrong_value",
        "effect",
        "score",
        "one_measure",
        "takes",
        "unknown",
        "twice",
    }
)


def unstorable(terms: Terms) -> list[Fault]:
    """Faults that keep even a draft from being stored; the others may wait."""
    return [
        fault
        for fault in faults(terms)
        if fault.code in _UNSTORABLE
        or (fault.place == "bands" and fault.code in ("no_percent", "needless_percent"))
    ]


# -- the edition itself ----------------------------------------------------------------------------
def _head(terms: Terms) -> Iterator[Fault]:
    if not 1 <= terms.months <= MOST_MONTHS:
        yield Fault(
            "months",
            _("A term has between 1 and %(most)s months.") % {"most": MOST_MONTHS},
            "months",
        )
    begins, ends = terms.effective_from, terms.effective_until
    if begins and ends and ends < begins:
        yield Fault("ends_before", _("A programme cannot end before it begins."), "effective_until")
    if not 0 <= terms.offset_percent <= v.HUNDRED:
        yield Fault("offset", _out_of(v.HUNDRED), "offset_percent")
    threshold = terms.exit_collection_percent
    if threshold is not None:
        if not 0 < threshold <= v.HUNDRED:
            yield Fault(
                "exit_percent",
                _("The collection that ends it early lies above 0 and at most at 100 %."),
                "exit_collection_percent",
            )
        if terms.exit_months < 1 or terms.exit_months >= terms.months:
            yield Fault(
                "exit_months",
                _(
                    "It could never end early: the collection must be held for fewer months than "
                    "the term has."
                ),
                "exit_months",
            )
    if terms.needs_assessment and not terms.bands:
        yield Fault(
            "no_bands",
            _("It is paid only after an assessment: say what is paid for which score."),
            "bands",
        )


def _caps(terms: Terms) -> Iterator[Fault]:
    for name in ("cap_compound", "cap_firm_year", "cap_year"):
        cap = getattr(terms, name)
        if cap is not None and cap <= 0:
            yield Fault(
                "cap_zero",
                _("A ceiling of nothing leaves nothing to pay. Leave it empty for no ceiling."),
                name,
            )
    firm, year, compound = terms.cap_firm_year, terms.cap_year, terms.cap_compound
    if firm and year and firm > year:
        yield Fault(
            "caps_contradict",
            _("One firm could get more in a year than there is altogether."),
            "cap_firm_year",
        )
    # The calendar years that so many months can touch.
    years = (terms.months + 2 * MONTHS_OF_A_YEAR - 2) // MONTHS_OF_A_YEAR
    for cap in (firm, year):
        if compound and cap and compound > cap * years:
            yield Fault(
                "caps_contradict",
                _("The ceiling for a compound is never reached: the yearly ceilings are lower."),
                "cap_compound",
            )
            return


# -- the taper -------------------------------------------------------------------------------------
def _steps(terms: Terms) -> Iterator[Fault]:
    if not terms.steps:
        yield Fault("no_steps", _("No rate yet: give at least one step."), "steps")
        return
    sound = []
    for row, step in enumerate(terms.steps):
        own = list(_step(row, step))
        yield from own
        if not any(fault.code == "step_backwards" for fault in own):
            sound.append((step.from_month, step.to_month, row))
    by_floor = [row for row, step in enumerate(terms.steps) if step.basis == v.FLOOR_AREA]
    others = {step.basis for step in terms.steps} - {v.FLOOR_AREA, v.HOUSEHOLDS}
    if by_floor and others:
        yield Fault(
            "two_areas",
            _("One area is proved for the whole term: pay by the floor area or by the other."),
            "steps",
            by_floor[0],
        )
    covered = 0
    for first, last, row in sorted(sound):
        if first > covered + 1:
            yield Fault("hole", _without_rate(covered + 1, first - 1), "steps", row)
        elif first <= covered:
            yield Fault("overlap", _with_two(first, min(last, covered)), "steps", row)
        if last > terms.months:
            yield Fault(
                "beyond",
                ngettext(
                    "The term has %(n)s month; this step runs to month %(last)s.",
                    "The term has %(n)s months; this step runs to month %(last)s.",
                    terms.months,
                )
                % {"n": terms.months, "last": last},
                "steps",
                row,
            )
        covered = max(covered, last)
    if sound and covered < terms.months:
        row = max(sound, key=lambda one: one[1])[2]
        yield Fault("last_step", _without_rate(covered + 1, terms.months), "steps", row)


def _step(row: int, step: Any) -> Iterator[Fault]:
    if step.from_month < 1 or step.to_month < step.from_month:
        yield Fault("step_backwards", _("A step runs from a month to a later one."), "steps", row)
    if step.basis not in v.BASES:
        yield Fault("basis", _("Choose what the rate is counted on."), "steps", row)
    if step.per not in v.PERS:
        yield Fault("per", _("Choose what time the rate is for."), "steps", row)
    if step.rate < 0:
        yield Fault("rate", _("A rate cannot be negative."), "steps", row)
    if step.basis == v.FEE_SHARE:
        if step.rate > v.HUNDRED:
            yield Fault("fee_share", _("A share of the fee is at most 100 %."), "steps", row)
        if step.per != v.MONTH:
            yield Fault(
                "fee_share_per",
                _("A share of the fee is counted month by month."),
                "steps",
                row,
            )


def _without_rate(first: int, last: int) -> str:
    if first == last:
        return _("Month %(first)s has no rate.") % {"first": first}
    return _("Months %(first)s to %(last)s have no rate.") % {"first": first, "last": last}


def _with_two(first: int, last: int) -> str:
    if first == last:
        return _("Month %(first)s has two rates.") % {"first": first}
    return _("Months %(first)s to %(last)s have two rates.") % {"first": first, "last": last}


# -- conditions ------------------------------------------------------------------------------------
def _conditions(terms: Terms) -> Iterator[Fault]:
    seen: set[tuple] = set()
    sound: dict[int, Condition] = {}
    for row, condition in enumerate(terms.conditions):
        fault = condition_fault(condition)
        if fault:
            yield Fault(*fault, "conditions", row)
            continue
        mark = (condition.fact, condition.operator, condition.value, condition.alternative)
        if mark in seen:
            yield Fault("repeated", _("This condition is already there."), "conditions", row)
            continue
        seen.add(mark)
        sound[row] = condition
    # Alternatives need not hold, so only what must hold can contradict itself.
    counts: dict[int, int] = {}
    for condition in sound.values():
        counts[condition.alternative] = counts.get(condition.alternative, 0) + 1
    held: dict[str, list[Condition]] = {}
    for row, condition in sound.items():
        if condition.alternative and counts[condition.alternative] > 1:
            continue
        together = held.setdefault(condition.fact, [])
        together.append(condition)
        if not can_hold(together):
            yield Fault(
                "contradiction",
                _("It contradicts the conditions above: nobody meets all of them."),
                "conditions",
                row,
            )
            together.pop()


# -- assessment, deductions, shares, clawback ------------------------------------------------------
def _bands(terms: Terms) -> Iterator[Fault]:
    seen: set[Decimal] = set()
    for row, band in enumerate(terms.bands):
        if band.effect not in v.EFFECTS:
            yield Fault("effect", _("Choose what is paid."), "bands", row)
        if not 0 <= band.from_score <= v.HUNDRED:
            yield Fault("score", _out_of(v.HUNDRED), "bands", row)
        if band.from_score in seen:
            yield Fault(
                "band_twice",
                _("Another band begins at the same score."),
                "bands",
                row,
            )
        seen.add(band.from_score)
        yield from _percentage(band.percent, band.effect == v.PERCENT, "bands", row)
    if terms.bands and min(seen) > 0:
        row = min(range(len(terms.bands)), key=lambda at: terms.bands[at].from_score)
        yield Fault(
            "not_to_zero",
            _("Below this score nothing is said: the lowest band begins at 0."),
            "bands",
            row,
        )


def _deductions(terms: Terms) -> Iterator[Fault]:
    yield from _once(terms.deductions, v.FINDINGS, lambda row: row.trigger, "deductions")
    for row, deduction in enumerate(terms.deductions):
        given = [x for x in (deduction.percent, deduction.amount) if x is not None]
        if len(given) != 1:
            yield Fault(
                "one_measure", _("Give either a percentage or an amount."), "deductions", row
            )
        elif given[0] <= 0 or (deduction.percent or 0) > v.HUNDRED:
            yield Fault(
                "deduction",
                _("A percentage lies above 0 and at most at 100, an amount above 0."),
                "deductions",
                row,
            )


def _shares(terms: Terms) -> Iterator[Fault]:
    if not terms.shares:
        yield Fault("no_shares", _("Say who pays: the shares make 100 % together."), "shares")
        return
    yield from _once(terms.shares, v.PAYERS, lambda row: row.payer, "shares")
    for row, share in enumerate(terms.shares):
        if not 0 < share.percent <= v.HUNDRED:
            yield Fault("share", _("A share lies above 0 and at most at 100 %."), "shares", row)
    total = sum((share.percent for share in terms.shares), Decimal(0))
    if total != v.HUNDRED:
        yield Fault(
            "not_hundred",
            _("The shares make %(total)s %% together, not 100 %%.") % {"total": _short(total)},
            "shares",
        )


def _clawbacks(terms: Terms) -> Iterator[Fault]:
    yield from _once(terms.clawbacks, v.TRIGGERS, lambda row: row.trigger, "clawbacks")
    for row, term in enumerate(terms.clawbacks):
        is_early = term.trigger == v.LEFT_EARLY
        takes_months = term.takes == v.LAST_MONTHS
        if term.takes not in v.TAKES:
            yield Fault("takes", _("Choose what is claimed back."), "clawbacks", row)
        if (is_early or takes_months) and not term.months:
            yield Fault(
                "no_months",
                _("Say within how many months after the last payment.")
                if is_early
                else _("Say how many months are claimed back."),
                "clawbacks",
                row,
            )
        elif term.months is not None and not (is_early or takes_months):
            yield Fault(
                "needless_months", _("No number of months is needed here."), "clawbacks", row
            )
        yield from _percentage(term.percent, term.takes == v.PERCENT, "clawbacks", row)


def _once(
    rows: Sequence[Any], known: Sequence[str], code: Callable[[Any], str], place: str
) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, row in enumerate(rows):
        if code(row) not in known:
            yield Fault("unknown", _("Choose one of the list."), place, number)
        elif code(row) in seen:
            yield Fault("twice", _("This is already in the table."), place, number)
        seen.add(code(row))


def _percentage(percent: Decimal | None, is_needed: bool, place: str, row: int) -> Iterator[Fault]:
    if is_needed and percent is None:
        yield Fault("no_percent", _("Give the percentage."), place, row)
    elif is_needed and not 0 < percent <= v.HUNDRED:
        yield Fault("percent", _("A percentage lies above 0 and at most at 100."), place, row)
    elif not is_needed and percent is not None:
        yield Fault("needless_percent", _("No percentage is needed here."), place, row)


def _out_of(most: Decimal) -> str:
    return _("The value lies between 0 and %(most)s.") % {"most": most}


def _short(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


_CHECKS: tuple[Callable[[Terms], Iterator[Fault]], ...] = (
    _head,
    _caps,
    _steps,
    _conditions,
    _bands,
    _deductions,
    _shares,
    _clawbacks,
)
