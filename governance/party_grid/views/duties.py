"""Duties: the list, seating people, and what is vacant or too much."""

from collections import Counter

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from compounds.registry.models import Building, Compound, Entrance
from governance.foundation.errors import DomainError
from governance.foundation.forms import add_refusal
from governance.organisation.models import Area, Level
from governance.people.models import Person

from .. import filters, questions, tables
from ..forms import EndForm, ReplaceForm, SeatForm
from ..models import Duty, DutyKind, PartyOrganisation
from ..rules import (
    ASSISTANT,
    BUILDING_HEAD,
    CENTRE_HOUSEHOLD,
    ENTRANCE_HEAD,
    GRID_HEAD,
    GROUP_LEADER,
    SECRETARY,
    OrganisationKind,
)
from ..rules.duties import HEADS
from ..services import duties
from ..services.duties import EDIT
from .common import PEOPLE, PartyList, numbers

SEATS = {
    "organisation": PartyOrganisation,
    "grid": Area,
    "compound": Compound,
    "building": Building,
    "entrance": Entrance,
}
RESIDENTS = 300


# -- lists -----------------------------------------------------------------------------------------
class DutyList(PartyList):
    """Duties of the reader's places; without names for whoever sees no people."""

    template_name = "governance/party_grid/duty_list.html"
    default_sort = "community"

    @property
    def sees_people(self) -> bool:
        return self.request.user.scope.covers(PEOPLE)

    @property
    def table(self):
        return tables.NamedDutyTable if self.sees_people else tables.DutyTable

    @property
    def filterset(self):
        return filters.NamedDutyFilterSet if self.sees_people else filters.DutyFilterSet

    def visible(self):
        return Duty.objects.visible_to(self.request.user)

    def page_context(self):
        return {**super().page_context(), "kinds": filters.kinds_of_duties()}


duty_list = DutyList.as_view()


class VacancyList(PartyList):
    """Seats of one kind that nobody holds."""

    template_name = "governance/party_grid/vacancy_list.html"
    default_sort = "compound"
    SHAPES = {
        BUILDING_HEAD: (tables.BuildingVacancyTable, filters.BuildingVacancies),
        ENTRANCE_HEAD: (tables.EntranceVacancyTable, filters.EntranceVacancies),
        CENTRE_HOUSEHOLD: (tables.EntranceVacancyTable, filters.EntranceVacancies),
        SECRETARY: (tables.OrganisationVacancyTable, filters.OrganisationVacancies),
        GROUP_LEADER: (tables.OrganisationVacancyTable, filters.OrganisationVacancies),
        GRID_HEAD: (tables.GridVacancyTable, filters.GridVacancies),
        questions.MICRO_GRID_HEAD: (tables.GridVacancyTable, filters.GridVacancies),
        ASSISTANT: (tables.AssistantVacancyTable, filters.GridVacancies),
    }

    @property
    def kind(self) -> str:
        kind = self.request.GET.get("kind", "")
        return kind if kind in self.SHAPES else BUILDING_HEAD

    @property
    def table(self):
        return self.SHAPES[self.kind][0]

    @property
    def filterset(self):
        return self.SHAPES[self.kind][1]

    def visible(self):
        user = self.request.user
        is_all = self.request.GET.get("all") == "1"
        return questions.vacancies(self.kind, is_all, self.norms).filter(user.scope.seen())

    def page_context(self):
        kinds = filters.kinds_of_duties()
        context = {**super().page_context(), "kind": self.kind, "kinds": kinds}
        self.norms = context["norms"]
        return context

    def beside(self, listing):
        if self.kind == ASSISTANT:
            held = Duty.objects.held().filter(kind=ASSISTANT)
            listing.context["assistants"] = numbers(held, "grid", listing.ids)

    def extra_context(self, listing):
        kinds = dict(listing.context["kinds"])
        tabs = [
            (kinds.get(key, key), listing.with_query(kind=key, page=None, sort=None), key)
            for key in self.SHAPES
        ]
        return {
            **super().extra_context(listing),
            "kind": self.kind,
            "kind_name": kinds.get(self.kind, self.kind),
            "tabs": tabs,
        }


