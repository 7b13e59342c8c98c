"""What waits for a person: every line counts the rows of the list it opens."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compounds.providers.duties import work_of
from compounds.providers.services import blacklist, filings, standing
from governance.foundation import dates
from tests.factories import make_provider, make_user

TODAY = dt.date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: TODAY)


@pytest.fixture
def people(district):
    return SimpleNamespace(
        clerk=make_user("clerk", "street_clerk", district.street),
        worker=make_user("worker", "community_worker", district.community),
        chief=make_user("chief", "street_leader", district.street),
        other=make_user("other", "street_leader", district.other_street),
        officer=make_user("officer", "district_officer", district.area),
        approver=make_user("approver", "district_approver", district.area),
    )


def busy(people, district):
    """Two applications and two proposals, one of each further on; a card that is overdue."""
    for day, community in ((1, district.community), (20, district.sister_community)):
        filings.apply_for_filing(
            by=people.clerk,
            provider=make_provider(district.area),
            community=community,
            applied_on=dt.date(2026, 11, day),
        )
    for street in (district.street, district.other_street):
        entry = blacklist.propose(
            by=people.officer,
            provider=make_provider(district.area),
            reason="擅自撤离",
            street=street,
        )
    blacklist.give_opinion(by=people.other, entry=entry, version=1, is_supported=True, opinion="是")
    standing.give_card(
        by=people.officer,
        provider=make_provider(district.area),
        colour="YELLOW",
        reason="整改不力",
        given_on=dt.date(2026, 11, 1),
        correct_by=dt.date(2026, 11, 20),
    )


def test_everybody_finds_what_waits_for_them_with_its_list(client, people, district):
    busy(people, district)
    expected = {
        "clerk": [],
        "worker": [(1, True)],
        "chief": [(2, True), (1, False)],
        "other": [],
        "officer": [(2, True), (1, False), (1, True)],
        "approver": [],
    }
    for name, lines in expected.items():
        user = getattr(people, name)
        found = list(work_of(user))
        assert [(line.count, line.is_late) for line in found] == lines, name
        client.force_login(user)
        for line in found:
            listing = client.get(line.url).context["listing"]
            assert listing.queryset.count() == line.count, line.url
            assert listing.problems == []


def test_who_decides_is_told_late_when_the_time_to_be_heard_is_over(people, district, monkeypatch):
    entry = blacklist.propose(
        by=people.officer,
        provider=make_provider(district.area),
        reason="擅自撤离",
        street=district.street,
    )
    blacklist.give_opinion(by=people.chief, entry=entry, version=1, is_supported=True, opinion="是")
    blacklist.notify_firm(
        by=people.officer,
        entry=entry,
        version=2,
        notified_on=TODAY,
        heard_until=dt.date(2026, 11, 30),
    )
    (line,) = work_of(people.approver)
    assert (line.count, line.is_late) == (1, False)
    monkeypatch.setattr(dates, "today", lambda: dt.date(2026, 12, 1))
    (line,) = work_of(people.approver)
    assert line.is_late


def test_looking_costs_the_same_however_much_waits(people, district):
    def cost():
        with CaptureQueriesContext(connection) as seen:
            list(work_of(people.officer))
        return len(seen)

    busy(people, district)
    list(work_of(people.officer))
    few = cost()
    for _ in range(5):
        busy(people, district)
    assert cost() == few == 1
