"""Sheets of a plan: who carries whom, what a firm has, who changes, what the years cost."""

import io
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse
from django.utils import translation

from compounds.planning.models import PlanCurve
from compounds.planning.reasons import PlaceSheet
from compounds.planning.sheets import BundleSheet, Changes, FirmSheet, Stands, over_years
from tests.compounds.assignment.cast import make_cast
from tests.compounds.planning.desk import (
    DIALS,
    SIDE,
    make_bundle,
    make_firm,
    make_norms,
    make_place,
    make_run,
)
from tests.factories import make_compound, make_provider

pytestmark = pytest.mark.django_db
ACCOUNT = {
    "base": 0,
    "course": {"balances": [-500, -900, 100], "monthly": 80.0, "paid_back": 3, "advance": 900.0},
    "risk": {
        "over": 0.12, "needs": [2500.0, 4000.0, 9000.0], "planned": 0.75, "least": 0.61,
        "draws": 2000,
    },
}  # fmt: skip


@pytest.fixture
def cast(district):
    return make_cast(district)


@pytest.fixture
def run(district, cast):
    return make_run(district.area, cast.officer, title="样例方案")


def text_of(client, name, *arguments):
    client.cookies["django_language"] = "en"
    answer = client.get(reverse(f"planning:{name}", args=arguments))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def leaving(compound, *lost, **changes):
    told = {"count": 1, "gap": 9000.0, "over": 0.0, "more": 6500.0, **changes}
    return {"compound": compound.pk, "lost": [one.pk for one in lost], **told}


def test_who_carries_whom_adds_up_and_names_the_largest_that_may_leave(client, district, cast, run):
    giver, taker = make_compound(district.community), make_compound(district.other_community)
    bundle = make_bundle(
        run, make_provider(district.area), compound_count=2, over_cap_percent=12,
        fixed=10_000, subsidy=5_700,
        account={**ACCOUNT, "leaving": leaving(giver, taker, over=1234.0)},
    )  # fmt: skip
    make_place(run, giver, bundle, counted=7_500)
    make_place(run, taker, bundle, counted=-3_200)
    sheet = BundleSheet(run, bundle, cast.officer)
    balance = sheet.balance
    assert (balance.givers, balance.takers) == (1, 1)
    assert (balance.brought, balance.lacking, balance.over) == (7_500, 3_200, 0)
    assert [row.compound for row in sheet.members] == [giver, taker]
    assert (sheet.risk["planned"], sheet.risk["least"], sheet.risk["is_likely"]) == (75, 61, True)
    client.force_login(cast.officer)
    shown = text_of(client, "bundle_detail", run.pk, 1)
    assert "1,234 above the cap: the bundle falls." in shown
    assert taker.name in shown
    assert "month 3" in shown
    assert "the firm advances up to 900 yuan" in shown


def test_names_outside_the_posts_stay_hidden_on_the_sheet_of_a_bundle(client, district, cast):
    street = make_run(district.street, cast.officer)
    inside, outside = make_compound(district.community), make_compound(district.other_community)
    bundle = make_bundle(
        street, make_provider(district.area), compound_count=2, over_cap_percent=0,
        account={**ACCOUNT, "leaving": leaving(outside, inside)},
    )  # fmt: skip
    make_place(street, inside, bundle)
    make_place(street, outside, bundle)
    client.force_login(cast.clerk)
    shown = text_of(client, "bundle_detail", street.pk, 1)
    assert outside.name not in shown
    assert inside.name in shown
    assert "A compound outside your posts" in shown


def test_a_plan_of_before_the_sheets_opens_all_the_same(client, district, cast, run):
    compound = make_compound(district.community)
    make_place(run, compound, make_bundle(run, make_provider(district.area)))
    client.force_login(cast.officer)
    assert "Month by month" not in text_of(client, "bundle_detail", run.pk, 1)
    assert "Reckon it once more" in text_of(client, "firm_list", run.pk)
    assert "noise" not in text_of(client, "plan_changes", run.pk)


