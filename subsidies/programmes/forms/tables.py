"""The tables of an edition as rows of fields: kept as typed until they are right.

Works without a script: adding and removing rows are submit buttons, and the server draws the rows
again. `Tables.read` gives the parts of the terms once every cell can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from compounds.classification.forms.cleaning import plain_number, plain_text, shown

from .. import rules
from ..models import AssessmentBand, ClawbackTerm, Deduction, FundingShare, RateStep
from ..rules import vocabulary as v
from .conditions import MOST_ROWS, Conditions, count

WHOLE, EXACT, CHOICE = "whole", "exact", "choice"
LARGEST = Decimal(1_000_000_000)
LONGEST = 999


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: how its cells are typed, and what they begin with."""

    name: str
    label: Any
    kind: str
    choices: tuple[tuple[str, Any], ...] = ()
    is_optional: bool = False
    places: int = 2
    initial: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of an edition."""

    name: str
    title: Any
    help: Any
    add: Any
    empty: Any
    part: type
    columns: tuple[Column, ...]
    order: Callable[[Any], Any] | None = None


def _choices(enum) -> tuple[tuple[str, Any], ...]:
    return tuple(enum.choices)


PERCENT = Column("percent", gettext_lazy("percentage"), EXACT, is_optional=True)
STEPS = Table(
    "steps",
    gettext_lazy("Rates"),
    gettext_lazy(
        "Together the steps leave no month of the term out and name none twice. A share of the fee "
        "is typed in per cent."
    ),
    gettext_lazy("Add a step"),
    gettext_lazy("No rate yet."),
    rules.Step,
    (
        Column("from_month", gettext_lazy("from month"), WHOLE),
        Column("to_month", gettext_lazy("to month"), WHOLE),
        Column("rate", gettext_lazy("rate"), EXACT, places=4),
        Column("basis", gettext_lazy("basis"), CHOICE, _choices(RateStep.Basis)),
        Column("per", gettext_lazy("rate per"), CHOICE, _choices(RateStep.Per)),
    ),
    order=lambda row: row.from_month,
)
BANDS = Table(
    "bands",
    gettext_lazy("Bands of the assessment"),
    gettext_lazy("What is paid from a score on, up to the next band. The lowest begins at 0."),
    gettext_lazy("Add a band"),
    gettext_lazy("No band: the assessment changes nothing."),
    rules.Band,
    (
        Column("from_score", gettext_lazy("from a score of"), EXACT),
        Column("effect", gettext_lazy("is paid"), CHOICE, _choices(AssessmentBand.Effect)),
        PERCENT,
    ),
    order=lambda row: -row.from_score,
)
DEDUCTIONS = Table(
    "deductions",
    gettext_lazy("Deductions"),
    gettext_lazy("What each finding of a month takes off: a percentage of it, or an amount."),
    gettext_lazy("Add a deduction"),
    gettext_lazy("Nothing is deducted."),
    rules.Deduction,
    (
        Column("trigger", gettext_lazy("finding"), CHOICE, _choices(Deduction.Trigger)),
        Column("percent", gettext_lazy("takes off (%)"), EXACT, is_optional=True),
        Column("amount", gettext_lazy("takes off (yuan)"), EXACT, is_optional=True),
    ),
)
SHARES = Table(
    "shares",
    gettext_lazy("Who pays"),
    gettext_lazy("The shares make 100 % together."),
    gettext_lazy("Add a payer"),
    gettext_lazy("Nobody pays yet."),
    rules.Share,
    (
        Column("payer", gettext_lazy("paid by"), CHOICE, _choices(FundingShare.Payer)),
        Column("percent", gettext_lazy("share (%)"), EXACT),
    ),
)
CLAWBACKS = Table(
    "clawbacks",
    gettext_lazy("Clawback"),
    gettext_lazy(
        "Months: how many are claimed back, or within how many after the last payment the contract "
        "must not end."
    ),
    gettext_lazy("Add a reason"),
    gettext_lazy("Nothing is claimed back."),
    rules.Clawback,
    (
        Column("trigger", gettext_lazy("reason"), CHOICE, _choices(ClawbackTerm.Trigger)),
        Column("takes", gettext_lazy("is claimed back"), CHOICE, _choices(ClawbackTerm.Takes)),
        Column("months", pgettext_lazy("clawback", "months"), WHOLE, is_optional=True),
        PERCENT,
    ),
)
TABLES = (STEPS, BANDS, DEDUCTIONS, SHARES, CLAWBACKS)


@dataclass
class Cell:
    """One cell as it stands in the form."""

    column: Column
    name: str
    value: str = ""
    has_error: bool = False

    @property
    def is_choice(self) -> bool:
        return self.column.kind == CHOICE


@dataclass
class Row:
    """One row as it stands in the form, with what is wrong with it."""

    cells: list[Cell]
    errors: list[str] = field(default_factory=list)

    def read(self, part: type) -> Any | None:
        """The part of the terms; None and an error beside it where a cell cannot be read."""
        values = {}
        for cell in self.cells:
            value, error = _read(cell.column, cell.value)
            if error:
                cell.has_error = True
                self.errors.append(error)
            values[cell.column.name] = value
        return None if self.errors else part(**values)


def _read(column: Column, text: str) -> tuple[Any, str]:
    """(value, what is wrong) of a cell; "" and None for an optional one left empty."""
    words = {"column": column.label, "value": text}
    if column.kind == CHOICE:
        if text in dict(column.choices):
            return text, ""
        return text, _("“%(column)s”: choose one.") % words
    typed = plain_number(text, "%")
    if not typed:
        return None, "" if column.is_optional else _("“%(column)s” is empty.") % words
    if column.kind == WHOLE:
        if typed.isascii() and typed.isdecimal() and len(typed) < 6 and int(typed) <= LONGEST:
            return int(typed), ""
        return None, _("“%(column)s”: “%(value)s” is no whole number.") % words
    try:
        number = Decimal(typed)
    except InvalidOperation:
        return None, _("“%(column)s”: “%(value)s” is no number.") % words
    if not number.is_finite() or abs(number) >= LARGEST:
        return None, _("“%(column)s”: “%(value)s” is no number.") % words
    step = Decimal(1).scaleb(-column.places)
    if number != number.quantize(step):
        words["places"] = column.places
        return None, _("“%(column)s”: at most %(places)s decimals.") % words
    return number.quantize(step), ""


class Rows:
    """All rows of one table of the form."""

    def __init__(self, table: Table, rows: Iterable[Row] = ()) -> None:
        self.table = table
        self.rows = list(rows)
        self.errors: list[str] = []
        self.focus = ""

    @property
    def name(self) -> str:
        return self.table.name

    def row(self, values: Mapping[str, str], number: int | None = None) -> Row:
        at = len(self.rows) if number is None else number
        return Row(
            [
                Cell(column, f"{self.name}-{at}-{column.name}", values.get(column.name, ""))
                for column in self.table.columns
            ]
        )

    def add(self) -> None:
        if len(self.rows) >= MOST_ROWS:
            return
        values = {column.name: column.initial for column in self.table.columns}
        if self.rows:
            last = {cell.column.name: cell.value for cell in self.rows[-1].cells}
            if self.name == "steps":
                # The next step goes on where the last one ends, in its measure.
                values |= {"basis": last["basis"], "per": last["per"]}
                typed = plain_text(last["to_month"])
                if typed.isascii() and typed.isdecimal() and len(typed) < 4:
                    values["from_month"] = str(int(typed) + 1)
        elif self.name == "steps":
            values |= {"from_month": "1", "basis": v.CHARGEABLE_AREA, "per": v.MONTH}
        self.rows.append(self.row(values))
        self.focus = self.rows[-1].cells[0].name

    def drop(self, number: int) -> None:
        if number < len(self.rows):
            del self.rows[number]
            self._number()

    def _number(self) -> None:
        for at, row in enumerate(self.rows):
            for cell in row.cells:
                cell.name = f"{self.name}-{at}-{cell.column.name}"

    def sort(self) -> None:
        """Put the rows in the order in which they are read; only when all can be read."""
        order = self.table.order
        if order is None:
            return
        read = [row.read(self.table.part) for row in self.rows]
        if None in read:
            return
        paired = sorted(zip(read, self.rows, strict=True), key=lambda pair: order(pair[0]))
        self.rows = [row for _part, row in paired]
        self._number()

    def read(self) -> tuple[Any, ...]:
        return tuple(
            part for part in (row.read(self.table.part) for row in self.rows) if part is not None
        )

    @classmethod
    def of(cls, table: Table, parts: Iterable[Any]) -> Rows:
        rows = cls(table)
        for part in parts:
            values = {column.name: _typed(getattr(part, column.name)) for column in table.columns}
            rows.rows.append(rows.row(values))
        return rows

    @classmethod
    def posted(cls, table: Table, data: Mapping[str, Any]) -> Rows:
        rows = cls(table)
        for at in range(count(data.get(table.name), MOST_ROWS)):
            values = {
                column.name: data.get(f"{table.name}-{at}-{column.name}", "")
                .replace("\0", "")
                .strip()[:40]
                for column in table.columns
            }
            rows.rows.append(rows.row(values))
        return rows

    @property
    def error_count(self) -> int:
        return len(self.errors) + sum(len(row.errors) for row in self.rows)


class Tables:
    """All tables of an edition's form, by name; `errors` belong to no table."""

    def __init__(self, tables: Mapping[str, Rows | Conditions]) -> None:
        self.by_name = dict(tables)

    def __getattr__(self, name: str) -> Rows | Conditions:
        try:
            return self.__dict__["by_name"][name]
        except KeyError as error:
            raise AttributeError(name) from error

    @property
    def conditions(self) -> Conditions:
        return self.by_name["conditions"]

    @classmethod
    def of(cls, terms: rules.Terms) -> Tables:
        tables: dict[str, Any] = {
            table.name: Rows.of(table, getattr(terms, table.name)) for table in TABLES
        }
        return cls(tables | {"conditions": Conditions.of(terms.conditions)})

    @classmethod
    def posted(cls, data: Any) -> Tables:
        tables: dict[str, Any] = {table.name: Rows.posted(table, data) for table in TABLES}
        return cls(tables | {"conditions": Conditions.posted(data)})

    def apply(self, act: str) -> None:
        """What a button of the form asks for: "add-steps", "drop-bands-2", "refresh"."""
        verb, _sep, rest = act.partition("-")
        name, _sep, number = rest.partition("-")
        rows = self.by_name.get(name)
        if rows is not None and verb == "add":
            rows.add()
        elif rows is not None and verb == "drop" and number.isascii() and number.isdecimal():
            rows.drop(int(number[:4]))
        self.conditions.settle()

    def read(self) -> dict[str, tuple] | None:
        """The parts of the terms by table; None, and errors beside the cells, if one is unfit."""
        found: dict[str, tuple] = {}
        for name, rows in self.by_name.items():
            if isinstance(rows, Rows):
                rows.sort()
                for row in rows.rows:
                    row.errors = []
            found[name] = rows.read()
        return None if self.error_count else found

    def show(self, faults: Iterable[rules.Fault]) -> list[rules.Fault]:
        """Put each fault beside its row; those that belong to no table are given back."""
        others = []
        for fault in faults:
            rows: Any = self.by_name.get(fault.place)
            if rows is None:
                others.append(fault)
                continue
            at: Any = rows
            if fault.row is not None and fault.row < len(rows.rows):
                at = rows.rows[fault.row]
            if fault.sentence not in at.errors:
                at.errors.append(fault.sentence)
        return others

    @property
    def error_count(self) -> int:
        return sum(rows.error_count for rows in self.by_name.values())


def _typed(value: Any) -> str:
    return "" if value is None else shown(value)
