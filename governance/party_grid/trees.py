"""Reads the tree of party organisations of an area, and the chain above and below a compound.

A constant number of statements for a street; a district is counted, not read. Names of people are
read only for who may see people: everybody else learns whether a post is held.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from compounds.registry.models import Compound
from governance.foundation import dates
from governance.organisation.models import Area, Level
from governance.organisation.scope import Scope
from governance.people.models import Person

from .layout import communities_of, within
from .models import Duty, Norm, OrganisationCover, PartyOrganisation
from .rules import CENTRE_HOUSEHOLD, GROUP_LEADER, SECRETARY, Norms, OrganisationKind, Reach

PEOPLE = "people.view"
COMMITTEES = (
    OrganisationKind.DISTRICT_COMMITTEE,
    OrganisationKind.WORKING_COMMITTEE,
    OrganisationKind.COMMUNITY_COMMITTEE,
)


@dataclass
class Organ:
    """An organisation with who leads it. `holder`: a name, or None where the reader sees none.

    `members`: full members on record in its compounds; None where nobody is. `finding`: "few" or
    "many" against the norms.
    """

    pk: int
    name: str
    kind: int
    is_joint: bool = False
    is_held: bool = False
    holder: str | None = None
    members: int | None = None
    households: int = 0
    seats: int = 0
    finding: str = ""
    children: list["Organ"] = field(default_factory=list)

    @property
    def is_group(self) -> bool:
        return self.kind == OrganisationKind.GROUP

    @property
    def post(self) -> str:
        """Who leads it, in words: a name, that the post is held, or that it is vacant."""
        if self.holder:
            if self.is_group:
                return _("leader %(name)s") % {"name": self.holder}
            return _("secretary %(name)s") % {"name": self.holder}
        if self.is_group:
            return _("has a leader") if self.is_held else _("leader vacant")
        return _("has a secretary") if self.is_held else _("secretary vacant")

    @property
    def warning(self) -> str:
        return {"few": _("too few members"), "many": _("too many members")}.get(self.finding, "")


@dataclass
class CommunityTree:
    """A community: its committee (None: not on record) and the branches below."""

    area: Area
    committee: Organ | None = None
    branches: list[Organ] = field(default_factory=list)
    branch_count: int = 0
    group_count: int = 0
    vacant: int = 0


@dataclass
class Tree:
    """Committees above, communities below; by street where the area is a district."""

    area: Area
    above: list[Organ]
    communities: list[CommunityTree]
    streets: list[tuple[Area, Organ | None, list[CommunityTree]]] = field(default_factory=list)

    @property
    def branch_count(self) -> int:
        return sum(one.branch_count for one in self.communities)

    @property
    def group_count(self) -> int:
        return sum(one.group_count for one in self.communities)

    @property
    def vacant(self) -> int:
        return sum(one.vacant for one in self.communities)


def read_tree(area: Area, *, scope: Scope) -> Tree:
    """The tree of a district (counted), a street or a community, as a reader of `scope` sees it."""
    if area.level == Level.DISTRICT:
        return _count_district(area, scope)
    rows = in_order(
        PartyOrganisation.objects.standing().filter(
            Q(**within(area), community__isnull=False)
            | Q(kind__lt=OrganisationKind.COMMUNITY_COMMITTEE) & _above(area)
        )
    )
    organs = _with_leaders(rows, scope)
    _count_covers(organs, rows, area)
    communities = {one.pk: CommunityTree(one) for one in communities_of(area)}
    above = []
    for row in rows:
        organ, place = organs[row.pk], communities.get(row.community_id)
        if place is None:
            above.append(organ)
        elif row.kind == OrganisationKind.COMMUNITY_COMMITTEE and place.committee is None:
            place.committee = organ
        elif row.kind >= OrganisationKind.BRANCH:
            _hang(organ, row, organs, place)
    return Tree(area, above, list(communities.values()))


def in_order(organisations) -> list[PartyOrganisation]:
    """By kind, then as their compounds and grids follow each other; the others as founded."""
    rows = organisations.order_by("pk").annotate(
        place=Coalesce("compound__code", "grid__code", Value("~"))
    )
    return sorted(rows, key=lambda row: (row.kind, row.place))


def _above(area: Area) -> Q:
    """Organisations of the area's street and district themselves."""
    return Q(district=area.district_id, community=None) & (
        Q(street=None) | Q(street=area.street_id)
    )


