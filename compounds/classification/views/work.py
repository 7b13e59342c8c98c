"""Lists to work on: what keeps compounds from a strategy, and what will change soon."""

from io import BytesIO

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from compounds.registry.places import places_of
from governance.audit import services as audit
from governance.foundation.spreadsheets import write_xlsx
from governance.organisation.access import right_required
from governance.organisation.scope import REGISTER_VIEW

from .. import filters, worklists  # noqa: F401 - offers filters to the register
from .common import page_of
from .trials import XLSX


def _desk(request) -> worklists.Desk:
    places = places_of(request.user)
    chosen = {}
    for name in ("street", "community"):
        place = places.by_code.get(request.GET.get(name, ""))
        if place is not None:
            chosen[f"{name}_id"] = place.id
    return worklists.Desk(request.user, chosen)


@require_GET
@right_required(REGISTER_VIEW)
def work_list(request):
    """Every list with its count; the chosen one with its rows."""
    desk = _desk(request)
    lists = worklists.counted(desk)
    chosen = request.GET.get("list", "")
    if chosen not in worklists.LISTS:
        chosen = next((one.key for one in lists if one.count), worklists.FACTS)
    fact = request.GET.get("fact", "")
    context = {
        "lists": lists,
        "chosen": chosen,
        "title": next(one for one in lists if one.key == chosen),
        "places": places_of(request.user),
        "street": request.GET.get("street", ""),
        "community": request.GET.get("community", ""),
        "near_percent": settings.NEAR_THRESHOLD_PERCENT,
        "warning_days": settings.OVERRIDE_WARNING_DAYS,
        "can_edit": request.user.scope.has("registry.edit"),
        "can_invite": request.user.scope.has("provider.invite"),
    }
    if chosen == worklists.FACTS:
        context |= worklists.facts(desk, fact)
        context["codes"] = {place.id: place.code for place in context["places"].communities}
        context["page"] = page_of(request, context["waiting"])
    else:
        context["page"] = page_of(request, worklists.rows(desk, chosen))
        if chosen == worklists.NEAR:
            context["near"] = worklists.near_rows(context["page"].object_list)
    return render(request, "compounds/classification/work_list.html", context)


@require_GET
@right_required("registry.export")
def work_export(request):
    """One list as a workbook, under the same filters."""
    desk = _desk(request)
    chosen = request.GET.get("list", "")
    if chosen not in worklists.LISTS:
        chosen = worklists.FACTS
    target = BytesIO()
    write_xlsx(target, [worklists.sheet(desk, chosen, request.GET.get("fact", ""))])
    with transaction.atomic():
        audit.record("export", by=request.user, changes={"work list": [None, chosen]})
    answer = HttpResponse(target.getvalue(), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="work-{chosen}.xlsx"'
    return answer
