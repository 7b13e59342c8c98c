"""Organisations as rows of the ledger look them up: those that stand, and those of rows above."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..models import OrganisationCover, PartyOrganisation
from ..rules import (
    OrganisationKind,
    Reach,
)

DISTRICT, STREET, COMMUNITY, BRANCH, GROUP = OrganisationKind
TYPES = {
    "区委": "1",
    "街道党工委": "2",
    "社区党委": "3",
    "小区": "4C",
    "网格": "4G",
    "联合": "4J",
    "网格党小组": "5G",
    "院落党小组": "5C",
    "楼栋党小组": "5B",
    "联合党小组": "5J",
    "党小组": "5",
}


TYPE_WORDS = {
    "小区党支部": "4C",
    "网格党支部": "4G",
    "联合党支部": "4J",
    "党工委": "2",
    "社区党总支": "3",
    "社区党组织": "3",
    "小组": "5",
}


REACH = {"4C": Reach.COMPOUND, "4G": Reach.GRID, "5G": Reach.GRID, "5J": Reach.GRID}


REACH |= {"5C": Reach.COURTYARD, "5B": Reach.BUILDING}


FACTS = ("full_member_count", "founded_on", "document_number", "term_until")


RELATIONS = ("parent_id", "reach", "is_joint", "grid_id", "compound_id", "building_id")


@dataclass(slots=True)
class Known:
    """An organisation of the register, or of a row above (`row`), as rows look it up."""

    kind: int
    name: str
    place: tuple[int, int | None, int | None]
    pk: int | None = None
    row: int = 0
    parent: int | None = None
    reach: str = ""
    is_joint: bool = False
    grid: str | None = None  # its code
    compound: int | None = None
    building: int | None = None
    covers: frozenset[int] = frozenset()
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def type(self) -> str:
        if self.kind < BRANCH:
            return str(self.kind)
        if self.is_joint:
            return f"{self.kind}J"
        return next(t for t, r in REACH.items() if t[0] == str(self.kind) and r == self.reach)


class Index:
    """Organisations of the register and of the rows so far, as rows look them up."""

    def __init__(self, organisations: Iterable[Known]):
        self._named: dict[str, list[Known]] = defaultdict(list)
        self._inside: dict[tuple, list[Known]] = defaultdict(list)
        for one in organisations:
            self._named[one.name].append(one)
            self._inside[one.place].append(one)

    def named(self, name: str) -> list[Known]:
        return _once(self._named.get(name, []))

    def inside(self, place: tuple) -> list[Known]:
        """Those that belong to this very place."""
        return _once(self._inside.get(place, []))

    def like(self, own: Known) -> list[Known]:
        """Standing ones of the same place, level and name."""
        return [
            one
            for one in self.named(own.name)
            if one.pk and one.place == own.place and one.kind == own.kind
        ]


def _once(found: Sequence[Known]) -> list[Known]:
    """Rows about what stands do not count beside it."""
    standing = {(one.place, one.kind, one.name) for one in found if one.pk}
    return [one for one in found if one.pk or (one.place, one.kind, one.name) not in standing]


def may_be_above(one: Known, own: Known) -> bool:
    if one.kind >= own.kind or one is own:
        return False
    return all(above in (None, below) for above, below in zip(one.place, own.place, strict=True))


def read(district: int) -> list[Known]:
    covers: dict[int, set[int]] = defaultdict(set)
    rows = OrganisationCover.objects.filter(
        organisation__district_id=district, organisation__dissolved_on=None
    )
    for organisation, compound in rows.values_list("organisation_id", "compound_id"):
        covers[organisation].add(compound)
    rows = PartyOrganisation.objects.standing().filter(district_id=district).order_by("pk")
    names = (
        "pk",
        "version",
        "kind",
        "name",
        "district_id",
        "street_id",
        "community_id",
        "grid__code",
        *RELATIONS,
        *FACTS,
    )
    return [
        Known(
            kind=row["kind"],
            name=row["name"],
            place=(row["district_id"], row["street_id"], row["community_id"]),
            pk=row["pk"],
            parent=row["parent_id"],
            reach=row["reach"],
            is_joint=row["is_joint"],
            grid=row["grid__code"],
            compound=row["compound_id"],
            building=row["building_id"],
            covers=frozenset(covers[row["pk"]]),
            values=row,
        )
        for row in rows.values(*names)
    ]
