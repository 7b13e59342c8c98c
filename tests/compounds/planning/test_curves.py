"""Curves never go the wrong way, lifting a rule never costs, and every plan keeps its rules."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from compounds.planning.core import curves
from compounds.planning.core.annealing import anneal
from compounds.planning.core.checking import breaches
from compounds.planning.core.district import derive
from compounds.planning.core.errors import PlanningError
from compounds.planning.core.inputs import NOBODY, Dials
from compounds.planning.core.plan import plan_of, split_of
from tests.compounds.planning import enumerating, small

SOME_RULES = Dials(provider_share=0.4, budget=90_000.0, street_fallback=0.9)


def silent(_done, _total):
    pass


def explored(inputs, dials=None, *, plan=None, moves=1_500, tell=silent):
    dials = dials or Dials()
    plan = plan or anneal(derive(inputs, dials), seed=1, moves=moves)
    return curves.explore(inputs, dials, plan, seed=1, moves=moves, tell=tell)


def test_judging_the_plans_found_shows_a_sign_of_life_before_each(monkeypatch):
    steps = []

    def judging(*arguments):
        steps.append("judged")
        return plan_of(*arguments)

    monkeypatch.setattr(curves, "plan_of", judging)
    explored(small.drawn(3), moves=200, tell=lambda _done, _total: steps.append("told"))
    pairs = list(pairwise(steps))
    assert ("told", "judged") in pairs
    assert ("judged", "judged") not in pairs


@pytest.fixture(scope="module")
def found():
    """A district with locks and every kind of rule in force."""
    inputs = small.drawn(7, n=40, m=8)
    plan = anneal(derive(inputs, SOME_RULES), seed=1, moves=1_500)
    served = np.flatnonzero(plan.bundle != NOBODY)[:2]
    held = np.stack([served, inputs.bases.provider[plan.bundle[served]]], axis=1)
    return explored(replace(inputs, locked=held), SOME_RULES, plan=plan)


def objectives(points):
    return [np.inf if one.outcome is None else one.outcome.objective for one in points]


def test_no_curve_goes_the_wrong_way(found):
    for name, points in found.curves.items():
        assert (np.diff(objectives(points)) <= 1e-6).all(), name


def test_every_plan_keeps_the_rules_it_was_made_under(found):
    for one in found.outcomes:
        assert breaches(one.variant.inputs, one.variant.dials, one.plan) == []


def test_lifting_a_rule_never_costs(found):
    assert min(price.saving for price in found.prices) >= 0
    assert {price.rule.kind for price in found.prices} >= {
        "contiguity",
        "provider_share",
        "street_fallback",
        "unit_reach",
        "cap",
        "switching",
        "lock",
        "refusals",
    }


def test_lifting_all_of_a_kind_saves_no_less_than_lifting_one(found):
    for whole, part in curves.PARTS.items():
        both = [
            [price.saving for price in found.prices if price.rule.kind == kind]
            for kind in (whole, part)
        ]
        if both[0]:
            assert both[0][0] >= max(both[1]) - 1e-6


def test_the_plan_stands_on_its_curves_and_searching_on_is_never_worse(found):
    assert found.base.objective <= found.plan.objective
    assert found.noise >= 0
    for name, points in found.curves.items():
        own = [one for one in points if one.at == curves.value_of(SOME_RULES, name)]
        assert [one.outcome.objective for one in own] == [found.base.objective]


def test_budgets_run_from_nothing_to_no_limit(found):
    points = found.curves["budget"]
    assert (points[0].at, points[-1].at) == (0.0, None)
    assert 90_000.0 in [one.at for one in points]
    for one in points[:-1]:
        assert one.outcome is None or one.outcome.split.subsidy <= one.at


@pytest.mark.parametrize("seed", range(1, 4))
def test_tiny_districts_are_mostly_what_trying_all_plans_gives_and_never_better(seed):
    result = explored(small.drawn(seed, n=6, m=4), Dials(budget=60_000.0), moves=24_000)
    outcomes = [one.outcome for points in result.curves.values() for one in points]
    outcomes += [price.after for price in result.prices]
    districts = [derive(one.variant.inputs, one.variant.dials) for one in outcomes]
    best = np.array([enumerating.cheapest(one)[0] for one in districts])
    found = np.array([one.objective for one in outcomes])
    assert (found >= best - 1e-6).all()
    assert np.isclose(found, best).mean() >= 0.9


def test_a_lock_to_the_wrong_firm_is_priced_at_what_it_costs():
    inputs = small.row_of(
        4,
        providers=small.providers_of(2, running=np.array([0.25, 0.34])),
        bases=small.bases_at([0.0, 0.0]),
    )
    free, held = inputs, replace(inputs, locked=small.ints([[2, 1]]))
    costs = [enumerating.cheapest(derive(one, Dials()))[0] for one in (free, held)]
    prices = {one.rule.kind: one for one in explored(held, moves=4_000).prices}
    assert prices["lock"].rule.rows == (2, 1)
    assert prices["lock"].saving == pytest.approx(costs[1] - costs[0])
    assert prices["lock"].saving > 0


def test_many_locks_are_priced_together_and_few_one_by_one():
    def kinds(count):
        locks = np.stack([np.arange(count), np.zeros(count, dtype=np.int64)], axis=1)
        rules = curves.rules_of(small.row_of(30, locked=locks), Dials())
        return [rule.kind for rule in rules if "lock" in rule.kind]

    assert kinds(0) == []
    assert kinds(1) == ["lock"]
    assert kinds(20) == ["lock"] * 20 + ["locks"]
    assert kinds(21) == ["locks"]


def test_only_refusals_that_stand_in_a_way_are_priced():
    inputs = small.row_of(4, providers=small.providers_of(2), bases=small.bases_at([0.0, 90_000.0]))
    refused = replace(inputs, unwilling=small.ints([[1, 0], [2, 0], [3, 1]]))
    rules = [rule for rule in curves.rules_of(refused, Dials()) if "refusals" in rule.kind]
    assert [(rule.kind, rule.rows) for rule in rules] == [("refusals", (0, 2))]
    assert rules[0].without.inputs.unwilling.tolist() == [[3, 1]]


def test_centres_that_are_denied_are_a_rule_and_allowed_ones_none():
    inputs = small.drawn(3)
    kinds = [
        {rule.kind for rule in curves.rules_of(inputs, Dials(centres=centres))}
        for centres in (False, True)
    ]
    assert ["centres" in one for one in kinds] == [True, False]


def test_years_of_the_budget_are_one_limit_with_it():
    dials = Dials(budget=100.0, years=((0.5, 40.0), (0.5, 90.0)))
    assert curves.value_of(dials, "budget") == 80.0
    assert curves.turned(dials, "budget", None).subsidy_most == np.inf
    assert curves.value_of(Dials(), "budget") is None


def test_the_same_seed_gives_the_same_curves():
    one, other = (explored(small.drawn(3)) for _ in range(2))
    assert objectives(one.curves["reach"]) == objectives(other.curves["reach"])
    assert [price.saving for price in one.prices] == [price.saving for price in other.prices]


def test_progress_is_told_to_the_end_and_may_stop_it():
    told = []
    explored(small.drawn(3), tell=lambda done, total: told.append((done, total)))
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1]
    assert all(done <= total for done, total in told)

    def stop(done, _total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        explored(small.drawn(3), tell=stop)


def test_a_plan_that_breaks_its_rules_is_not_asked_about():
    inputs = small.row_of(3)
    plan = plan_of(derive(inputs, Dials(cap=1e9)), np.array([0, NOBODY, NOBODY]))
    with pytest.raises(ValueError, match="its own rules"):
        curves.explore(inputs, Dials(cap=0.0), plan, seed=1, moves=100, tell=silent)


@pytest.mark.parametrize(
    "inputs",
    [
        small.nobody_at_all(),
        small.row_of(3, providers=small.providers_of(0), bases=small.bases_at([])),
    ],
)
def test_nobody_to_plan_for_and_nobody_to_serve(inputs):
    found = explored(inputs, moves=200)
    assert {one.objective for one in found.outcomes} == {found.plan.objective}
    assert [one.at for one in found.curves["budget"]] == [0.0, None]


def test_rules_no_plan_keeps_leave_a_gap_and_no_error():
    inputs = small.row_of(4, compounds=small.compounds_at([100, 500, 900, 1_300]))
    inputs = replace(inputs, locked=small.ints([[3, 0]]))
    found = explored(inputs, Dials(reach=450.0), moves=500)
    assert [one.outcome is None for one in found.curves["reach"]][:2] == [True, False]
    with pytest.raises(PlanningError):
        derive(inputs, Dials(reach=300.0))
    assert split_of(derive(inputs, Dials(reach=450.0)), found.base.plan).objective > 0
