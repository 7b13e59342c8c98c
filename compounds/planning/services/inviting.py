"""Inviting the firms of a plan that were not asked yet about the compounds it gives them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from compounds.providers import services as providers
from governance.foundation.errors import DomainError

from ..forecasting import TO_INVITE, Judged, judged
from ..models import PlanRun

MOST = 500  # letters at once


def to_invite(run: PlanRun) -> list[Judged]:
    """Changes of a plan whose firm was not asked about the compound yet, by firm."""
    found = [one for one in judged(run) if one.kind in TO_INVITE]
    return sorted(found, key=lambda one: (one.place.bundle.number, one.place.compound.code))


@transaction.atomic
def invite_for(
    *, by, run: PlanRun, places: Collection[int], invited_on: dt.date, letter: str = ""
) -> int:
    """Record the invitations of some places of a plan, all or none; how many are new.

    Each belongs to the round its compound is in. Places that need none any more are passed over.
    Raises NotAllowed, DomainError (none picked, too many, a day to come, a firm blacklisted).
    """
    if not places:
        raise DomainError(_("Pick at least one compound."))
    if len(places) > MOST:
        raise DomainError(_("Invite at most %(n)s at once.") % {"n": MOST})
    pairs = [
        (one.place.compound, one.place.bundle.provider)
        for one in to_invite(run)
        if one.place.pk in places
    ]
    return len(providers.invite_many(by=by, pairs=pairs, invited_on=invited_on, letter=letter))
