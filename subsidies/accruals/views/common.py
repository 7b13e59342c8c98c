"""What pages of this room share: the row of an address, the page with one form."""

from functools import partial

from django.shortcuts import get_object_or_404

from governance.foundation import acting

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


# The page with one form of this room.
act_page = partial(acting.act_page, template=f"{FOLDER}/act.html")
