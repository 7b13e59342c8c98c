"""Communities with grids, compounds and members, for the tests of proposals and trees."""

from governance.organisation.models import Level
from governance.party_grid.models import Duty, GridCover, PartyOrganisation
from governance.party_grid.rules import OrganisationKind
from governance.people.models import Person
from tests.factories import DAY, make_area, make_compound

FULL = Person.PoliticalStatus.FULL_MEMBER


def make_members(compound, count, status=FULL, name="样例党员") -> list[Person]:
    people = []
    for number in range(count):
        person = Person(name=f"{name}{number}", political_status=status, compound=compound)
        person.place_in(compound.community)
        people.append(person)
    return Person.objects.bulk_create(people)


def make_committee(community, name="社区党委") -> PartyOrganisation:
    row = PartyOrganisation(kind=OrganisationKind.COMMUNITY_COMMITTEE, name=community.name + name)
    row.place_in(community)
    row.save()
    return row


def make_grid(community, number, *compounds, name="") -> object:
    grid = make_area(
        Level.GRID, f"{community.code}{number:03d}", name or f"第{number}网格", community
    )
    for compound in compounds:
        GridCover.objects.create(grid=grid, compound=compound)
    return grid


def make_layout(community, grids, **members) -> dict:
    """`grids`: {1: "AB"} is grid 1 over compounds A and B, of 10 members unless said."""
    names = sorted({name for inside in grids.values() for name in inside} | set(members))
    compounds = {name: make_compound(community, name=f"{name}院", refresh=False) for name in names}
    for name, compound in compounds.items():
        make_members(compound, members.get(name, 10) or 0)
    for number, inside in grids.items():
        make_grid(community, number, *(compounds[name] for name in inside))
    return compounds


def make_duty(organisation, kind="SECRETARY", person=None) -> Duty:
    """Somebody holds a duty in an organisation."""
    if person is None:
        person = Person(name="样例书记", political_status=FULL)
        person.place_in(organisation.community)
        person.save()
    duty = Duty(
        person=person, kind_id=kind, seat="ORGANISATION", organisation=organisation, starts_on=DAY
    )
    duty.place_in(organisation.community)
    duty.save()
    return duty


def standing_in(community) -> dict[str, list[str]]:
    """Standing branches with the names of their groups."""
    rows = PartyOrganisation.objects.standing().filter(community=community).order_by("pk")
    found = {row.name: [] for row in rows if row.kind == OrganisationKind.BRANCH}
    for row in rows.select_related("parent"):
        if row.kind == OrganisationKind.GROUP:
            found.setdefault(row.parent.name, []).append(row.name)
    return found
