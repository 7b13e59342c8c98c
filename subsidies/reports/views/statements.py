"""对账单: all firms of a period, and one firm by compound and month."""

from __future__ import annotations

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from compounds.providers.models import Provider
from governance.organisation.access import right_required
from subsidies.ledger.models import VIEW

from .. import sheets, statements
from ..rules.flows import ZERO, total
from .common import FOLDER, about, as_workbook, base, period_of


@right_required(VIEW)
@require_safe
def statement_list(request):
    """Every firm with its opening balance, movements and closing balance."""
    period = period_of(request)
    found = statements.firms(request.user, period)
    return render(
        request,
        f"{FOLDER}/statement_list.html",
        {
            **base(request, "statements"),
            "period": period,
            "firms": found,
            "all": statements.Behind(period),
            "sums": total(one.sums for one in found),
            "opening": sum((one.opening for one in found), ZERO),
            "closing": sum((one.closing for one in found), ZERO),
        },
    )


@right_required(VIEW)
@require_safe
def statement_list_export(request):
    period = period_of(request)
    found = statements.firms(request.user, period)
    sheet = sheets.firms(found, period, **about(request))
    return as_workbook(request, sheet, f"{sheets.FIRMS}-{period.last:%Y%m%d}", str(period))


def _statement(request, pk: int) -> statements.Statement:
    """The statement of a firm of the reader's districts; 404 elsewhere."""
    rows = Provider.objects.filter(district__in=request.user.scope.in_districts(VIEW))
    return statements.Statement(request.user, get_object_or_404(rows, pk=pk), period_of(request))


@right_required(VIEW)
@require_safe
def statement_detail(request, pk):
    """One firm's statement: to look at, to print, to sign."""
    found = _statement(request, pk)
    return render(
        request,
        f"{FOLDER}/statement_detail.html",
        {**base(request, "statements"), "statement": found, "period": found.period},
    )


@right_required(VIEW)
@require_safe
def statement_export(request, pk):
    found = _statement(request, pk)
    sheet = sheets.statement(found, **about(request))
    name = f"{sheets.STATEMENT}-{found.provider.name}-{found.period.last:%Y%m%d}"
    return as_workbook(request, sheet, name, f"{found.provider.name} {found.period}")