vacancy_list = VacancyList.as_view()


class OverloadList(PartyList):
    """People who head more buildings and entrances than the norm."""

    template_name = "governance/party_grid/overload_list.html"
    table = tables.OverloadTable
    filterset = filters.OverloadFilterSet
    right = PEOPLE

    def page_context(self):
        context = super().page_context()
        self.norms = context["norms"]
        return context

    def visible(self):
        scope = self.request.user.scope
        return questions.overloaded(self.norms).filter(scope.granted(PEOPLE))

    def beside(self, listing):
        held = Duty.objects.held().filter(kind__in=HEADS)
        listing.context["posts"] = numbers(held, "person", listing.ids)
        names: dict[int, list[str]] = {}
        rows = held.filter(person__in=listing.ids).order_by("compound", "building", "pk")
        last: dict[int, str] = {}
        for person, compound, *parts in rows.values_list(
            "person", "compound__name", "building__number", "entrance__number"
        ):
            # The name of a compound stands before the first of its places only.
            named = [] if last.get(person) == compound else [compound]
            last[person] = compound
            words = " ".join(part for part in (*named, *parts) if part)
            names.setdefault(person, []).append(words)
        comma = pgettext("between names", ", ")
        listing.context["seats"] = {key: comma.join(parts) for key, parts in names.items()}


overload_list = OverloadList.as_view()


# -- seating ---------------------------------------------------------------------------------------
def seat_of(request, seat: str, pk: int):
    """What a duty is to be held for, in the reader's scope, where they may seat people."""
    model = SEATS.get(seat)
    if model is None:
        raise Http404
    rows = model.objects.visible_to(request.user)
    row = get_object_or_404(rows.filter(level__gte=Level.GRID) if model is Area else rows, pk=pk)
    request.user.scope.require(EDIT, row)
    return row


def duty_of(request, pk: int) -> Duty:
    rows = Duty.objects.visible_to(request.user).select_related(
        "person", "kind", "organisation", "grid", "compound", "building", "entrance"
    )
    duty = get_object_or_404(rows, pk=pk)
    request.user.scope.require(EDIT, duty)
    return duty


def kinds_for(row) -> list[DutyKind]:
    """Kinds of duties in use that are held for such a row."""
    kinds = DutyKind.objects.filter(is_active=True, seat=duties.seat_of(row))
    if isinstance(row, PartyOrganisation):
        is_group = row.kind == OrganisationKind.GROUP
        left_out = duties.NOT_IN_GROUPS if is_group else {GROUP_LEADER}
        kinds = kinds.exclude(key__in=left_out)
    return list(kinds.order_by("position", "key"))


def open_kinds(row, held: list[Duty]) -> list[DutyKind]:
    """Kinds of duties for which the row still has a free seat."""
    taken = Counter(duty.kind_id for duty in held)
    return [
        kind
        for kind in kinds_for(row)
        if kind.seats_max is None or taken[kind.key] < kind.seats_max
    ]


def residents_of(request, compound: Compound | None) -> list[str]:
    """Names of people of a compound, offered while a name is typed."""
    if compound is None or not request.user.scope.can(PEOPLE, compound):
        return []
    rows = Person.objects.present().known().filter(compound=compound)
    return list(rows.order_by("name").values_list("name", flat=True).distinct()[:RESIDENTS])


def tell(request, seated: duties.Seated) -> None:
    """Say who sits now, and what deserves a warning about it."""
    messages.success(
        request,
        _("%(person)s is now %(kind)s.") % {"person": seated.duty.person, "kind": seated.duty.kind},
    )
    for warning in seated.warnings:
        messages.warning(request, warning)


def seat_person(request, row, form: SeatForm) -> duties.Seated | None:
    """Seat whom the form names; None where the service refused, which the form then shows."""
    try:
        return duties.assign_duty(
            by=request.user, kind=form.duty_kind, seat=row, **form.who_is_it, **form.terms
        )
    except (DomainError, ValidationError) as error:
        add_refusal(form, as_shown(error, form))
        return None


