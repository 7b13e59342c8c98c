"""Questions that other rooms ask about firms: answers are plain frozen values."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db.models import Q

from . import rules, serving
from .models import CostNorm, CreditEvent, Provider, Standard


def norms_for(
    district: int, provider: int | None = None, *, as_of: dt.date
) -> tuple[rules.Norm, ...]:
    """The norms of cost that hold for a firm (or a district) on a day, one an item.

    `district` and `provider` are ids. A firm's own norms go before the district's; a district
    that has entered none starts from the reference table (`rules.DEFAULTS`, without id).
    """
    rows = CostNorm.objects.filter(Q(provider=None) | Q(provider=provider), district=district)
    found = [row.as_rule() for row in rows.order_by("item", "valid_from", "pk")]
    own = rules.in_force(found, as_of)
    if any(not norm.is_own for norm in found):
        return own
    return rules.in_force([*rules.DEFAULTS, *found], as_of)


def scale_of(district: int, as_of: dt.date) -> rules.Scale:
    """How a district scores credit on a day; the usual scale where it has set none."""
    row = (
        Standard.objects.filter(district=district, effective_from__lte=as_of)
        .order_by("-effective_from")
        .first()
    )
    return row.as_rule() if row else rules.Scale()


def credit_of(provider: Provider, as_of: dt.date) -> tuple[Decimal, str]:
    """A firm's credit score on a day, and its band."""
    scale = scale_of(provider.district_id, as_of)
    points = CreditEvent.objects.filter(provider=provider, on__lte=as_of)
    score = rules.credit_score(points.values_list("points", flat=True), scale)
    return score, rules.band_of(score, scale)


def filed_loads(district: int) -> dict[int, tuple[int, Decimal]]:
    """What each firm filed as served: compounds and m²."""
    rows = Provider.objects.filter(district=district).values_list(
        "pk", "served_count", "served_area_m2"
    )
    return {pk: (count or 0, area or Decimal(0)) for pk, count, area in rows}


def shares_of(district: int, as_of: dt.date) -> tuple[list[rules.Share], bool]:
    """Each firm's part of the district, and whether the campaign told (else: as filed)."""
    loads = serving.served([district])
    known = loads is not None
    scale = scale_of(district, as_of)
    found = rules.shares(loads if known else filed_loads(district), scale.share_percent)
    return found, known
