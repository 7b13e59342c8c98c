"""The working group of a compound: seven roles (S3-2), who fills them, and a sheet to print."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.forms import add_refusal
from governance.party_grid.models import DutyKind
from governance.party_grid.services import duties
from governance.people.models import VIEW, Person

from .. import groups
from ..forms import RoleEndForm, RoleForm
from ..models import Pairing
from .pairing import FOLDER, compound_of

# Who usually fills a role: where several people share a name, these are meant.
STANDINGS = {
    "WG_COUNTY_CADRE": (Person.Standing.COUNTY_CADRE,),
    "WG_STREET": (Person.Standing.STREET_CADRE,),
    "WG_COMMUNITY": (Person.Standing.COMMUNITY_CADRE,),
}


@login_required
@require_safe
def group_detail(request, code):
    compound = compound_of(request, code, VIEW)
    roles = groups.group_of(compound)
    pairings = Pairing.objects.visible_to(request.user).held().filter(compound=compound)
    return render(
        request,
        f"{FOLDER}/group_detail.html",
        {
            "compound": compound,
            "roles": roles,
            "filled": sum(bool(role.holders) for role in roles),
            "may_edit": request.user.scope.can(duties.EDIT, compound),
            "cadres": pairings.filter(kind=Pairing.Kind.COUNTY_CADRE).select_related("person"),
        },
    )


@login_required
def group_assign(request, code):
    """Somebody for one role; `?role=` is the key of the duty."""
    compound = compound_of(request, code, duties.EDIT)
    kind = get_object_or_404(
        DutyKind, pk=request.GET.get("role", ""), pk__in=[role.pk for role in groups.roles()]
    )
    standings = STANDINGS.get(kind.key, ())
    form = RoleForm(
        request.POST or None,
        user=request.user,
        district=compound.district_id,
        standings=standings,
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        new = said["new_person"]
        if new:
            new |= {"compound": None, "standing": standings[0] if standings else ""}
            if kind.needs_member:
                new["political_status"] = Person.PoliticalStatus.FULL_MEMBER
        try:
            seated = duties.assign_duty(
                by=request.user,
                kind=kind,
                seat=compound,
                person=said["holder"],
                new_person=new,
                starts_on=said["starts_on"],
            )
        except (DomainError, ValidationError) as error:
            if isinstance(error, DomainError) and error.field == "person":
                error.field = "name"
            add_refusal(form, error)
        else:
            for sentence in seated.warnings:
                messages.warning(request, sentence)
            words = _("%(name)s now is %(role)s.")
            messages.success(request, words % {"name": seated.duty.person, "role": kind})
            return redirect("pairings:group_detail", compound.code)
    return render(
        request,
        f"{FOLDER}/group_assign.html",
        {"form": form, "compound": compound, "role": kind},
    )


@login_required
def group_end(request, pk):
    """End a role of the working group."""
    duty = get_object_or_404(
        groups.held()
        .filter(request.user.scope.granted(VIEW))
        .select_related("person", "kind", "compound"),
        pk=pk,
    )
    request.user.scope.require(duties.EDIT, duty)
    form = RoleEndForm(request.POST or None, initial={"version": duty.version})
    if request.method == "POST" and form.is_valid():
        try:
            duties.end_duty(by=request.user, duty=duty, **form.cleaned_data)
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect("pairings:group_end", duty.pk)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The duty was ended."))
            return redirect("pairings:group_detail", duty.compound.code)
    return render(
        request,
        f"{FOLDER}/group_end.html",
        {"form": form, "duty": duty, "compound": duty.compound},
    )
