"""On A4: the exit review, the letter 追回通知, the plan of instalments."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from governance.foundation import dates

from ..models import Clawback
from ..services.clawbacks import lines_of
from ..wording import TAKES
from .clawbacks import arithmetic
from .common import FOLDER, clawback_of, review_of
from .exits import kept_account


@login_required
@require_safe
def exit_sheet(request, pk):
    review = review_of(request, pk)
    context = {"review": review, "row": review.entitlement, **kept_account(review)}
    return render(request, f"{FOLDER}/exit_sheet.html", {**context, "today": dates.today()})


@login_required
@require_safe
def clawback_letter(request, pk):
    """The letter to the firm; there is none before the decision."""
    row = clawback_of(request, pk)
    if row.notified_on is None:
        raise Http404
    context = {
        "claim": row,
        "row": row.entitlement,
        "claim_rows": arithmetic(lines_of(row)),
        "takes": TAKES[row.computation["takes"]],
        "days": row.entitlement.programme.appeal_days,
    }
    return render(request, f"{FOLDER}/clawback_letter.html", context)


@login_required
@require_safe
def plan_sheet(request, pk):
    row = clawback_of(request, pk)
    if row.notified_on is None or row.state == Clawback.State.CANCELLED:
        raise Http404
    rows = row.instalments.order_by("due_on", "position")
    context = {"claim": row, "row": row.entitlement, "instalments": rows, "today": dates.today()}
    return render(request, f"{FOLDER}/plan_sheet.html", context)
