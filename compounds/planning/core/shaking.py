"""How firmly a plan stands: the data err a little, it is made anew from itself, who moves?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .annealing import anneal
from .benching import with_noise
from .district import derive
from .errors import PlanningError
from .inputs import NOBODY, Dials, Inputs
from .plan import Plan, is_feasible, plan_of, split_of

NOISE = 0.05  # of fees and collection, standard deviation


@dataclass(frozen=True)
class Shaken:
    """A plan made anew on disturbed data, starting from itself, changes charged as always."""

    moved: int  # compounds whose provider is another then
    saved: float | None  # yuan of objective it gains by moving; None: staying broke a limit


def shake(
    inputs: Inputs,
    dials: Dials,
    plan: Plan,
    *,
    seed: int,
    moves: int,
    progress: Callable[[float, float], None] | None = None,
) -> Shaken | None:
    """The plan once more after noise; None where no plan was found at all."""
    if not len(inputs.bases.provider):
        return Shaken(0, 0.0)  # nobody can move
    noisy = with_noise(inputs, plan, seed=seed, noise=NOISE)
    district = derive(noisy, dials)
    try:
        again = anneal(district, seed=seed, moves=moves, start=plan, stay=True, progress=progress)
    except PlanningError:
        return None
    given = np.where(again.bundle >= 0, noisy.bases.provider[again.bundle], NOBODY)
    kept = plan_of(district, plan.bundle)
    saved = split_of(district, kept).objective - split_of(district, again).objective
    return Shaken(
        moved=int((given != noisy.compounds.today).sum()),
        saved=saved if is_feasible(district, kept) else None,
    )
