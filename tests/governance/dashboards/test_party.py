"""The party grid on dashboards and the dossier: figures open their lists, names only by right."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.dashboards.party import CompoundParty, area_lines
from governance.party_grid.models import Duty
from governance.party_grid.rules import BUILDING_HEAD, SECRETARY
from tests.factories import DAY, make_user
from tests.governance.party_grid.whole import make_whole


@pytest.fixture
def whole(district):
    return make_whole(district.community)


@pytest.fixture
def clerk(district):
    return make_user("clerk", "street_clerk", district.street)


def rows_behind(client, href):
    page = client.get(href)
    assert page.status_code == 200, href
    return page.context["listing"].counted


def test_every_figure_of_an_area_opens_a_list_with_as_many_rows(client, district, whole, clerk):
    client.force_login(clerk)
    lines = area_lines(clerk, district.street)
    assert sum(line.have for line in lines) >= 9
    for line in lines:
        assert rows_behind(client, line.href) == line.have, line
        if line.missing_href:
            assert rows_behind(client, line.missing_href) == line.missing, line


def test_the_figures_are_a_page_and_a_fragment(client, district, whole, clerk):
    client.force_login(clerk)
    url = reverse("dashboards:area_party", args=[district.street.code])
    page, part = client.get(url), client.get(url, headers={"HX-Request": "true"})
    assert "<h1>" in page.content.decode()
    assert "<h1>" not in part.content.decode()
    assert (
        client.get(reverse("dashboards:area_party", args=[district.other_street.code])).status_code
        == 404
    )


def test_an_ended_duty_is_missing_on_the_dossier_at_once(whole, clerk):
    compound = Duty.objects.filter(kind=BUILDING_HEAD).first().compound
    before = CompoundParty(clerk, compound).heads
    assert before["building_heads"] == before["buildings"] > 0
    head = Duty.objects.filter(kind=BUILDING_HEAD, compound=compound).first()
    Duty.objects.filter(pk=head.pk).update(ended_on=DAY)
    after = CompoundParty(clerk, compound).heads
    assert after["building_vacant"] == 1
    assert after["entrance_vacant"] == before["entrance_vacant"]


@pytest.mark.parametrize(
    ("role", "place", "is_named"),
    [
        ("street_clerk", "street", True),
        ("leader", "street", False),
        ("finance_officer", "area", False),
    ],
)
def test_people_are_named_by_right_alone(client, district, whole, role, place, is_named):
    client.force_login(make_user("reader", role, getattr(district, place)))
    duty = Duty.objects.filter(kind=SECRETARY, organisation__compounds__isnull=False).first()
    compound = duty.organisation.compounds.first()
    url = reverse("dashboards:dossier_party", args=[compound.code])
    text = client.get(url).content.decode()
    assert duty.organisation.name in text
    assert (duty.person.name in text) is is_named


def test_the_tree_of_a_dossier_costs_the_same_however_many_duties(client, whole, clerk):
    client.force_login(clerk)
    compound = Duty.objects.filter(kind=BUILDING_HEAD).first().compound
    url = reverse("dashboards:dossier_party", args=[compound.code])
    with CaptureQueriesContext(connection) as seen:
        text = client.get(url).content.decode()
    assert len(seen) <= 20
    assert re.search(r'<svg class="org-tree org-chain"', text)


def test_vacant_heads_wait_on_the_desk_of_who_seats_people(client, district, whole, clerk):
    head = Duty.objects.filter(kind=BUILDING_HEAD).first()
    client.force_login(clerk)

    def tasks():
        page = client.get(reverse("dashboards:home")).context["page"]
        return {task.href: task.count for task in page.tasks if "vacancies" in task.href}

    assert tasks() == {}
    Duty.objects.filter(pk=head.pk).update(ended_on=DAY)
    ((href, count),) = tasks().items()
    assert count == rows_behind(client, href) == 1
