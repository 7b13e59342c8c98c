"""The pages: who sees which place, what stands on it, and what it costs."""

import datetime as dt
from html import unescape

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from compounds.classification.models import Override
from governance.audit import services as audit
from governance.dashboards import news
from governance.dashboards.pages import page_of
from governance.party_grid.models import Proposal, ProposalStep
from governance.party_grid.rules import Act
from tests.factories import make_area, make_compound, make_user
from tests.governance.dashboards.places import counted_links, fill
from tests.subsidies.factories import grant, make_indicator, make_line, make_people

MOST_STATEMENTS = 19
# All open work asks each room of the campaign for what waits for its reader.
MOST_FOR_WORK = 40


@pytest.fixture(autouse=True)
def _morning(monkeypatch):
    at = dt.datetime(2026, 5, 26, 2, tzinfo=dt.UTC)
    monkeypatch.setattr(timezone, "now", lambda: at)


@pytest.fixture
def filled(district):
    fill(district)
    return district


def login(client, role, area, **changes):
    user = make_user(role=role, area=area, **changes)
    client.force_login(user)
    return user


def read(client, name, *args, **query):
    answer = client.get(reverse(f"dashboards:{name}", args=args), query)
    return answer, answer.content.decode()


@pytest.mark.parametrize(
    ("role", "place"),
    [
        ("district_officer", "area"),
        ("district_approver", "area"),
        ("finance_officer", "area"),
        ("auditor", "area"),
        ("leader", "street"),
        ("street_clerk", "street"),
        ("street_leader", "street"),
        ("community_worker", "community"),
    ],
)
def test_home_is_the_widest_place_of_the_reader(client, filled, role, place):
    area = getattr(filled, place)
    login(client, role, area)
    answer, text = read(client, "home")
    assert answer.status_code == 200
    assert f"<h1>{area.name}</h1>" in text


def test_a_place_outside_the_scope_does_not_exist(client, filled):
    login(client, "street_clerk", filled.street)
    for area in (filled.area, filled.other_street, filled.other_community):
        for name in ("area_detail", "area_trend", "area_wall"):
            assert read(client, name, area.code)[0].status_code == 404
    assert read(client, "area_detail", filled.community.code)[0].status_code == 200
    assert read(client, "area_detail", "999999")[0].status_code == 404


def test_another_streets_names_are_nowhere_on_the_page(client, filled):
    login(client, "street_clerk", filled.street)
    text = read(client, "home")[1] + read(client, "wall")[1]
    assert filled.other_street.name not in text
    assert filled.other_community.name not in text


def test_areas_above_are_named_but_only_those_inside_the_scope_are_links(client, filled):
    login(client, "street_clerk", filled.street)
    text = read(client, "area_detail", filled.community.code)[1]
    assert f"<span>{filled.area.name}</span>" in text
    assert f'href="{reverse("dashboards:area_detail", args=[filled.street.code])}"' in text


@pytest.mark.parametrize("role", ["account_admin", "security_admin", "audit_admin", "provider"])
def test_posts_without_a_register_read_what_they_are_for(client, filled, role):
    login(client, role, filled.area)
    answer, text = read(client, "home")
    assert answer.status_code == 200
    assert 'class="sheet figs"' not in text
    assert reverse("organisation:password_change") in text
    assert read(client, "wall")[0].status_code == 404


def test_nobody_without_an_account_sees_anything(client, filled):
    for name in ("home", "wall"):
        assert read(client, name)[0].status_code == 302
    refreshing = client.get(reverse("dashboards:wall"), headers={"HX-Request": "true"})
    assert refreshing.status_code == 401


def test_the_empty_register_asks_for_an_import(client, district):
    login(client, "street_clerk", district.street)
    text = read(client, "home")[1]
    assert "小区摸底台账" in text
    assert 'class="sheet figs"' not in text
    assert read(client, "wall")[0].status_code == 200


def test_a_street_with_one_community_and_one_managed_compound(client, district):
    street = make_area(2, "140105009", "独一街道", district.area)
    community = make_area(3, "140105009001", "独一社区", street)
    make_compound(community, management_mode="FIRM")
    login(client, "street_clerk", street)
    answer, text = read(client, "home")
    assert answer.status_code == 200
    assert "chart-empty" in text
    assert read(client, "area_detail", community.code)[0].status_code == 200


