"""The account book of a plan in the making: every sum kept exactly while compounds move.

Compiled by numba. A book is a tuple of arrays, the first ones from the District, the later ones
its state: which arc each compound is on (NOWHERE: fallback), how many stepping stones of each arc
are chosen, and the sums of bundles, providers and streets. Rows 1 to 4 and 8 hold at every step;
the rate cap (6), the budget (7) and the fallback of a street (9) have prices instead.
"""

from __future__ import annotations

from collections import namedtuple

import numpy as np
from numba import njit

from .district import NO_LIMIT, District

NOWHERE = -1  # the arc of a compound left to fallback
ROOM = 1e-7  # m²: capacity is compared with sums of floats
KEEP_LOCK = 1e7  # yuan: nobody who must be served is left to fallback for less

SCRAMBLE = np.uint64(2_685_821_657_736_338_717)

# Prices, by their place in Book.price: yuan per m² of the rate cap, then yuan per yuan or case.
CAP, OVER, PAID, STREET = range(4)

Book = namedtuple(
    "Book",
    # of the district
    "area leaving street street_most arc_ptr arc_compound arc_bundle arc_margin arc_cost "
    "arc_direct leans_ptr leans provider fixed setup most bundle_ptr bundle_arc limit "
    # the state
    "arc stones taken count bundle_area margin left members spot log logged price random",
)


def open_book(district: District, seed: int) -> Book:
    """A book in which everybody is left to fallback."""
    d = district
    order = np.argsort(d.stone_arc, kind="stable")
    leans = np.searchsorted(d.stone_ptr, order, side="right") - 1
    leaving = d.fallback + d.penalty + np.where(d.must == 1, KEEP_LOCK, 0.0)
    return Book(
        area=d.area,
        leaving=leaving,
        street=d.street,
        street_most=d.street_fallback_most,
        arc_ptr=d.arc_ptr,
        arc_compound=d.arc_compound,
        arc_bundle=d.arc_bundle,
        arc_margin=d.arc_margin,
        arc_cost=d.arc_cost,
        arc_direct=d.arc_direct,
        leans_ptr=np.searchsorted(d.stone_arc[order], np.arange(d.arcs + 1)).astype(np.int64),
        leans=leans.astype(np.int32),
        provider=d.bundle_provider,
        fixed=d.bundle_fixed,
        setup=d.bundle_setup,
        most=d.bundle_most,
        bundle_ptr=d.bundle_ptr,
        bundle_arc=d.bundle_arc,
        limit=d.provider_limit,
        arc=np.full(d.n, NOWHERE, dtype=np.int32),
        stones=np.zeros(d.arcs, dtype=np.int32),
        taken=np.zeros(d.J),
        count=np.zeros(d.K, dtype=np.int32),
        bundle_area=np.zeros(d.K),
        margin=np.zeros(d.K),
        left=np.bincount(d.street, minlength=d.streets).astype(np.int64),
        members=np.full(d.arcs, NOWHERE, dtype=np.int32),
        spot=np.zeros(d.n, dtype=np.int32),
        # In one move a bundle is emptied, filled, and everybody put somewhere: never longer.
        log=np.zeros((5 * d.n + 64, 2), dtype=np.int32),
        logged=np.zeros(1, dtype=np.int64),
        price=np.array([d.cap, 1.0, 0.0, 3.0 * (leaving.max() if d.n else 0.0)]),
        random=np.random.SeedSequence(seed).generate_state(1, np.uint64) | np.uint64(1),
    )


# Chance: a generator of our own, so that a run is the same wherever it is made


@njit(cache=True, nogil=True, inline="always")
def chance(b):
    """A number in [0, 1): xorshift64*."""
    x = b.random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    b.random[0] = x
    return np.float64((x * SCRAMBLE) >> np.uint64(11)) * 2.0**-53


@njit(cache=True, nogil=True)
def one_of(b, count):
    """A number from 0 to count - 1."""
    return min(np.int64(chance(b) * count), count - 1)


# Money


@njit(cache=True, nogil=True)
def bundle_cost(b, k, count, margin, area):
    """Priced cost of bundle k with so many members of this margin and area."""
    if count == 0:
        return 0.0
    gap = max(b.fixed[k] - margin, 0.0)
    over = max(gap - b.price[CAP] * area, 0.0)
    return b.setup[k] + gap * (1.0 + b.price[PAID]) + b.price[OVER] * over


@njit(cache=True, nogil=True)
def cost_of_change(b, k, arc, sign):
    """What it costs bundle k that an arc comes (+1) or goes (-1)."""
    count, margin, area = b.count[k], b.margin[k], b.bundle_area[k]
    after = bundle_cost(
        b,
        k,
        count + sign,
        margin + sign * b.arc_margin[arc],
        area + sign * b.area[b.arc_compound[arc]],
    )
    return after - bundle_cost(b, k, count, margin, area) + sign * b.arc_cost[arc]


@njit(cache=True, nogil=True)
def cost_of_exchange(b, k, out, new):
    """What it costs bundle k that one arc goes and another comes."""
    count, margin, area = b.count[k], b.margin[k], b.bundle_area[k]
    after = bundle_cost(
        b,
        k,
        count,
        margin - b.arc_margin[out] + b.arc_margin[new],
        area - b.area[b.arc_compound[out]] + b.area[b.arc_compound[new]],
    )
    change = b.arc_cost[new] - b.arc_cost[out]
    return after - bundle_cost(b, k, count, margin, area) + change


