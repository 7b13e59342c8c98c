"""Party organisations: list, detail, found, change, dissolve."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from compounds.registry.models import Compound, Status
from governance.foundation import dates
from governance.foundation.errors import DomainError
from governance.foundation.forms import add_refusal
from governance.organisation.access import right_required
from governance.organisation.models import Level
from governance.organisation.scope import REGISTER_VIEW

from .. import filters, questions, tables
from ..forms import DissolveForm, OrganisationForm, PlaceForm, kinds_in
from ..models import OrganisationCover, PartyOrganisation
from ..models.organisations import KINDS
from ..rules import OrganisationKind
from ..services import organisations
from ..services.duties import EDIT, norms_of
from ..services.organisations import COVERING
from .common import PEOPLE, PartyList, heads_of, numbers
from .duties import open_kinds

SHOWN = 300


def covers_of_active():
    """Covers of compounds that are still there."""
    return OrganisationCover.objects.filter(compound__status=Status.ACTIVE)


class OrganisationList(PartyList):
    """Party organisations of the reader's places."""

    template_name = "governance/party_grid/organisation_list.html"
    filterset = filters.OrganisationFilterSet
    default_sort = "kind"

    @property
    def table(self):
        if self.request.user.scope.covers(PEOPLE):
            return tables.OrganisationTable
        return tables.NamelessOrganisationTable

    def visible(self):
        return PartyOrganisation.objects.visible_to(self.request.user)

    def beside(self, listing):
        covers = numbers(covers_of_active(), "organisation", listing.ids)
        # Committees cover no compound themselves.
        committees = PartyOrganisation.objects.filter(
            pk__in=listing.ids, kind__lt=OrganisationKind.BRANCH
        )
        listing.context["covers"] = covers | dict.fromkeys(committees.values_list("pk", flat=True))
        if listing.context["sees_people"]:
            listing.context["heads"] = heads_of("organisation", listing.ids)


organisation_list = OrganisationList.as_view()


def organisation_of(request, pk: int, right: str = "") -> PartyOrganisation:
    """An organisation in the reader's scope, for an act that needs a right there."""
    rows = PartyOrganisation.objects.visible_to(request.user).select_related(
        "parent", "grid", "compound", "building", "community", "street", "district"
    )
    row = get_object_or_404(rows, pk=pk)
    if right:
        request.user.scope.require(right, row)
    return row


@login_required
@require_safe
def organisation_detail(request, pk):
    user = request.user
    user.scope.require(REGISTER_VIEW)
    rows = PartyOrganisation.objects.along(user).select_related(
        "parent__parent__parent__parent", "grid", "compound", "building", "community", "street"
    )
    row = get_object_or_404(rows, pk=pk)
    sees_people = user.scope.can(PEOPLE, row)
    held = row.duties.held().select_related("kind", "person").order_by("kind__position", "pk")
    above, one = [], row.parent
    while one is not None:
        above.insert(0, one)
        one = one.parent if len(above) < 4 else None
    may_edit = user.scope.can(EDIT, row) and row.dissolved_on is None
    norms = norms_of(row)
    until = questions.warned_until(dates.today(), norms)
    inside = row.covers.filter(
        compound__in=Compound.objects.active().visible_to(user).values("pk")
    ).select_related("compound__community")
    children = row.children.standing().visible_to(user).order_by("kind", "name")
    duties = list(held)
    return render(
        request,
        "governance/party_grid/organisation_detail.html",
        {
            "organisation": row,
            "above": above,
            "children": children[:SHOWN],
            "covers": inside.order_by("compound__name")[:SHOWN],
            "cover_count": covers_of_active().filter(organisation=row).count(),
            "covering": row.kind in COVERING,
            "duties": duties if sees_people else [],
            "duty_count": len(duties),
            "vacant": _vacant_lead(row, duties),
            "sees_people": sees_people,
            "may_edit": may_edit,
            "kinds": open_kinds(row, duties) if may_edit else [],
            "today": dates.today(),
            "until": until,
            "below_norm": _members_against(row, norms),
        },
    )


