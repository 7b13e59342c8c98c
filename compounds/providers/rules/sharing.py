"""How much of a district's served compounds lies in one firm's hands (S4-11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Share:
    """One firm's part: compounds and m², and both in percent of all (one decimal)."""

    provider: int
    count: int
    area_m2: Decimal
    count_percent: Decimal | None
    area_percent: Decimal | None
    is_large: bool


def shares(loads: Mapping[int, tuple[int, Decimal]], most_percent: int) -> list[Share]:
    """Shares of all firms that serve something, the largest first.

    Large is whoever holds more than `most_percent` of the compounds or of the area: compared
    exactly, not as rounded.
    """
    count = sum(one for one, _area in loads.values())
    area = sum((Decimal(one or 0) for _count, one in loads.values()), Decimal(0))
    found = [
        Share(
            provider,
            n,
            Decimal(m2 or 0),
            _percent(n, count),
            _percent(m2 or 0, area),
            n * 100 > most_percent * count or Decimal(m2 or 0) * 100 > most_percent * area,
        )
        for provider, (n, m2) in loads.items()
        if n or m2
    ]
    return sorted(found, key=lambda one: (-one.count, -one.area_m2, one.provider))


def _percent(part, whole) -> Decimal | None:
    if not whole:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(TENTH, rounding=ROUND_HALF_UP)
