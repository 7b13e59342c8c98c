"""Single-source capacitated facility location: a plan, and a bound that proves how good it is.

The model of the planning room with nothing carried and no stepping stones; here so that outsiders
can measure the core on published instances. Annealing finds plans, knapsacks in whole numbers
bound them, HiGHS looks for better ones among the pairs whose prices are least (a kernel),
branching on what opens strikes out what no better plan can use, HiGHS proves the rest or, where
that is too much, mends the plan piece by piece.
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
MOST_MOVES = 1_500_000  # of one annealing: nobody waits long for a halt
MANY_COSTS = 50_000  # above them one climb must do
KERNEL = 4  # facilities of a customer
# Shares of the time that have passed when a step ends.
KERNEL_UNTIL, TREE_UNTIL, MEND_UNTIL, TREE_AGAIN_UNTIL = 0.35, 0.5, 0.85, 0.9
FEW_NODES = 40  # HiGHS proves each
MOST_LEFT = 4_000  # pairs HiGHS proves together
PIECE = 80  # customers of the smallest piece
PIECE_SECONDS = 4.0
MOST_IDLE = 8  # pieces that helped nothing, before they grow
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
    hunt.plan(hunt.cost.argmin(axis=0), 1, hunt.heat)
    hunt.climb(1, 1, 0.0)  # compiles, so that no time is lost to it
    hunt.begun = clock()
    _pursue(hunt)
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


def _pursue(hunt: Hunt, *, is_piece: bool = False) -> None:
    """Everything in turn, until the best plan is proven or the time is over."""
    _begin(hunt)
    if not hunt.is_proven and not hunt.is_over():
        _kernel(hunt)
    if hunt.best is None and not hunt.is_over():
        _search_all(hunt)
    if hunt.best is not None and not hunt.is_proven and not hunt.is_over():
        _prove(hunt, is_piece)


def _begin(hunt: Hunt) -> None:
    """First plans and prices: climbing from those of the relaxation, and from rough ones."""
    m, n = hunt.cost.shape
    hunt.plan(hunt.cost.argmin(axis=0), 200 * (n + m), hunt.heat)
    rough = hunt.prices.copy()
    prices = first_prices(hunt, hunt.left(0.15))
    for begin in (prices, rough) if m * n <= MANY_COSTS else (rough if prices is None else prices,):
        if begin is not None and not hunt.is_proven:
            _climb(hunt, begin)
    for cooler in (1, 2, 4, 8):
        if hunt.best is not None and not hunt.is_proven and not hunt.is_over(0.25):
            hunt.plan(hunt.best, min(MOST_MOVES, 1000 * (n + m)), hunt.heat / cooler)


def _climb(hunt: Hunt, prices: np.ndarray) -> None:
    """Raise the bound until it rises no more; what it opens is tried as a plan.

    The best prices stay those of the best bound.
    """
    before, reached = hunt.best_prices.copy(), hunt.look().value
    hunt.prices[:] = hunt.best_prices[:] = prices
    scale = 0.5
    for _ in range(ROUNDS):
        scale, opened = hunt.climb(100, 20, scale)
        hunt.plan_within(opened, 200 * sum(hunt.cost.shape))
        if hunt.is_proven or scale < 1e-3 or hunt.is_over(0.2):
            break
    if hunt.look().value < reached:
        hunt.best_prices[:] = before


def _kernel(hunt: Hunt) -> None:
    """A better plan among each customer's pairs of least value."""
    hunt.strike()
    values = hunt.look().pairs()
    pairs = nearest(values, KERNEL) & (values <= hunt.limit)
    solve_part(hunt, pairs, hunt.state, hunt.left(KERNEL_UNTIL))


