"""The page of curves in each of its states, what is kept of a reckoning, and for whom."""

import datetime as dt
from io import BytesIO
from unittest import mock

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from compounds.planning.core import annealing
from compounds.planning.core import curves as core
from compounds.planning.core.inputs import Dials
from compounds.planning.core.keeping import unpack
from compounds.planning.curves import CurvePage
from compounds.planning.models import PlanBundle, PlanCurve, PlanPlace, PlanRun
from compounds.planning.services import exploring, rebuilding, reckoning
from compounds.planning.services.curves import start_curves
from compounds.planning.services.running import dials_of, start_plan
from compounds.providers.models import ProviderBase
from governance.foundation.errors import DomainError, NotAllowed
from tests.compounds.assignment.cast import make_cast
from tests.compounds.planning import desk
from tests.factories import make_compound, make_invitation, make_provider

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
DAY = dt.date(2026, 6, 1)
State = PlanCurve.State


@pytest.fixture
def cast(district):
    return make_cast(district)


@pytest.fixture
def run(district, cast):
    """A finished plan without rows."""
    return desk.make_run(district.area, cast.officer)


@pytest.fixture
def planned(district, cast):
    """A plan that was reckoned: four compounds round two bases of one firm, one refused."""
    desk.make_norms(
        district.area, fixed=500, fallback_each=1500, penalty=400, service_percent=40, revenue="0.1"
    )
    firm = make_provider(district.area)
    for at, name in ((112.56, "服务站"), (112.57, "二站")):
        ProviderBase.objects.create(provider=firm, name=name, longitude=at, latitude=37.78)
    near = [
        make_compound(district.community, longitude=112.56 + 0.004 * at, lift_count=0)
        for at in range(4)
    ]
    make_invitation(near[0], firm, answer="REFUSED")
    found = start_plan(by=cast.officer, area=district.area, dials=Dials(), seconds=1, as_of=DAY)
    reckoning.execute(found)
    found.refresh_from_db()
    return found


@pytest.fixture(autouse=True)
def quick_and_english(monkeypatch, client):
    """A second of search is five hundred moves here, and pages speak English."""
    monkeypatch.setattr(exploring, "MOVES_A_SECOND", 500)
    client.cookies["django_language"] = "en"


def page_of(client, run):
    return client.get(reverse("planning:curve_detail", args=[run.pk]))


def words_of(client, run) -> str:
    return page_of(client, run).content.decode()


def test_curves_are_reckoned_from_the_kept_inputs_and_kept_whole(client, cast, planned):
    curve = start_curves(by=cast.officer, run=planned, seconds=1)
    exploring.execute(curve)
    curve.refresh_from_db()
    assert (curve.state, curve.error) == (State.DONE, "")
    assert curve.points["plan"]["objective"] == pytest.approx(
        planned.figures["plan"]["objective"], abs=1
    )
    assert curve.points["base"]["objective"] <= curve.points["plan"]["objective"] + 1e-6
    assert {one["kind"] for one in curve.points["prices"]} >= {"cap", "contiguity", "refusals"}
    assert min(one["saving"] for one in curve.points["prices"]) >= 0
    assert set(curve.versions) == {"numpy", "numba", "highspy"}
    client.force_login(cast.officer)
    assert page_of(client, planned).status_code == 200


def test_the_plan_is_read_back_from_its_rows(planned):
    inputs = unpack(planned.inputs)
    plan = exploring.kept_plan(planned, inputs, dials_of(planned))
    served = {
        inputs.compounds.ids[at]: inputs.providers.ids[inputs.bases.provider[bundle]]
        for at, bundle in enumerate(plan.bundle)
        if bundle >= 0
    }
    rows = PlanPlace.objects.filter(run=planned, bundle__isnull=False)
    assert served == dict(rows.values_list("compound", "bundle__provider"))


def test_the_base_that_was_kept_is_taken_and_not_guessed(planned):
    inputs, dials = unpack(planned.inputs), dials_of(planned)
    guess = mock.patch.object(rebuilding, "_base_of", side_effect=AssertionError)
    with guess:
        kept = exploring.kept_plan(planned, inputs, dials)
    for row in PlanBundle.objects.filter(run=planned):
        del row.account["base"]
        row.save()
    assert (exploring.kept_plan(planned, inputs, dials).bundle == kept.bundle).all()


