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
HARD = 1e6  # yuan per m²: nobody is let in beyond the capacity for that
KEEP_LOCK = 1e7  # yuan: nobody who must be served is left to fallback for less

SCRAMBLE = np.uint64(2_685_821_657_736_338_717)

# Prices, by their place in Book.price: yuan per m² of the rate cap, then yuan per yuan or case.
CAP, OVER, PAID, STREET, FULL = range(5)

# Rows of the book. first and last: the compound's arcs; leans: those who stand on the arc; spot:
# the compound's place among the members of its bundle; stones: how many of the arc's are chosen.
COMPOUND = np.dtype(
    [(name, np.float64) for name in ("area", "leaving")]
    + [(name, np.int64) for name in ("first", "last", "seen")]
    + [(name, np.int32) for name in ("street", "arc", "spot", "spare")]
)
ARC = np.dtype(
    [(name, np.float64) for name in ("margin", "cost")]
    + [(name, np.int64) for name in ("leans", "leans_end")]
    + [(name, np.int32) for name in ("compound", "bundle", "stones", "direct")]
)
BUNDLE = np.dtype(
    [(name, np.float64) for name in ("fixed", "setup", "margin", "area")]
    + [(name, np.int64) for name in ("first", "last")]
    + [(name, np.int32) for name in ("provider", "most", "count", "spare")]
)
PROVIDER = np.dtype([("limit", np.float64), ("taken", np.float64)])
STREET_ROW = np.dtype([("most", np.int64), ("left", np.int64)])

# Few and wide arrays: numba hands a tuple to a function array by array, and a row lies together.
Book = namedtuple(
    "Book",
    # leans, bundle_arc, members: lists the rows point into; log: what a move has done so far;
    # pool: the first pooled[0] compounds in it are where moves begin
    "compounds arcs bundles providers streets leans bundle_arc members log logged price random "
    "pool pooled",
)


def open_book(district: District, seed: int) -> Book:
    """A book in which everybody is left to fallback."""
    d = district
    order = np.argsort(d.stone_arc, kind="stable")
    leans = np.searchsorted(d.stone_ptr, order, side="right") - 1
    compounds = _compounds(d)
    dearest = float(compounds["leaving"].max()) if d.n else 0.0
    return Book(
        compounds=compounds,
        arcs=_arcs(d, d.stone_arc[order]),
        bundles=_bundles(d),
        providers=_rows(PROVIDER, d.J, limit=d.provider_limit),
        streets=_rows(
            STREET_ROW,
            d.streets,
            most=d.street_fallback_most,
            left=np.bincount(d.street, minlength=d.streets),
        ),
        leans=leans.astype(np.int32),
        bundle_arc=d.bundle_arc,
        members=np.full(d.arcs, NOWHERE, dtype=np.int32),
        # In one move a bundle is emptied, filled, and everybody put somewhere: never longer.
        log=np.zeros((5 * d.n + 64, 2), dtype=np.int32),
        logged=np.zeros(1, dtype=np.int64),
        price=np.array([d.cap, 1.0, 0.0, 3.0 * dearest, HARD]),
        random=np.random.SeedSequence(seed).generate_state(1, np.uint64) | np.uint64(1),
        pool=np.arange(d.n, dtype=np.int32),
        pooled=np.array([d.n], dtype=np.int64),
    )


def _rows(kind: np.dtype, count: int, **columns: np.ndarray) -> np.ndarray:
    rows = np.zeros(count, dtype=kind)
    for name, values in columns.items():
        rows[name] = values
    return rows


def _compounds(d: District) -> np.ndarray:
    return _rows(
        COMPOUND,
        d.n,
        area=d.area,
        leaving=d.fallback + d.penalty + np.where(d.must == 1, KEEP_LOCK, 0.0),
        first=d.arc_ptr[:-1],
        last=d.arc_ptr[1:],
        street=d.street,
        arc=NOWHERE,
    )


def _arcs(d: District, stones_in_order: np.ndarray) -> np.ndarray:
    leans = np.searchsorted(stones_in_order, np.arange(d.arcs + 1))
    return _rows(
        ARC,
        d.arcs,
        margin=d.arc_margin,
        cost=d.arc_cost,
        leans=leans[:-1],
        leans_end=leans[1:],
        compound=d.arc_compound,
        bundle=d.arc_bundle,
        direct=d.arc_direct,
    )


