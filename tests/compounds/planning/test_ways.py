"""A way out of fallback is one: with its changes made, the compound can be served at no loss."""

from dataclasses import replace

import numpy as np

from compounds.planning.core.checking import breaches
from compounds.planning.core.district import derive
from compounds.planning.core.errors import PlanningError
from compounds.planning.core.explaining import Standing
from compounds.planning.core.generator import generate
from compounds.planning.core.inputs import NOBODY, Dials
from compounds.planning.core.offices import gap_careful
from compounds.planning.core.plan import Plan, plan_of, split_of
from compounds.planning.core.ways import Change, Way, ways_out
from tests.compounds.planning.small import (
    bases_at,
    compounds_at,
    drawn,
    providers_of,
    row_of,
    with_bases,
    with_compounds,
    with_providers,
)


def served_but(inputs, dials, *left) -> Plan:
    """Everybody in the first bundle but some."""
    district = derive(inputs, dials)
    bundle = np.zeros(district.n, dtype=np.int32)
    bundle[list(left)] = NOBODY
    return plan_of(district, bundle)


def codes(ways):
    return {tuple(change.code for change in way.changes) for way in ways}


def only_way(inputs, dials, plan, compound):
    (way,) = ways_out(inputs, dials, derive(inputs, dials), plan)[compound]
    return way


def with_change(inputs, compound, change):
    told = getattr(inputs.compounds, change.code).copy()
    told[compound] = change.needed
    return with_compounds(inputs, **{change.code: told})


def price_after(inputs, dials, plan, compound, way):
    """What the place costs by the account itself, and what stands in the way."""
    then = derive(with_change(inputs, compound, way.changes[0]), dials)
    options = Standing(then, plan_of(then, plan.bundle)).options(compound)
    option = next(one for one in options if one.bundle == way.bundle)
    return option.price, {block.code: block.by for block in option.blocks}


def test_at_the_fee_told_the_compound_is_worth_taking():
    tried = 0
    for seed in range(8):
        inputs, dials = generate(40, seed=seed), Dials(nearest=60)
        inputs = with_compounds(inputs, fee=0.7 * inputs.compounds.fee)
        district = derive(inputs, dials)
        plan = gap_careful(district)
        for compound, ways in ways_out(inputs, dials, district, plan).items():
            for way in ways:
                if codes([way]) == {("fee",)}:
                    price, blocks = price_after(inputs, dials, plan, compound, way)
                    assert price <= 0, (seed, compound)
                    assert not blocks
                    tried += 1
    assert tried


def test_a_little_more_fee_or_collection_makes_up_for_a_little_loss():
    inputs, dials = row_of(3), Dials()
    inputs = with_compounds(inputs, service=np.array([0.0, 0.0, 900.0]))
    plan = served_but(inputs, dials, 2)
    found = ways_out(inputs, dials, derive(inputs, dials), plan)[2]
    assert codes(found) == {("fee",), ("collection",)}
    for way in found:
        price, blocks = price_after(inputs, dials, plan, 2, way)
        assert price <= 0
        assert not blocks
        change = way.changes[0]
        less = Way(way.bundle, (Change(change.code, change.needed - 0.01),))
        assert price_after(inputs, dials, plan, 2, less)[0] > -50  # a margin's rounding


def test_where_set_up_alone_costs_too_much_no_fee_is_told():
    inputs = row_of(3, bases=bases_at([0.0], setup=np.array([90_000.0])))
    dials = Dials()
    plan = Plan(np.full(3, NOBODY, dtype=np.int32), np.zeros(1))
    assert ways_out(inputs, dials, derive(inputs, dials), plan) == {0: [], 1: [], 2: []}


def test_a_refusal_is_the_only_thing_in_the_way():
    inputs, dials = row_of(3), Dials()
    plan = served_but(inputs, dials, 2)
    inputs = replace(inputs, unwilling=np.array([[2, 0]]))
    assert codes([only_way(inputs, dials, plan, 2)]) == {("willingness",)}


def test_the_way_the_firm_had_to_come_is_told_in_metres():
    dials = Dials()
    plan = served_but(row_of(3), dials, 2)
    inputs = row_of(3, providers=providers_of(1, radius=np.array([900.0])))
    way = only_way(inputs, dials, plan, 2)
    assert [(one.code, one.needed) for one in way.changes] == [("distance", 1_200.0)]


def test_the_room_a_firm_lacks_is_told_in_square_metres():
    dials = Dials()
    plan = served_but(row_of(3), dials, 2)
    inputs = row_of(3, providers=providers_of(1, capacity=np.array([26_000.0])))
    way = only_way(inputs, dials, plan, 2)
    assert [(one.code, one.needed) for one in way.changes] == [("capacity", 4_000.0)]


