"""Every other place of a compound has its price and obstacles: the moved plan agrees."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compounds.planning.core.district import derive
from compounds.planning.core.explaining import Option, Standing, next_best
from compounds.planning.core.generator import generate
from compounds.planning.core.inputs import NOBODY, Dials
from compounds.planning.core.offices import gap_careful
from compounds.planning.core.plan import is_feasible, plan_of, split_of


def moved(plan, compound: int, bundle: int) -> np.ndarray:
    after = plan.bundle.copy()
    after[compound] = bundle
    return after


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 500),
    cap=st.sampled_from([0.5, 3.0]),
    budget=st.sampled_from([None, 60_000.0]),
    street=st.sampled_from([None, 0.6]),
)
def test_a_move_costs_its_price_and_is_kept_from_by_its_obstacles_alone(seed, cap, budget, street):
    inputs = generate(30, seed=seed)
    district = derive(inputs, Dials(cap=cap, budget=budget))
    plan = gap_careful(district)
    if street is not None:
        most = np.ceil(street * np.bincount(district.street, minlength=district.streets))
        district.street_fallback_most[:] = most.astype(np.int64)
    if not is_feasible(district, plan):
        return
    before, standing = split_of(district, plan), Standing(district, plan)
    for compound in range(district.n):
        options = standing.options(compound)
        arcs = int(district.arc_ptr[compound + 1] - district.arc_ptr[compound])
        assert len(options) == arcs  # every bundle but the present one; fallback for the served
        for one in options:
            after = plan_of(district, moved(plan, compound, one.bundle))
            split = split_of(district, after)
            assert split.objective - before.objective == pytest.approx(one.price, abs=0.01)
            assert split.public - before.public == pytest.approx(one.public, abs=0.01)
            assert is_feasible(district, after) == one.is_open


def test_open_places_come_first_and_the_cheapest_is_next():
    shut, dear, cheap = Option(1, -5.0, 0.0, ("x",)), Option(2, 9.0, 9.0), Option(NOBODY, 3.0, 1.0)
    ranked = sorted([shut, dear, cheap], key=lambda one: (not one.is_open, one.price))
    assert next_best(ranked) is cheap
    assert next_best([]) is None
