"""Figures of today and of past days, from the cases and from their steps."""

import datetime as dt

import pytest
from django.db.models import Q

from compounds.clearing import figures, services
from compounds.clearing.models import Case
from compounds.registry.services.compounds import demolish_compound
from governance.foundation.errors import DomainError
from tests.compounds.clearing.cases import (
    FIRST,
    TODAY,
    bring,
    fresh,
    go,
    make_campaign,
    make_case,
)


@pytest.fixture
def here(district, monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: TODAY)
    return make_campaign(district)


def day(n: int) -> dt.date:
    return FIRST + dt.timedelta(days=n)


def told(found):
    return found.tasks, found.cleared, found.net, found.rebound


@pytest.fixture
def campaign(here):
    kept, lost, gone = (bring(here, make_case(here), "CLEARED") for _ in range(3))
    services.reenter_campaign(by=here.approver, case=lost, on=day(200), reason="企业撤场")
    row = fresh(gone).compound
    demolish_compound(by=here.clerk, compound=row, version=row.version, reason="拆除")
    make_case(here, on=day(100))
    return kept


def test_every_day_of_the_past_is_told_by_the_steps(here, campaign):
    def on(n):
        return told(figures.standing(here.officer, day=day(n)))

    assert on(-1) == (0, 0, 0, 0)
    assert on(0) == (3, 0, 0, 0)
    assert on(74) == (3, 0, 0, 0)
    assert on(75) == (3, 3, 3, 0)
    assert on(100) == (4, 3, 3, 0)
    assert on(200) == (4, 3, 2, 1)
    now = figures.standing(here.officer)
    assert told(now) == (3, 2, 1, 1)
    assert told(figures.standing(here.officer, day=TODAY)) == told(now)


def test_today_is_the_same_by_cases_and_by_steps(here, campaign):
    now = figures.standing(here.officer)
    rows = figures._past(here.officer, TODAY)
    columns = ("street_id", "community_id", "reached", "chosen", "n", "ever", "late")
    by_steps = figures.Standing(TODAY, [figures.Cell(*row) for row in rows.values_list(*columns)])
    assert told(by_steps) == told(now)
    assert by_steps.by_state == now.by_state
    assert by_steps.by_strategy == now.by_strategy


def test_a_past_day_takes_one_statement(here, campaign, django_assert_num_queries):
    with django_assert_num_queries(1):
        figures.standing(here.officer, day=day(150))
    with django_assert_num_queries(2):
        figures.trend(here.officer, [day(n) for n in range(0, 300, 30)])


def test_the_trend_ends_where_the_campaign_stands(here, campaign):
    points = figures.trend(here.officer, [day(74), day(75), day(200), TODAY])
    assert [point[1:] for point in points] == [(0, 0, 0), (3, 3, 0), (3, 2, 1), (2, 1, 1)]


def test_the_trend_follows_a_case_out_of_the_campaign_and_back(here):
    case = bring(here, make_case(here), "CLEARED")
    services.reenter_campaign(by=here.approver, case=case, on=day(200), reason="企业撤场")
    go(here.clerk, case, day(210), services.leave_campaign, reason="另有安排")
    again = {"by": here.clerk, "compounds": [case.compound_id]}
    with pytest.raises(DomainError):  # before it left
        services.open_cases(**again, on=day(205))
    services.open_cases(**again, on=day(220))
    early = make_case(here)  # left and came back before it was ever cleared
    go(here.clerk, early, day(0), services.leave_campaign, reason="登记有误")
    services.open_cases(by=here.clerk, compounds=[early.compound_id], on=day(0))
    bring(here, early, "CLEARED")
    days = [day(n) for n in (74, 75, 200, 210, 220)]
    points = figures.trend(here.officer, days)
    assert [point[1:] for point in points] == [
        (0, 0, 0),
        (2, 2, 0),
        (2, 1, 1),
        (1, 1, 0),
        (2, 1, 1),
    ]
    for point in points:
        found = figures.standing(here.officer, day=point.day)
        assert (found.cleared, found.net, found.rebound) == point[1:]


def test_figures_are_cut_by_posts_and_place(here, campaign):
    make_case(here, community=here.other_community)
    assert figures.standing(here.clerk).tasks == 3
    assert figures.standing(here.officer).tasks == 4
    inside = Q(street=here.other_street.pk)
    assert figures.standing(here.officer, inside=inside).tasks == 1
    assert figures.trend(here.officer, [TODAY], inside=inside)[0].cleared == 0


def test_net_is_cleared_less_rebound_and_equals_the_lists(here, campaign):
    now = figures.standing(here.officer)
    cases = Case.objects.visible_to(here.officer)
    assert now.cleared == cases.ever_cleared().count()
    assert now.net == cases.net_cleared().count() == now.cleared - now.rebound
    assert now.rebound == cases.rebounded().count()