def test_a_bundle_that_lost_its_members_is_not_guessed(planned):
    PlanPlace.objects.filter(run=planned, bundle__isnull=False).delete()
    with pytest.raises(DomainError):
        exploring.kept_plan(planned, unpack(planned.inputs), dials_of(planned))


def test_a_plan_whose_rows_were_lost_is_not_guessed(cast, planned):
    PlanBundle.objects.filter(run=planned).delete()
    curve = start_curves(by=cast.officer, run=planned, seconds=1)
    with pytest.raises(DomainError):
        exploring.execute(curve)
    curve.refresh_from_db()
    assert (curve.state, curve.points) == (State.FAILED, {})
    assert curve.error


def test_a_cancelled_reckoning_leaves_no_point(cast, planned):
    curve = start_curves(by=cast.officer, run=planned, seconds=1)
    PlanCurve.objects.filter(pk=curve.pk).update(cancel_requested=True)
    exploring.execute(curve)
    curve.refresh_from_db()
    assert (curve.state, curve.points) == (State.CANCELLED, {})


def test_a_killed_worker_leaves_no_half_curve_and_another_may_begin(client, cast, planned):
    class Killed(BaseException):
        pass

    curve = start_curves(by=cast.officer, run=planned, seconds=1)
    with (
        mock.patch.object(core, "anneal", side_effect=Killed),
        mock.patch.object(PlanCurve, "save"),  # a dead worker writes nothing any more
        pytest.raises(Killed),
    ):
        exploring.execute(curve)
    curve.refresh_from_db()
    assert (curve.state, curve.points) == (State.RUNNING, {})
    long_ago = timezone.now() - dt.timedelta(hours=1)
    PlanCurve.objects.filter(pk=curve.pk).update(heartbeat_at=long_ago)
    client.force_login(cast.officer)
    assert "The worker stopped without a word." in words_of(client, planned)
    assert start_curves(by=cast.officer, run=planned, seconds=1).pk != curve.pk


def test_a_plan_that_breaks_a_rule_is_not_shown(cast, planned):
    curve = start_curves(by=cast.officer, run=planned, seconds=1)
    broken = mock.Mock(rule="capacity")
    with (
        mock.patch.object(exploring.checking, "breaches", return_value=[broken]),
        pytest.raises(DomainError, match="capacity"),
    ):
        exploring.execute(curve)
    curve.refresh_from_db()
    assert (curve.state, curve.points) == (State.FAILED, {})


def test_the_independent_check_looks_at_each_plan_once_and_shows_signs_of_life(cast, planned):
    curve, seen = start_curves(by=cast.officer, run=planned, seconds=1), []

    def looked_at(inputs, dials, plan):
        seen.append((id(inputs), id(dials), plan.bundle.tobytes()))
        return []

    told = []
    with mock.patch.object(exploring.checking, "breaches", side_effect=looked_at):
        exploring.execute(curve, lambda done, total: told.append(len(seen)))
    assert len(seen) == len(set(seen)) > 1
    assert set(range(len(seen))) <= set(told)


def test_before_anything_was_reckoned_the_page_says_what_it_is_and_offers_it(client, cast, run):
    client.force_login(cast.officer)
    words = words_of(client, run)
    assert "Nothing has been reckoned yet" in words
    assert reverse("planning:curve_start", args=[run.pk]) in words
    assert client.get(reverse("planning:curve_export", args=[run.pk])).status_code == 404
    client.force_login(cast.approver)
    assert reverse("planning:curve_start", args=[run.pk]) not in words_of(client, run)


