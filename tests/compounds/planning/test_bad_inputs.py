"""Districts and dials at their worst, through the real services and pages: a clear answer each."""

import datetime as dt
from contextlib import suppress

import pytest
from django.urls import reverse
from django.utils import timezone

from compounds.assignment.models import AssignmentLock
from compounds.planning.core.inputs import Dials
from compounds.planning.models import PlanBundle, PlanPlace, PlanRun
from compounds.planning.services import reckoning
from compounds.planning.services.running import start_plan
from compounds.planning.services.storing import store
from compounds.providers.models import ProviderBase
from governance.foundation.errors import DomainError
from tests.compounds.assignment.cast import make_cast
from tests.compounds.planning.desk import make_norms, make_run
from tests.factories import make_compound, make_provider

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
DAY = dt.date(2026, 6, 1)


@pytest.fixture
def cast(district):
    return make_cast(district)


def firm_at(district, **changes):
    firm = make_provider(district.area, **changes)
    ProviderBase.objects.create(provider=firm, name="服务站", longitude=112.56, latitude=37.78)
    return firm


def norms(district, **changes):
    rich = {"fixed": 100, "fallback_each": 1500, "penalty": 400, "service_percent": 0}
    return make_norms(district.area, **{**rich, **changes})


def near(district, count: int, **changes):
    return [
        make_compound(district.community, longitude=112.56 + 0.001 * at, latitude=37.78, **changes)
        for at in range(count)
    ]


def lock(compound, firm, cast) -> None:
    AssignmentLock.objects.create(
        compound=compound, provider=firm, kind="KEEP", reason="样例", set_by=cast.officer
    )


def reckoned(cast, district, **dials) -> PlanRun:
    run = start_plan(
        by=cast.officer, area=district.area, dials=Dials(**dials), seconds=1, as_of=DAY
    )
    with suppress(DomainError):
        reckoning.execute(run)
    run.refresh_from_db()
    return run


