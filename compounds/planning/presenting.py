"""The rows a plan's page shows: bundles, fairness by street and size, the map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from governance.organisation.models import Area

from .drawing import Anchor, Point, plan_map
from .models import PlanBundle, PlanPlace, PlanRun
from .reasons import name_of

MOST_OUTLINES = 60


class PlanPage:
    """A finished plan for a reader; rows only inside the reader's scope."""

    def __init__(self, run: PlanRun, user):
        self.run, self.user = run, user
        self.figures = run.figures

    @cached_property
    def streets(self) -> list[dict[str, Any]]:
        """Fallback by street, with the list that proves it; streets the reader may see."""
        rows = {row["street"]: row for row in self.figures["streets"]}
        areas = Area.objects.visible_to(self.user).filter(pk__in=rows).defer("boundary")
        return [
            {
                "name": area.name,
                "href": self._places(street=area.code, outcome="LEFT"),
                **rows[area.pk],
            }
            for area in areas.order_by("code")
        ]

    @cached_property
    def sizes(self) -> list[dict[str, Any]]:
        return [
            {
                **row,
                "href": self._places(
                    households_from=row["from"], households_below=row["below"], outcome="LEFT"
                ),
            }
            for row in self.figures["sizes"]
        ]

    def _places(self, **filters) -> str:
        given = {name: value for name, value in filters.items() if value not in (None, "")}
        return f"{reverse('planning:place_list', args=[self.run.pk])}?{urlencode(given)}"

    @cached_property
    def bundles(self) -> list[PlanBundle]:
        rows = PlanBundle.objects.filter(run=self.run).select_related(
            "provider", "base", "centre_of"
        )
        return list(rows.defer("centre_of__boundary").order_by("number"))

    def drawing(self):
        """The map of bundles as far as the reader's scope goes."""
        return plan_map(_("Bundles of the plan"), self._outlines(), self._points(), self._anchors())

    def _outlines(self) -> Sequence[dict[str, Any]]:
        inside = Q(street=self.run.area) if self.run.street_id else Q(district=self.run.area)
        rows = Area.objects.visible_to(self.user).filter(inside, level=2, boundary__isnull=False)
        return list(rows.order_by("code").values_list("boundary", flat=True)[:MOST_OUTLINES])

    def _points(self) -> list[Point]:
        base = reverse("planning:plan_detail", args=[self.run.pk])
        rows = PlanPlace.objects.visible_to(self.user).filter(run=self.run).order_by("pk")
        found = rows.values_list(
            "compound__name", "compound__code", "compound__longitude", "compound__latitude",
            "households", "outcome", "stone__longitude", "stone__latitude",
            "bundle__longitude", "bundle__latitude",
        )  # fmt: skip
        points = []
        for name, code, east, north, households, outcome, *joined in found.iterator():
            if east is None or north is None:
                continue
            stone, bundle = tuple(joined[:2]), tuple(joined[2:])
            to = next((place for place in (stone, bundle) if None not in place), None)
            points.append(
                Point(name, east, north, households, outcome, f"{base}places/{code}/", to)
            )
        return points

    def _anchors(self) -> list[Anchor]:
        base = reverse("planning:plan_detail", args=[self.run.pk])
        return [
            Anchor(row.number, name_of(row), row.longitude, row.latitude,
                   f"{base}bundles/{row.number}/")
            for row in self.bundles
        ]  # fmt: skip
