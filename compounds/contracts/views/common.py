"""What pages of this room share: the row of an address, the page with one form, refusals."""

from functools import partial

from django.shortcuts import get_object_or_404

from compounds.registry.models import Compound
from governance.foundation import acting
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


# The page with one form of this room.
act_page = partial(acting.act_page, template=f"{FOLDER}/act.html", refuse=show_refusal)