def test_shares_are_not_rounded_to_whole_percent(client, district, cast):
    run = make_run(
        district.area, cast.officer, dials={**DIALS, "carry": 0.125, "provider_share": 0.375}
    )
    make_bundle(run, make_provider(district.area))
    client.force_login(cast.officer)
    assert "Of a surplus 12.50% is counted" in text_of(client, "bundle_detail", run.pk, 1)
    shown = text_of(client, "plan_detail", run.pk)
    assert "<dd>12.50%</dd>" in shown
    assert "<dd>37.50%</dd>" in shown
    assert "6.0% of its objective above the bound" in shown


def test_without_a_carry_share_nothing_is_said_to_help_the_neighbours(client, district, cast):
    firm = make_provider(district.area)
    for carry, word in ((0.25, "helps its neighbours"), (0.0, "stays for its own upkeep")):
        run = make_run(district.area, cast.officer, dials={**DIALS, "carry": carry})
        compound = make_compound(district.community)
        make_place(run, compound, make_bundle(run, firm))
        client.force_login(cast.officer)
        assert word in text_of(client, "place_detail", run.pk, compound.code)


def test_a_firm_shows_who_comes_and_goes_and_what_more_room_is_worth(client, district, cast, run):
    firm, other = make_provider(district.area), make_provider(district.area)
    row = make_firm(run, firm, taken_m2=19_000, limit_m2=20_000, price=Decimal("1.25"))
    mine = make_bundle(run, firm)
    comes, goes, stays = (make_compound(district.community) for _ in range(3))
    make_place(run, comes, mine, outcome="MOVED", today=other)
    make_place(run, goes, outcome="LOST", today=firm)
    make_place(run, stays, mine, outcome="KEPT", today=firm)
    sheet = FirmSheet(row, cast.officer)
    assert [one.compound for one in sheet.comes] == [comes]
    assert [one.compound for one in sheet.goes] == [goes]
    assert (row.used_percent, row.worth, sheet.left_m2) == (95, 1_250, 1_000)
    client.force_login(cast.officer)
    shown = text_of(client, "firm_detail", run.pk, firm.pk)
    assert "1,250" in shown
    assert stays.name not in shown
    absent = reverse("planning:firm_detail", args=[run.pk, other.pk])
    assert client.get(absent).status_code == 404


def test_room_that_is_not_scarce_is_worth_nothing_more(district, run):
    row = make_firm(run, make_provider(district.area), taken_m2=5_000, price=Decimal("1.25"))
    assert row.worth == 0


def test_more_room_is_worth_nothing_where_the_share_of_one_firm_binds(client, district, cast, run):
    firm = make_provider(district.area)
    row = make_firm(
        run, firm, capacity_m2=90_000, limit_m2=20_000, taken_m2=19_900, price=Decimal("1.25")
    )
    assert (row.is_full, row.worth) == (True, 0)
    client.force_login(cast.officer)
    assert "the share of one firm" in text_of(client, "firm_detail", run.pk, firm.pk)


def test_who_changes_is_listed_with_the_price_of_staying(client, district, cast, run):
    firm, other = make_provider(district.area), make_provider(district.area)
    bundle = make_bundle(run, firm)
    dear, cheap, stuck, kept = (make_compound(district.community) for _ in range(4))
    make_place(run, cheap, bundle, outcome="MOVED", today=other, stay_price=300)
    make_place(run, dear, bundle, outcome="MOVED", today=other, stay_price=9_000)
    make_place(run, stuck, outcome="LOST", today=other)
    make_place(run, kept, bundle, outcome="KEPT", today=firm)
    run.stability = {"moved": 1, "saved": 10.0, "noise": 0.05}
    run.save()
    changes = Changes(run, cast.officer)
    assert [row.compound for row in changes.moved] == [dear, cheap, stuck]
    assert {code: n for code, _word, n, _h in changes.counts} == {
        "KEPT": 1, "MOVED": 2, "TAKEN": 0, "LOST": 1, "STAYS": 0,
    }  # fmt: skip
    assert (changes.noise["percent"], changes.noise["noise_percent"]) == (25, 5)
    client.force_login(cast.officer)
    shown = text_of(client, "plan_changes", run.pk)
    assert "9,000" in shown
    assert "not possible" in shown


