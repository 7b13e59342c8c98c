"""Adding and correcting compounds, merging, demolition, adjacency."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.forms import add_refusal

from ..forms import (
    AdjacencyForm,
    CompoundAddForm,
    CompoundEditForm,
    DemolishForm,
    MergeForm,
)
from ..models import Compound
from ..services import buildings, compounds


def compound_of(request, code: str, right: str) -> Compound:
    """The compound in the reader's scope, for an act that needs a right there."""
    compound = get_object_or_404(
        Compound.objects.visible_to(request.user).select_related("street", "community"),
        code=code,
    )
    request.user.scope.require(right, compound)
    return compound


def to_dossier(compound: Compound, tab: str = ""):
    name = f"dashboards:dossier_{tab}" if tab else "dashboards:compound_dossier"
    return redirect(name, compound.code)


@login_required
def compound_add(request):
    request.user.scope.require("registry.edit")
    form = CompoundAddForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            compound = compounds.add_compound(
                by=request.user,
                community=form.cleaned_data["community"],
                facts=form.facts,
                source=form.cleaned_data["source"],
            )
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(
                request,
                _("%(name)s was entered under %(code)s.")
                % {"name": compound.name, "code": compound.code},
            )
            return to_dossier(compound)
    return render(request, "compounds/registry/compound_add.html", {"form": form})


@login_required
def compound_edit(request, code):
    compound = compound_of(request, code, "registry.edit")
    only = None
    if request.GET.get("missing"):
        only = [*compound.missing, *(["latitude"] if "longitude" in compound.missing else [])]
    if request.method == "POST":
        form = CompoundEditForm(request.POST, instance=compound, only=only or None)
        conflict = None
        if form.is_valid():
            try:
                row = compounds.change_compound(
                    by=request.user,
                    compound=compound,
                    version=form.cleaned_data["version"],
                    changes=form.facts,
                    source=form.cleaned_data["source"],
                    dated_on=form.cleaned_data["dated_on"],
                    reason=form.cleaned_data["reason"],
                )
            except StaleRecord as error:
                form, conflict = _draft_on(form, error.current)
                messages.warning(request, str(error))
            except (DomainError, ValidationError) as error:
                add_refusal(form, error)
            else:
                if row.version == form.cleaned_data["version"]:
                    messages.info(request, _("Nothing was different; nothing was saved."))
                else:
                    messages.success(request, _("The facts of %s were corrected.") % row.name)
                    if row.is_unmanaged:
                        messages.info(request, _("The next classification judges by these facts."))
                return to_dossier(row)
    else:
        form = CompoundEditForm(
            instance=compound,
            only=only or None,
            initial={"version": compound.version, "dated_on": dates.today()},
        )
        conflict = None
    return render(
        request,
        "compounds/registry/compound_edit.html",
        {"form": form, "compound": compound, "conflict": conflict, "only_missing": bool(only)},
    )


def _draft_on(form: CompoundEditForm, current: Compound):
    """The draft on top of the row as it is now, and the fields that both have changed.

    What only the other person changed is taken over; what the draft changed is kept.
    """
    opened = (
        Compound.history.filter(id=current.pk, version=form.cleaned_data["version"])
        .order_by("-history_id")
        .first()
    )
    initial = {
        "version": current.version,
        "source": form.cleaned_data["source"],
        "dated_on": form.cleaned_data["dated_on"],
        "reason": form.cleaned_data["reason"],
    }
    both = []
    for name, mine in form.facts.items():
        theirs = getattr(current, name)
        base = getattr(opened, name) if opened else theirs
        if mine == theirs:
            initial[name] = theirs
            continue
        is_mine = mine != base or opened is None
        initial[name] = mine if is_mine else theirs
        if theirs != base or opened is None:
            both.append(
                {
                    "name": name,
                    "label": capfirst(current._meta.get_field(name).verbose_name),
                    "mine": _shown(current, name, mine if is_mine else base),
                    "theirs": _shown(current, name, theirs),
                    "is_both": is_mine,
                }
            )
    draft = CompoundEditForm(instance=current, initial=initial, only=list(form.fields))
    return draft, both


def _shown(row: Compound, name: str, value) -> str:
    field = row._meta.get_field(name)
    if value is None or value == "":
        return _("unknown")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(dict(field.flatchoices).get(value, value))


@login_required
def compound_merge(request, code):
    compound = compound_of(request, code, "registry.merge")
    form = MergeForm(request.POST or None, user=request.user, initial={"version": compound.version})
    if request.method == "POST" and form.is_valid():
        try:
            compounds.merge_compound(by=request.user, compound=compound, **form.cleaned_data)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            into = form.cleaned_data["into"]
            messages.success(request, _("Merged into %s.") % into.name)
            return to_dossier(into)
    return render(
        request,
        "compounds/registry/compound_merge.html",
        {
            "form": form,
            "compound": compound,
            "twins": Compound.objects.visible_to(request.user)
            .active()
            .filter(community_id=compound.community_id)
            .exclude(pk=compound.pk)
            .order_by("name")
            .values_list("code", "name")[:200],
        },
    )


@login_required
def compound_demolish(request, code):
    compound = compound_of(request, code, "registry.merge")
    form = DemolishForm(request.POST or None, initial={"version": compound.version})
    if request.method == "POST" and form.is_valid():
        try:
            compounds.demolish_compound(by=request.user, compound=compound, **form.cleaned_data)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The demolition of %s was recorded.") % compound.name)
            return to_dossier(compound)
    return render(
        request,
        "compounds/registry/compound_demolish.html",
        {"form": form, "compound": compound},
    )


@login_required
def adjacency_edit(request, code):
    compound = compound_of(request, code, "registry.edit")
    form = AdjacencyForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            buildings.correct_adjacency(by=request.user, compound=compound, **form.cleaned_data)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The adjacency was corrected."))
            return to_dossier(compound)
    return render(
        request, "compounds/registry/adjacency_edit.html", {"form": form, "compound": compound}
    )
