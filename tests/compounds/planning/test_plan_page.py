"""The page of a plan: what it stands beside, also where by hand there is nothing, and its cost."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from compounds.planning import outcomes
from compounds.planning.comparing import Comparison, agreed_of
from compounds.planning.models import PlanPlace
from compounds.planning.services.adopting import adopt
from tests.compounds.assignment.cast import make_cast
from tests.compounds.planning.desk import (
    DIALS,
    SIDE,
    make_bundle,
    make_norms,
    make_place,
    make_run,
)
from tests.factories import make_compound, make_invitation, make_provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(district):
    make_norms(district.area)
    return make_cast(district)


def figures(run, **changes):
    run.figures = {**run.figures, **changes}
    run.save()
    return run


def page(client, cast, run):
    client.force_login(cast.officer)
    return client.get(reverse("planning:plan_detail", args=[run.pk]))


def test_strategies_of_today_meet_those_of_the_plan(client, cast, district):
    run = figures(
        make_run(district.area, cast.officer),
        strategies=[
            ["FALLBACK", "SUBSIDY_TRANSITION", 40],
            ["FALLBACK", "FALLBACK", 18],
            ["RED_TAKEOVER", "RED_TAKEOVER", 26],
        ],
    )
    seen = Comparison(run)
    assert [(row.code, row.total) for row in seen.rows] == [("RED_TAKEOVER", 26), ("FALLBACK", 58)]
    assert [n for _name, n in seen.heads] == [26, 40, 18]
    assert seen.rows[1].cells == [(0, False), (40, False), (18, True)]
    assert page(client, cast, run).status_code == 200


def test_where_by_hand_no_plan_was_found_the_page_says_so(client, cast, district):
    run = figures(make_run(district.area, cast.officer), by_hand=None, share=None)
    assert Comparison(run).by_hand.less is None
    assert page(client, cast, run).status_code == 200
    assert client.get(reverse("planning:plan_list")).status_code == 200


def test_a_plan_dearer_than_today_is_not_called_cheaper(cast, district):
    run = figures(make_run(district.area, cast.officer), today={**SIDE, "public": 1000.0})
    assert Comparison(run).today.less == -50


@pytest.mark.parametrize(
    ("figures_of_today", "dearer", "more"),
    [({"public": 1000.0}, 500, 0), ({"public": 2000.0, "left": 0}, 0, 0)],
)
def test_a_plan_dearer_than_today_says_by_how_much_and_why(
    client, cast, district, figures_of_today, dearer, more
):
    run = figures(
        make_run(district.area, cast.officer, dials={**DIALS, "who": "AGREED", "cap": 2.0}),
        today={**SIDE, **figures_of_today},
    )
    make_place(run, make_compound(district.community))
    client.cookies["django_language"] = "en"
    way = reverse("planning:adopt", args=[run.pk])
    for said in (page(client, cast, run).content.decode(), client.get(way).content.decode()):
        assert (f"costs {dearer:,} yuan more" in said) == bool(dearer)
        assert ("0 of 1 compounds have one" in said) == bool(dearer)
        assert ("2 instead of 3 yuan" in said) == bool(dearer)
    said = page(client, cast, run).content.decode()
    assert (f'class="btn primary" href="{way}"' in said) != bool(dearer)


def test_a_plan_that_leaves_more_than_today_says_so(cast, district):
    run = figures(make_run(district.area, cast.officer), plan={**SIDE, "left": 4})
    worse = Comparison(run).worse
    assert (worse.dearer, worse.more_left, len(worse.why)) == (0, 4, 1)
    assert Comparison(make_run(district.area, cast.officer)).worse is None


def test_less_than_a_yuan_is_not_told_as_dearer(cast, district):
    run = make_run(district.area, cast.officer)
    public = run.figures["plan"]["public"]
    assert Comparison(figures(run, today={**SIDE, "public": public - 0.3})).worse is None


def test_who_agreed_is_told_by_the_last_answer(cast, district):
    run = make_run(district.area, cast.officer)
    for answers in (["AGREED"], ["AGREED", "REFUSED"], ["REFUSED", "AGREED_WITH_SUBSIDY"], []):
        compound, firm = make_compound(district.community), make_provider(district.area)
        make_place(run, compound)
        for number, answer in enumerate(answers, start=1):
            make_invitation(compound, firm, round=number, answer=answer)
    assert agreed_of(run) == (2, 4)


def test_a_limit_says_its_unit_in_the_readers_language(cast, district):
    run = make_run(district.area, cast.officer, dials={**DIALS, "must_serve": 300})
    with override("zh-hans"):
        [why] = Comparison(figures(run, today={**SIDE, "public": 1.0})).worse.why
    assert why.endswith("300户。")


def test_budgets_that_are_used_up_and_limits_are_why_a_plan_is_dear(cast, district):
    paying = {"first": "2026-11-01", "months": 6, "budgets": {"2027": "670"}}
    dials = {**DIALS, "budget": 1000.0, "paying": paying, "provider_share": 0.2, "carry": 0.1}
    run = figures(make_run(district.area, cast.officer, dials=dials), today={**SIDE, "public": 1.0})
    with override("en"):
        assert Comparison(run).worse.why == [
            "The budget of subsidy is used up: 1,000 of 1,000 yuan.",
            "The budget of 2027 is used up: 670 yuan.",
            "Carry share is stricter than usual: 10 instead of 25 %.",
            "A limit is set: One provider at most, 20 %.",
        ]


def test_what_a_plan_rests_on_is_said_where_it_is_approved(client, cast, district):
    ready = {"planned": 10, "bases": 2, "estimated": {"fee": 9}}
    run = make_run(district.area, cast.officer, readiness=ready)
    adoption = adopt(by=cast.officer, run=run, reason="样例")
    client.force_login(cast.approver)
    client.cookies["django_language"] = "en"
    for name, key in (("plan_detail", run.pk), ("decide", adoption.pk)):
        said = client.get(reverse(f"planning:{name}", args=[key])).content.decode()
        assert "do not decide on it yet" in said
        assert "The fee of 9 of 10 compounds" in said
        assert "19 of 19 planning norms are assumptions" in said


def test_who_decides_sees_money_fallback_changes_and_the_way_to_the_plan(client, cast, district):
    run = make_run(district.area, cast.officer)
    make_place(
        run, make_compound(district.community), make_bundle(run, make_provider(district.area))
    )
    adoption = adopt(by=cast.officer, run=run, reason="样例")
    client.force_login(cast.approver)
    client.cookies["django_language"] = "en"
    address = reverse("planning:decide", args=[adoption.pk])
    said = client.get(address).content.decode()
    assert reverse("planning:plan_detail", args=[run.pk]) in said
    assert "1,500" in said
    assert "1 need an invitation" in said or "1 needs an invitation" in said
    assert "optional" not in said
    for act, wanted in (("approve", "document"), ("refuse", "refusal")):
        sent = {"version": 1, "act": act, "once": str(uuid.uuid4())}
        assert list(client.post(address, sent).context["form"].errors) == [wanted]


def test_subsidy_is_shown_by_calendar_year_beside_its_budget(cast, district):
    paying = {"first": "2026-11-01", "months": 6, "budgets": {"2027": "700"}}
    run = make_run(district.area, cast.officer, dials={**DIALS, "paying": paying})
    years = Comparison(run).years
    assert [(year, round(yuan), most) for year, yuan, most in years] == [
        ("2026", 333, None),
        ("2027", 667, 700.0),
    ]


def test_a_running_plans_heading_changes_with_its_progress(client, cast, district):
    run = make_run(district.area, cast.officer, state="RUNNING", figures={}, done=30)
    client.force_login(cast.officer)
    address = reverse("planning:plan_detail", args=[run.pk])
    whole = client.get(address).content.decode()
    assert whole.count('id="run-state"') == 1
    assert "hx-swap-oob" not in whole
    swapped = client.get(address, headers={"HX-Request": "true", "HX-Target": "progress"})
    said = swapped.content.decode()
    assert '<span id="run-state" hx-swap-oob="true">' in said
    assert run.get_state_display() in said


def test_the_page_asks_the_same_however_large_the_plan(client, cast, district):
    run = make_run(district.area, cast.officer)

    def grow(number: int) -> None:
        bundle = make_bundle(run, make_provider(district.area), number=number)
        make_place(run, make_compound(district.community), bundle)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert page(client, cast, run).status_code == 200
        return len(queries)

    grow(1)
    asked()
    few = asked()
    for number in range(2, 9):
        grow(number)
    assert asked() <= few


def test_what_differs_from_today_equals_the_list_it_opens(client, cast, district):
    run = make_run(district.area, cast.officer)
    old, new = make_provider(district.area), make_provider(district.area)
    bundle = make_bundle(run, new)
    for outcome, today in (
        ("KEPT", new), ("MOVED", old), ("TAKEN", None), ("LOST", old), ("STAYS", None)
    ):  # fmt: skip
        to = None if outcome in PlanPlace.LEFT else bundle
        make_place(run, make_compound(district.community), to, outcome, today=today)
    found = page(client, cast, run).context["brief"].tally
    assert found == outcomes.Tally(kept=1, moved=1, taken=1, lost=1, stays=1)
    address = reverse("planning:place_list", args=[run.pk])
    rows = client.get(address, {"outcome": "DIFFERENT"}).context["listing"]
    assert len(rows.ids) == found.changed == 3
    rows = client.get(address, {"outcome": "LEFT"}).context["listing"]
    assert len(rows.ids) == found.left == 2
    for code, _label, count, _households in page(client, cast, run).context["brief"].fates:
        rows = client.get(address, {"outcome": code}).context["listing"]
        assert len(rows.ids) == count
    [listed] = client.get(reverse("planning:plan_list")).context["page"]
    assert listed.tally == found


@pytest.mark.parametrize("state", ["RUNNING", "CANCELLED", "FAILED"])
def test_a_plan_that_came_to_nothing_has_no_sheets(client, cast, district, state):
    run = make_run(district.area, cast.officer, state=state, figures={})
    client.force_login(cast.officer)
    for name, more in (
        ("plan_changes", []),
        ("firm_list", []),
        ("firm_detail", [1]),
        ("bundle_detail", [1]),
    ):
        assert client.get(reverse(f"planning:{name}", args=[run.pk, *more])).status_code == 404


def test_a_neighbour_outside_the_posts_is_not_named_to_the_residents(client, cast, district):
    compound = make_compound(district.community)
    neighbour = make_compound(district.other_community, name="外街样例院")
    run = make_run(district.area, cast.officer)
    bundle = make_bundle(run, make_provider(district.area))
    make_place(run, compound, bundle, stone=neighbour)
    address = reverse("planning:place_detail", args=[run.pk, compound.code])
    for user, is_named in ((cast.officer, True), (cast.clerk, False)):
        client.force_login(user)
        assert (neighbour.name in client.get(address).content.decode()) == is_named


def test_a_price_of_staying_that_was_never_reckoned_is_not_called_impossible(
    client, cast, district
):
    run = make_run(district.area, cast.officer)
    bundle, other = make_bundle(run, make_provider(district.area)), make_provider(district.area)
    stuck, dear = make_compound(district.community), make_compound(district.community)
    make_place(run, stuck, bundle, outcome="MOVED", today=other)
    client.force_login(cast.officer)
    client.cookies["django_language"] = "en"
    address = reverse("planning:plan_changes", args=[run.pk])
    assert "not possible" not in client.get(address).content.decode()
    make_place(run, dear, bundle, outcome="MOVED", today=other, stay_price=300)
    assert "not possible" in client.get(address).content.decode()
