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

from . import links, postings
from .rules.flows import Sums, total
from .rules.periods import Period


@dataclass(frozen=True, slots=True)
class Behind:
    """What the figures of a line open: its postings in the period, before it, until its end."""

    period: Period
    provider: int | None = None
    compound: str = ""

    def postings(self, **more) -> str:
        return links.postings(
            **{"provider": self.provider, "compound": self.compound},
            **{"from": self.period.first, "until": self.period.last},
            **more,
        )

    @property
    def href(self) -> str:
        return self.postings()

    @property
    def opening_href(self) -> str:
        return self._balance(self.period.first - dt.timedelta(days=1))

    @property
    def closing_href(self) -> str:
        return self._balance(self.period.last)

    def _balance(self, day: dt.date) -> str:
        return links.flow("balance", provider=self.provider, compound=self.compound, until=day)


@dataclass(frozen=True, slots=True)
class MonthLine:
    """A month of service of a compound: what was posted for it in the period."""

    month: dt.date | None
    sums: Sums
    behind: Behind

    @property
    def href(self) -> str:
        return self.behind.postings(month=f"{self.month:%Y-%m}" if self.month else "none")


@dataclass(frozen=True, slots=True)
class CompoundLines:
    """A compound of a statement with its months."""

    compound: Compound
    opening: Decimal
    months: list[MonthLine]
    behind: Behind

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
        months: dict[int, list[tuple[dt.date | None, Sums]]] = defaultdict(list)
        for (compound, month), (before, inside) in found.items():
            opening[compound] += before.balance
            if inside:
                months[compound].append((month, inside))
        wanted = [pk for pk in opening if opening[pk] or months[pk]]
        compounds = (
            Compound.objects.visible_to(self.user)
            .filter(pk__among=wanted)
            .select_related("street", "community")
            .order_by("street__code", "code")
        )
        lines = []
        for one in compounds:
            behind = Behind(self.period, self.provider.pk, one.code)
            of_months = sorted(months[one.pk], key=lambda pair: (pair[0] is not None, pair[0]))
            shown = [MonthLine(month, sums, behind) for month, sums in of_months]
            lines.append(CompoundLines(one, opening[one.pk], shown, behind))
        return lines

    @property
    def behind(self) -> Behind:
        return Behind(self.period, self.provider.pk)

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
    behind: Behind

    @property
    def closing(self) -> Decimal:
        return self.opening + self.sums.balance


def firms(user, period: Period) -> list[FirmLine]:
    """All firms with money in a period, or a balance from before it: two statements."""
    found = postings.sums_by(postings.accounts_of(user), period, "provider")
    names = Provider.objects.filter(pk__among=[pk for (pk,) in found if pk]).order_by("name", "pk")
    lines = [
        FirmLine(one, found[one.pk,][0].balance, found[one.pk,][1], Behind(period, one.pk))
        for one in names
    ]
    return [line for line in lines if line.opening or line.sums]
