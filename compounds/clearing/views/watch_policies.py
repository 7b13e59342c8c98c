"""Policies of the watch: list, one of them, the draft as a table, publishing, trying."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from compounds.classification.views.common import seen_or_404, typed, typed_version
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.foundation.forms import add_refusal
from governance.organisation.access import right_required
from governance.organisation.models import Area
from governance.organisation.scope import REGISTER_VIEW

from ..models import WatchPolicy, WatchRun
from ..models.watch import WatchPolicyIsPublished
from ..rules import watch as rules
from ..services import watch_policies, watch_trying
from ..services.watch_policies import EDIT, PUBLISH
from ..watch_forms import PolicyForm, RetireForm, SignalsForm
from ..watch_wording import policy_lines
from .watch import FOLDER


def visible(request):
    return WatchPolicy.objects.visible_to(request.user).select_related(
        "district", "prepared_by", "published_by"
    )


def standing(policy, in_force) -> tuple[str, str]:
    """Chip of a policy today: its class and word."""
    if policy.state == WatchPolicy.State.DRAFT:
        return "warn", policy.get_state_display()
    if policy.state == WatchPolicy.State.RETIRED:
        return "", policy.get_state_display()
    if policy.pk == in_force:
        return "ok", pgettext("policy", "in force")
    return "", _("not yet in force") if policy.valid_from > dates.today() else _("replaced")


def _in_force(policies) -> dict[int, int]:
    """The policy in force today by district, of rows ordered newest first."""
    found: dict[int, int] = {}
    for policy in policies:
        if policy.state == WatchPolicy.State.PUBLISHED and policy.valid_from <= dates.today():
            found.setdefault(policy.district_id, policy.pk)
    return found


@require_GET
@right_required(REGISTER_VIEW)
def watch_policy_list(request):
    policies = list(visible(request))
    in_force = _in_force(policies)
    for policy in policies:
        policy.chip = standing(policy, in_force.get(policy.district_id))
    return render(
        request,
        f"{FOLDER}/watch_policy_list.html",
        {"policies": policies, "may_edit": request.user.scope.has(EDIT)},
    )


@require_GET
@right_required(REGISTER_VIEW)
def watch_policy_detail(request, pk):
    policy = seen_or_404(visible(request), pk=pk)
    scope, user = request.user.scope, request.user
    rule = policy.as_rule()
    siblings = list(visible(request).filter(district=policy.district_id))
    in_force = _in_force(siblings).get(policy.district_id)
    may_edit, may_publish = scope.can(EDIT, policy.district), scope.can(PUBLISH, policy.district)
    is_draft = policy.is_draft
    faults = [fault.message for fault in rules.faults_of(rule)] if is_draft else []
    if is_draft and not policy.document:
        faults.append(_("It has no document number yet."))
    return render(
        request,
        f"{FOLDER}/watch_policy_detail.html",
        {
            "policy": policy,
            "chip_of": standing(policy, in_force),
            "rows": policy_lines(rule.weights),
            "faults": faults,
            "may_edit": may_edit and is_draft,
            "may_copy": may_edit,
            "may_publish": may_publish and is_draft,
            "may_try": may_edit or may_publish,
            "may_retire": may_publish and policy.state == WatchPolicy.State.PUBLISHED,
            "is_preparer": policy.prepared_by_id == user.pk,
            "retire": RetireForm(initial={"version": policy.version}),
            "runs": WatchRun.objects.visible_to(user)
            .filter(policy=policy)
            .select_related("area", "by")[:5],
        },
    )


@require_http_methods(["GET", "POST"])
@right_required(EDIT)
def watch_policy_add(request):
    """A new draft with the usual signals; the row is made by the first saving."""
    scope = request.user.scope
    districts = Area.objects.filter(pk__in=scope.in_districts(EDIT)).order_by("code")
    district = (
        seen_or_404(districts, code=typed(request, "district", 6))
        if request.POST.get("district")
        else districts.first()
    )
    if district is None:
        raise NotAllowed
    policy = WatchPolicy(district=district, title=_("Rebound watch"), valid_from=dates.today())
    return _editor(request, policy, districts=districts)


@require_http_methods(["GET", "POST"])
@right_required(EDIT)
def watch_policy_edit(request, pk):
    policy = seen_or_404(visible(request), pk=pk)
    request.user.scope.require(EDIT, policy.district)
    if not policy.is_draft:
        messages.error(request, str(WatchPolicyIsPublished()))
        return redirect("clearing:watch_policy_detail", pk)
    return _editor(request, policy)


def _editor(request, policy, districts=()):
    usual = [rules.Weight(*row) for row in rules.default_weights()]
    weights = policy.as_rule().weights if policy.pk else usual
    if request.method == "POST":
        form = PolicyForm(request.POST, instance=_twin(policy))
        signals = SignalsForm(request.POST, weights=weights)
        if form.is_valid() & signals.is_valid():
            answer = _save(request, policy, form, signals)
            if answer is not None:
                return answer
    else:
        form, signals = PolicyForm(instance=policy), SignalsForm(weights=weights)
    return render(
        request,
        f"{FOLDER}/watch_policy_edit.html",
        {
            "policy": policy,
            "form": form,
            "signals": signals,
            "districts": districts,
            "version": policy.version,
            "error_count": len(form.errors) + len(signals.errors),
        },
    )


def _save(request, policy, form, signals):
    """Store terms and table; None where the form is to be shown again."""
    try:
        if policy.pk:
            saved = watch_policies.save_policy(
                by=request.user,
                policy=policy,
                version=typed_version(request),
                terms=form.cleaned_data,
                weights=signals.weights,
            )
        else:
            saved = watch_policies.create_policy(
                by=request.user,
                district=policy.district,
                weights=signals.weights,
                **form.cleaned_data,
            )
    except StaleRecord as error:
        messages.warning(request, str(error))
        return redirect("clearing:watch_policy_edit", policy.pk)
    except (DomainError, ValidationError) as error:
        add_refusal(form, error)
        return None
    messages.success(request, _("The draft is saved."))
    return redirect("clearing:watch_policy_detail", saved.pk)


def _twin(policy: WatchPolicy) -> WatchPolicy:
    """A copy for the form to write into; the row itself stays as it was read."""
    names = [field.attname for field in WatchPolicy._meta.concrete_fields]
    return WatchPolicy(**{name: getattr(policy, name) for name in names})


@require_GET
@right_required(REGISTER_VIEW)
def watch_policy_try(request, pk):
    """How many compounds would stand in another band under this policy, and which."""
    policy = seen_or_404(visible(request), pk=pk)
    trying = watch_trying.try_watch_policy(by=request.user, policy=policy)
    hits = sorted(trying.hits.items(), key=lambda pair: -pair[1])
    return render(
        request,
        f"{FOLDER}/watch_policy_try.html",
        {
            "policy": policy,
            "trying": trying,
            "hits": [(rules.SIGNALS[key], count) for key, count in hits],
            "today": dates.today(),
        },
    )


def _act(request, pk, right, act, done: str, to="clearing:watch_policy_detail"):
    """Carry a verb out and return to the policy's page, with what happened in a sentence."""
    policy = seen_or_404(visible(request), pk=pk)
    request.user.scope.require(right, policy.district)
    try:
        found = act(policy)
    except NotAllowed:
        raise
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
        if found is None:
            return redirect("clearing:watch_policy_list")
        pk = found.pk
    return redirect(to, pk)


