"""What firms serve in the campaign, as a later room tells it; until one does, nothing is known.

A later room that assigns firms to compounds names its function once at start. It is called with a
set of ids of districts and answers {provider id: (compounds, m²)} of firms that serve something.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

Loads = Mapping[int, tuple[int, Decimal]]
Source = Callable[[frozenset[int]], Loads]

_sources: list[Source] = []


def register(source: Source) -> None:
    """Name the function that knows; the last one named counts."""
    _sources[:] = [source]


def is_known() -> bool:
    """Whether any room tells what firms serve in the campaign."""
    return bool(_sources)


def served(districts: Iterable[int]) -> dict[int, tuple[int, Decimal]] | None:
    """Compounds and m² of each firm in the campaign; None while no room tells."""
    return dict(_sources[0](frozenset(districts))) if _sources else None
