"""The evidence of a decision and the rules of a policy, as the lines of printed tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from compounds.registry.sources import label_of

from .. import rules
from ..rules import FACTS
from .values import (
    condition_in_words,
    difference,
    in_words,
    requirement,
    strategy_name,
)

# Where a fact comes from, beside the register's own sources (registry.sources).
SOURCES: dict[str, Any] = {
    "invitation": gettext_lazy("invitation record"),
    "contiguity_group": pgettext_lazy("source", "contiguity group"),
    "location": gettext_lazy("location on the map"),
    "adjacency": gettext_lazy("adjacency correction"),
}

ANY_OF = pgettext_lazy("first of several alternatives", "any of")
OR = pgettext_lazy("one more alternative", "or")


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """One line of the evidence; `state` is pass, fail, unk or skip (another alternative holds)."""

    key: str
    label: str
    value: str
    requirement: str
    difference: str
    source: str
    source_on: str
    state: str
    alternative: str

    @property
    def sign(self) -> str:
        return {"pass": "✓", "fail": "✕", "unk": "?", "skip": "✕"}[self.state]

    @property
    def word(self) -> str:
        return {
            "pass": _("met"),
            "fail": _("not met"),
            "unk": _("unknown"),
            "skip": _("not needed"),
        }[self.state]


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule of the evidence; `state` is hit, fail, unk or unused."""

    number: int
    strategy: str
    state: str
    is_met: bool
    conditions: tuple[ConditionRow, ...]

    @property
    def name(self) -> str:
        return strategy_name(self.strategy)

    @property
    def word(self) -> str:
        if self.state == "unused" and self.is_met:
            return _("not needed, though it fits")
        return {
            "hit": _("decides"),
            "fail": _("does not fit"),
            "unk": _("facts are missing"),
            "unused": pgettext("rule", "not needed"),
        }[self.state]


def evidence(trace: Sequence[rules.RuleTrace]) -> tuple[RuleRow, ...]:
    """Every rule and condition of a trace as the lines of its table."""
    settled = next((n for n, rule in enumerate(trace) if rule.result), None)
    rows = []
    for number, rule in enumerate(trace):
        if rule.is_hit:
            state = "hit"
        elif settled is not None and number >= settled:
            state = "unused"
        else:
            state = "unk" if rule.result is None else "fail"
        held = {c.alternative for c in rule.conditions if c.alternative and c.result}
        counts: dict[int, int] = {}
        for row in rule.conditions:
            counts[row.alternative] = counts.get(row.alternative, 0) + 1
        begun: set[int] = set()
        lines = []
        for row in rule.conditions:
            is_one_of_many = bool(row.alternative) and counts[row.alternative] > 1
            word = ""
            if is_one_of_many:
                word = OR if row.alternative in begun else ANY_OF
                begun.add(row.alternative)
            lines.append(_line(row, str(word), row.alternative in held))
        rows.append(RuleRow(number + 1, rule.strategy, state, bool(rule.result), tuple(lines)))
    return tuple(rows)


def _line(row: rules.ConditionTrace, alternative: str, is_held: bool) -> ConditionRow:
    fact = FACTS[row.fact]
    state = {True: "pass", False: "fail", None: "unk"}[row.result]
    if is_held and state != "pass":
        state = "skip"
    return ConditionRow(
        row.fact,
        str(fact.label),
        in_words(fact, row.value),
        requirement(fact, row.operator, row.threshold),
        difference(fact, row.distance),
        *_origin(row),
        state,
        alternative,
    )


def _origin(row: rules.ConditionTrace) -> tuple[str, str]:
    """Where the value comes from and of when; what is unknown comes from nowhere."""
    if row.value is None:
        return "", ""
    if row.fact == "failed_rounds" and row.source != "invitation":
        return str(SOURCES["invitation"]), ""  # nobody was invited; no survey says so
    return str(SOURCES.get(row.source) or label_of(row.source)), row.source_on


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """One requirement of a rule: one condition, or several of which any is enough."""

    conditions: tuple[str, ...]

    @property
    def is_choice(self) -> bool:
        return len(self.conditions) > 1

    @property
    def in_words(self) -> str:
        """One line: the condition, or "any of: … or …"."""
        if not self.is_choice:
            return self.conditions[0]
        return _("any of: %(conditions)s") % {
            "conditions": pgettext("between alternatives", "; ").join(self.conditions)
        }


@dataclass(frozen=True, slots=True)
class RuleInWords:
    number: int
    strategy: str
    requirements: tuple[RequirementRow, ...]

    @property
    def name(self) -> str:
        return strategy_name(self.strategy)


def in_regulation(policy: Iterable[rules.Rule]) -> tuple[RuleInWords, ...]:
    """Ordered rules as a regulation's table prints them."""
    return tuple(
        RuleInWords(
            number,
            rule.strategy,
            tuple(
                RequirementRow(tuple(condition_in_words(rule.conditions[i]) for i in group))
                for group in rule.groups
            ),
        )
        for number, rule in enumerate(policy, start=1)
    )
