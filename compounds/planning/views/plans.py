"""Plans: the list, a new one by its dials, and what came of it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from compounds.classification.services import background
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed
from governance.foundation.forms import add_refusal
from governance.organisation.access import right_required
from governance.organisation.scope import REGISTER_VIEW

from .. import worklist
from ..forms import DialsForm
from ..models import APPROVE, PROPOSE, RUN, Adoption, Norms, PlanRun
from ..presenting import PlanPage
from ..services.running import dials_of, start_plan
from .common import EXPORT, FOLDER, areas_for, chosen_area, run_of, runs_of

PAGE_SIZE = 50
WAITS = {"decision": worklist.waiting, "proposals": worklist.to_propose}


@require_safe
@right_required(REGISTER_VIEW)
def plan_list(request):
    """Plans of the reader's areas, the newest first."""
    background.fail_stale(PlanRun)
    rows = runs_of(request.user)
    waits = WAITS.get(request.GET.get("waits", ""))
    if waits is not None:
        rows = rows.filter(pk__in=waits(request.user).values("run"))
    rows = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        f"{FOLDER}/plan_list.html",
        {"page": rows, "may_run": request.user.scope.has(RUN)},
    )


@require_http_methods(["GET", "POST"])
@right_required(RUN)
def plan_new(request):
    """The dials; `like` begins with those of an earlier plan."""
    areas = areas_for(request, RUN)
    sent = request.POST if request.method == "POST" else request.GET
    area = chosen_area(request, areas, sent.get("area", "")[:12])
    like = request.GET.get("like", "")
    earlier = run_of(request, int(like)) if like.isascii() and like.isdecimal() else None
    form = DialsForm(
        request.POST or None,
        start=dials_of(earlier) if earlier else None,
        initial={"who": earlier.dials["who"]} if earlier else None,
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            run = start_plan(
                by=request.user,
                area=area,
                dials=form.dials,
                who=data["who"],
                seed=data["seed"],
                seconds=data["seconds"],
                title=data["title"],
            )
        except NotAllowed:
            raise
        except DomainError as error:
            add_refusal(form, error)
        else:
            return redirect("planning:plan_detail", run.pk)
    return render(
        request,
        f"{FOLDER}/plan_new.html",
        {
            "form": form,
            "areas": areas,
            "area": area,
            "norms": Norms.objects.in_force(area.district_id, dates.today()),
        },
    )


@require_safe
@right_required(REGISTER_VIEW)
def plan_detail(request, pk):
    """A plan's permanent page; while it runs, its progress."""
    background.fail_stale(PlanRun)
    run = run_of(request, pk)
    context = {"run": run, "may_cancel": _may_cancel(request, run)}
    if request.htmx and request.htmx.target == "progress":
        answer = render(request, f"{FOLDER}/_progress.html", context)
        if run.is_finished:
            answer["HX-Refresh"] = "true"
        return answer
    if run.state == PlanRun.State.DONE:
        context |= _result(request, run)
    return render(request, f"{FOLDER}/plan_detail.html", context)


def _result(request, run: PlanRun) -> dict:
    scope = request.user.scope
    adoptions = list(run.adoptions.select_related("prepared_by", "decided_by"))
    latest = adoptions[0] if adoptions else None
    is_open = latest is not None and latest.state == Adoption.State.PROPOSED
    is_approved = latest is not None and latest.state == Adoption.State.APPROVED
    mine = latest is not None and latest.prepared_by_id == request.user.pk
    may_propose = scope.can(PROPOSE, run)
    return {
        "plan": PlanPage(run, request.user),
        "adoptions": adoptions,
        "latest": latest,
        "may_adopt": may_propose and not is_open and not is_approved,
        "may_withdraw": may_propose and is_open,
        "may_decide": is_open and scope.can(APPROVE, run) and not mine,
        "may_make": is_approved and not latest.batch and may_propose,
        "may_run": scope.can(RUN, run),
        "may_export": scope.has(EXPORT),
    }


def _may_cancel(request, run: PlanRun) -> bool:
    mine = run.by_id == request.user.pk
    return not run.is_finished and (mine or request.user.scope.can(RUN, run))


@require_POST
@right_required(RUN)
def plan_cancel(request, pk):
    run = run_of(request, pk)
    try:
        background.cancel(by=request.user, work=run)
        messages.success(request, _("The plan stops after its present step."))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("planning:plan_detail", pk)
