"""What later rooms know of a line: whether it is in a payment, and what of it was paid.

They register themselves when the house is opened; without them nothing is held and nothing paid.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Paid:
    """What of a line was paid, in yuan, by which voucher (several in one text), on which day."""

    amount: Decimal
    voucher: str = ""
    paid_on: dt.date | None = None


PaidOf = Callable[[Iterable[int]], Mapping[int, Paid]]
HeldBy = Callable[[Iterable[int]], Mapping[int, str]]
EndsOf = Callable[[Iterable[int]], Mapping[int, dt.date]]
_paid: list[PaidOf] = []
_held: list[HeldBy] = []
_ends: list[EndsOf] = []


def register_paid(function: PaidOf) -> None:
    """Let a later room say what was paid: by accrual id, only those it knows something of."""
    if function not in _paid:
        _paid.append(function)


def register_hold(function: HeldBy) -> None:
    """Let a later room say, in a sentence, why a line cannot be reversed."""
    if function not in _held:
        _held.append(function)


def register_ends(function: EndsOf) -> None:
    """Let a later room say on which day a subsidy that still runs comes to its approved end."""
    if function not in _ends:
        _ends.append(function)


def ends_of(entitlement_ids: Iterable[int]) -> dict[int, dt.date]:
    """By entitlement: its approved last day; those without one are left out."""
    return _asked(_ends, entitlement_ids)


def paid_of(accrual_ids: Iterable[int]) -> dict[int, Paid]:
    """By line: what of it was paid."""
    return _asked(_paid, accrual_ids)


def held(accrual_ids: Iterable[int]) -> dict[int, str]:
    """By line: why it cannot be reversed; those that can are left out."""
    return _asked(_held, accrual_ids)


def _asked(functions: list, accrual_ids: Iterable[int]) -> dict:
    ids = list(accrual_ids)
    found: dict = {}
    for function in functions:
        found.update(function(ids))
    return found
