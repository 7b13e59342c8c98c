"""Inspections on site and what is still to be mended."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from compounds.registry.places import places_of
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.forms import add_refusal
from governance.foundation.views import ListPage
from governance.organisation.scope import REGISTER_VIEW

from ..filters import InspectionFilterSet
from ..forms import InspectionForm, MendForm
from ..models import Inspection
from ..services import mend_order, record_inspection
from ..services.inspecting import proposed_due
from ..tables import InspectionTable
from .common import EDIT, FOLDER, compound_of, place_of


class InspectionList(ListPage):
    """Inspections of the reader's places, newest first; orders to mend by their state."""

    table = InspectionTable
    filterset = InspectionFilterSet
    template_name = f"{FOLDER}/inspection_list.html"
    default_sort = "-on"
    right = REGISTER_VIEW

    def visible(self):
        return Inspection.objects.visible_to(self.request.user)

    def page_context(self):
        user = self.request.user
        return {"places": places_of(user), "may_edit": user.scope.has(EDIT)}

    def extra_context(self, listing):
        inside, query = place_of(listing)
        rows = self.visible().filter(inside, order_due_on__isnull=False, mended_on=None)
        return {
            "query": query,
            "open": rows.count(),
            "late": rows.filter(order_due_on__lt=dates.today()).count(),
            "may_edit": self.request.user.scope.has(EDIT),
        }


inspection_list = InspectionList.as_view()


@login_required
def inspection_add(request, code):
    compound = compound_of(request, code, EDIT)
    today = dates.today()
    form = InspectionForm(request.POST or None, initial={"on": today})
    if request.method == "POST" and form.is_valid():
        try:
            record_inspection(by=request.user, compound=compound, **form.cleaned_data)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The inspection was entered."))
            return redirect("fees:compound_fees", compound.code)
    return render(
        request,
        f"{FOLDER}/inspection_add.html",
        {"form": form, "compound": compound, "proposed": proposed_due(today)},
    )


@login_required
def inspection_mend(request, pk):
    rows = Inspection.objects.visible_to(request.user).select_related("compound", "inspected_by")
    inspection = get_object_or_404(rows, pk=pk)
    request.user.scope.require(EDIT, inspection)
    first = {"mended_on": dates.today(), "version": inspection.version}
    form = MendForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            mend_order(by=request.user, inspection=inspection, **form.cleaned_data)
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect("fees:inspection_mend", inspection.pk)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("It was noted as mended."))
            return redirect("fees:compound_fees", inspection.compound.code)
    return render(
        request,
        f"{FOLDER}/inspection_mend.html",
        {"form": form, "inspection": inspection, "compound": inspection.compound},
    )