def test_while_it_runs_the_page_shows_how_far_and_can_cancel(client, cast, run):
    curve = desk.make_curve(run, cast.officer, state=State.RUNNING, done=12, total=70)
    PlanCurve.objects.filter(pk=curve.pk).update(heartbeat_at=timezone.now())
    client.force_login(cast.officer)
    assert "12 of at most 70 searches made." in words_of(client, run)
    url = reverse("planning:curve_detail", args=[run.pk])
    part = client.get(url, headers={"HX-Request": "true", "HX-Target": "progress"})
    assert part.content.decode().count("<html") == 0
    assert client.post(reverse("planning:curve_cancel", args=[run.pk])).status_code == 302
    curve.refresh_from_db()
    assert curve.cancel_requested
    PlanCurve.objects.filter(pk=curve.pk).update(state=State.CANCELLED)
    part = client.get(url, headers={"HX-Request": "true", "HX-Target": "progress"})
    assert part["HX-Refresh"] == "true"


def test_what_failed_or_was_cancelled_leaves_the_earlier_curves_on_the_page(client, cast, run):
    desk.make_curve(run, cast.officer)
    desk.make_curve(run, cast.officer, state=State.CANCELLED, points={})
    client.force_login(cast.officer)
    words = words_of(client, run)
    assert "The last reckoning was cancelled" in words
    assert "Prices of rules and locks" in words
    desk.make_curve(run, cast.officer, state=State.FAILED, points={}, error="样例错误")
    assert "样例错误" in words_of(client, run)


def test_the_latest_finished_curves_are_shown_and_none_is_written_over(client, cast, run):
    desk.make_curve(run, cast.officer)
    desk.make_curve(run, cast.officer, points=desk.make_points(noise=123_456.0))
    client.force_login(cast.officer)
    assert page_of(client, run).context["curves"].noise == 123_456.0
    assert PlanCurve.objects.filter(run=run).count() == 2


def test_what_ten_thousand_yuan_bring_and_what_a_rule_costs(cast, run):
    page = CurvePage(desk.make_curve(run, cast.officer))
    # 31,000 yuan take 240 households out of fallback and spare 90,000 yuan of it.
    assert page.last_worth.households == pytest.approx(240 / 3.1)
    assert page.last_worth.money == pytest.approx(90_000 / 3.1)
    assert page.own_budget.worth is None
    assert (page.reach_step.money, page.carry_step) == (20_000.0, None)
    assert [one.public for one in page.costs] == [-20_000.0]
    assert len(page.below_noise) == 1
    assert page.costs[0].public_signed == "−20,000"


def test_a_plan_with_a_budget_is_told_what_the_next_yuan_bring(client, cast, district):
    run = desk.make_run(district.area, cast.officer, dials={**desk.DIALS, "budget": 10_000.0})
    points = desk.make_points()
    tight, loose = points["curves"]["budget"]
    middle = {**tight["side"], "subsidy": 10_000.0, "public": 70_000.0, "objective": 90_000.0,
              "left_households": 150}  # fmt: skip
    points["curves"]["budget"] = [tight, {"at": 10_000.0, "side": middle}, loose]
    page = CurvePage(desk.make_curve(run, cast.officer, points=points))
    assert page.own_budget.worth.households == pytest.approx(150 / 2.1)
    assert page.own_budget.worth.until == page.budget[-1].label
    assert page.last_worth.households == 90
    client.force_login(cast.officer)
    words = words_of(client, run)
    assert "on the average up to no limit" in words
    assert "More money would stay unused" not in words


def test_more_budget_than_is_spent_is_not_said_to_take_anybody_out(client, cast, district):
    budget = 1_000_000.0
    run = desk.make_run(district.area, cast.officer, dials={**desk.DIALS, "budget": budget})
    points = desk.make_points()
    tight, loose = (one["side"] for one in points["curves"]["budget"])
    steps = ((0.0, tight), (30_000.0, {**loose, "subsidy": 30_000.0}), (100_000.0, loose),
             (budget, loose), (None, loose))  # fmt: skip
    points["curves"]["budget"] = [{"at": at, "side": side} for at, side in steps]
    page = CurvePage(desk.make_curve(run, cast.officer, points=points))
    assert [row.worth is None for row in page.budget] == [False, False, True, True, True]
    assert [row.unspent for row in page.budget] == [0, 0, 69_000, 969_000, 0]
    assert page.last_worth.until == "100,000"
    client.force_login(cast.officer)
    words = words_of(client, run)
    assert "More money would stay unused: 31,000 yuan are all that is worth spending." in words
    assert "969,000 unused" in words


