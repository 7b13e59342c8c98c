"""资金总览: a budget year at a glance, what is to come and out of order, what stands behind."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from governance.foundation import dates
from governance.organisation.access import right_required
from subsidies.ledger.models import VIEW

from .. import budgets, exceptions, lines, outlook, sheets
from .common import FOLDER, MOST_ROWS, PAGE, about, as_workbook, base, is_too_much


def _budget(request) -> tuple[budgets.Budget, list[int]]:
    known = budgets.years(request.user)
    year = budgets.chosen_year(request.GET.get("year", ""), known)
    return budgets.Budget(request.user, year), known


@right_required(VIEW)
@require_safe
def overview(request):
    """The money of a budget year by line and indicator, and the exceptions of today."""
    budget, known = _budget(request)
    return render(
        request,
        f"{FOLDER}/overview.html",
        {
            **base(request, "overview"),
            "budget": budget,
            "years": known,
            "kinds": exceptions.counts(request.user, dates.today()),
        },
    )


@right_required(VIEW)
@require_safe
def overview_export(request):
    budget, _known = _budget(request)
    found = [sheets.overview(budget, **about(request))]
    needs = outlook.outlook(request.user, budget.year).obligations
    if needs:
        found.append(sheets.obligations(needs, **about(request)))
    return as_workbook(request, found, f"{sheets.OVERVIEW}-{budget.year}", str(budget.year))


@right_required(VIEW)
@require_safe
def outlook_detail(request):
    """What approved entitlements still need, month by month: a page, and the fragment of one."""
    budget, _known = _budget(request)
    found = outlook.outlook(request.user, budget.year)
    name = "_outlook.html" if request.htmx else "outlook.html"
    return render(
        request,
        f"{FOLDER}/{name}",
        {**base(request, "overview"), "outlook": found, "budget": budget},
    )


@right_required(VIEW)
@require_safe
def posting_list(request):
    """The postings that make up a figure, with their signed sum."""
    found = lines.Postings(request.user, request.GET)
    count, total = found.totals
    pages = Paginator(found.page_rows, PAGE)
    pages.count = count
    page = pages.get_page(request.GET.get("page"))
    rows = [(row, row.amount * found.sign(row)) for row in page.object_list]
    return render(
        request,
        f"{FOLDER}/posting_list.html",
        {
            **base(request, "overview"),
            "found": found,
            "page": page,
            "rows": rows,
            "count": count,
            "total": total,
        },
    )


@right_required(VIEW)
@require_safe
def posting_export(request):
    found = lines.Postings(request.user, request.GET)
    if is_too_much(request, found.totals[0]):
        return redirect(f"{reverse('reports:posting_list')}?{request.GET.urlencode()}")
    words = "; ".join(f"{name} {value}" for name, value in found.applied)
    sheet = sheets.postings(found, MOST_ROWS, **about(request))
    return as_workbook(request, sheet, f"{sheets.POSTINGS}-{dates.today():%Y%m%d}", words)


def _kind(request) -> exceptions.Kind:
    """The kind of exception an address asks for; the first where it names none."""
    return exceptions.BY_KEY.get(request.GET.get("kind", ""), exceptions.KINDS[0])


@right_required(VIEW)
@require_safe
def exception_list(request):
    """One kind of exception: whose, since when, about how much."""
    kind, today = _kind(request), dates.today()
    found = list(kind.lines(request.user, today))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    amounts = [line.amount for line in found if line.amount is not None]
    return render(
        request,
        f"{FOLDER}/exception_list.html",
        {
            **base(request, "overview"),
            "kind": kind,
            "kinds": exceptions.KINDS,
            "page": page,
            "count": len(found),
            "total": sum(amounts) if amounts else None,
        },
    )


@right_required(VIEW)
@require_safe
def exception_export(request):
    kind, today = _kind(request), dates.today()
    sheet = sheets.abnormal(kind, request.user, today, **about(request))
    name = f"{sheets.EXCEPTIONS}-{kind.key}-{today:%Y%m%d}"
    return as_workbook(request, sheet, name, str(kind.label))
