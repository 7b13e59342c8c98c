"""What pages of this room share: the row of an address, the page with one form, files."""

from collections.abc import Iterable, Sequence
from functools import partial

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from governance.foundation import acting, dates, downloads, spreadsheets
from governance.foundation.errors import NotAllowed

from ..models import Disbursement, PaymentOrder

FOLDER = "subsidies/payments"
VIEW = "ledger.view"


def may(request, right: str, district_id: int) -> bool:
    return district_id in request.user.scope.in_districts(right)


def batch_of(request, pk: int, *rights: str) -> Disbursement:
    """A batch in the reader's sight, for an act that needs one of the rights there."""
    rows = Disbursement.objects.visible_to(request.user).select_related(
        "indicator__line", "district", "prepared_by", "submitted_by", "released_by"
    )
    batch = get_object_or_404(rows, pk=pk)
    if rights and not any(may(request, right, batch.district_id) for right in rights):
        raise NotAllowed
    return batch


def order_of(request, pk: int, *rights: str) -> PaymentOrder:
    rows = PaymentOrder.objects.visible_to(request.user).select_related(
        "disbursement__indicator", "provider", "payee_account", "reconciled_by", "district"
    )
    order = get_object_or_404(rows, pk=pk)
    if rights and not any(may(request, right, order.district_id) for right in rights):
        raise NotAllowed
    return order


# The page with one form of this room.
act_page = partial(acting.act_page, template=f"{FOLDER}/act.html")


def workbook(
    request,
    title: str,
    columns: Sequence[spreadsheets.OutColumn],
    rows: Iterable[Sequence],
    *,
    above: Sequence[tuple[str, str]] = (),
    below: Sequence[tuple[str, str]] = (),
    name: str = "",
) -> FileResponse:
    """A sheet as a file, with who made it and of what."""
    lines = [*above, (_("Date"), dates.today().isoformat()), (_("Prepared by"), str(request.user))]
    sheet = spreadsheets.OutSheet(title, columns, rows, title=title, above=lines, below=below)
    return downloads.workbook([sheet], downloads.dated(name or title))
