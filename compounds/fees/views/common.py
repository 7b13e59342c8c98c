"""What the pages of this room share: finding a compound, exporting a sheet, drawing rates."""

from collections.abc import Sequence

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from compounds.registry.models import Compound
from governance.audit import services as audit
from governance.foundation.charts import Trend
from governance.foundation.drawing import Mark
from governance.organisation.scope import REGISTER_VIEW
from governance.pairings.views.lists import Annotated, place_of, workbook

from .. import figures
from ..services.collecting import EDIT

FOLDER = "compounds/fees"
EXPORT = "registry.export"
IMPORT = "registry.import"

__all__ = ["EDIT", "EXPORT", "FOLDER", "IMPORT", "Annotated", "place_of", "workbook"]


def compound_of(request, code: str, right: str = REGISTER_VIEW) -> Compound:
    """A compound of the reader's places, for an act that needs a right there."""
    rows = Compound.objects.visible_to(request.user).select_related("community__street")
    compound = get_object_or_404(rows, code=code)
    request.user.scope.require(right, compound)
    return compound


def record_export(request, model, label: str, count: int, words: str = "") -> None:
    """What left the system, in the log."""
    audit.record_export(by=request.user, kind=model, label=label, count=count, words=words)


def export(request, sheet, rows, listing, nothing: str):
    """The rows of a list as the sheet that is imported; recorded, and only where it is allowed."""
    request.user.scope.require(EXPORT)
    rows = rows.filter(request.user.scope.granted(EXPORT))
    words = "，".join(f"{label} {value}" for label, value, _url in listing.applied)
    record_export(request, sheet.model, f"{sheet.titles[0]} xlsx", rows.count(), words)
    return workbook(request, sheet, sheet.export_rows(rows), words or nothing)


def rate_chart(points: Sequence[figures.Rates], place: dict[str, str], title: str) -> Trend:
    """Rates by money, month by month; each column opens the reports behind it."""
    return Trend(
        title=title,
        empty=_("Nothing has been reported in these months."),
        column_title=_("by money"),
        marks=[
            Mark(
                f"{one.month:%y-%m}",
                one.by_money or 0,
                tone="st3",
                href=figures.to("report_list", place, month=f"{one.month:%Y-%m}")
                if one.reports
                else "",
                text=f"{one.by_money}%" if one.by_money is not None else "—",
            )
            for one in points
        ],
    )
