"""The smallest change of facts that would move a compound to another strategy.

Fewest changed facts first, then the smallest total of relative changes.  A second answer keeps to
changes an office can bring about (a road, an agreement, one more invitation); facts that are
merely so (households, year built) stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from heapq import heappop, heappush
from itertools import count
from typing import Any

from compounds.classification.rules.decide import CompiledPolicy
from compounds.classification.rules.decisions import Values
from compounds.classification.rules.search import candidates, cells_of, repairs
from compounds.classification.rules.vocabulary import BOTH, FACTS, STRATEGIES, UP

SEARCH_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that would have to be different; `before` None was unknown."""

    fact: str
    before: Any
    after: Any

    @property
    def difference(self) -> Any:
        """after − before of a known number, else None."""
        if self.before is None or not FACTS[self.fact].is_number:
            return None
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Move:
    """Changes that together lead to `strategy` by rule `rule` (from 0)."""

    strategy: str
    rule: int
    changes: tuple[Change, ...]
    cost: Decimal

    @property
    def is_single(self) -> bool:
        return len(self.changes) == 1


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """For each other strategy its smallest move, and its smallest achievable one (or None)."""

    smallest: Mapping[str, Move | None]
    achievable: Mapping[str, Move | None]
    is_complete: bool

    @property
    def nearest(self) -> Move | None:
        """The smallest move to any other strategy."""
        return _least(self.smallest.values())

    @property
    def nearest_achievable(self) -> Move | None:
        return _least(self.achievable.values())

    @property
    def has_single_achievable(self) -> bool:
        """Is there one change an office can bring about that alone would move the compound?"""
        return any(move is not None and move.is_single for move in self.achievable.values())


def _least(moves: Any) -> Move | None:
    known = [move for move in moves if move is not None]
    return min(known, key=lambda move: (len(move.changes), move.cost)) if known else None


def counterfactual(
    policy: CompiledPolicy, values: Values, *, limit: int = SEARCH_LIMIT
) -> Counterfactual:
    """Search the smallest moves from these facts to every other strategy of the policy."""
    present = policy.decide(values).strategy
    cells = cells_of(policy)
    tries = candidates(policy, cells, values)
    within_reach = {
        key: tuple(v for v in options if _is_achievable(key, values.get(key), v))
        for key, options in tries.items()
    }
    smallest: dict[str, Move | None] = {}
    achievable: dict[str, Move | None] = {}
    is_complete = True
    for strategy in STRATEGIES:
        if strategy == present or all(rule.strategy != strategy for rule in policy.rules):
            continue
        smallest[strategy], was_finished = _search(policy, strategy, values, tries, limit)
        is_complete &= was_finished
        achievable[strategy], was_finished = _search(policy, strategy, values, within_reach, limit)
        is_complete &= was_finished
    return Counterfactual(smallest, achievable, is_complete)


def _is_achievable(key: str, before: Any, after: Any) -> bool:
    reach = FACTS[key].reach
    if reach == BOTH:
        return True
    if reach == UP:
        return before is None or after > before
    return False


def change_cost(key: str, before: Any, after: Any) -> Decimal:
    """Size of one change: its share of the value to reach; 1 for a yes/no, choice or unknown."""
    if before is None or not FACTS[key].is_number:
        return Decimal(1)
    return abs(after - before) / Decimal(max(abs(after), FACTS[key].step))


def _search(
    policy: CompiledPolicy,
    strategy: str,
    values: Values,
    tries: dict[str, tuple[Any, ...]],
    limit: int,
) -> tuple[Move | None, bool]:
    """Uniform-cost search: the first state taken that fits is the smallest."""
    order = count()
    heap: list[tuple[int, Decimal, int, int, dict[str, Any]]] = [
        (0, Decimal(0), next(order), rule, {})
        for rule, wanted in enumerate(policy.rules)
        if wanted.strategy == strategy
    ]
    seen: set[tuple[int, frozenset[tuple[str, Any]]]] = set()
    while heap:
        size, cost, _number, rule, changed = heappop(heap)
        limit -= 1
        if limit < 0:
            return None, False
        mends = repairs(policy, rule, {**values, **changed}, tries, frozenset(changed))
        if mends is None:
            changes = tuple(
                Change(key, values.get(key), changed[key]) for key in policy.keys if key in changed
            )
            return Move(strategy, rule, changes, cost), True
        for key, after in mends:
            step = {**changed, key: after}
            mark = (rule, frozenset(step.items()))
            if mark not in seen:
                seen.add(mark)
                added = change_cost(key, values.get(key), after)
                heappush(heap, (size + 1, cost + added, next(order), rule, step))
    return None, True
