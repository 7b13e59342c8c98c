"""Files to be saved: workbooks with who made them and of what. Nothing stays on the computer."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from django.http import FileResponse
from django.utils.translation import gettext as _

from . import dates
from .spreadsheets import OutColumn, OutSheet, write_xlsx

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def download(file, name: str, content_type: str) -> FileResponse:
    """A file under a name; no cache keeps it."""
    response = FileResponse(file, content_type=content_type)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["Cache-Control"] = "private, no-store"
    return response


def workbook(sheets: Iterable[OutSheet], name: str) -> FileResponse:
    """Sheets as one workbook; `name` is that of the file, with its ending."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    write_xlsx(file, sheets)
    file.seek(0)
    return download(file, name, XLSX)


def dated(title: str) -> str:
    """The name of a workbook made today."""
    return f"{title}-{dates.today().isoformat()}.xlsx"


def signed(
    user,
    title: str,
    columns: Sequence[OutColumn],
    rows: Iterable[Sequence],
    *,
    words: str,
    below: Sequence[tuple[str, str]] = (),
    day: str = "",
) -> OutSheet:
    """A sheet with its unit, day, who made it, and the filters it was made with."""
    home = user.scope.home
    above = [
        (_("Unit"), home.area_name if home else ""),
        (_("Date"), day or dates.today().isoformat()),
        (_("Prepared by"), str(user)),
        (_("Filters"), words),
    ]
    return OutSheet(title[:30], columns, rows, title=title, above=above, below=below)
