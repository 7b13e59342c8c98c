"""The smallest change that would move a compound to the next band."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

from .bands import GREEN, RED, CompiledPolicy, Trace
from .signals import Result


def relief(compiled: CompiledPolicy, trace: Sequence[Trace]) -> tuple[str, ...]:
    """Signals that would have to clear for the next better band; () where it is green.

    Fewest signals first, then fewest points, then the order of the policy.
    """
    score = sum(row.points for row in trace)
    band = compiled.band_of(score)
    if band == GREEN:
        return ()
    limit = compiled.policy.red_from if band == RED else compiled.policy.yellow_from
    hits = [(row.key, row.weight.points) for row in trace if row.result is Result.HIT]
    return _fewest(hits, lambda total: score - total < limit)


def risk(compiled: CompiledPolicy, trace: Sequence[Trace]) -> tuple[str, ...]:
    """Signals that would bring the next worse band if they came on; () if none can, or at red."""
    score = sum(row.points for row in trace)
    band = compiled.band_of(score)
    if band == RED:
        return ()
    limit = compiled.policy.yellow_from if band == GREEN else compiled.policy.red_from
    rest = [(row.key, row.weight.points) for row in trace if row.result is not Result.HIT]
    return _fewest(rest, lambda total: score + total >= limit)


def _fewest(rows: list[tuple[str, int]], reaches: Callable[[int], bool]) -> tuple[str, ...]:
    for size in range(1, len(rows) + 1):
        found = [
            (sum(points for _key, points in chosen), chosen)
            for chosen in combinations(rows, size)
            if reaches(sum(points for _key, points in chosen))
        ]
        if found:
            _total, chosen = min(found, key=lambda pair: pair[0])
            return tuple(key for key, _points in chosen)
    return ()
