"""Parts of all plans against every plan of tiny districts: none in a part goes below its value."""

from dataclasses import replace
from functools import partial
from itertools import product
from time import process_time

import numpy as np
import pytest

from compounds.planning.core import climbing
from compounds.planning.core.annealing import anneal
from compounds.planning.core.bounding import _Dual, bound
from compounds.planning.core.crew import Crew
from compounds.planning.core.district import derive
from compounds.planning.core.generator import generate
from compounds.planning.core.inputs import NOBODY, Dials
from compounds.planning.core.model import guards_of
from compounds.planning.core.plan import is_feasible, plan_of, split_of
from tests.compounds.planning import small
from tests.compounds.planning.enumerating import cheapest

CASES = {
    "as they come": (small.drawn(1, n=7), Dials(nearest=2)),
    "nothing carried": (small.drawn(2, n=7), Dials(nearest=2, carry=0.0)),
    "everything carried": (small.drawn(3, n=7), Dials(nearest=2, carry=1.0)),
    "no centres": (small.drawn(4, n=7), Dials(nearest=2, centres=False)),
    "little subsidy": (small.drawn(5, n=7), Dials(nearest=2, budget=6_000.0, cap=1.5)),
    "limits": (
        small.drawn(2, n=7),
        Dials(nearest=2, provider_share=0.4, street_fallback=0.9, near=300.0),
    ),
    "locks": (
        replace(small.drawn(6, n=7), locked=np.array([[0, NOBODY], [1, NOBODY]])),
        Dials(nearest=2),
    ),
}


def plans_of(district):
    """Every feasible plan as the dual's items it takes, with what it costs."""
    choices = [
        [NOBODY, *range(district.arc_ptr[i], district.arc_ptr[i + 1])] for i in range(district.n)
    ]
    place = np.empty(district.arcs, dtype=np.int64)
    place[district.bundle_arc] = np.arange(district.arcs)
    for arcs in product(*choices):
        arcs = np.array(arcs)
        bundle = np.where(arcs >= 0, district.arc_bundle[arcs], NOBODY)
        plan = plan_of(district, bundle)
        if is_feasible(district, plan):
            yield arcs, place[arcs[arcs >= 0]], split_of(district, plan).objective


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("carry", [0.0, 0.25, 1.0])
def test_no_plan_of_a_part_goes_below_its_value(seed, carry):
    district = derive(small.drawn(seed, n=6), Dials(nearest=2, carry=carry, budget=30_000.0))
    plans = list(plans_of(district))
    dual, rng = _Dual(district), np.random.default_rng(seed)
    met = 0
    for _ in range(25):
        node = replace(
            dual.node(0.0),
            barred=rng.random(district.arcs) < rng.choice([0.0, 0.2, 0.5]),
            must=rng.random(district.n) < rng.choice([0.0, 0.2]),
            forced=rng.random(district.K) < rng.choice([0.0, 0.15]),
        )
        dual.restrict(node)
        dual.prices = dual.leave * rng.uniform(-1, 2, district.n)
        dual.capacity = rng.uniform(0, 0.2, district.J)
        dual.budget = float(rng.choice([0.0, 0.3]))
        dual.bonus = np.where(node.forced, rng.uniform(0, 2, district.K), 0.0)
        found = dual.better(node, dual.evaluate(steps=3, nodes=int(rng.choice([2, 500]))))
        costs = [
            cost
            for arcs, items, cost in plans
            if not node.barred[items].any()
            and not node.must[arcs < 0].any()
            and np.isin(np.flatnonzero(node.forced), dual.bundle[items]).all()
        ]
        met += bool(costs)
        assert found.value * dual.unit <= min(costs, default=np.inf) * (1 + 1e-9)
    assert met >= 5


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("over", [1.0, 1.3, None])
def test_no_plan_goes_below_the_bound_whatever_plan_is_at_hand(name, over):
    district = derive(*CASES[name])
    best, _ = cheapest(district)
    known = None if over is None else best * over
    found = bound(district, seconds=2, clock=process_time, incumbent=known)
    assert found.certified
    assert 0.97 * best <= found.value <= best * (1 + 1e-9)


def test_a_search_cut_short_at_any_moment_holds():
    district = derive(*CASES["as they come"])
    best, _ = cheapest(district)
    values = []
    for moments in range(1, 40, 3):
        asked = iter([False] * moments)
        found = bound(district, seconds=60, stop=partial(next, asked, True), incumbent=best)
        values.append(found.value)
        assert found.value <= best * (1 + 1e-9)
    assert values[0] < values[-1]


def test_a_plan_at_hand_is_never_bounded_above_itself():
    district = derive(generate(40, seed=1), Dials())
    assert bound(district, seconds=1, clock=process_time, incumbent=1.0).value <= 1.0


