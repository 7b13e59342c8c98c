"""The editor of a draft: terms and rules on one page, usable without a script."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from governance.foundation import dates
from governance.foundation.errors import NotAllowed, StaleRecord
from governance.organisation.access import right_required
from governance.organisation.models import Area

from .. import rules, services, wording
from ..errors import PolicyNotSound
from ..forms.policies import PolicyForm
from ..forms.rules import ALTERNATIVES, RulesEditor
from ..models import Policy
from ..models.policies import PolicyIsPublished
from .common import seen_or_404, typed, typed_version
from .policies import visible

SAVE, SAVE_ON = "save", "save-on"


@require_http_methods(["GET", "POST"])
@right_required("policy.edit")
def policy_add(request):
    """A new draft from nothing: the empty editor; the row is made by the first saving."""
    scope = request.user.scope
    districts = Area.objects.filter(pk__in=scope.in_districts("policy.edit")).order_by("code")
    district = (
        seen_or_404(districts, code=typed(request, "district", 6))
        if request.POST.get("district")
        else districts.first()
    )
    if district is None:
        raise NotAllowed
    policy = Policy(district=district, effective_from=dates.today())
    return _editor(request, policy, districts=districts)


@require_http_methods(["GET", "POST"])
@right_required("policy.edit")
def policy_edit(request, pk):
    policy = seen_or_404(visible(request), pk=pk)
    request.user.scope.require("policy.edit", policy.district)
    if not policy.is_draft:
        messages.error(request, str(PolicyIsPublished()))
        return redirect("classification:policy_detail", pk)
    return _editor(request, policy)


def _editor(request, policy, *, districts=()):
    act = request.POST.get("do", SAVE)
    if request.method == "GET":
        form, editor = PolicyForm(instance=policy), _stored(policy)
        if policy.pk:
            editor.show(rules.check_policy(policy.as_rules()))
    elif act in (SAVE, SAVE_ON):
        # The row itself must not be touched by a form that may turn out wrong.
        form = PolicyForm(request.POST, instance=_twin(policy))
        editor = RulesEditor.posted(request.POST)
        answer = _save(request, policy, form, editor, act)
        if answer is not None:
            return answer
    else:
        form, editor = PolicyForm(initial=request.POST.dict()), RulesEditor.posted(request.POST)
        editor.apply(act)
    return _page(request, policy, form, editor, districts)


def _stored(policy) -> RulesEditor:
    if not policy.pk:
        return RulesEditor()
    return RulesEditor.of(policy.as_rules(), list(policy.rules.values_list("note", flat=True)))


def _twin(policy) -> Policy:
    return Policy(
        pk=policy.pk,
        district=policy.district,
        edition=policy.edition or 1,
        prepared_by_id=policy.prepared_by_id,
    )


def _save(request, policy, form, editor, act):
    """Save and leave, or None when something is to be mended on the page."""
    is_right = form.is_valid()
    ruling = editor.as_rules()
    if not is_right or ruling is None:
        return None
    try:
        draft = _store(request, policy, form.cleaned_data, ruling, editor)
    except StaleRecord as error:
        request.conflict = error.current
        return None
    except PolicyIsPublished as error:
        messages.error(request, str(error))
        return redirect("classification:policy_detail", policy.pk)
    except PolicyNotSound as error:
        editor.show(error.problems)
        return None
    except ValidationError as error:
        form.add_error(None, list(error.messages))
        return None
    problems = rules.check_policy(ruling)
    if problems:
        messages.warning(
            request,
            ngettext(
                "The draft is saved. Before it can be published, %(count)s fault must be mended.",
                "The draft is saved. Before it can be published, %(count)s faults must be mended.",
                len(problems),
            )
            % {"count": len(problems)},
        )
    else:
        messages.success(request, _("The draft is saved."))
    if act == SAVE_ON or problems:
        return redirect("classification:policy_edit", draft.pk)
    return redirect("classification:policy_detail", draft.pk)


def _store(request, policy, terms, ruling, editor):
    if not policy.pk:
        policy = services.create_policy(by=request.user, district=policy.district, **terms)
        version = policy.version
    else:
        version = typed_version(request)
    return services.save_draft(
        by=request.user,
        policy=policy,
        version=version,
        terms=terms,
        policy_rules=ruling,
        notes=editor.notes,
    )


def _page(request, policy, form, editor, districts):
    conflict = getattr(request, "conflict", None)
    version = conflict.version if conflict else request.POST.get("version", policy.version)
    return render(
        request,
        "compounds/classification/policy_edit.html",
        {
            "policy": policy,
            "districts": districts,
            "form": form,
            "editor": editor,
            "version": version,
            "error_count": len(form.errors) + editor.error_count if form.is_bound else 0,
            "facts": rules.FACTS.values(),
            "strategies": rules.STRATEGIES.items(),
            "alternatives": ALTERNATIVES,
            "conflict": conflict,
            "their_rules": wording.in_regulation(conflict.as_rules()) if conflict else (),
        },
    )
