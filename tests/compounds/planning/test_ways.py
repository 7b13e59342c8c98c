"""A way out of fallback is one: with its changes made, the compound can be served at no loss."""

from dataclasses import replace

import numpy as np

from compounds.planning.core.district import derive
from compounds.planning.core.explaining import Standing
from compounds.planning.core.generator import generate
from compounds.planning.core.inputs import NOBODY, Dials
from compounds.planning.core.offices import gap_careful
from compounds.planning.core.plan import Plan, plan_of
from compounds.planning.core.ways import ways_out
from tests.compounds.planning.small import bases_at, providers_of, row_of, with_compounds

HAIR = 1.000_001


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
    """The inputs after the change; a hair more, for margins are rounded."""
    told = getattr(inputs.compounds, change.code).copy()
    told[compound] = change.needed * HAIR
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
                    assert price <= 120, (seed, compound)
                    assert set(blocks) <= {"cap"}
                    assert sum(blocks.values()) <= 120
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
        assert -100 <= price <= 100
        assert not blocks


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
