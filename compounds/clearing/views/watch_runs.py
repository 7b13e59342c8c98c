"""Runs of the watch: start, watch, cancel, and what each changed."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from compounds.classification.errors import NotOpen
from compounds.classification.services import cancel, fail_stale
from compounds.classification.views.common import area_chosen, page_of, seen_or_404
from governance.foundation.errors import DomainError, NotAllowed
from governance.organisation.access import right_required
from governance.organisation.scope import REGISTER_VIEW

from ..models import WatchRun, WatchScore
from ..models.watch import Band
from ..rules import watch as rules
from ..services import watch_runs
from ..services.watch_runs import RIGHT
from .watch import FOLDER


def _visible(request):
    return WatchRun.objects.visible_to(request.user).select_related(
        "area", "by", "policy", "policy__district"
    )


@require_GET
@right_required(REGISTER_VIEW)
def watch_run_list(request):
    fail_stale(WatchRun)
    return render(
        request,
        f"{FOLDER}/watch_run_list.html",
        {"page": page_of(request, _visible(request)), "may_run": request.user.scope.has(RIGHT)},
    )


@require_POST
@right_required(RIGHT)
def watch_run_start(request):
    """Judge the area chosen, or all that the writer's posts allow."""
    try:
        run = watch_runs.start_watch_run(by=request.user, area=area_chosen(request))
    except NotAllowed:
        raise
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("clearing:watch_list")
    return redirect("clearing:watch_run_detail", run.pk)


@require_GET
@right_required(REGISTER_VIEW)
def watch_run_detail(request, pk):
    """The run's permanent page; while it runs, its progress."""
    fail_stale(WatchRun)
    run = seen_or_404(_visible(request), pk=pk)
    scope = request.user.scope
    context = {
        "run": run,
        "can_cancel": not run.is_finished
        and (run.by_id == request.user.pk or scope.can(RIGHT, run.area)),
        "can_start": scope.can(RIGHT, run.area),
    }
    if request.htmx and request.htmx.target == "progress":
        answer = render(
            request, "compounds/classification/_progress.html", {"work": run, **context}
        )
        if run.is_finished:
            answer["HX-Refresh"] = "true"
        return answer
    if run.is_finished:
        context |= _results(request, run)
    return render(request, f"{FOLDER}/watch_run_detail.html", context)


def _results(request, run) -> dict:
    """What the run wrote, seen through the reader's scope."""
    written = (
        WatchScore.objects.visible_to(request.user)
        .filter(run=run)
        .select_related("case", "case__compound", "community")
        .order_by("-score", "pk")
    )
    bands = run.counts.get("bands", {})
    signals = run.counts.get("signals", {})
    return {
        "bands": [(band, bands.get(band.value, 0)) for band in reversed(Band)],
        "signals": [
            (rules.SIGNALS[key], counts.get("+", 0), counts.get("?", 0))
            for key, counts in signals.items()
            if key in rules.SIGNALS
        ],
        "page": page_of(request, written),
        "before": _visible(request)
        .filter(area=run.area, started_at__lt=run.started_at, state=WatchRun.State.DONE)
        .first(),
    }


@require_POST
@right_required(REGISTER_VIEW)
def watch_run_cancel(request, pk):
    run = seen_or_404(_visible(request), pk=pk)
    try:
        cancel(by=request.user, work=run)
        messages.success(request, _("The run stops after its present step."))
    except NotOpen as error:
        messages.error(request, str(error))
    return redirect("clearing:watch_run_detail", run.pk)
