"""Conditions and rules as immutable values, and their compact JSON form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from compounds.classification.rules.vocabulary import (
    BOOL,
    CENT,
    DECIMAL,
    FACTS,
    INT,
    OPERATORS,
    Fact,
)


class ThresholdError(ValueError):
    """A threshold that is not of its fact's kind."""


@dataclass(frozen=True, slots=True)
class Condition:
    """fact operator value; conditions of a rule that share an `alternative` number are OR-ed."""

    fact: str
    operator: str
    value: Any
    alternative: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """All of its conditions together lead to one strategy."""

    strategy: str
    conditions: tuple[Condition, ...]

    @property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """Positions of the conditions: one tuple per requirement, alternatives together."""
        groups: list[list[int]] = []
        seen: dict[int, list[int]] = {}
        for position, condition in enumerate(self.conditions):
            if condition.alternative and condition.alternative in seen:
                seen[condition.alternative].append(position)
                continue
            groups.append([position])
            if condition.alternative:
                seen[condition.alternative] = groups[-1]
        return tuple(tuple(group) for group in groups)


def _whole(value: Any) -> int:
    if isinstance(value, bool):
        raise ThresholdError
    try:
        number = Decimal(str(value).strip().replace(",", ""))
    except InvalidOperation as error:
        raise ThresholdError from error
    if not number.is_finite() or number != int(number) or abs(number) >= 10**12:
        raise ThresholdError
    return int(number)


def _exact(value: Any) -> Decimal:
    if isinstance(value, bool):
        raise ThresholdError
    try:
        number = Decimal(str(value).strip().replace(",", ""))
    except InvalidOperation as error:
        raise ThresholdError from error
    if not number.is_finite() or abs(number) >= 10**12 or number != number.quantize(CENT):
        raise ThresholdError
    return number.quantize(CENT)


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    try:
        return words[str(value).strip().lower()]
    except KeyError as error:
        raise ThresholdError from error


def _options(fact: Fact, value: Any) -> tuple[str, ...]:
    listed = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
    if not isinstance(listed, list | tuple | set | frozenset) or not listed:
        raise ThresholdError
    known = [code for code, _label in fact.choices]
    if any(code not in known for code in listed):
        raise ThresholdError
    return tuple(code for code in known if code in listed)


def read_threshold(fact: Fact, value: Any) -> Any:
    """The threshold in the fact's own kind, from JSON or typed text.

    Raises ThresholdError.
    """
    if fact.kind == BOOL:
        return _truth(value)
    if fact.kind == INT:
        return _whole(value)
    if fact.kind == DECIMAL:
        return _exact(value)
    return _options(fact, value)


def written(value: Any) -> Any:
    """A value as plain JSON: areas become text, choices a list."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, tuple):
        return list(value)
    return value


def read_fact(key: str, value: Any) -> Any:
    """A fact's value from its JSON form; None stays unknown."""
    if value is None or FACTS[key].kind != DECIMAL:
        return value
    return Decimal(value)


def as_json(rules: Iterable[Rule]) -> list[list[Any]]:
    """Rules as nested lists: [strategy, [[fact, operator, value(, alternative)], …]]."""
    return [
        [
            rule.strategy,
            [
                [c.fact, c.operator, written(c.value), *([c.alternative] if c.alternative else [])]
                for c in rule.conditions
            ],
        ]
        for rule in rules
    ]


def from_json(rows: Sequence[Sequence[Any]]) -> tuple[Rule, ...]:
    """Rules from `as_json`.  Raises ThresholdError or KeyError for what was never valid."""
    rules = []
    for strategy, conditions in rows:
        read = []
        for fact, operator, value, *rest in conditions:
            OPERATORS[operator]
            read.append(
                Condition(
                    fact, operator, read_threshold(FACTS[fact], value), rest[0] if rest else 0
                )
            )
        rules.append(Rule(strategy, tuple(read)))
    return tuple(rules)
