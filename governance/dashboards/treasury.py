"""Where the public money of the year stands, for those whose daily work it is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import pgettext

from governance.foundation import dates
from subsidies.ledger.models import Account, Stage
from subsidies.reports import links, postings

ZERO = Decimal(0)


@dataclass(frozen=True)
class Balance:
    """The money in one stage, with the postings that made it up; due: somebody has to act."""

    label: str
    amount: Decimal
    href: str
    is_due: bool = False


def balances(user) -> list[Balance]:
    """The stages of the present budget year, in the order money takes: one statement."""
    year = dates.today().year
    accounts = Account.objects.visible_to(user).filter(indicator__line__year=year)
    held = postings.standing(accounts).get((), {})
    if not held:
        return []
    return [
        Balance(label, abs(held.get(stage, ZERO)), links.accounts(stage=stage, year=year), due)
        for label, stage, due in (
            (pgettext("money", "Granted"), Stage.GRANTED, False),
            (pgettext("money", "Available"), Stage.AVAILABLE, False),
            (pgettext("money", "Committed"), Stage.COMMITTED, False),
            (pgettext("money", "To be paid"), Stage.PAYABLE, True),
            (pgettext("money", "At the bank"), Stage.IN_PAYMENT, True),
            (pgettext("money", "Paid"), Stage.PAID, False),
        )
    ]
