"""Money of an area for dashboards: committed, owed, paid and to recover in a budget year.

Summed from the ledger's accounts in constant statements; the list it opens shows the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from governance.foundation import dates
from governance.organisation.models import COLUMNS
from subsidies.ledger.models import Stage

from . import links, postings
from .rules.flows import ZERO

OWED = (Stage.PAYABLE, Stage.IN_PAYMENT)
# The parameter of a list by the column of a place.
PARAMETERS = {"street": "street", "community": "community"}


@dataclass(frozen=True, slots=True)
class AreaMoney:
    """What subsidies of an area's compounds come to, in yuan."""

    year: int
    committed: Decimal = ZERO
    owed: Decimal = ZERO
    paid: Decimal = ZERO
    to_recover: Decimal = ZERO

    def __bool__(self) -> bool:
        return any((self.committed, self.owed, self.paid, self.to_recover))


def _accounts(user, year: int) -> QuerySet:
    return postings.accounts_of(user).filter(indicator__line__year=year)


def _money(year: int, by_stage: dict[str, Decimal]) -> AreaMoney:
    return AreaMoney(
        year,
        by_stage.get(Stage.COMMITTED, ZERO),
        sum((by_stage.get(stage, ZERO) for stage in OWED), ZERO),
        by_stage.get(Stage.PAID, ZERO),
        by_stage.get(Stage.TO_RECOVER, ZERO),
    )


def money_of(user, area=None, year: int | None = None) -> AreaMoney:
    """Money of an area in the reader's scope in a budget year (the present one): one statement."""
    year = year or dates.today().year
    rows = _accounts(user, year)
    if area is not None:
        rows = rows.filter(Q(**{COLUMNS[area.level]: area.pk}))
    amounts = rows.order_by().values_list("stage").annotate(amount=Sum("balance"))
    return _money(year, dict(amounts))


def money_by(user, column: str, year: int | None = None) -> dict[int, AreaMoney]:
    """The same of every street or community (`column`): one statement."""
    year = year or dates.today().year
    found = postings.standing(_accounts(user, year), column)
    return {pk: _money(year, by_stage) for (pk,), by_stage in found.items() if pk}


def href(area, money: AreaMoney, stage: str = "") -> str:
    """The list of just these entitlements, with their sum."""
    column = COLUMNS[area.level] if area is not None else ""
    place = {PARAMETERS[column]: area.code} if column in PARAMETERS else {}
    return links.entitlements(year=money.year, stage=stage, **place)


def total(parts: Iterable[AreaMoney], year: int) -> AreaMoney:
    """The sum of several areas."""
    parts = list(parts)
    return AreaMoney(
        year,
        *(
            sum((getattr(one, name) for one in parts), ZERO)
            for name in ("committed", "owed", "paid", "to_recover")
        ),
    )
