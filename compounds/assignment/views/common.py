"""What pages of this room share: lists, the row of an address, the page with one form."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from compounds.providers.models import Provider
from compounds.registry.models import Compound
from compounds.registry.places import places_of
from governance.audit import services as audit
from governance.foundation import dates, spreadsheets
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.foundation.forms import add_refusal
from governance.foundation.tables import value_writers
from governance.foundation.views import ListPage
from governance.organisation.scope import REGISTER_VIEW

from ..models import PROPOSE, Assignment

FOLDER = "compounds/assignment"
EXPORT = "registry.export"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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


def act_page(
    request,
    form,
    *,
    write: Callable[[], Any],
    title: str,
    button: str,
    done: str,
    back: str,
    template: str = f"{FOLDER}/act.html",
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
    return render(request, template, page)


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
    home = scope.home
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    count = listing.queryset.count()
    act = audit.Act(
        verb="export",
        object_type=model._meta.label_lower,
        object_label=f"{title} xlsx",
        changes=audit.plain({"rows": [None, count], "filter": [None, "；".join(words)]}),
        place=(home.district, home.street, None) if home else (None, None, None),
    )
    with transaction.atomic():
        audit.record_many([act], by=user)
    spreadsheets.write_xlsx(
        file,
        [
            spreadsheets.OutSheet(
                title[:30],
                columns,
                (cells(row) for row in listing.all_rows()),
                title=title,
                above=[
                    (_("Unit"), home.area_name if home else ""),
                    (_("Date"), dates.today().isoformat()),
                    (_("Prepared by"), str(user)),
                    (_("Filters"), "；".join(words) or _("everything")),
                ],
            )
        ],
    )
    file.seek(0)
    response = FileResponse(file, content_type=XLSX)
    name = f"{title}-{dates.today().isoformat()}.xlsx"
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response
