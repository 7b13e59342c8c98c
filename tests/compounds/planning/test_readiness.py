"""Is a plan worth reckoning: said plainly, with what is missing, doubtful and estimated."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compounds.assignment.models import AssignmentLock
from compounds.planning.foreseeing import NO, TRIAL, YES, Foresight
from compounds.planning.gathering import gather_inputs
from compounds.planning.models import Norms
from compounds.providers.models import ProviderBase
from tests.compounds.assignment.cast import make_cast
from tests.compounds.planning.desk import make_norms
from tests.factories import make_compound, make_provider

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 6, 1)
RICH = {"fee": "3", "collection_percent": 100, "service_percent": 0}


def firm_in(district, **changes):
    firm = make_provider(district.area, **{"capacity_m2": 100_000, **changes})
    ProviderBase.objects.create(provider=firm, name="服务站", longitude=112.56, latitude=37.78)
    return firm


def seen(district, norms=None, **changes) -> Foresight:
    norms = norms or make_norms(district.area, **{**RICH, **changes})
    return Foresight(gather_inputs(district.area, norms, DAY), norms)


def lock(compound, firm, by) -> None:
    AssignmentLock.objects.create(
        compound=compound, provider=firm, kind="KEEP", reason="样例", set_by=by
    )


def test_a_district_of_nobody_is_not_worth_a_plan(district):
    found = seen(district)
    assert found.verdict == NO
    assert [code for code, _words in found.reasons] == [NO, TRIAL]


def test_without_a_firm_all_would_be_fallback(district):
    make_compound(district.community)
    assert seen(district).verdict == NO


def test_where_fees_are_the_norms_a_plan_is_a_trial(district):
    firm_in(district)
    make_compound(district.community)
    found = seen(district)
    assert found.verdict == TRIAL
    assert found.bearing == 1


def test_a_register_with_contracts_and_reports_is_worth_a_plan(district):
    firm_in(district)
    make_compound(district.community)
    sources = {name: ["STATED", "区物业中心"] for name in Norms.NUMBERS}
    found = seen(district, sources=sources)
    for code in ("fee", "collection"):
        found.ready.estimated.pop(code)
    assert (found.verdict, found.reasons) == (YES, [])


def test_margins_below_nothing_everywhere_are_said(district):
    firm_in(district)
    make_compound(district.community)
    found = seen(district, fee="0", revenue="0", each=100)
    assert found.bearing == 0
    assert len(found.doubts["LOSES"]) == 1
    assert found.verdict == TRIAL


def test_two_compounds_at_one_point_are_doubtful(district):
    firm_in(district)
    rows = [make_compound(district.community, longitude=112.57, latitude=37.79) for _ in range(2)]
    make_compound(district.community, longitude=112.58, latitude=37.79)
    assert {pk for pk, *_rest in seen(district).doubts["SAME_PLACE"]} == {row.pk for row in rows}


def test_many_without_coordinates_are_no_plan(district):
    firm_in(district)
    make_compound(district.community)
    make_compound(district.community, longitude=None, latitude=None)
    assert seen(district).verdict == NO


def test_a_compound_larger_than_every_room_is_named(district):
    firm_in(district, capacity_m2=1000)
    large = make_compound(district.community)
    assert [pk for pk, *_rest in seen(district).doubts["NO_FIRM"]] == [large.pk]


def test_a_compound_too_far_from_everybody_is_named(district):
    firm_in(district, distance_limit_m=500)
    make_compound(district.community, longitude=112.56, latitude=37.78)
    far = make_compound(district.community, longitude=113.5, latitude=37.78)
    assert [pk for pk, *_rest in seen(district).doubts["OUT_OF_REACH"]] == [far.pk]


def test_locks_that_cannot_be_kept_are_named_before_a_run(district):
    cast = make_cast(district)
    firm = firm_in(district, capacity_m2=9000, distance_limit_m=3000)
    near = [make_compound(district.community, longitude=112.56, latitude=37.78) for _ in range(2)]
    far = make_compound(district.community, longitude=113.5, latitude=37.78)
    for compound in (*near, far):
        lock(compound, firm, cast.officer)
    found = seen(district)
    named = {code: {pk for pk, *_rest in rows} for code, rows in found.doubts.items()}
    assert named["LOCK_capacity"] == {row.pk for row in near}
    assert named["LOCK_out_of_reach"] == {far.pk}
    assert found.verdict == NO


def test_the_page_says_it_and_leads_to_where_it_is_mended(client, district):
    cast = make_cast(district)
    firm_in(district)
    make_compound(district.community, longitude=None, latitude=None, name="样例无坐标院")
    make_norms(district.area)
    client.force_login(cast.officer)
    said = client.get(reverse("planning:readiness")).content.decode()
    assert "样例无坐标院" in said
    assert "is_unmanaged=true&amp;missing=longitude" in said


def test_the_page_asks_the_same_however_many_rows(client, district):
    cast = make_cast(district)
    firm_in(district)
    make_norms(district.area)
    client.force_login(cast.officer)

    def asked():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(reverse("planning:readiness")).status_code == 200
        return len(queries)

    make_compound(district.community)
    few = asked()
    for _ in range(12):
        make_compound(district.community)
    assert asked() <= few