def _search_all(hunt: Hunt) -> None:
    """Where none has been found yet: any plan at all, or the proof that there is none."""
    pairs = hunt.demand <= hunt.capacity[:, None]
    if pairs.sum() > MOST_PAIRS:
        pairs &= nearest(hunt.worth_at_least(), MOST_PAIRS // len(hunt.demand))
    solve_part(hunt, pairs, hunt.state, hunt.left(0.7))


def _prove(hunt: Hunt, is_piece: bool) -> None:
    """Branch on what opens; HiGHS proves what is left, node by node or together."""
    hunt.strike()
    tree = Tree(hunt)
    tree.branch(TREE_UNTIL)
    hunt.raise_bound(tree.bound)
    for _, _, state, _, _ in tree.done[:FEW_NODES]:
        hunt.plan_within(state > 0, 2000 * sum(hunt.cost.shape))
    if len(tree.nodes) > FEW_NODES and not is_piece:
        _mend(hunt, MEND_UNTIL)
        hunt.strike()
        tree.branch(TREE_AGAIN_UNTIL)
        hunt.raise_bound(tree.bound)
    if hunt.is_proven or hunt.is_over():
        return
    if len(tree.nodes) <= FEW_NODES:
        _prove_each(hunt, dict(enumerate(tree.nodes)))
    elif not _prove_together(hunt, tree.nodes) and not is_piece:
        _mend(hunt, 1.0)


def _mend(hunt: Hunt, share: float) -> None:
    """Better plans piece by piece; where pieces help no more, with larger ones."""
    rng = np.random.default_rng(hunt.seed)
    size, idle = PIECE, 0
    while not hunt.is_proven and not hunt.is_over(share):
        before = hunt.value
        _mend_around(hunt, rng.integers(len(hunt.demand)), size, hunt.left(share))
        idle = 0 if hunt.value < before else idle + 1
        if idle == MOST_IDLE:
            size, idle = min(size + PIECE // 2, 3 * PIECE, len(hunt.demand) - 1), 0


def _mend_around(hunt: Hunt, customer: int, size: int, seconds: float) -> None:
    """The facilities nearest to a customer and about `size` whom they serve, as a problem of
    its own."""
    order = np.argsort(hunt.worth_at_least()[:, customer], kind="stable")
    served = np.bincount(hunt.best, minlength=len(order))[order]
    count = max(2, int(np.searchsorted(np.cumsum(served), size)))
    chosen = order[: min(count, size // 2)]
    customers = np.flatnonzero(np.isin(hunt.best, chosen))
    if not len(customers):
        return
    piece = Instance(
        name="",
        layout="",
        capacity=hunt.capacity[chosen],
        fixed=hunt.fixed[chosen],
        demand=hunt.demand[customers],
        cost=np.ascontiguousarray(hunt.cost[np.ix_(chosen, customers)].T),
    )
    seconds = min(seconds, PIECE_SECONDS * size / PIECE)
    part = Hunt(piece, hunt.seed, seconds=seconds, stop=hunt.stop, clock=hunt.clock)
    place = np.zeros(len(order), dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    part.offer(place[hunt.best[customers]])
    _pursue(part, is_piece=True)
    where = hunt.best.copy()
    where[customers] = chosen[part.best]
    hunt.offer(where)


def _prove_each(hunt: Hunt, nodes: dict) -> None:
    """HiGHS on each node, again and again: a better plan found in one helps with the others."""
    values = {number: node[0] for number, node in nodes.items()}
    while not hunt.is_over() and hunt.left() > LEAST_SECONDS:
        hopeful = sorted((k for k in nodes if values[k] <= hunt.limit), key=values.get)
        for k, number in enumerate(hopeful):
            if values[number] > hunt.limit:
                continue
            look = hunt.look(nodes[number][3], nodes[number][2])
            seconds = hunt.left() / (len(hopeful) - k + (len(hopeful) > 1))
            part = solve_part(hunt, look.pairs() <= hunt.limit, look.state, seconds)
            values[number] = max(values[number], part)
            hunt.raise_bound(min((*values.values(), hunt.value * hunt.fine)))
        if not hopeful:
            return


def _prove_together(hunt: Hunt, nodes: list) -> bool:
    """HiGHS on all that the nodes leave; False where that is too much for it."""
    masks = [hunt.look(node[3], node[2]).pairs() <= hunt.limit for node in nodes]
    states = np.array([node[2] for node in nodes])
    state = np.where((states == 1).all(axis=0), 1, np.where((states == -1).all(axis=0), -1, 0))
    pairs = np.logical_or.reduce(masks)
    if pairs.sum() > MOST_LEFT:
        return False
    hunt.raise_bound(solve_part(hunt, pairs, state, hunt.left()))
    return True
