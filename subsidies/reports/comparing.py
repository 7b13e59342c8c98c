"""Variants of a programme side by side: by month, street and firm, and who comes in or drops out.

Puts what `rules.whatif` found into names and words; nothing is stored.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from compounds.classification.rules import OPERATORS
from governance.foundation.charts import Trend
from governance.foundation.drawing import Mark
from subsidies.entitlements.wording import condition_lines
from subsidies.programmes.models import RateStep
from subsidies.programmes.rules import FACTS, Fault, Terms, faults

from .rules import variants, whatif
from .rules.variants import Variant
from .trying import Register

PROBLEMS = {
    "AREA_UNKNOWN": gettext_lazy("the area is not known"),
    "HOUSEHOLDS_UNKNOWN": gettext_lazy("the number of households is not known"),
    "FEE_UNKNOWN": gettext_lazy("the fee is not known"),
    "START_UNKNOWN": gettext_lazy("the day on which the term begins is not known"),
    "RATE_MISSING": gettext_lazy("a month of the term has no rate"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A number of the programme that may be tried otherwise."""

    name: str
    label: str
    unit: str
    present: str
    value: str
    is_wrong: bool
    choices: tuple[tuple[str, Any], ...] = ()


def form_fields(terms: Terms, variant: Variant, given) -> list[Field]:
    """The fields of one variant with what was typed, also where it cannot be read."""
    found = []
    for name in variants.fields_of(terms):
        label, unit = _label(terms, name)
        typed = str(given.get(f"{variant.prefix}_{name}", "")).strip()
        choices = tuple(RateStep.Basis.choices) if name == "basis" else ()
        found.append(
            Field(
                f"{variant.prefix}_{name}",
                label,
                unit,
                variants.present(terms, name),
                typed or (variants.present(terms, name) if choices else ""),
                name in variant.wrong,
                choices,
            )
        )
    return found


def _label(terms: Terms, name: str) -> tuple[str, str]:
    if name.startswith("rate"):
        step = terms.steps[int(name[4:]) - 1]
        months = f"{step.from_month}–{step.to_month}"
        unit = "%" if step.basis == RateStep.Basis.FEE_SHARE else _("yuan")
        return _("Rate, months %(months)s") % {"months": months}, unit
    if name.startswith("limit"):
        condition = terms.conditions[int(name[5:]) - 1]
        fact = FACTS[condition.fact]
        return f"{fact.label} {OPERATORS[condition.operator].label}", str(fact.unit)
    labels = {
        "months": (_("Months at most"), pgettext("unit", "months")),
        "basis": (_("Basis"), ""),
        "budget": (_("Budget"), _("yuan")),
    }
    return labels[name]


@dataclass(frozen=True)
class Column:
    """One variant in the comparison: its name, its result, what is wrong with its terms."""

    key: str
    name: str
    variant: Variant | None
    result: whatif.Result | None
    faults: list[Fault]


@dataclass(frozen=True, slots=True)
class MoveLine:
    """A compound that comes in or drops out, with why it is out."""

    name: str
    code: str
    street: str
    comes_in: bool
    why: str
    amount: Decimal


