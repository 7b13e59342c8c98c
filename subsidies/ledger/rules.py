"""What is posted, as values: places, lines, and the digest that chains transactions. No database.

Amounts are yuan, exact to the fen.
"""

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

GENESIS = "0" * 64
# The source of an indicator's money: the one stage that is never above zero.
SOURCE = "GRANTED"
FEN = Decimal("0.01")


# Tuples, since one act may have tens of thousands of them.
class Place(NamedTuple):
    """Where money stands: at a stage of an indicator, of an entitlement (its number) or of none."""

    indicator_id: int
    stage: str
    holder: str = ""


class Holder(NamedTuple):
    """Whose money it is: the facts of an entitlement that its accounts are found by."""

    programme_id: int
    provider_id: int
    compound: Any


class Line(NamedTuple):
    """An amount that goes from one place to another, and the key under which it goes once."""

    source: Place
    target: Place
    amount: Decimal
    key: str
    month: dt.date | None = None  # first day of the month of service
    reverses: int | None = None  # id of the posting it takes back


@dataclass(frozen=True, slots=True)
class Shortage:
    """A place that has less than was asked of it, in yuan."""

    place: Place
    asked: Decimal
    left: Decimal


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the money of an indicator has come, in yuan; `granted` is above zero."""

    granted: Decimal = Decimal(0)
    available: Decimal = Decimal(0)
    frozen: Decimal = Decimal(0)
    committed: Decimal = Decimal(0)
    payable: Decimal = Decimal(0)
    in_payment: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    to_recover: Decimal = Decimal(0)
    returned: Decimal = Decimal(0)
    lapsed: Decimal = Decimal(0)

    @classmethod
    def of(cls, balances: Mapping[str, Decimal]) -> "Standing":
        """From the balances by stage."""
        found = {stage.lower(): amount for stage, amount in balances.items()}
        found["granted"] = -found.get("granted", Decimal(0))
        return cls(**found)

    @property
    def accrued(self) -> Decimal:
        """Owed or paid: what service has earned."""
        return self.payable + self.in_payment + self.paid

    @property
    def is_whole(self) -> bool:
        """What was granted stands somewhere, to the fen."""
        return self.granted == sum(
            getattr(self, name) for name in self.__slots__ if name != "granted"
        )

    def __add__(self, other: "Standing") -> "Standing":
        return Standing(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


# From which stage to which a movement takes money: on its own indicator, then on the other one.
MOVES = {
    "GRANT": (("GRANTED", "AVAILABLE"), None),
    "INCREASE": (("GRANTED", "AVAILABLE"), None),
    "DECREASE": (("AVAILABLE", "GRANTED"), None),
    "TRANSFER": (("AVAILABLE", "GRANTED"), ("GRANTED", "AVAILABLE")),
    "CARRY_OVER": (("AVAILABLE", "GRANTED"), ("GRANTED", "AVAILABLE")),
    "FREEZE": (("AVAILABLE", "FROZEN"), None),
    "RELEASE": (("FROZEN", "AVAILABLE"), None),
    "LAPSE": (("AVAILABLE", "LAPSED"), None),
}


def lines_of_movement(
    kind: str, amount: Decimal, indicator_id: int, to_indicator_id: int | None, key: str
) -> list[Line]:
    """The postings of a movement of an indicator's money."""
    own, other = MOVES[kind]
    lines = [_move(indicator_id, own, amount, key)]
    if other is not None:
        lines.append(_move(to_indicator_id, other, amount, f"{key}:to"))
    return lines


def _move(indicator_id: int, way: tuple[str, str], amount: Decimal, key: str) -> Line:
    source, target = (Place(indicator_id, stage) for stage in way)
    return Line(source, target, amount, key)


def month_end(day: dt.date) -> dt.date:
    """The last day of a day's month."""
    following = dt.date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return following - dt.timedelta(days=1)


def faults(lines: Sequence[Line]) -> list[str]:
    """What no caller may hand in: amounts of nothing, lines that go nowhere, a key used twice."""
    found = []
    keys = set()
    for source, target, amount, key, month, _reverses in lines:
        if amount <= 0 or amount != amount.quantize(FEN):
            found.append(f"{key}: amount {amount}")
        if source == target:
            found.append(f"{key}: goes nowhere")
        if month is not None and month.day != 1:
            found.append(f"{key}: month {month}")
        if key in keys:
            found.append(f"{key}: twice")
        keys.add(key)
    return found


def in_order(
    lines: Sequence[Line], balances: Mapping[Place, Decimal]
) -> tuple[list[Line], list[Shortage]]:
    """The lines in an order in which no account is overdrawn on the way, or what is short.

    A line waits until those before it have brought the money it takes.
    """
    standing: dict[Place, Decimal] = defaultdict(Decimal, balances)
    ordered: list[Line] = []
    waiting = list(lines)
    while waiting:
        held_back = []
        for line in waiting:
            source, target, amount = line[:3]
            if _room_for(source, target, amount, standing):
                standing[source] -= amount
                standing[target] += amount
                ordered.append(line)
            else:
                held_back.append(line)
        if len(held_back) == len(waiting):
            return ordered, _shortages(held_back, lines, standing, balances)
        waiting = held_back
    return ordered, []


def _room_for(
    source: Place, target: Place, amount: Decimal, standing: Mapping[Place, Decimal]
) -> bool:
    if source.stage != SOURCE and standing[source] < amount:
        return False
    # Nothing returns to the source but what has come from it.
    return target.stage != SOURCE or standing[target] + amount <= 0


def _shortages(
    stuck: Iterable[Line],
    lines: Sequence[Line],
    standing: Mapping[Place, Decimal],
    balances: Mapping[Place, Decimal],
) -> list[Shortage]:
    asked: dict[Place, Decimal] = defaultdict(Decimal)
    brought: dict[Place, Decimal] = defaultdict(Decimal)
    for line in lines:
        asked[line.source] += line.amount
        brought[line.target] += line.amount
    found: dict[Place, Shortage] = {}
    for line in stuck:
        if line.source.stage != SOURCE and standing[line.source] < line.amount:
            place = line.source
            left = balances.get(place, Decimal(0)) + brought[place]
            found.setdefault(place, Shortage(place, asked[place], left))
        else:
            place = line.target
            left = -balances.get(place, Decimal(0)) + asked[place]
            found.setdefault(place, Shortage(place, brought[place], left))
    return list(found.values())


def content_of(
    *,
    district_id: int,
    number: int,
    kind: str,
    on: dt.date,
    key: str,
    document: str,
    reason: str,
    by_id: int,
    at: dt.datetime,
    lines: Iterable[Line],
) -> str:
    """A transaction with its postings in the one written form that is hashed."""
    # A place is written as the list of its three parts; keys differ, so nothing else is compared.
    rows = sorted(
        (key, source, target, f"{amount:.2f}", month.isoformat() if month else None, reverses)
        for source, target, amount, key, month, reverses in lines
    )
    moment = at.astimezone(dt.UTC).isoformat()
    head = [district_id, number, kind, on.isoformat(), key, document, reason, by_id, moment]
    return json.dumps([*head, rows], ensure_ascii=False, separators=(",", ":"))


def digest_of(previous: str, content: str) -> str:
    """Hash of a transaction, chained to the one before it in the district's book."""
    return hashlib.sha256(f"{previous}{content}".encode()).hexdigest()