def replace_person(request, duty: Duty, form: ReplaceForm) -> duties.Seated | None:
    try:
        return duties.replace_duty(
            by=request.user,
            duty=duty,
            version=form.cleaned_data["version"],
            ended_on=form.cleaned_data["ended_on"],
            reason=form.cleaned_data["reason"],
            **form.who_is_it,
            **form.terms,
        )
    except (DomainError, ValidationError) as error:
        add_refusal(form, as_shown(error, form))
        return None


def end_held(request, duty: Duty, form: EndForm) -> bool:
    try:
        duties.end_duty(
            by=request.user,
            duty=duty,
            version=form.cleaned_data["version"],
            ended_on=form.cleaned_data["ended_on"],
            reason=form.cleaned_data["reason"],
        )
    except (DomainError, ValidationError) as error:
        add_refusal(form, error)
        return False
    messages.success(
        request,
        _("%(person)s is no longer %(kind)s.") % {"person": duty.person, "kind": duty.kind},
    )
    return True


def as_shown(error: Exception, form) -> Exception:
    """A refusal about the person stands beside the choice of the person, else beside the name."""
    if isinstance(error, DomainError) and error.field == "person":
        error.field = "who" if "who" in form.fields else "name"
    return error


def place_in_words(row) -> str:
    if isinstance(row, Entrance):
        return f"{row.building.compound} {row.building} {row}"
    return f"{row.compound} {row}" if isinstance(row, Building) else str(row)


def page_of(row) -> str:
    """Where one returns to from a seat's form."""
    if isinstance(row, PartyOrganisation):
        return reverse("party_grid:organisation_detail", args=[row.pk])
    if isinstance(row, Area):
        return reverse("party_grid:grid_detail", args=[row.code])
    if isinstance(row, Compound):
        return reverse("party_grid:compound_heads", args=[row.code])
    key = "building" if isinstance(row, Building) else "entrance"
    compound = row.compound if key == "building" else row.building.compound
    return f"{reverse('party_grid:compound_heads', args=[compound.code])}#{key}-{row.pk}"


def compound_of_seat(row) -> Compound | None:
    if isinstance(row, Entrance):
        return row.building.compound
    if isinstance(row, Compound):
        return row
    return row.compound if isinstance(row, Building) else None


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def duty_add(request, seat, pk):
    """Seat somebody."""
    row = seat_of(request, seat, pk)
    kinds = kinds_for(row)
    form = SeatForm(
        request.POST or None,
        user=request.user,
        kinds=kinds,
        initial={"kind": request.GET.get("kind", "")},
    )
    if request.method == "POST" and form.is_valid():
        seated = seat_person(request, row, form)
        if seated:
            tell(request, seated)
            return redirect(page_of(row))
    return render(
        request,
        "governance/party_grid/duty_add.html",
        {
            "form": form,
            "kinds": kinds,
            "place": place_in_words(row),
            "back": page_of(row),
            "residents": residents_of(request, compound_of_seat(row)),
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def duty_replace(request, pk):
    """End the former holder and seat the next."""
    duty = duty_of(request, pk)
    row = duty.held_for
    form = ReplaceForm(
        request.POST or None,
        user=request.user,
        kinds=[duty.kind],
        initial={"version": duty.version},
    )
    if request.method == "POST" and form.is_valid():
        seated = replace_person(request, duty, form)
        if seated:
            tell(request, seated)
            return redirect(page_of(row))
    return render(
        request,
        "governance/party_grid/duty_replace.html",
        {
            "form": form,
            "duty": duty,
            "place": place_in_words(row),
            "back": page_of(row),
            "residents": residents_of(request, duty.compound),
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def duty_end(request, pk):
    """End a duty."""
    duty = duty_of(request, pk)
    row = duty.held_for
    form = EndForm(request.POST or None, initial={"version": duty.version})
    if request.method == "POST" and form.is_valid() and end_held(request, duty, form):
        return redirect(page_of(row))
    return render(
        request,
        "governance/party_grid/duty_end.html",
        {"form": form, "duty": duty, "place": place_in_words(row), "back": page_of(row)},
    )
