"""Overrides: propose from a compound, approve by another person, reject, withdraw."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from compounds.registry.models import Compound
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed
from governance.organisation.access import right_required
from governance.organisation.scope import REGISTER_VIEW

from .. import services
from ..forms.overrides import OverrideForm, ReasonForm
from ..models import Decision, Override
from .common import page_of, seen_or_404, typed, typed_version

PEOPLE = ("compound", "street", "community", "prepared_by", "approved_by", "closed_by")
EXPIRING, OVERDUE = "EXPIRING", "EXPIRED"


def _visible(request):
    return Override.objects.visible_to(request.user).select_related(*PEOPLE)


@require_GET
@right_required(REGISTER_VIEW)
def override_list(request):
    """Overrides by state: proposals first, for that is where somebody waits."""
    today = dates.today()
    rows = _visible(request)
    sets = {
        Override.State.PROPOSED.value: Q(state=Override.State.PROPOSED),
        Override.State.APPROVED.value: Q(state=Override.State.APPROVED, expires_on__gte=today),
        EXPIRING: Q(pk__in=rows.expiring(today, settings.OVERRIDE_WARNING_DAYS).values("pk")),
        OVERDUE: Q(state__in=Override.OPEN, expires_on__lt=today) | Q(state=Override.State.EXPIRED),
        "CLOSED": Q(state__in=[Override.State.REJECTED, Override.State.WITHDRAWN]),
    }
    names = {
        Override.State.PROPOSED.value: _("To approve"),
        Override.State.APPROVED.value: _("In force"),
        EXPIRING: _("About to expire"),
        OVERDUE: _("Expired"),
        "CLOSED": _("Rejected or withdrawn"),
    }
    chosen = request.GET.get("state", "")
    if chosen not in sets:
        chosen = Override.State.PROPOSED.value
    order = ("expires_on", "pk") if chosen in (EXPIRING, OVERDUE) else ("-prepared_at", "-pk")
    return render(
        request,
        "compounds/classification/override_list.html",
        {
            "tabs": [(key, names[key], rows.filter(sets[key]).count()) for key in sets],
            "chosen": chosen,
            "page": page_of(request, rows.filter(sets[chosen]).order_by(*order)),
            "warning_days": settings.OVERRIDE_WARNING_DAYS,
        },
    )


@require_http_methods(["GET", "POST"])
@right_required("override.propose")
def override_propose(request, code):
    """Propose another strategy for one compound, with its present reasons beside the form."""
    compound = seen_or_404(
        Compound.objects.visible_to(request.user).select_related("street", "community"), code=code
    )
    request.user.scope.require("override.propose", compound)
    decision = (
        Decision.objects.filter(compound=compound, is_current=True)
        .select_related("policy", "compound", "override__approved_by", "override__prepared_by")
        .first()
    )
    standing = _visible(request).open().filter(compound=compound).first()
    form = OverrideForm(
        request.POST or None, present=decision.strategy if decision else "", auto_id="id_%s"
    )
    if request.method == "POST" and form.is_valid():
        try:
            override = services.propose_override(
                by=request.user, compound=compound, **form.cleaned_data
            )
        except NotAllowed:
            raise
        except DomainError as error:
            form.add_error(error.field, str(error))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The override is proposed. Another person approves it."))
            return redirect("classification:override_detail", override.pk)
    return render(
        request,
        "compounds/classification/override_propose.html",
        {"compound": compound, "decision": decision, "standing": standing, "form": form},
    )


@require_GET
@right_required(REGISTER_VIEW)
def override_detail(request, pk):
    override = seen_or_404(_visible(request), pk=pk)
    user, scope = request.user, request.user.scope
    decision = (
        Decision.objects.filter(compound=override.compound_id, is_current=True)
        .select_related("policy", "compound", "override__approved_by")
        .first()
    )
    is_proposed = override.state == Override.State.PROPOSED
    may_approve = scope.can("override.approve", override)
    right = "override.propose" if is_proposed else "override.approve"
    return render(
        request,
        "compounds/classification/override_detail.html",
        {
            "override": override,
            "decision": decision,
            "is_proposed": is_proposed,
            "is_preparer": override.prepared_by_id == user.pk,
            "may_approve": is_proposed and may_approve,
            "may_withdraw": override.state in Override.OPEN and scope.can(right, override),
            "is_overdue": override.state in Override.OPEN and override.expires_on < dates.today(),
            "form": ReasonForm(),
        },
    )


def _act(request, pk, act, done: str, **extra):
    override = seen_or_404(_visible(request), pk=pk)
    try:
        act(by=request.user, override=override, version=typed_version(request), **extra)
        messages.success(request, done)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except NotAllowed:
        raise
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("classification:override_detail", pk)


@require_POST
@right_required("override.approve")
def override_approve(request, pk):
    done = _("Approved. The compound now has this strategy.")
    return _act(request, pk, services.approve_override, done)


@require_POST
@right_required("override.approve")
def override_reject(request, pk):
    reason = typed(request, "reason", 300)
    return _act(request, pk, services.reject_override, _("Rejected."), reason=reason)


@require_POST
@right_required(REGISTER_VIEW)
def override_withdraw(request, pk):
    override = seen_or_404(_visible(request), pk=pk)
    is_proposed = override.state == Override.State.PROPOSED
    request.user.scope.require("override.propose" if is_proposed else "override.approve", override)
    reason = typed(request, "reason", 300)
    return _act(request, pk, services.withdraw_override, _("Withdrawn."), reason=reason)
