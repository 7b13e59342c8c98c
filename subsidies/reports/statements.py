"""The statement of a firm (对账单): by compound and month, from an opening to a closing balance.

The balance is what is payable and under way to the bank, less what is to be recovered: it equals
the firm's accounts in the ledger on the last day.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from compounds.providers.models import Provider
from compounds.registry.models import Compound

from . import postings
from .rules.flows import Sums, total
from .rules.periods import Period


@dataclass(frozen=True, slots=True)
class MonthLine:
    """A month of service of a compound: what was posted for it in the period."""

    month: dt.date | None
    sums: Sums


@dataclass(frozen=True, slots=True)
class CompoundLines:
    """A compound of a statement with its months."""

    compound: Compound
    opening: Decimal
    months: list[MonthLine]

    @property
    def sums(self) -> Sums:
        return total(line.sums for line in self.months)

    @property
    def closing(self) -> Decimal:
        return self.opening + self.sums.balance


@dataclass(frozen=True)
class Statement:
    """One firm in one period, in the reader's scope: two statements."""

    user: object
    provider: Provider
    period: Period

    @cached_property
    def lines(self) -> list[CompoundLines]:
        accounts = postings.accounts_of(self.user).filter(provider=self.provider)
        found = postings.sums_by(accounts, self.period, "compound", "month")
        opening: dict[int, Decimal] = defaultdict(Decimal)
        months: dict[int, list[MonthLine]] = defaultdict(list)
        for (compound, month), (before, inside) in found.items():
            opening[compound] += before.balance
            if inside:
                months[compound].append(MonthLine(month, inside))
        wanted = [pk for pk in opening if opening[pk] or months[pk]]
        compounds = (
            Compound.objects.visible_to(self.user)
            .filter(pk__among=wanted)
            .select_related("street", "community")
            .order_by("street__code", "code")
        )
        return [
            CompoundLines(
                one,
                opening[one.pk],
                sorted(months[one.pk], key=lambda line: (line.month is not None, line.month)),
            )
            for one in compounds
        ]

    @cached_property
    def sums(self) -> Sums:
        return total(line.sums for line in self.lines)

    @cached_property
    def opening(self) -> Decimal:
        return sum((line.opening for line in self.lines), Decimal(0))

    @property
    def closing(self) -> Decimal:
        return self.opening + self.sums.balance


@dataclass(frozen=True, slots=True)
class FirmLine:
    """A firm in the list of statements."""

    provider: Provider
    opening: Decimal
    sums: Sums

    @property
    def closing(self) -> Decimal:
        return self.opening + self.sums.balance


def firms(user, period: Period) -> list[FirmLine]:
    """All firms with money in a period, or a balance from before it: two statements."""
    found = postings.sums_by(postings.accounts_of(user), period, "provider")
    names = Provider.objects.filter(pk__among=[pk for (pk,) in found if pk]).order_by("name", "pk")
    lines = [FirmLine(one, found[one.pk,][0].balance, found[one.pk,][1]) for one in names]
    return [line for line in lines if line.opening or line.sums]
