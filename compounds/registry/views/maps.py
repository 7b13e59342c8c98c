"""The map of the register: the page with its list, and the scoped points it draws."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_safe

from governance.foundation.templatetags.look import STRATEGY_CLASS
from governance.organisation.models import Area, Level
from governance.organisation.scope import REGISTER_VIEW

from ..models import DecisionState, Strategy
from .lists import listing_of

MOST_POINTS = 20_000
LISTED = 100
STRATEGIES = list(Strategy.values)
STATES = ["", *DecisionState.values]
MANAGED, UNKNOWN = "managed", "unknown"


def _marks() -> dict[str, str]:
    """One character on each point, so that colour never speaks alone."""
    return {
        "UNIT_COBUILD": pgettext("mark on the map", "U"),
        "RED_TAKEOVER": pgettext("mark on the map", "R"),
        "SUBSIDY_TRANSITION": pgettext("mark on the map", "S"),
        "FALLBACK": pgettext("mark on the map", "F"),
        "": pgettext("mark on the map", "·"),
    }


def _legends() -> dict[str, list[tuple[str, str, str, str]]]:
    """(key, css class, mark, words) for both ways to colour the points."""
    marks = _marks()
    by_strategy = [
        (value, STRATEGY_CLASS[value], marks[value], str(label))
        for value, label in Strategy.choices
    ]
    by_strategy.append(("", "none", marks[""], _("no strategy")))
    by_state = [
        ("UNMANAGED", "bad", pgettext("mark on the map", "N"), _("unmanaged, not decided")),
        ("DECIDED", "decided", pgettext("mark on the map", "D"), _("unmanaged, strategy set")),
        ("MANAGED", "ok", pgettext("mark on the map", "M"), _("managed")),
        ("UNKNOWN", "warn", "?", _("unknown")),
    ]
    return {"strategy": by_strategy, "state": by_state}


@login_required
@require_safe
def compound_map(request):
    request.user.scope.require(REGISTER_VIEW)
    listing = listing_of(request)
    located = listing.queryset.filter(longitude__isnull=False)
    return render(
        request,
        "compounds/registry/compound_map.html",
        {
            "listing": listing,
            "day": listing.context["day"],
            "data_url": f"{reverse('registry:map_data')}?{listing.filter_query}",
            "list_url": f"{reverse('registry:compound_list')}?{listing.filter_query}",
            "tile_url": settings.MAP_TILE_URL,
            "legends": _legends(),
            "listed": located.order_by("code").values_list(
                "code", "name", "household_count", "longitude", "latitude"
            )[:LISTED],
            "words": {
                "households": _("households"),
                "open": _("Open the dossier"),
                "open_grid": _("Open the grid"),
                "no_grids": _("No grid of these places has a boundary."),
                "here": ngettext("%s compound here", "%s compounds here", 2),
                "failed": _("The points could not be loaded. Use the list below."),
                "empty": _("No compound of these filters has a location."),
            },
        },
    )


@login_required
@require_safe
def map_data(request):
    """Points as tuples [longitude, latitude, code, name, strategy, state, households]."""
    request.user.scope.require(REGISTER_VIEW)
    listing = listing_of(request)
    rows = (
        listing.queryset.filter(longitude__isnull=False, latitude__isnull=False)
        .order_by("pk")
        .values_list(
            "longitude",
            "latitude",
            "code",
            "name",
            "strategy",
            "is_unmanaged",
            "household_count",
            "street_id",
        )[: MOST_POINTS + 1]
    )
    states = {True: 0, False: 2, None: 3}
    strategies = {value: index for index, value in enumerate(STRATEGIES)}
    points = [
        [
            round(longitude, 6),
            round(latitude, 6),
            code,
            name,
            strategies.get(strategy, len(STRATEGIES)),
            1 if strategy else states[is_unmanaged],
            households,
        ]
        for longitude, latitude, code, name, strategy, is_unmanaged, households, _street in rows
    ]
    areas = (
        Area.objects.visible_to(request.user)
        .filter(level__in=[Level.STREET, Level.COMMUNITY], boundary__isnull=False)
        .order_by("level", "code")
        .values_list("name", "level", "boundary")
    )
    return JsonResponse(
        {
            "points": points[:MOST_POINTS],
            "is_cut": len(points) > MOST_POINTS,
            "areas": [
                {"name": name, "level": level, "boundary": boundary}
                for name, level, boundary in areas
            ],
        }
    )
