"""Branching on which facilities open, bounded by prices: what it leaves is small enough to prove.

A node is a state of the facilities with its prices. The node of least value goes first; its free
facility whose decision raises the value most is opened in one child and closed in the other.
"""

from __future__ import annotations

import heapq
from itertools import count

import numpy as np

from compounds.planning.core.cflp_bound import HOPELESS, climb
from compounds.planning.core.cflp_hunt import Hunt

STEPS = 60
MOST_OPEN = 20_000


class Tree:
    """Open nodes, least value first; `done` are those with nothing free."""

    def __init__(self, hunt: Hunt) -> None:
        self.hunt, self.number = hunt, count()
        self.open: list[tuple] = []
        self.done: list[tuple] = []
        self._grow(hunt.state.copy(), hunt.best_prices.copy(), hunt.bound * hunt.fine)

    @property
    def nodes(self) -> list[tuple]:
        """(value, number, state, prices) of all that may still hold a cheaper plan."""
        limit = self.hunt.limit
        return [node for node in (*self.open, *self.done) if node[0] <= limit]

    @property
    def bound(self) -> int:
        """No plan cheaper than the best is below this."""
        least = [node[0] for node in (*self.open[:1], *self.done)]
        return min((*least, self.hunt.value * self.hunt.fine))

    def branch(self, share: float) -> None:
        """Until all is decided, or that share of the time has passed."""
        hunt = self.hunt
        while self.open and not hunt.is_over(share) and len(self.open) < MOST_OPEN:
            value, _, state, prices, chosen = heapq.heappop(self.open)
            if value > hunt.limit:
                continue
            for decision in (1, -1):
                child = state.copy()
                child[chosen] = decision
                self._grow(child, prices.copy(), value)
            hunt.raise_bound(self.bound)

    def _grow(self, state: np.ndarray, prices: np.ndarray, value: int) -> None:
        """Climb from the parent's prices, decide what prices decide, and keep what is left."""
        hunt = self.hunt
        best, opened = prices.copy(), np.zeros(len(state), dtype=np.bool_)
        while True:
            reached, _ = climb(
                hunt.fine_cost, hunt.fine_fixed, hunt.capacity, hunt.demand, prices, best,
                state, STEPS, 10, 0.1, hunt.value * hunt.fine, opened,
            )  # fmt: skip
            value = max(value, int(reached))
            if value > hunt.limit:
                return
            look = hunt.look(best, state)
            opens, closes = look.must_open, look.must_close
            if (opens & closes).any():
                return
            if not (opens | closes).any() or hunt.is_over():
                break
            state[opens], state[closes] = 1, -1
        free = np.flatnonzero(state == 0)
        if not len(free):
            self.done.append((value, next(self.number), state, best, -1))
            return
        raised = np.minimum(look.when_open, np.minimum(look.when_closed, HOPELESS))[free]
        chosen = free[raised.argmax()]
        heapq.heappush(self.open, (value, next(self.number), state, best, chosen))