def test_names_with_markup_are_escaped(client, district):
    bad = '<img src=x onerror="x">'
    community = make_area(3, "140105001009", bad, district.street)
    compound = make_compound(community, name=bad)
    user = login(client, "district_officer", district.area, display_name="<i>甲</i>")
    with transaction.atomic():
        audit.record("change", compound, by=user, changes={"address": ["", bad]})
    for name, args in (
        ("home", []),
        ("area_detail", [district.street.code]),
        ("area_detail", [community.code]),
        ("wall", []),
        ("area_wall", [district.street.code]),
    ):
        assert "<img src" not in read(client, name, *args)[1]


def test_a_past_day_is_marked_and_its_links_carry_it(client, filled):
    login(client, "district_officer", filled.area)
    answer, text = read(client, "home", as_of="2026-05-25")
    assert answer.status_code == 200
    assert "note calm past" in text
    assert 'id="work"' not in text


@pytest.mark.parametrize("asked", ["2026-02-31", "gestern", "2027-01-01", "2026-05-26", ""])
def test_a_day_that_is_no_past_day_shows_today(client, filled, asked):
    login(client, "district_officer", filled.area)
    answer, text = read(client, "home", as_of=asked)
    assert answer.status_code == 200
    assert "note calm past" not in text


def test_an_unknown_measure_is_the_first(client, filled):
    login(client, "leader", filled.area)
    assert read(client, "home", measure="x")[0].status_code == 200


def test_the_trend_is_a_page_and_a_fragment(client, filled):
    login(client, "leader", filled.area)
    page = client.get(reverse("dashboards:area_trend", args=[filled.area.code]))
    part = client.get(
        reverse("dashboards:area_trend", args=[filled.area.code]), headers={"HX-Request": "true"}
    )
    assert b"<html" in page.content
    assert b"<html" not in part.content
    assert part.content.strip() in page.content


# ---------------------------------------------------------------- the wall