@dataclass(frozen=True)
class Comparison:
    """The programme as it stands and up to two variants over the same register, read once."""

    register: Register
    terms: Terms
    tried: tuple[Variant, ...]
    budget: Decimal | None
    year: int | None = None  # of the budget

    @cached_property
    def columns(self) -> list[Column]:
        base = whatif.run(self.terms, self.register.subjects, self.budget, self.year)
        found = [Column("base", _("As it stands"), None, base, [])]
        for one in self.tried:
            if not one.asked:
                continue
            wrong = faults(one.terms)
            budget = self.budget if one.budget is None else one.budget
            result = None
            if not wrong:
                result = whatif.run(one.terms, self.register.subjects, budget, self.year)
            name = _("Variant %(letter)s") % {"letter": one.prefix.upper()}
            found.append(Column(one.prefix, name, one, result, wrong))
        return found

    @property
    def results(self) -> list[tuple[str, whatif.Result]]:
        return [(one.name, one.result) for one in self.columns if one.result]

    # -- side by side --------------------------------------------------------------------------
    @cached_property
    def months(self) -> list[tuple[dt.date, list[Decimal]]]:
        results = [result for _name, result in self.results]
        months = sorted({month for result in results for month in result.by_month})
        return [
            (month, [result.by_month.get(month, Decimal(0)) for result in results])
            for month in months
        ]

    @cached_property
    def years(self) -> list[tuple[str, list[Decimal | None]]]:
        """What the budget of each year has to bear, column by column; None: not to be reckoned."""
        found = [one.result.by_year if one.result else None for one in self.columns]
        years = sorted({year for one in found if one for year in one})
        return [
            (str(year), [None if one is None else one.get(year, Decimal(0)) for one in found])
            for year in years
        ]

    def _by(self, column: str, names: dict[Any, Any]) -> list[tuple[Any, list]]:
        found = [result.by(column) for _name, result in self.results]
        keys = {key for one in found for key in one}
        rows = [(key, [one.get(key, (0, Decimal(0))) for one in found]) for key in keys]
        rows.sort(key=lambda row: (-row[1][0][1], -row[1][-1][1], str(names.get(row[0]))))
        return [(names.get(key), cells) for key, cells in rows]

    @cached_property
    def streets(self) -> list[tuple[Any, list]]:
        names = self.register.streets({one.street for one in self.register.subjects})
        return self._by("street", {pk: name for pk, (name, _code) in names.items()})

    @cached_property
    def firms(self) -> list[tuple[Any, list]]:
        names = self.register.firms({one.firm for one in self.register.subjects})
        return self._by("firm", {**names, None: _("no firm yet")})

    @cached_property
    def moves(self) -> list[tuple[Column, list[MoveLine]]]:
        """For every variant: which compounds come in or drop out against the programme."""
        base = self.columns[0].result
        found = [(one, whatif.moves(base, one.result)) for one in self.columns[1:] if one.result]
        moved = [move for _column, moves in found for move in moves]
        names = self.register.compounds(move.subject.compound for move in moved)
        streets = self.register.streets(move.subject.street for move in moved) if moved else {}
        return [
            (
                column,
                sorted(
                    (self._move(move, names, streets) for move in moves),
                    key=lambda line: (line.comes_in, -line.amount, line.code),
                ),
            )
            for column, moves in found
        ]

    def _move(self, move: whatif.Move, names, streets) -> MoveLine:
        name, code = names.get(move.subject.compound, ("", ""))
        return MoveLine(
            name,
            code,
            streets.get(move.subject.street, ("", ""))[0],
            move.comes_in,
            why_in_words(move.why, move.problem),
            move.amount,
        )

    @cached_property
    def not_counted(self) -> list[tuple[str, int]]:
        """Why compounds are in no result of the programme as it stands, most frequent first."""
        found: dict[str, int] = {}
        for one in self.columns[0].result.outcomes:
            if one.answer != whatif.IN:
                key = one.problem or (one.why.fact if one.why else "")
                words = str(PROBLEMS.get(key) or (FACTS[key].label if key in FACTS else key))
                if one.answer == whatif.UNKNOWN:
                    words = _("not known: %(fact)s") % {"fact": words}
                elif one.answer == whatif.OUT:
                    words = _("not met: %(fact)s") % {"fact": words}
                found[words] = found.get(words, 0) + 1
        return sorted(found.items(), key=lambda item: -item[1])

    @cached_property
    def chart(self) -> Trend:
        """The programme's cost month by month, in ten thousand yuan."""
        column = self.columns[-1] if self.columns[-1].result else self.columns[0]
        marks = [
            Mark(f"{month:%y-%m}", amount / 10_000, "st3")
            for month, amount in column.result.by_month.items()
        ]
        return Trend(
            _("%(name)s: cost by month, in ten thousand yuan") % {"name": column.name},
            empty=_("Nothing would be paid."),
            marks=marks,
            column_title=_("Cost"),
        )


def why_in_words(why, problem: str) -> str:
    """The condition that keeps a compound out, with its value; or what is missing."""
    if why is not None:
        return condition_lines(SimpleNamespace(lines=(why,)))[0].sentence
    return str(PROBLEMS.get(problem, problem))
