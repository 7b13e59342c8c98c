"""Which firms can take a compound over, and what speaks against asking one. No rows, no clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from math import cos, hypot, radians
from typing import Any

from django.utils.translation import gettext_lazy as _

# S0-8: what red property must be, and what is said of a firm that is not; unknown is not yes.
FLAGS = {
    "is_red": _("not red property"),
    "is_in_district": _("not in the district"),
    "is_well_founded": _("not well founded"),
    "is_able": _("not able"),
    "is_willing": _("not willing"),
}
NO_PARTY = ("", "NONE")
METRES_PER_DEGREE = 111_320


def lacks(firm: Any, as_of: dt.date) -> list:
    """Why a firm cannot take a compound over as red property (S0-8); empty if it can.

    The same rule as a question to the database: `ProviderQuerySet.eligible`.
    """
    reasons = [reason for name, reason in FLAGS.items() if getattr(firm, name) is not True]
    if not has_party_work(firm):
        reasons.append(_("no party organisation"))
    if is_blacklisted(firm, as_of):
        reasons.append(_("blacklisted"))
    return reasons


def has_party_work(firm: Any) -> bool:
    """Whether the Party's work reaches a firm: in an organisation, or by an instructor (S4-2).

    The same rule as questions to the database: `ProviderQuerySet.covered`.
    """
    return firm.party_form not in NO_PARTY or firm.has_instructor is True


def is_blacklisted(firm: Any, as_of: dt.date) -> bool:
    return firm.blacklisted_until is not None and firm.blacklisted_until >= as_of


def room_left(firm: Any, taken_on_m2: Decimal | int = 0) -> Decimal | None:
    """Square metres a firm can still take on; None if it filed no capacity.

    `taken_on_m2`: what the campaign has given it, beyond what it filed as served.
    """
    if firm.capacity_m2 is None:
        return None
    return firm.capacity_m2 - (firm.served_area_m2 or 0) - taken_on_m2


def metres_to_nearest(
    place: tuple[float | None, float | None], bases: Iterable[tuple[float | None, float | None]]
) -> int | None:
    """Metres from (longitude, latitude) to the nearest base; None where either is unknown."""
    found = [_metres(place, base) for base in bases if None not in (*place, *base)]
    return round(min(found)) if found else None


def _metres(one, other) -> float:
    squeeze = cos(radians((one[1] + other[1]) / 2))
    return METRES_PER_DEGREE * hypot((one[0] - other[0]) * squeeze, one[1] - other[1])
