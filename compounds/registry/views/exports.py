"""The register as a file: the same filters, columns and order as on the screen.

Headers and cells are those of the import, so that importing an export changes nothing.
"""

import itertools
from collections.abc import Iterator
from operator import itemgetter
from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.audit import services as audit
from governance.foundation import dates, downloads, spreadsheets

from ..importing.columns import BOOLEAN, TAGS
from ..importing.compound_columns import COLUMNS
from .lists import listing_of

SHEET = "小区摸底台账"
PLACES = {"street": "street_name", "community": "community_name"}
BY_FIELD = {column.field: column for column in COLUMNS if column.field}
SURVEY = [column.field for column in COLUMNS if column.field]
ROWS_LIMIT = 300_000


def _plan(listing, whole: bool):
    """(columns of the sheet, paths to read, function from a row to its cells)."""
    names_of, codes_of = listing.context["places"].names, listing.context["places"].codes
    if whole:
        fields = SURVEY
    else:
        fields = [PLACES.get(name, name) for name in listing.names]
        if "code" not in fields:
            fields.append("code")
    columns, paths, writers = [], ["pk"], []

    def at(path):
        if path not in paths:
            paths.append(path)
        return paths.index(path)

    for field in fields:
        spec = BY_FIELD.get(field)
        if field in ("street_name", "community_name"):
            place = at(field.replace("_name", "_id"))
            writers.append(lambda row, place=place: names_of.get(row[place]))
        elif field == "community_code":
            # Not the beginning of its own code: a compound keeps that when it moves.
            place = at("community_id")
            writers.append(lambda row, place=place: codes_of.get(row[place]))
        elif spec:
            place = at(field)
            if spec.label_of or spec.kind in (BOOLEAN, TAGS):
                writers.append(lambda row, place=place, spec=spec: spec.shown(row[place]))
            else:
                writers.append(itemgetter(place))
        else:
            column = listing.table.base_columns[field]
            read, words = [at(path) for path in column.reads], column.in_words(listing.context)
            writers.append(lambda row, read=read, words=words: words(*[row[i] for i in read]))
        if spec:
            columns.append(spec.out())
        else:
            column = listing.table.base_columns[field]
            columns.append(spreadsheets.OutColumn(str(column.verbose_name)))
    return columns, paths, lambda row: [write(row) for write in writers]


def _cells(listing, paths, cells) -> Iterator[list]:
    rows = listing.queryset.order_by(*listing.order).values_list(*paths)
    for row in rows[:ROWS_LIMIT].iterator(chunk_size=2000):
        yield cells(row)


def _in_pieces(lines: Iterator[bytes], size: int = 500) -> Iterator[bytes]:
    """Many lines at a time: one piece each would cost more than writing it."""
    while piece := b"".join(itertools.islice(lines, size)):
        yield piece


@login_required
@require_safe
def export(request):
    scope = request.user.scope
    scope.require("registry.export")
    listing = listing_of(request)
    rows = listing.filterset.queryset
    listing.filterset.queryset = rows.filter(scope.granted("registry.export"))
    whole = bool(request.GET.get("whole"))
    kind = "csv" if request.GET.get("format") == "csv" else "xlsx"
    columns, paths, cells = _plan(listing, whole)
    count = listing.queryset.count()
    _record(request, listing, kind, count, [column.header for column in columns])
    name = f"{SHEET}-{(listing.context['day'] or dates.today()).isoformat()}.{kind}"
    if kind == "csv":
        lines = spreadsheets.csv_lines(
            [column.header for column in columns], _cells(listing, paths, cells)
        )
        response = StreamingHttpResponse(_in_pieces(lines), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
        return response
    sheet = downloads.signed(
        request.user,
        SHEET,
        columns,
        _cells(listing, paths, cells),
        words=_in_words(listing),
        day=(listing.context["day"] or dates.today()).isoformat(),
    )
    return downloads.workbook([sheet], name)


def _in_words(listing) -> str:
    parts = [f"{label} {value}" for label, value, _url in listing.applied]
    if listing.query.get("q"):
        parts.insert(0, listing.query["q"])
    return "，".join(parts) or _("all compounds")


def _record(request, listing, kind: str, count: int, headers: list[str]) -> None:
    home = request.user.scope.home
    place = (home.district, home.street, None) if home else (None, None, None)
    act = audit.Act(
        verb="export",
        object_type="registry.compound",
        object_label=f"{SHEET} {kind}",
        changes=audit.plain(
            {
                "rows": [None, count],
                "filters": [None, listing.filter_query],
                "columns": [None, "、".join(headers)],
            }
        ),
        place=place,
    )
    with transaction.atomic():
        audit.record_many([act], by=request.user)
