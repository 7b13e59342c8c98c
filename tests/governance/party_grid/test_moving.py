"""Areas and compounds are merged, split and recoded with the party grid that hangs on them."""

import pytest
from django.core.management import call_command

from compounds.registry.services import areas
from compounds.registry.services import compounds as registry
from governance.audit.models import AuditEntry
from governance.organisation.models import Area, Level
from governance.party_grid import checks
from governance.party_grid.models import Duty, GridCover, OrganisationCover, PartyOrganisation
from governance.party_grid.rules import OrganisationKind
from governance.people import checks as people_checks
from tests.factories import make_area, make_compound, make_user

from .places import make_committee
from .whole import hold, make_organisation, make_whole

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(district):
    return make_user("officer", "district_officer", district.area)


@pytest.fixture
def whole(district):
    """A whole grid below the committee of its community, whose grid has a second compound."""
    found = make_whole(district.community)
    found.committee = make_committee(district.community)
    PartyOrganisation.objects.filter(pk=found.branch.pk).update(parent=found.committee)
    found.beside = make_compound(district.community)
    GridCover.objects.create(grid=found.grid, compound=found.beside)
    found.shared = make_organisation(
        district.community,
        OrganisationKind.BRANCH,
        "样例网格党支部",
        found.committee,
        [found.compound, found.beside],
        reach="GRID",
        grid=found.grid,
    )
    found.yard = make_organisation(
        district.community,
        OrganisationKind.GROUP,
        "样例院落党小组",
        found.shared,
        [found.compound],
        reach="COURTYARD",
        grid=found.grid,
        compound=found.compound,
    )
    hold(found.yard, "GROUP_LEADER", "ORGANISATION")
    return found


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def assert_all_is_right():
    found = [*checks.CHECKS.values(), *people_checks.CHECKS.values()]
    assert [breach for check in found for breach in check()] == []
    call_command("verify_audit")


def split(officer, community, *compounds):
    return areas.split_area(
        by=officer,
        area=community,
        version=community.version,
        code="140105001099",
        name="新社区",
        members=[one.pk for one in compounds],
        reason="析置",
    )


def test_compounds_take_their_branch_along_and_leave_the_grid(district, officer, whole):
    new = split(officer, district.community, whole.compound)
    branch, group = fresh(whole.branch), fresh(whole.group)
    assert (branch.community, branch.compound, branch.parent) == (new, whole.compound, None)
    assert (group.community, group.parent, group.grid) == (new, branch, None)
    assert {one.community for one in Duty.objects.filter(organisation__in=[branch, group])} == {new}
    assert fresh(whole.shared).community == district.community
    assert list(fresh(whole.shared).compounds.all()) == [whole.beside]
    yard = fresh(whole.yard)
    assert (yard.community, yard.compound, yard.grid) == (district.community, None, whole.grid)
    assert not yard.compounds.exists()
    assert yard.duties.get().community == district.community
    assert [one.compound for one in GridCover.objects.all()] == [whole.beside]
    told = AuditEntry.objects.filter(reason="析置")
    assert told.filter(verb="uncover", object_type="organisation.area").count() == 2
    assert told.filter(object_type="party_grid.partyorganisation", verb="change").count() == 5
    assert_all_is_right()


def test_what_stays_in_a_split_community_is_left_alone(district, officer, whole):
    other = make_compound(district.community)
    versions = {row.pk: row.version for row in PartyOrganisation.objects.all()}
    split(officer, district.community, other)
    assert {row.pk: row.version for row in PartyOrganisation.objects.all()} == versions
    assert GridCover.objects.count() == 3
    assert_all_is_right()


def test_grids_go_with_a_merged_community_under_new_codes(district, officer, whole):
    into = district.sister_community
    make_area(Level.GRID, f"{into.code}{whole.grid.code[12:]}", "样例网格", into)
    areas.merge_areas(by=officer, area=district.community, into=into, version=1, reason="合并")
    grid, micro = fresh(whole.grid), fresh(whole.micro)
    assert (grid.community, grid.parent) == (into, into)
    assert micro.code.startswith(grid.code)
    assert grid.code.startswith(into.code)
    for model in (Duty, GridCover, PartyOrganisation):
        assert not model.objects.filter(community=district.community).exists()
    assert OrganisationCover.objects.count() == 5
    assert_all_is_right()


def test_grids_are_recoded_with_their_community(district, officer, whole):
    areas.recode_area(
        by=officer, area=district.community, version=1, code="140105001077", reason="更正"
    )
    assert fresh(whole.micro).code == f"140105001077{whole.micro.code[12:]}"
    assert_all_is_right()


def test_a_merged_street_takes_organisations_of_its_own_along(district, officer, whole):
    organ = make_organisation(district.street, OrganisationKind.WORKING_COMMITTEE, "样例街道党工委")
    hold(organ, "SECRETARY", "ORGANISATION")
    areas.merge_areas(
        by=officer, area=district.street, into=district.other_street, version=1, reason="合并"
    )
    assert fresh(organ).street == district.other_street
    assert fresh(whole.grid).street == district.other_street
    assert Area.objects.filter(street=district.street).exclude(pk=district.street.pk).count() == 0
    assert_all_is_right()


def merge(officer, compound, into):
    row = fresh(compound)
    registry.merge_compound(
        by=officer, compound=row, into=fresh(into), version=row.version, reason="合并小区"
    )


def test_a_duty_held_in_both_merged_compounds_ends_in_the_one_that_goes(district, officer, whole):
    double = hold(whole.compound, "WG_POLICE", "COMPOUND")
    kept = hold(whole.beside, "WG_POLICE", "COMPOUND", double.person)
    merge(officer, whole.compound, whole.beside)
    assert fresh(kept).ended_on is None
    assert fresh(double).ended_on is not None
    assert AuditEntry.objects.filter(verb="end_duty", object_id=str(double.pk)).exists()
    assert_all_is_right()


def test_a_compound_merged_into_another_community_leaves_its_grids_there(district, officer, whole):
    target = make_compound(district.sister_community)
    merge(officer, whole.compound, target)
    assert not GridCover.objects.filter(compound=target).exists()
    assert not OrganisationCover.objects.filter(compound=target).exists()
    heads = Duty.objects.held().filter(compound=target, kind="BUILDING_HEAD")
    assert [one.community for one in heads] == [district.sister_community]
    assert_all_is_right()
