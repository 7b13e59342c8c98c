"""What the pages of the campaign share: a case in the reader's scope, files, the log of exports."""

from __future__ import annotations

import tempfile
from urllib.parse import quote

from django.db import transaction
from django.http import FileResponse

from compounds.classification.views.common import seen_or_404
from governance.audit import services as audit
from governance.foundation import spreadsheets

from ..models import Case

FOLDER = "compounds/clearing"
EXPORT = "registry.export"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CASE = (
    "compound",
    "compound__community",
    "compound__street",
    "compound__district",
    "provider",
    "confirmed_by",
)


def case_of(request, code: str) -> Case:
    """The case of a compound in the reader's scope; 404 where there is none."""
    rows = Case.objects.visible_to(request.user).select_related(*CASE)
    return seen_or_404(rows, compound__code=code)


def workbook(sheet: spreadsheets.OutSheet, name: str) -> FileResponse:
    """A sheet as a file to keep."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    spreadsheets.write_xlsx(file, [sheet])
    file.seek(0)
    response = FileResponse(file, content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


def record_export(request, label: str, rows: int, words: str) -> None:
    """Note that rows of the campaign left as a file."""
    home = request.user.scope.home
    act = audit.Act(
        verb="export",
        object_type="clearing.case",
        object_label=label[:200],
        changes=audit.plain({"rows": [None, rows], "filter": [None, words]}),
        place=(home.district, home.street, None) if home else (None, None, None),
    )
    with transaction.atomic():
        audit.record_many([act], by=request.user)