def test_a_stepping_stone_that_does_not_reach_is_told_with_the_metres_it_had_to():
    dials = Dials()
    inputs = row_of(3)
    x = inputs.compounds.x.copy()
    x[2] += 350.0
    inputs = with_compounds(inputs, x=x)
    way = only_way(inputs, dials, served_but(inputs, dials, 2), 2)
    assert [(one.code, one.needed) for one in way.changes] == [("contiguity", 750.0)]


def test_where_a_river_lies_between_no_reach_is_told():
    dials = Dials(reach=300.0)
    inputs = row_of(2, compounds=compounds_at([400.0, 1_200.0]))
    plan = served_but(inputs, dials, 1)
    district = derive(inputs, dials)
    assert codes(ways_out(inputs, dials, district, plan)[1]) == {("contiguity",)}
    parted = replace(inputs, apart=np.array([[0, 1]]))
    assert ways_out(parted, dials, district, plan) == {1: []}


def test_more_room_is_not_told_where_the_share_of_one_firm_binds():
    dials = Dials(provider_share=0.7)
    plan = served_but(row_of(3), Dials(), 2)
    for capacity in (200_000.0, 26_000.0):
        inputs = row_of(3, providers=providers_of(1, capacity=np.array([capacity])))
        assert ways_out(inputs, dials, derive(inputs, dials), plan) == {2: []}


DIALS = [
    Dials(nearest=100, reach=300.0, near=500.0),
    Dials(nearest=100, carry=0.0, cap=1.0, near=0.0, reach=400.0),
    Dials(nearest=100, carry=1.0, cap=0.5, budget=20_000.0, provider_share=0.2),
    Dials(nearest=100, switching=100.0, provider_share=0.3, unit_reach=300.0),
]


def raised(values, at, to):
    found = values.copy()
    found[at] = to
    return found


def after(inputs, dials, compound, way):
    """Inputs and dials once every change of a way is made."""
    j, k = int(inputs.bases.provider[way.bundle]), way.bundle
    room, most = inputs.providers.capacity, inputs.bases.most
    for change in way.changes:
        if change.code in ("fee", "collection"):
            inputs = with_change(inputs, compound, change)
        elif change.code == "distance":
            inputs = with_providers(
                inputs, radius=raised(inputs.providers.radius, j, change.needed)
            )
            dials = replace(dials, unit_reach=max(dials.unit_reach, change.needed))
        elif change.code == "capacity":
            inputs = with_providers(inputs, capacity=raised(room, j, room[j] + change.needed))
        elif change.code == "size":
            inputs = with_bases(inputs, most=raised(most, k, most[k] + change.needed))
        elif change.code == "contiguity":
            dials = replace(dials, reach=change.needed)
        else:
            kept = (inputs.unwilling != (compound, j)).any(axis=1)
            inputs = replace(inputs, unwilling=inputs.unwilling[kept])
    return inputs, dials


def test_once_every_change_of_a_way_is_made_the_place_keeps_the_rules_and_costs_no_more():
    told = set()
    for seed in range(30):
        for dials in DIALS:
            inputs = drawn(seed)
            district = derive(inputs, dials)
            try:
                plan = gap_careful(district)
            except PlanningError:
                continue
            for compound, ways in ways_out(inputs, dials, district, plan).items():
                for way in ways:
                    then = after(inputs, dials, compound, way)
                    other = derive(*then)
                    bundle = plan.bundle.copy()
                    bundle[compound] = way.bundle
                    taken = plan_of(other, bundle)
                    case = seed, compound, way
                    assert breaches(*then, taken) == [], case
                    before = split_of(other, plan_of(other, plan.bundle)).objective
                    assert split_of(other, taken).objective <= before + 1e-6, case
                    told |= {change.code for change in way.changes}
    assert told >= {"fee", "collection", "willingness", "capacity", "contiguity", "distance"}


def test_who_is_locked_to_fallback_has_no_way_out():
    inputs, dials = row_of(3), Dials()
    plan = served_but(inputs, dials, 2)
    held = replace(inputs, locked=np.array([[2, NOBODY]]))
    assert ways_out(held, dials, derive(held, dials), plan) == {}


def test_the_fewest_changes_are_told_and_nobody_served_is_asked():
    inputs = row_of(3, bases=bases_at([0.0], most=np.array([2])))
    inputs = replace(inputs, unwilling=np.array([[2, 0]]))
    dials = Dials()
    found = ways_out(inputs, dials, derive(inputs, dials), served_but(row_of(3), dials, 2))
    assert set(found) == {2}
    assert codes(found[2]) == {("willingness", "size")}
