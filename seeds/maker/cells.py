"""The ten priority cells: how many compounds of which facts, and their buildings.

Source: domain.md §3.4 (cells) and S0, table of the integer scenario (buildings, entrances).
A cell is a recipe of facts, never a decision: which strategy follows is for the engine to say.
`strategy` here only names the row of expected.toml.
"""

from dataclasses import dataclass

from .places import shares

COMPOUNDS, UNMANAGED = 1157, 296


@dataclass(frozen=True)
class Cell:
    key: str
    strategy: str
    count: int
    about: str


CELLS = (
    Cell("unit_plain", "UNIT_COBUILD", 57, "unit dormitory, adjacent, agreed, small"),
    Cell("unit_large", "UNIT_COBUILD", 5, "unit dormitory, adjacent, agreed, also large"),
    Cell("red", "RED_TAKEOVER", 26, "large, contiguous, good, red firm willing"),
    Cell("scattered", "SUBSIDY_TRANSITION", 128, "small or scattered, firm willing"),
    Cell("unit_gone", "SUBSIDY_TRANSITION", 12, "unit dissolved or far, small, firm willing"),
    Cell("large_apart", "SUBSIDY_TRANSITION", 6, "large, not contiguous, willing with subsidy"),
    Cell("large_poor", "SUBSIDY_TRANSITION", 4, "large, contiguous, foundation below 60"),
    Cell("refused", "FALLBACK", 48, "small, no willing firm after two rounds"),
    Cell("large_refused", "FALLBACK", 3, "large, no willing firm"),
    Cell("unit_refuses", "FALLBACK", 7, "unit dormitory, unit refuses, nobody else"),
)

# Buildings (楼栋) and entrances (单元) of each strategy; sums 1,466 and 4,275 (S0-18).
BUILDINGS = {
    "UNIT_COBUILD": (531, 1593),
    "RED_TAKEOVER": (520, 1560),
    "SUBSIDY_TRANSITION": (343, 978),
    "FALLBACK": (72, 144),
}


@dataclass(frozen=True)
class Plan:
    compounds: int
    unmanaged: int
    cells: dict[str, int]
    buildings: dict[str, tuple[int, int]]


def plan(compounds: int = COMPOUNDS) -> Plan:
    """The numbers of Xiaodian, or the same mixture for a district of another size."""
    full = {cell.key: cell.count for cell in CELLS}
    if compounds == COMPOUNDS:
        return Plan(COMPOUNDS, UNMANAGED, full, BUILDINGS)
    unmanaged = (compounds * UNMANAGED * 2 + COMPOUNDS) // (COMPOUNDS * 2)
    if unmanaged < len(CELLS) + 3:
        raise ValueError("a district needs at least 50 compounds to hold every cell")
    counts = shares(unmanaged, [float(n) for n in full.values()], at_least=1)
    cells = dict(zip(full, counts, strict=True))
    buildings = {}
    for strategy, (number, entrances) in BUILDINGS.items():
        whole = sum(cell.count for cell in CELLS if cell.strategy == strategy)
        here = sum(cells[cell.key] for cell in CELLS if cell.strategy == strategy)
        scaled = round(number * here / whole)
        buildings[strategy] = (scaled, round(entrances * scaled / number))
    return Plan(compounds, unmanaged, cells, buildings)


def strategy_of(key: str) -> str:
    return next(cell.strategy for cell in CELLS if cell.key == key)
