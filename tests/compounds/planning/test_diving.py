"""Plans that the prices of a bound lead to: better than the search's alone, never worse."""

import numpy as np
import pytest

from compounds.planning.core import bounding, finishing
from compounds.planning.core.annealing import anneal
from compounds.planning.core.checking import breaches
from compounds.planning.core.district import derive
from compounds.planning.core.errors import NoPlanError
from compounds.planning.core.finishing import Finisher, bound_and_better
from compounds.planning.core.generator import generate
from compounds.planning.core.inputs import NOBODY, Dials
from compounds.planning.core.plan import plan_of, split_of
from tests.compounds.planning import small
from tests.compounds.planning.enumerating import cheapest

INPUTS = generate(50, seed=4)


@pytest.fixture(autouse=True)
def _dives_end_it(monkeypatch):
    """What comes after the dives only raises the bound, and takes all the time there is."""
    monkeypatch.setattr(bounding.branching, "split_up", lambda *given, **_more: given[2].value)


def bettered(dials, **given):
    """(district, first plan, second plan, bound)"""
    district = derive(INPUTS, dials)
    first = anneal(district, seed=1, moves=20_000)
    return district, first, *bound_and_better(district, first, seed=1, seconds=60.0, **given)


@pytest.mark.parametrize(
    "dials",
    [
        Dials(),
        Dials(carry=0.0),
        Dials(budget=40_000.0),
        Dials(street_fallback=0.2),
        Dials(provider_share=0.3),
    ],
    ids=["as they come", "nothing carried", "budget", "streets", "shares"],
)
def test_a_poor_plan_is_bettered_and_keeps_every_rule(dials):
    district, first, second, bound = bettered(dials)
    before, after = (split_of(district, plan).objective for plan in (first, second))
    assert after < before
    assert not breaches(INPUTS, dials, second)
    assert bound.value <= after + 1


@pytest.mark.parametrize("seed", range(4))
def test_on_tiny_districts_it_is_what_trying_all_plans_gives(seed):
    inputs, dials = small.drawn(seed, n=6), Dials(nearest=2)
    district = derive(inputs, dials)
    nothing = plan_of(district, np.full(district.n, NOBODY))
    least, _plan = cheapest(district)
    plan, bound = bound_and_better(district, nothing, seed=1, seconds=60.0)
    assert split_of(district, plan).objective == pytest.approx(least)
    assert bound.value <= least + 1


def test_the_same_seed_leads_to_the_same_plan():
    plans = [bettered(Dials())[2].bundle.tolist() for _ in range(2)]
    assert plans[0] == plans[1]


def test_a_plan_that_stays_is_bounded_only():
    _district, first, second, bound = bettered(Dials(), stays=True)
    assert second is first
    assert bound.value > 0


def test_asked_to_stop_it_hands_back_what_it_has():
    _district, first, second, _bound = bettered(Dials(), stop=lambda: True)
    assert second is first


def test_completing_from_nothing_never_gives_a_worse_plan():
    district = derive(INPUTS, Dials())
    good = anneal(district, seed=1, moves=200_000)
    finish = Finisher(district, good, 1)
    assert finish(np.full(district.n, NOBODY)) <= split_of(district, good).objective
    assert split_of(district, finish.plan).objective == finish.objective


def test_bundles_that_cannot_be_completed_leave_the_plan_as_it_was(monkeypatch):
    district = derive(INPUTS, Dials())
    good = anneal(district, seed=1, moves=20_000)
    finish = Finisher(district, good, 1)

    def none(*_given, **_more):
        raise NoPlanError("street_fallback", (0,))

    monkeypatch.setattr(finishing, "anneal", none)
    assert finish(np.full(district.n, NOBODY)) == split_of(district, good).objective
    assert finish.plan is good


def test_no_more_moves_are_made_than_are_given():
    _district, first, second, _bound = bettered(Dials(), moves=1)
    assert second is first
