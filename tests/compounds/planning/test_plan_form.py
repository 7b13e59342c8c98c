"""The form of a new plan: every dial, in any width of digits, with nothing lost on an error."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils.translation import override

from compounds.planning.models import PlanRun
from compounds.planning.services.running import dials_of, paying_of
from governance.foundation import dates
from tests.compounds.assignment.cast import make_cast
from tests.compounds.planning.desk import make_norms, make_run

pytestmark = pytest.mark.django_db
SENT = {
    "title": "样例",
    "who": "NOT_REFUSED",
    "carry": "２５",
    "cap": "3",
    "budget": "",
    "paid_months": "6",
    "reach": "500",
    "near": "６００",
    "unit_reach": "700",
    "must_serve": "３００",
    "street_fallback": "",
    "provider_share": "20",
    "switching": "20",
    "seconds": "5",
    "seed": "1",
}


@pytest.fixture
def year(monkeypatch):
    """The first of March 2027 is today."""
    monkeypatch.setattr(dates, "today", lambda: dt.date(2027, 3, 1))
    return 2027


@pytest.fixture
def cast(district):
    make_norms(district.area)
    return make_cast(district)


def send(client, cast, **changes):
    client.force_login(cast.officer)
    with override("en"):
        return client.post(
            reverse("planning:plan_new"), {**SENT, "paid_from": "2027-11", **changes}
        )


def test_every_dial_arrives_in_the_run(client, cast, year):
    answer = send(client, cast, budget_2027="１２０,000", budget_2028="300000")
    run = PlanRun.objects.get()
    assert answer["Location"] == reverse("planning:plan_detail", args=[run.pk])
    dials = dials_of(run)
    assert (dials.carry, dials.near, dials.unit_reach, dials.must_serve) == (0.25, 600, 700, 300)
    assert (dials.provider_share, dials.street_fallback, dials.centres) == (0.2, None, False)
    assert dials.years == ((2 / 6, 120_000.0), (4 / 6, 300_000.0))
    assert paying_of(run).budgets.keys() == {2027, 2028}
    assert dials.subsidy_most == pytest.approx(360_000.0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("carry", "101"),
        ("carry", "1e1"),
        ("cap", "-1"),
        ("must_serve", "0"),
        ("must_serve", "viele"),
        ("reach", "99999"),
        ("paid_from", "2027-13"),
        ("paid_from", "2026-12"),
        ("paid_months", "0"),
        ("paid_months", "60"),
        ("budget_2029", "5"),
        ("seconds", "901"),
        ("budget", "9" * 40),
    ],
)
def test_a_bad_number_is_named_beside_its_field_and_the_rest_is_kept(
    client, cast, year, field, value
):
    answer = send(client, cast, **{field: value})
    assert answer.status_code == 200
    form = answer.context["form"]
    assert list(form.errors) == [field]
    assert form["near"].value() == "６００" or field == "near"
    assert f'value="{value}"' in answer.content.decode()
    assert not PlanRun.objects.exists()


def test_an_earlier_plan_gives_its_dials(client, cast, year, district):
    send(client, cast, budget_2027="120000", seed="7")
    run = PlanRun.objects.get()
    answer = client.get(reverse("planning:plan_new"), {"like": run.pk})
    form = answer.context["form"]
    values = {name: form[name].value() for name in ("must_serve", "budget_2027", "seed", "near")}
    assert values == {"must_serve": 300, "budget_2027": "120000", "seed": 7, "near": 600}
    assert form["paid_from"].value() == "2027-11"


def test_a_plan_of_before_these_dials_still_gives_its_own(client, cast, year, district):
    run = make_run(district.area, cast.officer)
    client.force_login(cast.officer)
    answer = client.get(reverse("planning:plan_new"), {"like": run.pk})
    assert answer.context["form"]["paid_from"].value() == "2027-04"
    assert answer.context["form"]["must_serve"].value() is None


@pytest.mark.parametrize("like", ["0", "99999999", "9" * 30, "x", "-1", "１"])
def test_a_plan_that_is_not_there_is_not_found_or_left_aside(client, cast, year, like):
    client.force_login(cast.officer)
    answer = client.get(reverse("planning:plan_new"), {"like": like})
    assert answer.status_code in (200, 404)


def test_the_form_costs_the_same_however_many_plans_there_are(
    client, cast, year, district, django_assert_max_num_queries
):
    for _ in range(15):
        make_run(district.area, cast.officer)
    client.force_login(cast.officer)
    with django_assert_max_num_queries(25):
        assert client.get(reverse("planning:plan_new")).status_code == 200


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({"budget": "100000", "budget_2027": "500000"}, ["budget_2027"]),
        ({"budget": "900000", "budget_2027": "100000", "budget_2028": "200000"}, ["budget"]),
        ({"budget": "900000", "budget_2027": "100000"}, []),
        ({"must_serve": "1", "street_fallback": "50"}, ["street_fallback"]),
        ({"must_serve": "2", "street_fallback": "50"}, []),
    ],
)
def test_limits_that_contradict_each_other_are_refused_beside_the_field(
    client, cast, year, sent, wrong
):
    answer = send(client, cast, **sent)
    assert (answer.status_code == 302) == (not wrong)
    if wrong:
        assert list(answer.context["form"].errors) == wrong


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"cap": "-1"}, "不得小于0。"),
        ({"carry": "101"}, "不得大于100。"),
        ({"budget": "1e300"}, "请直接写数字"),
        ({"seconds": "0"}, "不得小于1。"),
    ],
)
def test_a_wrong_number_is_refused_in_words_of_ours(client, cast, year, sent, said):
    client.force_login(cast.officer)
    with override("zh-hans"):
        answer = client.post(reverse("planning:plan_new"), {**SENT, "paid_from": "2027-11", **sent})
    [[refusal]] = answer.context["form"].errors.values()
    assert said in refusal


def test_groups_seldom_turned_are_folded_until_something_in_them_is_not_as_usual(
    client, cast, year
):
    client.force_login(cast.officer)
    form = client.get(reverse("planning:plan_new")).context["form"]
    assert [(folded, opened) for _title, _fields, folded, opened in form.groups] == [
        (False, True), (False, True), (False, True), (True, False), (True, False), (True, False),
    ]  # fmt: skip
    sent = send(client, cast, reach="-1", must_serve="", provider_share="", centres="on")
    opened = [opened for *_group, opened in sent.context["form"].groups]
    assert opened == [True, True, True, True, False, True]
