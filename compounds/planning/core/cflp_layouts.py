"""Published layouts of the single-source capacitated facility location problem, read to integers.

Knows the OR-Library layout (customer by customer), and the one in which Holmberg's and Yang's sets
are published (all demands, then costs facility by facility). Both hold m·n + 2m + n + 2 figures, so
the count cannot tell them apart: the breaks between lines do, and where they do not, we ask.
Costs are of a customer's whole demand in all of them. Knows nothing of solving.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np

LAYOUTS = ("orlib", "holmberg", "yang")
MOST_BYTES = 64 * 2**20
MOST_COSTS = 5_000_000
MOST_TOTAL = 2**52  # every sum of ours stays exact, in int64 and in float64
MOST_PLACES = 6
FIGURE = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?", re.ASCII)


class LayoutError(ValueError):
    """The file is not what it should be: the line, and what was expected there."""

    def __init__(self, said: str, *, line: int | None = None) -> None:
        self.line = line
        super().__init__(f"line {line}: {said}" if line else said)


class UnclearLayout(LayoutError):  # noqa: N818 - names of refusals read as sentences
    """The file fits more than one layout, or none: a person must say which it is."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Instance:
    """m facilities, n customers; money in 1/`money` of the file's unit, demands in 1/`load`."""

    name: str
    layout: str
    capacity: np.ndarray  # int64[m]
    fixed: np.ndarray  # int64[m]
    demand: np.ndarray  # int64[n]
    cost: np.ndarray  # int64[n, m], of the whole demand
    money: int = 1
    load: int = 1
    published: Decimal | None = None  # the optimum, where the file ends with it

    @property
    def facilities(self) -> int:
        return len(self.capacity)

    @property
    def customers(self) -> int:
        return len(self.demand)

    def said(self, amount: int) -> Decimal:
        """An amount of ours in the file's unit."""
        return Decimal(int(amount)) / self.money


@dataclass(frozen=True)
class _Figures:
    words: list[str]
    lines: list[int]
    begins: np.ndarray  # bool: the first of its line
    last_line: int


class _Cursor:
    """Takes one figure after the other and says where it stands when one is wrong."""

    def __init__(self, figures: _Figures, capacity: Decimal | None) -> None:
        self.figures, self.capacity, self.at = figures, capacity, 0

    def take(self, what: str) -> Decimal:
        if self.at >= len(self.figures.words):
            raise LayoutError(
                f"expected {what}, but the file ends", line=self.figures.last_line or 1
            )
        word, line = self.figures.words[self.at], self.figures.lines[self.at]
        self.at += 1
        if word.lower() == "capacity" and what.startswith("the capacity"):
            if self.capacity is None:
                raise LayoutError(
                    f'expected {what}, found the word "{word}": give the figure with --capacity',
                    line=line,
                )
            return self.capacity
        if not FIGURE.fullmatch(word):
            raise LayoutError(f"expected {what}, found {word[:40]!r}", line=line)
        value = Decimal(word)
        if value < 0 or value > MOST_TOTAL:
            raise LayoutError(f"expected {what}, 0 or more, found {word[:40]}", line=line)
        return value

    def count(self, what: str) -> int:
        value = self.take(what)
        if value != int(value) or value < 1:
            raise LayoutError(
                f"expected {what}, a whole number from 1, found {value}",
                line=self.figures.lines[self.at - 1],
            )
        return int(value)


def read(path: Path | str, *, layout: str = "auto", capacity: str | None = None) -> Instance:
    """The instance in a file. Raises LayoutError; UnclearLayout where `layout` must be said."""
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise LayoutError(f"the file has {size} bytes; {MOST_BYTES} at most are read")
        raw = path.read_bytes()
    except OSError as error:
        raise LayoutError(f"cannot be read: {error.strerror}") from error
    return parse(raw, name=path.name, layout=layout, capacity=capacity)


