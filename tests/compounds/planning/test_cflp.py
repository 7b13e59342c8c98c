"""Facility location solved: against full enumeration, against HiGHS, and by the plain count."""

from decimal import Decimal
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compounds.planning.core import highs
from compounds.planning.core.cflp import NoAssignment, _mend_around, check, solve
from compounds.planning.core.cflp_hunt import Hunt
from compounds.planning.core.cflp_layouts import Instance
from compounds.planning.core.cflp_tree import Tree
from compounds.planning.core.knapsack import fill


def drawn(seed: int, m: int, n: int, *, money: int = 1) -> Instance:
    rng = np.random.default_rng(seed)
    demand = rng.integers(5, 40, n)
    share = rng.uniform(0.5, 1.5, m)
    capacity = np.maximum(40, (1.7 * demand.sum() * share / share.sum()).astype(np.int64))
    place, home = rng.uniform(0, 100, (m, 2)), rng.uniform(0, 100, (n, 2))
    away = np.hypot(*(home[:, None] - place[None]).transpose(2, 0, 1))
    return Instance(
        name=f"drawn {seed}",
        layout="orlib",
        capacity=capacity,
        fixed=rng.integers(50, 400, m) * money,
        demand=demand,
        cost=np.rint(away * demand[:, None] / 10 * money).astype(np.int64),
        money=money,
    )


def cheapest(instance: Instance) -> Decimal:
    """The optimum by trying every assignment."""
    best = None
    for assignment in product(range(instance.facilities), repeat=instance.customers):
        try:
            cost = check(instance, assignment)
        except ValueError:
            continue
        best = cost if best is None else min(best, cost)
    return best


def by_milp(instance: Instance) -> float:
    """The optimum of the formulation as books have it."""
    m, n = instance.facilities, instance.customers
    rows = highs.Rows()
    rows.columns(instance.fixed, 0, 1, whole=True)
    rows.columns(instance.cost.ravel(), 0, 1, whole=True)
    for i in range(n):
        rows.row(1, 1, m + i * m + np.arange(m), 1)
    for j in range(m):
        mine = m + np.arange(n) * m + j
        rows.row(-highs.INF, 0, [*mine, j], [*instance.demand, -instance.capacity[j]])
        for column in mine:
            rows.row(-highs.INF, 0, [column, j], [1, -1])
    return highs.solve(rows, seconds=60).objective


@pytest.mark.parametrize("seed", range(4))
def test_small_instances_are_solved_to_the_enumerated_optimum(seed):
    instance = drawn(seed, 3, 7, money=1 if seed % 2 else 1000)
    answer = solve(instance, seconds=20)
    assert answer.proven
    assert answer.gap == 0
    assert answer.objective == answer.bound == cheapest(instance)


@pytest.mark.parametrize(("seed", "m", "n"), [(11, 6, 20), (12, 8, 24)])
def test_drawn_instances_are_solved_as_the_books_formulation_is(seed, m, n):
    instance = drawn(seed, m, n)
    answer = solve(instance, seconds=30)
    assert answer.proven
    assert float(answer.objective) == pytest.approx(by_milp(instance))


def test_the_bound_is_never_above_the_optimum_when_time_is_short():
    instance = drawn(21, 6, 20)
    answer = solve(instance, seconds=1e-3)
    assert answer.bound <= Decimal(round(by_milp(instance))) <= answer.objective
    assert check(instance, answer.assignment) == answer.objective


def test_every_wrong_assignment_is_refused_by_the_plain_count():
    instance = drawn(1, 3, 7)
    answer = solve(instance, seconds=20)
    with pytest.raises(ValueError, match="7"):
        check(instance, answer.assignment[:-1])
    with pytest.raises(ValueError, match="not there"):
        check(instance, [*answer.assignment[:-1], 3])
    with pytest.raises(ValueError, match="carries"):
        check(instance, [0] * 7)


