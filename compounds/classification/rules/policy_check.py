"""What is wrong with a policy before it is published: each problem points to its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from compounds.classification.rules.decide import compile_policy
from compounds.classification.rules.search import first_hit_exists
from compounds.classification.rules.values import (
    Condition,
    Rule,
    ThresholdError,
    read_threshold,
)
from compounds.classification.rules.vocabulary import FACTS, FALLBACK, OPERATORS, STRATEGIES

EXAMPLES: dict[str, Any] = {
    "bool": _("yes or no"),
    "int": _("a whole number"),
    "decimal": _("a number with at most two decimals"),
    "choice": _("one or more of the listed choices"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault. `rule` and `condition` count from 0 and are None for the policy as a whole."""

    code: str
    template: Any
    rule: int | None = None
    condition: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The fault in the reader's language."""
        return str(self.template) % {name: str(value) for name, value in self.params.items()}


def check_policy(rules: Sequence[Rule]) -> list[Problem]:
    """All problems of an ordered policy, in the order of its rules; empty if it may be published.

    "Can never fire" is exact: it is said only after every combination of facts is excluded.
    """
    problems: list[Problem] = []
    faulty: set[int] = set()
    for number, rule in enumerate(rules):
        found = _form_problems(number, rule)
        problems += found
        if found:
            faulty.add(number)
    for number, rule in enumerate(rules):
        if number in faulty:
            continue
        found = _logic_problems(number, rule, rules, faulty)
        problems += found
        if any(problem.condition is not None or problem.code == "duplicate" for problem in found):
            faulty.add(number)
    if not rules:
        problems.append(Problem("no_rules", _("The policy has no rules yet.")))
    elif not any(rule.strategy == FALLBACK for rule in rules):
        problems.append(
            Problem(
                "no_fallback",
                _("No rule leads to the fallback service. Add one, as the last rule."),
            )
        )
    return sorted(
        problems,
        key=lambda p: (
            p.rule is None,
            p.rule or 0,
            p.condition if p.condition is not None else -1,
        ),
    )


def _form_problems(number: int, rule: Rule) -> list[Problem]:
    problems = []
    if rule.strategy not in STRATEGIES:
        problems.append(
            Problem(
                "unknown_strategy",
                _("“%(strategy)s” is not one of the strategies."),
                number,
                params={"strategy": rule.strategy},
            )
        )
    if not rule.conditions:
        problems.append(
            Problem("empty_rule", _("The rule has no condition. Add one or remove it."), number)
        )
    for place, condition in enumerate(rule.conditions):
        problem = _condition_problem(number, place, condition)
        if problem:
            problems.append(problem)
    return problems


def _condition_problem(number: int, place: int, condition: Condition) -> Problem | None:
    fact = FACTS.get(condition.fact)
    if fact is None:
        return Problem(
            "unknown_fact",
            _("“%(fact)s” is not a fact that rules can ask for."),
            number,
            place,
            {"fact": condition.fact},
        )
    operator = OPERATORS.get(condition.operator)
    if operator is None or fact.kind not in operator.kinds:
        return Problem(
            "wrong_operator",
            _("“%(fact)s” cannot be compared by “%(operator)s”."),
            number,
            place,
            {"fact": fact.label, "operator": operator.label if operator else condition.operator},
        )
    try:
        value = read_threshold(fact, condition.value)
    except ThresholdError:
        value = None
    if value is None or type(value) is not type(condition.value):
        return Problem(
            "wrong_value",
            _("The value for “%(fact)s” must be %(wanted)s."),
            number,
            place,
            {"fact": fact.label, "wanted": EXAMPLES[fact.kind]},
        )
    if fact.is_number and (
        value < fact.minimum or (fact.maximum is not None and value > fact.maximum)
    ):
        return Problem(
            "out_of_range",
            _("“%(fact)s” is never %(value)s: it lies between %(low)s and %(high)s."),
            number,
            place,
            {
                "fact": fact.label,
                "value": value,
                "low": fact.minimum,
                "high": "∞" if fact.maximum is None else fact.maximum,
            },
        )
    return None


def _logic_problems(
    number: int, rule: Rule, rules: Sequence[Rule], faulty: set[int]
) -> list[Problem]:
    problems = []
    seen: set[Condition] = set()
    for place, condition in enumerate(rule.conditions):
        if condition in seen:
            problems.append(
                Problem(
                    "repeated_condition",
                    _("This condition is already in the rule."),
                    number,
                    place,
                )
            )
        seen.add(condition)
    contradicted = _contradiction(rule)
    if contradicted is not None:
        problems.append(
            Problem(
                "contradiction",
                _("This condition contradicts the others of the rule: no compound meets all."),
                number,
                contradicted,
            )
        )
        return problems
    earlier = [n for n in range(number) if n not in faulty]
    twin = next((n for n in earlier if _same(rules[n], rule)), None)
    if twin is not None:
        problems.append(
            Problem(
                "duplicate",
                _("The rule repeats rule %(other)s."),
                number,
                params={"other": twin + 1},
            )
        )
        return problems
    if not _can_fire(rules, [*earlier, number]):
        cover = next((n for n in earlier if not _can_fire(rules, [n, number])), None)
        if cover is not None:
            message = _(
                "The rule can never fire: rule %(other)s already takes every compound that"
                " meets it."
            )
        else:
            message = _(
                "The rule can never fire: earlier rules already take every compound that meets it."
            )
        problems.append(
            Problem(
                "unreachable",
                message,
                number,
                params={"other": cover + 1 if cover is not None else ""},
            )
        )
    return problems


def _can_fire(rules: Sequence[Rule], numbers: Sequence[int]) -> bool:
    return first_hit_exists(compile_policy(rules[n] for n in numbers), len(numbers) - 1)


def _contradiction(rule: Rule) -> int | None:
    """The first condition with which the rule can no longer be met."""
    kept: list[Condition] = []
    for group in rule.groups:
        kept += [rule.conditions[place] for place in group]
        if not _can_fire([Rule(rule.strategy, tuple(kept))], [0]):
            return group[-1]
    return None


def _same(one: Rule, other: Rule) -> bool:
    return one.strategy == other.strategy and _meaning(one) == _meaning(other)


def _meaning(rule: Rule) -> frozenset[frozenset[tuple[str, str, Any]]]:
    """The requirements whatever their order and however alternatives are numbered."""
    return frozenset(
        frozenset(
            (rule.conditions[p].fact, rule.conditions[p].operator, rule.conditions[p].value)
            for p in group
        )
        for group in rule.groups
    )
