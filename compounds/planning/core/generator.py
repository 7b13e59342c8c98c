"""Synthetic districts of any size, for tests and for the bench; nothing in them is surveyed.

Prices, shares and densities are set so that a careful office, planning by hand, comes to what
offices of this kind are known to come to: of about 300 unmanaged compounds some sixty to ninety
are left to fallback, for one and a half to two million yuan of public money over three years. A
ratio found on such districts is evidence; a sum in yuan is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .inputs import CENTRE, COMPANY, NOBODY, UNIT, Bases, Compounds, Economy, Inputs, Providers


@dataclass(frozen=True, kw_only=True)
class Market:
    """What a kind of district is like; sums in yuan, per month where nothing else is said."""

    per_km2: float = 10.0  # unmanaged compounds per km² of the built-up area
    per_street: int = 37  # unmanaged compounds per street
    per_base: float = 6.5  # unmanaged compounds per base of a company
    per_group: int = 7  # compounds built together: a unit's dormitories, one builder's yards
    grouped: float = 0.6  # share of compounds in such groups
    unit_groups: float = 0.35  # share of groups whose unit still runs a company
    bases_per_company: float = 1.7
    capacity: float = 0.85  # m² the companies can still take, per m² unmanaged
    radius: float = 1_800.0  # m a company goes, median
    households: float = 85.0  # median
    fee: float = 0.62  # yuan per m²
    fee_spread: float = 0.09
    collection: float = 0.68
    collection_spread: float = 0.10
    revenue: float = 0.04  # yuan per m²
    running: float = 0.29  # yuan per m²
    each: float = 260.0  # yuan per compound
    travel: float = 0.15  # yuan per m
    fixed: float = 25_000.0  # yuan per bundle over the horizon
    setup: float = 90_000.0  # yuan per street centre
    bare_streets: int = 0  # streets without any base or centre


MARKETS = {
    "town": Market(),
    # Villages grown into the town: far between, and companies go farther.
    "sparse": Market(per_km2=3.5, radius=3_000.0, per_group=10, grouped=0.75),
    "few_bases": Market(per_base=25.0, capacity=0.35, unit_groups=0.1),
    "bare_street": Market(bare_streets=1),
    # Fees so low that no compound pays its way anywhere.
    "negative": Market(
        fee=0.34, fee_spread=0.03, collection=0.55, collection_spread=0.05, revenue=0.01
    ),
}


def generate(unmanaged: int, *, seed: int, economy: str = "town") -> Inputs:
    """A district of so many unmanaged compounds; the same for the same seed.

    `economy` is a key of MARKETS: town, sparse, few_bases, bare_street, negative.
    """
    market = MARKETS[economy]
    rng = np.random.default_rng([seed, unmanaged])
    town = _Town(rng, market, unmanaged)
    compounds, units = _compounds(rng, market, town)
    providers, bases = _supply(rng, market, town, compounds, units)
    return Inputs(
        compounds=compounds,
        providers=providers,
        bases=bases,
        economy=Economy(travel=market.travel),
    )


class _Town:
    """Streets side by side in a square, compounds in groups and alone, in m."""

    def __init__(self, rng: np.random.Generator, market: Market, n: int) -> None:
        self.side = 1_000.0 * np.sqrt(max(n, 1) / market.per_km2)
        self.streets = max(1, round(n / market.per_street))
        self.centre_x, self.centre_y = _spread(rng, self.streets, self.side)
        groups = max(1, round(n * market.grouped / market.per_group))
        group_x, group_y = rng.uniform(0, self.side, (2, groups))
        self.group = np.where(rng.random(n) < market.grouped, rng.integers(0, groups, n), NOBODY)
        lone_x, lone_y = rng.uniform(0, self.side, (2, n))
        near_x, near_y = rng.normal(0, 170.0, (2, n))
        in_group = self.group != NOBODY
        self.x = np.where(in_group, group_x[self.group] + near_x, lone_x).round(1)
        self.y = np.where(in_group, group_y[self.group] + near_y, lone_y).round(1)
        self.street = self.street_of(self.x, self.y)
        self.group_x, self.group_y = group_x, group_y

    def street_of(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The street whose middle is nearest."""
        street = np.empty(len(x), dtype=np.int64)
        for start in range(0, len(x), 2_000):
            part = slice(start, start + 2_000)
            away = (x[part, None] - self.centre_x) ** 2 + (y[part, None] - self.centre_y) ** 2
            street[part] = away.argmin(axis=1)
        return street


