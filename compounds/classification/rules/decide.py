"""Facts + policy → decision with a trace, in three-valued (Kleene) logic.

A policy is compiled once.  All that follows from which conditions passed, failed or are unknown
(outcome, hit, what to ask for, which threshold is decisive) is worked out once per such pattern
and remembered, so deciding a compound costs its comparisons and one look-up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from compounds.classification.rules.values import Condition, Rule, as_json, from_json, read_fact
from compounds.classification.rules.vocabulary import (
    DECIDED,
    FACTS,
    INCOMPLETE,
    UNMATCHED,
    Fact,
)

# Patterns remembered per policy; some hundreds occur in a register, noise could bring more.
REMEMBERED = 16_384

PASSED, FAILED, UNKNOWN = "+", "-", "?"
_SIGNS = {True: PASSED, False: FAILED, None: UNKNOWN}

Values = Mapping[str, Any]
Sources = Mapping[str, Sequence[str]]


def _comparison(operator: str, threshold: Any) -> Callable[[Any], bool]:
    if operator == "ge":
        return lambda value: value >= threshold
    if operator == "gt":
        return lambda value: value > threshold
    if operator == "le":
        return lambda value: value <= threshold
    if operator == "lt":
        return lambda value: value < threshold
    if operator == "eq":
        return lambda value: value == threshold
    if operator == "ne":
        return lambda value: value != threshold
    if operator == "is":
        return lambda value: value is threshold
    options = frozenset(threshold)
    if operator == "in":
        return lambda value: value in options
    return lambda value: value not in options


def on_grid(fact: Fact, value: Any, *, up: bool) -> Any:
    """The nearest value the fact can take at or above (below) `value`."""
    steps, rest = divmod(value - fact.minimum, fact.step)
    if rest and up:
        steps += 1
    number = fact.minimum + steps * fact.step
    return int(number) if fact.kind == "int" else number


def flips(condition: Condition, state: bool) -> tuple[Any, ...]:
    """The nearest values at which a numeric condition that is `state` becomes the opposite."""
    fact, t = FACTS[condition.fact], condition.value
    above = on_grid(fact, t, up=True)
    below = on_grid(fact, t, up=False)
    higher = on_grid(fact, t + fact.step, up=False)
    lower = on_grid(fact, t - fact.step, up=True)
    found = {
        ("ge", False): (above,),
        ("ge", True): (lower,),
        ("gt", False): (higher,),
        ("gt", True): (below,),
        ("le", False): (below,),
        ("le", True): (higher,),
        ("lt", False): (lower,),
        ("lt", True): (above,),
        ("eq", False): (above,) if above == t else (),
        ("eq", True): (lower, higher),
        ("ne", False): (lower, higher),
        ("ne", True): (above,) if above == t else (),
    }[condition.operator, state]
    return tuple(
        value
        for value in found
        if value >= fact.minimum and (fact.maximum is None or value <= fact.maximum)
    )


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


class CompiledPolicy:
    """Ordered rules made ready to decide; build with `compile_policy`."""

    __slots__ = (
        "_groups",
        "_spans",
        "_summaries",
        "conditions",
        "fields",
        "json",
        "keys",
        "rules",
        "tests",
    )

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self.json = as_json(rules)
        self.conditions = tuple(c for rule in rules for c in rule.conditions)
        self.tests = tuple((c.fact, _comparison(c.operator, c.value)) for c in self.conditions)
        used = {c.fact for c in self.conditions}
        self.keys = tuple(key for key in FACTS if key in used)
        self.fields = tuple((key, FACTS[key].kind == "decimal") for key in self.keys)
        spans, groups, start = [], [], 0
        for rule in rules:
            spans.append((start, start + len(rule.conditions)))
            groups.append(tuple(tuple(start + i for i in group) for group in rule.groups))
            start += len(rule.conditions)
        self._spans, self._groups = tuple(spans), tuple(groups)
        self._summaries: dict[tuple[bool | None, ...], Summary] = {}

    def groups(self, rule: int) -> tuple[tuple[int, ...], ...]:
        """Positions (over all conditions) of a rule's requirements."""
        return self._groups[rule]

    def span(self, rule: int) -> tuple[int, int]:
        """First and past-last position of a rule's conditions."""
        return self._spans[rule]

    def pattern(self, values: Values) -> tuple[bool | None, ...]:
        """Passed, failed or unknown for every condition."""
        get = values.get
        return tuple([None if (v := get(key)) is None else test(v) for key, test in self.tests])

    def decide(self, values: Values, sources: Sources | None = None) -> Decision:
        """The decision on one compound's facts; a fact that is None or absent is unknown."""
        get = values.get
        pattern = tuple([None if (v := get(key)) is None else test(v) for key, test in self.tests])
        summary = self._summaries.get(pattern)
        if summary is None:
            if len(self._summaries) >= REMEMBERED:
                self._summaries.clear()
            summary = self._summaries[pattern] = self._summarise(pattern)
        return Decision(self, values, sources or {}, summary)

    def state_of(self, rule: int, pattern: Sequence[bool | None]) -> bool | None:
        """A rule's value: all requirements, each of which is any of its alternatives."""
        state: bool | None = True
        for group in self._groups[rule]:
            results = [pattern[position] for position in group]
            if True in results:
                continue
            if None not in results:
                return False
            state = None
        return state

    def verdict(self, pattern: Sequence[bool | None]) -> tuple[str, str, int | None]:
        """(outcome, strategy, position of the hit) of a pattern."""
        is_unknown = False
        for position, rule in enumerate(self.rules):
            state = self.state_of(position, pattern)
            if state is None:
                is_unknown = True
            elif state:
                if is_unknown:
                    break
                return DECIDED, rule.strategy, position
        return (INCOMPLETE if is_unknown else UNMATCHED), "", None

    def _summarise(self, pattern: tuple[bool | None, ...]) -> Summary:
        outcome, strategy, hit = self.verdict(pattern)
        states = tuple(self.state_of(rule, pattern) for rule in range(len(self.rules)))
        missing: set[str] = set()
        if outcome == INCOMPLETE:
            for rule, state in enumerate(states):
                if state:
                    break
                if state is None:
                    missing |= self._asked(rule, pattern)
        return Summary(
            outcome,
            strategy,
            hit,
            tuple(
                "".join([_SIGNS[pattern[i]] for i in range(start, end)])
                for start, end in self._spans
            ),
            states,
            tuple(key for key in self.keys if key in missing),
            self._pivots(pattern, (outcome, strategy)),
        )

    def _asked(self, rule: int, pattern: Sequence[bool | None]) -> set[str]:
        return {
            self.conditions[position].fact
            for group in self._groups[rule]
            if not any(pattern[i] for i in group)
            for position in group
            if pattern[position] is None
        }

    def _pivots(
        self, pattern: tuple[bool | None, ...], present: tuple[str, str]
    ) -> tuple[Pivot, ...]:
        pivots = []
        for position, condition in enumerate(self.conditions):
            state = pattern[position]
            if state is None or not FACTS[condition.fact].is_number:
                continue
            for target in flips(condition, state):
                moved = tuple(
                    test(target) if key == condition.fact else result
                    for (key, test), result in zip(self.tests, pattern, strict=True)
                )
                if self.verdict(moved)[:2] != present:
                    pivots.append(Pivot(position, condition.fact, target, scale_of(condition)))
        return tuple(pivots)


