"""Whether a compound is eligible, condition by condition, in three-valued (Kleene) logic.

What is unknown neither passes nor fails; the examination names it in `missing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from compounds.classification.rules import Condition, Rule, read_threshold, written
from compounds.classification.rules.thresholds import comparison

from .terms import Terms
from .vocabulary import FACTS

SIGNS = {True: "+", False: "-", None: "?"}

Values = Mapping[str, Any]
Sources = Mapping[str, Sequence[str]]


class Line(NamedTuple):
    """One condition with its evidence; `distance` is value minus threshold, None without one."""

    fact: str
    operator: str
    threshold: Any
    alternative: int
    value: Any
    source: str
    source_on: str
    result: bool | None
    distance: Any


@dataclass(frozen=True, slots=True)
class Examination:
    """What the conditions say of one compound's facts; `missing` facts leave it open."""

    lines: tuple[Line, ...]
    is_met: bool | None
    missing: tuple[str, ...]

    @property
    def failed(self) -> tuple[Line, ...]:
        """Conditions not met, save those for which an alternative holds."""
        held = {line.alternative for line in self.lines if line.alternative and line.result}
        return tuple(
            line for line in self.lines if line.result is False and line.alternative not in held
        )

    def as_json(self) -> dict[str, Any]:
        """Plain JSON that alone replays to this examination."""
        return {
            "conditions": [
                [line.fact, line.operator, written(line.threshold), line.alternative]
                for line in self.lines
            ],
            "facts": {line.fact: written(line.value) for line in self.lines},
            "sources": {line.fact: [line.source, line.source_on] for line in self.lines},
            "results": "".join(SIGNS[line.result] for line in self.lines),
            "is_met": self.is_met,
            "missing": list(self.missing),
        }


def examine(terms: Terms, values: Values, sources: Sources | None = None) -> Examination:
    """Judge facts by the conditions of published terms; a fact absent or None is unknown.

    Without conditions everybody is eligible.
    """
    return _judge(terms.conditions, values, sources or {})


def from_record(record: Mapping[str, Any]) -> Examination:
    """The examination of a stored record, judged anew from its facts alone.

    Raises KeyError, ThresholdError or ArithmeticError for what never was a record.
    """
    conditions = tuple(
        Condition(fact, operator, read_threshold(FACTS[fact], value), alternative)
        for fact, operator, value, alternative in record["conditions"]
    )
    values = {
        key: Decimal(value) if value is not None and FACTS[key].kind == "decimal" else value
        for key, value in record["facts"].items()
    }
    return _judge(conditions, values, record["sources"])


def replays(record: Mapping[str, Any]) -> bool:
    """Does a stored record yield what it states?"""
    try:
        again = from_record(record).as_json()
        return all(again[name] == record[name] for name in ("results", "is_met", "missing"))
    except (KeyError, ValueError, TypeError, ArithmeticError):
        return False


def _judge(conditions: tuple[Condition, ...], values: Values, sources: Sources) -> Examination:
    default = sources.get("", ("", ""))
    lines = []
    for condition in conditions:
        value = values.get(condition.fact)
        source, source_on = ("", "") if value is None else sources.get(condition.fact, default)
        result = distance = None
        if value is not None:
            result = comparison(condition.operator, condition.value)(value)
            if FACTS[condition.fact].is_number:
                distance = value - condition.value
        lines.append(
            Line(
                condition.fact,
                condition.operator,
                condition.value,
                condition.alternative,
                value,
                source,
                source_on,
                result,
                distance,
            )
        )
    is_met: bool | None = True
    asked: dict[str, None] = {}
    for group in Rule("", conditions).groups:
        results = [lines[at].result for at in group]
        if True in results:
            continue
        if None in results:
            is_met = None if is_met else is_met
            asked |= {lines[at].fact: None for at in group if lines[at].result is None}
        else:
            is_met = False
    return Examination(tuple(lines), is_met, tuple(asked) if is_met is None else ())
