"""What one provider serves and is to serve: load, places, strategies."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from django.contrib.auth.decorators import login_required
from django.db.models import Sum
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from compounds.providers.drawing import Base, base_map
from compounds.providers.models import Provider
from compounds.providers.rules import metres_to_nearest, room_left
from compounds.registry.models import Strategy
from governance.organisation.models import Area, Level
from governance.organisation.scope import REGISTER_VIEW

from ..gathering import loads, needed_m2
from ..models import Assignment
from ..tables import STATE_CLASS
from .common import FOLDER

MOST = 500


class Served(NamedTuple):
    """One compound of a provider."""

    assignment: Assignment
    area_m2: Decimal | None
    metres: int | None
    is_far: bool
    state_class: str


class Load(NamedTuple):
    """A provider's load against the capacity it filed, in whole percent of it."""

    filed_m2: Decimal
    active_m2: Decimal
    prepared_m2: Decimal
    capacity_m2: Decimal | None
    left_m2: Decimal | None

    def percent(self, part: Decimal) -> float:
        whole = max(self.capacity_m2 or 0, self.filed_m2 + self.active_m2 + self.prepared_m2)
        return round(float(part * 100 / whole), 1) if whole else 0.0

    @property
    def bars(self) -> list[tuple[str, str, float, Decimal, float]]:
        """(class, words, percent, m², where it begins) of each part of the bar."""
        parts = [
            ("filed", _("served as filed"), self.filed_m2),
            ("active", _("served in the campaign"), self.active_m2),
            ("prepared", _("on its way"), self.prepared_m2),
        ]
        found, start = [], 0.0
        for name, words, area in parts:
            width = self.percent(area)
            found.append((name, words, width, area, start))
            start += width
        return found

    @property
    def is_over(self) -> bool:
        return self.left_m2 is not None and self.left_m2 < 0


@login_required
@require_safe
def portfolio(request, pk):
    """The compounds of a provider that the reader sees, and its load in the whole district."""
    request.user.scope.require(REGISTER_VIEW)
    provider = get_object_or_404(
        Provider.objects.visible_to(request.user).select_related("district"), pk=pk
    )
    bases = list(provider.bases.order_by("pk"))
    points = [(base.longitude, base.latitude) for base in bases]
    rows = (
        Assignment.objects.visible_to(request.user)
        .open()
        .filter(provider=provider)
        .select_related("compound", "compound__community")
        .order_by("state", "compound__code")
    )
    served = []
    for row in rows[:MOST]:
        place = (row.compound.longitude, row.compound.latitude)
        metres = metres_to_nearest(place, points)
        limit = provider.distance_limit_m
        is_far = metres is not None and limit is not None and metres > limit
        served.append(Served(row, needed_m2(row.compound), metres, is_far, STATE_CLASS[row.state]))
    own = Assignment.objects.filter(provider=provider)
    active = loads(own.active()).get(provider.pk, (0, Decimal(0)))
    households = own.active().aggregate(n=Sum("compound__household_count"))["n"]
    prepared = loads(own.prepared()).get(provider.pk, (0, Decimal(0)))
    load = Load(
        provider.served_area_m2 or Decimal(0),
        active[1],
        prepared[1],
        provider.capacity_m2,
        room_left(provider, active[1] + prepared[1]),
    )
    counts = {code: 0 for code, _label in Strategy.choices}
    for one in served:
        counts[one.assignment.strategy] += 1
    return render(
        request,
        f"{FOLDER}/portfolio.html",
        {
            "provider": provider,
            "served": served,
            "active": active,
            "prepared": prepared,
            "hidden": active[0] + prepared[0] - len(served),
            "households": households or 0,
            "load": load,
            "by_strategy": [(code, label, counts[code]) for code, label in Strategy.choices],
            "far": sum(one.is_far for one in served),
            "map": _map(provider, bases, served),
        },
    )


def _map(provider: Provider, bases, served: list[Served]):
    """Bases with how far they go, and compounds as links."""
    points = [
        Base(base.name, base.longitude, base.latitude, provider.distance_limit_m, "")
        for base in bases
        if base.longitude is not None and base.latitude is not None
    ]
    for one in served:
        compound = one.assignment.compound
        if compound.longitude is not None and compound.latitude is not None:
            href = reverse("assignment:assignment_detail", args=[one.assignment.pk])
            points.append(Base(compound.name, compound.longitude, compound.latitude, None, href))
    if not points:
        return ""
    outlines = Area.objects.active().filter(
        district=provider.district_id, level=Level.STREET, boundary__isnull=False
    )
    areas = list(outlines.order_by("code").values_list("name", "boundary"))
    return base_map(_("Bases and compounds"), areas, points)
