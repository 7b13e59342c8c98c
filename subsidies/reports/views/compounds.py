"""Entitlements with their money, in the reader's places; also for those who see no ledger."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from governance.foundation import dates
from governance.organisation.access import right_required
from governance.organisation.scope import REGISTER_VIEW

from .. import sheets
from ..holders import Holders
from .common import FOLDER, MOST_ROWS, PAGE, about, as_workbook, base, is_too_much


@right_required(REGISTER_VIEW)
@require_safe
def compound_list(request):
    """A line for each entitlement that holds money, and the sums of all of them."""
    found = Holders(request.user, request.GET)
    page = Paginator(found.rows, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        f"{FOLDER}/compound_list.html",
        {
            **base(request, "compounds"),
            "found": found,
            "page": page,
            "lines": [found.line(row) for row in page.object_list],
            "totals": found.totals,
        },
    )


@right_required(REGISTER_VIEW)
@require_safe
def compound_export(request):
    found = Holders(request.user, request.GET)
    if is_too_much(request, found.rows.count()):
        return redirect(f"{reverse('reports:compound_list')}?{request.GET.urlencode()}")
    words = "; ".join(f"{name} {value}" for name, value in found.applied)
    sheet = sheets.held(found, MOST_ROWS, **about(request))
    return as_workbook(request, sheet, f"{sheets.HOLDERS}-{dates.today():%Y%m%d}", words)