def scale_of(condition: Condition) -> Decimal:
    """What distances to this threshold are measured by: the threshold, or one step at zero."""
    return Decimal(max(abs(condition.value), FACTS[condition.fact].step))


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


def compile_policy(rules: Iterable[Rule]) -> CompiledPolicy:
    """Make ordered rules ready to decide many compounds."""
    return CompiledPolicy(tuple(rules))


def decide(values: Values, rules: Iterable[Rule], *, sources: Sources | None = None) -> Decision:
    """Decide one compound: the first rule that hits, unless one before it is unknown."""
    return compile_policy(rules).decide(values, sources)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(part) for part in value) if isinstance(value, list | tuple) else value


@lru_cache(maxsize=64)
def _compiled(frozen_rules: tuple[Any, ...]) -> CompiledPolicy:
    return compile_policy(from_json(frozen_rules))


def read_record(record: Mapping[str, Any]) -> tuple[CompiledPolicy, dict[str, Any], Sources]:
    """(policy, facts, sources) of a stored record."""
    values = {key: read_fact(key, value) for key, value in record["facts"].items()}
    return _compiled(_frozen(record["rules"])), values, record.get("sources", {})


def replay(record: Mapping[str, Any]) -> Decision:
    """Decide again from a stored record alone."""
    policy, values, sources = read_record(record)
    return policy.decide(values, sources)


def replays(record: Mapping[str, Any]) -> bool:
    """Does the stored record yield the decision and the trace it states?"""
    try:
        again = replay(record)
    except (KeyError, ValueError, TypeError, ArithmeticError):
        return False
    return (
        list(record["results"]) == list(again.summary.results)
        and record["outcome"] == again.outcome
        and record["strategy"] == again.strategy
        and record["hit"] == again.hit
    )
