"""Areas recoded, merged and split: every row of every room follows, and nothing else moves."""

import datetime as dt
import re

import pytest
from django.core.exceptions import ValidationError

from compounds.registry import checks
from compounds.registry.models import Building, CommunityTally, Compound, Entrance, Import
from compounds.registry.services import areas, tallies
from compounds.registry.services.compounds import next_codes
from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.organisation.models import Area, Level, Post
from governance.organisation.scope import Role
from governance.organisation.services import areas as plain
from tests.factories import (
    make_area,
    make_building,
    make_compound,
    make_invitation,
    make_post,
    make_provider,
    make_user,
)

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[112.5, 37.7], [112.6, 37.7], [112.6, 37.8], [112.5, 37.7]]],
}


@pytest.fixture
def officer(district):
    return make_user("officer", Role.DISTRICT_OFFICER, district.area)


@pytest.fixture
def rows(district):
    """A compound with buildings and an invitation in every community."""
    provider = make_provider(district.area)
    found = []
    for community in district.communities:
        compound = make_compound(community)
        make_building(compound)
        make_invitation(compound, provider)
        found.append(compound)
    return found


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def assert_rows_hang_right():
    """Every placed row names its community's street and district; tallies equal the rows."""
    assert [*checks.places(), *checks.codes()] == []
    for model in areas.placed_models():
        for row in model._base_manager.exclude(community=None).select_related("community"):
            assert row.street_id == row.community.street_id, row
            assert row.district_id == row.community.district_id, row
            assert row.community.merged_into_id is None, row
    for area in Area.objects.exclude(parent=None).select_related("parent"):
        assert area.code.startswith(area.parent.code), area
        assert area.district_id == area.parent.district_id
        if area.level > Level.STREET:
            assert area.street_id == area.parent.street_id
    kept = {
        (one.community_id, one.street_id, one.district_id): one.compounds
        for one in CommunityTally.objects.all()
    }
    now = {
        (one.community_id, one.street_id, one.district_id): one.compounds
        for one in tallies.computed(Compound.objects.all())
    }
    assert kept == now


def test_every_room_with_places_is_known_to_the_movers():
    labels = {model._meta.label for model in areas.placed_models()}
    assert {
        "registry.Compound",
        "registry.Building",
        "registry.Entrance",
        "registry.Attachment",
        "providers.Invitation",
    } <= labels
    assert not any("Historical" in label or "Audit" in label for label in labels)


# -- recode --------------------------------------------------------------------------------------
def test_recoding_a_street_recodes_all_below_and_leaves_compounds_their_codes(
    district, officer, rows
):
    grid = make_area(Level.GRID, f"{district.community.code}001", "网格", district.community)
    codes = [row.code for row in rows]
    areas.recode_area(
        by=officer, area=district.street, version=1, code="140105077", reason="国统字〔2026〕1 号"
    )
    assert fresh(district.community).code == "140105077001"
    assert fresh(grid).code == "140105077001001"
    assert fresh(district.other_community).code.startswith("140105002")
    assert [fresh(row).code for row in rows] == codes
    assert_rows_hang_right()
    entry = AuditEntry.objects.filter(verb="recode", object_id=str(grid.pk)).get()
    assert entry.changes == {"code": ["140105001001001", "140105077001001"]}
    assert entry.reason


def test_a_new_compound_in_a_recoded_community_takes_the_new_code(district, officer, rows):
    area = areas.recode_area(
        by=officer, area=district.community, version=1, code="140105001088", reason="令"
    )
    assert next_codes(area) == ["140105001088-0001"]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("140105002", DomainError),
        ("14010500", DomainError),
        ("140106001", DomainError),
        ("1401050x1", ValidationError),
        ("１４０１０５０７７", ValidationError),
    ],
)
def test_codes_that_cannot_be_are_refused_and_nothing_moves(district, officer, rows, code, error):
    with pytest.raises(error):
        areas.recode_area(by=officer, area=district.street, version=1, code=code, reason="令")
    assert fresh(district.street).code == "140105001"
    assert_rows_hang_right()


def test_a_stale_page_is_refused(district, officer):
    plain.rename_area(by=officer, area=district.street, version=1, name="新名街道")
    with pytest.raises(StaleRecord):
        plain.rename_area(by=officer, area=district.street, version=1, name="旧名街道")
    with pytest.raises(StaleRecord):
        areas.recode_area(
            by=officer, area=district.street, version=1, code="140105077", reason="令"
        )


# -- merge ---------------------------------------------------------------------------------------
def test_merging_streets_moves_communities_rows_tallies_and_posts(district, officer, rows):
    clerk = make_user("clerk", Role.STREET_CLERK, district.other_street)
    worker = make_user("worker", Role.COMMUNITY_WORKER, district.other_community)
    areas.merge_areas(
        by=officer, area=district.other_street, into=district.street, version=1, reason="区划调整"
    )
    assert fresh(district.other_street).merged_into == district.street
    moved = fresh(district.other_community)
    assert moved.street == district.street
    # 001 and 002 are taken under the other street: the next free codes follow.
    assert moved.code == "140105001003"
    assert {row.street_id for row in Compound.objects.all()} == {district.street.pk}
    assert {row.street_id for row in Building.objects.all()} == {district.street.pk}
    assert {row.street_id for row in Entrance.objects.all()} == {district.street.pk}
    assert_rows_hang_right()
    held = clerk.posts.current(dates.today()).get()
    assert (held.area, held.role) == (district.street, Role.STREET_CLERK)
    assert clerk.posts.count() == 2
    assert worker.posts.current(dates.today()).get().area == moved
    verbs = set(AuditEntry.objects.values_list("verb", flat=True))
    assert {"merge", "receive", "move", "recode", "end_post", "give_post"} <= verbs