def _bundles(d: District) -> np.ndarray:
    return _rows(
        BUNDLE,
        d.K,
        fixed=d.bundle_fixed,
        setup=d.bundle_setup,
        first=d.bundle_ptr[:-1],
        last=d.bundle_ptr[1:],
        provider=d.bundle_provider,
        most=d.bundle_most,
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


@njit(cache=True, nogil=True)
def any_compound(b):
    """One of the compounds moves begin at now."""
    return b.pool[one_of(b, b.pooled[0])]


# Money


@njit(cache=True, nogil=True)
def bundle_cost(b, k, count, margin, area):
    """Priced cost of bundle k with so many members of this margin and area."""
    if count == 0:
        return 0.0
    gap = max(b.bundles[k].fixed - margin, 0.0)
    over = max(gap - b.price[CAP] * area, 0.0)
    return b.bundles[k].setup + gap * (1.0 + b.price[PAID]) + b.price[OVER] * over


@njit(cache=True, nogil=True)
def cost_of_room(b, j, area):
    """What it costs that provider j takes so many m² more, or fewer."""
    over = b.providers[j].taken - b.providers[j].limit
    return b.price[FULL] * (max(over + area, 0.0) - max(over, 0.0))


@njit(cache=True, nogil=True)
def cost_of_change(b, k, arc, sign):
    """What it costs bundle k that an arc comes (+1) or goes (-1); room apart."""
    count, margin, area = b.bundles[k].count, b.bundles[k].margin, b.bundles[k].area
    after = bundle_cost(
        b,
        k,
        count + sign,
        margin + sign * b.arcs[arc].margin,
        area + sign * b.compounds[b.arcs[arc].compound].area,
    )
    return after - bundle_cost(b, k, count, margin, area) + sign * b.arcs[arc].cost


@njit(cache=True, nogil=True)
def cost_of_exchange(b, k, out, new):
    """What it costs bundle k that one arc goes and another comes; room apart."""
    count, margin, area = b.bundles[k].count, b.bundles[k].margin, b.bundles[k].area
    after = bundle_cost(
        b,
        k,
        count,
        margin - b.arcs[out].margin + b.arcs[new].margin,
        area - b.compounds[b.arcs[out].compound].area + b.compounds[b.arcs[new].compound].area,
    )
    change = b.arcs[new].cost - b.arcs[out].cost
    return after - bundle_cost(b, k, count, margin, area) + change


@njit(cache=True, nogil=True)
def cost_of_leaving(b, i):
    """What it costs to leave compound i, which is served, to fallback; its bundle apart."""
    street = b.compounds[i].street
    most = b.streets[street].most
    too_many = most != NO_LIMIT and b.streets[street].left >= most
    return b.compounds[i].leaving + (b.price[STREET] if too_many else 0.0)


@njit(cache=True, nogil=True)
def saved_by_serving(b, i):
    """What is saved when compound i, which is in fallback, is served."""
    street = b.compounds[i].street
    most = b.streets[street].most
    too_many = most != NO_LIMIT and b.streets[street].left > most
    return b.compounds[i].leaving + (b.price[STREET] if too_many else 0.0)


@njit(cache=True, nogil=True)
def cost_of_move(b, i, new):
    """What it costs to put compound i on another arc, or into fallback."""
    old = b.compounds[i].arc
    cost = 0.0
    if old >= 0:
        cost += cost_of_change(b, b.arcs[old].bundle, old, -1)
    else:
        cost -= saved_by_serving(b, i)
    if new >= 0:
        cost += cost_of_change(b, b.arcs[new].bundle, new, 1)
    else:
        cost += cost_of_leaving(b, i)
    from_j = NOWHERE if old < 0 else b.bundles[b.arcs[old].bundle].provider
    to_j = NOWHERE if new < 0 else b.bundles[b.arcs[new].bundle].provider
    if from_j != to_j:
        area = b.compounds[i].area
        if from_j >= 0:
            cost += cost_of_room(b, from_j, -area)
        if to_j >= 0:
            cost += cost_of_room(b, to_j, area)
    return cost


# Rows that hold at every step


@njit(cache=True, nogil=True)
def may_leave(b, i):
    """Row 8: no other member stands on this one alone."""
    old = b.compounds[i].arc
    for spot in range(b.arcs[old].leans, b.arcs[old].leans_end):
        other = b.leans[spot]
        if b.arcs[other].stones == 1 and b.compounds[b.arcs[other].compound].arc == other:
            return False
    return True


@njit(cache=True, nogil=True)
def has_stone(b, arc):
    return b.arcs[arc].direct > 0 or b.arcs[arc].stones > 0


@njit(cache=True, nogil=True)
def has_place(b, arc):
    """Row 4."""
    k = b.arcs[arc].bundle
    return b.bundles[k].count < b.bundles[k].most


@njit(cache=True, nogil=True)
def has_room(b, arc):
    """Rows 3 and 4; a compound that changes base within one provider takes no more of it."""
    k = b.arcs[arc].bundle
    if b.bundles[k].count >= b.bundles[k].most:
        return False
    i = b.arcs[arc].compound
    j = b.bundles[k].provider
    old = b.compounds[i].arc
    if old >= 0 and b.bundles[b.arcs[old].bundle].provider == j:
        return True
    return b.providers[j].taken + b.compounds[i].area <= b.providers[j].limit + ROOM


# Moving


@njit(cache=True, nogil=True)
def _go(b, i, arc):
    k = b.arcs[arc].bundle
    first = b.bundles[k].first
    b.bundles[k].count -= 1
    b.bundles[k].margin -= b.arcs[arc].margin
    b.bundles[k].area -= b.compounds[i].area
    b.providers[b.bundles[k].provider].taken -= b.compounds[i].area
    last = b.members[first + b.bundles[k].count]
    b.members[first + b.compounds[i].spot] = last
    b.compounds[last].spot = b.compounds[i].spot
    for spot in range(b.arcs[arc].leans, b.arcs[arc].leans_end):
        b.arcs[b.leans[spot]].stones -= 1


@njit(cache=True, nogil=True)
def _come(b, i, arc):
    k = b.arcs[arc].bundle
    b.members[b.bundles[k].first + b.bundles[k].count] = i
    b.compounds[i].spot = b.bundles[k].count
    b.bundles[k].count += 1
    b.bundles[k].margin += b.arcs[arc].margin
    b.bundles[k].area += b.compounds[i].area
    b.providers[b.bundles[k].provider].taken += b.compounds[i].area
    for spot in range(b.arcs[arc].leans, b.arcs[arc].leans_end):
        b.arcs[b.leans[spot]].stones += 1


@njit(cache=True, nogil=True)
def put(b, i, new):
    """Put compound i on an arc or into fallback; returns what it costs."""
    cost = cost_of_move(b, i, new)
    old = b.compounds[i].arc
    if old >= 0:
        _go(b, i, old)
    else:
        b.streets[b.compounds[i].street].left -= 1
    if new >= 0:
        _come(b, i, new)
    else:
        b.streets[b.compounds[i].street].left += 1
    b.compounds[i].arc = new
    return cost


@njit(cache=True, nogil=True)
def put_logged(b, i, new):
    """As put, and noted, so that it can be taken back."""
    b.log[b.logged[0], 0] = i
    b.log[b.logged[0], 1] = b.compounds[i].arc
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
    for j in range(len(b.providers)):
        b.providers[j].taken = 0.0
    for k in range(len(b.bundles)):
        b.bundles[k].area = 0.0
    objective = 0.0
    for i in range(len(b.compounds)):
        arc = b.compounds[i].arc
        if arc < 0:
            objective += b.compounds[i].leaving
            continue
        k = b.arcs[arc].bundle
        objective += b.arcs[arc].cost
        b.bundles[k].area += b.compounds[i].area
        b.providers[b.bundles[k].provider].taken += b.compounds[i].area
    paid, over = 0.0, 0.0
    for k in range(len(b.bundles)):
        if b.bundles[k].count == 0:
            continue
        gap = max(b.bundles[k].fixed - b.bundles[k].margin, 0.0)
        objective += b.bundles[k].setup
        paid += gap
        over += max(gap - b.price[CAP] * b.bundles[k].area, 0.0)
    cases = 0
    for street in range(len(b.streets)):
        if b.streets[street].most != NO_LIMIT:
            cases += max(b.streets[street].left - b.streets[street].most, 0)
    full = 0.0
    for j in range(len(b.providers)):
        full += max(b.providers[j].taken - b.providers[j].limit, 0.0)
    return objective + paid, paid, over, cases, full


@njit(cache=True, nogil=True)
def priced(b):
    """The objective with the prices of what is broken."""
    objective, paid, over, cases, full = sum_up(b)
    objective += b.price[PAID] * paid + b.price[OVER] * over
    return objective + b.price[STREET] * cases + b.price[FULL] * full
