"""A plan from the register to its pages: reckoned once, checked, kept whole, shown in scope."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from compounds.planning import outcomes
from compounds.planning.core.district import derive
from compounds.planning.core.inputs import Dials
from compounds.planning.core.keeping import digest, unpack
from compounds.planning.gathering import gather_inputs
from compounds.planning.models import PlanBundle, PlanPlace, PlanRun
from compounds.planning.services import reckoning, sheeting
from compounds.planning.services.adopting import adopt, decide
from compounds.planning.services.running import start_plan
from compounds.providers.models import ProviderBase
from governance.foundation.errors import DomainError, NotAllowed
from tests.compounds.assignment.cast import active, make_cast
from tests.compounds.planning.desk import make_norms, make_run, tally_of
from tests.factories import make_compound, make_invitation, make_provider

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
DAY = dt.date(2026, 6, 1)
DIALS = Dials()


@pytest.fixture
def cast(district):
    return make_cast(district)


@pytest.fixture
def place(district):
    """Four compounds round a base; the fifth lies too far for anybody."""
    make_norms(
        district.area, fixed=500, fallback_each=1500, penalty=400, service_percent=40, revenue="0.1"
    )
    firm = make_provider(district.area)
    ProviderBase.objects.create(provider=firm, name="服务站", longitude=112.56, latitude=37.78)
    near = [
        make_compound(district.community, longitude=112.56 + 0.001 * at, lift_count=0)
        for at in range(4)
    ]
    far = make_compound(district.other_community, longitude=113.2, name="样例远院")
    make_invitation(near[0], firm, answer="REFUSED")
    return firm, near, far


def reckoned(cast, area, **changes) -> PlanRun:
    run = start_plan(by=cast.officer, area=area, dials=DIALS, seconds=1, as_of=DAY, **changes)
    reckoning.execute(run)
    run.refresh_from_db()
    return run


def test_a_plan_is_kept_whole_and_shown(client, district, cast, place):
    firm, near, far = place
    run = reckoned(cast, district.area, title="样例方案")
    assert (run.state, run.error) == ("DONE", "")
    outcomes = dict(PlanPlace.objects.filter(run=run).values_list("compound", "outcome"))
    assert outcomes[far.pk] == "STAYS"
    assert [outcomes[one.pk] for one in near] == ["STAYS", "TAKEN", "TAKEN", "TAKEN"]
    bundle = PlanBundle.objects.get(run=run)
    assert (bundle.provider, bundle.compound_count) == (firm, 3)
    assert run.left_count == 2 == run.figures["plan"]["left"]
    assert float(run.public_money) == pytest.approx(run.figures["plan"]["public"])
    assert run.bound["value"] <= run.figures["plan"]["objective"] + 1
    assert digest(unpack(run.inputs), DIALS) == run.digest
    others = PlanPlace.objects.get(run=run, compound=near[1]).account["options"]
    assert others[0]["price"] > 0
    client.force_login(cast.officer)
    for name, arguments in (
        ("plan_list", []),
        ("plan_detail", [run.pk]),
        ("place_list", [run.pk]),
        ("place_detail", [run.pk, near[1].code]),
        ("place_detail", [run.pk, far.code]),
        ("bundle_detail", [run.pk, 1]),
    ):
        answer = client.get(reverse(f"planning:{name}", args=arguments))
        assert answer.status_code == 200, name
    assert client.get(reverse("planning:place_export", args=[run.pk])).status_code == 200


def test_the_same_inputs_dials_and_seed_give_the_same_plan(district, cast, place):
    first, second = (reckoned(cast, district.area) for _ in range(2))
    rows = [
        list(
            PlanPlace.objects.filter(run=run)
            .order_by("compound")
            .values_list("compound", "outcome", "metres", "counted")
        )
        for run in (first, second)
    ]
    assert rows[0] == rows[1]
    assert first.digest == second.digest


def test_a_street_sees_its_compounds_place_in_the_districts_approved_plan(
    client, district, cast, place
):
    _firm, near, far = place
    run = reckoned(cast, district.area)
    adoption = adopt(by=cast.officer, run=run, reason="样例")
    decide(by=cast.approver, adoption=adoption, version=1, approves=True, document="1号")
    client.force_login(cast.clerk)
    place_of = [reverse("planning:place_detail", args=[run.pk, one.code]) for one in (near[1], far)]
    assert [client.get(url).status_code for url in place_of] == [200, 404]
    assert client.get(reverse("planning:plan_detail", args=[run.pk])).status_code == 404


def test_a_cancelled_plan_leaves_nothing(district, cast, place):
    run = start_plan(by=cast.officer, area=district.area, dials=DIALS, seconds=1, as_of=DAY)
    PlanRun.objects.filter(pk=run.pk).update(cancel_requested=True)
    reckoning.execute(run)
    run.refresh_from_db()
    assert run.state == "CANCELLED"
    assert run.public_money is None
    assert not PlanPlace.objects.filter(run=run).exists()


def test_without_norms_or_right_no_plan_is_begun(district, cast):
    with pytest.raises(DomainError) as refusal:
        start_plan(by=cast.officer, area=district.area, dials=DIALS)
    assert refusal.value.field == "norms"
    with pytest.raises(NotAllowed):
        start_plan(by=cast.clerk, area=district.street, dials=DIALS)


def test_a_second_plan_waits_until_the_first_has_ended(district, cast, place):
    first = start_plan(by=cast.officer, area=district.area, dials=DIALS, as_of=DAY)
    with pytest.raises(DomainError):
        start_plan(by=cast.officer, area=district.area, dials=DIALS, as_of=DAY)
    # Two starts at once do not see each other: the database itself keeps them apart.
    with pytest.raises(IntegrityError), transaction.atomic():
        make_run(district.area, cast.officer, state="RUNNING")
    PlanRun.objects.filter(pk=first.pk).update(state="CANCELLED")
    start_plan(by=cast.officer, area=district.area, dials=DIALS, as_of=DAY)


def test_a_district_without_a_firm_leaves_everything_to_fallback(district, cast):
    make_norms(district.area)
    make_compound(district.community)
    run = reckoned(cast, district.area)
    assert (run.state, run.left_count) == ("DONE", 1)
    assert run.figures["share"] is None or run.figures["share"] >= 0


def test_a_district_without_compounds_gets_an_empty_plan(client, district, cast):
    make_norms(district.area)
    run = reckoned(cast, district.area)
    assert (run.state, run.left_count) == ("DONE", 0)
    client.force_login(cast.officer)
    assert client.get(reverse("planning:plan_detail", args=[run.pk])).status_code == 200


def test_another_plan_begins_where_the_approved_one_left_off(district, cast, place):
    first = reckoned(cast, district.area)
    adoption = adopt(by=cast.officer, run=first, reason="兜底最少", on=DAY)
    decide(by=cast.approver, adoption=adoption, version=1, approves=True, document="8号", on=DAY)
    second = start_plan(by=cast.officer, area=district.area, dials=DIALS, seconds=1, as_of=DAY)
    gathered = gather_inputs(district.area, second.norms, DAY)
    known = derive(gathered.inputs, DIALS)
    start = reckoning.approved(second, gathered, known)
    taken = set(
        PlanPlace.objects.filter(run=first, bundle__isnull=False).values_list("compound", flat=True)
    )
    at = {row.pk for row, k in zip(gathered.compounds, start.bundle, strict=True) if k >= 0}
    assert at == taken
    reckoning.execute(second)
    second.refresh_from_db()
    assert second.public_money == first.public_money


def test_who_serves_today_is_told_also_where_that_firm_is_not_planned_with(district, cast, place):
    _firm, near, _far = place
    unknown = make_provider(district.area)  # without a base
    for compound in near[:2]:
        rows = type(compound).objects.filter(pk=compound.pk)
        rows.update(strategy="SUBSIDY_TRANSITION", decision="DECIDED")
        compound.refresh_from_db()
        make_invitation(compound, unknown, answer="AGREED_WITH_SUBSIDY")
        active(cast, compound, unknown, DAY)
    run = reckoned(cast, district.area)
    rows = {row.compound_id: row for row in PlanPlace.objects.filter(run=run)}
    assert rows[near[0].pk].today == rows[near[1].pk].today == unknown
    assert rows[near[1].pk].outcome == "MOVED"
    assert rows[near[1].pk].stay_price is None
    assert rows[near[2].pk].outcome == "TAKEN"
    assert run.figures["moved"] == 2
    assert run.figures["today"]["left"] == 3
    lost = PlanPlace.objects.filter(outcome="LOST", run=run)
    assert [row.compound for row in lost] == [near[0]]


def test_today_a_transition_compound_is_paid_for_once(district, cast, place):
    firm, near, _far = place
    for compound in near[1:3]:
        rows = type(compound).objects.filter(pk=compound.pk)
        rows.update(strategy="SUBSIDY_TRANSITION", decision="DECIDED")
        compound.refresh_from_db()
    make_invitation(near[1], firm, answer="AGREED_WITH_SUBSIDY")
    active(cast, near[1], firm, DAY)
    run = reckoned(cast, district.area)
    today, norms = run.figures["today"], run.norms
    assert today["subsidy"] == pytest.approx(DIALS.cap * 5500)  # the one that is served
    assert today["fallback"] == pytest.approx(4 * norms.months * float(norms.fallback_each))
    assert today["public"] == pytest.approx(today["subsidy"] + today["fallback"])


def test_a_plan_that_could_not_be_kept_leaves_no_figures(district, cast, place, monkeypatch):
    def broken(*_args):
        raise KeyError

    monkeypatch.setattr(sheeting, "firms_of", broken)
    run = start_plan(by=cast.officer, area=district.area, dials=DIALS, seconds=1, as_of=DAY)
    with pytest.raises(KeyError):
        reckoning.execute(run)
    run.refresh_from_db()
    assert (run.state, run.error) == ("FAILED", "KeyError")
    assert (run.figures, run.bound, run.stability) == ({}, {}, {})
    assert run.public_money is run.inputs is None
    assert not PlanBundle.objects.filter(run=run).exists()


def test_whom_a_team_of_fallback_service_serves_is_in_fallback_and_the_team_is_named(
    district, cast, place
):
    _firm, near, _far = place
    team = make_provider(district.area, kind="FALLBACK_TEAM")
    rows = type(near[2]).objects.filter(pk=near[2].pk)
    rows.update(strategy="FALLBACK", decision="DECIDED")
    near[2].refresh_from_db()
    for number in (1, 2):
        other = make_provider(district.area, is_able=False)
        make_invitation(near[2], other, round=number, answer="REFUSED")
    active(cast, near[2], team, DAY)
    run = reckoned(cast, district.area)
    row = PlanPlace.objects.get(run=run, compound=near[2])
    assert (row.today, row.outcome) == (team, "TAKEN")
    places = PlanPlace.objects.filter(run=run)
    assert run.figures["today"]["left"] == places.count() == tally_of(run).left_today
    assert outcomes.Tally(**run.figures["outcomes"]) == tally_of(run)
    assert run.readiness["bearing"] <= places.count()
