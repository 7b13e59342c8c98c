"""Lists: columns that write their own cells, and the slim renderer that joins them.

A table class declares columns, order and headers the django-tables2 way; rows arrive as tuples
and every cell is written by a function that escapes, never by a template.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import Any
from urllib.parse import urlencode

import django_tables2
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

UNKNOWN = '<span class="muted">—</span>'
Writer = Callable[..., str]


class Column(django_tables2.Column):
    """A column that reads value paths and writes a cell; text by default.

    `reads` are the paths given to `values_list`, `sorts` the paths it is ordered by.
    """

    css = ""

    def __init__(
        self,
        label,
        *,
        reads: Sequence[str] = (),
        sorts: Sequence[str] | None = None,
        css: str | None = None,
        is_fixed: bool = False,
        is_shown: bool = True,
    ):
        super().__init__(verbose_name=label, orderable=sorts != ())
        self.reads = tuple(reads)
        self.sorts = tuple(sorts) if sorts is not None else None
        self.is_fixed = is_fixed
        self.is_shown = is_shown
        if css is not None:
            self.css = css

    def settle(self, name: str) -> None:
        """Columns named like their field need not repeat it."""
        self.reads = self.reads or (name,)
        if self.sorts is None:
            self.sorts = (self.reads[0],)

    def writer(self, page: Mapping[str, Any]) -> Writer:
        """The function that writes a cell from the values read; called once per page."""
        return write_text

    def in_words(self, page: Mapping[str, Any]) -> Writer:
        """The function that gives a cell's value as a sheet holds it."""
        return lambda value: value


def plain(text) -> str:
    """Escaped text of the present language: lazy texts would be translated for every cell."""
    return escape(str(text))


def write_text(value) -> str:
    return escape(str(value)) if value not in (None, "") else UNKNOWN


class Number(Column):
    """A whole number, grouped."""

    css = "num"

    def writer(self, page):
        return lambda value: UNKNOWN if value is None else f"{value:,}"


class Year(Column):
    css = "num"

    def writer(self, page):
        return lambda value: UNKNOWN if value is None else str(value)


class Area(Column):
    """Square metres with two decimals."""

    css = "num"

    def writer(self, page):
        return lambda value: UNKNOWN if value is None else f"{Decimal(value):,.2f}"


class Day(Column):
    css = "num"

    def writer(self, page):
        return lambda value: UNKNOWN if value is None else value.isoformat()


class Choice(Column):
    """One of a closed list, by its label."""

    css = "nowrap"

    def __init__(self, label, *, choices: Iterable[tuple[Any, Any]], **kwargs):
        super().__init__(label, **kwargs)
        self.choices = tuple(choices)

    def writer(self, page):
        words = {code: plain(label) for code, label in self.choices}
        return lambda value: words.get(value, UNKNOWN)

    def in_words(self, page):
        words = {code: str(label) for code, label in self.choices}
        return lambda value: words.get(value)


class YesNo(Column):
    """Yes, no, or unknown."""

    def writer(self, page):
        words = {True: escape(_("yes")), False: escape(_("no"))}
        return lambda value: words.get(value, UNKNOWN)

    def in_words(self, page):
        words = {True: _("yes"), False: _("no")}
        return lambda value: words.get(value)


class ListTable(django_tables2.Table):
    """Base of list tables: which columns there are, which are shown, how they are ordered."""

    # Paths that need no primary key behind them to make an order.
    unique_paths: Sequence[str] = ()

    class Meta:
        abstract = True

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        for name, column in cls.base_columns.items():
            column.settle(name)

    @classmethod
    def shown_by_default(cls) -> list[str]:
        return [name for name, column in cls.base_columns.items() if column.is_shown]

    @classmethod
    def chosen(cls, wanted: Iterable[str]) -> list[str]:
        """Known names of `wanted` in their order, fixed columns first; the default if none."""
        known = [name for name in dict.fromkeys(wanted) if name in cls.base_columns]
        if not known:
            return cls.shown_by_default()
        fixed = [n for n, column in cls.base_columns.items() if column.is_fixed]
        return [*(name for name in fixed if name not in known), *known]

    @classmethod
    def order(cls, sort: str) -> tuple[str, ...] | None:
        """Paths to order by for `sort` (a column's name, `-` for descending); None if unknown.

        Ends in what is unique, in the same direction, so that an index serves it backwards too.
        """
        minus = "-" if sort.startswith("-") else ""
        column = cls.base_columns.get(sort.removeprefix("-"))
        if column is None or not column.sorts:
            return None
        last = () if column.sorts[-1] in cls.unique_paths else ("pk",)
        return tuple(f"{minus}{path}" for path in (*column.sorts, *last))

    @classmethod
    def reads(cls, names: Iterable[str]) -> list[str]:
        """Value paths of some columns, each once, after the primary key."""
        paths = dict.fromkeys(("pk",))
        for name in names:
            paths.update(dict.fromkeys(cls.base_columns[name].reads))
        return list(paths)


