"""What pages of this room share: the row of an address, the page with one form."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render

from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.foundation.forms import add_refusal

from .. import figures
from ..models import Accrual, AccrualRun

FOLDER = "subsidies/accruals"
EXPORT = "registry.export"


def run_of(request, pk: int, right: str = "") -> AccrualRun:
    """A run of the reader's districts, for an act that needs a right in its district."""
    rows = figures.runs_for(request.user).select_related(
        "district", "prepared_by", "submitted_by", "approved_by"
    )
    run = get_object_or_404(rows, pk=pk)
    if right:
        request.user.scope.require(right, run)
    return run


def accrual_of(request, pk: int, right: str = "") -> Accrual:
    """A line of the reader's places."""
    rows = Accrual.objects.visible_to(request.user).select_related(
        "run",
        "entitlement__compound",
        "entitlement__provider",
        "entitlement__programme",
        "street",
        "community",
        "confirmed_by",
    )
    accrual = get_object_or_404(rows, pk=pk)
    if right:
        request.user.scope.require(right, accrual)
    return accrual


def act_page(
    request,
    form,
    *,
    write: Callable[[], Any],
    title: str,
    button: str,
    done: str,
    back: str,
    **context,
):
    """A page with one form: what the service refuses stands beside its field."""
    if request.method == "POST" and form.is_valid():
        try:
            write()
        except NotAllowed:
            raise
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect(back)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, done)
            return redirect(back)
    page = {"form": form, "title": title, "button": button, "back": back, **context}
    return render(request, f"{FOLDER}/act.html", page)
