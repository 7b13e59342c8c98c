"""What is known of a district: compounds, providers, their bases, norms; one array per quantity.

Rows are named by their place in the arrays; `ids` lead back to the register. Money is yuan, area
m², distance m, coordinates m in a local plane; shares are 0 to 1. Nothing here may be NaN: what
is not known is estimated, and said to be, by whoever fills the arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

NOBODY = -1

COMPANY, UNIT, CENTRE = 0, 1, 2  # kinds of provider; a UNIT serves its own compounds alone


def _pairs() -> np.ndarray:
    return np.empty((0, 2), dtype=np.int64)


@dataclass(frozen=True, eq=False, kw_only=True)
class Compounds:
    """The unmanaged compounds, n rows."""

    ids: np.ndarray  # int64
    x: np.ndarray  # m east
    y: np.ndarray  # m north
    area: np.ndarray  # m² that is charged for
    households: np.ndarray  # int64
    street: np.ndarray  # int64, from 0
    front: np.ndarray  # int64: compounds of one street front touch; NOBODY where unknown
    fee: np.ndarray  # yuan per m² and month, accepted
    collection: np.ndarray  # mature share of fees that comes in
    revenue: np.ndarray  # public revenue, yuan per m² and month
    service: np.ndarray  # yuan per month that serving it costs by norm, whoever serves it
    fallback: np.ndarray  # public cost of fallback service over the horizon, yuan
    penalty: np.ndarray  # the planner's weight of leaving it to fallback, yuan-equivalent
    today: np.ndarray  # int64: provider of the official plan, NOBODY for fallback or none
    unit: np.ndarray  # int64: the company of its own work unit, NOBODY if there is none


@dataclass(frozen=True, eq=False, kw_only=True)
class Providers:
    """Companies, units' companies and street centres, m rows."""

    ids: np.ndarray  # int64
    kind: np.ndarray  # int64: COMPANY, UNIT, CENTRE
    capacity: np.ndarray  # m² it can still take
    radius: np.ndarray  # m from a base it goes at most
    running: np.ndarray  # its own variable cost beside the norm, yuan per m² and month
    each: np.ndarray  # its cost of one more compound, yuan per month
    rating: np.ndarray  # 0 (best) to 1: breaks ties


@dataclass(frozen=True, eq=False, kw_only=True)
class Bases:
    """Where a bundle can be run from, K rows: each base is one possible bundle."""

    provider: np.ndarray  # int64
    x: np.ndarray
    y: np.ndarray
    street: np.ndarray  # int64; a street centre serves its own street alone
    fixed: np.ndarray  # provider's fixed cost of running the bundle over the horizon, yuan
    setup: np.ndarray  # public set-up cost (street centres), yuan
    most: np.ndarray  # int64: compounds in the bundle at most


@dataclass(frozen=True, kw_only=True)
class Economy:
    """What holds for the whole district (optimisation.md §3)."""

    months: int = 36
    ramp_months: int = 6
    ramp_share: float = 0.3  # of mature collection, while serving comes before charging
    travel: float = 0.0  # yuan per m of way from the base and month, for one compound
    profit: float = 0.05  # normal profit, share of the margin

    @property
    def paying_months(self) -> float:
        """Months' worth of mature collection in the horizon: 31.8 of 36."""
        return self.months - self.ramp_months * (1 - self.ramp_share)


@dataclass(frozen=True, eq=False, kw_only=True)
class Inputs:
    compounds: Compounds
    providers: Providers
    bases: Bases
    economy: Economy = field(default_factory=Economy)
    unwilling: np.ndarray = field(default_factory=_pairs)  # (compound, provider): refused
    willing: np.ndarray | None = None  # (compound, provider): if given, nobody else may serve
    locked: np.ndarray = field(default_factory=_pairs)  # (compound, provider or NOBODY: fallback)
    touching: np.ndarray = field(default_factory=_pairs)  # pairs of compounds, said to touch
    apart: np.ndarray = field(default_factory=_pairs)  # pairs of compounds a river keeps apart
    bridges: np.ndarray = field(  # (x, y) of managed compounds: stepping stones that are there
        default_factory=lambda: np.empty((0, 2))
    )


@dataclass(frozen=True, kw_only=True)
class Dials:
    """What the planner turns on the screen. None: no such limit."""

    carry: float = 0.25  # share of a surplus that carries others
    cap: float = 3.0  # subsidy at most, yuan per m² of a bundle over the horizon
    budget: float | None = None  # yuan of subsidy
    reach: float = 500.0  # m a stepping stone reaches
    near: float = 600.0  # m from the base within which no stepping stone is needed, nor today's
    unit_reach: float = 800.0  # m to the base of the compound's own unit
    nearest: int = 12  # bases looked at for each compound
    switching: float = 20.0  # yuan per household whose provider changes
    provider_share: float | None = None  # of all unmanaged area, for one provider
    street_fallback: float | None = None  # share of a street's compounds left to fallback
    centres: bool = True  # may street centres be opened
    must_serve: int | None = None  # households from which a compound may not be left to fallback
    # For each calendar year: share of the subsidy that is paid in it, and the yuan there are.
    years: tuple[tuple[float, float], ...] = ()

    @property
    def subsidy_most(self) -> float:
        """Yuan of subsidy the budget and its years allow together; inf if nothing limits it.

        Every bundle begins on the same day, so a year's share of the subsidy is the same for all
        and its budget is a limit of the whole.
        """
        limits = [yuan / share for share, yuan in self.years if share > 0]
        if self.budget is not None:
            limits.append(self.budget)
        return min(limits, default=float("inf"))
