"""Policies: list, the regulation's page, comparison, publishing and retiring."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from governance.foundation import dates
from governance.foundation.errors import DomainError

from .. import comparing, rules, services, wording
from ..errors import PolicyNotSound
from ..forms.overrides import ReasonForm
from ..models import Policy, Run
from .common import needs, seen_or_404, typed, typed_version


def visible(request):
    return Policy.objects.visible_to(request.user).select_related(
        "district", "prepared_by", "published_by", "retired_by", "copied_from"
    )


@require_GET
@login_required
@needs("registry.view")
def policy_list(request):
    today = dates.today()
    policies = list(visible(request).order_by("-edition"))
    in_force = {p.pk for p in _in_force(policies, today)}
    groups = [
        (_("In force"), [p for p in policies if p.pk in in_force]),
        (_("Drafts"), [p for p in policies if p.state == Policy.State.DRAFT]),
        (
            _("Published, not in force today"),
            [p for p in policies if p.state == Policy.State.PUBLISHED and p.pk not in in_force],
        ),
        (_("Retired"), [p for p in policies if p.state == Policy.State.RETIRED]),
    ]
    return render(
        request,
        "compounds/classification/policy_list.html",
        {
            "groups": [(title, rows) for title, rows in groups if rows],
            "can_edit": request.user.scope.has("policy.edit"),
        },
    )


def _in_force(policies, today):
    """Of each district the published policy that decides today."""
    found = {}
    candidates = [
        p
        for p in policies
        if p.state == Policy.State.PUBLISHED
        and p.effective_from <= today
        and (p.effective_until is None or p.effective_until >= today)
    ]
    for policy in sorted(candidates, key=lambda p: (p.effective_from, p.edition), reverse=True):
        found.setdefault(policy.district_id, policy)
    return found.values()


@require_GET
@login_required
@needs("registry.view")
def policy_detail(request, pk):
    policy = seen_or_404(visible(request), pk=pk)
    return render(request, "compounds/classification/policy_detail.html", context(request, policy))


def context(request, policy) -> dict:
    """The policy's page: rules in words, who may do what with it, and why not."""
    user = request.user
    ruling = policy.as_rules()
    scope = user.scope
    may_publish = scope.can("policy.publish", policy.district)
    others = visible(request).filter(district=policy.district).exclude(pk=policy.pk)
    earlier = others.filter(
        state__in=[Policy.State.PUBLISHED, Policy.State.RETIRED], edition__lt=policy.edition
    ).order_by("-edition")
    return {
        "policy": policy,
        "rules": wording.in_regulation(ruling),
        "notes": list(policy.rules.values_list("note", flat=True)),
        "problems": _faults(policy, ruling) if policy.is_draft else (),
        "may_edit": policy.is_draft and scope.can("policy.edit", policy.district),
        "may_copy": scope.can("policy.edit", policy.district),
        "may_publish": may_publish and policy.is_draft,
        "is_preparer": policy.prepared_by_id == user.pk,
        "may_retire": may_publish and policy.state == Policy.State.PUBLISHED,
        "is_in_force": Policy.objects.filter(district=policy.district)
        .in_force(dates.today())
        .values_list("pk", flat=True)
        .first()
        == policy.pk,
        "previous": earlier.first(),
        "editions": others.order_by("-edition")[:20],
        "runs": Run.objects.visible_to(user).filter(policy=policy).select_related("area", "by")[:5],
        "retire_form": ReasonForm(),
    }


def _faults(policy, ruling) -> list[str]:
    """What keeps a draft from being published, one sentence each."""
    found = []
    if not policy.document_number.strip():
        found.append(_("It has no document number yet."))
    for problem in rules.check_policy(ruling):
        if problem.rule is None:
            found.append(problem.message)
        else:
            words = {"number": problem.rule + 1, "problem": problem.message}
            found.append(_("Rule %(number)s: %(problem)s") % words)
    return found


@require_GET
@login_required
@needs("registry.view")
def policy_compare(request, pk, other):
    """Two editions side by side, with what differs marked."""
    policy = seen_or_404(visible(request), pk=pk)
    other = seen_or_404(visible(request), pk=other, district=policy.district)
    old, new = sorted((policy, other), key=lambda row: row.edition)
    return render(
        request,
        "compounds/classification/policy_compare.html",
        {
            "old": old,
            "new": new,
            "terms": comparing.terms(old, new),
            "rows": comparing.rules_side_by_side(old.as_rules(), new.as_rules()),
        },
    )


def _act(request, pk, act, done: str):
    """Carry a verb out and return to the policy's page, with what happened in a sentence."""
    policy = seen_or_404(visible(request), pk=pk)
    try:
        act(policy)
        messages.success(request, done)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except PolicyNotSound:
        messages.error(request, _("The rules still have faults; mend them first."))
    return redirect("classification:policy_detail", pk)


@require_POST
@login_required
@needs("policy.publish")
def policy_publish(request, pk):
    return _act(
        request,
        pk,
        lambda policy: services.publish_policy(
            by=request.user, policy=policy, version=typed_version(request)
        ),
        _("The policy is published. Run the classification to apply it."),
    )


@require_POST
@login_required
@needs("policy.publish")
def policy_retire(request, pk):
    return _act(
        request,
        pk,
        lambda policy: services.retire_policy(
            by=request.user,
            policy=policy,
            version=typed_version(request),
            reason=typed(request, "reason", 300),
        ),
        _("The policy is retired. Decisions made under it stay as they are."),
    )


@require_POST
@login_required
@needs("policy.edit")
def policy_copy(request, pk):
    policy = seen_or_404(visible(request), pk=pk)
    draft = services.copy_policy(by=request.user, policy=policy)
    messages.success(request, _("A draft has been copied. Change it, then have it published."))
    return redirect("classification:policy_edit", draft.pk)


@require_POST
@login_required
@needs("policy.edit")
def policy_delete(request, pk):
    policy = seen_or_404(visible(request), pk=pk)
    try:
        services.delete_draft(by=request.user, policy=policy, version=typed_version(request))
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("classification:policy_detail", pk)
    messages.success(request, _("The draft has been thrown away."))
    return redirect("classification:policy_list")
