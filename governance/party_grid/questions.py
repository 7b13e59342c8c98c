"""What figures, lists and filters ask alike: what counts, what is vacant, who is overloaded.

`is_all` False leaves compounds that somebody manages, and what reaches no other, out of account.
"""

import datetime as dt
from collections.abc import Iterable

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    When,
)
from django.db.models.functions import Coalesce

from compounds.registry.models import Building, Compound, Entrance, Status
from governance.organisation.models import Area, Level
from governance.people.models import Person

from .models import Duty, GridCover, OrganisationCover, PartyOrganisation
from .rules import (
    ASSISTANT,
    BUILDING_HEAD,
    CENTRE_HOUSEHOLD,
    ENTRANCE_HEAD,
    GRID_HEAD,
    GROUP_LEADER,
    MICRO_GRID_HEAD,
    SECRETARY,
    Norms,
    OrganisationKind,
    Seat,
)
from .rules.duties import HEADS

# Kinds whose vacancies are listed, in the order of the page.
VACANCIES = (
    BUILDING_HEAD,
    ENTRANCE_HEAD,
    SECRETARY,
    GROUP_LEADER,
    GRID_HEAD,
    MICRO_GRID_HEAD,
    ASSISTANT,
    CENTRE_HOUSEHOLD,
)
FINDINGS = ("few", "many", "unknown")
# Sorts of seats that are counted alike.
SORTS = (
    (Seat.BUILDING, Seat.ENTRANCE, Seat.COMPOUND),
    (Seat.ORGANISATION,),
    (Seat.GRID, Seat.MICRO_GRID),
)


def counted(is_all: bool, prefix: str = "") -> Q:
    """Condition on compounds, or on rows that reach one by `prefix`."""
    found = Q(**{f"{prefix}status": Status.ACTIVE})
    return found if is_all else found & Q(**{f"{prefix}is_unmanaged": True})


def compounds(is_all: bool) -> QuerySet:
    return Compound.objects.filter(counted(is_all))


def buildings(is_all: bool) -> QuerySet:
    return Building.objects.filter(counted(is_all, "compound__"))


def entrances(is_all: bool) -> QuerySet:
    return Entrance.objects.filter(counted(is_all, "building__compound__"))


def reaches(is_all: bool, path: str = "pk") -> Q:
    """Condition on organisations: they cover a compound that counts, or are committees above.

    All of them with `is_all`.
    """
    if is_all:
        return Q()
    kind = "kind" if path == "pk" else f"{path}__kind"
    covering = OrganisationCover.objects.filter(
        counted(False, "compound__"), organisation=OuterRef(path)
    )
    return Q(Exists(covering)) | Q(**{f"{kind}__lt": OrganisationKind.BRANCH})


def organisations(is_all: bool) -> QuerySet:
    return PartyOrganisation.objects.standing().filter(reaches(is_all))


def holds(is_all: bool, path: str = "pk") -> Q:
    """Condition on grids: they cover a compound that counts; all of them with `is_all`."""
    if is_all:
        return Q()
    return Q(Exists(GridCover.objects.filter(counted(False, "compound__"), grid=OuterRef(path))))


def grids(is_all: bool, level: Level | None = None) -> QuerySet:
    levels = [Level.GRID, Level.MICRO_GRID] if level is None else [level]
    return Area.objects.active().filter(holds(is_all), level__in=levels)


def of_seats(is_all: bool, seats: Iterable[str]) -> Q:
    """Condition on duties of some sorts of seats: what they are held for counts."""
    found = Q(seat__in=list(seats))
    if is_all:
        return found
    if Seat.ORGANISATION in seats:
        return found & reaches(False, "organisation")
    if Seat.GRID in seats:
        return found & holds(False, "grid")
    return found & counted(False, "compound__")


def of_any_seat(is_all: bool) -> Q:
    """Condition on duties: what they are held for counts; all of them with `is_all`."""
    if is_all:
        return Q()
    found = Q()
    for seats in SORTS:
        found |= of_seats(False, seats)
    return found