@require_POST
@right_required(PUBLISH)
def watch_policy_publish(request, pk):
    return _act(
        request,
        pk,
        PUBLISH,
        lambda policy: watch_policies.publish_policy(
            by=request.user, policy=policy, version=typed_version(request)
        ),
        _("The policy is published. The next run judges by it."),
    )


@require_POST
@right_required(PUBLISH)
def watch_policy_retire(request, pk):
    return _act(
        request,
        pk,
        PUBLISH,
        lambda policy: watch_policies.retire_policy(
            by=request.user,
            policy=policy,
            version=typed_version(request),
            reason=typed(request, "reason", 300),
        ),
        _("The policy is retired. Scores made under it stay as they are."),
    )


@require_POST
@right_required(EDIT)
def watch_policy_copy(request, pk):
    return _act(
        request,
        pk,
        EDIT,
        lambda policy: watch_policies.copy_policy(by=request.user, policy=policy),
        _("A draft has been copied. Change it, then have it published."),
    )


@require_POST
@right_required(EDIT)
def watch_policy_delete(request, pk):
    return _act(
        request,
        pk,
        EDIT,
        lambda policy: watch_policies.delete_policy(
            by=request.user, policy=policy, version=typed_version(request)
        ),
        _("The draft has been thrown away."),
    )
