"""The independent check agrees with the district, and finds each rule when it is broken."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from compounds.planning.core.checking import breaches
from compounds.planning.core.district import derive
from compounds.planning.core.errors import NoPlanError
from compounds.planning.core.inputs import CENTRE, NOBODY, UNIT, Dials
from compounds.planning.core.plan import Plan, is_feasible, plan_of
from tests.compounds.planning import small

DIALS = Dials(provider_share=0.3, street_fallback=0.9, budget=150_000.0, reach=600.0)


def at_random(district, rng, steps: int) -> np.ndarray:
    """Compounds put on arcs one after the other, anyhow but contiguous."""
    bundle = np.full(district.n, NOBODY, dtype=np.int32)
    for arc in rng.permutation(district.arcs)[:steps]:
        stones = district.stone_arc[district.stone_ptr[arc] : district.stone_ptr[arc + 1]]
        there = bundle[district.arc_compound[stones]] == district.arc_bundle[stones]
        if district.arc_direct[arc] or there.any():
            bundle[district.arc_compound[arc]] = district.arc_bundle[arc]
    return bundle


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    steps=st.integers(0, 60),
    carry=st.sampled_from([0.0, 0.25, 1.0]),
    tight=st.booleans(),
)
def test_the_check_and_the_district_agree_on_any_plan(seed, steps, carry, tight):
    inputs = small.drawn(seed)
    dials = replace(DIALS, carry=carry) if tight else Dials(carry=carry)
    if tight and seed % 2:
        dials = replace(dials, must_serve=200, years=((0.4, 40_000.0), (0.6, 70_000.0)))
    try:
        district = derive(inputs, dials)
    except NoPlanError:
        assume(False)  # a large compound nobody may serve
    plan = plan_of(district, at_random(district, np.random.default_rng(seed), steps))
    assert is_feasible(district, plan) == (breaches(inputs, dials, plan) == [])


def test_the_check_and_the_district_agree_with_real_breaches_of_contiguity():
    """Among plans of any arcs some are contiguous and many are not."""
    told = set()
    for seed in range(60):
        inputs, rng = small.drawn(seed, n=12), np.random.default_rng(seed)
        district = derive(inputs, Dials(cap=1e9))
        bundle = np.full(district.n, NOBODY, dtype=np.int32)
        arcs = rng.permutation(district.arcs)[:4]
        bundle[district.arc_compound[arcs]] = district.arc_bundle[arcs]
        plan = plan_of(district, bundle)
        found = {breach.rule for breach in breaches(inputs, Dials(cap=1e9), plan)}
        assert is_feasible(district, plan) == (not found)
        told.add("contiguity" in found)
    assert told == {True, False}


INPUTS = small.row_of(
    4,
    compounds=small.compounds_at([400, 800, 1_200, 1_600], street=small.ints([0, 0, 0, 1])),
    providers=small.providers_of(
        3, kind=small.ints([0, UNIT, CENTRE]), running=np.array([0.33, 0.33, 0.33])
    ),
    bases=small.bases_at([0.0, 0.0, 0.0]),
    locked=small.ints([[0, 0]]),
)
# Written out, so that collecting tests compiles nothing.
PAID = 47_200.0
GOOD = Plan(np.zeros(4, dtype=np.int32), np.array([PAID, 0.0, 0.0]))


def rules(plan, inputs=INPUTS, **dials) -> list[tuple[str, int]]:
    return [(breach.rule, breach.where) for breach in breaches(inputs, Dials(**dials), plan)]


def moved(bundle, subsidy=None) -> Plan:
    subsidy = GOOD.subsidy if subsidy is None else np.asarray(subsidy, dtype=float)
    return Plan(np.asarray(bundle, dtype=np.int32), subsidy)


def test_a_gap_in_the_way_is_no_breach_for_who_serves_it_today():
    plan = moved([0, NOBODY, 0, 0], [60_000, 0, 0])
    today = replace(INPUTS.compounds, today=small.ints([NOBODY, NOBODY, 0, NOBODY]))
    assert ("contiguity", 2) not in rules(plan, replace(INPUTS, compounds=today))


def test_a_good_plan_breaks_nothing():
    counted = plan_of(derive(INPUTS, Dials()), GOOD.bundle)
    assert counted.subsidy.tolist() == GOOD.subsidy.tolist()
    assert rules(GOOD) == []
    assert rules(GOOD, must_serve=1, years=((0.25, PAID / 4), (0.75, PAID))) == []


@pytest.mark.parametrize(
    ("plan", "changes", "dials", "expected"),
    [
        (moved([0, 0, 0]), {}, {}, ("clearance", NOBODY)),
        (moved([0, 0, 0, 3]), {}, {}, ("clearance", 3)),
        (moved([0, 0, 0, 0], [PAID, 0]), {}, {}, ("open", NOBODY)),
        (moved([0, 0, 0, 0], [PAID, 0, 10]), {}, {}, ("open", 2)),
        (moved([0, 0, 0, 0], [PAID, -5, 0]), {}, {}, ("open", 1)),
        (moved([0, 0, 0, 0], [PAID - 100, 0, 0]), {}, {}, ("viability", 0)),
        (moved([0, 0, 0, 0], [130_000, 0, 0]), {}, {}, ("cap", 0)),
        (GOOD, {}, {"cap": 0.1}, ("cap", 0)),
        (GOOD, {}, {"budget": PAID - 1}, ("budget", NOBODY)),
        (GOOD, {}, {"years": ((0.5, PAID), (0.5, PAID / 2 - 1))}, ("year", 1)),
        (
            moved([0, 0, 0, NOBODY], [60_000, 0, 0]),
            {},
            {"must_serve": 120},
            ("must_serve", 3),
        ),
        (GOOD, {}, {"provider_share": 0.9}, ("share", 0)),
        (GOOD, {}, {"reach": 300.0}, ("contiguity", 1)),
        (moved([0, NOBODY, 0, 0], [60_000, 0, 0]), {}, {}, ("contiguity", 2)),
        (
            moved([0, 0, 0, NOBODY], [60_000, 0, 0]),
            {},
            {"street_fallback": 0.5},
            ("street_fallback", 1),
        ),
        (moved([NOBODY] * 4, [0, 0, 0]), {}, {}, ("lock", 0)),
        (GOOD, {"unwilling": small.ints([[1, 0]])}, {}, ("may_serve", 1)),
        (GOOD, {"willing": small.ints([[0, 0], [1, 0], [2, 0]])}, {}, ("may_serve", 3)),
        (moved([1, 0, 0, 0], [60_000, 60_000, 0]), {}, {}, ("may_serve", 0)),
        (moved([2, 0, 0, 0], [60_000, 0, 60_000]), {}, {"centres": False}, ("may_serve", 0)),
        (moved([2, 2, 2, 2], [0, 0, PAID]), {}, {}, ("may_serve", 3)),
    ],
)
def test_each_broken_rule_is_found(plan, changes, dials, expected):
    assert expected in rules(plan, replace(INPUTS, **changes), **dials)


def test_limits_of_providers_and_bundles_are_found():
    narrow = small.with_providers(INPUTS, capacity=np.array([39_999.0, 0, 0]))
    assert ("capacity", 0) in rules(GOOD, narrow)
    near = small.with_providers(INPUTS, radius=np.array([1_599.0, 0, 0]))
    assert ("may_serve", 3) in rules(GOOD, near)
    short = small.with_bases(INPUTS, most=small.ints([3, 3, 3]))
    assert ("size", 0) in rules(GOOD, short)
