"""Published layouts of the single-source capacitated facility location problem, read to integers.

All begin with two counts and hold m·n + 2m + n + 2 figures, so the count cannot tell them apart:

orlib     m n; capacity and fixed cost of each facility; each customer's demand and costs
holmberg  m n; capacity and fixed cost of each facility; demands; costs facility by facility (yang
          is the same)
tbed1     n m; demands; capacities; fixed costs; costs facility by facility, of one unit of demand
delmaire  n m; costs customer by customer; demands; fixed costs; capacities

The breaks between lines tell, and where they do not, we ask. Costs are of a customer's whole demand
in all but tbed1. Knows nothing of solving.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate
from pathlib import Path

import numpy as np

LAYOUTS = ("orlib", "holmberg", "yang", "tbed1", "delmaire")
COUNTS_REVERSED = ("tbed1", "delmaire")
MOST_BYTES = 128 * 2**20
MOST_COSTS = 5_000_000
MOST_TOTAL = 2**52  # every sum of ours stays exact, in int64 and in float64
MOST_PLACES = 9
FIGURE = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)


def gettext_noop(text: str) -> str:
    """Marks a sentence for the catalogue; who says it translates it."""
    return text


@dataclass(frozen=True)
class Said:
    """A sentence with its figures, to be said in the reader's language."""

    text: str
    figures: dict = field(default_factory=dict)

    def told(self, translate: Callable[[str], str] = str) -> str:
        figures = {
            name: one.told(translate) if isinstance(one, Said) else one
            for name, one in self.figures.items()
        }
        return translate(self.text) % figures


class LayoutError(ValueError):
    """The file is not what it should be: the line, and what was expected there."""

    def __init__(self, text: str, *, line: int | None = None, **figures) -> None:
        self.line = line
        self.said = Said(text, figures)
        if line:
            self.said = Said(
                gettext_noop("line %(line)s: %(said)s"), {"line": line, "said": self.said}
            )
        super().__init__(self.said.told())


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

    def weighed(self, amount: int) -> Decimal:
        """A demand or capacity of ours in the file's unit."""
        return Decimal(int(amount)) / self.load


FACILITIES = gettext_noop("the number of facilities")
CUSTOMERS = gettext_noop("the number of customers")
CAPACITY = gettext_noop("the capacity of facility %(j)s")
FIXED = gettext_noop("the fixed cost of facility %(j)s")
DEMAND = gettext_noop("the demand of customer %(i)s")
COST = gettext_noop("the cost of customer %(i)s at facility %(j)s")
OPTIMUM = gettext_noop("the published optimum")


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

    def take(self, what: str, **which) -> Decimal:
        if self.at >= len(self.figures.words):
            raise LayoutError(
                gettext_noop("expected %(what)s, but the file ends"),
                line=self.figures.last_line or 1,
                what=Said(what, which),
            )
        word = self.figures.words[self.at]
        self.at += 1
        if FIGURE.fullmatch(word):
            value = Decimal(word)
            if 0 <= value <= MOST_TOTAL:
                return value
        elif word.lower() == "capacity" and what == CAPACITY and self.capacity is not None:
            return self.capacity
        raise self._refusal(word, Said(what, which))

    def _refusal(self, word: str, what: Said) -> LayoutError:
        if word.lower() == "capacity" and what.text == CAPACITY:
            text = gettext_noop(
                'expected %(what)s, found the word "%(found)s": give the figure with --capacity'
            )
        elif not FIGURE.fullmatch(word):
            text = gettext_noop('expected %(what)s, found "%(found)s", which is no number')
        elif Decimal(word) < 0:
            text = gettext_noop("expected %(what)s, 0 or more, found %(found)s")
        else:
            text = gettext_noop("expected %(what)s, found %(found)s, which is too large")
        return LayoutError(text, line=self.figures.lines[self.at - 1], what=what, found=word[:40])

    def count(self, what: str) -> int:
        value = self.take(what)
        if value != int(value) or value < 1:
            raise LayoutError(
                gettext_noop("expected %(what)s, a whole number from 1, found %(found)s"),
                line=self.figures.lines[self.at - 1],
                what=Said(what),
                found=value,
            )
        return int(value)

    def capacities(self, m: int) -> list[Decimal]:
        return [self.take(CAPACITY, j=j) for j in range(1, m + 1)]

    def fixed(self, m: int) -> list[Decimal]:
        return [self.take(FIXED, j=j) for j in range(1, m + 1)]

    def demands(self, n: int) -> list[Decimal]:
        return [self.take(DEMAND, i=i) for i in range(1, n + 1)]

    def costs_of(self, i: int, m: int) -> list[Decimal]:
        return [self.take(COST, i=i, j=j) for j in range(1, m + 1)]

    def costs_at(self, j: int, n: int) -> list[Decimal]:
        return [self.take(COST, i=i, j=j) for i in range(1, n + 1)]

    def both(self, m: int) -> tuple[list[Decimal], list[Decimal]]:
        pairs = [(self.take(CAPACITY, j=j), self.take(FIXED, j=j)) for j in range(1, m + 1)]
        return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def read(path: Path | str, *, layout: str = "auto", capacity: str | None = None) -> Instance:
    """The instance in a file. Raises LayoutError; UnclearLayout where `layout` must be said."""
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise LayoutError(
                gettext_noop("the file has %(size)s bytes; %(most)s at most are read"),
                size=size,
                most=MOST_BYTES,
            )
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise LayoutError(gettext_noop("there is no such file")) from error
    except IsADirectoryError as error:
        raise LayoutError(gettext_noop("this is a folder, not a file")) from error
    except OSError as error:
        raise LayoutError(
            gettext_noop("the file cannot be read: %(reason)s"), reason=error.strerror
        ) from error
    return parse(raw, name=path.name, layout=layout, capacity=capacity)