def _hang(organ: Organ, row: PartyOrganisation, organs: dict[int, Organ], place) -> None:
    """Below its branch; without one that stands, below the community."""
    parent = organs.get(row.parent_id)
    if organ.is_group and parent is not None and parent.kind == OrganisationKind.BRANCH:
        parent.children.append(organ)
    else:
        place.branches.append(organ)
    if organ.is_group:
        place.group_count += 1
    else:
        place.branch_count += 1
    place.vacant += not organ.is_held


def _with_leaders(rows: Iterable[PartyOrganisation], scope: Scope) -> dict[int, Organ]:
    """Organs by id. A tree reaches above the reader's posts, where people have no names."""
    organs = {row.pk: Organ(row.pk, row.name, row.kind, row.is_joint) for row in rows}
    named = {row.pk for row in rows if scope.can(PEOPLE, row)}
    held = Duty.objects.held().filter(
        kind__in=(SECRETARY, GROUP_LEADER), organisation__in=list(organs)
    )
    for pk, name in held.order_by("pk").values_list("organisation", "person__name"):
        organs[pk].is_held = True
        organs[pk].holder = name if pk in named else None
    return organs


def _count_covers(organs: dict[int, Organ], rows, area: Area) -> None:
    """Members and centre households of each branch and group, from the compounds it covers."""
    inside = within(area)
    covers = defaultdict(set)
    pairs = OrganisationCover.objects.filter(organisation__in=list(organs))
    for organisation, compound in pairs.values_list("organisation", "compound"):
        covers[organisation].add(compound)
    seats = {
        pk: (buildings or 0, entrances or 0)
        for pk, buildings, entrances in Compound.objects.filter(**inside).values_list(
            "pk", "building_count", "entrance_count"
        )
    }
    full = Q(political_status=Person.PoliticalStatus.FULL_MEMBER)
    ledger = dict(
        Person.objects.members()
        .filter(compound__isnull=False, **inside)
        .order_by()
        .values_list("compound")
        .annotate(n=Count("pk", filter=full))
    )
    households = dict(
        Duty.objects.held()
        .of_kind(CENTRE_HOUSEHOLD)
        .filter(compound__isnull=False, **inside)
        .order_by()
        .values_list("compound")
        .annotate(n=Count("pk"))
    )
    norms = Norm.objects.in_force(area.district_id, dates.today())
    for row in rows:
        if row.kind == OrganisationKind.BRANCH:
            organ, inner = organs[row.pk], covers[row.pk]
            known = [ledger[pk] for pk in inner if pk in ledger]
            organ.members = sum(known) if len(known) == len(inner) and inner else None
            organ.households = sum(households.get(pk, 0) for pk in inner)
            # S0-15: by building and entrance in a compound; S0-16: by entrance in a grid.
            by_building = row.reach == Reach.COMPOUND
            found = [seats.get(pk, (0, 0)) for pk in inner]
            organ.seats = sum(e + (b if by_building else 0) for b, e in found)
            organ.finding = _finding(organ, norms)


def _finding(organ: Organ, norms: Norms) -> str:
    if organ.members is None:
        return ""
    if organ.members < norms.branch_members_min:
        return "few"
    return "many" if organ.members > norms.branch_members_max else ""