def said(client, cast, run) -> str:
    client.force_login(cast.officer)
    answer = client.get(reverse("planning:plan_detail", args=[run.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_without_a_budget_nothing_is_paid(client, cast, district):
    norms(district, fixed=5000)
    firm_at(district)
    near(district, 3)
    run = reckoned(cast, district, budget=0.0)
    assert (run.state, run.figures["plan"]["subsidy"]) == ("DONE", 0)
    said(client, cast, run)


def test_a_year_without_money_is_a_budget_of_nothing(client, cast, district):
    norms(district, fixed=5000)
    firm_at(district)
    near(district, 3)
    run = start_plan(by=cast.officer, area=district.area, dials=Dials(), seconds=1, as_of=DAY)
    run.dials = {**run.dials, "years": [[0.5, 0.0]]}
    run.save()
    reckoning.execute(run)
    run.refresh_from_db()
    assert run.figures["plan"]["subsidy"] == 0


def test_everything_locked_is_a_plan_of_the_locks(client, cast, district):
    norms(district)
    firm = firm_at(district)
    rows = near(district, 3)
    for row in rows:
        lock(row, firm, cast)
    run = reckoned(cast, district)
    assert (run.state, run.left_count) == ("DONE", 0)
    assert set(PlanBundle.objects.filter(run=run).values_list("provider", flat=True)) == {firm.pk}


def test_locks_beyond_what_their_firm_can_take_are_named(client, cast, district):
    norms(district)
    firm = firm_at(district, capacity_m2=9000, name="样例小物业")
    for row in near(district, 2):
        lock(row, firm, cast)
    run = reckoned(cast, district)
    assert run.state == "FAILED"
    assert run.figures["conflict"]["is_minimal"]
    assert {item["kind"] for item in run.figures["conflict"]["items"]} == {"lock", "capacity"}
    assert "样例小物业" in said(client, cast, run)
    assert not PlanPlace.objects.filter(run=run).exists()


def test_a_compound_larger_than_every_capacity_is_left(client, cast, district):
    norms(district)
    firm_at(district, capacity_m2=6000)
    near(district, 2)
    large = make_compound(
        district.community, longitude=112.561, latitude=37.78, chargeable_area_m2=90_000
    )
    run = reckoned(cast, district)
    assert PlanPlace.objects.get(run=run, compound=large).outcome == "STAYS"
    said(client, cast, run)


def test_a_large_compound_that_must_be_served_and_cannot_is_named(client, cast, district):
    norms(district)
    firm_at(district, capacity_m2=6000)
    make_compound(
        district.community, longitude=112.56, latitude=37.78, chargeable_area_m2=90_000,
        household_count=900, name="样例千户大院",
    )  # fmt: skip
    run = reckoned(cast, district, must_serve=300)
    kinds = {item["kind"] for item in run.figures["conflict"]["items"]}
    assert kinds == {"must_serve", "capacity"}
    assert "样例千户大院" in said(client, cast, run)


def test_compounds_without_coordinates_stay_out_and_the_rest_is_planned(cast, district):
    norms(district)
    firm_at(district)
    near(district, 2)
    make_compound(district.community, longitude=None, latitude=None)
    run = reckoned(cast, district)
    assert (run.state, run.readiness["left_out"]) == ("DONE", {"NO_PLACE": 1})
    assert PlanPlace.objects.filter(run=run).count() == 2


def test_compounds_at_one_point_far_from_the_base_do_not_carry_each_other(cast, district):
    norms(district)
    firm_at(district)
    for _ in range(2):
        make_compound(district.community, longitude=112.59, latitude=37.78)
    run = reckoned(cast, district)
    assert (run.state, run.left_count) == ("DONE", 2)


def test_where_every_margin_is_below_nothing_all_is_left_and_nothing_paid(client, cast, district):
    norms(district, fee="0", each=90_000)
    firm_at(district)
    near(district, 3)
    run = reckoned(cast, district)
    assert (run.state, run.left_count, run.figures["plan"]["subsidy"]) == ("DONE", 3, 0)
    said(client, cast, run)


def test_a_worker_that_was_killed_is_told_and_the_plan_can_be_begun_again(client, cast, district):
    norms(district)
    run = make_run(district.area, cast.officer, state="RUNNING", figures={}, done=30)
    long_ago = timezone.now() - dt.timedelta(minutes=6)
    PlanRun.objects.filter(pk=run.pk).update(heartbeat_at=long_ago, public_money=None)
    page = said(client, cast, run)
    run.refresh_from_db()
    assert run.state == "FAILED"
    assert f"?like={run.pk}&amp;area={district.area.code}" in page
    assert client.get(reverse("planning:plan_new"), {"like": run.pk}).status_code == 200
    assert start_plan(by=cast.officer, area=district.area, dials=Dials()).pk


def test_a_killed_run_does_not_stand_in_the_way_of_the_next(cast, district):
    norms(district)
    run = make_run(district.area, cast.officer, state="RUNNING", figures={}, done=30)
    with pytest.raises(DomainError):
        start_plan(by=cast.officer, area=district.area, dials=Dials())
    long_ago = timezone.now() - dt.timedelta(minutes=6)
    PlanRun.objects.filter(pk=run.pk).update(started_at=long_ago, heartbeat_at=long_ago)
    assert start_plan(by=cast.officer, area=district.area, dials=Dials()).pk


def test_a_plan_of_a_run_that_was_given_up_meanwhile_is_not_kept(cast, district, monkeypatch):
    norms(district)
    firm_at(district)
    near(district, 2)
    kept = {}

    def given_up(run, results, began):
        kept["asked"] = True
        PlanRun.objects.filter(pk=run.pk).update(state="FAILED")
        store(run, results, began)

    monkeypatch.setattr(reckoning, "store", given_up)
    run = reckoned(cast, district)
    assert kept
    assert (run.state, run.figures, run.public_money) == ("FAILED", {}, None)
    assert not PlanPlace.objects.filter(run=run).exists()
    assert not PlanBundle.objects.filter(run=run).exists()


def test_rows_and_the_end_of_a_run_are_kept_together(cast, district, monkeypatch):
    norms(district)
    firm_at(district)
    near(district, 2)
    monkeypatch.setattr(PlanRun, "save", _broken(PlanRun.save))
    run = start_plan(by=cast.officer, area=district.area, dials=Dials(), seconds=1, as_of=DAY)
    with pytest.raises(RuntimeError):
        reckoning.execute(run)
    assert not PlanPlace.objects.filter(run=run).exists()


def _broken(save):
    """Saving breaks where a run says that it is done: a power cut at the last moment."""

    def broken(self, *args, **kwargs):
        if self.state == PlanRun.State.DONE:
            raise RuntimeError("power cut")
        save(self, *args, **kwargs)

    return broken
