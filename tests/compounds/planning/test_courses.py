"""A bundle's money month by month ends where the plan ends; a member that leaves takes others."""

import numpy as np
import pytest

from compounds.planning.core.courses import course, without_largest
from compounds.planning.core.district import derive
from compounds.planning.core.generator import generate
from compounds.planning.core.inputs import Dials
from compounds.planning.core.offices import gap_careful
from compounds.planning.core.plan import chosen_arcs, gaps
from tests.compounds.planning.small import bases_at, compounds_at, row_of, with_bases

RAMP = 6  # months of serving before charging, over which subsidy is usually paid


def bundles_of(inputs, dials):
    district = derive(inputs, dials)
    plan = gap_careful(district)
    arcs = chosen_arcs(district, plan.bundle)
    served = arcs[arcs >= 0]
    for bundle in np.unique(district.arc_bundle[served]):
        mine = served[district.arc_bundle[served] == bundle]
        yield district, mine, float(plan.subsidy[bundle])


def test_the_last_balance_is_what_the_plan_counts():
    dials = Dials(carry=0.4)
    inputs = generate(60, seed=2)
    for district, arcs, subsidy in bundles_of(inputs, dials):
        fixed = district.bundle_fixed[district.arc_bundle[arcs[0]]]
        counted = district.arc_margin[arcs].sum() + subsidy - fixed
        found = course(inputs, dials, district, arcs, subsidy, RAMP)
        assert found.balances[-1] == pytest.approx(counted, abs=51 * len(arcs))
        assert found.balances[-1] >= 0
        assert found.paid_back is not None
        assert (found.balances[found.paid_back - 1 :] >= 0).all()
        assert found.paid_back == 1 or found.balances[found.paid_back - 2] < 0
        assert found.advance == max(0.0, -found.balances.min())


def test_while_serving_comes_before_charging_money_is_advanced():
    inputs = with_bases(row_of(5), fixed=np.array([3_000.0]))
    district = derive(inputs, Dials(carry=1.0))
    arcs = district.arc_ptr[:-1]
    found = course(inputs, Dials(carry=1.0), district, arcs, 0.0, RAMP)
    ramp = inputs.economy.ramp_months
    assert (np.diff(found.balances[:ramp]) < 0).all()
    assert found.monthly > 0
    assert found.balances.argmin() == ramp - 1
    assert ramp < found.paid_back <= inputs.economy.months


def test_a_bundle_that_loses_every_month_is_never_paid_back_without_subsidy():
    inputs = with_bases(row_of(2), fixed=np.array([90_000.0]))
    district = derive(inputs, Dials())
    arcs = district.arc_ptr[:-1]
    assert course(inputs, Dials(), district, arcs, 0.0, RAMP).paid_back is None
    paid = gaps(district, arcs)[0]
    assert course(inputs, Dials(), district, arcs, paid, RAMP).paid_back == 1


def test_subsidy_paid_late_is_advanced_and_what_is_paid_after_the_horizon_is_not_there():
    inputs = with_bases(row_of(2), fixed=np.array([90_000.0]))
    district = derive(inputs, Dials())
    arcs = district.arc_ptr[:-1]
    paid = float(gaps(district, arcs)[0])
    soon, late, never = (
        course(inputs, Dials(), district, arcs, paid, months) for months in (RAMP, 36, 60)
    )
    assert soon.balances[-1] == late.balances[-1] == 0
    assert soon.advance == 0 < late.advance < never.advance
    assert never.balances[-1] == pytest.approx(-paid * 24 / 60, abs=120)
    assert never.paid_back is None


def test_who_was_joined_through_the_largest_is_lost_with_it():
    compounds = compounds_at(
        [400.0, 800.0, 1_200.0, 1_600.0], area=np.array([9_000.0, 9_000.0, 30_000.0, 8_000.0])
    )
    inputs = row_of(4, compounds=compounds, bases=bases_at([0.0], fixed=np.array([60_000.0])))
    district = derive(inputs, Dials())
    arcs = district.arc_ptr[:-1]
    found = without_largest(district, arcs, 0.0)
    assert (found.compound, found.lost, found.count) == (2, (3,), 2)
    gap = 60_000.0 - district.arc_margin[arcs[:2]].sum()
    assert found.gap == pytest.approx(gap)
    assert found.over == pytest.approx(max(gap - 3.0 * 18_000, 0.0))
    assert found.more == pytest.approx(gap)


def test_without_its_only_member_a_bundle_needs_nothing():
    district = derive(row_of(1), Dials())
    found = without_largest(district, district.arc_ptr[:-1], 1_000.0)
    assert (found.count, found.gap, found.over, found.more) == (0, 0.0, 0.0, -1_000.0)
