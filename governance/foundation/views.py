"""The list page: filter, search, sort, columns, pages. Rooms declare a table and its filters.

Ids come first, on the index; then the rows of one page as tuples. A page costs the same number
of statements whatever it shows.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views import View

from .filters import ListFilterSet
from .tables import ListTable, plain, write_head, write_rows

COUNT_LIMIT = 10_000
PAGE_SIZES = (50, 20, 100, 200)
LAST_PAGE = 1_000_000
# Parameters of the list itself; all others are filters.
OWN = ("sort", "page", "size", "columns", "count")


def whole(text: str, default: int, low: int, high: int) -> int | None:
    """A whole number of a query string: the default if absent, None if it is no such number."""
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        return None
    number = int(text)
    return number if low <= number <= high else None


@dataclass
class Listing:
    """One state of a list: what the query string asks for, and the rows that answer it."""

    table: type[ListTable]
    filterset: ListFilterSet
    query: Any
    default_sort: str
    context: dict[str, Any]
    can_pick: bool = False
    # Columns that say the same on every row of this scope: left out unless asked for.
    idle: tuple[str, ...] = ()
    # An exact count known otherwise than by counting rows; None where there is none.
    known_count: int | None = None

    def __post_init__(self):
        self.problems: list[str] = []
        wanted = [name for value in self.query.getlist("columns") for name in value.split(",")]
        self.names = self.table.chosen(wanted)
        if not any(name in self.table.base_columns for name in wanted):
            self.names = [name for name in self.names if name not in self.idle]
        self.sort = self.query.get("sort", "") or self.default_sort
        self.order = self.table.order(self.sort)
        if self.order is None:
            self.problems.append(_("The list cannot be sorted that way; the usual order is shown."))
            self.sort = self.default_sort
            self.order = self.table.order(self.sort)
        size = whole(self.query.get("size", ""), PAGE_SIZES[0], 1, 500)
        self.size = size if size in PAGE_SIZES else PAGE_SIZES[0]
        page = whole(self.query.get("page", ""), 1, 1, LAST_PAGE)
        if page is None:
            self.problems.append(_("There is no such page; the first one is shown."))
        self.page = page or 1
        self.problems += self.filterset.problems

    @cached_property
    def queryset(self) -> QuerySet:
        return self.filterset.qs.order_by()

    @cached_property
    def counted(self) -> int:
        """How many rows there are; at most one more than the limit unless known or asked."""
        if self.known_count is not None:
            return self.known_count
        if self.query.get("count") == "exact":
            return self.queryset.count()
        return self.queryset[: COUNT_LIMIT + 1].count()

    @property
    def is_capped(self) -> bool:
        is_exact = self.known_count is not None or self.query.get("count") == "exact"
        return not is_exact and self.counted > COUNT_LIMIT

    @property
    def count_text(self) -> str:
        return f"{COUNT_LIMIT:,}+" if self.is_capped else f"{self.counted:,}"

    @cached_property
    def _found(self) -> list[int]:
        """Ids of the page and one more, which tells whether there is a next page."""
        first = (self.page - 1) * self.size
        ids = self.queryset.order_by(*self.order).values_list("pk", flat=True)
        left = None if self.known_count is None else self.known_count - first
        if left is not None and 0 < left < first:
            # Nearer to the end: read from there, as quickly as the first pages.
            shown = min(left, self.size + 1)
            return list(ids.reverse()[left - shown : left])[::-1]
        return list(ids[first : first + self.size + 1])

    @property
    def ids(self) -> list[int]:
        return self._found[: self.size]

    @property
    def has_next(self) -> bool:
        return len(self._found) > self.size

    @property
    def first_number(self) -> int:
        return (self.page - 1) * self.size + 1

    @property
    def last_number(self) -> int:
        return (self.page - 1) * self.size + len(self.ids)

    @property
    def last_page(self) -> int | None:
        return None if self.is_capped else max(1, -(-self.counted // self.size))

    @cached_property
    def rows(self) -> list[tuple]:
        """The page's rows as tuples of `table.reads`, in order."""
        found = self.queryset.model._base_manager.filter(pk__in=self.ids).values_list(
            *self.table.reads(self.names)
        )
        by_id = {row[0]: row for row in found}
        return [by_id[pk] for pk in self.ids if pk in by_id]

    def all_rows(self):
        """Every row in order, streamed."""
        rows = self.queryset.order_by(*self.order).values_list(*self.table.reads(self.names))
        return rows.iterator(chunk_size=2000)

    @property
    def head_html(self) -> SafeString:
        return write_head(
            self.table, self.names, sort=self.sort, query=self.query, can_pick=self.can_pick
        )

    @property
    def rows_html(self) -> SafeString:
        return write_rows(
            self.table, self.names, self.rows, page=self.context, can_pick=self.can_pick
        )

    # -- addresses -----------------------------------------------------------------------------
    def with_query(self, **changes) -> str:
        """The query string with some parameters changed, or dropped when None."""
        kept = [
            (n, v) for n, values in self.query.lists() for v in values if n not in changes and v
        ]
        return "?" + urlencode([*kept, *((n, v) for n, v in changes.items() if v is not None)])

    @property
    def next_url(self) -> str:
        return self.with_query(page=self.page + 1)

    @property
    def previous_url(self) -> str:
        return self.with_query(page=self.page - 1 if self.page > 2 else None)

    @property
    def first_url(self) -> str:
        return self.with_query(page=None)

    @property
    def last_url(self) -> str:
        return self.with_query(page=self.last_page)

    @property
    def default_columns_url(self) -> str:
        return self.with_query(columns=None, page=None)

    @property
    def today_url(self) -> str:
        return self.with_query(as_of=None, page=None)

    @property
    def exact_url(self) -> str:
        return self.with_query(count="exact")

    @property
    def filter_query(self) -> str:
        """The query without page and count: what an export or a saved view repeats."""
        return self.with_query(page=None, count=None).removeprefix("?")

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Parameters of the list that a filter form must carry along."""
        return [
            (n, v)
            for n, values in self.query.lists()
            for v in values
            if n in ("sort", "size", "columns", "as_of") and v
        ]

    @property
    def filters_and_order(self) -> list[tuple[str, str]]:
        """Parameters that the choice of columns must carry along."""
        return [
            (n, v)
            for n, values in self.query.lists()
            for v in values
            if n not in ("columns", "page", "count") and v
        ]

    @property
    def applied(self) -> list[tuple[str, str, str]]:
        """(name of the filter, its value in words, address without it)."""
        return [
            (one.label, one.value, self.with_query(page=None, **dict.fromkeys(one.names)))
            for one in self.filterset.applied
        ]

    @property
    def clear_url(self) -> str:
        kept = [(n, v) for n, v in self.kept if n != "as_of"]
        return "?" + urlencode(kept)

    @property
    def is_filtered(self) -> bool:
        return bool(self.query.get("q") or self.filterset.applied)

    @property
    def sizes(self) -> list[tuple[int, str]]:
        return [(size, self.with_query(size=size, page=None)) for size in sorted(PAGE_SIZES)]

    @property
    def columns_html(self) -> SafeString:
        """A box for every column: the shown ones first, in their order."""
        columns = self.table.base_columns
        names = [*self.names, *(name for name in columns if name not in self.names)]
        return SafeString(
            "".join(
                f'<label><input type="checkbox" name="columns" value="{name}"'
                f"{' checked' if name in self.names else ''}"
                f"{' disabled' if columns[name].is_fixed else ''}> "
                f"{plain(columns[name].verbose_name)}</label>"
                for name in names
            )
        )


class ListPage(LoginRequiredMixin, View):
    """Base of list pages. Subclasses name table and filters and give the scoped rows.

    `right` opens the page; `visible(request)` gives the rows.
    """

    table: type[ListTable]
    filterset: type[ListFilterSet]
    template_name: str
    default_sort = "name"
    right = ""

    def visible(self) -> QuerySet:
        raise NotImplementedError

    def page_context(self) -> dict[str, Any]:
        """What column functions and filters need to know of this request."""
        return {}

    def can_pick(self) -> bool:
        return False

    def extra_context(self, listing: Listing) -> dict[str, Any]:
        return {}

    def listing(self) -> Listing:
        context = self.page_context()
        return Listing(
            table=self.table,
            filterset=self.filterset(self.request.GET, self.visible(), page=context),
            query=self.request.GET,
            default_sort=self.default_sort,
            context=context,
            can_pick=self.can_pick(),
        )

    def get(self, request):
        if self.right:
            request.user.scope.require(self.right)
        listing = self.listing()
        return render(
            request, self.template_name, {"listing": listing, **self.extra_context(listing)}
        )