def test_worth_only_falls_along_the_budget(cast, run):
    def side(subsidy, objective, households):
        return {**desk.SIDE, "moved": 0, "subsidy": subsidy, "public": subsidy,
                "objective": objective, "left_households": households}  # fmt: skip

    points = desk.make_points()
    steps = ((0.0, 100.0, 90), (10.0, 95.0, 90), (20.0, 40.0, 30), (40.0, 30.0, 10))
    points["curves"]["budget"] = [
        {"at": None if at == 40.0 else at * 1000, "side": side(at * 1000, cost * 1000, left)}
        for at, cost, left in steps
    ]
    page = CurvePage(desk.make_curve(run, cast.officer, points=points))
    found = [row.worth and row.worth.households for row in page.budget]
    # The second point lies above the line from the first to the third.
    assert found == [30.0, 30.0, 10.0, None]
    last = page.budget[-1].label
    assert [row.worth.until for row in page.budget[:-1]] == ["20,000", "20,000", last]


def test_prices_say_on_which_plan_they_stand(client, cast, run):
    client.force_login(cast.officer)
    desk.make_curve(run, cast.officer)
    assert "all else as in this plan" in words_of(client, run)
    points = desk.make_points()
    points["plan"] = {**points["plan"], "objective": points["base"]["objective"] + 9_000}
    desk.make_curve(run, cast.officer, points=points)
    assert "all else as in the better plan that was found" in words_of(client, run)


def with_better_plan(cast, run, by: float = 9_000.0, **points) -> PlanCurve:
    """Curves whose searches found a plan that is better by so much."""
    found = desk.make_points(**points)
    worse = found["base"]["objective"] + by
    found["plan"] = {**found["base"], "objective": worse, "public": 40_000.0}
    return desk.make_curve(run, cast.officer, points=found)


def test_the_plan_itself_is_a_row_of_its_own_beside_the_better_one(client, cast, run):
    page = CurvePage(with_better_plan(cast, run))
    for rows, points in ((page.budget_table, page.budget), (page.reach_table, page.reach)):
        assert len(rows) == len(points) + 1
        itself = next(row for row in rows if row.is_itself)
        assert itself.side["public"] == 40_000
        assert rows[rows.index(itself) + 1].side["public"] == 31_000
    client.force_login(cast.officer)
    words = words_of(client, run)
    assert words.count("its rules, searched further</span>") == 3
    assert "from the better plan on, two more searches under the same rules" in words
    PlanCurve.objects.all().delete()
    page = CurvePage(desk.make_curve(run, cast.officer))
    assert page.reach_table == page.reach


def test_a_better_plan_is_taken_over_as_a_new_one_and_the_approver_is_told(client, cast, planned):
    curve = start_curves(by=cast.officer, run=planned, seconds=1)
    exploring.execute(curve)
    curve.refresh_from_db()
    inputs = unpack(planned.inputs)
    kept = exploring.kept_plan(planned, inputs, dials_of(planned))
    rows = rebuilding.as_rows(inputs, kept.bundle)
    assert (rebuilding.from_rows(inputs, rows) == kept.bundle).all()
    curve.points["plan"] = {**curve.points["base"], "objective": 1e9}
    curve.points["better"] = rows
    curve.save()
    client.force_login(cast.approver)
    told = "Searching on under the same rules found a plan that is better by"
    assert told in client.get(reverse("planning:plan_detail", args=[planned.pk])).content.decode()
    url = reverse("planning:curve_take_over", args=[planned.pk])
    assert client.post(url).status_code == 403
    client.force_login(cast.officer)
    assert url in words_of(client, planned)
    assert client.post(url).status_code == 302
    taken = PlanRun.objects.get(begun_from=curve)
    assert taken.dials == planned.dials
    with mock.patch.object(reckoning.annealing, "anneal", wraps=annealing.anneal) as search:
        reckoning.execute(taken)
    taken.refresh_from_db()
    assert taken.state == State.DONE
    assert (search.call_args_list[0].kwargs["start"].bundle == kept.bundle).all()


