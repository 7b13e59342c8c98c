"""The door to HiGHS: rows in, an answer out; one thread, time kept, cancelled when asked.

Knows the traps of the solver: it keeps one scheduler of threads for the whole process, so `threads`
is the same in every solve, and a forked worker must begin with a scheduler of its own. Says what
HiGHS answered; whoever wants a bound to be certain evaluates it again in arithmetic of his own.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field

import highspy
import numpy as np

THREADS = 1
INF = highspy.kHighsInf

Clock = Callable[[], float]
Stop = Callable[[], bool]

_owner: list[int] = []  # the process whose scheduler runs
_greeted: list[bool] = []


@dataclass
class Rows:
    """A minimisation, built column by column and row by row."""

    cost: list[float] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    least: list[float] = field(default_factory=list)
    most: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])
    index: list[np.ndarray] = field(default_factory=list)
    value: list[np.ndarray] = field(default_factory=list)

    def column(self, cost: float, lower: float, upper: float, *, whole: bool = False) -> int:
        self.cost.append(float(cost))
        self.lower.append(float(lower))
        self.upper.append(float(upper))
        self.whole.append(whole)
        return len(self.cost) - 1

    def columns(self, cost: np.ndarray, lower: float, upper: float, *, whole: bool = False) -> int:
        """Several columns of the same bounds; the place of the first."""
        first = len(self.cost)
        self.cost.extend(np.asarray(cost, dtype=float).tolist())
        self.lower.extend([float(lower)] * len(cost))
        self.upper.extend([float(upper)] * len(cost))
        self.whole.extend([whole] * len(cost))
        return first

    def row(self, least: float, most: float, index, value) -> int:
        index = np.asarray(index, dtype=np.int32)
        self.least.append(float(least))
        self.most.append(float(most))
        self.index.append(index)
        self.value.append(np.broadcast_to(np.asarray(value, dtype=float), index.shape))
        self.starts.append(self.starts[-1] + len(index))
        return len(self.least) - 1

    def matrix(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Row starts, column places and values."""
        if not self.index:
            return np.array(self.starts, dtype=np.int32), np.empty(0, np.int32), np.empty(0)
        return (
            np.array(self.starts, dtype=np.int32),
            np.concatenate(self.index),
            np.concatenate(self.value),
        )


@dataclass(frozen=True, eq=False)
class Answer:
    """`status`: optimal, infeasible, unbounded, stopped (time or asked), or failed."""

    status: str
    values: np.ndarray | None  # the best solution found
    objective: float  # its value, inf if there is none
    bound: float  # of a MILP: what HiGHS holds for proven; of an LP: its optimum
    duals: np.ndarray | None  # of the rows, where an LP was solved
    seconds: float


def solve(
    rows: Rows,
    *,
    seconds: float,
    relaxed: bool = False,
    method: str = "choose",
    start: np.ndarray | None = None,
    gap: float = 0.0,
    absolute_gap: float = 1e-6,
    stop: Stop | None = None,
    clock: Clock = time.monotonic,
    options: dict | None = None,
) -> Answer:
    """Solve as MILP, or as LP if `relaxed`. `method` is for LPs: simplex, ipm or choose."""
    begun = clock()
    one = solver()
    one.setOptionValue("solver", method)
    one.setOptionValue("mip_rel_gap", gap)
    one.setOptionValue("mip_abs_gap", absolute_gap)
    one.setOptionValue("random_seed", 1)
    for name, value in (options or {}).items():
        one.setOptionValue(name, value)
    if clock is time.monotonic:
        one.setOptionValue("time_limit", max(0.05, seconds))
    one.passModel(_model(rows, relaxed=relaxed))
    if start is not None and not relaxed:
        given = highspy.HighsSolution()
        given.col_value = np.asarray(start, dtype=float).tolist()
        one.setSolution(given)

    raised: list[BaseException] = []

    def ask(event) -> None:
        # Nothing may be thrown through the solver: it is kept and thrown behind it.
        try:
            is_over = raised or clock() - begun > seconds or (stop is not None and stop())
        except BaseException as error:
            raised.append(error)
            is_over = True
        if is_over:
            event.interrupt()

    for kind in (one.cbMipInterrupt, one.cbSimplexInterrupt, one.cbIpmInterrupt):
        kind.subscribe(ask)
    one.run()
    if raised:
        raise raised[0]
    return _answer(one, rows, relaxed, clock() - begun)


def solver() -> highspy.Highs:
    """A silent solver of this process, its one scheduler and one thread set."""
    if _owner != [os.getpid()]:
        if _owner:
            highspy.Highs.resetGlobalScheduler(True)
        _owner[:] = [os.getpid()]
    with _unheard():
        made = highspy.Highs()
    made.silent()
    made.setOptionValue("threads", THREADS)
    made.setOptionValue("parallel", "off")
    return made


@contextmanager
def _unheard():
    """The first solver of a process prints who it is, past any option: nobody asked."""
    if _greeted or sys.stdout is None or os.name != "posix":
        yield
        return
    _greeted.append(True)
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
        ctypes.CDLL(None).fflush(None)
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _model(rows: Rows, *, relaxed: bool) -> highspy.HighsLp:
    starts, index, value = rows.matrix()
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(rows.cost), len(rows.least)
    lp.col_cost_ = np.array(rows.cost)
    lp.col_lower_, lp.col_upper_ = np.array(rows.lower), np.array(rows.upper)
    lp.row_lower_, lp.row_upper_ = np.array(rows.least), np.array(rows.most)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = starts, index, value
    if not relaxed and any(rows.whole):
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[whole] for whole in rows.whole]
    return lp


def _answer(solver: highspy.Highs, rows: Rows, relaxed: bool, seconds: float) -> Answer:
    model, info, solution = solver.getModelStatus(), solver.getInfo(), solver.getSolution()
    status = {
        highspy.HighsModelStatus.kOptimal: "optimal",
        highspy.HighsModelStatus.kInfeasible: "infeasible",
        highspy.HighsModelStatus.kUnbounded: "unbounded",
        highspy.HighsModelStatus.kTimeLimit: "stopped",
        highspy.HighsModelStatus.kInterrupt: "stopped",
        highspy.HighsModelStatus.kIterationLimit: "stopped",
        highspy.HighsModelStatus.kSolutionLimit: "stopped",
    }.get(model, "failed")
    is_milp = not relaxed and any(rows.whole)
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    values = np.array(solution.col_value) if feasible and len(solution.col_value) else None
    objective = float(info.objective_function_value) if values is not None else INF
    if status == "infeasible":
        bound = INF
    elif is_milp:
        bound = float(info.mip_dual_bound)
    else:
        bound = objective if status == "optimal" else -INF
    has_duals = not is_milp and len(solution.row_dual) == len(rows.least)
    duals = np.array(solution.row_dual) if has_duals else None
    return Answer(status, values, objective, bound, duals, seconds)
