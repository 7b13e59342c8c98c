"""Curves of a plan: what other dials would give, and what each rule and lock costs."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from compounds.classification.services import background
from compounds.classification.views.common import cancel_work
from governance.audit import services as audit
from governance.foundation import downloads
from governance.foundation.errors import DomainError, NotAllowed
from governance.organisation.access import right_required
from governance.organisation.scope import REGISTER_VIEW

from ..curve_sheets import sheets_of
from ..curves import CurvePage
from ..forms import CurveForm
from ..models import RUN, PlanCurve, PlanRun
from ..services.curves import start_curves, take_over
from .common import EXPORT, FOLDER, run_of

USUAL_SECONDS = 2


@require_safe
@right_required(REGISTER_VIEW)
def curve_detail(request, pk):
    """The latest finished curves of a plan; above them the progress of those being reckoned."""
    background.fail_stale(PlanCurve)
    run = run_of(request, pk)
    latest = run.curves.select_related("by").first()
    context = {"run": run, "latest": latest}
    if request.htmx and request.htmx.target == "progress" and latest is not None:
        answer = render(request, f"{FOLDER}/_curve_progress.html", {**context, "is_swap": True})
        if latest.is_finished:
            answer["HX-Refresh"] = "true"
        return answer
    return render(
        request, f"{FOLDER}/curve_detail.html", context | _page(request, run) | _acts(request, run)
    )


def _page(request, run: PlanRun) -> dict:
    shown = _finished(run)
    return {"shown": shown, "curves": CurvePage(shown) if shown else None}


def _finished(run: PlanRun) -> PlanCurve | None:
    """The latest finished curves of a run."""
    shown = run.curves.filter(state=PlanCurve.State.DONE).select_related("by").first()
    if shown is not None:
        shown.run = run
    return shown


def _acts(request, run: PlanRun) -> dict:
    scope = request.user.scope
    return {
        "form": CurveForm(initial={"seconds": USUAL_SECONDS}),
        "may_run": scope.can(RUN, run) and run.state == PlanRun.State.DONE,
        "may_export": scope.has(EXPORT),
    }


@require_POST
@right_required(RUN)
def curve_start(request, pk):
    run = run_of(request, pk)
    form = CurveForm(request.POST)
    if form.is_valid():
        try:
            start_curves(by=request.user, run=run, seconds=form.cleaned_data["seconds"])
        except NotAllowed:
            raise
        except DomainError as error:
            messages.error(request, str(error))
    else:
        messages.error(request, _("Give the seconds of each search as a whole number to 120."))
    return redirect("planning:curve_detail", pk)


@require_POST
@right_required(RUN)
def curve_take_over(request, pk):
    """A new plan that begins with the better one the searches found."""
    run = run_of(request, pk)
    shown = _finished(run)
    if shown is None:
        raise Http404
    try:
        return redirect("planning:plan_detail", take_over(by=request.user, curve=shown).pk)
    except NotAllowed:
        raise
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("planning:curve_detail", pk)


@require_POST
@right_required(RUN)
def curve_cancel(request, pk):
    latest = run_of(request, pk).curves.first()
    if latest is None:
        raise Http404
    cancel_work(request, latest, _("The curves stop after their present step."))
    return redirect("planning:curve_detail", pk)


@require_safe
@right_required(EXPORT)
def curve_export(request, pk):
    """The points of the curves and the prices, as a workbook; recorded."""
    run = run_of(request, pk)
    request.user.scope.require(EXPORT, run)
    shown = _finished(run)
    if shown is None:
        raise Http404
    sheets = sheets_of(CurvePage(shown), request.user)
    title = _("Curves of %(plan)s") % {"plan": run}
    count = sum(len(sheet.rows) for sheet in sheets)
    audit.record_export(
        by=request.user, kind=PlanCurve, label=f"{title} xlsx", count=count, words=""
    )
    return downloads.workbook(sheets, downloads.dated(title))
