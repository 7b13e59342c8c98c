"""What a plan is reckoned from: the register's numbers, the norms where it is silent, and why."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compounds.assignment.models import AssignmentLock
from compounds.planning.core.inputs import CENTRE, COMPANY, NOBODY, UNIT
from compounds.planning.gathering import ONLY_AGREED, gather_inputs
from compounds.providers.models import ProviderBase
from tests.compounds.assignment.cast import make_cast
from tests.compounds.planning.desk import make_norms
from tests.factories import make_compound, make_invitation, make_provider

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 6, 1)


def make_firm(district, **changes):
    """A firm with a base near the sample compounds."""
    firm = make_provider(district.area, **changes)
    ProviderBase.objects.create(provider=firm, name="服务站", longitude=112.561, latitude=37.781)
    return firm


def gathered(district, norms=None, **changes):
    norms = norms or make_norms(district.area, centre_capacity=80000)
    return gather_inputs(district.area, norms, DAY, **changes)


def test_numbers_of_the_register_go_in_as_they_are(district):
    compound = make_compound(district.community)
    make_firm(district)
    found = gathered(district)
    rows = found.inputs.compounds
    assert rows.ids.tolist() == [compound.pk]
    assert rows.area.tolist() == [5500.0]
    assert rows.households.tolist() == [80]
    assert rows.fee.tolist() == [0.5]  # the norm: no contract says it
    assert found.readiness.estimates[compound.pk] == (
        "fee",
        "collection",
        "service",  # lifts are not known
    )
    assert found.inputs.providers.kind.tolist() == [COMPANY, CENTRE]
    assert rows.today.tolist() == [NOBODY]


def test_what_cannot_be_placed_is_left_out_and_named(district):
    lost = make_compound(district.community, longitude=None, latitude=None)
    empty = make_compound(
        district.community, chargeable_area_m2=None, floor_area_m2=None, household_count=None
    )
    found = gathered(district)
    assert len(found.inputs.compounds.ids) == 0
    assert {code: [row[0] for row in rows] for code, rows in found.readiness.left_out.items()} == {
        "NO_PLACE": [lost.pk],
        "NO_SIZE": [empty.pk],
    }


def test_a_missing_size_is_reckoned_from_the_others(district):
    make_compound(district.community, household_count=100, chargeable_area_m2=7000)
    guessed = make_compound(
        district.community, household_count=50, chargeable_area_m2=None, floor_area_m2=None
    )
    counted = make_compound(district.community, household_count=None, chargeable_area_m2=1400)
    found = gathered(district)
    rows = dict(zip(found.inputs.compounds.ids.tolist(), range(3), strict=True))
    assert found.inputs.compounds.area[rows[guessed.pk]] == pytest.approx(3500)
    assert found.inputs.compounds.households[rows[counted.pk]] == 20
    assert "area_guess" in found.readiness.estimates[guessed.pk]
    assert "households" in found.readiness.estimates[counted.pk]


@pytest.mark.parametrize(
    ("why", "changes"),
    [
        ("BLACKLISTED", {"blacklisted_until": dt.date(2027, 1, 1)}),
        ("NOT_ABLE", {"is_able": False}),
        ("NOT_WILLING", {"is_willing": False}),
        ("RATING_C", {"rating": "C"}),
        ("NO_CAPACITY", {"capacity_m2": None}),
        ("FALLBACK_ONLY", {"kind": "FALLBACK_TEAM"}),
    ],
)
def test_firms_that_cannot_serve_are_not_planned_with(district, why, changes):
    make_compound(district.community)
    firm = make_firm(district, **changes)
    found = gathered(district)
    assert [row[0] for row in found.readiness.firms_out[why]] == [firm.pk]
    assert firm.pk not in found.inputs.providers.ids


def test_a_firm_without_a_base_is_not_planned_with(district):
    make_compound(district.community)
    make_provider(district.area)
    assert list(gathered(district).readiness.firms_out) == ["NO_BASE"]


def test_who_refused_is_out_and_who_agreed_may_be_the_only_ones(district):
    compound = make_compound(district.community)
    refused, agreed, silent = (make_firm(district) for _ in range(3))
    make_invitation(compound, refused, answer="REFUSED")
    make_invitation(compound, agreed, answer="AGREED_WITH_SUBSIDY")
    norms = make_norms(district.area)
    number = {pk: at for at, pk in enumerate([refused.pk, agreed.pk, silent.pk])}
    found = gathered(district, norms=norms)
    assert found.inputs.unwilling.tolist() == [[0, number[refused.pk]]]
    assert found.inputs.willing is None
    only = gathered(district, norms=norms, who=ONLY_AGREED)
    assert only.inputs.willing.tolist() == [[0, number[agreed.pk]]]


def test_locks_are_kept_and_held_compounds_left_out(district):
    cast = make_cast(district)
    firm = make_firm(district)
    kept, held = make_compound(district.community), make_compound(district.community)
    AssignmentLock.objects.create(
        compound=kept, kind="KEEP", provider=firm, reason="协议在先", set_by=cast.officer
    )
    AssignmentLock.objects.create(compound=held, kind="HOLD", reason="征收", set_by=cast.officer)
    found = gathered(district)
    assert found.inputs.locked.tolist() == [[0, 0]]
    assert [row[0] for row in found.readiness.left_out["HELD"]] == [held.pk]


def test_a_lock_for_a_firm_that_cannot_be_planned_with_is_told_not_turned_round(district):
    cast = make_cast(district)
    firm = make_firm(district, is_able=False)
    kept = make_compound(district.community)
    AssignmentLock.objects.create(
        compound=kept, kind="KEEP", provider=firm, reason="协议在先", set_by=cast.officer
    )
    found = gathered(district)
    assert found.inputs.locked.tolist() == []
    assert "KEPT_FOR_NONE" in found.readiness.estimates[kept.pk]


def test_a_units_company_is_known_by_its_name(district):
    compound = make_compound(district.community, unit_name="北营铁路工务段", unit_state="ACTIVE")
    firm = make_firm(district, name="北营铁路工务段后勤物业（样例）", kind="UNIT_COMPANY")
    found = gathered(district)
    assert found.inputs.providers.kind[0] == UNIT
    assert found.inputs.compounds.unit.tolist() == [0]
    assert (compound.pk, firm.pk) == (found.inputs.compounds.ids[0], found.inputs.providers.ids[0])


def test_gathering_asks_as_many_questions_for_one_compound_as_for_many(
    district, django_assert_num_queries
):
    norms = make_norms(district.area)
    firm = make_firm(district)
    make_invitation(make_compound(district.community), firm)
    with CaptureQueriesContext(
        connection,
    ) as few:
        gathered(district, norms=norms)
    for _ in range(12):
        make_invitation(make_compound(district.other_community, refresh=False), make_firm(district))
    with django_assert_num_queries(len(few)):
        gathered(district, norms=norms)


def test_a_units_own_company_has_a_cost_of_running_of_its_own(district):
    make_compound(district.community)
    make_firm(district)
    make_firm(district, kind="UNIT_COMPANY")
    norms = make_norms(district.area, fixed=4000, unit_fixed=500, centre_fixed=0)
    assert sorted(gathered(district, norms).inputs.bases.fixed.tolist()) == [18000.0, 144000.0]
