"""What the party grid knows of an area and of one compound: coverage, chain, heads, pairings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from compounds.registry.models import Building, Compound, Entrance
from governance.clusters import figures as clusters
from governance.clusters.models import ClusterCompound
from governance.organisation.models import Area
from governance.pairings import figures as pairings
from governance.pairings.groups import Role, group_of
from governance.pairings.models import Pairing
from governance.party_grid.chain_drawing import chain_drawing
from governance.party_grid.figures import HEADINGS, coverage
from governance.party_grid.models import Duty, GridCover
from governance.party_grid.rules import BUILDING_HEAD, ENTRANCE_HEAD
from governance.party_grid.trees import PEOPLE, Chain, chain_of

SHOWN = (
    "compounds",
    "branches",
    "groups",
    "micro_grids",
    "building_heads",
    "entrance_heads",
    "assistants",
    "duties_expiring",
)


@dataclass(frozen=True)
class Line:
    """A figure, of how many, what is missing, and the lists of both; no list, no address."""

    label: str
    have: int
    href: str
    want: int | None = None
    missing: int = 0
    missing_href: str = ""


def area_lines(user, area: Area) -> list[Line]:
    """The party grid of an area in figures; constant statements, each figure opens its list."""
    figures = coverage(user, area).total.figures
    lines = [
        Line(
            capfirst(HEADINGS[key]),
            figures[key].have,
            figures[key].url,
            figures[key].want,
            figures[key].missing,
            figures[key].missing_url,
        )
        for key in SHOWN
    ]
    lines += [
        Line(capfirst(one.label), one.count, one.url)
        for one in pairings.figures(user, area)
        if one.count
    ]
    passing = clusters.figures(user, area)[0]
    if passing.total:
        lines.append(
            Line(
                capfirst(_("clusters with the five haves")),
                passing.count,
                passing.url,
                passing.total,
                passing.missing,
                passing.missing_url,
            )
        )
    return lines


class CompoundParty:
    """One compound for one reader; without the right, people are counted and not named."""

    def __init__(self, user, compound: Compound):
        self.user = user
        self.compound = compound
        self.sees_people = user.scope.can(PEOPLE, compound)

    @property
    def can_edit(self) -> bool:
        return self.user.scope.can("party.edit", self.compound)

    @cached_property
    def chain(self) -> Chain:
        return chain_of(self.compound, scope=self.user.scope)

    @property
    def drawing(self):
        return chain_drawing(self.chain, self.compound.name)

    @cached_property
    def heads(self) -> dict[str, int]:
        """Buildings and entrances, and how many of each have a head: one query each."""
        return self._seats(
            "building", BUILDING_HEAD, Building.objects.filter(compound=self.compound)
        ) | self._seats(
            "entrance", ENTRANCE_HEAD, Entrance.objects.filter(building__compound=self.compound)
        )

    def _seats(self, name: str, kind: str, rows) -> dict[str, int]:
        held = Duty.objects.held().filter(kind=kind, **{name: OuterRef("pk")})
        found = rows.aggregate(every=Count("pk"), filled=Count("pk", filter=Exists(held)))
        return {
            f"{name}s": found["every"],
            f"{name}_heads": found["filled"],
            f"{name}_vacant": found["every"] - found["filled"],
        }

    @cached_property
    def grids(self) -> list:
        """Grids and micro-grids that cover it or a part of it, with how many parts."""
        covers = GridCover.objects.filter(compound=self.compound).order_by()
        found = covers.values_list("grid__level", "grid__code", "grid__name").annotate(
            parts=Count("pk", filter=Q(building__isnull=False))
        )
        return sorted(found)

    @cached_property
    def pairings(self) -> list[Pairing]:
        """Who answers for the compound or one of its households; nobody without the right."""
        if not self.sees_people:
            return []
        held = Pairing.objects.held().filter(compound=self.compound)
        return list(held.select_related("person").order_by("kind", "person__name", "pk"))

    @cached_property
    def pairing_count(self) -> int:
        if self.sees_people:
            return len(self.pairings)
        return Pairing.objects.held().filter(compound=self.compound).count()

    @cached_property
    def group(self) -> list[Role]:
        return group_of(self.compound)

    @property
    def group_filled(self) -> int:
        return sum(bool(role.holders) for role in self.group)

    @cached_property
    def cluster(self):
        found = ClusterCompound.objects.filter(compound=self.compound)
        membership = found.select_related("cluster").first()
        return membership and membership.cluster
