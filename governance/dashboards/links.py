"""Addresses behind the figures: each leads to the list whose count the figure is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.urls import reverse

from governance.organisation.models import Area, Level

AREA_PARAMETER = {Level.STREET: "street", Level.COMMUNITY: "community"}


@dataclass(frozen=True)
class Links:
    """Addresses for one place and one day; a past day travels along. A wall has none."""

    area: Area
    day: dt.date | None = None
    is_silent: bool = False

    @cached_property
    def _list_page(self) -> str:
        return reverse("registry:compound_list")

    @cached_property
    def _place_page(self) -> str:
        """The page of a place with a hole for its code: addresses are many, reversing is slow."""
        return reverse("dashboards:area_detail", args=["CODE"])

    def compounds(self, inside: Area | None = None, **filters) -> str:
        """The compound list of the place (or of an area inside it), filtered by field."""
        if self.is_silent:
            return ""
        query = self.query(inside, **filters)
        return f"{self._list_page}?{urlencode(query, doseq=True)}" if query else self._list_page

    def query(self, inside: Area | None = None, **filters) -> dict:
        """The parameters that cut a list to the place, the day and the filters."""
        place = inside or self.area
        query = {name: value for name, value in filters.items() if value not in (None, "")}
        if place.level in AREA_PARAMETER:
            query = {AREA_PARAMETER[place.level]: place.code, **query}
        if self.day:
            query["as_of"] = self.day.isoformat()
        return query

    def unmanaged(self, inside: Area | None = None, **filters) -> str:
        return self.compounds(inside, is_unmanaged="true", **filters)

    def near(self) -> str:
        """Compounds close to a threshold of the policy; of today only."""
        return self.unmanaged(near="1")

    def list_of(self, name: str, **filters) -> str:
        """Another room's list, which shows all that the reader may see."""
        return "" if self.is_silent else f"{reverse(name)}?{urlencode(filters)}"

    def place(self, area: Area) -> str:
        """The same page for another place, on the same day."""
        if self.is_silent:
            return ""
        page = self._place_page.replace("CODE", area.code)
        return f"{page}?{urlencode({'as_of': self.day.isoformat()})}" if self.day else page
