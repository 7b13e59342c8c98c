"""A plan's money in parts, and the quick check of its rows."""

from dataclasses import replace

import numpy as np
import pytest

from compounds.planning.core.district import derive
from compounds.planning.core.inputs import NOBODY, Dials
from compounds.planning.core.plan import gaps, is_feasible, plan_of, split_of
from tests.compounds.planning import small


def test_parts_of_the_objective_are_kept_apart():
    inputs = small.row_of(3, compounds=small.compounds_at([300, 500, 700], today=np.array([0] * 3)))
    inputs = replace(
        inputs,
        providers=small.providers_of(2),
        bases=small.bases_at([0.0, 10.0], setup=np.array([0.0, 5_000.0])),
    )
    district = derive(inputs, Dials())
    plan = plan_of(district, np.array([1, 0, NOBODY]))
    split = split_of(district, plan)
    arc = {
        (int(i), int(k)): a
        for a, (i, k) in enumerate(zip(district.arc_compound, district.arc_bundle, strict=True))
    }
    margins = district.arc_margin[[arc[1, 0], arc[0, 1]]]
    assert plan.subsidy.tolist() == np.maximum(20_000 - margins, 0).tolist()
    assert split.subsidy == plan.subsidy.sum()
    assert (split.setup, split.fallback, split.penalty) == (5_000, 15_000, 12_000)
    assert split.switching == 20 * 120
    assert 0 < split.ties < 10
    assert split.public == split.subsidy + 20_000
    assert split.objective == pytest.approx(split.public + 12_000 + split.ties + 2_400)


def test_a_plan_of_nobody_costs_nothing():
    district = derive(small.nobody_at_all(), Dials())
    plan = plan_of(district, np.empty(0, dtype=np.int32))
    assert split_of(district, plan).objective == 0
    assert is_feasible(district, plan)


def test_a_pair_that_is_no_arc_is_refused():
    district = derive(small.row_of(compounds=small.compounds_at([300, 9_000])), Dials())
    with pytest.raises(KeyError):
        plan_of(district, np.array([0, 0]))


@pytest.mark.parametrize(
    ("bundle", "dials", "feasible"),
    [
        ([0, 0, 0, 0], {}, True),
        ([0, 0, NOBODY, 0], {}, False),  # 3 stands on 2
        ([0, 0, 0, 0], {"provider_share": 0.8}, False),
        ([0, 0, 0, 0], {"cap": 0.0}, False),
        ([0, 0, 0, 0], {"budget": 100.0}, False),
        ([NOBODY] * 4, {"street_fallback": 0.9}, False),
        ([0, NOBODY, NOBODY, NOBODY], {"street_fallback": 0.8}, True),
    ],
)
def test_each_row_is_checked(bundle, dials, feasible):
    inputs = small.row_of(4, providers=small.providers_of(1, running=np.array([0.33])))
    district = derive(inputs, Dials(**dials))
    assert is_feasible(district, plan_of(district, np.array(bundle))) is feasible


def test_a_bundle_paid_less_than_its_gap_is_not_viable():
    inputs = small.row_of(4, providers=small.providers_of(1, running=np.array([0.33])))
    district = derive(inputs, Dials())
    plan = plan_of(district, np.zeros(4, dtype=np.int32))
    assert gaps(district, np.arange(4))[0] > 100
    assert not is_feasible(district, replace(plan, subsidy=plan.subsidy - 100))
