"""What later rooms ask of accruals: set-based, plain answers."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from .models import Accrual


class Payable(NamedTuple):
    """What one indicator owes for one month of one entitlement."""

    accrual_id: int
    number: str
    compound_id: int
    compound: str
    provider_id: int
    month: dt.date
    amount: Decimal


def payable(district_id: int, indicator_id: int) -> list[Payable]:
    """Posted lines with what an indicator bears of them, more than nothing; oldest first.

    Whether a line is in a payment already is known to payments alone.
    """
    rows = (
        Accrual.objects.filter(
            district=district_id,
            state=Accrual.State.POSTED,
            due__gt=0,
            entitlement__fundings__indicator=indicator_id,
        )
        .order_by("month", "entitlement__number")
        .distinct()
        .values_list(
            "pk",
            "entitlement__number",
            "entitlement__compound_id",
            "entitlement__compound__name",
            "entitlement__provider_id",
            "month",
            "shares",
        )
    )
    found = []
    for *row, shares in rows.iterator(chunk_size=5000):
        amount = of_indicator(shares, indicator_id)
        if amount > 0:
            found.append(Payable(*row, amount))
    return found


def of_indicator(shares: Iterable, indicator_id: int) -> Decimal:
    """What an indicator bears of a line, after deductions, in yuan."""
    return sum(
        (
            Decimal(gross) - Decimal(deduction)
            for _payer, indicator, gross, deduction in shares
            if indicator == indicator_id
        ),
        Decimal(0),
    )


def accrued_months(entitlement_ids: Iterable[int]) -> dict[int, list[tuple[dt.date, Decimal]]]:
    """By entitlement: the posted months with what was due, in order."""
    found: dict[int, list[tuple[dt.date, Decimal]]] = {}
    rows = Accrual.objects.filter(
        entitlement__among=list(entitlement_ids), state=Accrual.State.POSTED
    )
    for pk, month, due in rows.order_by("month").values_list("entitlement_id", "month", "due"):
        found.setdefault(pk, []).append((month, due))
    return found
