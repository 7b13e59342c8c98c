"""The firms that could be asked about a compound, eligible ones first, each with its reasons."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from compounds.registry.models import Compound

from . import rules, serving
from .models import Invitation, Provider, ProviderBase


class Candidate(NamedTuple):
    """A firm, what speaks against it, and why it cannot be asked at all (empty if it can)."""

    provider: Provider
    reasons: tuple[str, ...]
    bar: str
    room_left_m2: Decimal | None
    metres: int | None
    last: Invitation | None

    @property
    def is_eligible(self) -> bool:
        return not self.reasons


def candidates(user, compound: Compound, *, round: int, as_of: dt.date) -> list[Candidate]:
    """Every firm of the compound's district: a few queries, however many firms.

    Room left is what was filed, less what the campaign has given the firm since.
    """
    firms = Provider.objects.visible_to(user).filter(district_id=compound.district_id)
    bases: dict[int, list] = {}
    places = ProviderBase.objects.filter(provider__district_id=compound.district_id)
    for firm, *place in places.values_list("provider_id", "longitude", "latitude"):
        bases.setdefault(firm, []).append(place)
    asked: dict[int, Invitation] = {}
    this_round = set()
    for invitation in compound.invitations.order_by("round", "pk"):
        asked[invitation.provider_id] = invitation
        if invitation.round == round:
            this_round.add(invitation.provider_id)
    loads = serving.served([compound.district_id]) or {}
    here = (compound.longitude, compound.latitude)
    needed = compound.chargeable_area_m2 or compound.floor_area_m2
    found = []
    for firm in firms.order_by("name", "pk"):
        left = rules.room_left(firm, loads.get(firm.pk, (0, 0))[1] or 0)
        metres = rules.metres_to_nearest(here, bases.get(firm.pk, ()))
        reasons = [str(reason) for reason in firm.lacks(as_of)]
        if left is not None and needed is not None and left < needed:
            reasons.append(_("not enough capacity left"))
        limit = firm.distance_limit_m
        if metres is not None and limit is not None and metres > limit:
            reasons.append(_("farther than it goes"))
        bar = ""
        if firm.pk in this_round:
            bar = _("already invited in this round")
        elif rules.is_blacklisted(firm, as_of):
            bar = pgettext("blacklist", "until %s") % firm.blacklisted_until.isoformat()
        found.append(Candidate(firm, tuple(reasons), bar, left, metres, asked.get(firm.pk)))
    return sorted(found, key=lambda one: (len(one.reasons), one.provider.name, one.provider.pk))