def test_the_wall_refreshes_itself_and_holds_nothing_to_click(client, filled):
    login(client, "leader", filled.area)
    text = read(client, "wall")[1]
    assert 'hx-trigger="every 60s"' in text
    assert 'http-equiv="refresh"' not in text
    assert "<a " not in text
    assert "data-wall-time" in text
    part = client.get(reverse("dashboards:wall"), headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith('<main id="wall"')


# ---------------------------------------------------------------- work


def titles(user, area):
    return {task.title: task for task in page_of(user, area).tasks}


def test_those_who_may_act_get_the_verb_and_others_look(filled):
    clerk = make_user(role="street_clerk", area=filled.street)
    leader = make_user(role="leader", area=filled.street)
    by_clerk, by_leader = titles(clerk, filled.street), titles(leader, filled.street)
    assert set(by_leader) <= set(by_clerk)
    assert {task.verb for task in by_leader.values()} != {task.verb for task in by_clerk.values()}
    assert len({task.verb for task in by_leader.values()}) == 1


def test_an_override_waits_for_the_one_who_approves(filled):
    clerk = make_user(role="street_clerk", area=filled.street)
    chief = make_user(role="street_leader", area=filled.street)
    compound = make_compound(filled.community, decision="DECIDED", strategy="FALLBACK")
    Override.objects.create(
        compound=compound,
        strategy="RED_TAKEOVER",
        reason="样例",
        document="样例〔2026〕1号",
        expires_on=dt.date(2026, 12, 31),
        prepared_by=clerk,
        prepared_at=timezone.now(),
        community=filled.community,
    )
    waiting = set(titles(chief, filled.street)) - set(titles(clerk, filled.street))
    assert len(waiting) == 1
    task = titles(chief, filled.street)[waiting.pop()]
    assert task.count == 1
    assert task.href.startswith(reverse("classification:override_list"))


def test_the_oldest_survey_that_waits_is_named(filled):
    old = make_compound(filled.community, name="最早的院", surveyed_on=dt.date(2026, 5, 6))
    clerk = make_user(role="street_clerk", area=filled.street)
    details = [task.detail for task in page_of(clerk, filled.street).tasks]
    assert any(old.name in detail and "20" in detail for detail in details)


# ---------------------------------------------------------------- recent changes


def test_what_was_done_at_one_stroke_is_one_line(filled):
    user = make_user(role="district_officer", area=filled.area)
    compounds = [make_compound(filled.community, refresh=False) for _ in range(60)]
    with transaction.atomic():
        audit.record("verify", compounds[0], by=user)
    with transaction.atomic():
        audit.record_many(
            [audit.act_on("add", row) for row in compounds], by=user, batch="import-1"
        )
    told = news.recent(user, filled.area)
    assert [line.count for line in told][:2] == [60, 1]


def test_news_say_what_was_done_to_what_and_under_which_post(filled):
    user = make_user(role="street_clerk", area=filled.street)
    compound = make_compound(filled.community, name="建安路 5 号院")
    with transaction.atomic():
        audit.record("change", compound, by=user, changes={"household_count": [86, 92]})
    line = news.recent(user, filled.street)[0]
    assert (line.title, line.label) == ("修改小区", "建安路 5 号院")
    assert "86 → 92" in line.changes
    assert "街道经办" in line.post


def test_what_had_no_value_before_is_no_change_to_tell(filled):
    user = make_user(role="street_clerk", area=filled.street)
    compound = make_compound(filled.community)
    with transaction.atomic():
        audit.record("change", compound, by=user, changes={"household_count": [None, 92]})
    assert news.recent(user, filled.street)[0].changes == ""


def test_paper_lists_every_area_below_with_the_figures_of_the_page(filled):
    user = make_user(role="district_officer", area=filled.area)
    page = page_of(user, filled.area)
    total = page.paper_total
    assert total.everything.compounds == page.now.all.compounds
    for name in ("compounds", "unmanaged", "missing_facts"):
        rows = [getattr(row.everything, name) for row in page.paper_rows]
        assert sum(rows) == getattr(total.everything, name)
    assert [sum(row.strategies[at] for row in page.paper_rows) for at in range(4)] == (
        total.strategies
    )


def test_changes_of_another_street_are_no_news(filled):
    officer = make_user(role="district_officer", area=filled.area)
    clerk = make_user(role="street_clerk", area=filled.street)
    with transaction.atomic():
        audit.record("change", make_compound(filled.other_community), by=officer)
    assert news.recent(clerk, filled.area) == []
    assert len(news.recent(officer, filled.area)) == 1


# ---------------------------------------------------------------- cost


@pytest.mark.parametrize("name", ["home", "work", "wall", "area_trend"])
def test_the_number_of_statements_does_not_grow_with_the_register(client, filled, name):
    login(client, "district_officer", filled.area)
    args = [filled.area.code] if name == "area_trend" else []

    def statements():
        cache.clear()
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert read(client, name, *args)[0].status_code == 200
        return len(captured)

    statements()
    few = statements()
    for community in filled.communities:
        for _ in range(5):
            make_compound(community)
    for number in range(3, 9):
        street = make_area(2, f"14010500{number}", f"样例{number}街道", filled.area)
        make_compound(make_area(3, f"{street.code}001", f"样例{number}社区", street))
    assert statements() <= few
    assert few <= (MOST_FOR_WORK if name == "work" else MOST_STATEMENTS)


@pytest.mark.parametrize(
    ("role", "place"),
    [
        ("community_worker", "community"),
        ("street_clerk", "street"),
        ("street_leader", "street"),
        ("district_approver", "area"),
        ("finance_officer", "area"),
        ("leader", "area"),
        ("auditor", "area"),
    ],
)
def test_home_is_read_in_few_statements_by_everybody(client, filled, role, place):
    login(client, role, getattr(filled, place))
    read(client, "home")
    cache.clear()
    with CaptureQueriesContext(connection) as captured:
        assert read(client, "home")[0].status_code == 200
    assert len(captured) <= MOST_STATEMENTS


# ---------------------------------------------------------------- open work


def test_home_shows_its_own_work_at_once_and_asks_for_that_of_all_rooms(client, filled):
    user = login(client, "street_clerk", filled.street)
    text = read(client, "home")[1]
    for task in page_of(user, filled.street).own_tasks:
        assert str(escape(task.title)) in text
    assert f'href="{reverse("dashboards:work")}"' in text
    assert f'hx-get="{reverse("dashboards:work")}"' in text
    # The lines bring the head its numbers: it does not ask for them a second time.
    assert reverse("notices:head_counts") not in text
    assert reverse("notices:head_counts") in read(client, "area_detail", filled.community.code)[1]


def test_open_work_is_a_page_and_the_fragment_that_brings_the_head_its_numbers(client, filled):
    user = login(client, "district_officer", filled.area)
    answer, text = read(client, "work")
    titles = [task.title for task in page_of(user, filled.area).tasks]
    assert [task.title for task in answer.context["tasks"]] == titles
    assert "<h1>" in text
    part = client.get(reverse("dashboards:work"), headers={"HX-Request": "true"}).content.decode()
    assert "<h1>" not in part
    assert 'id="mine"' in part
    assert 'hx-swap-oob="true"' in part
    assert f"<b>{len(titles)}</b>" in part


def test_open_work_of_a_post_without_a_register_is_that_of_the_rooms(client, filled):
    login(client, "audit_admin", filled.area)
    assert read(client, "work")[0].context["tasks"] == []


# ---------------------------------------------------------------- a figure and its list


@pytest.mark.parametrize(("role", "place"), [("street_clerk", "street"), ("leader", "area")])
def test_every_figure_on_the_page_opens_a_list_of_as_many_rows(client, filled, role, place):
    area = getattr(filled, place)
    user = login(client, role, area)
    text = unescape(read(client, "home")[1])
    for words, href, count in counted_links(page_of(user, area)):
        if count and href:
            assert f'href="{href}"' in text, words
            assert client.get(href).context["listing"].counted == count, words


def test_an_override_is_counted_as_its_list_counts_it_and_at_home_only(client, filled):
    officer = make_user(role="district_officer", area=filled.area)
    approver = login(client, "district_approver", filled.area)
    for community in (filled.community, filled.other_community):
        Override.objects.create(
            compound=make_compound(community, decision="DECIDED", strategy="FALLBACK"),
            strategy="RED_TAKEOVER",
            reason="样例",
            document="样例〔2026〕1号",
            expires_on=dt.date(2026, 12, 31),
            prepared_by=officer,
            prepared_at=timezone.now(),
            community=community,
        )
    lists = reverse("classification:override_list")
    [task] = [one for one in page_of(approver, filled.area).tasks if one.href.startswith(lists)]
    assert task.count == client.get(task.href).context["page"].paginator.count == 2
    below = page_of(approver, filled.street).tasks
    assert not [one for one in below if one.href.startswith(lists)]


def test_a_proposal_of_organisations_waits_for_another_who_applies_it(filled):
    clerk = make_user(role="street_clerk", area=filled.street)
    chief = make_user(role="street_leader", area=filled.street)
    door = reverse("party_grid:proposal_list") + "?state=waiting"
    assert door not in {task.href for task in page_of(chief, filled.street).tasks}
    proposal = Proposal.objects.create(
        area=filled.street, district=filled.area, street=filled.street, prepared_by=clerk
    )
    ProposalStep.objects.create(
        proposal=proposal, position=1, act=Act.FOUND, name="样例党支部", prepared_by=clerk
    )
    (task,) = [task for task in page_of(chief, filled.street).tasks if task.href == door]
    assert task.count == 1
    assert door not in {task.href for task in page_of(clerk, filled.street).tasks}


def order_of_rail(answer) -> list[str]:
    return [entry["url"] for entry in answer.context["rail"] if "url" in entry]


def test_finance_sees_the_money_of_the_year_first(client, filled):
    """Balances of the budget year, the group of money in the rail, no thresholds to look at."""
    people = make_people(filled)
    grant(people, make_indicator(make_line(filled.area)), 1000)
    client.force_login(people.finance)
    answer, text = read(client, "home")
    page = answer.context["page"]
    assert [one.amount for one in page.money] == [1000, 1000, 0, 0, 0, 0]
    assert "1,000.00" in text
    assert page.acts
    assert not page.import_href
    assert page.now.campaign.compounds
    assert not any("near" in task.href for task in page.own_tasks)
    rail = order_of_rail(answer)
    assert rail[1] == reverse("programmes:programme_list")
    assert rail.index(reverse("ledger:budget")) < rail.index(reverse("registry:compound_list"))


def test_others_keep_their_rail_and_see_no_balances(client, filled):
    login(client, "district_officer", filled.area)
    answer, _text = read(client, "home")
    assert not answer.context["page"].money
    assert order_of_rail(answer)[1] == reverse("registry:compound_list")