def _count_district(area: Area, scope: Scope) -> Tree:
    """A district: committees by name, branches and groups by number."""
    committees = list(
        PartyOrganisation.objects.standing()
        .filter(district=area, kind__in=COMMITTEES)
        .order_by("kind", "name", "pk")
    )
    organs = _with_leaders(committees, scope)
    counted = (
        PartyOrganisation.objects.standing()
        .filter(district=area, kind__gte=OrganisationKind.BRANCH, community__isnull=False)
        .order_by()
        .values_list("community", "kind")
        .annotate(
            n=Count("pk", distinct=True),
            held=Count(
                "pk",
                filter=Q(duties__ended_on=None, duties__kind__in=(SECRETARY, GROUP_LEADER)),
                distinct=True,
            ),
        )
    )
    communities = {one.pk: CommunityTree(one) for one in communities_of(area)}
    for community, kind, count, held in counted:
        place = communities.get(community)
        if place is not None:
            if kind == OrganisationKind.BRANCH:
                place.branch_count = count
            else:
                place.group_count = count
            place.vacant += count - held
    above, by_street = [], {}
    for row in committees:
        if row.kind == OrganisationKind.DISTRICT_COMMITTEE:
            above.append(organs[row.pk])
        elif row.kind == OrganisationKind.WORKING_COMMITTEE:
            by_street.setdefault(row.street_id, organs[row.pk])
        elif row.community_id in communities:
            communities[row.community_id].committee = organs[row.pk]
    streets = [
        (street, by_street.get(street.pk), [])
        for street in Area.objects.active().filter(level=Level.STREET, district=area)
        .order_by("code")
    ]  # fmt: skip
    inner = {street.pk: found for street, _committee, found in streets}
    for place in communities.values():
        inner[place.area.street_id].append(place)
    return Tree(area, above, list(communities.values()), streets)


@dataclass
class Link:
    """One level of the chain: its kind and name, and the organisations of it."""

    kind: int
    label: str
    organs: list[Organ]


@dataclass
class Chain:
    """District, street, community, branch, group, centre households of one compound (S1-17)."""

    links: list[Link]
    households: list[tuple[str, str | None]]
    household_count: int
    seats: int


def chain_of(compound: Compound, *, scope: Scope) -> Chain:
    """From the district to the centre households of one compound, as a reader sees it."""
    sees_people = scope.can(PEOPLE, compound)
    covering = OrganisationCover.objects.filter(compound=compound).values("organisation")
    rows = list(
        PartyOrganisation.objects.standing()
        .filter(
            Q(pk__in=covering)
            | Q(kind__in=COMMITTEES, district=compound.district_id)
            & (Q(street=None) | Q(street=compound.street_id))
            & (Q(community=None) | Q(community=compound.community_id))
        )
        .order_by("kind", "name", "pk")
    )
    organs = _with_leaders(rows, scope)
    labels = {
        OrganisationKind.DISTRICT_COMMITTEE: _("District committee"),
        OrganisationKind.WORKING_COMMITTEE: _("Street working committee"),
        OrganisationKind.COMMUNITY_COMMITTEE: _("Community committee"),
        OrganisationKind.BRANCH: _("Branch"),
        OrganisationKind.GROUP: _("Group"),
    }
    links = [
        Link(kind, label, [organs[row.pk] for row in rows if row.kind == kind])
        for kind, label in labels.items()
    ]
    held = (
        Duty.objects.held()
        .of_kind(CENTRE_HOUSEHOLD)
        .filter(compound=compound)
        .order_by("pk")
        .values_list("building__number", "entrance__number", "person__name")
    )
    households = [
        ("".join(part or "" for part in (building, entrance)), name if sees_people else None)
        for building, entrance, name in sorted(held, key=lambda row: _numbers(*row[:2]))
    ]
    branch = next((row for row in rows if row.kind == OrganisationKind.BRANCH), None)
    buildings = compound.building_count or 0
    by_building = branch is not None and branch.reach == Reach.COMPOUND
    seats = (compound.entrance_count or 0) + (buildings if by_building else 0)
    return Chain(links, households, len(households), seats)


def _numbers(*texts: str | None) -> list[tuple[int, str]]:
    """A key by which 2 comes before 10."""
    found = [re.search(r"\d+", text or "") for text in texts]
    return [
        (int(number[0]) if number else 0, text or "")
        for number, text in zip(found, texts, strict=True)
    ]
