"""The dossier: every tab within its cost, cut to the scope, acts by right, history in words."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compounds.classification.services import run_classification
from compounds.registry.models import Compound
from compounds.registry.services import buildings, compounds
from governance.dashboards.dossier import Dossier
from tests.compounds.classification.policies import make_people, make_policy, make_sample
from tests.factories import (
    make_building,
    make_compound,
    make_invitation,
    make_provider,
    make_user,
)

TABS = (
    "compound_dossier",
    "dossier_classification",
    "dossier_buildings",
    "dossier_party",
    "dossier_providers",
    "dossier_attachments",
    "dossier_history",
)


@pytest.fixture
def clerk(district):
    return make_user("clerk", "street_clerk", district.street)


def address(tab, row):
    return reverse(f"dashboards:{tab}", args=[row.code])


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_is_an_address_inside_the_scope_only(client, district, clerk, tab):
    inside, outside = make_compound(district.community), make_compound(district.other_community)
    client.force_login(clerk)
    answer = client.get(address(tab, inside))
    assert answer.status_code == 200
    assert inside.name in answer.content.decode()
    assert client.get(address(tab, outside)).status_code == 404
    client.logout()
    assert client.get(address(tab, inside)).status_code == 302


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_costs_few_statements_however_much_there_is(client, district, clerk, tab):
    def cost(row):
        client.get(address(tab, row))
        with CaptureQueriesContext(connection) as seen:
            client.get(address(tab, row))
        return len(seen)

    def filled(number, group):
        row = make_compound(district.community, contiguity_group=group)
        for n in range(number):
            make_building(row, f"{n}号楼")
            make_invitation(row, make_provider(district.area), round=n + 1)
            make_compound(district.community, contiguity_group=group, refresh=False)
            compounds.change_compound(
                by=clerk, compound=row, version=n + 1, changes={"household_count": 100 + n}
            )
        return row

    client.force_login(clerk)
    assert cost(filled(12, "大组")) == cost(filled(2, "小组")) <= 15


def test_acts_are_offered_by_right(client, district, clerk):
    row = make_compound(district.community)
    edit = reverse("registry:compound_edit", args=[row.code])
    merge = reverse("registry:compound_merge", args=[row.code])
    for person, offered in (
        (clerk, (True, True)),
        (make_user("worker", "community_worker", district.community), (True, False)),
        (make_user("leader", "leader", district.street), (False, False)),
    ):
        client.force_login(person)
        page = client.get(address("compound_dossier", row)).content.decode()
        assert (edit in page, merge in page) == offered


def test_unknown_key_facts_are_links_to_fill_them(client, district, clerk):
    row = make_compound(district.community, built_year=None)
    client.force_login(clerk)
    page = client.get(address("compound_dossier", row)).content.decode()
    assert reverse("registry:compound_edit", args=[row.code]) + "#id_built_year" in page


def test_a_fact_with_its_own_source_says_so(district, clerk):
    row = make_compound(district.community)
    row = compounds.change_compound(
        by=clerk,
        compound=row,
        version=1,
        changes={"floor_area_m2": 6000},
        source="mapping",
        dated_on=dt.date(2019, 5, 30),
    )
    lines = {line.name: line for _title, facts in Dossier(clerk, row).groups for line in facts}
    assert lines["floor_area_m2"].source_on == "2019-05-30"
    assert lines["floor_area_m2"].source
    assert not lines["household_count"].source


def test_neighbours_are_the_group_and_corrections_inside_the_scope(district, clerk):
    row = make_compound(district.community, contiguity_group="LP1")
    twin = make_compound(district.sister_community, contiguity_group="LP1")
    make_compound(district.other_community, contiguity_group="LP1")
    near = make_compound(district.community)
    buildings.correct_adjacency(
        by=clerk, compound=row, other=near, is_adjacent=True, reason="共用大门"
    )
    found = dict(Dossier(clerk, row).neighbours)
    assert set(found) == {twin, near}
    assert "共用大门" in found[near]


def test_history_tells_every_change_with_before_after_and_reason(district, clerk):
    row = make_compound(district.community)
    row = compounds.change_compound(
        by=clerk,
        compound=row,
        version=1,
        changes={"is_enclosed": False, "household_count": 86},
        reason="现场核查",
    )
    dossier = Dossier(clerk, row)
    entry = dossier.entries()[0]
    assert entry["reason"] == "现场核查"
    assert ("户数", "80 户", "86 户") in entry["changes"]
    newest, first = dossier.versions()
    assert ("是否围合", "是", "否") in newest["changes"]
    assert (newest["user"], first["is_first"]) == ("clerk", True)


def test_a_classification_is_told_without_a_second_line_of_the_same_version(client, district):
    people = make_people(district)
    policy = make_policy(district, people)
    sample = make_sample(district)
    run_classification(by=people.officer)
    row = Compound.objects.get(pk=sample.unit.pk)
    run_line, *_between, first = Dossier(people.clerk, row).versions()
    assert (run_line["version"], first["version"]) == (1, 1)
    assert (run_line["is_new"], run_line["is_decision"], first["is_new"]) == (False, True, True)
    assert len(run_line["changes"]) == 2
    assert run_line["reason"] == str(policy)
    client.force_login(people.clerk)
    page = client.get(address("dossier_history", row)).content.decode()
    assert page.count("第 1 版") == 1
    changed = compounds.change_compound(
        by=people.clerk, compound=row, version=1, changes={"lift_count": 9}
    )
    newest, *_others = Dossier(people.clerk, changed).versions()
    assert (newest["version"], newest["is_new"], newest["is_decision"]) == (2, True, False)


def test_a_merged_compound_shows_where_it_went_and_offers_no_act(client, district, clerk):
    row, into = make_compound(district.community), make_compound(district.community)
    compounds.merge_compound(by=clerk, compound=row, into=into, version=1, reason="重复登记")
    client.force_login(clerk)
    page = client.get(address("compound_dossier", row)).content.decode()
    assert address("compound_dossier", into) in page
    assert reverse("registry:compound_edit", args=[row.code]) not in page


def test_the_subsidy_is_worked_out_from_the_facts_it_was_decided_on(district):
    people = make_people(district)
    make_policy(district, people)
    row = make_sample(district).small
    run_classification(by=people.officer, as_of=dt.date(2026, 6, 1))
    row = Compound.objects.get(pk=row.pk)
    compounds.change_compound(
        by=people.clerk,
        compound=row,
        version=row.version,
        changes={"chargeable_area_m2": Decimal("100.00")},
    )
    subsidy = Dossier(people.clerk, row).subsidy
    assert (subsidy.area, subsidy.total) == (Decimal("5500.00"), Decimal("16500.00"))
    assert subsidy.monthly * subsidy.months == subsidy.total
