"""Drawn collection: the planned share needs what the plan pays, a lower one never less."""

import numpy as np
import pytest

from compounds.planning.core.district import derive
from compounds.planning.core.generator import generate
from compounds.planning.core.inputs import Dials
from compounds.planning.core.offices import gap_careful
from compounds.planning.core.plan import chosen_arcs, plan_of, split_of
from compounds.planning.core.risk import LEVELS, _Members, risks
from tests.compounds.planning.small import row_of, with_bases, with_compounds


@pytest.fixture(scope="module")
def planned():
    inputs, dials = generate(60, seed=3), Dials()
    district = derive(inputs, dials)
    return inputs, dials, district, gap_careful(district)


def members(planned, bundle):
    inputs, dials, district, plan = planned
    arcs = chosen_arcs(district, plan.bundle)
    arcs = arcs[arcs >= 0]
    return _Members(inputs, dials, district, arcs[district.arc_bundle[arcs] == bundle])


def test_at_the_planned_shares_a_bundle_needs_what_the_plan_pays(planned):
    plan = planned[3]
    for bundle in risks(*planned, seed=1):
        mine = members(planned, bundle)
        assert mine.needs(mine.share) == pytest.approx(plan.subsidy[bundle], abs=1e-6)


def test_lower_collection_never_needs_less_and_the_least_needs_just_the_cap(planned):
    found = risks(*planned, seed=1)
    assert found
    for bundle, risk in found.items():
        mine = members(planned, bundle)
        needs = [float(mine.needs(mine.share * factor)) for factor in np.linspace(0, 1, 9)]
        assert needs == sorted(needs, reverse=True)
        assert list(risk.needs) == sorted(risk.needs)
        if risk.least:
            at_least = float(mine.needs(mine.share * risk.least / risk.planned))
            assert at_least == pytest.approx(mine.most, abs=1)


def test_the_same_seed_draws_the_same_and_each_bundle_for_itself(planned):
    assert risks(*planned, seed=5) == risks(*planned, seed=5)
    first, second = risks(*planned, seed=5), risks(*planned, seed=6)
    assert [one.needs for one in first.values()] != [one.needs for one in second.values()]
    assert all(0 <= one.over <= 1 and len(one.needs) == len(LEVELS) for one in first.values())


def test_what_was_collected_in_full_for_a_while_is_not_sure():
    inputs = with_bases(row_of(3), fixed=np.array([40_000.0]))
    inputs = with_compounds(inputs, collection=np.array([1.0, 1.0, 1.0]))
    dials = Dials(cap=9.0, carry=1.0)
    district = derive(inputs, dials)
    inputs = with_bases(inputs, fixed=np.array([district.arc_margin.sum() + 9.0 * 30_000]))
    district = derive(inputs, dials)
    plan = plan_of(district, np.zeros(3, dtype=np.int32))
    (risk,) = risks(inputs, dials, district, plan, seed=2).values()
    assert risk.planned == 1
    assert risk.needs[0] < risk.needs[-1]
    assert 0.3 < risk.over < 1


def test_who_pays_nothing_at_all_is_drawn_as_planned():
    inputs = with_bases(row_of(3), fixed=np.array([40_000.0]))
    inputs = with_compounds(inputs, collection=np.array([0.0, 0.0, 0.0]))
    dials = Dials(cap=9.0)
    district = derive(inputs, dials)
    plan = plan_of(district, np.zeros(3, dtype=np.int32))
    (risk,) = risks(inputs, dials, district, plan, seed=2).values()
    assert set(risk.needs) == {split_of(district, plan).subsidy}


def test_a_bundle_paid_to_its_cap_runs_over_it_about_every_second_time():
    inputs = row_of(4)
    whole = derive(inputs, Dials())
    margin = whole.arc_margin.sum()
    inputs = with_bases(inputs, fixed=np.array([margin + 3.0 * whole.area.sum()]))
    district = derive(inputs, Dials())
    arcs = district.arc_ptr[:-1]
    assert len(arcs) == 4
    plan = plan_of(district, district.arc_bundle[arcs])
    (risk,) = risks(inputs, Dials(), district, plan, seed=1).values()
    assert 0.4 < risk.over < 0.65
    assert risk.least == pytest.approx(risk.planned, rel=0.01)