@pytest.mark.parametrize("carry", [0.0, 0.25])
def test_a_small_district_is_bounded_close_to_its_plan(carry):
    district = derive(generate(60, seed=3), Dials(carry=carry))
    plan = split_of(district, anneal(district, seed=1, moves=100_000)).objective
    found = bound(district, seconds=2, clock=process_time, incumbent=plan)
    assert found.method == "relaxation, master, parts"
    assert 0.9 * plan <= found.value <= plan


def test_two_threads_price_what_one_does():
    district = derive(generate(80, seed=2), Dials())
    alone = _Dual(district)
    with Crew() as crew:
        together = _Dual(district, crew)
        for dual in (alone, together):
            dual.prices = 0.6 * dual.leave
        assert alone.evaluate() == together.evaluate()
    assert (alone.chosen == together.chosen).all()
    assert (alone.rows == together.rows).all()


def reached(district, without: int) -> set[int]:
    """Arcs joined to their base though one arc is not there."""
    found: set[int] = set()
    for arc in district.bundle_arc.tolist():
        stones = district.stone_arc[district.stone_ptr[arc] : district.stone_ptr[arc + 1]]
        if arc != without and (district.arc_direct[arc] or found.intersection(stones.tolist())):
            found.add(arc)
    return found


def test_who_loses_its_guard_loses_its_base_and_nothing_nearer_to_it_does_the_same():
    district = derive(small.drawn(2, n=24), Dials(near=300.0))
    guard = guards_of(district)
    assert (guard >= 0).sum() > 5
    lost = {arc: set(range(district.arcs)) - reached(district, arc) for arc in range(district.arcs)}
    for arc in range(district.arcs):
        without = {other for other in range(district.arcs) if arc in lost[other]} - {arc}
        if guard[arc] < 0:
            assert not without
        else:
            assert guard[arc] in without
            assert all(other in (guard[arc], *without_of(lost, guard[arc])) for other in without)


def without_of(lost: dict[int, set[int]], arc: int) -> set[int]:
    return {other for other in lost if arc in lost[other]} - {arc}


def test_the_master_forgets_nothing_that_is_told_twice():
    district = derive(generate(40, seed=1), Dials())
    dual = _Dual(district)
    dual.prices = dual.leave.copy()
    dual.evaluate()
    master = climbing.Master(dual, 30.0)
    assert master.meet() > 0
    assert master.meet() == 0
    assert len(master.items) == len(master.met)


@pytest.mark.parametrize("name", CASES)
def test_what_short_searches_hope_for_does_not_count(name, monkeypatch):
    monkeypatch.setattr(climbing, "QUICK", 1)
    monkeypatch.setattr(climbing, "NODES", 2)
    monkeypatch.setattr(climbing, "MOST_NODES", 8)
    district = derive(*CASES[name])
    best, _ = cheapest(district)
    found = bound(district, seconds=1, clock=process_time, incumbent=best)
    assert 0.5 * best <= found.value <= best * (1 + 1e-9)


def root_of(district):
    dual = _Dual(district)
    node = dual.better(dual.node(0.0), dual.evaluate())
    master = climbing.Master(dual, float(dual.leave.sum()))
    master.meet()
    return dual, master, node


def test_most_rounds_of_prices_search_the_bundles_shortly(monkeypatch):
    dual, master, node = root_of(derive(generate(60, seed=3), Dials()))
    searches = []
    evaluate = dual.evaluate

    def noting(nodes):
        searches.append(nodes)
        return evaluate(nodes=nodes)

    monkeypatch.setattr(dual, "evaluate", noting)
    reached = climbing.converge(dual, master, node, lambda: False, most=100)
    assert reached.value > node.value
    short = [nodes for nodes in searches if nodes == climbing.QUICK]
    assert len(searches) > 10
    assert 0.5 * len(searches) < len(short) < len(searches)


def test_a_part_that_holds_nothing_better_is_not_bounded_further():
    district = derive(generate(60, seed=3), Dials())
    dual, master, node = root_of(district)
    whole = climbing.converge(dual, master, node, lambda: False, most=100)
    least, values = 0.5 * whole.value, []
    dual, master, node = root_of(district)
    found = climbing.converge(
        dual, master, node, lambda: False, most=100, enough=least,
        tell=lambda better: values.append(better.value),
    )  # fmt: skip
    assert whole.value > found.value == values[-1] >= least
    assert all(value < least for value in values[:-1])
    again = len(master.items)
    assert climbing.converge(dual, master, found, lambda: False, most=9, enough=least) is found
    assert len(master.items) == again