@njit(cache=True, nogil=True)
def cost_of_leaving(b, i):
    """What it costs to leave compound i, which is served, to fallback; its bundle apart."""
    street = b.street[i]
    most = b.street_most[street]
    too_many = most != NO_LIMIT and b.left[street] >= most
    return b.leaving[i] + (b.price[STREET] if too_many else 0.0)


@njit(cache=True, nogil=True)
def saved_by_serving(b, i):
    """What is saved when compound i, which is in fallback, is served."""
    street = b.street[i]
    most = b.street_most[street]
    too_many = most != NO_LIMIT and b.left[street] > most
    return b.leaving[i] + (b.price[STREET] if too_many else 0.0)


@njit(cache=True, nogil=True)
def cost_of_move(b, i, new):
    """What it costs to put compound i on another arc, or into fallback."""
    old = b.arc[i]
    cost = 0.0
    if old >= 0:
        cost += cost_of_change(b, b.arc_bundle[old], old, -1)
    else:
        cost -= saved_by_serving(b, i)
    if new >= 0:
        cost += cost_of_change(b, b.arc_bundle[new], new, 1)
    else:
        cost += cost_of_leaving(b, i)
    return cost


# Rows that hold at every step


@njit(cache=True, nogil=True)
def may_leave(b, i):
    """Row 8: no other member stands on this one alone."""
    old = b.arc[i]
    for spot in range(b.leans_ptr[old], b.leans_ptr[old + 1]):
        other = b.leans[spot]
        if b.stones[other] == 1 and b.arc[b.arc_compound[other]] == other:
            return False
    return True


@njit(cache=True, nogil=True)
def has_stone(b, arc):
    return b.arc_direct[arc] or b.stones[arc] > 0


@njit(cache=True, nogil=True)
def has_room(b, arc):
    """Rows 3 and 4; a compound that changes base within one provider takes no more of it."""
    k = b.arc_bundle[arc]
    if b.count[k] >= b.most[k]:
        return False
    i = b.arc_compound[arc]
    j = b.provider[k]
    old = b.arc[i]
    if old >= 0 and b.provider[b.arc_bundle[old]] == j:
        return True
    return b.taken[j] + b.area[i] <= b.limit[j] + ROOM


# Moving


@njit(cache=True, nogil=True)
def _go(b, i, arc):
    k = b.arc_bundle[arc]
    first = b.bundle_ptr[k]
    b.count[k] -= 1
    b.margin[k] -= b.arc_margin[arc]
    b.bundle_area[k] -= b.area[i]
    b.taken[b.provider[k]] -= b.area[i]
    last = b.members[first + b.count[k]]
    b.members[first + b.spot[i]] = last
    b.spot[last] = b.spot[i]
    for spot in range(b.leans_ptr[arc], b.leans_ptr[arc + 1]):
        b.stones[b.leans[spot]] -= 1


@njit(cache=True, nogil=True)
def _come(b, i, arc):
    k = b.arc_bundle[arc]
    b.members[b.bundle_ptr[k] + b.count[k]] = i
    b.spot[i] = b.count[k]
    b.count[k] += 1
    b.margin[k] += b.arc_margin[arc]
    b.bundle_area[k] += b.area[i]
    b.taken[b.provider[k]] += b.area[i]
    for spot in range(b.leans_ptr[arc], b.leans_ptr[arc + 1]):
        b.stones[b.leans[spot]] += 1


@njit(cache=True, nogil=True)
def put(b, i, new):
    """Put compound i on an arc or into fallback; returns what it costs."""
    cost = cost_of_move(b, i, new)
    old = b.arc[i]
    if old >= 0:
        _go(b, i, old)
    else:
        b.left[b.street[i]] -= 1
    if new >= 0:
        _come(b, i, new)
    else:
        b.left[b.street[i]] += 1
    b.arc[i] = new
    return cost


@njit(cache=True, nogil=True)
def put_logged(b, i, new):
    """As put, and noted, so that it can be taken back."""
    b.log[b.logged[0], 0] = i
    b.log[b.logged[0], 1] = b.arc[i]
    b.logged[0] += 1
    return put(b, i, new)


@njit(cache=True, nogil=True)
def take_back(b):
    """Undo everything noted, last first."""
    for spot in range(b.logged[0] - 1, -1, -1):
        put(b, b.log[spot, 0], b.log[spot, 1])
    b.logged[0] = 0


# Reading the book


@njit(cache=True, nogil=True)
def sum_up(b):
    """Sum areas anew, so that no rounding gathers; returns the figures of the plan.

    (objective without prices, subsidy, yuan over the rate cap, cases over a street's limit)
    """
    b.taken[:] = 0.0
    b.bundle_area[:] = 0.0
    objective = 0.0
    for i in range(len(b.arc)):
        arc = b.arc[i]
        if arc < 0:
            objective += b.leaving[i]
            continue
        k = b.arc_bundle[arc]
        objective += b.arc_cost[arc]
        b.bundle_area[k] += b.area[i]
        b.taken[b.provider[k]] += b.area[i]
    paid, over = 0.0, 0.0
    for k in range(len(b.count)):
        if b.count[k] == 0:
            continue
        gap = max(b.fixed[k] - b.margin[k], 0.0)
        objective += b.setup[k]
        paid += gap
        over += max(gap - b.price[CAP] * b.bundle_area[k], 0.0)
    cases = 0
    for street in range(len(b.left)):
        if b.street_most[street] != NO_LIMIT:
            cases += max(b.left[street] - b.street_most[street], 0)
    return objective + paid, paid, over, cases
