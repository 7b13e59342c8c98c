"""What pages of this room share: the row of an address, the page with one form, files."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from governance.foundation import dates, spreadsheets
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.foundation.forms import add_refusal

from ..models import Disbursement, PaymentOrder

FOLDER = "subsidies/payments"
VIEW = "ledger.view"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    lines = [*above, (_("Date"), dates.today().isoformat()), (_("Prepared by"), str(request.user))]
    sheet = spreadsheets.OutSheet(title, columns, rows, title=title, above=lines, below=below)
    spreadsheets.write_xlsx(file, [sheet])
    file.seek(0)
    return download(file, f"{name or title}-{dates.today().isoformat()}.xlsx", XLSX)


def download(file, name: str, content_type: str) -> FileResponse:
    """A file to be saved; nothing stays on a shared computer."""
    response = FileResponse(file, content_type=content_type)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["Cache-Control"] = "private, no-store"
    return response
