"""The party grid at size: coverage and the tree of a street against the bare grouped statements.

For each compound two or three buildings of three entrances, at each entrance a head and a centre
household, a grid for every five compounds with a branch and a group: 20,000 compounds make
150,000 entrances and 300,000 duties.
"""

from collections.abc import Iterator
from itertools import pairwise

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from compounds.registry.models import Building, Compound, Entrance
from governance.foundation.bulk import insert_values, renew_statistics
from governance.organisation.models import Area, Level
from governance.party_grid.figures import coverage
from governance.party_grid.models import Duty, GridCover, OrganisationCover, PartyOrganisation
from governance.party_grid.rules import (
    BUILDING_HEAD,
    CENTRE_HOUSEHOLD,
    ENTRANCE_HEAD,
    OrganisationKind,
    Reach,
    Seat,
)
from governance.people.models import Person

from .measure import Line, measured, plus

PLACE = ("district_id", "street_id", "community_id")
PER_GRID = 5


def party(visitor, rounds: int) -> Iterator[Line]:
    """Coverage of the district as figures and as a page; a street's tree."""
    with transaction.atomic():
        _furnish()
    district = Area.objects.get(level=Level.DISTRICT)
    floor = measured(_bare, rounds=rounds, warm=0)
    yield Line(
        "party",
        f"coverage of {Duty.objects.count()} duties",
        measured(lambda: coverage(visitor.user, district, is_all=True), rounds=rounds),
        floor,
        "the same counts grouped",
        limit=3,
        most_statements=20,
    )
    empty = visitor.empty_page(rounds)
    street = Area.objects.filter(level=Level.STREET).order_by("code")[1]
    for case, url in (
        ("page of coverage", f"{reverse('party_grid:coverage')}?all=1"),
        ("tree of a street", reverse("party_grid:tree", args=[street.code])),
        ("vacancies", reverse("party_grid:vacancy_list")),
        ("duties", reverse("party_grid:duty_list")),
    ):
        yield Line(
            "party",
            case,
            measured(visitor.get(url), rounds=rounds),
            plus(floor, empty) if case == "page of coverage" else empty,
            "the same counts, empty page",
            most_statements=25,
        )


def _bare() -> None:
    """What is counted, grouped by community, and nothing else."""
    by = ("street_id", "community_id")
    covered = OrganisationCover.objects.filter(
        compound=OuterRef("pk"), organisation__dissolved_on=None
    )
    compounds = Compound.objects.order_by().values_list(*by)
    list(compounds.annotate(n=Count("pk"), c=Count("pk", filter=Exists(covered))))
    standing = PartyOrganisation.objects.filter(dissolved_on=None).order_by()
    list(standing.values_list(*by, "kind").annotate(n=Count("pk")))
    grids = Area.objects.filter(level__gte=Level.GRID).order_by()
    list(grids.values_list(*by, "level").annotate(n=Count("pk")))
    for model in (Building, Entrance):
        list(model.objects.order_by().values_list(*by).annotate(n=Count("pk")))
    held = Duty.objects.filter(ended_on=None).order_by()
    list(held.values_list(*by, "kind_id").annotate(n=Count("pk"), d=Count("entrance")))
    heads = Q(kind__in=[BUILDING_HEAD, ENTRANCE_HEAD])
    list(held.filter(heads).values_list("person_id").annotate(n=Count("pk")).filter(n__gt=2))


