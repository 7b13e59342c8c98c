"""The sheets of the room as files: the columns of the import, so that they change nothing there.

Numbers of people are masked; for readers who see no people their names stay out as well.
"""

from collections.abc import Iterable, Iterator

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from compounds.registry.importing.sheets import Sheet
from governance.audit import services as audit
from governance.foundation import dates, spreadsheets
from governance.people.models import VIEW

from ..models import Duty
from .grids import ASSISTANTS

EXPORT = "registry.export"
PEOPLE = frozenset({"secretary", "head", "phone", *ASSISTANTS})  # columns that name people


@transaction.atomic
def write_export(
    *,
    by,
    sheet: Sheet,
    queryset: QuerySet,
    target,
    filters: Iterable[str] = (),
    noted: Iterable[str] = (),
) -> int:
    """Write the rows of a list as a workbook; returns how many were asked for, and records it.

    `filters` stand in the file, `noted` is what the log keeps of them.
    Raises NotAllowed: without the right to export, or of a sheet of nothing but people.
    """
    scope = by.scope
    scope.require(EXPORT)
    is_of_people = sheet.model is Duty
    if is_of_people:
        scope.require(VIEW)
        queryset = queryset.filter(scope.granted(VIEW))
    rows = sheet.model.objects.filter(pk__in=queryset.order_by().values("pk")).filter(
        scope.granted(EXPORT)
    )
    title, words = sheet.titles[0], "；".join(filters)
    cells = sheet.export_rows(rows)
    if not is_of_people and not scope.covers(VIEW, EXPORT):
        cells = _without_people(sheet, cells)
    home = scope.home
    spreadsheets.write_xlsx(
        target,
        [
            spreadsheets.OutSheet(
                title,
                sheet.export_columns(),
                cells,
                title=title,
                above=[
                    (_("Unit"), home.area_name if home else ""),
                    (_("Date"), dates.today().isoformat()),
                    (_("Prepared by"), str(by)),
                    (_("Filters"), words or _("everything")),
                ],
            )
        ],
    )
    count = rows.count()
    act = audit.Act(
        verb="export",
        object_type=sheet.model._meta.label_lower,
        object_label=f"{title} xlsx",
        changes=audit.plain({"rows": [None, count], "filter": [None, "；".join(noted)]}),
        place=(home.district, home.street, None) if home else (None, None, None),
    )
    audit.record_many([act], by=by)
    return count


def _without_people(sheet: Sheet, rows: Iterator[list]) -> Iterator[list]:
    hidden = [i for i, column in enumerate(sheet.columns) if column.field in PEOPLE]
    for row in rows:
        for i in hidden:
            row[i] = None
        yield row
