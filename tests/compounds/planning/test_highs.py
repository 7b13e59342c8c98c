"""The door to HiGHS: what it answers, that it stops when asked, and that it works after a fork."""

import os

import numpy as np
import pytest

from compounds.planning.core import highs
from compounds.planning.core.highs import Rows, solve


def packing(n: int = 40, seed: int = 1) -> Rows:
    rng = np.random.default_rng(seed)
    rows = Rows()
    rows.columns(-rng.integers(10, 99, n), 0, 1, whole=True)
    for _ in range(6):
        weight = rng.integers(5, 60, n)
        rows.row(-highs.INF, weight.sum() // 2, np.arange(n), weight)
    return rows


def test_a_milp_lies_above_its_relaxation_and_has_no_duals():
    whole, relaxed = solve(packing(), seconds=30), solve(packing(), seconds=30, relaxed=True)
    assert whole.status == relaxed.status == "optimal"
    assert whole.objective >= relaxed.objective == relaxed.bound
    assert whole.duals is None
    assert len(relaxed.duals) == 6


def test_what_cannot_be_is_said_to_be_infeasible():
    rows = packing()
    rows.row(1000, highs.INF, [0, 1], 1)
    answer = solve(rows, seconds=30)
    assert (answer.status, answer.values, answer.bound) == ("infeasible", None, highs.INF)


def test_it_stops_when_asked_and_keeps_the_start():
    start = np.zeros(40)
    answer = solve(packing(), seconds=60, start=start, stop=lambda: True)
    assert answer.status in ("stopped", "optimal")
    assert answer.objective <= 0
    assert answer.bound <= answer.objective


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_worker_solves_too():
    expected = solve(packing(), seconds=30).objective
    child = os.fork()
    if child == 0:
        os._exit(0 if solve(packing(), seconds=30).objective == expected else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_what_a_question_raises_comes_out_behind_the_solver():
    def refuse():
        raise KeyError("halted")

    with pytest.raises(KeyError, match="halted"):
        solve(packing(60, seed=3), seconds=60, stop=refuse)