def parse(
    raw: bytes, *, name: str = "", layout: str = "auto", capacity: str | None = None
) -> Instance:
    figures = _figures(raw)
    given = None
    if capacity is not None:
        if not FIGURE.fullmatch(capacity) or Decimal(capacity) <= 0:
            raise LayoutError(f"--capacity must be a figure above 0, not {capacity[:40]!r}")
        given = Decimal(capacity)
    cursor = _Cursor(figures, given)
    m = cursor.count("the number of facilities")
    n = cursor.count("the number of customers")
    if m * n > MOST_COSTS:
        raise LayoutError(f"{m} x {n} costs; {MOST_COSTS} at most are read", line=1)
    has_published = len(figures.words) == _total(m, n) + 1
    if layout == "auto":
        layout = _told_apart(figures, m, n)
    elif layout not in LAYOUTS:
        raise LayoutError(f"no layout {layout!r}: {', '.join(LAYOUTS)}")

    capacities, fixed = [], []
    for j in range(1, m + 1):
        capacities.append(cursor.take(f"the capacity of facility {j}"))
        fixed.append(cursor.take(f"the fixed cost of facility {j}"))
    demands: list[Decimal] = []
    costs: list[Decimal] = []
    if layout == "orlib":
        for i in range(1, n + 1):
            demands.append(cursor.take(f"the demand of customer {i}"))
            costs.extend(
                cursor.take(f"the cost of customer {i} at facility {j}") for j in range(1, m + 1)
            )
    else:
        demands.extend(cursor.take(f"the demand of customer {i}") for i in range(1, n + 1))
        for j in range(1, m + 1):
            costs.extend(
                cursor.take(f"the cost of customer {i} at facility {j}") for i in range(1, n + 1)
            )
    published = cursor.take("the published optimum") if has_published else None
    if cursor.at < len(figures.words):
        raise LayoutError(
            f"expected the end of the file after {m} facilities and {n} customers,"
            f" found {figures.words[cursor.at][:40]!r}",
            line=figures.lines[cursor.at],
        )
    return _whole(name, layout, capacities, fixed, demands, costs, published)


def _figures(raw: bytes) -> _Figures:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise LayoutError("expected figures in plain text", line=line) from error
    words: list[str] = []
    lines: list[int] = []
    begins: list[bool] = []
    number = 0
    for number, line in enumerate(text.split("\n"), start=1):
        found = line.split()
        words.extend(found)
        lines.extend([number] * len(found))
        begins.extend([True] + [False] * (len(found) - 1) if found else [])
        if len(words) > 2 * MOST_COSTS:
            raise LayoutError("more figures than are read", line=number)
    return _Figures(words, lines, np.array(begins, dtype=bool), number)


def _total(m: int, n: int) -> int:
    return 2 + 2 * m + n + m * n


def _told_apart(figures: _Figures, m: int, n: int) -> str:
    """The layout whose every part begins on a new line, if that is so of one layout alone.

    OR-Library: a customer's demand begins a line. Holmberg, Yang: the demands begin a line, and so
    do the costs of each facility.
    """
    if len(figures.words) not in (_total(m, n), _total(m, n) + 1):
        raise LayoutError(
            f"expected {_total(m, n)} figures for {m} facilities and {n} customers"
            f" (one more if the optimum stands last), found {len(figures.words)}",
            line=figures.last_line,
        )
    head = 2 + 2 * m
    pairs = np.arange(2, head, 2)
    by_customer = np.concatenate((pairs, head + (m + 1) * np.arange(n)))
    by_facility = np.concatenate((pairs, [head], head + n + n * np.arange(m)))
    fits = [
        name
        for name, parts in (("orlib", by_customer), ("holmberg", by_facility))
        if figures.begins[parts].all()
    ]
    if len(fits) != 1:
        said = "fits both layouts" if fits else "fits neither layout"
        raise UnclearLayout(
            f"the breaks between lines do not tell the layout (it {said}): say --format orlib"
            " (customer by customer) or --format holmberg (facility by facility; yang is the same)"
        )
    return fits[0]


def _places(values: list[Decimal]) -> int:
    return max((-int(value.normalize().as_tuple().exponent) for value in values), default=0)


def _whole(name, layout, capacities, fixed, demands, costs, published) -> Instance:
    """Everything in whole numbers: as many places as the file has, the same for all money."""
    scales = []
    for values, what in (([*fixed, *costs], "costs"), ([*capacities, *demands], "demands")):
        places = max(0, _places(values))
        if places > MOST_PLACES:
            raise LayoutError(f"{what} have {places} decimal places; {MOST_PLACES} at most")
        scales.append(10**places)
    money, load = scales
    m, n = len(capacities), len(demands)
    worst = (sum(fixed) + n * max(costs)) * money
    if worst > MOST_TOTAL or (sum(demands) + sum(capacities)) * load > MOST_TOTAL:
        raise LayoutError("figures are too large to be summed exactly")

    def ints(values: list[Decimal], scale: int) -> np.ndarray:
        return np.array([int(value * scale) for value in values], dtype=np.int64)

    cost = ints(costs, money)
    return Instance(
        name=name,
        layout=layout,
        capacity=ints(capacities, load),
        fixed=ints(fixed, money),
        demand=ints(demands, load),
        cost=cost.reshape(n, m) if layout == "orlib" else cost.reshape(m, n).T.copy(),
        money=money,
        load=load,
        published=published,
    )
