"""What pages of this room share: the row of an address, the page with one form, refusals."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render

from compounds.registry.models import Compound
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.foundation.forms import add_refusal
from governance.organisation.scope import REGISTER_VIEW

from ..errors import Refused
from ..models import Contract, Lot

FOLDER = "compounds/contracts"
EXPORT = "registry.export"


def contract_of(request, pk: int, right: str = REGISTER_VIEW) -> Contract:
    """A contract of the reader's places, for an act that needs a right there."""
    rows = Contract.objects.visible_to(request.user).select_related(
        "provider",
        "lot",
        "lot__provider",
        "follows",
        "street",
        "community",
        "district",
        "prepared_by",
        "filed_by",
    )
    contract = get_object_or_404(rows, pk=pk)
    request.user.scope.require(right, contract)
    return contract


def lot_of(request, pk: int, right: str = REGISTER_VIEW) -> Lot:
    rows = Lot.objects.visible_to(request.user).select_related("provider", "street", "district")
    lot = get_object_or_404(rows, pk=pk)
    request.user.scope.require(right, lot)
    return lot


def compound_of(request, code: str) -> Compound:
    rows = Compound.objects.visible_to(request.user).select_related("community", "street")
    return get_object_or_404(rows, code=code)


def show_refusal(form, error: Exception) -> None:
    """A refusal beside its fields; one of several reasons shows them all."""
    if not isinstance(error, Refused):
        add_refusal(form, error)
        return
    for field, words in error.by_field:
        form.add_error(field if field in form.fields else None, words)


def act_page(
    request,
    form,
    *,
    write: Callable[[], Any],
    title: str,
    button: str,
    done: str,
    back: str,
    template: str = f"{FOLDER}/act.html",
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
            show_refusal(form, error)
        else:
            messages.success(request, done)
            return redirect(back)
    page = {"form": form, "title": title, "button": button, "back": back, **context}
    return render(request, template, page)
