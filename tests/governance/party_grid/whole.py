"""A community whose party grid is complete: nothing is vacant, everything is covered."""

import itertools
from types import SimpleNamespace

from governance.organisation.models import Level
from governance.party_grid.models import Duty, GridCover, OrganisationCover, PartyOrganisation
from governance.party_grid.rules import OrganisationKind
from governance.party_grid.services.duties import columns_of
from tests.factories import DAY, make_area, make_building, make_compound, make_person

_number = itertools.count(1)


def hold(seat, kind: str, sort: str, person=None, **changes) -> Duty:
    """A duty held, written past the services."""
    columns = columns_of(seat)
    person = person or make_person(columns.get("compound"), area=_area(seat))
    facts = {"person": person, "kind_id": kind, "seat": sort, "starts_on": DAY}
    duty = Duty(**{**facts, **columns, **changes})
    duty.place_in(seat)
    duty.save()
    return duty


def _area(seat):
    return seat.community or seat.street or seat.district


def make_organisation(area, kind, name, parent=None, covers=(), **changes) -> PartyOrganisation:
    row = PartyOrganisation(kind=kind, name=name, parent=parent, **changes)
    row.place_in(area)
    row.save()
    for compound in covers:
        OrganisationCover.objects.create(organisation=row, compound=compound)
    return row


def make_whole(community, **changes) -> SimpleNamespace:
    """One compound of one building with two entrances, in one grid with one micro-grid."""
    number = next(_number) % 999 + 1  # three digits
    compound = make_compound(community, **{"household_count": 400, **changes})
    building = make_building(compound, entrances=2)
    first, second = building.entrances.order_by("pk")
    branch = make_organisation(
        community,
        OrganisationKind.BRANCH,
        f"{compound.name}党支部",
        covers=[compound],
        reach="COMPOUND",
        compound=compound,
    )
    grid = make_area(Level.GRID, f"{community.code}{number:03d}", f"{number}网格", community)
    micro = make_area(Level.MICRO_GRID, f"{grid.code}01", f"{number}微网格", grid)
    group = make_organisation(
        community,
        OrganisationKind.GROUP,
        f"{compound.name}党小组",
        branch,
        [compound],
        reach="GRID",
        grid=grid,
        compound=compound,
    )
    GridCover.objects.create(grid=grid, compound=compound)
    GridCover.objects.create(grid=micro, compound=compound, building=building)
    duties = [
        hold(branch, "SECRETARY", "ORGANISATION"),
        hold(branch, "COMMITTEE_MEMBER", "ORGANISATION"),
        hold(group, "GROUP_LEADER", "ORGANISATION"),
        hold(building, "BUILDING_HEAD", "BUILDING"),
        hold(building, "SAFETY", "BUILDING"),
        hold(first, "ENTRANCE_HEAD", "ENTRANCE"),
        hold(second, "ENTRANCE_HEAD", "ENTRANCE"),
        hold(first, "CENTRE_HOUSEHOLD", "ENTRANCE"),
        hold(second, "CENTRE_HOUSEHOLD", "ENTRANCE"),
        hold(grid, "GRID_HEAD", "GRID"),
        hold(grid, "GRID_WORKER", "GRID"),
        hold(micro, "MICRO_GRID_HEAD", "MICRO_GRID"),
        hold(micro, "ASSISTANT", "MICRO_GRID"),
        hold(micro, "ASSISTANT", "MICRO_GRID"),
        hold(compound, "WG_STREET", "COMPOUND"),
    ]
    return SimpleNamespace(
        compound=compound,
        building=building,
        entrances=[first, second],
        branch=branch,
        group=group,
        grid=grid,
        micro=micro,
        duties=duties,
    )
