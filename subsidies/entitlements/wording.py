"""Conditions, terms and steps in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from compounds.classification import wording as words
from subsidies.programmes import wording as programme_words
from subsidies.programmes.rules import DOCUMENTS, FACTS, Terms
from subsidies.programmes.rules.examining import Examination, from_record

from .rules.due import plain


@dataclass(frozen=True)
class ConditionLine:
    """One condition as a row of a table."""

    fact: str
    value: str
    requirement: str
    distance: str
    source: str
    source_on: str
    result: bool | None

    @property
    def sentence(self) -> str:
        """What is wrong or unknown, as a clerk would say it."""
        if self.result is None:
            return _("%(fact)s is not known; required: %(requirement)s.") % {
                "fact": capfirst(self.fact),
                "requirement": self.requirement,
            }
        return _("%(fact)s: %(value)s; required: %(requirement)s.") % {
            "fact": capfirst(self.fact),
            "value": self.value,
            "requirement": self.requirement,
        }


def condition_lines(examination: Examination) -> list[ConditionLine]:
    """Every condition with its value, requirement, difference and source."""
    found = []
    for line in examination.lines:
        fact = FACTS[line.fact]
        found.append(
            ConditionLine(
                fact=str(fact.label),
                value=words.in_words(fact, line.value),
                requirement=words.requirement(fact, line.operator, line.threshold),
                distance=words.difference(fact, line.distance),
                source=programme_words.source_name(line.source) if line.source else "",
                source_on=str(line.source_on or ""),
                result=line.result,
            )
        )
    return found


def lines_of_record(record: Mapping[str, Any] | None) -> list[ConditionLine]:
    """The conditions of a stored examination."""
    return condition_lines(from_record(record)) if record else []


def failures(examination: Examination) -> list[str]:
    """The conditions that are not met or not known, a sentence each; nothing where all are met."""
    if examination.is_met:
        return []
    failed = set(map(id, examination.failed))
    lines = zip(examination.lines, condition_lines(examination), strict=True)
    found = [
        shown.sentence
        for line, shown in lines
        if id(line) in failed or (line.result is None and line.fact in examination.missing)
    ]
    return found or [_("The conditions of the programme are not met.")]


# -- terms -----------------------------------------------------------------------------------------
def rates_of(terms: Terms) -> str:
    """All rates of a programme in one cell: the only one, or each with its months."""
    if len(terms.steps) == 1:
        return programme_words.rate(terms.steps[0])
    return "; ".join(
        _("months %(first)s–%(last)s: %(rate)s")
        % {"first": step.from_month, "last": step.to_month, "rate": programme_words.rate(step)}
        for step in terms.steps
    )


def plain_rates(steps: Iterable) -> str:
    """Bare rates, as a sheet's column of yuan/m²·month holds them: 0.5, or 0.3/0.2/0.1."""
    return "/".join(dict.fromkeys(plain(step.rate) for step in steps))


# -- documents -------------------------------------------------------------------------------------
def document_choices(codes: Iterable[str]) -> list[tuple[str, str]]:
    """Documents of programmes by code and name, in the order of their names' list."""
    wanted = set(codes)
    known = [(code, str(name)) for code, name in DOCUMENTS.items() if code in wanted]
    return known + [(code, code) for code in sorted(wanted - set(DOCUMENTS))]


def document_names(codes: Iterable[str]) -> list[str]:
    """Documents by their names."""
    return [str(DOCUMENTS.get(code, code)) for code in codes]
