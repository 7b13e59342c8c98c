"""Single-source capacitated facility location: a plan, and a bound that proves how good it is.

The model of the planning room with nothing carried and no stepping stones; here so that outsiders
can measure the core on published instances. Annealing finds plans, knapsacks in whole numbers
bound them, HiGHS looks for better ones among the pairs whose prices are least (a kernel that
grows), branching on what opens strikes out what no better plan can use, HiGHS proves the rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from compounds.planning.core import highs
from compounds.planning.core.cflp_hunt import Hunt, NoAssignment
from compounds.planning.core.cflp_kernel import MOST_PAIRS, first_prices, nearest, solve_part
from compounds.planning.core.cflp_layouts import Instance, gettext_noop
from compounds.planning.core.cflp_tree import Tree

ROUNDS = 12
FIRST_KERNEL = (4, 0.3)  # facilities of a customer, share of the time that has passed then
SECOND_KERNEL = (8, 0.6)
TREE_UNTIL = 0.45
FEW_NODES = 8
LEAST_SECONDS = 0.05
PROVEN_GAP = 1e-7  # below it the solver's own arithmetic decides

__all__ = ["Answer", "NoAssignment", "check", "solve"]


@dataclass(frozen=True, eq=False)
class Answer:
    """Money in the file's unit. `proven`: nothing cheaper exists; `gap` is a share."""

    assignment: np.ndarray  # int64[n], facility of each customer, from 0
    objective: Decimal
    bound: Decimal
    gap: float
    seconds: float
    proven: bool


def solve(
    instance: Instance,
    *,
    seconds: float = 60.0,
    seed: int = 1,
    progress: Callable[[Decimal | None, Decimal], None] | None = None,
    stop: Callable[[], bool] | None = None,
    clock: highs.Clock = time.monotonic,
) -> Answer:
    """The best assignment found in the time, and a bound. Raises NoAssignment."""

    def tell(hunt: Hunt) -> None:
        if progress is not None:
            held = None if hunt.best is None else instance.said(hunt.value * hunt.unit)
            progress(held, instance.said(hunt.bound * hunt.unit))

    hunt = Hunt(instance, 1000 * seed, seconds=seconds, stop=stop, clock=clock, tell=tell)
    hunt.plan(hunt.near[:, 0].copy(), 1, hunt.heat)
    hunt.climb(1, 1, 0.0)  # compiles, so that no time is lost to it
    hunt.begun = clock()
    _begin(hunt)
    if not hunt.is_proven and not hunt.is_over():
        _kernel(hunt, *FIRST_KERNEL)
    if hunt.best is None and not hunt.is_over():
        _search_all(hunt)
    if hunt.best is not None and not hunt.is_proven and not hunt.is_over():
        _prove(hunt)
    if hunt.best is None:
        raise NoAssignment(
            gettext_noop("no assignment within the capacities exists")
            if hunt.is_hopeless
            else gettext_noop(
                "no assignment within the capacities was found in the time; there may be one"
            )
        )
    value, bound = hunt.value * hunt.unit, min(hunt.bound, hunt.value) * hunt.unit
    objective = check(instance, hunt.best)
    if objective != instance.said(value):
        raise ArithmeticError(f"{objective} counted, {instance.said(value)} held")
    gap = (value - bound) / value if value else 0.0
    return Answer(
        assignment=hunt.best,
        objective=objective,
        bound=instance.said(bound),
        gap=gap,
        seconds=clock() - hunt.begun,
        proven=gap <= PROVEN_GAP,
    )


def check(instance: Instance, assignment) -> Decimal:
    """Count an assignment in plain Python; ValueError names the first rule it breaks."""
    load: dict[int, int] = {}
    total = 0
    if len(assignment) != instance.customers:
        raise ValueError(f"{len(assignment)} customers are assigned, not {instance.customers}")
    for i, j in enumerate(int(j) for j in assignment):
        if not 0 <= j < instance.facilities:
            raise ValueError(
                f"customer {i + 1} is assigned to facility {j + 1}, which is not there"
            )
        load[j] = load.get(j, 0) + int(instance.demand[i])
        total += int(instance.cost[i, j])
    for j, carried in load.items():
        if carried > int(instance.capacity[j]):
            raise ValueError(f"facility {j + 1} carries {carried} of {instance.capacity[j]}")
        total += int(instance.fixed[j])
    return instance.said(total)