def test_curves_of_before_keep_no_plan_to_take_over(client, cast, run):
    with_better_plan(cast, run)
    client.force_login(cast.officer)
    words = words_of(client, run)
    url = reverse("planning:curve_take_over", args=[run.pk])
    assert "A new plan with more seconds of search will find it too." in words
    assert url not in words
    answer = client.post(url, follow=True)
    assert "These curves keep no better plan" in answer.content.decode()


def test_a_value_no_plan_keeps_is_said_to_have_none(client, cast, run):
    desk.make_curve(run, cast.officer)
    client.force_login(cast.officer)
    assert "No plan that keeps every rule was found." in words_of(client, run)


def test_the_numbers_leave_as_a_workbook(client, cast, run):
    desk.make_curve(run, cast.officer)
    client.force_login(cast.officer)
    answer = client.get(reverse("planning:curve_export", args=[run.pk]))
    book = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content)))
    points, prices = ([[cell.value for cell in row] for row in sheet] for sheet in book)
    assert ["300 m", None, None] in [row[1:4] for row in points]
    assert ["500 m", "this plan"] in [row[1:3] for row in points]
    assert [row[4] for row in prices if row[4] in (20_000, 20)] == [20_000, 20]


def test_the_page_asks_the_database_a_constant_number_of_times(
    client, cast, run, django_assert_max_num_queries
):
    firm = make_provider(run.area)
    points = desk.make_points()
    points["prices"] += [
        {**points["prices"][0], "kind": "refusals", "provider": firm.pk, "count": at + 1}
        for at in range(20)
    ]
    desk.make_curve(run, cast.officer, points=points)
    client.force_login(cast.officer)
    page_of(client, run)
    with django_assert_max_num_queries(24):
        words = words_of(client, run)
    assert firm.name in words


def test_a_lock_leads_to_its_compound(client, district, cast, run):
    place = make_compound(district.community, name="样例锁定小区")
    points = desk.make_points()
    points["prices"].append(
        {**points["prices"][0], "kind": "lock", "compound": place.pk, "provider": None}
    )
    desk.make_curve(run, cast.officer, points=points)
    client.force_login(cast.officer)
    words = words_of(client, run)
    assert reverse("planning:place_detail", args=[run.pk, place.code]) in words
    assert "样例锁定小区" in words


def test_only_whoever_may_make_plans_begins_and_only_of_a_finished_plan(district, cast, run):
    with pytest.raises(NotAllowed):
        start_curves(by=cast.clerk, run=run, seconds=1)
    PlanRun.objects.filter(pk=run.pk).update(state=PlanRun.State.FAILED)
    with pytest.raises(DomainError):
        start_curves(by=cast.officer, run=run, seconds=1)


def test_one_reckoning_at_a_time(client, cast, run):
    start_curves(by=cast.officer, run=run, seconds=1)
    with pytest.raises(DomainError):
        start_curves(by=cast.officer, run=run, seconds=1)
    with pytest.raises((IntegrityError, ValidationError)), transaction.atomic():
        desk.make_curve(run, cast.officer, state=State.RUNNING)
    client.force_login(cast.officer)
    answer = client.post(
        reverse("planning:curve_start", args=[run.pk]), {"seconds": "1"}, follow=True
    )
    assert "being reckoned already" in answer.content.decode()


def test_seconds_that_are_none_are_refused(client, cast, run):
    client.force_login(cast.officer)
    for seconds in ("", "0", "121", "x"):
        client.post(reverse("planning:curve_start", args=[run.pk]), {"seconds": seconds})
    assert not PlanCurve.objects.exists()


def test_another_place_does_not_see_them(client, cast, run):
    desk.make_curve(run, cast.officer)
    client.force_login(cast.clerk)
    for name in ("curve_detail", "curve_export"):
        assert client.get(reverse(f"planning:{name}", args=[run.pk])).status_code == 404


def test_a_drawing_never_calls_the_better_plan_this_one(client, cast, run):
    curve = with_better_plan(cast, run)
    client.force_login(cast.officer)
    words = words_of(client, run)
    # Its public money can be told apart from the better one's, its households cannot.
    assert "this plan, also searched further</li>" in words
    assert "its rules, searched further</li>" in words
    curve.points["plan"] = curve.points["base"]
    curve.save()
    assert "searched further</li>" not in words_of(client, run)