def _furnish() -> None:
    now = timezone.now()
    stamps = {"version": 1, "created_at": now, "updated_at": now}
    compounds = list(Compound.objects.order_by("community_id", "pk").values_list("pk", *PLACE))
    _many(
        Building,
        stamps,
        ("compound_id", *PLACE, "number"),
        (
            (pk, *place, f"{number}号楼")
            for pk, *place in compounds
            for number in range(1, 3 + pk % 2)
        ),
    )
    buildings = list(Building.objects.order_by("pk").values_list("pk", "compound_id", *PLACE))
    _many(
        Entrance,
        stamps,
        ("building_id", *PLACE, "number"),
        (
            (pk, *place, f"{number}单元")
            for pk, _compound, *place in buildings
            for number in range(1, 4)
        ),
    )
    entrances = list(
        Entrance.objects.order_by("pk").values_list(
            "pk", "building_id", "building__compound_id", *PLACE
        )
    )
    _many(
        Person,
        stamps | {"political_status": "FULL_MEMBER"},
        (*PLACE, "name", "compound_id"),
        ((*place, f"样例{pk}", compound) for pk, _building, compound, *place in entrances),
    )
    people = list(Person.objects.order_by("pk").values_list("pk", flat=True))
    for kind in (ENTRANCE_HEAD, CENTRE_HOUSEHOLD):
        _many(
            Duty,
            stamps | {"kind_id": kind, "seat": Seat.ENTRANCE},
            ("person_id", "entrance_id", "building_id", "compound_id", *PLACE),
            ((person, *rest) for person, rest in zip(people, entrances, strict=True)),
        )
    _organise(compounds, stamps)
    renew_statistics("registry", "people", "party_grid", "organisation")


def _organise(compounds: list[tuple], stamps: dict) -> None:
    """A grid, its branch and group for every few neighbouring compounds."""
    communities = dict(Area.objects.filter(level=Level.COMMUNITY).values_list("pk", "code"))
    cuts = [0]
    for number in range(1, len(compounds)):
        if compounds[number][3] != compounds[cuts[-1]][3] or number - cuts[-1] == PER_GRID:
            cuts.append(number)
    bundles = [compounds[a:b] for a, b in pairwise([*cuts, len(compounds)])]
    serial: dict[int, int] = {}
    codes = []
    for bundle in bundles:
        community = bundle[0][3]
        serial[community] = serial.get(community, 0) + 1
        codes.append(f"{communities[community]}{serial[community]:03d}")
    _many(
        Area,
        stamps | {"level": Level.GRID},
        ("code", "name", "parent_id", *PLACE),
        (
            (code, f"第{code[-3:]}网格", bundle[0][3], *bundle[0][1:])
            for code, bundle in zip(codes, bundles, strict=True)
        ),
    )
    grids = dict(Area.objects.filter(level=Level.GRID).values_list("code", "pk"))
    _many(
        GridCover,
        {},
        ("grid_id", "compound_id", *PLACE),
        ((grids[c], *row) for c, bundle in zip(codes, bundles, strict=True) for row in bundle),
    )
    organisations = {}
    for kind, reach in (
        (OrganisationKind.BRANCH, Reach.GRID),
        (OrganisationKind.GROUP, Reach.GRID),
    ):
        _many(
            PartyOrganisation,
            stamps | {"kind": kind, "reach": reach},
            ("name", "parent_id", "grid_id", *PLACE),
            (
                (f"{code}{kind.name}", organisations.get(grids[code]), grids[code], *bundle[0][1:])
                for code, bundle in zip(codes, bundles, strict=True)
            ),
        )
        found = PartyOrganisation.objects.filter(kind=kind)
        organisations = dict(found.values_list("grid_id", "pk"))
        _many(
            OrganisationCover,
            {},
            ("organisation_id", "compound_id"),
            (
                (organisations[grids[code]], row[0])
                for code, bundle in zip(codes, bundles, strict=True)
                for row in bundle
            ),
        )


def _many(model, constants: dict, names: tuple[str, ...], rows) -> None:
    """Insert rows of the named columns; all other fields as an empty form would leave them."""
    given = {*names, *constants}
    rest = {
        field.attname: None if field.null else field.get_default()
        for field in model._meta.concrete_fields
        if not field.primary_key and field.attname not in given
    }
    fixed = {**rest, **constants}
    by_name = {field.attname: field.name for field in model._meta.concrete_fields}
    tail = tuple(fixed.values())
    columns = [by_name[name] for name in (*names, *fixed)]
    insert_values(model, columns, ((*row, *tail) for row in rows))
