"""What later rooms ask of accruals: set-based, plain answers."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from subsidies.entitlements.models import Entitlement, Funding
from subsidies.entitlements.rules.due import periods
from subsidies.programmes.questions import terms_of

from .models import Accrual


class Payable(NamedTuple):
    """What one indicator owes for one month of one entitlement, in yuan."""

    accrual_id: int
    indicator_id: int
    amount: Decimal
    number: str
    compound_id: int
    compound: str
    provider_id: int
    month: dt.date


def payable(district_id: int, indicator_id: int | None = None) -> list[Payable]:
    """Posted lines with what each indicator (or the one named) bears of them; oldest first.

    Whether a line is in a payment already is known to payments alone.
    """
    rows = Accrual.objects.filter(district=district_id, state=Accrual.State.POSTED, due__gt=0)
    if indicator_id is not None:
        funded = Funding.objects.filter(indicator=indicator_id).values("entitlement")
        rows = rows.filter(entitlement__in=funded)
    values = rows.order_by("month", "entitlement__number").values_list(
        "pk",
        "shares",
        "entitlement__number",
        "entitlement__compound_id",
        "entitlement__compound__name",
        "entitlement__provider_id",
        "month",
    )
    return [
        Payable(pk, indicator, amount, *rest)
        for pk, shares, *rest in values.iterator(chunk_size=5000)
        for indicator, amount in by_indicator(shares).items()
        if amount > 0 and indicator_id in (None, indicator)
    ]


def by_indicator(shares: Iterable) -> dict[int, Decimal]:
    """What each indicator bears of a line, after deductions, in yuan."""
    found: dict[int, Decimal] = {}
    for _payer, indicator, gross, deduction in shares:
        borne = Decimal(gross) - Decimal(deduction)
        found[indicator] = found.get(indicator, Decimal(0)) + borne
    return found


def accrued_months(entitlement_ids: Iterable[int]) -> dict[int, list[tuple[dt.date, Decimal]]]:
    """By entitlement: the posted months with what was due, in order."""
    found: dict[int, list[tuple[dt.date, Decimal]]] = {}
    rows = Accrual.objects.filter(
        entitlement__among=list(entitlement_ids), state=Accrual.State.POSTED
    )
    for pk, month, due in rows.order_by("month").values_list("entitlement_id", "month", "due"):
        found.setdefault(pk, []).append((month, due))
    return found


def first_not_accrued(entitlement_ids: Iterable[int], until: dt.date) -> dict[int, dt.date]:
    """By entitlement: its first month up to a day that is not posted; others are left out."""
    ids = list(entitlement_ids)
    done = {pk: {month for month, _due in rows} for pk, rows in accrued_months(ids).items()}
    rows = list(
        Entitlement.objects.filter(pk__among=ids).values_list(
            "pk", "programme_id", "starts_on", "ends_on"
        )
    )
    terms = terms_of({programme for _pk, programme, *_days in rows})
    found = {}
    for pk, programme, starts_on, ends_on in rows:
        for period in periods(terms[programme], starts_on, ends_on):
            if period.month <= until and period.month not in done.get(pk, ()):
                found[pk] = period.month
                break
    return found
