"""Finding facts that lead to a wanted rule: shared by the counterfactual and the policy check.

The thresholds of a policy cut each fact's range into finitely many cells, and inside a cell no
condition changes.  So a search over cells, which repairs one unmet requirement at a time, is
exact: if it ends without a result, there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compounds.classification.rules.decide import CompiledPolicy
from compounds.classification.rules.decisions import Values
from compounds.classification.rules.thresholds import on_grid
from compounds.classification.rules.vocabulary import BOOL, FACTS

Cells = dict[str, tuple[tuple[Any, Any], ...]]


def cells_of(policy: CompiledPolicy) -> Cells:
    """For each fact of the policy its cells as (lowest, highest); highest None is unbounded."""
    cells: Cells = {}
    for key in policy.keys:
        fact = FACTS[key]
        if fact.kind == BOOL:
            cells[key] = ((True, True), (False, False))
        elif not fact.is_number:
            cells[key] = tuple((code, code) for code, _label in fact.choices)
        else:
            starts = {fact.minimum}
            for condition in policy.conditions:
                if condition.fact != key:
                    continue
                at = on_grid(fact, condition.value, up=True)
                after = on_grid(fact, condition.value, up=False) + fact.step
                if condition.operator in {"ge", "lt", "eq", "ne"}:
                    starts.add(at)
                if condition.operator in {"gt", "le", "eq", "ne"}:
                    starts.add(after)
            top = fact.maximum
            ordered = sorted(s for s in starts if s >= fact.minimum and (top is None or s <= top))
            cells[key] = tuple(
                (low, following - fact.step if following is not None else top)
                for low, following in zip(ordered, [*ordered[1:], None], strict=True)
            )
    return cells


def nearest_in(cell: tuple[Any, Any], value: Any, lowest: Any = None) -> Any:
    """The value of a cell that is nearest to `value`; for an unknown value, the bound of the
    cell that a threshold has drawn."""
    low, high = cell
    if value is None:
        return high if low == lowest and high is not None else low
    if isinstance(value, bool | str) or low == high:
        return low
    if value < low:
        return low
    return high if high is not None and value > high else value


def candidates(policy: CompiledPolicy, cells: Cells, values: Values) -> dict[str, tuple[Any, ...]]:
    """For each fact the values worth trying: the nearest of every cell but the present one."""
    found = {}
    for key in policy.keys:
        present = values.get(key)
        tries = (nearest_in(cell, present, FACTS[key].minimum) for cell in cells[key])
        found[key] = tuple(value for value in tries if value != present or present is None)
    return found


def repairs(
    policy: CompiledPolicy,
    rule: int,
    values: Values,
    tries: dict[str, tuple[Any, ...]],
    fixed: frozenset[str],
) -> Iterator[tuple[str, Any]] | None:
    """Changes that mend the first thing which keeps `rule` from being the first hit.

    None when nothing keeps it.  Facts in `fixed` stay as they are.
    """
    pattern = policy.pattern(values)
    for group in policy.groups(rule):
        if not any(pattern[i] for i in group):
            return _set(policy, group, True, tries, fixed)
    for earlier in range(rule):
        if policy.state_of(earlier, pattern) is False:
            continue
        return _break(policy, earlier, pattern, tries, fixed)
    return None


def _set(
    policy: CompiledPolicy,
    positions: tuple[int, ...],
    wanted: bool,
    tries: dict[str, tuple[Any, ...]],
    fixed: frozenset[str],
) -> Iterator[tuple[str, Any]]:
    for position in positions:
        key, test = policy.tests[position]
        if key in fixed:
            continue
        for value in tries[key]:
            if test(value) is wanted:
                yield key, value


def _break(
    policy: CompiledPolicy,
    rule: int,
    pattern: tuple[bool | None, ...],
    tries: dict[str, tuple[Any, ...]],
    fixed: frozenset[str],
) -> Iterator[tuple[str, Any]]:
    for group in policy.groups(rule):
        standing = next(i for i in group if pattern[i] is not False)
        yield from _set(policy, (standing,), False, tries, fixed)


def first_hit_exists(policy: CompiledPolicy, rule: int, *, limit: int = 50_000) -> bool:
    """Can any facts make `rule` the first that hits?  True also when the search was cut short."""
    cells = cells_of(policy)
    tries = candidates(policy, cells, {})
    stack: list[dict[str, Any]] = [{}]
    seen: set[frozenset[tuple[str, Any]]] = set()
    while stack:
        limit -= 1
        if limit < 0:
            return True
        values = stack.pop()
        mends = repairs(policy, rule, values, tries, frozenset(values))
        if mends is None:
            return True
        for key, value in mends:
            step = {**values, key: value}
            mark = frozenset(step.items())
            if mark not in seen:
                seen.add(mark)
                stack.append(step)
    return False
