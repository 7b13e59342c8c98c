"""A decision with its evidence: what the pattern of conditions says, and the trace of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from compounds.classification.rules.thresholds import scale_of
from compounds.classification.rules.vocabulary import FACTS

if TYPE_CHECKING:
    from compounds.classification.rules.decide import CompiledPolicy

PASSED, FAILED, UNKNOWN = "+", "-", "?"
SIGNS = {True: PASSED, False: FAILED, None: UNKNOWN}

Values = Mapping[str, Any]
Sources = Mapping[str, Sequence[str]]


class Pivot(NamedTuple):
    """A numeric condition whose flip alone changes the outcome: reach `target` to flip it."""

    position: int
    fact: str
    target: Any
    scale: Decimal


class Summary(NamedTuple):
    """Everything that follows from the pattern of passed, failed and unknown conditions."""

    outcome: str
    strategy: str
    hit: int | None
    results: tuple[str, ...]
    states: tuple[bool | None, ...]
    missing: tuple[str, ...]
    pivots: tuple[Pivot, ...]


class ConditionTrace(NamedTuple):
    """One condition of the trace; `distance` is value minus threshold, `relative` its share."""

    fact: str
    value: Any
    source: str
    source_on: str
    operator: str
    threshold: Any
    alternative: int
    result: bool | None
    distance: Any
    relative: Decimal | None


class RuleTrace(NamedTuple):
    """One rule of the trace: its result and every condition, `is_hit` for the deciding one."""

    strategy: str
    result: bool | None
    is_hit: bool
    conditions: tuple[ConditionTrace, ...]


class Decision(NamedTuple):
    """What the policy says of one compound's facts, and on which evidence."""

    policy: CompiledPolicy
    values: Values
    sources: Sources
    summary: Summary

    @property
    def outcome(self) -> str:
        return self.summary.outcome

    @property
    def strategy(self) -> str:
        """The strategy of the deciding rule, "" when nothing is decided."""
        return self.summary.strategy

    @property
    def hit(self) -> int | None:
        """Position (from 0) of the deciding rule."""
        return self.summary.hit

    @property
    def missing(self) -> tuple[str, ...]:
        """Facts to ask for: they leave a rule before the outcome unknown."""
        return self.summary.missing

    @property
    def nearest(self) -> tuple[Decimal, str] | None:
        """(relative distance, fact) of the nearest threshold that alone changes the outcome."""
        best = None
        for pivot in self.summary.pivots:
            distance = abs(self.values[pivot.fact] - pivot.target) / pivot.scale
            if best is None or distance < best[0]:
                best = (distance, pivot.fact)
        return best

    def trace(self) -> tuple[RuleTrace, ...]:
        """Every rule and condition with value, source, threshold, result and distance."""
        return _trace(self.policy, self.values, self.sources, self.summary)

    def record(self) -> dict[str, Any]:
        """Compact JSON that alone replays to this decision."""
        values = self.values
        return {
            "facts": {
                key: str(values.get(key))
                if is_exact and values.get(key) is not None
                else values.get(key)
                for key, is_exact in self.policy.fields
            },
            "sources": {key: list(source) for key, source in self.sources.items()},
            "rules": self.policy.json,
            "results": self.summary.results,
            "outcome": self.summary.outcome,
            "strategy": self.summary.strategy,
            "hit": self.summary.hit,
        }


def _trace(
    policy: CompiledPolicy, values: Values, sources: Sources, summary: Summary
) -> tuple[RuleTrace, ...]:
    rows = []
    default = sources.get("", ("", ""))
    for number, rule in enumerate(policy.rules):
        conditions = []
        for condition, sign in zip(rule.conditions, summary.results[number], strict=True):
            value = values.get(condition.fact)
            distance = relative = None
            if value is not None and FACTS[condition.fact].is_number:
                distance = value - condition.value
                relative = abs(distance) / scale_of(condition)
            source, source_on = sources.get(condition.fact, default)
            conditions.append(
                ConditionTrace(
                    condition.fact,
                    value,
                    source,
                    source_on,
                    condition.operator,
                    condition.value,
                    condition.alternative,
                    {PASSED: True, FAILED: False, UNKNOWN: None}[sign],
                    distance,
                    relative,
                )
            )
        rows.append(
            RuleTrace(
                rule.strategy, summary.states[number], number == summary.hit, tuple(conditions)
            )
        )
    return tuple(rows)
