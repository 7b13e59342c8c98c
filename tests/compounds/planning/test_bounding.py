"""Bounds against every plan of tiny districts; bundles priced against every set of compounds."""

from dataclasses import replace
from itertools import product
from time import process_time

import numpy as np
import pytest

from compounds.planning.core import bounding
from compounds.planning.core.bounding import _Dual, bound
from compounds.planning.core.district import derive
from compounds.planning.core.generator import generate
from compounds.planning.core.inputs import Dials
from compounds.planning.core.offices import gap_careful
from compounds.planning.core.pieces import cells, piece
from compounds.planning.core.plan import split_of
from tests.compounds.planning import small
from tests.compounds.planning.enumerating import cheapest

DIALS = {
    "as they come": Dials(nearest=2),
    "nothing carried": Dials(nearest=2, carry=0.0),
    "everything carried": Dials(nearest=2, carry=1.0),
    "little subsidy": Dials(nearest=2, budget=9_000.0, cap=1.5),
    "limits": Dials(nearest=2, provider_share=0.4, street_fallback=0.7, near=300.0),
}


def worth(dual: _Dual, k: int, on: list[int]) -> float | None:
    """What a bundle of these items is worth at the dual's prices; None if it breaks a row."""
    d = dual.district
    arcs = d.bundle_arc[np.array(on) + dual.ptr[k]]
    area = d.area[d.arc_compound[arcs]].sum()
    gap = max(0.0, d.bundle_fixed[k] - d.arc_margin[arcs].sum())
    if len(on) > d.bundle_most[k] or area > d.provider_limit[d.bundle_provider[k]]:
        return None
    if gap > d.cap * area:
        return None
    chosen = set(arcs.tolist())
    for arc in arcs:
        stones = d.stone_arc[d.stone_ptr[arc] : d.stone_ptr[arc + 1]].tolist()
        if not d.arc_direct[arc] and not chosen.intersection(stones):
            return None
    q = dual.capacity[d.bundle_provider[k]] / dual.metre
    prizes = dual.prices[d.arc_compound[arcs]].sum() - area * q
    paid = (1 + dual.budget) * gap + d.bundle_setup[k] + d.arc_cost[arcs].sum()
    return prizes - paid / dual.unit


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("nodes", [2, 3_000])
def test_bundles_are_priced_as_by_trying_every_set(seed, nodes):
    district = derive(small.drawn(seed, n=12), Dials(nearest=4, near=400.0))
    dual = _Dual(district)
    rng = np.random.default_rng(seed)
    dual.prices = dual.leave * rng.uniform(-0.2, 1.2, district.n)
    dual.capacity = np.where(dual.shared, rng.uniform(0, 0.05, district.J), 0.0)
    dual.budget = float(rng.choice([0.0, 0.4]))
    dual.evaluate(steps=int(rng.integers(1, 30)), nodes=nodes)
    for k in range(district.K):
        items = int(dual.ptr[k + 1] - dual.ptr[k])
        sets = ([i for i in range(items) if picks[i]] for picks in product([0, 1], repeat=items))
        values = [value for on in sets if on and (value := worth(dual, k, on)) is not None]
        best = max([0.0, *values])
        assert dual.bounds[k] >= best - 1e-12
        if nodes > 2:
            assert dual.bounds[k] == pytest.approx(best, abs=1e-6)
            assert dual.found[k] == pytest.approx(best, abs=1e-6)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", DIALS)
def test_no_plan_goes_below_the_bound(seed, name):
    district = derive(small.drawn(seed, n=7), DIALS[name])
    best, _ = cheapest(district)
    found = bound(district, seconds=1, clock=process_time)
    assert found.certified
    assert found.value <= best * (1 + 1e-9)
    if np.isfinite(best):
        assert found.value >= 0.5 * best


def test_any_prices_give_a_value_below_every_plan():
    district = derive(small.drawn(4, n=7), replace(DIALS["limits"], budget=20_000.0))
    best, _ = cheapest(district)
    dual, rng = _Dual(district), np.random.default_rng(1)
    for _ in range(40):
        dual.prices = dual.leave * rng.uniform(-1, 2, district.n)
        dual.capacity = rng.uniform(0, 0.2, district.J)
        dual.budget = rng.uniform(0, 1)
        dual.street = np.where(dual.capped, rng.uniform(0, 1, district.streets), 0.0)
        value = dual.evaluate(steps=3, nodes=50)
        assert value * dual.unit <= best * (1 + 1e-9)
        assert dual.recount() <= value * (1 + 1e-12) + 1e-6