@pytest.mark.parametrize("level", ["street", "community"])
def test_imports_of_a_merged_area_are_the_other_ones_now(district, officer, rows, level):
    old = getattr(district, f"other_{level}")
    into = getattr(district, level)
    batch = Import.objects.create(area=old, uploaded_by=officer, file_name="台账.xlsx", size=1)
    areas.merge_areas(by=officer, area=old, into=into, version=1, reason="区划调整")
    assert fresh(batch).area == into
    assert_rows_hang_right()


def test_merging_streets_leaves_a_version_of_every_compound_that_moved(district, officer, rows):
    row = rows[2]
    version = row.version
    areas.merge_areas(
        by=officer, area=district.other_street, into=district.street, version=1, reason="区划调整"
    )
    assert fresh(row).version == version + 1
    newest = row.history.first()
    assert (newest.street_id, newest.version) == (district.street.pk, version + 1)
    assert newest.history_user == officer


def test_merging_communities_moves_rows_and_keeps_codes(district, officer, rows):
    codes = {row.code for row in rows}
    areas.merge_areas(
        by=officer,
        area=district.sister_community,
        into=district.community,
        version=1,
        reason="社区合并",
    )
    assert Compound.objects.filter(community=district.community).count() == 2
    assert set(Compound.objects.values_list("code", flat=True)) == codes
    assert not CommunityTally.objects.filter(community=district.sister_community).exists()
    assert_rows_hang_right()


def test_a_post_held_in_both_areas_is_not_doubled(district, officer):
    clerk = make_user("clerk", Role.STREET_CLERK, district.other_street)
    make_post(clerk, Role.STREET_CLERK, district.street)
    areas.merge_areas(
        by=officer, area=district.other_street, into=district.street, version=1, reason="令"
    )
    assert clerk.posts.current(dates.today()).count() == 1


def test_a_post_for_a_time_keeps_its_end(district, officer):
    until = dates.today() + dt.timedelta(days=40)
    clerk = make_user("clerk")
    make_post(clerk, Role.STREET_CLERK, district.other_street, valid_until=until)
    areas.merge_areas(
        by=officer, area=district.other_street, into=district.street, version=1, reason="令"
    )
    assert clerk.posts.current(dates.today()).get().valid_until == until


def test_areas_merged_one_after_another_all_point_to_the_one_that_stands(district, officer):
    third = make_area(Level.STREET, "140105003", "第三街道", district.area)
    areas.merge_areas(by=officer, area=third, into=district.other_street, version=1, reason="令")
    areas.merge_areas(
        by=officer,
        area=district.other_street,
        into=district.street,
        version=fresh(district.other_street).version,
        reason="令",
    )
    assert fresh(third).merged_into == district.street


def test_compounds_of_one_name_stop_a_merger_of_communities(district, officer):
    make_compound(district.community, name="同名小区")
    make_compound(district.sister_community, name="同名小区")
    with pytest.raises(DomainError, match="同名小区"):
        areas.merge_areas(
            by=officer,
            area=district.sister_community,
            into=district.community,
            version=1,
            reason="令",
        )
    assert_rows_hang_right()


@pytest.mark.parametrize("kind", ["itself", "other level", "district", "merged", "elsewhere"])
def test_mergers_that_make_no_sense_are_refused(district, officer, kind):
    area, into = district.street, district.other_street
    if kind == "itself":
        into = area
    elif kind == "other level":
        into = district.community
    elif kind == "district":
        area = district.area
    elif kind == "merged":
        areas.merge_areas(by=officer, area=into, into=area, version=1, reason="令")
        area, into = make_area(Level.STREET, "140105009", "九街道", district.area), into
    else:
        other = make_area(Level.DISTRICT, "140106", "迎泽区")
        into = make_area(Level.STREET, "140106001", "柳巷街道", other)
        make_post(officer, Role.DISTRICT_OFFICER, other)
        officer = type(officer).objects.get(pk=officer.pk)
    with pytest.raises(DomainError):
        areas.merge_areas(
            by=officer, area=area, into=into, version=fresh(area).version, reason="令"
        )


# -- split ---------------------------------------------------------------------------------------
def test_splitting_a_street_moves_the_chosen_communities(district, officer, rows):
    clerk = make_user("clerk", Role.STREET_CLERK, district.street)
    new = areas.split_area(
        by=officer,
        area=district.street,
        version=1,
        code="140105099",
        name="新街道",
        members=[district.sister_community.pk],
        reason="析置",
    )
    assert fresh(district.sister_community).street == new
    assert fresh(district.sister_community).code == "140105099002"
    assert fresh(rows[1]).street == new
    assert fresh(rows[0]).street == district.street
    assert_rows_hang_right()
    # Posts stay: nobody comes to hold one by the act of an area officer.
    assert clerk.posts.get().area == district.street
    assert not Post.objects.filter(area=new).exists()