def test_fallback_is_paid_every_year_and_subsidy_once(run):
    plan = {**SIDE, "subsidy": 1_000.0, "setup": 500.0, "fallback": 3_600.0}
    run.figures = {"plan": plan, "by_hand": None, "today": SIDE}
    today, ours = over_years(run)
    assert (ours.once, ours.yearly, ours.is_plan) == (1_500, 1_200, True)
    assert ours.after == [2_700, 5_100, 7_500]
    assert today.after[1] == pytest.approx(SIDE["subsidy"] + SIDE["fallback"])


def test_subsidy_paid_over_years_is_counted_as_it_is_paid(client, district, cast):
    paying = {"first": "2026-07-01", "months": 24, "budgets": {}}
    plan = {**SIDE, "subsidy": 1_000.0, "setup": 500.0, "fallback": 3_600.0}
    run = make_run(
        district.area, cast.officer, dials={**DIALS, "paying": paying}, figures={"plan": plan}
    )
    (ours,) = over_years(run)
    assert ours.after == [500 + 500 + 1_200, 1_500 + 3_600, 1_500 + 6_000]
    course = {**ACCOUNT["course"], "paid_months": 24}
    make_bundle(run, make_provider(district.area), account={"course": course})
    client.force_login(cast.officer)
    assert "the subsidy is paid over 24 months." in text_of(client, "bundle_detail", run.pk, 1)


def test_bundles_at_risk_are_counted_above_ten_percent(district, cast, run):
    firm = make_provider(district.area)
    for number, percent in enumerate([None, 0, 10, Decimal("10.05"), 60], start=1):
        make_bundle(run, firm, number=number, over_cap_percent=percent)
    stands = Stands(run, cast.officer)
    assert stands.at_risk == 2
    assert [row.number for row in stands.riskiest] == [5, 4]
    assert len(stands.bundles) == 4


@pytest.mark.parametrize(
    ("price", "public", "choice"),
    [
        (-5, -5, "SAME"),
        (500, 500, "REAL"),
        (500.01, 500.01, "CLEAR"),
        (14_999, 14_999, "CLEAR"),
        (15_000, 15_000, "LOUD"),
        (90_000, 14_999, "CLEAR"),  # the rest is weights, and these are no money
    ],
)
def test_how_free_the_choice_is_depends_on_the_price_of_the_next_best(
    client, district, cast, run, price, public, choice
):
    firm, other = make_provider(district.area), make_provider(district.area)
    make_firm(run, other)
    options = [
        {"price": price, "public": public, "provider": other.pk, "street": None, "blocks": []},
        {
            "price": -99.0,
            "public": -9,
            "provider": firm.pk,
            "street": None,
            "blocks": [["capacity", 12.0]],
        },
    ]
    place = make_place(
        run, make_compound(district.community), make_bundle(run, firm),
        account={"options": options}, next_price=price,
    )  # fmt: skip
    assert PlaceSheet(place).choice == choice
    client.force_login(cast.officer)
    shown = text_of(client, "place_detail", run.pk, place.compound.code)
    assert ("Let the residents' vote decide" in shown) == (choice in ("SAME", "REAL"))
    assert ("needs a source" in shown) == (choice == "LOUD")
    assert ("of public money" in shown) == (choice not in ("SAME", "NONE"))


def left_place(district, run, firm):
    ways = [
        {"provider": firm.pk, "street": None, "changes": [["fee", 0.6234]]},
        {"provider": firm.pk, "street": None, "changes": [["collection", 0.84], ["size", 1.0]]},
        {"provider": None, "street": district.street.pk, "changes": [["contiguity", 640.2]]},
    ]
    now = {"fee": 0.5, "collection": 0.75}
    return make_place(
        run, make_compound(district.community), account={"ways": ways, "now": now, "options": []}
    )


