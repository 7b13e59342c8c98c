"""Coverage of an area by streets and communities, in a constant number of set-based queries.

Every figure names the list that proves it: under the same scope and filters it has as many rows.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance.foundation import dates
from governance.organisation.models import COLUMNS, Area, Level

from . import questions
from .models import Duty, GridCover
from .models.organisations import is_covered
from .rules import (
    ASSISTANT,
    BUILDING_HEAD,
    CENTRE_HOUSEHOLD,
    ENTRANCE_HEAD,
    GRID_HEAD,
    GROUP_LEADER,
    SECRETARY,
    Norms,
    OrganisationKind,
    households_finding,
)
from .services.duties import norms_of

Place = tuple[int | None, int | None]  # street, community


@dataclass(frozen=True, slots=True)
class Figure:
    """How many there are, of how many there should be; what is missing; and the lists of both."""

    have: int
    url: str
    want: int | None = None
    missing: int = 0
    missing_url: str = ""

    @property
    def percent(self) -> float | None:
        return None if not self.want else min(100.0, 100 * self.have / self.want)


@dataclass(frozen=True)
class Row:
    """The figures of one area, by key."""

    area: Area
    figures: dict[str, Figure]


@dataclass(frozen=True)
class Coverage:
    """An area's figures, and those of the areas below it, streets before their communities."""

    total: Row
    rows: list[Row] = field(default_factory=list)


# Key and heading of the figures of a row.
HEADINGS = {
    "compounds": _("compounds covered"),
    "branches": _("branches"),
    "groups": _("groups"),
    "grids": _("grids"),
    "micro_grids": _("micro-grids"),
    "building_heads": _("building heads"),
    "entrance_heads": _("entrance heads"),
    "centre_households": _("centre households"),
    "assistants": _("assistants"),
    "overloaded": _("overloaded"),
    "duties_expiring": _("duties expiring"),
    "terms_expiring": _("organisations expiring"),
    "few": _("grids too small"),
    "many": _("grids too large"),
    "unknown": _("grids uncounted"),
}
# Filled seats, all seats and the kind of duty that fills them.
SEATS = {
    "building_heads": ("buildings", BUILDING_HEAD),
    "entrance_heads": ("entrances", ENTRANCE_HEAD),
    "secretaries": ("led", SECRETARY),
    "leaders": ("groups", GROUP_LEADER),
    "grid_heads": ("grids", GRID_HEAD),
}


def coverage(user, area: Area, *, is_all: bool = False, norms: Norms | None = None) -> Coverage:
    """The figures of an area and all areas below it down to its communities."""
    norms = norms or norms_of(area)
    counts: dict[Place, Counter] = {}
    for place, key, number in _counts(user, area, is_all, norms):
        counts.setdefault(place, Counter())[key] += number
    below = _below(area)
    write = _writer(user, is_all)
    total, rows = Counter(), []
    streets: dict[int | None, Counter] = {}
    for (street, _community), counter in counts.items():
        streets.setdefault(street, Counter()).update(counter)
        total.update(counter)
    for one in below:
        counter = (
            streets.get(one.pk, Counter())
            if one.level == Level.STREET
            else counts.get((one.street_id, one.pk), Counter())
        )
        rows.append(Row(one, write(one, counter)))
    return Coverage(Row(area, write(area, total)), rows)


def _below(area: Area) -> list[Area]:
    """Streets, each followed by its communities."""
    if area.level >= Level.COMMUNITY:
        return []
    return list(
        Area.objects.active()
        .filter(
            **{COLUMNS[area.level]: area},
            level__in=[Level.STREET, Level.COMMUNITY],
            level__gt=area.level,
        )
        .order_by("code")
    )


def _inside(user, area: Area) -> Q:
    """Rows that the user sees in the area."""
    return user.scope.seen() & Q(**{COLUMNS[area.level]: area.pk})


def _counts(user, area: Area, is_all: bool, norms: Norms) -> Iterator[tuple[Place, str, int]]:
    """(place, what is counted, how many), street and community of what the user sees there."""
    inside = _inside(user, area)
    until = questions.warned_until(dates.today(), norms)
    yield from _grouped(
        questions.compounds(is_all).filter(inside),
        compounds=Count("pk"),
        covered=Count("pk", filter=is_covered()),
    )
    kinds = OrganisationKind
    yield from _grouped(
        questions.organisations(is_all).filter(inside),
        branches=Count("pk", filter=Q(kind=kinds.BRANCH)),
        groups=Count("pk", filter=Q(kind=kinds.GROUP)),
        led=Count("pk", filter=Q(kind__lt=kinds.GROUP)),
        terms_expiring=Count("pk", filter=Q(term_until__lte=until)),
    )
    yield from _grouped(
        questions.grids(is_all).filter(inside),
        grids=Count("pk", filter=Q(level=Level.GRID)),
        micro_grids=Count("pk", filter=Q(level=Level.MICRO_GRID)),
    )
    yield from _grouped(questions.buildings(is_all).filter(inside), buildings=Count("pk"))
    yield from _grouped(questions.entrances(is_all).filter(inside), entrances=Count("pk"))
    yield from _duties(inside, is_all, until)
    yield from _grouped(
        questions.vacancies(ASSISTANT, is_all, norms).filter(inside), short=Count("pk")
    )
    yield from _grouped(questions.overloaded(norms).filter(inside), overloaded=Count("pk"))
    yield from _households(inside, is_all, norms)


