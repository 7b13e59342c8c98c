"""Runs: start, watch, cancel, and what each changed."""

from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Case, F, OuterRef, Q, Subquery, When
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from governance.foundation.errors import DomainError
from governance.organisation.access import right_required
from governance.organisation.scope import REGISTER_VIEW

from .. import figures, services
from ..models import Decision, Run
from ..services.work_lists import facts_to_ask
from .common import area_chosen, cancel_work, page_of, seen_or_404


def _visible(request):
    return Run.objects.visible_to(request.user).select_related(
        "area", "by", "policy", "policy__district"
    )


@require_GET
@right_required(REGISTER_VIEW)
def run_list(request):
    services.fail_stale(Run)
    return render(
        request,
        "compounds/classification/run_list.html",
        {"page": page_of(request, _visible(request))},
    )


@require_POST
@right_required("classification.run")
def run_start(request):
    """Classify the area chosen, or all that the writer's posts allow."""
    try:
        run = services.start_run(by=request.user, area=area_chosen(request))
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("classification:overview")
    return redirect("classification:run_detail", run.pk)


@require_GET
@right_required(REGISTER_VIEW)
def run_detail(request, pk):
    """The run's permanent page; while it runs, its progress."""
    services.fail_stale(Run)
    run = seen_or_404(_visible(request), pk=pk)
    context = {
        "run": run,
        "can_cancel": _can_cancel(request.user, run),
        "can_start": request.user.scope.can("classification.run", run.area),
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
    return render(request, "compounds/classification/run_detail.html", context)


def _can_cancel(user, run) -> bool:
    return not run.is_finished and (
        run.by_id == user.pk or user.scope.can("classification.run", run.area)
    )


def _results(request, run) -> dict:
    """What the run wrote, seen through the reader's scope."""
    before = Decision.objects.filter(
        compound=OuterRef("compound"), decided_at__lt=OuterRef("decided_at")
    ).order_by("-decided_at", "-pk")
    written = (
        Decision.objects.visible_to(request.user)
        .filter(run=run, decided_by=run.by_id)
        .annotate(
            outcome_before=Subquery(before.values("outcome")[:1]),
            strategy_before=Subquery(before.values("strategy")[:1]),
        )
        .select_related("compound", "street", "community", "rule")
    )
    order = ("street_id", "community_id", "compound_id")
    if 0 < run.moved < run.changed:
        is_same = Q(outcome=F("outcome_before"), strategy=F("strategy_before"))
        order = (Case(When(is_same, then=1), default=0), *order)
    current = Decision.objects.visible_to(request.user).filter(
        **{f"{_level(run.area)}_id": run.area_id}
    )
    return {
        "counts": figures.counts_of(run),
        "page": page_of(request, written.order_by(*order)),
        "missing": facts_to_ask(current)[:6],
        "register_query": urlencode({_level(run.area): run.area.code})
        if _level(run.area) != "district"
        else "",
        "before": _visible(request)
        .filter(area=run.area, started_at__lt=run.started_at, state=Run.State.DONE)
        .first(),
    }


def _level(area) -> str:
    return {1: "district", 2: "street"}.get(area.level, "community")


@require_POST
@right_required(REGISTER_VIEW)
def run_cancel(request, pk):
    run = seen_or_404(_visible(request), pk=pk)
    cancel_work(request, run, _("The run stops after its present step."))
    return redirect(reverse("classification:run_detail", args=[run.pk]))
