"""Policies: list, the regulation's page, comparison, publishing and retiring."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from governance.foundation import dates
from governance.foundation.errors import DomainError
from governance.organisation.access import right_required
from governance.organisation.scope import REGISTER_VIEW

from .. import comparing, rules, services, wording
from ..errors import PolicyNotSound
from ..forms.overrides import ReasonForm
from ..forms.policies import PublishForm
from ..models import Policy, Run
from .common import seen_or_404, typed, typed_version


def visible(request):
    return Policy.objects.visible_to(request.user).select_related(
        "district", "prepared_by", "published_by", "retired_by", "copied_from"
    )


@require_GET
@right_required(REGISTER_VIEW)
def policy_list(request):
    today = dates.today()
    policies = list(visible(request).order_by("-edition"))
    stand(policies)
    drafts = [p for p in policies if p.is_draft]
    published = [p for p in policies if not p.is_draft]
    groups = [
        (_("In force"), [p for p in published if p.standing.is_in_force(today)]),
        (_("Drafts"), drafts),
        (_("Published, not yet in force"), [p for p in published if p.standing.is_upcoming(today)]),
        (_("No longer in force"), [p for p in published if p.standing.is_over(today)]),
    ]
    return render(
        request,
        "compounds/classification/policy_list.html",
        {
            "groups": [(title, rows) for title, rows in groups if rows],
            "can_edit": request.user.scope.has("policy.edit"),
        },
    )


def stand(policies) -> None:
    """Give each published policy its `standing` and neighbours; needs all of their districts."""
    by_district = {}
    for policy in policies:
        if not policy.is_draft:
            by_district.setdefault(policy.district_id, {})[policy.edition] = policy
    for editions in by_district.values():
        standings = rules.succession(policy.term for policy in editions.values())
        for edition, policy in editions.items():
            policy.standing = standings[edition]
            policy.replaced_by = editions.get(policy.standing.replaced_by)
            policy.replaces = editions.get(policy.standing.replaces)


@require_GET
@right_required(REGISTER_VIEW)
def policy_detail(request, pk):
    policy = seen_or_404(visible(request), pk=pk)
    return render(request, "compounds/classification/policy_detail.html", context(request, policy))


def context(request, policy) -> dict:
    """The policy's page: rules in words, who may do what with it, and why not."""
    user = request.user
    ruling = policy.as_rules()
    scope = user.scope
    may_publish = scope.can("policy.publish", policy.district)
    editions = list(visible(request).filter(district=policy.district).order_by("-edition"))
    policy = next(row for row in editions if row.pk == policy.pk)
    stand(editions)
    others = [row for row in editions if row.pk != policy.pk]
    earlier = [row for row in others if not row.is_draft and row.edition < policy.edition]
    is_retroactive = policy.is_draft and services.is_retroactive(policy)
    today = dates.today()
    return {
        "policy": policy,
        "today": today,
        "rules": wording.in_regulation(ruling),
        "notes": list(policy.rules.values_list("note", flat=True)),
        "problems": _faults(policy, ruling) if policy.is_draft else (),
        "may_edit": policy.is_draft and scope.can("policy.edit", policy.district),
        "may_copy": scope.can("policy.edit", policy.district),
        "may_publish": may_publish and policy.is_draft,
        "is_preparer": policy.prepared_by_id == user.pk,
        "may_retire": may_publish
        and policy.state == Policy.State.PUBLISHED
        and not policy.standing.is_over(today),
        "is_retroactive": is_retroactive,
        "publish_form": PublishForm() if is_retroactive else None,
        "will_end": _to_be_ended(policy, others) if policy.is_draft else None,
        "previous": next(iter(earlier), None),
        "editions": others[:20],
        "runs": Run.objects.visible_to(user).filter(policy=policy).select_related("area", "by")[:5],
        "retire_form": ReasonForm(),
    }


def _to_be_ended(draft, others):
    """The published policy that ends on the day before the draft would begin."""
    published = [row for row in others if not row.is_draft]
    terms = [*(row.term for row in published), draft.term]
    replaces = rules.succession(terms)[draft.edition].replaces
    return next((row for row in published if row.edition == replaces), None)


def _faults(policy, ruling) -> list[str]:
    """What keeps a draft from being published, one sentence each."""
    found = [str(clash)] if (clash := services.clash_of(policy)) else []
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
@right_required(REGISTER_VIEW)
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
@right_required("policy.publish")
def policy_publish(request, pk):
    return _act(
        request,
        pk,
        lambda policy: services.publish_policy(
            by=request.user,
            policy=policy,
            version=typed_version(request),
            reason=typed(request, "retroactive_reason", 300),
        ),
        _("The policy is published. Run the classification to apply it."),
    )


@require_POST
@right_required("policy.publish")
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
@right_required("policy.edit")
def policy_copy(request, pk):
    policy = seen_or_404(visible(request), pk=pk)
    draft = services.copy_policy(by=request.user, policy=policy)
    messages.success(request, _("A draft has been copied. Change it, then have it published."))
    return redirect("classification:policy_edit", draft.pk)


@require_POST
@right_required("policy.edit")
def policy_delete(request, pk):
    policy = seen_or_404(visible(request), pk=pk)
    try:
        services.delete_draft(by=request.user, policy=policy, version=typed_version(request))
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("classification:policy_detail", pk)
    messages.success(request, _("The draft has been thrown away."))
    return redirect("classification:policy_list")
