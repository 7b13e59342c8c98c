"""Why a month differs from the one before: area, rate, days, deductions, new, ended."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from subsidies.entitlements.rules.due import months_after, plain

from .models import Accrual, AccrualRun

HOLDING = ("COMPUTED", "POSTED")


@dataclass(frozen=True, slots=True)
class Month:
    """What of a month is compared."""

    due: Decimal | None
    basis_value: Decimal | None
    rate: Decimal | None
    days_served: int | None
    days_in_month: int
    gross: Decimal | None
    deduction: Decimal | None
    basis: str

    @property
    def is_whole(self) -> bool:
        return self.days_served == self.days_in_month


FIELDS = (
    "due",
    "basis_value",
    "rate",
    "days_served",
    "days_in_month",
    "gross",
    "deduction",
    "basis",
)


def month_before(month: dt.date) -> dt.date:
    return months_after(month, -1)


def before(pairs: Iterable[tuple[int, dt.date]]) -> dict[tuple[int, dt.date], Month]:
    """By entitlement and month: what stood in the month before it; one statement."""
    wanted = {(pk, month_before(month)): (pk, month) for pk, month in pairs}
    rows = Accrual.objects.filter(
        entitlement__among=sorted({pk for pk, _month in wanted}),
        month__in=sorted({month for _pk, month in wanted}),
        state__in=HOLDING,
    )
    return {
        wanted[pk, month]: Month(*values)
        for pk, month, *values in rows.values_list("entitlement_id", "month", *FIELDS)
        if (pk, month) in wanted
    }


def difference(now: Month, earlier: Month | None) -> tuple[Decimal | None, list[str]]:
    """How much more or less than last month, and why, in words; None where it is new."""
    if now.due is None:
        return None, []
    if earlier is None:
        return None, [_("new")]
    change = now.due - (earlier.due or Decimal(0))
    if not change:
        return change, []
    why = []
    if now.basis != earlier.basis:
        why.append(_("another basis"))
    elif now.basis_value != earlier.basis_value:
        why.append(
            _("quantity %(before)s → %(now)s")
            % {"before": _number(earlier.basis_value), "now": _number(now.basis_value)}
        )
    if now.rate != earlier.rate:
        why.append(
            _("rate %(before)s → %(now)s")
            % {"before": _number(earlier.rate), "now": _number(now.rate)}
        )
    if not (now.is_whole and earlier.is_whole) and now.days_served != earlier.days_served:
        why.append(
            _("days %(before)s → %(now)s")
            % {
                "before": f"{earlier.days_served}/{earlier.days_in_month}",
                "now": f"{now.days_served}/{now.days_in_month}",
            }
        )
    if now.deduction != earlier.deduction:
        why.append(
            _("deducted %(before)s → %(now)s") % {"before": earlier.deduction, "now": now.deduction}
        )
    return change, why or [_("rounding or ceiling")]


def _number(value: Decimal | None) -> str:
    return "—" if value is None else plain(value)


def ended(run: AccrualRun, inside) -> Mapping[int, str]:
    """Entitlements with the month before the run's that have no line in it: id → compound.

    `inside` is the condition on the reader's places.
    """
    last = Accrual.objects.filter(
        inside,
        district=run.district_id,
        month=month_before(run.month),
        state__in=HOLDING,
    ).exclude(
        entitlement__in=Accrual.objects.filter(run=run, month=run.month).values("entitlement")
    )
    rows = last.order_by("entitlement__number").values_list(
        "entitlement_id", "entitlement__compound__name"
    )
    return dict(rows[:200])
