"""The register as a list: filters, order, columns, pages, past days, views, and its cost."""

import datetime as dt
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compounds.registry.filters import CompoundFilterSet
from compounds.registry.models import Compound, SavedView
from compounds.registry.services import compounds
from governance.audit.models import AuditEntry
from governance.foundation import views as lists
from tests.factories import DAY, make_compound, make_user

LIST = "/register/"


@pytest.fixture
def clerk(district):
    return make_user("clerk", "street_clerk", district.street)


@pytest.fixture
def page(client, clerk):
    client.force_login(clerk)

    def get(query="", path=LIST):
        answer = client.get(path + query)
        answer.text = unescape(answer.content.decode()) if not answer.streaming else ""
        return answer

    return get


def names(answer):
    listing = answer.context["listing"]
    found = dict(Compound.objects.values_list("pk", "name"))
    return [found[pk] for pk in listing.ids]


def test_the_list_asks_for_a_login(client):
    assert client.get(LIST).status_code == 302


def test_the_list_is_refused_without_the_right(client, district):
    client.force_login(make_user("accounts", "account_admin", district.area))
    assert client.get(LIST).status_code == 403


def test_the_list_shows_own_street_only(page, district):
    make_compound(district.community, name="街内院")
    make_compound(district.other_community, name="街外院")
    answer = page()
    assert names(answer) == ["街内院"]
    assert "街外院" not in answer.text


def test_an_empty_register_says_what_to_do(page):
    answer = page()
    assert reverse("registry:compound_add") in answer.text
    assert reverse("registry:import_list") in answer.text


def test_nothing_found_offers_to_clear_the_filters(page, district):
    make_compound(district.community)
    answer = page("?q=没有这个")
    assert not answer.context["listing"].ids
    assert "清除筛选" in answer.text


@pytest.mark.parametrize("query", ["", "?as_of=2026-11-01&columns=name"])
def test_statements_are_few_and_the_same_for_5_and_60_rows(page, district, query):
    def cost():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert page(query).status_code == 200
        return len(seen)

    for _ in range(5):
        make_compound(district.community, refresh=False)
    page(query)
    few = cost()
    for _ in range(55):
        make_compound(district.community, refresh=False)
    assert cost() == few <= 10


FACTS = [
    ("is_unmanaged=true", {}, {"management_mode": "FIRM"}),
    ("is_unmanaged=false", {"management_mode": "FIRM"}, {}),
    ("is_unmanaged=unknown", {"management_mode": ""}, {}),
    ("strategy=FALLBACK", {"strategy": "FALLBACK", "decision": "DECIDED"}, {}),
    ("decision=INCOMPLETE", {"decision": "INCOMPLETE"}, {}),
    ("stage=SERVING", {"stage": "SERVING"}, {"stage": "CLEARED"}),
    ("stage=SERVED", {"stage": "ACCEPTED"}, {"stage": "MATCHING"}),
    ("stage=NO_CASE", {}, {"stage": "REGISTERED"}),
    ("stage=UNDER_WAY", {"stage": "SERVING", "management_mode": "FIRM"}, {"stage": "CLEARED"}),
    ("stage=EVER", {"stage": "MATCHING", "first_cleared_on": DAY}, {"stage": "MATCHING"}),
    (
        "stage=LOST",
        {"stage": "MATCHING", "first_cleared_on": DAY},
        {"stage": "CLEARED", "first_cleared_on": DAY},
    ),
    ("missing=any", {"built_year": None}, {}),
    ("missing=none", {}, {"built_year": None}),
    ("missing=built_year", {"built_year": None}, {"ownership": ""}),
    ("missing=ownership", {"ownership": ""}, {"built_year": None}),
    ("missing=unit_state", {"ownership": "UNIT"}, {"ownership": "REFORMED"}),
    ("household_count_min=81", {"household_count": 81}, {"household_count": None}),
    ("household_count_max=79", {"household_count": 79}, {}),
    ("household_count_min=１２０", {"household_count": 120}, {}),
    ("floor_area_m2_min=5600.01", {"floor_area_m2": Decimal("5600.01")}, {}),
    ("floor_area_m2_max=5599.99", {"floor_area_m2": Decimal("5599.99")}, {}),
    ("built_year_min=1987", {"built_year": 1987}, {}),
    ("built_year_max=1985", {"built_year": 1985}, {}),
    ("kind=COURTYARD", {"kind": "COURTYARD"}, {}),
    ("ownership=UNIT", {"ownership": "UNIT"}, {}),
    ("ownership=unknown", {"ownership": ""}, {}),
    ("has_affiliated_unit=true", {"unit_name": "机械厂"}, {}),
    ("has_affiliated_unit=false", {}, {"ownership": "UNIT"}),
    ("has_affiliated_unit=unknown", {"ownership": ""}, {}),
    ("unit_state=BANKRUPT", {"unit_state": "BANKRUPT"}, {}),
    ("renovation=DONE", {"renovation": "DONE"}, {}),
    ("is_enclosed=false", {"is_enclosed": False}, {"is_enclosed": None}),
    ("is_enclosed=unknown", {"is_enclosed": None}, {"is_enclosed": False}),
    ("is_contiguous=true", {"is_contiguous": True}, {}),
    ("contiguity_group=LP001", {"contiguity_group": "LP001"}, {"contiguity_group": "LP0011"}),
    ("management_mode=ABANDONED", {"management_mode": "ABANDONED"}, {}),
    ("has_committee=true", {"has_committee": True}, {}),
    ("is_three_none=true", {"is_three_none": True}, {}),
    ("problem_tag=DIRTY", {"problem_tags": " DIRTY ELDERLY "}, {"problem_tags": " ELDERLY "}),
    ("foundation_score_min=60", {"renovation": "DONE"}, {}),
    ("located=false", {"longitude": None, "latitude": None}, {}),
    ("surveyed=false", {"surveyed_on": None}, {}),
    ("verified=true", {"verified_on": dt.date(2026, 6, 1)}, {}),
    ("surveyed_from=2026-05-26", {"surveyed_on": dt.date(2026, 5, 26)}, {}),
    ("surveyed_until=2026-05-24", {"surveyed_on": dt.date(2026, 5, 24)}, {}),
    ("surveyor=样例乙", {"surveyor": "样例乙"}, {}),
    ("source=site", {"provenance": {"built_year": ["site", "2026-06-01"]}}, {}),
    ("status=DEMOLISHED", {"status": "DEMOLISHED"}, {}),
    ("q=学府", {"address": "学府街7号"}, {}),
]


