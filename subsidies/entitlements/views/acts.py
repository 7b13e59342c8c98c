"""The acts on one entitlement: what is refused stands on its page, beside the form."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.foundation.forms import add_refusal

from ..services.chain import require_any
from .common import entitlement_of
from .detail import render_detail
from .doors import DOORS, is_possible


def seen_version(request) -> int:
    """The version that the person saw; 0 where the page did not say."""
    sent = request.POST.get("version", "")
    return int(sent) if sent.isdecimal() and len(sent) < 10 else 0


def _act(request, pk: int, key: str) -> HttpResponse:
    row = entitlement_of(request, pk)
    door = DOORS[key]
    require_any(request.user, door.rights, row)
    form = door.form(request.POST, auto_id=f"id_{key}_%s")
    row.version = seen_version(request)
    if form.is_valid():
        try:
            door.write(by=request.user, row=row, **form.cleaned_data)
        except NotAllowed:
            raise
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect("entitlements:entitlement_detail", pk)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, door.done)
            return redirect("entitlements:entitlement_detail", pk)
    if not is_possible(key, request.user, row):  # its page no longer offers this form
        said = [words for errors in form.errors.values() for words in errors]
        messages.error(request, " ".join(said))
        return redirect("entitlements:entitlement_detail", pk)
    return render_detail(request, entitlement_of(request, pk), bound=(key, form))


@login_required
@require_POST
def entitlement_submit(request, pk):
    return _act(request, pk, "submit")


@login_required
@require_POST
def entitlement_check(request, pk):
    return _act(request, pk, "check")


@login_required
@require_POST
def entitlement_review(request, pk):
    return _act(request, pk, "review")


@login_required
@require_POST
def entitlement_assess(request, pk):
    return _act(request, pk, "assess")


@login_required
@require_POST
def entitlement_return(request, pk):
    return _act(request, pk, "return")


@login_required
@require_POST
def entitlement_reject(request, pk):
    return _act(request, pk, "reject")


@login_required
@require_POST
def entitlement_withdraw(request, pk):
    return _act(request, pk, "withdraw")


@login_required
@require_POST
def entitlement_suspend(request, pk):
    return _act(request, pk, "suspend")


@login_required
@require_POST
def entitlement_resume(request, pk):
    return _act(request, pk, "resume")
