"""What pages of this room share: lists, the row of an address, the page with one form."""

from __future__ import annotations

import uuid
from functools import partial

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from compounds.providers.models import Provider
from compounds.registry.models import Compound
from compounds.registry.places import places_of
from governance.audit import services as audit
from governance.foundation import acting, dates, downloads, spreadsheets
from governance.foundation.tables import value_writers
from governance.foundation.views import ListPage
from governance.organisation.scope import REGISTER_VIEW

from ..models import PROPOSE, Assignment

FOLDER = "compounds/assignment"
EXPORT = "registry.export"


class PlacedList(ListPage):
    """Base of the lists: rows of the reader's places, and what the tabs need."""

    right = REGISTER_VIEW
    here = ""

    def page_context(self):
        user = self.request.user
        return {
            "places": places_of(user),
            "user": user,
            "may_propose": user.scope.has(PROPOSE),
        }

    def extra_context(self, listing):
        scope = self.request.user.scope
        return {
            "here": self.here,
            "may_propose": scope.has(PROPOSE),
            "may_export": scope.has(EXPORT),
            "today": dates.today(),
        }


def assignment_of(request, pk: int) -> Assignment:
    """An assignment of the reader's places."""
    rows = Assignment.objects.visible_to(request.user).select_related(
        "compound",
        "compound__community",
        "compound__street",
        "provider",
        "replaces",
        "replaces__provider",
        "prepared_by",
        "reviewed_by",
        "approved_by",
    )
    return get_object_or_404(rows, pk=pk)


def compound_of(request, code: str, right: str = "") -> Compound:
    """A compound of the reader's places, for an act that needs a right there."""
    rows = Compound.objects.visible_to(request.user).select_related("community", "street")
    compound = get_object_or_404(rows, code=code)
    if right:
        request.user.scope.require(right, compound)
    return compound


def firms_of(user, district: int):
    return Provider.objects.visible_to(user).filter(district_id=district).order_by("name", "pk")


def new_batch() -> str:
    return uuid.uuid4().hex


# The page with one form of this room.
act_page = partial(acting.act_page, template=f"{FOLDER}/act.html")


def workbook(request, listing, *, title: str, model) -> FileResponse:
    """A list as a workbook, with its filters and columns; recorded."""
    user = request.user
    scope = user.scope
    scope.require(EXPORT)
    listing.filterset.queryset = listing.filterset.queryset.filter(scope.granted(EXPORT))
    cells = value_writers(listing.table, listing.names, listing.context)
    columns = [
        spreadsheets.OutColumn(capfirst(str(listing.table.base_columns[name].verbose_name)))
        for name in listing.names
    ]
    words = [f"{label} {value}" for label, value, _url in listing.applied]
    if listing.query.get("q"):
        words.insert(0, listing.query["q"])
    told, count = "；".join(words), listing.queryset.count()
    audit.record_export(by=user, kind=model, label=f"{title} xlsx", count=count, words=told)
    rows = (cells(row) for row in listing.all_rows())
    sheet = downloads.signed(user, title, columns, rows, words=told or _("everything"))
    return downloads.workbook([sheet], downloads.dated(title))
