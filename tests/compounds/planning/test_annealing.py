"""Plans of the annealer keep every rule, whatever the district and the dials."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from compounds.planning.core import annealing
from compounds.planning.core.annealing import anneal
from compounds.planning.core.book import (
    FULL,
    OVER,
    bundle_cost,
    cost_of_move,
    open_book,
    priced,
    put,
    sum_up,
)
from compounds.planning.core.checking import breaches
from compounds.planning.core.district import derive
from compounds.planning.core.errors import LocksError, NoPlanError
from compounds.planning.core.generator import generate
from compounds.planning.core.inputs import NOBODY, Dials
from compounds.planning.core.moves import walk
from compounds.planning.core.plan import is_feasible, plan_of, split_of
from compounds.planning.core.proving import prove
from compounds.planning.core.regions import lay_out
from compounds.planning.core.walker import lay, repair
from tests.compounds.planning import small

MOVES = 4_000
RATES = np.cumsum([0.5, 0.2, 0.1, 0.1])


def found(inputs, dials=None, *, seed=1, moves=MOVES, **more):
    dials = dials or Dials()
    plan = anneal(derive(inputs, dials), seed=seed, moves=moves, **more)
    assert breaches(inputs, dials, plan) == []
    return plan


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    carry=st.sampled_from([0.0, 0.25, 1.0]),
    cap=st.sampled_from([0.0, 1.0, 3.0, 1e6]),
    budget=st.sampled_from([None, 0.0, 30_000.0, 90_000.0]),
    share=st.sampled_from([None, 0.1, 0.4]),
    street=st.sampled_from([None, 0.5, 0.95]),
    lock=st.integers(0, 23),
)
def test_every_plan_keeps_every_rule(seed, carry, cap, budget, share, street, lock):
    inputs = small.drawn(seed)
    dials = Dials(carry=carry, cap=cap, budget=budget, provider_share=share, street_fallback=street)
    held = inputs.compounds.today[lock]
    if held != NOBODY and lock % 2:
        inputs = replace(inputs, locked=small.ints([[lock, held]]))
    try:
        plan = anneal(derive(inputs, dials), seed=seed, moves=1_000)
    except (LocksError, NoPlanError):
        assume(False)
    assert breaches(inputs, dials, plan) == []


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**16), heat=st.sampled_from([10.0, 3_000.0, 1e6]))
def test_the_book_agrees_with_sums_taken_anew(seed, heat):
    district = derive(small.drawn(seed), Dials(street_fallback=0.6))
    if not district.arcs:
        return
    book = open_book(district, seed)
    walk(book, 3_000, heat, RATES)
    served = np.flatnonzero(book.compounds["arc"] >= 0)
    arcs = book.compounds["arc"][served]
    bundles = district.arc_bundle[arcs]
    assert book.logged[0] == 0
    assert book.bundles["count"].tolist() == np.bincount(bundles, minlength=district.K).tolist()
    assert book.bundles["margin"] == pytest.approx(
        np.bincount(bundles, district.arc_margin[arcs], minlength=district.K)
    )
    assert book.bundles["area"] == pytest.approx(
        np.bincount(bundles, district.area[served], minlength=district.K)
    )
    is_chosen = np.isin(np.arange(district.arcs), arcs)
    for arc in range(district.arcs):
        stones = district.stone_arc[district.stone_ptr[arc] : district.stone_ptr[arc + 1]]
        assert book.arcs[arc]["stones"] == is_chosen[stones].sum()
    members = [
        set(book.members[row["first"] : row["first"] + row["count"]].tolist())
        for row in book.bundles
    ]
    assert members == [set(served[bundles == k].tolist()) for k in range(district.K)]
    plan = plan_of(
        district,
        np.where(book.compounds["arc"] >= 0, district.arc_bundle[book.compounds["arc"]], NOBODY),
    )
    figures = sum_up(book)
    assert figures[0] == pytest.approx(split_of(district, plan).objective)
    assert figures[1] == plan.subsidy.sum()


def test_a_move_costs_what_the_sums_say():
    district = derive(small.drawn(5), Dials())
    book, rng = open_book(district, 1), np.random.default_rng(1)
    book.price[[OVER, FULL]] = 0.0
    for arc in rng.permutation(district.arcs):
        before = sum_up(book)[0]
        i = district.arc_compound[arc]
        expected = cost_of_move(book, i, arc) if book.compounds[i]["arc"] != arc else None
        if expected is not None:
            assert put(book, i, arc) == expected
            assert sum_up(book)[0] - before == pytest.approx(expected, abs=1e-6)
    assert bundle_cost(book, 0, 0, 0.0, 0.0) == 0


def test_room_beyond_a_capacity_costs_its_price():
    district = derive(small.with_providers(small.drawn(5), capacity=np.full(6, 9_000.0)), Dials())
    book, rng = open_book(district, 1), np.random.default_rng(1)
    book.price[[OVER, FULL]] = 0.0, 2.5
    for arc in rng.permutation(district.arcs):
        before = priced(book)
        cost = put(book, district.arc_compound[arc], arc)
        assert priced(book) - before == pytest.approx(cost, abs=1e-6)
    over = np.maximum(book.providers["taken"] - book.providers["limit"], 0).sum()
    assert over > 0
    assert priced(book) - sum_up(book)[0] == pytest.approx(2.5 * over)


def test_a_plan_that_takes_too_much_is_repaired():
    inputs = small.with_providers(small.drawn(5), capacity=np.full(6, 20_000.0))
    district = derive(inputs, Dials(budget=30_000.0))
    book = open_book(district, 1)
    book.price[FULL] = 0.01
    walk(book, 5_000, 3_000.0, RATES)
    assert (book.providers["taken"] > book.providers["limit"]).any()
    repair(book, district.budget)
    bundle = np.full(district.n, NOBODY)
    served = np.flatnonzero(book.compounds["arc"] >= 0)
    bundle[served] = district.arc_bundle[book.compounds["arc"][served]]
    assert breaches(inputs, Dials(budget=30_000.0), plan_of(district, bundle)) == []


def by_trying_all(district):
    """The least objective of all feasible plans of a very small district."""
    best = np.inf
    options = [
        [NOBODY, *district.arc_bundle[district.arc_ptr[i] : district.arc_ptr[i + 1]]]
        for i in range(district.n)
    ]
    grid = np.array(np.meshgrid(*options, indexing="ij")).reshape(district.n, -1).T
    for bundle in grid:
        plan = plan_of(district, bundle)
        objective = split_of(district, plan).objective
        if objective < best and is_feasible(district, plan):
            best = objective
    return best


@pytest.mark.parametrize("seed", range(4))
def test_very_small_districts_are_solved_to_the_best(seed):
    inputs = small.drawn(seed, n=6, m=4)
    district = derive(inputs, Dials(reach=900, budget=60_000.0))
    plan = anneal(district, seed=1, moves=40_000)
    assert split_of(district, plan).objective == pytest.approx(by_trying_all(district))


@pytest.mark.parametrize("seed", [2, 5])
def test_a_small_district_is_solved_to_the_best_from_every_seed(seed):
    district = derive(small.drawn(seed), Dials())
    plans = [anneal(district, seed=run, moves=60_000) for run in range(1, 6)]
    best = prove(district, plans[0], seconds=20.0)
    assert best.is_optimal
    for plan in plans:
        assert split_of(district, plan).objective == pytest.approx(best.objective)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_seed_and_moves_give_the_same_plan_in_any_number_of_threads(monkeypatch, threads):
    inputs = small.drawn(7, n=60, m=10)
    one = found(inputs, seed=3)
    monkeypatch.setattr(annealing, "THREADS", threads)
    assert found(inputs, seed=3).bundle.tolist() == one.bundle.tolist()


def test_a_place_is_laid_out_as_another_plan_has_it():
    district = derive(small.drawn(7, n=60, m=10), Dials())
    book, other = open_book(district, 1), open_book(district, 2)
    for one in (book, other):
        walk(one, 20_000, 500.0, RATES)
    wanted = other.compounds["arc"].copy()
    assert (book.compounds["arc"] != wanted).any()
    lay_out(book, wanted)  # the place is the whole district
    served = wanted >= 0
    assert (book.compounds["arc"][served] == wanted[served]).all()


def test_the_plan_of_today_is_kept_where_nothing_better_is_known():
    inputs = small.drawn(7, n=60, m=10)
    first = found(inputs, Dials(switching=0.0), moves=40_000)
    provider = np.where(first.bundle >= 0, inputs.bases.provider[first.bundle], NOBODY)
    inputs = small.with_compounds(inputs, today=provider)
    district = derive(inputs, Dials())
    again = anneal(district, seed=9, start=first, moves=MOVES)
    assert split_of(district, again).objective <= split_of(district, first).objective
    moved = (again.bundle >= 0) & (inputs.bases.provider[again.bundle] != provider)
    assert moved.sum() <= 6


def test_a_plan_of_today_that_no_longer_stands_is_laid_as_far_as_it_does():
    inputs = small.row_of(6)
    old = plan_of(derive(inputs, Dials()), np.zeros(6, dtype=np.int32))
    refused = replace(inputs, unwilling=small.ints([[2, 0]]))
    district = derive(refused, Dials(reach=900.0))
    book = open_book(district, 1)
    lay(book, district, old)
    assert (book.compounds["arc"] >= 0).tolist() == [True, True, False, True, True, True]
    found(refused, Dials(reach=900.0), start=old)


def test_a_plan_to_stay_with_that_is_a_little_over_the_cap_is_mended_by_few():
    inputs = generate(80, seed=1)
    plan = found(inputs, moves=300_000)
    area = np.bincount(
        plan.bundle[plan.bundle >= 0],
        weights=inputs.compounds.area[plan.bundle >= 0],
        minlength=len(plan.subsidy),
    )
    rate = plan.subsidy / np.maximum(area, 1)
    dials = Dials(cap=0.999 * float(rate.max()))
    assert not is_feasible(derive(inputs, dials), plan)
    today = np.where(plan.bundle >= 0, inputs.bases.provider[plan.bundle], NOBODY)
    charged = small.with_compounds(inputs, today=today)
    again = found(charged, dials, moves=300_000, start=plan, stay=True)
    assert 0 < (again.bundle != plan.bundle).sum() <= 0.1 * 80


def test_a_run_that_is_stopped_returns_the_best_so_far():
    inputs = small.drawn(3, n=60, m=10)
    told = []

    def stop():
        return len(told) >= 5

    plan = found(
        inputs,
        moves=10_000_000,
        stop=stop,
        progress=lambda share, best: told.append((share, best)),
    )
    assert len(told) == 5
    best = split_of(derive(inputs, Dials()), plan).objective
    assert best <= told[-1][1] <= told[0][1]


def test_nobody_is_planned_for_and_nobody_serves():
    assert len(found(small.nobody_at_all()).bundle) == 0
    alone = small.row_of(3, providers=small.providers_of(0), bases=small.bases_at([]))
    assert found(alone).left == 3


def test_one_compound_alone():
    assert (
        found(small.row_of(1, compounds=small.compounds_at([100], fee=np.array([0.9])))).left == 0
    )


def test_zero_budget_serves_only_what_pays():
    inputs = small.drawn(11, n=60, m=10)
    plan = found(inputs, Dials(budget=0.0), moves=20_000)
    assert plan.subsidy.sum() == 0
    assert plan.left < 60


def test_a_budget_is_spent_and_not_exceeded():
    inputs = small.drawn(11, n=60, m=10)
    paid = [found(inputs, Dials(budget=b), moves=20_000).subsidy.sum() for b in (2e4, 8e4)]
    assert 0 < paid[0] <= 2e4 < paid[1] <= 8e4


def test_margins_that_are_negative_everywhere_leave_all_or_are_paid_for():
    inputs = small.with_compounds(small.drawn(2), fee=np.full(24, 0.15))
    assert found(inputs, Dials(cap=0.0)).left == 24


def test_all_locked_to_fallback_leaves_all():
    inputs = replace(small.drawn(2), locked=np.stack([np.arange(24), np.full(24, NOBODY)], axis=1))
    assert found(inputs).left == 24


def test_all_locked_to_their_providers_are_served_by_them():
    inputs = small.row_of(5, locked=np.stack([np.arange(5), np.zeros(5)], axis=1).astype(int))
    assert found(inputs).bundle.tolist() == [0] * 5


def test_a_lock_no_plan_keeps_is_named():
    inputs = small.row_of(
        2,
        compounds=small.compounds_at([100, 200], fee=np.full(2, 0.1)),
        locked=small.ints([[1, 0]]),
    )
    with pytest.raises(LocksError) as raised:
        found(inputs)
    assert [(c.cause, c.compounds, c.provider) for c in raised.value.conflicts] == [
        ("not_found", (1,), 0)
    ]


def test_a_street_no_plan_serves_enough_of_is_named():
    inputs = small.row_of(
        4, compounds=small.compounds_at([100, 200, 300, 400], fee=np.full(4, 0.1))
    )
    with pytest.raises(NoPlanError) as raised:
        found(inputs, Dials(street_fallback=0.5))
    assert raised.value.rows == (0,)


def test_a_budget_of_time_or_of_moves_must_be_given():
    with pytest.raises(ValueError, match="seconds or moves"):
        anneal(derive(small.row_of(), Dials()), seed=1)