def test_what_would_take_a_compound_out_of_fallback_is_told_in_sentences(
    client, district, cast, run
):
    firm = make_provider(district.area)
    make_firm(run, firm)
    place = left_place(district, run, firm)
    client.force_login(cast.officer)
    shown = text_of(client, "place_detail", run.pk, place.compound.code)
    fee = "would take it if the fee were 0.62 yuan per m² and month (today 0.50)."
    both = "if 84% of the fees came in (planned 75%) and if its bundle held one compound more."
    reach = "might reach 640 m from compound to compound (today 500 m)."
    for one in (f"{firm.name} {fee}", both, reach, district.street.name):
        assert one in shown


def test_the_workbook_of_places_gives_the_reasons(client, district, cast, run):
    firm = make_provider(district.area)
    make_firm(run, firm)
    left_place(district, run, firm)
    option = {"price": 1234.5, "provider": firm.pk, "street": None, "blocks": []}
    make_place(
        run, make_compound(district.community), make_bundle(run, firm),
        account={"options": [option]}, stay_price=77,
    )  # fmt: skip
    client.force_login(cast.officer)
    client.cookies["django_language"] = "en"
    answer = client.get(reverse("planning:place_export", args=[run.pk]))
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.values)
    told = "\n".join(str(cell) for row in rows for cell in row)
    assert f"Next best: {firm.name}, 1,234 yuan dearer." in told
    assert "if the fee were 0.62 yuan" in told
    assert "Price of staying as today (yuan)" in told


def test_sheets_cost_few_statements_however_many_members(
    client, district, cast, run, django_assert_max_num_queries
):
    firm = make_provider(district.area)
    row = make_firm(run, firm)
    bundle = make_bundle(run, firm, compound_count=12, account=ACCOUNT)
    for _ in range(12):
        make_place(run, make_compound(district.community), bundle, today=firm, outcome="MOVED")
    with django_assert_max_num_queries(6):
        sheet = BundleSheet(run, bundle, cast.officer)
        assert (len(sheet.members), sheet.hidden, sheet.balance.givers) == (12, 0, 12)
        assert len(FirmSheet(row, cast.officer).bundles) == 1
        assert len(Changes(run, cast.officer).moved) == 12


@pytest.mark.parametrize(("share", "most"), [(None, 90_000), (0.5, 11_000)])
def test_the_room_of_a_centre_that_is_to_be_opened_is_told(district, cast, share, most):
    norms = make_norms(district.area, centre_capacity=90_000)
    run = make_run(district.area, cast.officer, norms, dials={**DIALS, "provider_share": share})
    centre = make_bundle(run, None, centre_of=district.street, area_m2=11_000)
    place = make_place(run, make_compound(district.community), centre, area_m2=11_000)
    make_place(run, make_compound(district.community), area_m2=11_000)
    room = PlaceSheet(place).limits[-1]
    assert (room.used, room.most) == (11_000, most)
    assert room.binds == (share is not None)


def test_curves_count_searches_and_not_compounds():
    with translation.override("en"):
        assert PlanCurve._meta.get_field("total").verbose_name == "searches"


def test_a_bundle_that_never_bears_itself_says_so_before_all_else(client, district, cast, run):
    course = {**ACCOUNT["course"], "monthly": -3_095.0, "paid_back": 1, "advance": 0.0}
    make_bundle(
        run, make_provider(district.area), over_cap_percent=46, break_even_percent=95,
        account={**ACCOUNT, "course": course},
    )  # fmt: skip
    make_bundle(run, make_provider(district.area), number=2, account=ACCOUNT)
    client.force_login(cast.officer)
    shown = text_of(client, "bundle_detail", run.pk, 1)
    assert "This bundle never bears itself" in shown
    assert "nothing has to be advanced" not in shown
    assert "In 46% of the drawn futures its cap of 16,500 yuan does not suffice" in shown
    assert "of the planned income, with the subsidy of the plan" in shown
    assert "with the highest subsidy; planned 75%" in shown
    assert "never bears itself" not in text_of(client, "bundle_detail", run.pk, 2)
    table = text_of(client, "plan_detail", run.pk)
    assert table.count('<span class="chip warn">never bears itself</span>') == 1
    assert '<b class="fail">46%</b>' in table