def parse(
    raw: bytes, *, name: str = "", layout: str = "auto", capacity: str | None = None
) -> Instance:
    figures = _figures(raw)
    if layout != "auto" and layout not in LAYOUTS:
        raise LayoutError(
            gettext_noop("there is no layout %(layout)s: %(known)s"),
            layout=layout,
            known=", ".join(LAYOUTS),
        )
    cursor = _Cursor(figures, _given(capacity))
    is_reversed = layout in COUNTS_REVERSED
    first = cursor.count(CUSTOMERS if is_reversed else FACILITIES)
    second = cursor.count(FACILITIES if is_reversed else CUSTOMERS)
    if first * second > MOST_COSTS:
        raise LayoutError(
            gettext_noop("%(m)s times %(n)s costs; %(most)s at most are read"),
            line=figures.lines[1],
            m=first,
            n=second,
            most=MOST_COSTS,
        )
    if layout == "auto":
        layout = _told_apart(figures, first, second)
    m, n = (second, first) if layout in COUNTS_REVERSED else (first, second)
    capacities, fixed, demands, costs = _PARTS.get(layout, _by_facility)(cursor, m, n)
    published = cursor.take(OPTIMUM) if len(figures.words) == _total(m, n) + 1 else None
    if cursor.at < len(figures.words):
        raise LayoutError(
            gettext_noop(
                "expected the end of the file after %(m)s facilities and %(n)s customers,"
                ' found "%(found)s"'
            ),
            line=figures.lines[cursor.at],
            m=m,
            n=n,
            found=figures.words[cursor.at][:40],
        )
    return _whole(name, layout, capacities, fixed, demands, costs, published)


def _given(capacity: str | None) -> Decimal | None:
    if capacity is None:
        return None
    if not FIGURE.fullmatch(capacity) or not 0 < Decimal(capacity) <= MOST_TOTAL:
        raise LayoutError(
            gettext_noop("--capacity must be a figure above 0, not %(found)s"), found=capacity[:40]
        )
    return Decimal(capacity)


def _by_customer(cursor: _Cursor, m: int, n: int):
    capacities, fixed = cursor.both(m)
    demands, costs = [], []
    for i in range(1, n + 1):
        demands.append(cursor.take(DEMAND, i=i))
        costs.append(cursor.costs_of(i, m))
    return capacities, fixed, demands, costs


def _by_facility(cursor: _Cursor, m: int, n: int):
    capacities, fixed = cursor.both(m)
    demands = cursor.demands(n)
    costs = [cursor.costs_at(j, n) for j in range(1, m + 1)]
    return capacities, fixed, demands, list(zip(*costs, strict=True))


def _tbed1(cursor: _Cursor, m: int, n: int):
    demands, capacities, fixed = cursor.demands(n), cursor.capacities(m), cursor.fixed(m)
    units = zip(*(cursor.costs_at(j, n) for j in range(1, m + 1)), strict=True)
    costs = [[cost * d for cost in row] for row, d in zip(units, demands, strict=True)]
    return capacities, fixed, demands, costs


def _delmaire(cursor: _Cursor, m: int, n: int):
    costs = [cursor.costs_of(i, m) for i in range(1, n + 1)]
    demands, fixed, capacities = cursor.demands(n), cursor.fixed(m), cursor.capacities(m)
    return capacities, fixed, demands, costs


_PARTS = {"orlib": _by_customer, "tbed1": _tbed1, "delmaire": _delmaire}


