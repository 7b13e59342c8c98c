"""Correcting many compounds at once: choose fields, see how many change, save once."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.foundation.errors import DomainError
from governance.foundation.forms import add_refusal

from ..forms import BULK, BulkForm
from ..models import Compound
from ..services import compounds
from .compounds import picked_compounds


@login_required
def bulk_edit(request):
    """First the fields, then their values with a preview, then the change itself."""
    rows = picked_compounds(request, "registry.edit")
    parameters = request.POST if request.method == "POST" else request.GET
    chosen = [name for name in BULK if name in parameters.getlist("fields")]
    page = {"rows": rows, "chosen": chosen}
    if not rows or not chosen:
        page["choices"] = [
            (name, capfirst(Compound._meta.get_field(name).verbose_name)) for name in BULK
        ]
        return render(request, "compounds/registry/bulk_fields.html", page)
    form = BulkForm(request.POST if request.method == "POST" else None, only=chosen)
    page["form"] = form
    if request.method == "POST" and form.is_valid():
        page["changing"] = _changing(rows, form.changes)
        if request.POST.get("act") == "save":
            try:
                count = compounds.change_many(
                    by=request.user,
                    ids=[row.pk for row in rows],
                    changes=form.changes,
                    source=form.cleaned_data["source"],
                    reason=form.cleaned_data["reason"],
                )
            except (DomainError, ValidationError) as error:
                add_refusal(form, error)
            else:
                messages.success(
                    request,
                    ngettext(
                        "%(n)s compound was corrected.", "%(n)s compounds were corrected.", count
                    )
                    % {"n": count},
                )
                return redirect("registry:compound_list")
    return render(request, "compounds/registry/bulk_edit.html", page)


def _changing(rows, changes) -> dict:
    """How many rows change, and by field from which values."""
    fields = []
    for name, value in changes.items():
        differing = [row for row in rows if getattr(row, name) != value]
        before: dict[str, int] = {}
        for row in differing:
            words = _words(name, getattr(row, name))
            before[words] = before.get(words, 0) + 1
        fields.append(
            {
                "label": capfirst(Compound._meta.get_field(name).verbose_name),
                "after": _words(name, value),
                "count": len(differing),
                "before": sorted(before.items(), key=lambda item: -item[1])[:6],
            }
        )
    count = sum(any(getattr(row, name) != value for name, value in changes.items()) for row in rows)
    return {"count": count, "fields": fields}


def _words(name: str, value) -> str:
    if value is None or value == "":
        return _("unknown")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(dict(Compound._meta.get_field(name).flatchoices).get(value, value))