@pytest.mark.parametrize(("query", "inside", "outside"), FACTS)
def test_each_filter_keeps_what_fits_and_drops_what_does_not(
    page, district, query, inside, outside
):
    make_compound(district.community, name="符合", **inside)
    make_compound(district.community, name="不符", **outside)
    answer = page(f"?{query}")
    assert names(answer) == ["符合"]
    assert not answer.context["listing"].problems


def test_every_filter_is_tried_by_the_table_above():
    tried = {query.split("=")[0] for query, _in, _out in FACTS} | {"street", "community"}
    assert set(CompoundFilterSet.base_filters) - set(CompoundFilterSet.offered) == tried


def test_street_and_community_are_filtered_by_code(page, district, client):
    client.force_login(make_user("officer", "district_officer", district.area))
    make_compound(district.community, name="东")
    make_compound(district.sister_community, name="西")
    make_compound(district.other_community, name="外")
    assert names(page(f"?street={district.street.code}")) == ["东", "西"]
    assert names(page(f"?community={district.sister_community.code}")) == ["西"]


def test_a_street_outside_the_scope_finds_nothing(page, district):
    make_compound(district.other_community, name="街外院")
    make_compound(district.community, name="街内院")
    assert names(page(f"?street={district.other_street.code}")) == []


@pytest.mark.parametrize(
    "value",
    [
        "abc",
        "-1",
        "1e400",
        "NaN",
        "9" * 40,
        "' OR 1=1 --",
        "<script>x</script>",
        "２０２６年",
        "𠮷" * 300,
        "2026-02-30",
        "‮",
    ],
)
def test_bad_values_are_told_gently_and_never_stop_the_page(page, district, value):
    make_compound(district.community)
    for name in (
        *CompoundFilterSet.base_filters,
        "sort",
        "page",
        "size",
        "columns",
        "as_of",
        "count",
    ):
        answer = page(f"?{name}={value}")
        assert answer.status_code == 200, name
        assert "<script>x" not in answer.content.decode()


def test_a_bad_number_is_named_with_its_filter(page, district):
    make_compound(district.community)
    assert "“abc”" in page("?household_count_min=abc").text


def test_an_applied_filter_is_a_chip_that_takes_it_away(page, district):
    make_compound(district.community)
    listing = page("?is_unmanaged=true&kind=COMPOUND&sort=name").context["listing"]
    label, value, url = listing.applied[0]
    assert (label, value) == ("无物业", "是")
    assert "is_unmanaged" not in url
    assert "kind=COMPOUND" in url
    assert "sort=name" in url


def test_sorting_is_said_to_screen_readers_and_reverses(page, district):
    make_compound(district.community, name="大", household_count=900)
    make_compound(district.community, name="小", household_count=9)
    answer = page("?sort=-household_count")
    assert names(answer) == ["大", "小"]
    assert 'aria-sort="descending"' in answer.text
    assert names(page("?sort=household_count")) == ["小", "大"]


def test_chosen_columns_are_shown_in_their_order(page, district):
    make_compound(district.community, surveyor="样例丙")
    answer = page("?columns=surveyor&columns=built_year")
    assert answer.context["listing"].names == ["name", "surveyor", "built_year"]
    assert "样例丙" in answer.text


