"""Every plan of a tiny district, by trying all; slow on purpose, for tests of bounds and proofs."""

from itertools import product

import numpy as np

from compounds.planning.core.district import District
from compounds.planning.core.inputs import NOBODY
from compounds.planning.core.plan import Plan, is_feasible, plan_of, split_of


def cheapest(district: District) -> tuple[float, Plan | None]:
    """The least objective of any plan, and one such plan; inf and None if there is none."""
    choices = [
        [NOBODY, *district.arc_bundle[district.arc_ptr[i] : district.arc_ptr[i + 1]].tolist()]
        for i in range(district.n)
    ]
    best, kept = np.inf, None
    for bundle in product(*choices):
        plan = plan_of(district, np.array(bundle))
        cost = split_of(district, plan).objective
        if cost < best and is_feasible(district, plan):
            best, kept = cost, plan
    return best, kept
