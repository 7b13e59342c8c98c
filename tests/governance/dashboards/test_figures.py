"""Figures equal the register: today by the tallies, on a past day by history."""

import datetime as dt

import pytest
from django.utils import timezone

from compounds.registry.models import Compound
from compounds.registry.services import compounds as services
from governance.dashboards import figures
from governance.dashboards.pages import page_of
from governance.foundation import dates
from tests.factories import make_compound, make_user
from tests.governance.dashboards.places import counted_links, fill, listed

READERS = [
    ("district_officer", "area"),
    ("leader", "area"),
    ("finance_officer", "area"),
    ("auditor", "area"),
    ("street_clerk", "street"),
    ("street_leader", "other_street"),
    ("community_worker", "community"),
]


@pytest.fixture
def clock(monkeypatch):
    """Sets the time of day; it is the morning of 26 May 2026 at first."""

    def set_to(day):
        at = dt.datetime(2026, 5, day, 2, tzinfo=dt.UTC)
        monkeypatch.setattr(timezone, "now", lambda: at)

    set_to(26)
    return set_to


@pytest.fixture
def filled(clock, district):
    fill(district)
    return district


def test_today_and_history_give_the_same_figures_in_the_same_shape(filled):
    user = make_user(role="district_officer", area=filled.area)
    for area in (filled.area, filled.street, filled.community):
        now = figures.situation(user, area)
        then = figures.situation(user, area, dates.today())
        assert now.all == then.all
        assert now.campaign == then.campaign
        assert now.by_child == then.by_child
        assert now.all.compounds > 0


def test_the_figures_of_a_place_cost_two_queries(filled, django_assert_num_queries):
    user = make_user(role="district_officer", area=filled.area)
    user.scope  # noqa: B018 - read once per request
    with django_assert_num_queries(2):
        assert figures.situation(user, filled.area).all.compounds


def test_another_street_is_not_counted(filled):
    clerk = make_user(role="street_clerk", area=filled.street)
    assert figures.situation(clerk, filled.other_street).all.compounds == 0
    assert figures.situation(clerk, filled.area).all.compounds == (
        figures.situation(clerk, filled.street).all.compounds
    )


@pytest.mark.parametrize(("role", "place"), READERS)
def test_every_figure_equals_the_list_it_opens(filled, role, place):
    area = getattr(filled, place)
    user = make_user(role=role, area=area)
    page = page_of(user, area)
    checked = 0
    for words, href, count in counted_links(page):
        if href:
            assert listed(user, href) == count, (words, href)
            checked += 1
    assert checked > 15


@pytest.mark.parametrize("measure", ["cleared", "decided", "verified", "complete"])
def test_every_measure_of_the_comparison_equals_its_list(filled, measure):
    user = make_user(role="leader", area=filled.area)
    page = page_of(user, filled.area, measure=measure)
    rows = [*page.comparison.ranked, *page.comparison.unranked]
    assert rows
    for row in rows:
        assert listed(user, row.list_href) == row.standing.part


@pytest.mark.parametrize(("role", "place"), READERS[:1] + READERS[4:5])
def test_figures_of_a_past_day_equal_the_list_of_that_day(filled, role, place, clock):
    area = getattr(filled, place)
    user = make_user(role=role, area=area)
    past = dt.date(2026, 5, 26)
    before = page_of(user, area).figures
    clock(27)
    clerk = make_user(role="district_officer", area=filled.area)
    gone = Compound.objects.unmanaged().filter(street=filled.street).first()
    services.change_compound(
        by=clerk, compound=gone, version=gone.version, changes={"management_mode": "FIRM"}
    )
    make_compound(filled.community)
    page = page_of(user, area, past)
    assert page.now.day == past
    then = {figure.label: figure.count for figure in page.figures}
    for figure in before:
        assert then.get(figure.label, figure.count) == figure.count
    for words, href, count in counted_links(page):
        if href:
            assert "as_of=" in href
            assert listed(user, href) == count, (words, href)
    assert page.tasks == []
    assert page_of(user, area).now.all != page.now.all


def test_a_day_before_the_register_has_nothing(filled):
    user = make_user(role="leader", area=filled.area)
    page = page_of(user, filled.area, dt.date(2020, 1, 1))
    assert page.now.all.compounds == 0
    assert str(page.outcome).count("<svg") == 0


def test_the_trend_counts_what_each_days_page_counts(filled, clock):
    officer = make_user(role="district_officer", area=filled.area)
    clerk = make_user(role="street_clerk", area=filled.street)
    clock(27)
    gone = Compound.objects.unmanaged().filter(strategy="FALLBACK").first()
    services.change_compound(
        by=officer, compound=gone, version=gone.version, changes={"management_mode": "FIRM"}
    )
    clock(28)
    moved = Compound.objects.unmanaged().filter(street=filled.street, strategy="UNIT_COBUILD")[0]
    services.change_compound(
        by=officer,
        compound=moved,
        version=moved.version,
        changes={"community": filled.other_community},
    )
    days = [dt.date(2026, 5, day) for day in (25, 26, 27, 28)]
    for user, area in ((officer, filled.area), (officer, filled.street), (clerk, filled.street)):
        points = figures.points_of_days(user, area, days)
        for point in points:
            campaign = figures.situation(user, area, point.day).campaign
            assert (point.unmanaged, point.decided) == (campaign.compounds, campaign.classified)
        assert points[0].unmanaged == 0 < points[1].unmanaged
    assert len({point.decided for point in points}) > 2
