"""Reads what the rules of proposals ask of a place: its grids, compounds, members, organisations.

A constant number of statements, however large the place. Nothing is decided here.
"""

import hashlib
from collections import defaultdict
from dataclasses import asdict, dataclass, field, replace

from django.db.models import Count, Q

from compounds.registry.models import Compound, Status
from governance.audit.services import canonical
from governance.foundation import dates
from governance.organisation.models import COLUMNS, Area, Level
from governance.people.models import Person

from .models import GridCover, Norm, OrganisationCover, PartyOrganisation
from .rules import (
    Cell,
    Courtyard,
    Layout,
    Norms,
    OrganisationKind,
    Standing,
    Step,
    Wanted,
    steps_towards,
    wanted_for,
)

_LOWEST = (OrganisationKind.BRANCH, OrganisationKind.GROUP)


@dataclass(frozen=True)
class Place:
    """A community: its layout, what stands in it, and what the one calls for of the other."""

    area: Area
    layout: Layout
    standing: tuple[Standing, ...]
    committee: int | None
    norms: Norms = field(repr=False)
    wanted: tuple[Wanted, ...] = ()
    uncovered: tuple[Courtyard, ...] = ()
    steps: tuple[Step, ...] = ()
    matched: dict[str, int] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Of what is called for and what stands: equal while the steps would be the same.

        A member more or an entrance less changes nothing unless it changes what is called for.
        """
        wanted = [
            (n.key, n.parent, n.reach, n.name, n.grid, n.compound, n.is_joint, n.compounds)
            for n in self.wanted
        ]
        standing = [
            {**asdict(one), "compounds": sorted(one.compounds)}
            for one in sorted(self.standing, key=lambda one: one.id)
        ]
        content = [wanted, sorted(one.code for one in self.uncovered), standing, self.committee]
        return hashlib.sha256(canonical(content).encode()).hexdigest()


def within(area: Area) -> dict[str, int]:
    """Condition on placed rows: inside a district, street or community."""
    return {COLUMNS[Level(area.level)]: area.pk}


def communities_of(area: Area):
    """The communities in a district, street or community, in the order of their codes."""
    inside = Area.objects.active().filter(level=Level.COMMUNITY, **within(area))
    return inside.order_by("code")


def read_places(area: Area, communities: list[Area] | None = None) -> list[Place]:
    """Every community of an area with its steps.

    Compounds are those that nobody manages and all others that a grid covers.
    """
    inside = within(area)
    if communities is None:
        communities = list(communities_of(area))
    grids, covers = _grids(inside)
    compounds = _courtyards(inside, {pk for pairs in covers.values() for _g, pk in pairs})
    standing, committees = _standing(inside)
    norms = Norm.objects.in_force(area.district_id, dates.today())
    places = []
    for community in communities:
        layout = Layout(
            community=community.pk,
            grids=tuple(grids[community.pk]),
            courtyards=tuple(compounds[community.pk]),
            covers=frozenset(covers[community.pk]),
        )
        place = Place(
            area=community,
            layout=layout,
            standing=tuple(standing[community.pk]),
            committee=committees.get(community.pk),
            norms=norms,
        )
        places.append(_with_steps(place))
    return places


def _with_steps(place: Place) -> Place:
    wanted, uncovered = wanted_for(place.layout, place.norms)
    steps, matched = steps_towards(wanted, uncovered, place.standing, committee=place.committee)
    return replace(
        place,
        wanted=tuple(wanted),
        uncovered=tuple(uncovered),
        steps=tuple(steps),
        matched=matched,
    )


def _grids(inside: dict):
    """Grids by community, and by community which grid covers which compound.

    A micro-grid counts as its grid, a building or entrance as its compound.
    """
    grids, covers, whole = defaultdict(list), defaultdict(set), {}
    rows = (
        Area.objects.active()
        .filter(level__gte=Level.GRID, **inside)
        .order_by("code")
        .values_list("pk", "level", "code", "name", "parent", "community")
    )
    for pk, level, code, name, parent, community in rows:
        whole[pk] = pk if level == Level.GRID else parent
        if level == Level.GRID:
            grids[community].append(Cell(pk, code, name))
    pairs = (
        GridCover.objects.filter(compound__status=Status.ACTIVE, **inside)
        .values_list("community", "grid", "compound")
        .distinct()
    )
    for community, grid, compound in pairs:
        if grid in whole:
            covers[community].add((whole[grid], compound))
    return grids, covers


def _courtyards(inside: dict, covered: set[int]):
    """Compounds by community, with their full members; None where no member is on record."""
    ledger = dict(
        Person.objects.members()
        .filter(compound__isnull=False, **inside)
        .order_by()
        .values("compound")
        .annotate(full=Count("pk", filter=Q(political_status=Person.PoliticalStatus.FULL_MEMBER)))
        .values_list("compound", "full")
    )
    found = defaultdict(list)
    rows = (
        Compound.objects.filter(status=Status.ACTIVE, **inside)
        .order_by("code")
        .values_list(
            "community", "pk", "code", "name", "building_count", "entrance_count", "is_unmanaged"
        )
    )
    for community, pk, code, name, buildings, entrances, is_unmanaged in rows:
        if is_unmanaged or pk in covered:
            found[community].append(
                Courtyard(pk, code, name, buildings or 0, entrances or 0, ledger.get(pk))
            )
    return found


def _standing(inside: dict):
    """Branches and groups by community, and each community's own committee."""
    covers, former = defaultdict(set), set()
    organisations = PartyOrganisation.objects.standing().filter(community__isnull=False, **inside)
    pairs = OrganisationCover.objects.filter(
        organisation__in=organisations.values("pk")
    ).values_list("organisation", "compound", "compound__status")
    for organisation, compound, status in pairs:
        if status == Status.ACTIVE:
            covers[organisation].add(compound)
        else:
            former.add(organisation)
    standing, committees = defaultdict(list), {}
    rows = organisations.order_by("pk").values_list(
        "community", "pk", "kind", "reach", "name", "parent", "grid", "compound", "is_joint"
    )
    for community, pk, kind, reach, name, parent, grid, compound, is_joint in rows:
        if kind == OrganisationKind.COMMUNITY_COMMITTEE:
            committees.setdefault(community, pk)
        elif kind in _LOWEST:
            one = Standing(
                id=pk,
                kind=OrganisationKind(kind),
                reach=reach,
                name=name,
                parent=parent,
                compounds=frozenset(covers[pk]),
                grid=grid,
                compound=compound,
                is_joint=is_joint,
                is_over=pk in former and not covers[pk],
            )
            standing[community].append(one)
    return standing, committees
