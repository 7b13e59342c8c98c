"""What is to be paid, what is in a batch, what was paid: set-based questions, constant queries."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.foundation.bulk import in_chunks
from subsidies.accruals.hooks import Paid
from subsidies.accruals.models import Accrual
from subsidies.accruals.questions import by_indicator
from subsidies.entitlements.models import Entitlement, Funding
from subsidies.ledger.models import Account, Stage
from subsidies.payees.models import PayeeAccount
from subsidies.payees.questions import confirmed_of

from . import rules
from .models import PaymentLine, PaymentOrder

State = PaymentLine.State
TAKEN = (State.OPEN, State.PAID)
SUSPENDED = Entitlement.State.SUSPENDED
FACTS = (
    "pk",
    "entitlement__number",
    "entitlement__compound_id",
    "entitlement__compound__name",
    "entitlement__compound__code",
    "entitlement__provider_id",
    "entitlement__provider__name",
    "street_id",
    "street__name",
    "month",
    "run__approved_at",
    "entitlement__programme__payment_days",
    "entitlement__programme__settlement",
    "entitlement__exited_on",
    "entitlement__state",
    "entitlement__provider__blacklisted_until",
)


@dataclass(frozen=True, slots=True)
class Owed:
    """One month of an entitlement that is payable out of one indicator, in no batch and unpaid."""

    accrual_id: int
    indicator_id: int
    amount: Decimal
    entitlement: str
    compound_id: int
    compound: str
    code: str
    provider_id: int
    provider: str
    street_id: int
    street: str
    month: dt.date
    payable_on: dt.date
    settled_on: dt.date
    due_on: dt.date
    is_suspended: bool = False
    # The firm is on the blacklist until this day: named, for whoever releases decides.
    barred_until: dt.date | None = None


class LeftOut(StrEnum):
    """Why something payable cannot be paid now."""

    NO_ACCOUNT = "NO_ACCOUNT"
    NOT_SETTLED = "NOT_SETTLED"
    LEDGER = "LEDGER"
    # The subsidy is halted: nothing of it is paid until it is resumed or ended.
    SUSPENDED = "SUSPENDED"


@dataclass(frozen=True, slots=True)
class Collected:
    """What a batch would hold, and what is left out with why; `accounts` by firm."""

    rows: tuple[Owed, ...]
    left_out: tuple[tuple[Owed, LeftOut], ...]
    accounts: dict[int, PayeeAccount]

    @property
    def total(self) -> Decimal:
        return sum((row.amount for row in self.rows), Decimal(0))


def payable_lines(district_ids: Collection[int], indicator_id: int | None = None) -> QuerySet:
    """Posted lines of which something is in no batch and unpaid.

    Of lines already paid whole only the sum is looked at, in the database.
    """
    lines = PaymentLine.objects.filter(accrual=OuterRef("pk"), state__in=TAKEN).order_by()
    taken = lines.values("accrual").annotate(amount=Sum("amount")).values("amount")
    rows = (
        Accrual.objects.filter(
            district__in=sorted(district_ids), state=Accrual.State.POSTED, due__gt=0
        )
        .annotate(taken=Subquery(taken))
        .filter(Q(taken=None) | Q(taken__lt=F("due")))
        .order_by()
    )
    if indicator_id is not None:
        funded = Funding.objects.filter(indicator=indicator_id)
        rows = rows.filter(entitlement__in=funded.values("entitlement"))
    return rows


def choices(district_ids: Collection[int], indicator_id: int | None = None) -> dict[str, list]:
    """What a list of payable lines can be narrowed by: months, streets and firms with names."""
    rows = payable_lines(district_ids, indicator_id)
    streets = rows.values_list("street_id", "street__name").distinct()
    firms = rows.values_list("entitlement__provider__name", "entitlement__provider_id").distinct()
    return {
        "months": sorted(rows.values_list("month", flat=True).distinct()),
        "streets": sorted(streets),
        "firms": sorted(firms),
    }


def owed(
    district_ids: Collection[int],
    indicator_id: int | None = None,
    *,
    months: Collection[dt.date] = (),
    streets: Collection[int] = (),
    firms: Collection[int] = (),
) -> list[Owed]:
    """What is payable and in no batch, by firm, compound and month: two queries.

    `months` are first days, `streets` and `firms` ids; an empty filter takes all.
    """
    rows = payable_lines(district_ids, indicator_id)
    wanted = {"month": months, "street": streets, "entitlement__provider": firms}
    for name, values in wanted.items():
        if values:
            rows = rows.filter(**{f"{name}__in": sorted(values)})
    found = []
    for *facts, shares in rows.values_list(*FACTS, "shares").iterator(chunk_size=5000):
        for indicator, amount in sorted(by_indicator(shares).items()):
            if indicator_id in (None, indicator):
                found.append((facts, indicator, amount))
    gone = _taken({facts[0] for facts, _indicator, _amount in found})
    kept = [
        _row(facts, indicator, amount)
        for facts, indicator, amount in found
        if amount > 0 and (facts[0], indicator) not in gone
    ]
    return sorted(kept, key=lambda one: (one.provider, one.provider_id, one.code, one.month))


def _row(facts: Sequence, indicator: int, amount: Decimal) -> Owed:
    pk, *plain, month, approved_at, days, settlement, exited_on, state, barred = facts
    settled = rules.settled_from(month, settlement, exited_on)
    payable_on = timezone.localdate(approved_at) if approved_at else settled
    due = rules.due_on(payable_on, settled, days)
    return Owed(
        pk, indicator, amount, *plain, month, payable_on, settled, due, state == SUSPENDED, barred
    )


def _taken(accrual_ids: Iterable[int]) -> set[tuple[int, int]]:
    """(accrual, indicator) of what is in a batch or paid."""
    found: set[tuple[int, int]] = set()
    for chunk in in_chunks(sorted(accrual_ids)):
        rows = PaymentLine.objects.filter(accrual__among=chunk, state__in=TAKEN)
        found.update(rows.values_list("accrual_id", "indicator_id"))
    return found


def collect(rows: Iterable[Owed], today: dt.date) -> Collected:
    """Sort what is owed into what can be paid today and what is left out."""
    rows = list(rows)
    accounts = confirmed_of({row.provider_id for row in rows})
    short = _short(rows)
    kept, left = [], []
    for row in rows:
        if row.provider_id not in accounts:
            left.append((row, LeftOut.NO_ACCOUNT))
        elif row.is_suspended:
            left.append((row, LeftOut.SUSPENDED))
        elif row.settled_on > today:
            left.append((row, LeftOut.NOT_SETTLED))
        elif (row.indicator_id, row.entitlement) in short:
            left.append((row, LeftOut.LEDGER))
        else:
            kept.append(row)
    return Collected(tuple(kept), tuple(left), accounts)


def _short(rows: Sequence[Owed]) -> set[tuple[int, str]]:
    """Entitlements of which the ledger holds less payable than the accruals say."""
    asked: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for row in rows:
        asked[row.indicator_id, row.entitlement] += row.amount
    held: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    indicators = {indicator for indicator, _number in asked}
    numbers = sorted({number for _indicator, number in asked})
    for chunk in in_chunks(numbers):
        accounts = Account.objects.filter(
            indicator__in=indicators, stage=Stage.PAYABLE, holder__among=chunk
        )
        for indicator, number, balance in accounts.values_list("indicator", "holder", "balance"):
            held[indicator, number] += balance
        waiting = PaymentLine.objects.filter(
            state=State.OPEN,
            order__state="PREPARED",
            indicator__in=indicators,
            accrual__entitlement__number__among=chunk,
        )
        sums = waiting.order_by().values_list("indicator", "accrual__entitlement__number")
        for indicator, number, amount in sums.annotate(Sum("amount")):
            held[indicator, number] -= amount
    return {key for key, amount in asked.items() if held[key] < amount}


def refused_accounts(account_ids: Iterable[int]) -> dict[int, str]:
    """Accounts to which the last order did not arrive, with what the bank said of it."""
    last: dict[int, tuple[str, str]] = {}
    rows = PaymentOrder.objects.filter(payee_account__in=sorted(account_ids)).order_by("pk")
    settled = rows.filter(state__in=["PAID", "FAILED", "SENT_BACK"])
    for account, state, failure in settled.values_list("payee_account", "state", "failure"):
        last[account] = state, failure
    return {account: failure for account, (state, failure) in last.items() if state != "PAID"}


# -- asked by earlier rooms through hooks ----------------------------------------------------------
def paid_of(accrual_ids: Iterable[int]) -> dict[int, Paid]:
    """What was paid of accruals: amount, vouchers, the last day."""
    found: dict[int, list] = defaultdict(list)
    for chunk in in_chunks(sorted(set(accrual_ids))):
        rows = PaymentLine.objects.filter(accrual__among=chunk, state=State.PAID).order_by("pk")
        for accrual, *paid in rows.values_list(
            "accrual_id", "amount", "order__voucher", "order__paid_on"
        ):
            found[accrual].append(paid)
    return {
        accrual: Paid(
            amount=sum((amount for amount, _voucher, _on in rows), Decimal(0)),
            voucher="、".join(dict.fromkeys(voucher for _amount, voucher, _on in rows)),
            paid_on=max(on for _amount, _voucher, on in rows),
        )
        for accrual, rows in found.items()
    }


def held(accrual_ids: Iterable[int]) -> dict[int, str]:
    """Accruals that are in a batch or paid, with a sentence that says so."""
    found = {}
    for chunk in in_chunks(sorted(set(accrual_ids))):
        rows = PaymentLine.objects.filter(accrual__among=chunk, state__in=TAKEN).order_by("-pk")
        for accrual, state, number in rows.values_list(
            "accrual_id", "state", "order__disbursement__number"
        ):
            words = _("This month was paid in the batch %(number)s.")
            if state == State.OPEN:
                words = _("This month is in the batch %(number)s: cancel or settle that first.")
            found[accrual] = words % {"number": number}
    return found
