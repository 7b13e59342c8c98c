"""The rules of a draft as rows of fields: kept as typed until they are right.

Works without a script: adding, removing and moving are submit buttons, and the server draws the
rows again.  `RulesEditor.as_rules` gives the pure rules once every value can be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from .. import rules
from ..rules import FACTS, OPERATORS, STRATEGIES
from ..rules.policy_check import EXAMPLES
from .cleaning import plain_number, shown

MOST_RULES = 20
MOST_CONDITIONS = 20
ALTERNATIVES = (1, 2, 3)


@dataclass
class ConditionFields:
    """One condition as it stands in the form."""

    fact: str = "households"
    operator: str = "ge"
    value: str = ""
    options: list[str] = field(default_factory=list)
    alternative: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def known(self) -> rules.Fact | None:
        return FACTS.get(self.fact)

    @property
    def kind(self) -> str:
        return self.known.kind if self.known else ""

    @property
    def unit(self) -> str:
        return str(self.known.unit) if self.known else ""

    @property
    def operators(self) -> tuple[rules.Operator, ...]:
        return self.known.operators if self.known else ()

    def settle(self) -> None:
        """After another fact was chosen: an operator it allows, and no value of another kind."""
        if self.known is None:
            return
        if self.operator not in [operator.code for operator in self.operators]:
            self.operator = self.operators[0].code
        if self.kind == "bool" and self.value not in ("true", "false"):
            self.value = "true"
        elif self.known.is_number and self.value in ("true", "false"):
            self.value = ""

    def read(self) -> rules.Condition | None:
        """The condition as a pure value; None and an error beside it where it cannot be read."""
        fact = self.known
        if fact is None:
            self.errors.append(_("Choose a fact."))
            return None
        operator = OPERATORS.get(self.operator)
        if operator is None or fact.kind not in operator.kinds:
            self.errors.append(
                _("“%(fact)s” cannot be compared in this way. Choose another comparison.")
                % {"fact": fact.label}
            )
            return None
        typed: Any = self.options if fact.kind == "choice" else self.value
        if fact.is_number:
            typed = plain_number(self.value, self.unit)
        if not typed:
            self.errors.append(
                _("Tick at least one choice.") if fact.kind == "choice" else _("Enter a value.")
            )
            return None
        try:
            value = rules.read_threshold(fact, typed)
        except rules.ThresholdError:
            self.errors.append(
                _("“%(value)s” does not fit “%(fact)s”: enter %(wanted)s.")
                % {"value": self.value, "fact": fact.label, "wanted": EXAMPLES[fact.kind]}
            )
            return None
        return rules.Condition(fact.key, self.operator, value, self.alternative)

    @classmethod
    def of(cls, condition: rules.Condition) -> ConditionFields:
        written = rules.written(condition.value)
        return cls(
            condition.fact,
            condition.operator,
            "" if isinstance(written, list) else _as_text(written),
            written if isinstance(written, list) else [],
            condition.alternative,
        )


@dataclass
class RuleFields:
    """One rule as it stands in the form."""

    strategy: str = ""
    note: str = ""
    conditions: list[ConditionFields] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def error_count(self) -> int:
        return len(self.errors) + sum(len(c.errors) for c in self.conditions)


class RulesEditor:
    """All rules of the form, in order."""

    def __init__(self, rows: Iterable[RuleFields] = ()) -> None:
        self.rows = list(rows)
        self.errors: list[str] = []
        self.focus = ""

    @classmethod
    def of(cls, policy: Iterable[rules.Rule], notes: Sequence[str] = ()) -> RulesEditor:
        rows = []
        for number, rule in enumerate(policy):
            note = notes[number] if number < len(notes) else ""
            conditions = [ConditionFields.of(condition) for condition in rule.conditions]
            rows.append(RuleFields(rule.strategy, note, conditions))
        return cls(rows)

    @classmethod
    def posted(cls, data: Mapping[str, Any]) -> RulesEditor:
        """The form as it was sent; what is not there stays empty."""
        rows = []
        for r in range(_count(data.get("rules"), MOST_RULES)):
            conditions = []
            for c in range(_count(data.get(f"r{r}-conditions"), MOST_CONDITIONS)):
                name = f"r{r}c{c}"
                conditions.append(
                    ConditionFields(
                        data.get(f"{name}-fact", ""),
                        data.get(f"{name}-operator", ""),
                        data.get(f"{name}-value", "").strip()[:40],
                        [code[:20] for code in data.getlist(f"{name}-options")][:20],
                        _count(data.get(f"{name}-alternative"), max(ALTERNATIVES)),
                    )
                )
            rows.append(
                RuleFields(
                    data.get(f"r{r}-strategy", "")[:20],
                    data.get(f"r{r}-note", "").replace("\0", "").strip()[:200],
                    conditions,
                )
            )
        return cls(rows)

    # ------------------------------------------------------------ buttons

    def apply(self, act: str) -> None:
        """What a button of the form asks for: "add", "up-1", "drop-0-2", "refresh"…"""
        verb, *places = act.split("-")
        numbers = [int(place) for place in places if place.isdecimal()]
        if verb == "add" and not numbers and len(self.rows) < MOST_RULES:
            self.rows.append(RuleFields(conditions=[ConditionFields()]))
            self.focus = f"r{len(self.rows) - 1}-strategy"
        elif numbers and numbers[0] < len(self.rows):
            self._apply_to_rule(verb, numbers)
        for row in self.rows:
            for condition in row.conditions:
                condition.settle()

    def _apply_to_rule(self, verb: str, numbers: list[int]) -> None:
        place, *rest = numbers
        rule = self.rows[place]
        if verb == "add" and len(rule.conditions) < MOST_CONDITIONS:
            rule.conditions.append(ConditionFields())
            self.focus = f"r{place}c{len(rule.conditions) - 1}-fact"
        elif verb == "drop" and not rest:
            del self.rows[place]
        elif verb == "drop" and rest[0] < len(rule.conditions):
            del rule.conditions[rest[0]]
        elif verb in ("up", "down"):
            other = place - 1 if verb == "up" else place + 1
            if 0 <= other < len(self.rows):
                self.rows[place], self.rows[other] = self.rows[other], rule
                self.focus = f"r{other}-{verb}"

    # ------------------------------------------------------------ values

    def as_rules(self) -> tuple[rules.Rule, ...] | None:
        """The pure rules; None and errors beside the fields where something cannot be read."""
        read = []
        for row in self.rows:
            if row.strategy not in STRATEGIES:
                row.errors.append(_("Choose the strategy this rule leads to."))
            conditions = [condition.read() for condition in row.conditions]
            if not row.error_count:
                read.append(rules.Rule(row.strategy, tuple(c for c in conditions if c)))
        return None if self.error_count else tuple(read)

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(row.note for row in self.rows)

    def show(self, problems: Iterable[rules.Problem]) -> None:
        """Put each fault of the policy beside the rule or condition it belongs to."""
        for problem in problems:
            place: Any = self
            if problem.rule is not None and problem.rule < len(self.rows):
                place = self.rows[problem.rule]
                if problem.condition is not None and problem.condition < len(place.conditions):
                    place = place.conditions[problem.condition]
            if problem.message not in place.errors:
                place.errors.append(problem.message)

    @property
    def error_count(self) -> int:
        return len(self.errors) + sum(row.error_count for row in self.rows)


def _count(value: Any, most: int) -> int:
    text = str(value or "")
    return min(int(text), most) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return shown(value)