def _spread(rng: np.random.Generator, count: int, side: float):
    """Points about evenly over a square: a jittered lattice."""
    across = int(np.ceil(np.sqrt(count)))
    cells = rng.permutation(across * across)[:count]
    jitter = rng.uniform(0.2, 0.8, (2, count))
    step = side / across
    return (cells % across + jitter[0]) * step, (cells // across + jitter[1]) * step


def _compounds(rng, market: Market, town: _Town) -> tuple[Compounds, np.ndarray]:
    """The compounds, and the groups whose unit runs a company; `unit` numbers these groups."""
    n = len(town.x)
    households = np.maximum(8, rng.lognormal(np.log(market.households), 0.85, n)).astype(np.int64)
    area = np.rint(households * rng.normal(72, 8, n).clip(45, 100))
    groups = len(town.group_x)
    units = np.sort(rng.permutation(groups)[: round(groups * market.unit_groups)])
    rank = np.full(groups + 1, NOBODY)
    rank[units] = np.arange(len(units))
    compounds = Compounds(
        ids=np.arange(1, n + 1),
        x=town.x,
        y=town.y,
        area=area,
        households=households,
        street=town.street,
        front=_fronts(rng, town.group),
        fee=rng.normal(market.fee, market.fee_spread, n).clip(0.2, 1.0).round(2),
        collection=rng.normal(market.collection, market.collection_spread, n)
        .clip(0.3, 0.95)
        .round(2),
        revenue=rng.gamma(2.0, market.revenue / 2, n).round(3),
        service=np.zeros(n),
        fallback=np.rint(36 * (200 + 1.8 * households)),
        penalty=np.rint(6_000 + 60.0 * households),
        today=np.full(n, NOBODY),
        unit=rank[town.group],
    )
    return compounds, units


def _fronts(rng, group: np.ndarray) -> np.ndarray:
    """A fifth of the grouped compounds share a street front with others of their group."""
    shares = (group != NOBODY) & (rng.random(len(group)) < 0.2)
    return np.where(shares, group, NOBODY).astype(np.int64)


def _supply(rng, market: Market, town: _Town, compounds: Compounds, units: np.ndarray):
    """Companies with bases among the compounds, one base per unit, one centre per street."""
    base_count = max(1, round(len(town.x) / market.per_base))
    company_count = max(1, round(base_count / market.bases_per_company))
    owner = np.concatenate(
        [np.arange(company_count), rng.integers(0, company_count, base_count - company_count)]
    )
    x, y = _base_points(rng, town, base_count)
    counts = company_count, len(units), town.streets
    providers = _providers(rng, market, counts, compounds)
    unit_x = town.group_x[units] + rng.normal(0, 150.0, len(units))
    unit_y = town.group_y[units] + rng.normal(0, 150.0, len(units))
    all_x = np.concatenate([x, unit_x, town.centre_x]).round(1)
    all_y = np.concatenate([y, unit_y, town.centre_y]).round(1)
    provider = np.concatenate([owner, company_count + np.arange(len(units) + town.streets)]).astype(
        np.int64
    )
    kind = providers.kind[provider]
    total = len(provider)
    fixed = rng.normal(market.fixed, 0.25 * market.fixed, total).clip(0.4 * market.fixed)
    bases = Bases(
        provider=provider,
        x=all_x,
        y=all_y,
        street=town.street_of(all_x, all_y),
        fixed=np.where(kind == UNIT, 0.5 * fixed, fixed),
        setup=np.where(kind == CENTRE, market.setup, 0.0),
        most=np.where(kind == CENTRE, 30, rng.integers(8, 26, total)).astype(np.int64),
    )
    return providers, _without_bare(bases, market.bare_streets)


def _base_points(rng, town: _Town, count: int):
    """Half of the bases lie among the unmanaged compounds, half anywhere."""
    n = len(town.x)
    x, y = rng.uniform(0, town.side, (2, count))
    if n:
        beside = rng.random(count) < 0.5
        chosen = rng.integers(0, n, count)
        x = np.where(beside, town.x[chosen] + rng.normal(0, 250.0, count), x)
        y = np.where(beside, town.y[chosen] + rng.normal(0, 250.0, count), y)
    return x, y


def _providers(rng, market: Market, counts: tuple[int, int, int], compounds) -> Providers:
    companies, units, centres = counts
    total = companies + units + centres
    kind = np.repeat([COMPANY, UNIT, CENTRE], counts)
    own = np.bincount(compounds.unit[compounds.unit >= 0], compounds.area[compounds.unit >= 0])
    own = np.concatenate([own, np.zeros(units)])[:units]
    of_companies = rng.lognormal(0, 0.5, companies)
    of_companies *= market.capacity * compounds.area.sum() / of_companies.sum()
    capacity = np.concatenate(
        [
            of_companies,
            own * rng.uniform(0.6, 1.2, units),
            np.full(centres, 120_000.0),
        ]
    )
    radius = rng.normal(market.radius, 0.2 * market.radius, total).clip(0.4 * market.radius)
    running = rng.normal(market.running, 0.02, total).clip(0.2)
    # Numbers of units follow those of companies, and a compound's unit is told by that number.
    compounds.unit[compounds.unit >= 0] += companies
    return Providers(
        ids=np.arange(1, total + 1),
        kind=kind,
        capacity=np.rint(capacity / 100) * 100,
        radius=np.where(kind == CENTRE, 2_500.0, radius).round(),
        running=np.where(kind == UNIT, running - 0.02, running).round(3),
        each=np.rint(rng.normal(market.each, 40.0, total).clip(100)),
        rating=rng.random(total).round(2),
    )


def _without_bare(bases: Bases, bare: int) -> Bases:
    kept = bases.street >= bare
    columns = {name: getattr(bases, name)[kept] for name in bases.__dataclass_fields__}
    return Bases(**columns)
