"""How far the party grid reaches: figures of an area, and compounds nobody covers."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from compounds.registry.models import Compound
from governance.foundation import dates
from governance.foundation.drawing import share_bar
from governance.foundation.templatetags.look import num
from governance.organisation.models import Area, Level
from governance.organisation.scope import REGISTER_VIEW

from .. import filters, tables
from ..figures import HEADINGS
from ..figures import coverage as figures_of
from ..models import GridCover
from ..models.organisations import is_covered
from ..services.duties import norms_of
from .common import PartyList

LEVELS = (Level.DISTRICT, Level.STREET, Level.COMMUNITY)
# Columns of the table: a figure, and whether a bar stands under it.
COLUMNS = (
    ("compounds", True),
    ("branches", False),
    ("groups", False),
    ("grids", False),
    ("micro_grids", False),
    ("building_heads", True),
    ("entrance_heads", True),
    ("assistants", False),
    ("overloaded", False),
    ("duties_expiring", False),
)


@login_required
@require_safe
def coverage(request):
    """The figures of an area: the reader's own, or the one that `area` names."""
    scope = request.user.scope
    scope.require(REGISTER_VIEW)
    area = _area(request)
    is_all = request.GET.get("all") == "1"
    found = figures_of(request.user, area, is_all=is_all)
    total = found.total.figures
    return render(
        request,
        "governance/party_grid/coverage.html",
        {
            "area": area,
            "above": _above(request, area),
            "is_all": is_all,
            "coverage": found,
            "total": total,
            "columns": [HEADINGS[key] for key, _bar in COLUMNS],
            "rows": [
                {
                    "area": row.area,
                    "is_street": row.area.level == Level.STREET,
                    "cells": _cells(row.figures),
                }
                for row in found.rows
            ],
            "sum": _cells(total),
            "norms": norms_of(area),
            "today": dates.today(),
            "page_url": reverse("party_grid:coverage"),
        },
    )


def _cells(figures) -> list[tuple[str, str]]:
    """(heading, cell) of each column; written here, because a district has a thousand of them."""
    found = []
    for key, has_bar in COLUMNS:
        figure, heading = figures[key], capfirst(str(HEADINGS[key]))
        text = format_html('<a href="{}">{}</a>', figure.url, num(figure.have))
        if not figure.url:
            text = num(figure.have)
        wanted = bar = ""
        if figure.want is not None:
            wanted = format_html("<small>/{}</small>", num(figure.want))
        if has_bar and figure.want:
            words = f"{heading} {figure.percent:.1f}%"
            bar = share_bar(figure.percent, words, figure.missing_url)
        found.append((heading, format_html("{}{}{}", text, wanted, bar)))
    return found


def _area(request) -> Area:
    seen = Area.objects.visible_to(request.user).active().filter(level__in=LEVELS)
    code = request.GET.get("area", "")
    if not code:
        return Area.objects.get(pk=request.user.scope.home.area)
    found = seen.filter(code=code[:12].replace("\0", "")).first()
    if found is None:
        raise Http404
    return found


def _above(request, area: Area) -> list[Area]:
    """Areas above that the reader may open, from the top."""
    ids = [pk for pk in (area.district_id, area.street_id) if pk and pk != area.pk]
    return list(Area.objects.visible_to(request.user).filter(pk__in=ids).order_by("level"))


class UncoveredList(PartyList):
    """Compounds that no standing branch or group covers."""

    template_name = "governance/party_grid/uncovered_list.html"
    table = tables.UncoveredTable
    filterset = filters.UncoveredFilterSet
    default_sort = "name"

    def visible(self):
        return Compound.objects.active().visible_to(self.request.user).filter(~is_covered())

    def beside(self, listing):
        names: dict[int, list[str]] = {}
        rows = GridCover.objects.filter(compound__in=listing.ids, grid__level=Level.GRID)
        for pk, name in (
            rows.order_by("grid__code").values_list("compound", "grid__name").distinct()
        ):
            names.setdefault(pk, []).append(name)
        listing.context["grids"] = {pk: "、".join(found[:3]) for pk, found in names.items()}


uncovered_list = UncoveredList.as_view()