def test_demand_no_facility_can_hold_is_refused():
    instance = drawn(1, 3, 7)
    with pytest.raises(NoAssignment, match="together"):
        solve(Instance(**{**vars(instance), "capacity": np.array([10, 10, 10])}))
    demand = np.array([1, 1, 1, 1, 1, 1, instance.capacity.max() + 1])
    with pytest.raises(NoAssignment, match="the largest facility"):
        solve(Instance(**{**vars(instance), "demand": demand}))


def test_where_the_customers_cannot_be_packed_that_is_said():
    demand = np.array([6, 6, 6])
    wrong = {"capacity": np.array([10, 10]), "fixed": np.array([1, 1]), "demand": demand}
    instance = Instance(name="", layout="orlib", cost=np.ones((3, 2), dtype=np.int64), **wrong)
    with pytest.raises(NoAssignment, match="no assignment within the capacities exists"):
        solve(instance, seconds=10)


@given(st.integers(1, 3), st.integers(1, 6), st.integers(0, 10_000), st.sampled_from([1, 7, 1000]))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_any_small_instance_is_solved_as_enumeration_does(m, n, seed, factor):
    rng = np.random.default_rng(seed)
    instance = Instance(
        name="",
        layout="orlib",
        capacity=rng.integers(0, 40, m) * factor,
        fixed=rng.integers(0, 60, m),
        demand=rng.integers(0, 20, n) * factor,
        cost=rng.integers(0, 50, (n, m)),
        money=10,
    )
    best = cheapest(instance)
    if best is None:
        with pytest.raises(NoAssignment):
            solve(instance, seconds=10)
    else:
        answer = solve(instance, seconds=10)
        assert answer.proven
        assert answer.objective == answer.bound == best


def test_bounds_rise_and_plans_fall_while_they_are_told():
    heard = []
    answer = solve(drawn(12, 8, 24), seconds=30, progress=lambda *both: heard.append(both))
    bests = [best for best, _ in heard if best is not None]
    assert bests == sorted(bests, reverse=True)
    assert [bound for _, bound in heard] == sorted(bound for _, bound in heard)
    assert heard[-1] == (answer.objective, answer.bound)


def test_branching_proves_no_more_than_is_true():
    instance = drawn(12, 8, 24)
    hunt = Hunt(instance, 1, seconds=20)
    hunt.plan(hunt.cost.argmin(axis=0), 300, hunt.heat)
    hunt.climb(50, 20, 0.5)
    hunt.strike()
    tree = Tree(hunt)
    root = tree.bound
    tree.branch(1.0)
    best = by_milp(instance)
    assert root <= tree.bound <= round(best) * hunt.fine
    assert all((node[2] != 0).all() for node in tree.nodes)


def test_a_piece_is_mended_and_the_rest_stays_right():
    instance = drawn(41, 12, 60)
    hunt = Hunt(instance, 1, seconds=20)
    hunt.plan(hunt.cost.argmin(axis=0), 300, hunt.heat)
    before = hunt.value
    for customer in (0, 20, 40):
        _mend_around(hunt, customer, 30, 5.0)
        assert check(instance, hunt.best) == instance.said(hunt.value * hunt.unit)
    assert hunt.value < before


def test_who_asks_to_stop_gets_the_best_so_far():
    answer = solve(drawn(31, 10, 60), seconds=600, stop=lambda: True)
    assert answer.seconds < 60
    assert answer.bound <= answer.objective


@given(
    st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 50)), min_size=1, max_size=9),
    st.integers(0, 120),
    st.sampled_from([0, 10_000]),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_the_knapsack_is_exact_and_never_below_when_cut_short(items, room, nodes):
    profit, weight = (np.array(part, dtype=np.int64) for part in zip(*items, strict=True))
    take = np.zeros(len(items), dtype=np.bool_)
    value = fill(profit, weight, room, nodes, take)
    best = max(
        profit[list(chosen)].sum()
        for picks in product([False, True], repeat=len(items))
        if weight[(chosen := np.flatnonzero(picks))].sum() <= room
    )
    assert weight[take].sum() <= room
    if nodes:
        assert value == best == profit[take].sum()
    else:
        assert value >= best >= profit[take].sum()