def test_a_member_without_a_stepping_stone_says_why_it_needs_none(client, district, cast):
    run = make_run(district.street, cast.officer)
    firm = make_provider(district.area)
    bundle = make_bundle(run, firm)
    near, stone, hidden, today, far = (make_compound(district.community) for _ in range(5))
    outside = make_compound(district.other_community)
    make_place(run, near, bundle, metres=600, counted=9)
    make_place(run, stone, bundle, metres=900, stone=near, counted=8)
    make_place(run, hidden, bundle, metres=900, stone=outside, counted=7)
    make_place(run, today, bundle, metres=4_967, today=firm, counted=6)
    make_place(run, far, bundle, metres=4_967, counted=5)
    assert [row.joined for row in BundleSheet(run, bundle, cast.officer).members][1] == near.name
    client.force_login(cast.clerk)
    shown = text_of(client, "bundle_detail", run.pk, 1)
    assert outside.name not in shown
    for word in (
        "near the base",
        "a compound outside your posts",
        "served by this firm today, however far",
        "managed compounds lie between",
    ):
        assert f">{word}</td>" in shown


def test_what_stands_in_the_way_of_staying_is_told(client, district, cast, run):
    firm, other, unplanned = (make_provider(district.area) for _ in range(3))
    make_firm(run, firm)
    make_firm(run, other)
    mine = make_bundle(run, other)
    full, lost, gone, priced = (make_compound(district.community) for _ in range(4))
    blocked = {"provider": firm.pk, "price": 9.0, "blocks": [["capacity", 1200.0]]}
    make_place(run, full, mine, outcome="MOVED", today=firm, account={"options": [blocked]})
    make_place(run, lost, mine, outcome="MOVED", today=unplanned)
    make_place(run, gone, mine, outcome="MOVED", today=firm)
    make_place(run, priced, mine, outcome="MOVED", today=firm, stay_price=500)
    client.force_login(cast.officer)
    for shown in (
        text_of(client, "plan_changes", run.pk),
        text_of(client, "firm_detail", run.pk, other.pk),
    ):
        assert "not possible<small>the firm lacks 1,200 m² of capacity</small>" in shown
        assert "not possible<small>its firm could not be planned with</small>" in shown
        assert "not possible<small>the rules of the plan do not allow it</small>" in shown
        assert shown.count("not possible") == 3


@pytest.mark.parametrize(
    ("page", "word"),
    [("plan_detail", "bound"), ("bundle_detail", "break-even income"), ("firm_list", "price")],
)
def test_words_of_the_trade_are_explained_where_they_stand(client, district, cast, run, page, word):
    make_bundle(run, make_provider(district.area))
    client.force_login(cast.officer)
    shown = text_of(client, page, run.pk, *([1] if page == "bundle_detail" else []))
    assert "Words of this page" in shown
    assert f"<dt>{'worth of more room' if word == 'price' else word}</dt>" in shown


def test_what_is_said_inside_the_office_does_not_go_to_residents(client, district, cast, run):
    compound, firm = make_compound(district.community), make_provider(district.area)
    dear = {"provider": firm.pk, "price": 90_000.0, "public": 90_000.0, "blocks": []}
    make_firm(run, firm)
    make_place(
        run, compound, make_bundle(run, make_provider(district.area)), account={"options": [dear]}
    )
    client.force_login(cast.officer)
    shown = text_of(client, "place_detail", run.pk, compound.code)
    assert '<span class="noprint">So large a sum needs a source.</span>' in shown
