"""What later rooms do before money that the bank sends back is payable again.

They register themselves when the house is opened: a claim on what never arrived gives way first.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Back:
    """A month of an entitlement (its number) that an indicator had paid and that came back."""

    number: str
    indicator_id: int
    month: dt.date
    amount: Decimal


GiveWay = Callable[..., None]
_registered: list[GiveWay] = []


def register_sent_back(function: GiveWay) -> None:
    """Let a later room act first: called with by, lines (of `Back`), on (day of posting), document.

    Within the transaction of the return; what it raises refuses the return.
    """
    if function not in _registered:
        _registered.append(function)


def give_way(*, by, lines: Sequence[Back], on: dt.date, document: str) -> None:
    for function in _registered:
        function(by=by, lines=lines, on=on, document=document)
