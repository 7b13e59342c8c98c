"""Clusters: each compound in one of them, items checked with evidence, emergency mode switched."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from compounds.registry.services.compounds import demolish_compound, merge_compound
from governance.audit.models import AuditEntry
from governance.clusters import services
from governance.clusters.checks import CHECKS
from governance.clusters.models import Cluster, ClusterCompound, FiveHave
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from tests.governance.clusters.world import check, make_cluster, make_passing, make_world

TODAY = dt.date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: TODAY)


@pytest.fixture
def world(district):
    return make_world(district)


def put(world, cluster, compounds, **more):
    cluster.refresh_from_db()
    return services.set_compounds(
        by=more.pop("by", world.worker),
        cluster=cluster,
        version=cluster.version,
        compounds=compounds,
        **more,
    )


def compounds_of(cluster):
    return {one.compound for one in cluster.members.select_related("compound")}


def test_a_cluster_begins_with_five_items_that_nobody_has_checked(world):
    cluster = make_cluster(world, compounds=world.compounds[:2])
    assert list(cluster.five_haves.values_list("item", "is_met")) == [
        (item, None) for item in FiveHave.Item.values
    ]
    assert not Cluster.objects.passing().exists()


def test_a_code_is_taken_once_in_a_district(world):
    make_cluster(world)
    with pytest.raises(ValidationError) as error:
        make_cluster(world, area=world.district.other_community)
    assert "code" in error.value.message_dict


def test_moving_a_compound_names_the_cluster_in_which_it_lies(world):
    one = make_cluster(world, compounds=world.compounds[:2])
    other = make_cluster(world, "P02", compounds=world.compounds[2:3])
    with pytest.raises(DomainError, match="样例P01片区") as error:
        put(world, other, world.compounds[1:3])
    assert error.value.field == "is_moving"
    put(world, other, world.compounds[1:3], is_moving=True, reason="调整")
    assert compounds_of(one) == {world.compounds[0]}
    assert compounds_of(other) == set(world.compounds[1:3])
    entries = AuditEntry.objects.filter(verb="join")
    assert {entry.object_label for entry in entries} == {"样例P01片区", "样例P02片区"}


def test_a_cluster_holds_compounds_of_its_own_place_only(world):
    cluster = make_cluster(world)
    for compound in (world.sister, world.far):
        with pytest.raises(DomainError) as error:
            put(world, cluster, [compound])
        assert error.value.field == "compounds"
    street = make_cluster(world, "P02", area=world.district.street)
    put(world, street, [world.compounds[3], world.sister], by=world.clerk)
    assert compounds_of(street) == {world.compounds[3], world.sister}


def test_whoever_may_not_edit_the_place_changes_nothing(world):
    street = make_cluster(world, area=world.district.street)
    for user in (world.leader, world.worker):
        with pytest.raises(NotAllowed):
            put(world, street, [world.sister], by=user)
    with pytest.raises(NotAllowed):
        services.add_cluster(
            by=world.worker,
            area=world.district.other_community,
            facts={"code": "X", "name": "X", "organisation": None},
        )


def test_the_organisation_is_one_of_the_place_and_stands(world):
    world.branch.dissolved_on, world.branch.dissolution_document = TODAY, "样例文"
    world.branch.save()
    with pytest.raises(ValidationError) as error:
        make_cluster(world, organisation=world.branch)
    assert "organisation" in error.value.message_dict


def test_in_place_needs_evidence(world):
    cluster = make_cluster(world)
    with pytest.raises(DomainError) as error:
        check(world, cluster, "CONTACT", evidence=" ")
    assert error.value.field == "evidence"
    row = check(world, cluster, "CONTACT")
    assert (row.is_met, row.checked_on, row.checked_by) == (True, TODAY, world.worker)
    assert AuditEntry.objects.filter(verb="check").count() == 1


def test_the_organisation_item_follows_the_organisation(world):
    cluster = make_cluster(world)
    with pytest.raises(DomainError) as error:
        check(world, cluster, "ORGANISATION")
    assert error.value.field == "is_met"
    passing = make_passing(world, "P02")
    assert list(Cluster.objects.passing()) == [passing]
    world.branch.dissolved_on, world.branch.dissolution_document = TODAY, "样例文"
    world.branch.save()
    assert not Cluster.objects.passing().exists()
    assert set(Cluster.objects.without_item("ORGANISATION")) == {cluster, passing}


def test_the_ledger_item_needs_members_of_every_compound_or_that_there_are_none(world):
    cluster = make_cluster(world, compounds=world.compounds[:3])
    with pytest.raises(DomainError, match="样例3院") as error:
        check(world, cluster, "LEDGER")
    assert error.value.field == "is_met"
    check(world, cluster, "LEDGER", without_members=[world.compounds[2].pk])
    assert cluster.members.get(compound=world.compounds[2]).has_no_members
    empty = make_cluster(world, "P02")
    with pytest.raises(DomainError):
        check(world, empty, "LEDGER")


def test_a_cluster_passes_with_all_five_only(world):
    cluster = make_passing(world)
    assert list(Cluster.objects.passing()) == [cluster]
    check(world, cluster, "VENUE", is_met=False, evidence="")
    assert list(Cluster.objects.failing()) == [cluster]
    assert list(Cluster.objects.without_item("VENUE")) == [cluster]


def test_lost_updates_are_refused(world):
    cluster = make_cluster(world)
    with pytest.raises(StaleRecord):
        services.set_compounds(by=world.worker, cluster=cluster, version=9, compounds=[])
    with pytest.raises(StaleRecord):
        services.check_item(
            by=world.worker, cluster=cluster, item="CONTACT", version=9, is_met=False
        )


def test_emergency_mode_is_switched_with_a_reason_and_recorded(world):
    cluster = make_cluster(world)
    said = {"by": world.worker, "cluster": cluster, "version": 1}
    with pytest.raises(DomainError) as error:
        services.switch_emergency(**said, is_emergency=True, reason=" ")
    assert error.value.field == "reason"
    services.switch_emergency(**said, is_emergency=True, reason="暴雨红色预警")
    cluster.refresh_from_db()
    assert cluster.is_emergency
    services.switch_emergency(**said | {"version": 2}, is_emergency=False, reason="预警解除")
    found = AuditEntry.objects.filter(verb__startswith="emergency").order_by("pk")
    assert list(found.values_list("verb", "reason")) == [
        ("emergency_on", "暴雨红色预警"),
        ("emergency_off", "预警解除"),
    ]


def test_merged_and_demolished_compounds_leave_their_cluster(world):
    a, b, c, d = world.compounds
    one = make_cluster(world, compounds=[a, b])
    other = make_cluster(world, "P02", compounds=[c])
    merge_compound(by=world.officer, compound=a, into=d, version=a.version, reason="并院")
    assert compounds_of(one) == {d, b}
    merge_compound(by=world.officer, compound=b, into=c, version=b.version, reason="并院")
    assert (compounds_of(one), compounds_of(other)) == ({d}, {c})
    c.refresh_from_db()
    demolish_compound(by=world.officer, compound=c, version=c.version, reason="拆除")
    assert compounds_of(other) == set()
    assert [list(one()) for one in CHECKS.values()] == [[], [], []]


def test_the_checks_find_what_must_not_be(world):
    cluster = make_cluster(world)
    ClusterCompound.objects.create(cluster=cluster, compound=world.far)
    assert len(list(CHECKS["members"]())) == 1
    FiveHave.objects.filter(item="VENUE").delete()
    FiveHave.objects.filter(item="CONTACT").update(premises="IDLE")
    assert len(list(CHECKS["five_haves"]())) == 2
    Cluster.objects.update(street=world.district.other_street)
    assert len(list(CHECKS["clusters"]())) == 1
