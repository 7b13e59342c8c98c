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
from typing import Any

GENESIS = "0" * 64
# The source of an indicator's money: the one stage that is never above zero.
SOURCE = "GRANTED"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where money stands: at a stage of an indicator, of an entitlement (its number) or of none."""

    indicator_id: int
    stage: str
    holder: str = ""

    def __post_init__(self):
        object.__setattr__(self, "stage", str(self.stage))


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose money it is: the facts of an entitlement that its accounts are found by."""

    programme_id: int
    provider_id: int
    compound: Any


@dataclass(frozen=True, slots=True)
class Line:
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


def faults(lines: Sequence[Line]) -> list[str]:
    """What no caller may hand in: amounts of nothing, lines that go nowhere, a key used twice."""
    found = []
    keys = set()
    for line in lines:
        if line.amount <= 0 or line.amount != line.amount.quantize(Decimal("0.01")):
            found.append(f"{line.key}: amount {line.amount}")
        if line.source == line.target:
            found.append(f"{line.key}: goes nowhere")
        if line.month is not None and line.month.day != 1:
            found.append(f"{line.key}: month {line.month}")
        if line.key in keys:
            found.append(f"{line.key}: twice")
        keys.add(line.key)
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
            if _room_for(line, standing):
                standing[line.source] -= line.amount
                standing[line.target] += line.amount
                ordered.append(line)
            else:
                held_back.append(line)
        if len(held_back) == len(waiting):
            return ordered, _shortages(held_back, lines, standing, balances)
        waiting = held_back
    return ordered, []


def _room_for(line: Line, standing: Mapping[Place, Decimal]) -> bool:
    if line.source.stage != SOURCE and standing[line.source] < line.amount:
        return False
    # Nothing returns to the source but what has come from it.
    return line.target.stage != SOURCE or standing[line.target] + line.amount <= 0


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
    rows = sorted(
        [
            line.key,
            [line.source.indicator_id, line.source.stage, line.source.holder],
            [line.target.indicator_id, line.target.stage, line.target.holder],
            f"{line.amount:.2f}",
            line.month.isoformat() if line.month else None,
            line.reverses,
        ]
        for line in lines
    )
    moment = at.astimezone(dt.UTC).isoformat()
    head = [district_id, number, kind, on.isoformat(), key, document, reason, by_id, moment]
    return json.dumps([*head, rows], ensure_ascii=False, separators=(",", ":"))


def digest_of(previous: str, content: str) -> str:
    """Hash of a transaction, chained to the one before it in the district's book."""
    return hashlib.sha256(f"{previous}{content}".encode()).hexdigest()