def write_head(
    table: type[ListTable], names: Sequence[str], *, sort: str, query: Mapping, can_pick: bool
) -> SafeString:
    """The header row; sortable headers are links that keep the rest of the query."""
    kept = [(key, value) for key, values in query.lists() for value in values]
    kept = [(key, value) for key, value in kept if key not in ("sort", "page")]
    cells = []
    if can_pick:
        cells.append(
            format_html(
                '<th class="pick" scope="col"><input type="checkbox" data-pick-all'
                ' aria-label="{}"></th>',
                _("Pick all rows of this page"),
            )
        )
    for name in names:
        column = table.base_columns[name]
        if not column.sorts:
            cells.append(
                format_html(
                    '<th scope="col" class="{}">{}</th>', column.css, capfirst(column.verbose_name)
                )
            )
            continue
        is_up, is_down = sort == name, sort == f"-{name}"
        href = "?" + urlencode([*kept, ("sort", f"-{name}" if is_up else name)])
        state = ' aria-sort="ascending"' if is_up else ' aria-sort="descending"' * is_down
        arrow = " ↑" if is_up else " ↓" * is_down
        cells.append(
            format_html(
                '<th scope="col" class="{}"{}><a href="{}">{}<span aria-hidden="true">{}</span>'
                "</a></th>",
                column.css,
                SafeString(state),
                href,
                capfirst(column.verbose_name),
                arrow,
            )
        )
    return SafeString("<tr>" + "".join(cells) + "</tr>")


def write_rows(
    table: type[ListTable],
    names: Sequence[str],
    rows: Iterable[Sequence],
    *,
    page: Mapping[str, Any],
    can_pick: bool,
) -> SafeString:
    """The rows as HTML; `rows` hold the values of `table.reads(names)`."""
    at = {path: index for index, path in enumerate(table.reads(names))}
    plan = []
    for name in names:
        column = table.base_columns[name]
        label = "" if column.is_fixed else f' data-label="{plain(capfirst(column.verbose_name))}"'
        css = f' class="{column.css}"' if column.css else ""
        plan.append((f"<td{css}{label}>", column.writer(page), tuple(at[p] for p in column.reads)))
    pick = escape(_("Pick this row"))
    out = []
    add = out.append
    for row in rows:
        add("<tr>")
        if can_pick:
            add(
                f'<td class="pick"><input type="checkbox" name="ids" value="{row[0]}"'
                f' aria-label="{pick}"></td>'
            )
        for opening, write, places in plan:
            add(opening)
            if len(places) == 1:
                add(write(row[places[0]]))
            else:
                add(write(*[row[place] for place in places]))
            add("</td>")
        add("</tr>\n")
    return SafeString("".join(out))


def value_writers(
    table: type[ListTable], names: Sequence[str], page: Mapping[str, Any]
) -> Callable[[Sequence], list]:
    """A function from a row of `table.reads(names)` to the cells of a sheet."""
    at = {path: index for index, path in enumerate(table.reads(names))}
    plan = [
        (
            table.base_columns[name].in_words(page),
            tuple(at[path] for path in table.base_columns[name].reads),
        )
        for name in names
    ]

    def cells(row: Sequence) -> list:
        return [write(*[row[place] for place in places]) for write, places in plan]

    return cells


def day_of(text: str) -> dt.date | None:
    """A date of a query string; None where it is not one between 1900 and 2999."""
    try:
        day = dt.date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if 1900 <= day.year < 3000 else None