def _vacant_lead(row: PartyOrganisation, duties) -> bool:
    """Whether the seat of secretary or leader is empty."""
    key = "GROUP_LEADER" if row.kind == OrganisationKind.GROUP else "SECRETARY"
    return all(duty.kind_id != key for duty in duties)


def _members_against(row: PartyOrganisation, norms) -> str:
    """ "few" or "many" full members against the norm of its kind, "" otherwise."""
    count = row.full_member_count
    if count is None:
        return ""
    if row.kind == OrganisationKind.BRANCH:
        if count < norms.branch_members_min:
            return "few"
        return "many" if count > norms.branch_members_max else ""
    is_group = row.kind == OrganisationKind.GROUP
    return "few" if is_group and count < norms.group_members_min else ""


@right_required(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_add(request):
    """First the place, then the facts; the place gives the choices."""
    levels = [Level.DISTRICT, Level.STREET, Level.COMMUNITY]
    place = PlaceForm(
        request.GET if "area" in request.GET else None, user=request.user, levels=levels
    )
    if not place.is_valid():
        return render(request, "governance/party_grid/organisation_place.html", {"form": place})
    area = place.cleaned_data["area"]
    initial = {
        name: request.GET[name]
        for name in ("parent", "grid", "compound")
        if request.GET.get(name, "").isdecimal() and len(request.GET[name]) < 19
    }
    kinds = kinds_in(area)
    initial["kind"] = next((k for k in kinds if str(k) == request.GET.get("kind")), kinds[0])
    if "kind" not in request.GET and len(kinds) > 1:
        initial["kind"] = OrganisationKind.BRANCH.value
    form = OrganisationForm(request.POST or None, area=area, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            row = organisations.add_organisation(
                by=request.user,
                area=area,
                facts=form.facts,
                compounds=form.cleaned_data.get("compounds") or None,
            )
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("%s was founded.") % row.name)
            return redirect("party_grid:organisation_detail", row.pk)
    return render(
        request,
        "governance/party_grid/organisation_add.html",
        {
            "form": form,
            "area": area,
            "kinds": [(kind, label) for kind, label in KINDS if kind in kinds],
            "chosen": initial["kind"],
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_edit(request, pk):
    row = organisation_of(request, pk, EDIT)
    area = row.community or row.street or row.district
    form = OrganisationForm(request.POST or None, area=area, organisation=row)
    if request.method == "POST" and form.is_valid():
        try:
            organisations.change_organisation(
                by=request.user,
                organisation=row,
                version=form.cleaned_data["version"] or 0,
                changes=form.facts,
                compounds=form.cleaned_data.get("compounds"),
            )
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("%s was corrected.") % form.cleaned_data["name"])
            return redirect("party_grid:organisation_detail", row.pk)
    return render(
        request,
        "governance/party_grid/organisation_edit.html",
        {"form": form, "organisation": row},
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_dissolve(request, pk):
    row = organisation_of(request, pk, EDIT)
    form = DissolveForm(request.POST or None, initial={"version": row.version})
    if request.method == "POST" and form.is_valid():
        try:
            organisations.dissolve_organisation(
                by=request.user,
                organisation=row,
                version=form.cleaned_data["version"],
                dissolved_on=form.cleaned_data["dissolved_on"],
                document_number=form.cleaned_data["document_number"],
                reason=form.cleaned_data["reason"],
            )
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("%s was dissolved.") % row.name)
            return redirect("party_grid:organisation_detail", row.pk)
    return render(
        request,
        "governance/party_grid/organisation_dissolve.html",
        {
            "form": form,
            "organisation": row,
            "held": row.duties.held().count(),
            "below": row.children.standing().order_by("name")[:SHOWN],
            "covered": covers_of_active().filter(organisation=row).count(),
        },
    )
