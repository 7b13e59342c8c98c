"""The money of one compound: its entitlements, their months with why and when paid, clawbacks."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from compounds.registry.models import Compound
from subsidies.accruals import wording
from subsidies.accruals.models import Accrual
from subsidies.entitlements.models import Entitlement
from subsidies.entitlements.questions import applicable
from subsidies.ledger.models import VIEW
from subsidies.payments.models import PaymentLine, PaymentOrder
from subsidies.recovery.models import Clawback

from . import postings
from .rules.flows import ZERO

SHOWN = (Accrual.State.PROBLEM, Accrual.State.COMPUTED, Accrual.State.POSTED)


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment of a month: how much, when, by which voucher, in which batch."""

    amount: Decimal
    on: dt.date
    voucher: str
    disbursement: int


@dataclass(frozen=True, slots=True)
class Month:
    """A month of an entitlement with its payments."""

    accrual: Accrual
    payments: list[Paid]

    @property
    def paid(self) -> Decimal:
        return sum((one.amount for one in self.payments), ZERO)

    @property
    def why(self) -> list[dict]:
        """The arithmetic of the month, line by line, as it was computed."""
        return wording.arithmetic(self.accrual.trace) if self.accrual.trace else []

    @property
    def problems(self) -> list[str]:
        return wording.sentences(self.accrual.problems)

    @property
    def is_paid(self) -> bool:
        return self.accrual.due is not None and self.paid >= self.accrual.due > 0


@dataclass(frozen=True, slots=True)
class EntitlementMoney:
    """An entitlement, its months, and where its money stands in the ledger."""

    entitlement: Entitlement
    months: list[Month]
    standing: dict[str, Decimal]
    clawbacks: list[Clawback]

    @property
    def committed(self) -> Decimal:
        return self.standing.get("COMMITTED", ZERO)

    @property
    def owed(self) -> Decimal:
        return self.standing.get("PAYABLE", ZERO) + self.standing.get("IN_PAYMENT", ZERO)

    @property
    def paid(self) -> Decimal:
        return self.standing.get("PAID", ZERO)

    @property
    def to_recover(self) -> Decimal:
        return self.standing.get("TO_RECOVER", ZERO)

    @property
    def due(self) -> Decimal:
        found = (one.accrual for one in self.months)
        return sum((one.due or ZERO for one in found if one.state == "POSTED"), ZERO)


@dataclass(frozen=True)
class CompoundMoney:
    """The subsidy of one compound for one reader: five statements."""

    user: object
    compound: Compound

    @property
    def sees_ledger(self) -> bool:
        return self.compound.district_id in self.user.scope.in_districts(VIEW)

    @cached_property
    def may_apply(self) -> bool:
        """Whether the reader may apply for it now: served with subsidy, none under way or had."""
        return applicable(self.user).filter(compound=self.compound).exists()

    @cached_property
    def entitlements(self) -> list[EntitlementMoney]:
        found = list(
            Entitlement.objects.filter(compound=self.compound)
            .select_related("programme", "provider")
            .defer("trace")
            .order_by("-pk")
        )
        if not found:
            return []
        ids = [one.pk for one in found]
        months = self._months(ids)
        clawbacks: dict[int, list[Clawback]] = defaultdict(list)
        for one in Clawback.objects.filter(entitlement__in=ids).order_by("-pk"):
            clawbacks[one.entitlement_id].append(one)
        accounts = postings.accounts_of(self.user).filter(compound=self.compound)
        standing = postings.standing(accounts, "holder")
        return [
            EntitlementMoney(
                one, months[one.pk], standing.get((one.number,), {}), clawbacks[one.pk]
            )
            for one in found
        ]

    def _months(self, ids: list[int]) -> dict[int, list[Month]]:
        paid: dict[int, list[Paid]] = defaultdict(list)
        lines = PaymentLine.objects.filter(
            accrual__entitlement__in=ids,
            state=PaymentLine.State.PAID,
            order__state=PaymentOrder.State.PAID,
        ).values_list(
            "accrual", "amount", "order__paid_on", "order__voucher", "order__disbursement"
        )
        for accrual, *rest in lines.order_by("order__paid_on", "pk"):
            paid[accrual].append(Paid(*rest))
        months: dict[int, list[Month]] = defaultdict(list)
        rows = Accrual.objects.filter(entitlement__in=ids, state__in=SHOWN)
        for one in rows.order_by("month", "attempt"):
            months[one.entitlement_id].append(Month(one, paid[one.pk]))
        return months
