"""What the pages of money share: periods, the reporting unit, workbooks and the log of exports."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation import dates, downloads
from governance.foundation.errors import NotAllowed
from governance.foundation.spreadsheets import OutSheet
from governance.foundation.tables import day_of
from subsidies.ledger.models import Posting

from ..rules.periods import Period

FOLDER = "subsidies/reports"
EXPORT = "registry.export"
PAGE = 100
MOST_ROWS = 50_000


def period_of(request) -> Period:
    """The period of an address (`from`, `until`); by default this year up to today."""
    today = dates.today()
    first = day_of(request.GET.get("from", "")) or today.replace(month=1, day=1)
    last = day_of(request.GET.get("until", "")) or max(today, first)
    if last < first:
        messages.warning(request, _("The period ends before it begins; the days were exchanged."))
        first, last = last, first
    return Period(first, last)


def unit_of(request) -> str:
    """Who reports: the widest place of the reader."""
    home = request.user.scope.home
    return home.area_name if home else ""


def base(request, here: str) -> dict[str, Any]:
    """What every page of the room shows."""
    scope = request.user.scope
    return {
        "here": here,
        "unit": unit_of(request),
        "today": dates.today(),
        "sees_ledger": scope.has("ledger.view"),
        "may_export": scope.has(EXPORT),
    }


def about(request) -> dict[str, Any]:
    """What a workbook says of itself."""
    return {"unit": unit_of(request), "day": dates.today(), "by": str(request.user)}


def is_too_much(request, count: int) -> bool:
    """Whether more rows are asked for than leave at once; the reader is told, nothing is cut."""
    if count <= MOST_ROWS:
        return False
    messages.error(
        request,
        _("%(count)s rows are too many for one workbook (%(most)s): narrow the filters.")
        % {"count": f"{count:,}", "most": f"{MOST_ROWS:,}"},
    )
    return True


def as_workbook(request, found: OutSheet | list[OutSheet], name: str, words: str):
    """Sheets as a file, and the entry that they left.

    Whoever exports must hold the right wherever the sheet looks: nothing seen only leaves.
    """
    scope = request.user.scope
    if not scope.covers(EXPORT):
        raise NotAllowed()
    kept = [
        replace(sheet, rows=list(sheet.rows))
        for sheet in (found if isinstance(found, list) else [found])
    ]
    audit.record_export(
        by=request.user,
        kind=Posting,
        label=kept[0].name,
        count=sum(len(sheet.rows) for sheet in kept),
        words=words[:500],
    )
    return downloads.workbook(kept, f"{name}.xlsx")
