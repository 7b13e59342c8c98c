"""Plans: the list, a new one by its dials, and what came of it."""

from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from compounds.classification.services import background
from compounds.classification.views.common import cancel_work
from compounds.providers.services import RIGHT as INVITE
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed
from governance.foundation.forms import add_refusal
from governance.organisation.access import right_required
from governance.organisation.scope import REGISTER_VIEW

from .. import outcomes, worklist
from ..briefing import Brief
from ..conflicts import ConflictPage
from ..core.inputs import Dials
from ..forms import DialsForm
from ..models import APPROVE, PROPOSE, RUN, Adoption, Norms, PlanRun
from ..paying import rolled_on, usual
from ..presenting import PlanPage
from ..questions import approved_runs
from ..services.running import dials_of, paying_of, start_plan
from ..sheets import Stands, over_years
from .common import EXPORT, FOLDER, areas_for, chosen_area, run_of, runs_of

PAGE_SIZE = 50
MOST_EARLIER = 20  # plans whose dials are offered
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
    tallies = outcomes.tallies(rows)
    for run in rows:
        run.tally = tallies.get(run.pk)
    return render(
        request,
        f"{FOLDER}/plan_list.html",
        {
            "page": rows,
            "may_run": request.user.scope.has(RUN),
            "approved": approved_runs(request.user),
        },
    )


@require_http_methods(["GET", "POST"])
@right_required(RUN)
def plan_new(request):
    """The dials; `like` begins with those of an earlier plan."""
    areas = areas_for(request, RUN)
    sent = request.POST if request.method == "POST" else request.GET
    area = chosen_area(request, areas, sent.get("area", "")[:12])
    today = dates.today()
    norms = Norms.objects.in_force(area.district_id, today)
    earlier = _earlier(request)
    form = DialsForm(
        request.POST or None,
        usual=Dials(),
        paying=usual(today, norms.ramp_months if norms else 1),
        first_year=today.year,
        like=_like(earlier, today) if earlier else None,
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            run = start_plan(
                by=request.user,
                area=area,
                dials=form.dials,
                who=data["who"],
                paying=form.paying,
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
            "norms": norms,
            "earlier": earlier,
            "others": runs_of(request.user).defer("figures", "bound")[:MOST_EARLIER],
        },
    )


def _earlier(request) -> PlanRun | None:
    """The plan whose dials are taken; 404 outside the posts."""
    like = request.GET.get("like", "")
    known = like.isascii() and like.isdecimal() and len(like) < 10
    return run_of(request, int(like)) if known else None


def _like(run: PlanRun, today):
    """An earlier plan's dials; what was to be paid before today is paid as is usual now."""
    paying = rolled_on(paying_of(run), today)
    others = {"who": run.dials["who"], "seconds": run.seconds, "seed": run.seed}
    return dials_of(run), paying, others


@require_safe
@right_required(REGISTER_VIEW)
def plan_detail(request, pk):
    """A plan's permanent page; while it runs, its progress."""
    background.fail_stale(PlanRun)
    run = run_of(request, pk)
    context = {"run": run, "may_cancel": _may_cancel(request, run)}
    if request.htmx and request.htmx.target == "progress":
        answer = render(request, f"{FOLDER}/_progress.html", {**context, "is_swap": True})
        if run.is_finished:
            answer["HX-Refresh"] = "true"
        return answer
    if run.state == PlanRun.State.FAILED and "conflict" in run.figures:
        context["conflict"] = ConflictPage(run, request.user)
    if run.state == PlanRun.State.DONE:
        context |= _result(request, run)
    return render(request, f"{FOLDER}/plan_detail.html", context)


def _result(request, run: PlanRun) -> dict:
    scope = request.user.scope
    adoptions = list(run.adoptions.select_related("prepared_by", "decided_by"))
    latest = adoptions[0] if adoptions else None
    is_open = latest is not None and latest.state == Adoption.State.PROPOSED
    is_approved = latest is not None and latest.state == Adoption.State.APPROVED
    brief = Brief(run, request.user, latest)
    mine = latest is not None and latest.prepared_by_id == request.user.pk
    may_propose = scope.can(PROPOSE, run)
    return {
        "plan": PlanPage(run, request.user),
        "brief": brief,
        "compared": brief.compared,
        "stands": Stands(run, request.user),
        "over_years": over_years(run),
        "adoptions": adoptions,
        "latest": latest,
        "may_adopt": may_propose and not is_open and not is_approved,
        "may_withdraw": may_propose and is_open,
        "may_decide": is_open and scope.can(APPROVE, run) and not mine,
        "may_make": is_approved and may_propose and bool(brief.forecast.ready or not latest.batch),
        "may_invite": scope.can(INVITE, run),
        "approved": is_approved,
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
    cancel_work(request, run, _("The plan stops after its present step."))
    return redirect("planning:plan_detail", pk)
