"""How a plan stands if collection turns out otherwise: who would need more than its cap.

The plan stays as it is; the mature collection share of each compound is drawn. The odds of what
is planned are multiplied by exp(SPREAD * z), z standard normal, so that the planned share is the
median and no share leaves 0 to 1. Nobody collects in full for certain: a share above SUREST is
drawn as far about as that one. Half of the variance is common to a bundle: one firm collects
in all of it.

SPREAD is an assumption: about a planned share of 75 % a quarter of the draws lies below 67 % and
one in a hundred below 43 %; the shares published of such districts (55, 75, 82 and 94 %) all lie
within. Of what is drawn a careful office looks at the worse quartile, not at the mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .district import District
from .inputs import Dials, Inputs
from .plan import Plan, chosen_arcs

SUREST = 0.98  # share of fees
SPREAD = 0.6  # standard deviation of the logarithm of the odds
TOGETHER = 0.5  # share of the variance that is common to a bundle
DRAWS = 2_000
LEVELS = (0.5, 0.75, 0.9)  # of the subsidy needed: the median, the worse quartile, one in ten
SLACK = 1e-6  # yuan


@dataclass(frozen=True)
class Risk:
    """Of one bundle, yuan over the horizon."""

    over: float  # share of the draws in which it needs more than its cap
    needs: tuple[float, ...]  # subsidy needed at LEVELS
    planned: float  # collection share planned, weighted by fees
    least: float | None  # share at which it needs just its cap if all fall alike; None: at none


def risks(
    inputs: Inputs, dials: Dials, district: District, plan: Plan, *, seed: int, draws: int = DRAWS
) -> dict[int, Risk]:
    """The risk of every running bundle; the same seed draws the same, bundle by bundle."""
    arcs = chosen_arcs(district, plan.bundle)
    served = arcs[arcs >= 0]
    bundles = district.arc_bundle[served]
    return {
        int(k): _risk(
            _Members(inputs, dials, district, served[bundles == k]), [seed, int(k)], draws
        )
        for k in np.unique(bundles)
    }


class _Members:
    """The compounds of one bundle, and what it needs at other shares than the planned."""

    def __init__(self, inputs: Inputs, dials: Dials, district: District, arcs: np.ndarray) -> None:
        one, economy = inputs.compounds, inputs.economy
        i, k = district.arc_compound[arcs], int(district.arc_bundle[arcs[0]])
        self.share = one.collection[i]
        # What is charged over the horizon, after normal profit: the fees at a share of one.
        self.charged = (1 - economy.profit) * economy.paying_months * one.area[i] * one.fee[i]
        self.full, self.margin = district.arc_full[arcs], district.arc_margin[arcs]
        self.carry = dials.carry
        self.fixed = float(district.bundle_fixed[k])
        self.most = district.cap * float(district.area[i].sum())

    def _counted(self, full: np.ndarray) -> np.ndarray:
        return np.where(full < 0, full, self.carry * full)

    def needs(self, shares: np.ndarray) -> np.ndarray:
        """float[...]: subsidy needed at shares[..., members]; at the planned ones the plan's."""
        full = self.full + self.charged * (shares - self.share)
        margin = self.margin + self._counted(full) - self._counted(self.full)
        return np.maximum(self.fixed - margin.sum(axis=-1), 0.0)

    def least(self) -> float | None:
        """The factor on all planned shares at which the need is the cap; None: over it at any."""
        low, high = 0.0, float(1 / self.share.max()) if self.share.any() else 1.0
        if self.needs(self.share * high) > self.most + SLACK:
            return None
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (
                (low, middle) if self.needs(self.share * middle) <= self.most else (middle, high)
            )
        return high


def _risk(members: _Members, seed: list[int], draws: int) -> Risk:
    rng = np.random.default_rng(seed)
    alike, apart = rng.standard_normal((draws, 1)), rng.standard_normal((draws, len(members.share)))
    z = np.sqrt(TOGETHER) * alike + np.sqrt(1 - TOGETHER) * apart
    sure = np.minimum(members.share, SUREST)
    odds = sure * np.exp(SPREAD * z)
    drawn = odds / (odds + 1 - sure) + members.share - sure
    needs = members.needs(np.minimum(drawn, 1.0))
    fees = members.charged.sum()
    planned = float((members.charged * members.share).sum() / fees) if fees else 0.0
    factor = members.least()
    return Risk(
        over=float((needs > members.most + SLACK).mean()),
        needs=tuple(float(level) for level in np.quantile(needs, LEVELS)),
        planned=planned,
        least=None if factor is None else planned * factor,
    )
