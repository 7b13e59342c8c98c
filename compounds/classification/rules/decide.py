"""Facts + policy → decision with a trace, in three-valued (Kleene) logic.

A policy is compiled once.  All that follows from which conditions passed, failed or are unknown
(outcome, hit, what to ask for, which threshold is decisive) is worked out once per such pattern
and remembered, so deciding a compound costs its comparisons and one look-up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from compounds.classification.rules.decisions import (
    SIGNS,
    Decision,
    Pivot,
    Sources,
    Summary,
    Values,
)
from compounds.classification.rules.thresholds import comparison, flips, scale_of
from compounds.classification.rules.values import Rule, as_json
from compounds.classification.rules.vocabulary import DECIDED, FACTS, INCOMPLETE, UNMATCHED

# Patterns remembered per policy; some hundreds occur in a register, noise could bring more.
REMEMBERED = 16_384


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
        self.tests = tuple((c.fact, comparison(c.operator, c.value)) for c in self.conditions)
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
                "".join([SIGNS[pattern[i]] for i in range(start, end)])
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


def compile_policy(rules: Iterable[Rule]) -> CompiledPolicy:
    """Make ordered rules ready to decide many compounds."""
    return CompiledPolicy(tuple(rules))


def decide(values: Values, rules: Iterable[Rule], *, sources: Sources | None = None) -> Decision:
    """Decide one compound: the first rule that hits, unless one before it is unknown."""
    return compile_policy(rules).decide(values, sources)