def _figures(raw: bytes) -> _Figures:
    if b"\0" in raw:
        line = raw[: raw.index(b"\0")].count(b"\n") + 1
        raise LayoutError(gettext_noop("this is no text file"), line=line)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise LayoutError(gettext_noop("this is no text file"), line=line) from error
    words: list[str] = []
    lines: list[int] = []
    begins: list[bool] = []
    number = 0
    for number, line in enumerate(re.split("\r\n|\r|\n", text.rstrip("\x1a")), start=1):
        found = line.split()
        words.extend(found)
        lines.extend([number] * len(found))
        begins.extend([True] + [False] * (len(found) - 1) if found else [])
        if len(words) > 2 * MOST_COSTS:
            raise LayoutError(gettext_noop("more figures than are read"), line=number)
    if not words:
        raise LayoutError(gettext_noop("the file is empty"))
    return _Figures(words, lines, np.array(begins, dtype=bool), lines[-1])


def _total(m: int, n: int) -> int:
    return 2 + 2 * m + n + m * n


def _told_apart(figures: _Figures, first: int, second: int) -> str:
    """The layout whose every part begins on a new line, if that is so of one layout alone."""
    found = len(figures.words)
    totals = {_total(first, second), _total(second, first)}
    if not totals & {found, found - 1}:
        is_short = found < min(totals)
        raise LayoutError(
            gettext_noop(
                "the file ends too early: %(total)s figures belong to %(m)s facilities and %(n)s"
                " customers (one more if the optimum stands last), found %(found)s"
            )
            if is_short
            else gettext_noop(
                "there are too many figures: %(total)s belong to %(m)s facilities and %(n)s"
                " customers (one more if the optimum stands last), found %(found)s"
            ),
            line=figures.last_line,
            total=_total(first, second),
            m=first,
            n=second,
            found=found,
        )
    fits = [
        layout
        for layout, m, n in (
            ("orlib", first, second),
            ("holmberg", first, second),
            ("tbed1", second, first),
            ("delmaire", second, first),
        )
        if _total(m, n) in (found, found - 1) and figures.begins[_parts(layout, m, n)].all()
    ]
    if len(fits) != 1:
        raise UnclearLayout(
            gettext_noop(
                "the breaks between lines fit more than one layout (%(fits)s): say --format orlib"
                " (customer by customer), holmberg or yang (facility by facility), tbed1 or"
                " delmaire"
            )
            if fits
            else gettext_noop(
                "the breaks between lines fit no layout: say --format orlib (customer by"
                " customer), holmberg or yang (facility by facility), tbed1 or delmaire"
            ),
            **({"fits": ", ".join(fits)} if fits else {}),
        )
    return fits[0]


def _parts(layout: str, m: int, n: int) -> np.ndarray:
    """Where the parts of a layout begin: the place of each one's first figure."""
    lengths = {
        "orlib": [2, *[2] * m, *[m + 1] * n],
        "holmberg": [2, *[2] * m, n, *[n] * m],
        "tbed1": [2, n, m, m, *[n] * m],
        "delmaire": [2, *[m] * n, n, m, m],
    }[layout]
    return np.array(list(accumulate(lengths))[:-1])


def _places(values) -> int:
    return max((-int(value.normalize().as_tuple().exponent) for value in values), default=0)


def _whole(name, layout, capacities, fixed, demands, costs, published) -> Instance:
    """Everything in whole numbers: as many places as the file has, the same for all money."""
    flat = [cost for row in costs for cost in row]
    scales = []
    for values, what in (
        ([*fixed, *flat], gettext_noop("the costs")),
        ([*capacities, *demands], gettext_noop("the demands and capacities")),
    ):
        places = max(0, _places(values))
        if places > MOST_PLACES:
            raise LayoutError(
                gettext_noop("%(what)s have %(places)s decimal places; %(most)s at most are read"),
                what=Said(what),
                places=places,
                most=MOST_PLACES,
            )
        scales.append(10**places)
    money, load = scales
    worst = (sum(fixed) + len(demands) * max(flat)) * money
    if worst > MOST_TOTAL or (sum(demands) + sum(capacities)) * load > MOST_TOTAL:
        raise LayoutError(gettext_noop("the figures are too large to be summed exactly"))

    def ints(values, scale: int) -> np.ndarray:
        return np.array([int(value * scale) for value in values], dtype=np.int64)

    return Instance(
        name=name,
        layout=layout,
        capacity=ints(capacities, load),
        fixed=ints(fixed, money),
        demand=ints(demands, load),
        cost=ints(flat, money).reshape(len(demands), len(capacities)),
        money=money,
        load=load,
        published=published,
    )
