"""Bundles in which a large compound carries small ones: renovated, tendered, kept (S4-10)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from .campaign import Way
from .compounds import Compound
from .days import after, workday
from .providers import Provider

MOST = 10  # compounds in a lot
LEAST = 3


@dataclass
class Lot:
    name: str
    area: str
    provider: Provider
    ways: list[Way]
    renovated_on: date
    taken_on: date
    kept_on: date | None
    bidders: int

    @property
    def carrier(self) -> Compound:
        return max((w.compound for w in self.ways), key=lambda c: (c.households, c.code))


def make_lots(ways: list[Way], until: date, rng) -> list[Lot]:
    """Lots of what was tendered, by county and firm, from west to east so that neighbours meet."""
    groups = defaultdict(list)
    for way in ways:
        if way.strategy == "RED_TAKEOVER" and way.compound.three_none:
            groups[way.compound.street.code, way.provider.code].append(way)
    lots, numbers = [], defaultdict(int)
    for (street, _firm), members in sorted(groups.items()):
        members.sort(key=lambda w: (w.compound.place, w.compound.code))
        for start in range(0, len(members), MOST):
            part = members[start : start + MOST]
            if len(part) < LEAST:
                continue
            numbers[street] += 1
            county = part[0].compound.street.name
            lots.append(_lot(part, f"{county}三无小区捆绑包第{numbers[street]}包", until, rng))
    return lots


def _lot(ways: list[Way], name: str, until: date, rng) -> Lot:
    taken = min(way.matched_on for way in ways)
    kept = after(max(way.cleared_on for way in ways), 20)
    return Lot(
        name, ways[0].compound.street.code, ways[0].provider, ways,
        workday(date(2021, 10, 11)), taken, kept if kept <= until else None, rng.randint(3, 7),
    )  # fmt: skip


def text_of(lots: list[Lot], short: str, district: str) -> str:
    lines = ["# Bundles: big carries small, through three gates (S4-10, S4-11)."]
    lines += ["# Written by ../generate.py; do not edit.", "", f'district = "{district}"']
    for number, lot in enumerate(lots, start=1):
        codes = ", ".join(f'"{way.compound.code}"' for way in lot.ways)
        lines += [
            "", "[[lots]]", f'name = "{lot.name}"', 'kind = "BUNDLE"', f'area = "{lot.area}"',
            f'carrier = "{lot.carrier.code}"', f"compounds = [{codes}]",
            f'credit_code = "{lot.provider.code}"', f"bidders = {lot.bidders}",
            f"renovated_on = {lot.renovated_on}",
            f'renovated_by = "{short}旧改验〔2021〕{number}号（样例）"',
            f"taken_on = {lot.taken_on}",
            f'taken_by = "{short}物招〔{lot.taken_on.year}〕{number}号（样例）"',
        ]  # fmt: skip
        if lot.kept_on:
            lines.append(f"kept_on = {lot.kept_on}")
            lines.append(f'kept_by = "{short}物运〔{lot.kept_on.year}〕{number}号（样例）"')
    return "\n".join(lines) + "\n"
