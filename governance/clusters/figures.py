"""Clusters of an area in constant queries: how many pass, and which items are in place."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance.organisation.models import COLUMNS, Area

from .models import Cluster, FiveHave, has_all, has_item


@dataclass(frozen=True, slots=True)
class Figure:
    """How many of all clusters, with the list of just these and the list of the others."""

    key: str
    label: Any
    count: int
    total: int
    url: str
    missing_url: str = ""

    @property
    def missing(self) -> int:
        return self.total - self.count


def figures(user, area: Area) -> list[Figure]:
    """Clusters of an area: those that pass with all five, and those that have each item."""
    column = COLUMNS[area.level]
    place = {} if column == "district" else {column: area.code}
    return in_place(user, Q(**{column: area.pk}), place)


def in_place(user, inside: Q, place: dict[str, str]) -> list[Figure]:
    """The figures of what lies `inside`; `place` says the same as parameters of the list."""
    items = {
        f"n_{item.lower()}": Count("pk", filter=has_item(item)) for item in FiveHave.Item.values
    }
    rows = Cluster.objects.visible_to(user).filter(inside).order_by()
    found = rows.aggregate(
        total=Count("pk"),
        passing=Count("pk", filter=has_all()),
        emergency=Count("pk", filter=Q(is_emergency=True)),
        **items,
    )
    total = found["total"]

    def to(**query) -> str:
        address = urlencode({**query, **place})
        base = reverse("clusters:cluster_list")
        return f"{base}?{address}" if address else base

    figures = [
        Figure(
            "passing",
            _("have all five"),
            found["passing"],
            total,
            to(passes="true"),
            to(passes="false"),
        )
    ]
    for item in FiveHave.Item:
        count = found[f"n_{item.value.lower()}"]
        figures.append(
            Figure(item.value, item.label, count, total, to(has=item.value), to(missing=item.value))
        )
    figures.append(Figure("clusters", _("clusters"), total, total, to()))
    if found["emergency"]:
        figures.append(
            Figure(
                "emergency", _("in emergency mode"), found["emergency"], total, to(emergency="true")
            )
        )
    return figures