def _begin(hunt: Hunt) -> None:
    """First plans and prices: climbing from rough prices, and from those of the relaxation."""
    m, n = hunt.cost.shape
    hunt.plan(hunt.near[:, 0].copy(), 200 * (n + m), hunt.heat)
    _climb(hunt)
    prices = None if hunt.is_proven or hunt.is_over(0.1) else first_prices(hunt, hunt.left(0.15))
    if prices is not None:
        reached = hunt.best_prices.copy()
        hunt.prices[:] = hunt.best_prices[:] = prices
        _climb(hunt)
        if hunt.look(reached, hunt.state).value > hunt.look(hunt.best_prices, hunt.state).value:
            hunt.best_prices[:] = reached
    if hunt.best is not None and not hunt.is_proven:
        hunt.plan(hunt.best, min(1_000_000, 2000 * (n + m)), 2 * hunt.heat)


def _climb(hunt: Hunt) -> None:
    """Raise the bound until it rises no more; what it opens in the end is tried as a plan."""
    m, n = hunt.cost.shape
    scale = 0.5
    for _ in range(ROUNDS):
        scale, opened = hunt.climb(100, 20, scale)
        if opened.any():
            costs = np.where(opened[:, None], hunt.cost, np.iinfo(np.int64).max)
            hunt.plan(costs.argmin(axis=0), 200 * (n + m), hunt.heat / 3)
        if hunt.is_proven or scale < 1e-3 or hunt.is_over(0.12):
            return


def _kernel(hunt: Hunt, width: int, share: float) -> None:
    """A better plan among each customer's `width` pairs of least value."""
    hunt.strike()
    values = hunt.look(hunt.best_prices, hunt.state).pairs()
    most = min(width, max(2, MOST_PAIRS // 4 // len(hunt.demand)))
    pairs = nearest(values, most) & (values <= hunt.limit)
    solve_part(hunt, pairs, hunt.state, hunt.left(share))


def _search_all(hunt: Hunt) -> None:
    """Where none has been found yet: any plan at all, or the proof that there is none."""
    pairs = hunt.demand <= hunt.capacity[:, None]
    if pairs.sum() > MOST_PAIRS:
        pairs &= nearest(hunt.worth_at_least(), MOST_PAIRS // len(hunt.demand))
    solve_part(hunt, pairs, hunt.state, hunt.left(0.7))


def _prove(hunt: Hunt) -> None:
    """Branch on what opens; HiGHS proves what is left, node by node or together."""
    hunt.strike()
    tree = Tree(hunt)
    tree.branch(TREE_UNTIL)
    hunt.raise_bound(tree.bound)
    if not hunt.is_proven and len(tree.nodes) > FEW_NODES:
        _kernel(hunt, *SECOND_KERNEL)
    if hunt.is_proven or hunt.is_over():
        return
    if len(tree.nodes) <= FEW_NODES:
        _prove_each(hunt, dict(enumerate(tree.nodes)))
    else:
        _prove_together(hunt, tree.nodes)


def _prove_each(hunt: Hunt, nodes: dict) -> None:
    """HiGHS on each node, again and again: a better plan found in one helps with the others."""
    values = {number: node[0] for number, node in nodes.items()}
    while not hunt.is_over() and hunt.left() > LEAST_SECONDS:
        hopeful = sorted(number for number in nodes if values[number] <= hunt.limit)
        for k, number in enumerate(hopeful):
            look = hunt.look(nodes[number][3], nodes[number][2])
            seconds = hunt.left() / (len(hopeful) - k + (len(hopeful) > 1))
            part = solve_part(hunt, look.pairs() <= hunt.limit, look.state, seconds)
            values[number] = max(values[number], part)
            hunt.raise_bound(min((*values.values(), hunt.value * hunt.fine)))
        if not hopeful:
            return


def _prove_together(hunt: Hunt, nodes: list) -> None:
    """HiGHS on all that the nodes leave."""
    masks = [hunt.look(node[3], node[2]).pairs() <= hunt.limit for node in nodes]
    states = np.array([node[2] for node in nodes])
    state = np.where((states == 1).all(axis=0), 1, np.where((states == -1).all(axis=0), -1, 0))
    hunt.raise_bound(solve_part(hunt, np.logical_or.reduce(masks), state, hunt.left()))