def test_splitting_a_community_moves_the_chosen_compounds_with_all_that_is_theirs(
    district, officer, rows
):
    stays = make_compound(district.community)
    new = areas.split_area(
        by=officer,
        area=district.community,
        version=1,
        code="140105001099",
        name="新社区",
        members=[rows[0].pk],
        reason="析置",
    )
    moved = fresh(rows[0])
    assert moved.community == new
    assert moved.code == rows[0].code
    assert {one.community for one in moved.buildings.all()} == {new}
    assert {one.community for one in Entrance.objects.filter(building__compound=moved)} == {new}
    assert {one.community for one in moved.invitations.all()} == {new}
    assert fresh(stays).community == district.community
    assert_rows_hang_right()


@pytest.mark.parametrize("members", ["none", "foreign", "unknown"])
def test_a_split_moves_only_what_lies_in_the_area(district, officer, rows, members):
    chosen = {"none": [], "foreign": [district.other_community.pk], "unknown": [10**12]}[members]
    with pytest.raises(DomainError):
        areas.split_area(
            by=officer,
            area=district.street,
            version=1,
            code="140105099",
            name="新街道",
            members=chosen,
            reason="析置",
        )
    assert not Area.objects.filter(code="140105099").exists()


# -- who, and what an area is --------------------------------------------------------------------
@pytest.mark.parametrize("role", [Role.STREET_CLERK, Role.DISTRICT_APPROVER, Role.SECURITY_ADMIN])
def test_only_area_officers_move_areas(district, role):
    area = district.street if role == Role.STREET_CLERK else district.area
    by = make_user("other", role, area)
    with pytest.raises(NotAllowed):
        plain.add_area(by=by, parent=district.street, code="140105001009", name="某社区")
    with pytest.raises(NotAllowed):
        plain.rename_area(by=by, area=district.street, version=1, name="某街道")
    with pytest.raises(NotAllowed):
        areas.recode_area(by=by, area=district.street, version=1, code="140105077", reason="令")
    with pytest.raises(NotAllowed):
        areas.merge_areas(
            by=by, area=district.street, into=district.other_street, version=1, reason="令"
        )


def test_an_added_area_hangs_in_the_tree(district, officer):
    area = plain.add_area(
        by=officer, parent=district.street, code="140105001009", name=" 新社区 ", boundary=SQUARE
    )
    assert (area.level, area.name) == (Level.COMMUNITY, "新社区")
    assert (area.street, area.district, area.community) == (district.street, district.area, area)


@pytest.mark.parametrize(
    "code", ["140105002009", "14010500100", "140105001001", "14010500100a", "140105001009 "]
)
def test_codes_that_do_not_fit_below_are_refused(district, officer, code):
    with pytest.raises(ValidationError):
        plain.add_area(by=officer, parent=district.street, code=code, name="新社区")


@pytest.mark.parametrize(
    "boundary",
    [
        {},
        [],
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [2, 0], [0, 1]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [181, 1], [2, 0], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[["a", 0], [1, 1], [2, 0], ["a", 0]]]},
        {"type": "Polygon", "coordinates": [[[True, 0], [1, 1], [2, 0], [True, 0]]]},
        {"type": "Polygon", "coordinates": "[[[0,0]]]"},
        {"type": "Feature", "geometry": SQUARE},
        SQUARE | {"name": "<script>"},
        {"type": "MultiPolygon", "coordinates": SQUARE["coordinates"]},
    ],
)
def test_what_is_no_boundary_is_refused(district, officer, boundary):
    with pytest.raises(ValidationError):
        plain.change_area(
            by=officer, area=district.street, version=1, changes={"boundary": boundary}
        )


def test_a_boundary_is_kept_and_recorded_without_its_points(district, officer):
    wider = {"type": "Polygon", "coordinates": [[[0, 0], [0, 2], [1, 2], [0, 0]]]}
    many = {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"]] * 2}
    for version, boundary in ((1, SQUARE), (2, wider), (3, many), (4, None)):
        plain.change_area(
            by=officer, area=district.street, version=version, changes={"boundary": boundary}
        )
    assert fresh(district.street).boundary is None
    noted = [
        one.changes["boundary"] for one in AuditEntry.objects.filter(verb="change").order_by("id")
    ]
    pattern = r"(\w+ \d+) [0-9a-f]{12}"
    shapes = [[one and re.fullmatch(pattern, one)[1] for one in pair] for pair in noted]
    assert shapes == [
        [None, "Polygon 4"],
        ["Polygon 4", "Polygon 4"],
        ["Polygon 4", "MultiPolygon 8"],
        ["MultiPolygon 8", None],
    ]
    assert noted[1][0] != noted[1][1]
    assert [pair[1] for pair in noted[:-1]] == [pair[0] for pair in noted[1:]]