def test_pages_follow_each_other_without_gap_or_double(page, district):
    for n in range(45):
        make_compound(district.community, refresh=False, name=f"院{n:02}", household_count=7)
    query = "?size=20&sort=household_count&page="
    seen = [name for n in (1, 2, 3) for name in names(page(f"{query}{n}"))]
    assert len(seen) == len(set(seen)) == 45
    assert "没有这一页" in page(f"{query}9").text


def test_counts_above_the_limit_are_capped_until_asked(page, district, monkeypatch):
    monkeypatch.setattr(lists, "COUNT_LIMIT", 3)
    for _ in range(5):
        make_compound(district.community, refresh=False)
    query = "?household_count_min=1"
    assert page(query).context["listing"].count_text == "3+"
    assert page(f"{query}&count=exact").context["listing"].count_text == "5"


@pytest.mark.parametrize(
    "query",
    ["", "?is_unmanaged=true", "?is_unmanaged=unknown", "?strategy=FALLBACK", "?community={0}"],
)
def test_counts_from_the_tallies_equal_the_rows(page, district, query):
    facts = [
        {},
        {"management_mode": "FIRM"},
        {"management_mode": ""},
        {"strategy": "FALLBACK", "decision": "DECIDED"},
        {"status": "DEMOLISHED"},
    ]
    for n, changes in enumerate(facts):
        make_compound(district.communities[n % 2], **changes)
        make_compound(district.other_community, **changes)
    listing = page(query.format(district.sister_community.code)).context["listing"]
    assert listing.known_count is not None
    assert listing.counted == listing.queryset.count() == len(listing.ids)


def test_names_are_escaped_in_rows_and_titles(page, district):
    row = make_compound(district.community, name='<img src=x onerror="1">', address="<b>")
    answer = page("?columns=address")
    assert b"<img src=x" not in answer.content
    assert b"&lt;img src=x" in answer.content
    assert b"<img src=x" not in page(path=f"/compounds/{row.code}/").content


def test_a_past_day_is_shown_as_it_was_without_acts(page, district, clerk):
    row = make_compound(district.community, name="旧名院")
    past = row.history.get()
    past.history_date = dt.datetime(2026, 3, 1, 4, tzinfo=dt.UTC)
    past.save()
    compounds.change_compound(
        by=clerk, compound=row, version=1, changes={"name": "新名院", "management_mode": "FIRM"}
    )
    answer = page("?as_of=2026-03-01&is_unmanaged=true&q=旧名")
    assert "旧名院" in answer.text
    assert "2026-03-01 当日" in answer.text
    assert 'name="ids"' not in answer.text
    assert "旧名院" not in page("?as_of=2026-02-28").text


def test_a_past_day_is_cut_to_the_scope_as_well(page, district):
    make_compound(district.other_community, name="街外院")
    assert "街外院" not in page("?as_of=2026-11-01").text


def test_a_day_to_come_shows_today_and_says_so(page, district):
    make_compound(district.community)
    answer = page("?as_of=2999-01-01")
    assert answer.context["day"] is None
    assert answer.context["listing"].problems


# -- saved views -----------------------------------------------------------------------------------
def save(client, name, query, **more):
    return client.post(
        reverse("registry:view_save"),
        {"name": name, "query": query, "once": f"{len(name):032x}", **more},
    )


def test_a_view_keeps_filters_columns_and_order_but_no_page(page, client, clerk):
    save(
        client, "无物业", "is_unmanaged=true&sort=-household_count&columns=code&page=3&count=exact"
    )
    view = SavedView.objects.get()
    assert view.query == "is_unmanaged=true&sort=-household_count&columns=code"
    assert "无物业" in page().text
    assert AuditEntry.objects.filter(verb="save_view").exists()


def test_a_private_view_is_seen_by_its_owner_a_shared_one_by_the_street(client, district, clerk):
    client.force_login(clerk)
    save(client, "自用", "q=1")
    save(client, "共用", "q=2", shared="1")
    worker = make_user("worker", "community_worker", district.community)
    stranger = make_user("stranger", "street_clerk", district.other_street)
    for person, seen in ((worker, {"共用"}), (stranger, set()), (clerk, {"自用", "共用"})):
        client.force_login(person)
        found = {view.name for view in client.get(LIST).context["views"]}
        assert found == seen


def test_only_its_owner_can_delete_a_view(client, district, clerk):
    client.force_login(clerk)
    save(client, "共用", "q=2", shared="1")
    url = reverse("registry:view_forget", args=[SavedView.objects.get().pk])
    client.force_login(make_user("worker", "community_worker", district.community))
    assert client.post(url).status_code == 404
    client.force_login(clerk)
    assert client.get(url).status_code == 405
    assert client.post(url).status_code == 302
    assert not SavedView.objects.exists()
