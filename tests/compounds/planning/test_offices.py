"""By-hand plans are real plans, and the careful office is the better one."""

import numpy as np
import pytest

from compounds.planning.core import offices
from compounds.planning.core.annealing import anneal
from compounds.planning.core.checking import breaches
from compounds.planning.core.district import derive
from compounds.planning.core.errors import NoPlanError
from compounds.planning.core.generator import MARKETS, generate
from compounds.planning.core.inputs import CENTRE, UNIT, Dials
from compounds.planning.core.plan import split_of
from tests.compounds.planning import small

OFFICES = (offices.flat, offices.flat_careful, offices.gap_careful)


@pytest.mark.parametrize("economy", MARKETS)
@pytest.mark.parametrize("office", OFFICES)
def test_every_office_keeps_every_rule(economy, office):
    inputs, dials = generate(120, seed=4, economy=economy), Dials()
    plan = office(derive(inputs, dials))
    assert breaches(inputs, dials, plan) == []
    assert plan.left < 120 or economy == "negative"


def test_an_office_opens_no_centre_and_looks_at_units_first():
    inputs = generate(200, seed=2)
    district = derive(inputs, Dials())
    plan = offices.gap_careful(district)
    kind = inputs.providers.kind[inputs.bases.provider[plan.bundle[plan.bundle >= 0]]]
    assert CENTRE not in kind
    assert UNIT in kind


def test_paying_the_gap_serves_more_than_a_flat_rate():
    district = derive(generate(200, seed=2), Dials())
    flat, careful, gap = (office(district) for office in OFFICES)
    assert gap.left <= careful.left <= flat.left


def test_an_office_keeps_to_its_budget():
    inputs, dials = generate(120, seed=1), Dials(budget=100_000.0)
    for office in OFFICES:
        assert breaches(inputs, dials, office(derive(inputs, dials))) == []


def test_an_office_that_cannot_keep_a_limit_says_so():
    inputs = small.row_of(
        4, compounds=small.compounds_at([100, 200, 300, 400], fee=np.full(4, 0.1))
    )
    with pytest.raises(NoPlanError):
        offices.gap_careful(derive(inputs, Dials(street_fallback=0.5)))


def test_nobody_to_plan_for():
    assert len(offices.gap_careful(derive(small.nobody_at_all(), Dials())).bundle) == 0


@pytest.mark.parametrize("seed", [1, 2])
def test_a_short_search_is_far_better_than_the_fair_opponent(seed):
    inputs, dials = generate(120, seed=seed), Dials()
    district = derive(inputs, dials)
    plan = anneal(district, seed=1, moves=150_000, starts=1)
    assert breaches(inputs, dials, plan) == []
    office = offices.gap_careful(district)
    assert split_of(district, plan).public < 0.75 * split_of(district, office).public
    assert plan.left < office.left