def vacancies(kind: str, is_all: bool, norms: Norms) -> QuerySet:
    """The seats of a kind that nobody holds; micro-grids with fewer assistants than the norm."""
    if kind == BUILDING_HEAD:
        return buildings(is_all).filter(_nobody(kind, "building"))
    if kind in (ENTRANCE_HEAD, CENTRE_HOUSEHOLD):
        return entrances(is_all).filter(_nobody(kind, "entrance"))
    if kind == SECRETARY:
        led = organisations(is_all).filter(kind__lt=OrganisationKind.GROUP)
        return led.filter(_nobody(kind, "organisation"))
    if kind == GROUP_LEADER:
        groups = organisations(is_all).filter(kind=OrganisationKind.GROUP)
        return groups.filter(_nobody(kind, "organisation"))
    if kind == GRID_HEAD:
        return grids(is_all, Level.GRID).filter(_nobody(kind, "grid"))
    if kind == MICRO_GRID_HEAD:
        return grids(is_all, Level.MICRO_GRID).filter(_nobody(kind, "grid"))
    if kind == ASSISTANT:
        enough = (
            Duty.objects.held()
            .filter(kind=ASSISTANT, grid__isnull=False)
            .order_by()
            .values("grid")
            .annotate(n=Count("pk"))
            .filter(n__gte=norms.assistants_min)
            .values("grid")
        )
        return grids(is_all, Level.MICRO_GRID).filter(~Q(pk__in=enough))
    raise KeyError(kind)


def _nobody(kind: str, column: str) -> Q:
    return Q(~Exists(Duty.objects.held().filter(kind=kind, **{column: OuterRef("pk")})))


def overloaded(norms: Norms) -> QuerySet:
    """People who head more buildings and entrances than the norm, wherever these are."""
    posts = (
        Duty.objects.held()
        .filter(kind__in=HEADS)
        .order_by()
        .values("person")
        .annotate(n=Count("pk"))
        .filter(n__gt=norms.head_posts_max)
    )
    return Person.objects.present().filter(pk__in=posts.values("person"))


def warned_until(today: dt.date, norms: Norms) -> dt.date:
    """Terms that end by this day are expiring."""
    return today + dt.timedelta(days=norms.expiry_warning_days)


def _part() -> Case:
    """Households of one cover; None where nobody has counted, or several share a compound."""
    inside = (
        Entrance.objects.filter(building=OuterRef("building"))
        .order_by()
        .values("building")
        .annotate(known=Count("household_count"), every=Count("pk"), total=Sum("household_count"))
        .annotate(sum=Case(When(known=F("every"), then=F("total"))))
        .values("sum")
    )
    shared = GridCover.objects.filter(
        compound=OuterRef("compound"), grid__level=OuterRef("grid__level")
    ).exclude(grid=OuterRef("grid"))
    return Case(
        When(entrance__isnull=False, then=F("entrance__household_count")),
        When(
            building__isnull=False,
            then=Coalesce(F("building__household_count"), Subquery(inside)),
        ),
        When(Exists(shared), then=None),
        default=F("compound__household_count"),
        output_field=IntegerField(),
    )


def grouped_households(covers: QuerySet) -> QuerySet:
    """Covers by grid with `households`: None where a part is unknown.

    Nobody lives any more in compounds that were demolished or merged.
    """
    return (
        covers.filter(compound__status=Status.ACTIVE)
        .annotate(part=_part())
        .order_by()
        .values("grid")
        .annotate(every=Count("pk"), known=Count("part"), total=Sum("part"))
        .annotate(households=Case(When(every=F("known"), then=F("total"))))
    )


def with_households(areas: QuerySet) -> QuerySet:
    """Grids with `households`, counted from what they cover."""
    covers = GridCover.objects.filter(grid=OuterRef("pk"))
    return areas.annotate(households=Subquery(grouped_households(covers).values("households")))


def by_finding(areas: QuerySet, finding: str, norms: Norms) -> QuerySet:
    """Grids whose households are too few, too many or unknown; micro-grids have no norm."""
    condition = {
        "few": Q(households__lt=norms.households_min),
        "many": Q(households__gt=norms.households_max),
        "unknown": Q(households=None),
        "fit": Q(households__gte=norms.households_min, households__lte=norms.households_max),
    }[finding]
    return with_households(areas.filter(level=Level.GRID)).filter(condition)