def test_the_plain_recount_agrees_with_the_compiled_value():
    district = derive(generate(60, seed=3), Dials())
    found = bound(district, seconds=2, clock=process_time)
    dual = _Dual(district)
    dual.prices = found.prices.compound / dual.unit
    value = dual.evaluate(steps=40)
    assert dual.recount() == pytest.approx(value, rel=1e-6)
    assert value > 0


def test_a_scarce_provider_has_a_price_and_an_ample_one_has_none():
    inputs = small.row_of(6)
    ample = derive(inputs, Dials())
    scarce = derive(small.with_providers(inputs, capacity=np.array([25_000.0])), Dials())
    assert bound(ample, seconds=5).prices.capacity.max() == pytest.approx(0, abs=1e-6)
    assert bound(scarce, seconds=5).prices.capacity.max() > 0.1


def test_a_tight_budget_has_a_price():
    free = bound(derive(small.row_of(6), Dials(carry=0.0)), seconds=5)
    short = bound(derive(small.row_of(6), Dials(carry=0.0, budget=500.0)), seconds=5)
    assert free.prices.budget == 0
    assert short.prices.budget > 0
    assert short.value >= free.value - 1e-6


def test_a_larger_district_is_bounded_close_to_what_an_office_does():
    district = derive(generate(80, seed=2), Dials())
    shares, values = [], []
    found = bound(
        district,
        seconds=1,
        clock=process_time,
        progress=lambda share, value: (shares.append(share), values.append(value)),
    )
    hand = split_of(district, gap_careful(district)).objective
    assert 0 < found.value < hand
    assert shares == sorted(shares)
    assert values == sorted(values)
    assert 0 <= shares[-1] <= 1
    assert values[-1] <= found.value * (1 + 1e-6)


def test_a_district_of_nobody_is_bounded_by_nothing():
    assert bound(derive(small.nobody_at_all(), Dials())).value == 0


def test_who_asks_to_stop_gets_a_bound_that_holds():
    district = derive(small.drawn(5, n=7), Dials(nearest=2))
    found = bound(district, seconds=60, stop=lambda: True)
    assert 0 <= found.value <= cheapest(district)[0]


def test_a_large_district_is_bounded_piece_by_piece(monkeypatch):
    district = derive(generate(150, seed=4), Dials())
    whole = bound(district, seconds=1, clock=process_time)
    monkeypatch.setattr(bounding, "WHOLE", 50)
    monkeypatch.setattr(bounding, "CELL", 60)
    pieces = bound(district, seconds=5, clock=process_time)
    hand = split_of(district, gap_careful(district)).objective
    assert pieces.method == "relaxations and masters of pieces, steps"
    assert pieces.value <= hand
    assert hand - pieces.value < 1.1 * (hand - whole.value)


def test_pieces_hold_every_compound_once_and_all_arcs_of_their_bundles():
    district = derive(generate(150, seed=4), Dials())
    groups = cells(district, 40)
    assert sorted(np.concatenate(groups).tolist()) == list(range(150))
    part, chosen, arcs = piece(district, groups[0])
    assert set(groups[0].tolist()) <= set(chosen.tolist())
    assert (chosen[part.arc_compound] == district.arc_compound[arcs]).all()
    assert (part.arc_bundle == district.arc_bundle[arcs]).all()
    back = arcs[part.stone_arc]
    ends = np.repeat(arcs, np.diff(part.stone_ptr))
    assert (district.arc_bundle[back] == district.arc_bundle[ends]).all()
    assert (district.arc_metres[back] < district.arc_metres[ends] + 1e-9).all()
    for k in np.unique(part.arc_bundle):
        mine = part.bundle_arc[part.bundle_ptr[k] : part.bundle_ptr[k + 1]]
        theirs = district.bundle_arc[district.bundle_ptr[k] : district.bundle_ptr[k + 1]]
        assert arcs[mine].tolist() == theirs.tolist()
