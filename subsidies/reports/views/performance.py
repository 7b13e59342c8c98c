"""绩效自评: cost, output and effect of a period's subsidies."""

from __future__ import annotations

from django.shortcuts import render
from django.views.decorators.http import require_safe

from compounds.fees.models import ServiceStage
from governance.organisation.access import right_required
from governance.organisation.scope import REGISTER_VIEW

from .. import sheets
from ..performance import Performance
from .common import FOLDER, about, as_workbook, base, period_of


@right_required(REGISTER_VIEW)
@require_safe
def performance(request):
    """By programme, street and firm, to be printed and signed."""
    found = Performance(request.user, period_of(request))
    stages = [(label, found.by_stage.get(code, 0)) for code, label in ServiceStage.Stage.choices]
    return render(
        request,
        f"{FOLDER}/performance.html",
        {
            **base(request, "performance"),
            "found": found,
            "period": found.period,
            "total": found.total,
            "stages": stages,
        },
    )


@right_required(REGISTER_VIEW)
@require_safe
def performance_export(request):
    found = Performance(request.user, period_of(request))
    sheet = sheets.effect(found, **about(request))
    name = f"{sheets.PERFORMANCE}-{found.period.last:%Y%m%d}"
    return as_workbook(request, sheet, name, str(found.period))
