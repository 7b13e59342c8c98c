"""Cases as a list by deadline, and the same list as a file."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from compounds.registry.places import places_of
from governance.foundation import dates, downloads, spreadsheets, tables
from governance.foundation.views import Listing, ListPage
from governance.organisation.scope import REGISTER_VIEW

from ..filters import CaseFilterSet
from ..models import Case
from ..rules import states
from ..tables import CaseTable
from .common import EXPORT, FOLDER, record_export

SHEET = "清零进展清单"
KINDS = {tables.Number: spreadsheets.INTEGER, tables.Area: spreadsheets.DECIMAL}
# Rights of which one lets somebody take steps of many cases together.
STEPS = (states.WORK, states.VERIFY, states.CONFIRM_RIGHT, states.APPROVE, states.MOVE)


def listing_of(request, rows=None, *, can_pick: bool = False) -> Listing:
    """Cases as the query string asks for them, cut to the reader's scope."""
    context = {"places": places_of(request.user), "user": request.user}
    rows = Case.objects.visible_to(request.user) if rows is None else rows
    return Listing(
        table=CaseTable,
        filterset=CaseFilterSet(request.GET, rows, page=context),
        query=request.GET,
        default_sort="due_on",
        context=context,
        can_pick=can_pick,
        idle=("street",) if len(context["places"].streets) == 1 else (),
    )


class CaseList(ListPage):
    """The cases of the reader's places."""

    template_name = f"{FOLDER}/case_list.html"
    right = REGISTER_VIEW

    def listing(self):
        scope = self.request.user.scope
        return listing_of(self.request, can_pick=any(scope.has(right) for right in STEPS))

    def extra_context(self, listing):
        scope = self.request.user.scope
        return {
            "may": {
                "export": scope.has(EXPORT),
                "import": scope.has("registry.import"),
                "open": scope.has(states.WORK),
                "confirm": scope.has(states.CONFIRM_RIGHT),
                "advance": any(
                    scope.has(right)
                    for right in (states.WORK, states.VERIFY, states.APPROVE, states.MOVE)
                ),
                "deadline": scope.has("case.deadline"),
            },
            "today": dates.today(),
        }


case_list = CaseList.as_view()


@login_required
@require_safe
def case_export(request):
    """What the list shows, in its columns and order."""
    scope = request.user.scope
    scope.require(EXPORT)
    rows = Case.objects.visible_to(request.user).filter(scope.granted(EXPORT))
    listing = listing_of(request, rows)
    write = tables.value_writers(CaseTable, listing.names, listing.context)
    columns = [_column(name) for name in listing.names]
    words = "，".join(f"{label} {value}" for label, value, _url in listing.applied)
    record_export(request, SHEET, listing.queryset.count(), words)
    sheet = downloads.signed(
        request.user,
        SHEET,
        [spreadsheets.OutColumn("序号", spreadsheets.INTEGER, 6), *columns],
        ([n, *write(row)] for n, row in enumerate(listing.all_rows(), start=1)),
        words=words or _("all cases"),
    )
    return downloads.workbook([sheet], f"{SHEET}-{dates.today():%Y%m%d}.xlsx")


def _column(name: str) -> spreadsheets.OutColumn:
    column = CaseTable.base_columns[name]
    kind = KINDS.get(type(column), spreadsheets.TEXT)
    if isinstance(column, tables.Day) or name == "due_on":
        kind = spreadsheets.DATE
    elif name == "entered_on":
        kind = spreadsheets.INTEGER
    return spreadsheets.OutColumn(
        capfirst(str(column.verbose_name)), kind, 24 if name == "name" else 14
    )
