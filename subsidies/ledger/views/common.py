"""What the pages of this room share: districts, rows that may be seen, workbooks, figures."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from urllib.parse import urlencode

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from governance.audit import services as audit
from governance.foundation import downloads, money, spreadsheets
from governance.organisation.models import Area

from ..models import VIEW, BudgetIndicator, Transaction
from ..rules import Standing

FOLDER = "subsidies/ledger"
# Stages as the pages show them: name of the figure, stage of the filter.
SHOWN = (
    ("granted", "GRANTED"),
    ("available", "AVAILABLE"),
    ("frozen", "FROZEN"),
    ("committed", "COMMITTED"),
    ("accrued", "ACCRUED"),
    ("payable", "PAYABLE"),
    ("in_payment", "IN_PAYMENT"),
    ("paid", "PAID"),
    ("to_recover", "TO_RECOVER"),
    ("returned", "RETURNED"),
    ("lapsed", "LAPSED"),
)


def districts_of(request, right: str = VIEW) -> list[int]:
    return sorted(request.user.scope.in_districts(right))


def district_of(request, right: str = VIEW) -> Area:
    """The district whose books are open: the first of the reader's, or the one asked for."""
    rows = Area.objects.filter(pk__in=districts_of(request, right)).order_by("code")
    asked = request.GET.get("district", "")
    found = (rows.filter(code=asked).first() if asked else None) or rows.first()
    if found is None:
        raise Http404
    return found


def seen_or_404(queryset, request, pk: int, right: str = VIEW):
    """A row of the districts whose ledger the reader sees; acts need their right there."""
    row = get_object_or_404(queryset.filter(district__in=districts_of(request)), pk=pk)
    request.user.scope.require(right, row.district)
    return row


def indicators_of(request):
    rows = BudgetIndicator.objects.filter(district__in=districts_of(request))
    return rows.select_related("line", "district")


def choices_of(request) -> dict:
    """What filters offer: the reader's indicators and their years, the newest first."""
    rows = list(indicators_of(request).order_by("-line__year", "number"))
    years = sorted({row.line.year for row in rows}, reverse=True)
    return {
        "districts": districts_of(request),
        "indicators": [(str(row.pk), f"{row.line.year} {row.number}") for row in rows],
        "years": [(str(year), str(year)) for year in years],
    }


def figures(standing: Standing, **where) -> list[dict]:
    """Each stage with its amount, its share of what was granted, and the postings behind it."""
    base = reverse("ledger:posting_list")
    return [
        {
            "name": name,
            "amount": getattr(standing, name),
            "percent": money.percent(getattr(standing, name), standing.granted, 1),
            "url": f"{base}?{urlencode({**where, 'stage': stage})}",
        }
        for name, stage in SHOWN
    ]


def by_name(standing: Standing, **where) -> dict[str, dict]:
    return {one["name"]: one for one in figures(standing, **where)}


def workbook(
    request,
    title: str,
    columns: Sequence[spreadsheets.OutColumn],
    rows: Iterable[Sequence],
    *,
    words: str = "",
    count: int = 0,
    below: Sequence[tuple[str, str]] = (),
) -> FileResponse:
    """A table as a file, with who made it and of what; recorded, since it leaves the system."""
    audit.record_export(by=request.user, kind=Transaction, label=title, count=count, words=words)
    sheet = downloads.signed(request.user, title, columns, rows, words=words, below=below)
    return downloads.workbook([sheet], downloads.dated(title))


def money_column(header) -> spreadsheets.OutColumn:
    return spreadsheets.OutColumn(str(header), spreadsheets.DECIMAL, 16)


def total(standings: Iterable[Standing]) -> Standing:
    found = Standing(*[Decimal(0)] * len(Standing.__slots__))
    for one in standings:
        found += one
    return found
