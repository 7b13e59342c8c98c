"""Buildings of a compound: add, correct, delete."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from governance.foundation.errors import DomainError
from governance.foundation.forms import add_refusal

from ..building_forms import BuildingForm, EntrancesField
from ..forms import ReasonForm
from ..services import buildings
from .compounds import compound_of, to_dossier


@login_required
def building_add(request, code):
    compound = compound_of(request, code, "registry.edit")
    form = BuildingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            building = buildings.add_building(
                by=request.user,
                compound=compound,
                facts=form.facts,
                entrances=form.cleaned_data["entrances"],
            )
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("%s was added.") % building.number)
            return to_dossier(compound, "buildings")
    return _page(request, form, compound, None)


@login_required
def building_edit(request, code, pk):
    compound = compound_of(request, code, "registry.edit")
    building = get_object_or_404(compound.buildings, pk=pk)
    form = BuildingForm(
        request.POST or None,
        instance=building,
        initial={"entrances": EntrancesField.listed(building), "version": building.version},
    )
    if request.method == "POST" and form.is_valid():
        try:
            buildings.change_building(
                by=request.user,
                building=building,
                version=form.cleaned_data["version"] or 0,
                facts=form.facts,
                entrances=form.cleaned_data["entrances"],
            )
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("%s was corrected.") % form.facts["number"])
            return to_dossier(compound, "buildings")
    return _page(request, form, compound, building)


def _page(request, form, compound, building):
    return render(
        request,
        "compounds/registry/building_edit.html",
        {"form": form, "compound": compound, "building": building},
    )


@login_required
def building_delete(request, code, pk):
    compound = compound_of(request, code, "registry.edit")
    building = get_object_or_404(compound.buildings, pk=pk)
    form = ReasonForm(request.POST or None, initial={"version": building.version})
    if request.method == "POST" and form.is_valid():
        try:
            buildings.delete_building(
                by=request.user,
                building=building,
                version=form.cleaned_data["version"] or 0,
                reason=form.cleaned_data["reason"],
            )
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("%s was deleted.") % building.number)
            return to_dossier(compound, "buildings")
    return render(
        request,
        "compounds/registry/building_delete.html",
        {"form": form, "compound": compound, "building": building},
    )
