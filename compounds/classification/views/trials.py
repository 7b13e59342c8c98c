"""What-if: change thresholds, see who would move and what it would cost; nothing is changed."""

from io import BytesIO

from django.contrib import messages
from django.db import transaction
from django.db.models import F, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError
from governance.foundation.spreadsheets import write_xlsx
from governance.organisation.access import right_required

from .. import rules, services, wording
from ..errors import PolicyNotSound
from ..forms.trials import TrialForm
from ..models import Policy, Trial, TrialMove
from ..trying import Comparison, moves_sheet
from .common import area_chosen, cancel_work, page_of, seen_or_404

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _visible(request):
    return Trial.objects.visible_to(request.user).select_related(
        "area", "by", "policy", "policy__district"
    )


@require_GET
@right_required("classification.try")
def trial_list(request):
    services.fail_stale(Trial)
    return render(
        request,
        "compounds/classification/trial_list.html",
        {"page": page_of(request, _visible(request))},
    )


@require_http_methods(["GET", "POST"])
@right_required("classification.try")
def trial_new(request):
    """The short form: a base policy, its thresholds, the subsidy."""
    user = request.user
    policies = list(
        Policy.objects.visible_to(user)
        .filter(district_id__in=user.scope.in_districts("classification.try"))
        .exclude(state=Policy.State.RETIRED)
        .select_related("district")
        .order_by("-state", "-edition")
    )
    wanted = (request.POST if request.method == "POST" else request.GET).get("policy", "")
    policy = next((p for p in policies if str(p.pk) == wanted), None)
    if wanted and policy is None:
        raise Http404
    policy = policy or _first_choice(policies)
    areas = user.scope.areas("classification.try")
    context = {"policies": policies, "policy": policy, "areas": areas}
    if policy is not None:
        ruling = policy.as_rules()
        form = TrialForm(request.POST or None, policy=policy, policy_rules=ruling)
        context |= {"form": form, "no_rules": not ruling}
        if request.method == "POST" and form.is_valid():
            answer = _start(request, form, policy)
            if answer is not None:
                return answer
    return render(request, "compounds/classification/trial_new.html", context)


def _first_choice(policies):
    """The policy in force, else the first there is."""
    deciding = Policy.objects.filter(pk__in=[p.pk for p in policies]).in_force(dates.today())
    in_force = set(deciding.values_list("pk", flat=True))
    return next((p for p in policies if p.pk in in_force), next(iter(policies), None))


def _start(request, form, policy):
    try:
        trial = services.start_trial(
            by=request.user,
            policy=policy,
            policy_rules=form.changed_rules(),
            subsidy_rate=form.cleaned_data["subsidy_rate"],
            subsidy_months=form.cleaned_data["subsidy_months"],
            area=area_chosen(request),
        )
    except PolicyNotSound as error:
        form.add_error(None, str(error))
        return None
    return redirect("classification:trial_detail", trial.pk)


@require_GET
@right_required("classification.try")
def trial_detail(request, pk):
    """The what-if's permanent page: matrix, money, work by street, who would move and why."""
    services.fail_stale(Trial)
    trial = seen_or_404(_visible(request), pk=pk)
    context = {"trial": trial, "can_cancel": not trial.is_finished and _may_cancel(request, trial)}
    if request.htmx and request.htmx.target == "progress":
        answer = render(
            request, "compounds/classification/_progress.html", {"work": trial, **context}
        )
        if trial.is_finished:
            answer["HX-Refresh"] = "true"
        return answer
    if trial.state == Trial.State.DONE:
        comparison = Comparison(trial)
        moves = _moves(request, trial)
        context |= {
            "comparison": comparison,
            "page": page_of(request, moves),
            "chosen": _chosen(request),
            "may_draft": request.user.scope.can("policy.edit", trial.policy.district),
        }
    return render(request, "compounds/classification/trial_detail.html", context)


def _may_cancel(request, trial) -> bool:
    return trial.by_id == request.user.pk or request.user.scope.can(
        "classification.try", trial.area
    )


def _chosen(request) -> dict[str, str]:
    """One cell of the matrix, or those whose sum alone would change."""
    if request.GET.get("sums") == "1":
        return {"sums": "1"}
    known = {*rules.STRATEGIES, rules.INCOMPLETE, rules.UNMATCHED, "NONE"}
    return {
        name: request.GET[name] for name in ("before", "after") if request.GET.get(name) in known
    }


def _moves(request, trial):
    """The moved compounds inside the reader's scope, of one cell of the matrix if asked."""
    moves = TrialMove.objects.visible_to(request.user).filter(trial=trial)
    chosen = _chosen(request)
    same = Q(outcome_before=F("outcome_after"), strategy_before=F("strategy_after"))
    moves = moves.filter(same) if chosen.pop("sums", "") else moves.exclude(same)
    for side, value in chosen.items():
        if value in rules.STRATEGIES:
            moves = moves.filter(**{f"strategy_{side}": value})
        else:
            outcome = "" if value == "NONE" else value
            moves = moves.filter(**{f"strategy_{side}": "", f"outcome_{side}": outcome})
    return moves.select_related("compound", "street", "community").order_by(
        "street__code", "community__code", "compound__code"
    )


@require_POST
@right_required("classification.try")
def trial_cancel(request, pk):
    trial = seen_or_404(_visible(request), pk=pk)
    cancel_work(request, trial, _("The what-if stops after its present step."))
    return redirect("classification:trial_detail", pk)


@require_GET
@right_required("classification.try")
@right_required("registry.export")
def trial_export(request, pk):
    """The moved compounds as a workbook, exactly those shown."""
    trial = seen_or_404(_visible(request), pk=pk)
    target = BytesIO()
    write_xlsx(target, [moves_sheet(trial, _moves(request, trial).iterator(chunk_size=2000))])
    with transaction.atomic():
        audit.record("export", trial, by=request.user, changes={"filter": [None, _chosen(request)]})
    answer = HttpResponse(target.getvalue(), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="what-if-{trial.pk}.xlsx"'
    return answer


@require_POST
@right_required("policy.edit")
def trial_draft(request, pk):
    """Turn what was tried into a draft policy."""
    trial = seen_or_404(_visible(request), pk=pk)
    request.user.scope.require("policy.edit", trial.policy.district)
    try:
        draft = services.copy_policy(by=request.user, policy=trial.policy)
        services.save_draft(
            by=request.user,
            policy=draft,
            version=draft.version,
            terms={
                "subsidy_rate": trial.subsidy_rate,
                "subsidy_months": trial.subsidy_months,
                "area_basis": trial.area_basis,
            },
            policy_rules=rules.from_json(trial.rules),
            notes=[rule.note for rule in trial.policy.rules.all()],
        )
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("classification:trial_detail", pk)
    messages.success(
        request,
        _("A draft with these conditions has been made: %(policy)s. Give it its document number.")
        % {"policy": wording.policy_name(draft)},
    )
    return redirect("classification:policy_edit", draft.pk)
