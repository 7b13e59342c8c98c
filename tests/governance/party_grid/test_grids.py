"""Drawing grids and what they cover; the live checks find what the services refuse."""

import pytest
from django.urls import reverse

from compounds.registry.models import Building
from compounds.registry.services import buildings, compounds
from governance.foundation.errors import DomainError, NotAllowed
from governance.organisation.models import Area, Level
from governance.party_grid.checks import CHECKS
from governance.party_grid.models import Duty, GridCover, OrganisationCover, PartyOrganisation
from governance.party_grid.services import grids
from governance.people.models import Person
from tests.factories import DAY, make_area, make_building, make_compound, make_user

from .whole import make_whole

pytestmark = pytest.mark.django_db
SQUARE = {"type": "Polygon", "coordinates": [[[112, 37], [113, 37], [113, 38], [112, 37]]]}


@pytest.fixture
def worker(district):
    return make_user("worker", "community_worker", district.community)


@pytest.fixture
def officer(district):
    return make_user("officer", "district_officer", district.area)


def breaches() -> list[str]:
    return [said for check in CHECKS.values() for said in check()]


def test_grids_get_the_next_free_code_below_their_place(worker, district):
    first = grids.add_grid(by=worker, parent=district.community, name="第一网格")
    second = grids.add_grid(by=worker, parent=district.community, name="第二网格")
    micro = grids.add_grid(by=worker, parent=second, name="微网格")
    assert [first.code[-3:], second.code[-3:], micro.code[-5:]] == ["001", "002", "00201"]
    assert micro.community_id == district.community.pk
    with pytest.raises(DomainError):
        grids.add_grid(by=worker, parent=micro, name="更小")
    with pytest.raises(NotAllowed):
        grids.add_grid(by=worker, parent=district.sister_community, name="第一网格")


def test_a_part_lies_in_one_grid_of_a_level(worker, district):
    compound = make_compound(district.community)
    building = make_building(compound, entrances=2)
    door = building.entrances.first()
    grid = grids.add_grid(by=worker, parent=district.community, name="网格")
    one, two = (grids.add_grid(by=worker, parent=grid, name=name) for name in ("甲", "乙"))

    def cover(area, **parts):
        given = {"is_whole": False, **parts}
        return grids.set_cover(by=worker, grid=area, compound=compound, **given)

    cover(grid, is_whole=True)
    cover(one, entrances=[door])
    for parts in ({"entrances": [door]}, {"buildings": [building]}):
        with pytest.raises(DomainError) as refusal:
            cover(two, **parts)
        assert refusal.value.field == "parts"
    cover(two, entrances=[building.entrances.last()])
    cover(one)
    assert not one.covers.exists()
    assert not breaches()


def test_the_second_of_two_who_draw_a_grid_is_told(worker, district, client):
    compound = make_compound(district.community)
    building = make_building(compound, entrances=2)
    grid = grids.add_grid(by=worker, parent=district.community, name="网格")
    client.force_login(worker)
    page = reverse("party_grid:grid_cover", args=[grid.code])
    seen = {"compound": compound.code, "version": grid.version}
    first = {**seen, "extent": "parts", "buildings": building.pk}
    assert client.post(page, first).status_code == 302
    told = client.post(page, {**seen, "extent": "whole"})
    assert told.status_code == 200
    assert "刚被别人改过" in told.content.decode()
    assert [one.building for one in grid.covers.all()] == [building]
    current = Area.objects.get(pk=grid.pk).version
    assert f'name="version" value="{current}"' in told.content.decode()


def test_a_grid_covers_its_own_community_alone(officer, district):
    grid = grids.add_grid(by=officer, parent=district.community, name="网格")
    with pytest.raises(DomainError):
        grids.set_cover(
            by=officer, grid=grid, compound=make_compound(district.sister_community), is_whole=True
        )


def test_a_building_with_a_head_is_not_deleted_and_why_is_said(district, client, worker):
    whole = make_whole(district.community)
    client.force_login(worker)
    url = reverse("registry:building_delete", args=[whole.compound.code, whole.building.pk])
    answer = client.post(url, {"version": whole.building.version, "reason": "重复"})
    assert answer.status_code == 200
    assert answer.context["form"].errors
    with pytest.raises(DomainError) as refusal:
        buildings.change_building(
            by=worker, building=whole.building, version=1, facts={}, entrances=[("1单元", None)]
        )
    assert refusal.value.field == "entrances"
    assert Building.objects.filter(pk=whole.building.pk).exists()


def test_duties_and_covers_follow_a_merged_compound(officer, district):
    whole = make_whole(district.community)
    target = make_compound(district.community)
    compounds.merge_compound(
        by=officer, compound=whole.compound, into=target, version=1, reason="同一院落"
    )
    heads = Duty.objects.filter(building__isnull=False)
    assert set(heads.values_list("compound", "community")) == {(target.pk, district.community.pk)}
    assert OrganisationCover.objects.filter(compound=target).count() == 2
    assert not breaches()


def test_a_demolished_compound_has_no_heads(officer, district):
    whole = make_whole(district.community)
    compounds.demolish_compound(by=officer, compound=whole.compound, version=1, reason="拆迁")
    assert not Duty.objects.held().filter(compound=whole.compound).exists()
    assert Duty.objects.held().filter(organisation=whole.branch).exists()
    assert not [said for said in breaches() if said.startswith("duty")]


def test_the_checks_are_content_with_a_whole_community(district):
    make_whole(district.community)
    assert not breaches()


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (
            lambda w, d: Duty.objects.filter(grid=w.grid).update(community=d.sister_community),
            "lies elsewhere than its grid",
        ),
        (
            lambda w, d: PartyOrganisation.objects.filter(pk=w.branch.pk).update(dissolved_on=DAY),
            "held for a dissolved organisation",
        ),
        (
            lambda w, d: PartyOrganisation.objects.filter(pk=w.branch.pk).update(dissolved_on=DAY),
            "belongs to a dissolved organisation",
        ),
        (
            lambda w, d: Person.objects.filter(duties__in=w.duties).update(left_on=DAY),
            "a person who has left",
        ),
        (
            lambda w, d: GridCover.objects.create(
                grid=make_area(Level.MICRO_GRID, f"{w.grid.code}02", "又一微网格", w.grid),
                compound=w.compound,
                building=w.building,
                entrance=w.entrances[0],
            ),
            "what another grid of its level has",
        ),
    ],
)
def test_the_checks_find_what_was_broken(district, break_it, said):
    break_it(make_whole(district.community), district)
    assert any(said in breach for breach in breaches())


def test_the_map_gets_the_outlines_of_grids_in_sight(district, client, worker):
    near = make_area(
        Level.GRID, f"{district.community.code}001", "近处网格", district.community, boundary=SQUARE
    )
    make_area(
        Level.GRID,
        f"{district.other_community.code}001",
        "远处网格",
        district.other_community,
        boundary=SQUARE,
    )
    client.force_login(worker)
    found = client.get(reverse("party_grid:grid_outlines")).json()["grids"]
    assert [(one["name"], one["finding"]) for one in found] == [(near.name, "unknown")]
    empty = client.get(reverse("party_grid:grid_outlines"), {"community": "140105009009"})
    assert empty.json()["grids"] == []