def _grouped(rows, **counts) -> Iterator[tuple[Place, str, int]]:
    # Names of counts must not be those of fields.
    named = {f"n_{name}": count for name, count in counts.items()}
    found = rows.order_by().values_list("street_id", "community_id").annotate(**named)
    for street, community, *numbers in found:
        for name, number in zip(counts, numbers, strict=True):
            if number:
                yield (street, community), name, number


def _duties(inside: Q, is_all: bool, until) -> Iterator[tuple[Place, str, int]]:
    """Held duties by kind; one statement for each sort of seat, so that each has its own plan."""
    held = Duty.objects.held().filter(inside)
    for seats in questions.SORTS:
        rows = (
            held.filter(questions.of_seats(is_all, seats))
            .order_by()
            .values_list("street_id", "community_id", "kind_id")
            .annotate(
                n=Count("pk"),
                soon=Count("pk", filter=Q(term_until__lte=until)),
                doors=Count("entrance", distinct=True, filter=Q(kind=CENTRE_HOUSEHOLD)),
            )
        )
        for street, community, kind, number, soon, doors in rows:
            yield (street, community), kind, number
            yield (street, community), "duties_expiring", soon
            if doors:
                yield (street, community), "centre_doors", doors


def _households(inside: Q, is_all: bool, norms: Norms) -> Iterator[tuple[Place, str, int]]:
    grids = questions.grids(is_all, Level.GRID).filter(inside)
    known = dict(
        questions.grouped_households(
            GridCover.objects.filter(grid__in=grids.values("pk"))
        ).values_list("grid", "households")
    )
    for pk, street, community in grids.values_list("pk", "street_id", "community_id"):
        finding = households_finding(known.get(pk), norms)
        if finding:
            yield (street, community), finding, 1


# -- figures ---------------------------------------------------------------------------------------
def _writer(user, is_all: bool) -> Callable[[Area, Counter], dict[str, Figure]]:
    """A function from an area and its counts to its figures."""
    pages = {
        name: reverse(f"party_grid:{name}")
        for name in (
            "organisation_list",
            "grid_list",
            "duty_list",
            "vacancy_list",
            "uncovered_list",
            "overload_list",
        )
    }
    register = reverse("registry:compound_list")
    sees_people = user.scope.covers("people.view")
    every = "1" if is_all else "0"

    def write(area: Area, n: Counter) -> dict[str, Figure]:
        place = {}
        if area.level > Level.DISTRICT:
            place[COLUMNS[area.level]] = area.code

        def to(page: str, **query) -> str:
            return f"{pages[page]}?{urlencode({**query, **place, 'all': every})}"

        unmanaged = {} if is_all else {"is_unmanaged": "true"}
        found = {
            "compounds": Figure(
                n["covered"],
                f"{register}?{urlencode({**unmanaged, 'is_covered': 'true', **place})}",
                n["compounds"],
                n["compounds"] - n["covered"],
                to("uncovered_list"),
            ),
            "branches": Figure(
                n["branches"], to("organisation_list", kind=OrganisationKind.BRANCH.value)
            ),
            "groups": Figure(
                n["groups"], to("organisation_list", kind=OrganisationKind.GROUP.value)
            ),
            "grids": Figure(n["grids"], to("grid_list", level=Level.GRID.value)),
            "micro_grids": Figure(n["micro_grids"], to("grid_list", level=Level.MICRO_GRID.value)),
            "centre_households": Figure(
                n[CENTRE_HOUSEHOLD],
                to("duty_list", kind=CENTRE_HOUSEHOLD, state="held"),
                missing=n["entrances"] - n["centre_doors"],
                missing_url=to("vacancy_list", kind=CENTRE_HOUSEHOLD),
            ),
            "assistants": Figure(
                n[ASSISTANT],
                to("duty_list", kind=ASSISTANT, state="held"),
                missing=n["short"],
                missing_url=to("vacancy_list", kind=ASSISTANT),
            ),
            "overloaded": Figure(n["overloaded"], to("overload_list") if sees_people else ""),
            "duties_expiring": Figure(n["duties_expiring"], to("duty_list", state="expiring")),
            "terms_expiring": Figure(
                n["terms_expiring"], to("organisation_list", state="expiring")
            ),
        }
        for key, (seats, kind) in SEATS.items():
            found[key] = Figure(
                n[kind],
                to("duty_list", kind=kind, state="held"),
                n[seats],
                n[seats] - n[kind],
                to("vacancy_list", kind=kind),
            )
        for finding in questions.FINDINGS:
            found[finding] = Figure(n[finding], to("grid_list", finding=finding))
        return found

    return write
