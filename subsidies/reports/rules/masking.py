"""Which cells of a public list are hidden: numbers that would speak of a few households.

Source: domain.md §8.2, cells under 5 are suppressed where the public reads them. A sum that would
give a single hidden cell away by subtraction is hidden too.
"""

from __future__ import annotations

from collections.abc import Iterable

LEAST = 5


def is_small(households: int | None) -> bool:
    """Whether a number of households speaks of so few that it is hidden."""
    return households is not None and 0 < households < LEAST


def hides_total(hidden: Iterable[bool]) -> bool:
    """Whether the sum of a column is hidden: one hidden cell could be worked out from it."""
    return sum(hidden) == 1
