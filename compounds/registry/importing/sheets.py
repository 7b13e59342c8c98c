"""What a sheet is to the import: its columns, how rows find their records, how they are written.

A room declares its sheets in its `importing` module and hands them to `register`; they are
imported in the order of registration, which is the order of the rooms.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from django.db import models
from django.urls import NoReverseMatch, reverse

from governance.audit.services import Act
from governance.foundation import history, spreadsheets
from governance.foundation.bulk import CHUNK, in_chunks, insert_many, update_many
from governance.organisation.models import Area, Level, User
from governance.organisation.scope import REGISTER_VIEW

from ..models.imports import Import, ImportRow
from .columns import Column, header_index
from .reading import Layout, Record

Row = ImportRow
# The column in which refused rows come back; read over when they are sent in again.
REASON = Column(
    "原因", "", spreadsheets.TEXT, lambda value: None, ("错误原因", "退回原因"), width=60
)


def compound_links(codes: dict[int, str]) -> dict[int, str]:
    """Addresses of dossiers by the record's id; empty where that page is not installed."""
    try:
        return {pk: reverse("dashboards:compound_dossier", args=[c]) for pk, c in codes.items()}
    except NoReverseMatch:
        return {}


@dataclass(frozen=True, slots=True)
class Community:
    """A community as rows look it up."""

    id: int
    code: str
    name: str
    street_id: int
    street_name: str
    district_id: int
    is_merged: bool


@dataclass
class Context:
    """What the rows of one import are planned and written against."""

    batch: Import
    by: User
    today: dt.date
    known: dict[str, Any] = field(default_factory=dict)  # what sheets remember between chunks
    _allowed: dict[tuple[str, int], bool] = field(default_factory=dict)

    @cached_property
    def communities(self) -> dict[str, Community]:
        """Communities of the import's district by code."""
        rows = Area.objects.filter(
            level=Level.COMMUNITY, district_id=self.batch.district_id
        ).values_list(
            "id", "code", "name", "street_id", "street__name", "district_id", "merged_into"
        )
        return {
            row[1]: Community(*row[:6], is_merged=row[6] is not None) for row in rows.iterator()
        }

    @cached_property
    def communities_by_id(self) -> dict[int, Community]:
        return {community.id: community for community in self.communities.values()}

    @cached_property
    def communities_by_name(self) -> dict[str, list[Community]]:
        found: dict[str, list[Community]] = {}
        for community in self.communities.values():
            if not community.is_merged:
                found.setdefault(plain_name(community.name), []).append(community)
        return found

    def allows(self, right: str, community: Community) -> bool:
        """Whether the importing person may write here, within the area of this import."""
        known = self._allowed.get((right, community.id))
        if known is None:
            known = self._allowed[right, community.id] = self._may_write(right, community)
        return known

    def _may_write(self, right: str, community: Community) -> bool:
        batch = self.batch
        if batch.community_id and community.id != batch.community_id:
            return False
        if batch.street_id and community.street_id != batch.street_id:
            return False
        place = _Place(community.district_id, community.street_id, community.id)
        return self.by.scope.can(right, place)


@dataclass(frozen=True, slots=True)
class _Place:
    district_id: int
    street_id: int
    community_id: int


@lru_cache(maxsize=5000)
def plain_name(name: str) -> str:
    """A place's name without the word for its kind, as clerks leave it out."""
    for ending in ("社区居委会", "居民委员会", "社区", "街道办事处", "街道办", "街道", "居委会"):
        if name.endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)]
    return name


@dataclass(slots=True)
class Plan:
    """A record on its way: the register's row it means, if any, and what it needs to be written.

    `existing` holds the register's values by field, with "pk" and "version".
    """

    record: Record
    layout: Layout
    key: Any = None
    label: str = ""
    shown_key: str = ""
    existing: dict | None = None
    context: dict = field(default_factory=dict)

    def refuse(self, message: str, field_: str = "", **values) -> None:
        value = self.record.values.get(field_)
        self.record.problems.append(self.layout.problem(message, field_, value, **values))

    def warn(self, message: str, field_: str = "", **values) -> None:
        value = self.record.values.get(field_)
        self.record.problems.append(self.layout.warning(message, field_, value, **values))


class Sheet:
    """A kind of table that can be imported; subclasses know one model.

    `titles`: names a sheet goes by, the first is ours. `right`: needed where a row lies.
    `stored`: column fields that are model fields; other columns are the subclass's business.
    """

    key: str
    titles: tuple[str, ...]
    name: Any  # translated plural
    columns: tuple[Column, ...]
    model: type[models.Model]
    right: str
    stored: tuple[str, ...]
    parts: tuple[str, ...] = ()  # columns kept in other tables, which `written` writes
    kept: tuple[str, ...] = ()  # fields `settle` may clear, kept with the row for undoing
    only_new: tuple[str, ...] = ()  # further columns that a new record takes
    list_url = ""  # URL name of the list where the rows are found afterwards
    levels: frozenset[int] = frozenset({Level.DISTRICT, Level.STREET, Level.COMMUNITY})
    keeps_file = True  # False: the uploaded workbook goes with the end of its import
    view_right = REGISTER_VIEW  # whoever sees the import needs it to see what its rows say

    @cached_property
    def header_index(self) -> dict[str, Column]:
        return header_index((*self.columns, REASON))

    @cached_property
    def by_field(self) -> dict[str, Column]:
        return {column.field: column for column in self.columns if column.field}

    @cached_property
    def written_as_text(self) -> frozenset[str]:
        """Fields whose values JSON holds as text: exact numbers and dates."""
        kinds = (spreadsheets.DECIMAL, spreadsheets.DATE)
        return frozenset(name for name, col in self.by_field.items() if col.kind in kinds)

    @cached_property
    def required_count(self) -> int:
        return sum(column.is_required for column in self.columns)

    # -- planning ------------------------------------------------------------------------------
    looks_ahead = False  # reads the sheet once more, first: rows are judged together

    def look_ahead(self, plans: Iterable[Plan], context: Context) -> None:
        """Note what all rows say together, before any chunk of them is planned."""

    def resolve(self, plans: Sequence[Plan], context: Context) -> None:
        """Find key, label and the existing row of each plan, for a whole chunk at once."""
        raise NotImplementedError

    def check(self, plan: Plan, merged: dict, context: Context) -> None:
        """Refuse or warn about what contradicts itself; `merged` is the row as it would be."""

    # -- writing -------------------------------------------------------------------------------
    def lock(self, context: Context, rows: models.QuerySet) -> None:
        """Lock what new rows are numbered or counted by."""

    def is_taken(self, rows: Sequence[Row], context: Context) -> bool:
        """Whether the register has meanwhile got a row that a new one would double."""
        raise NotImplementedError

    def build(self, rows: Sequence[Row], context: Context) -> list[models.Model]:
        """Unsaved records of new rows, in order."""
        raise NotImplementedError

    def settle(self, obj: models.Model, changed: Iterable[str]) -> None:
        """Set what follows from the changed fields before the record is written."""

    def settled_columns(self) -> tuple[str, ...]:
        """The columns that `settle` may set."""
        return ()

    def written(
        self, rows: Sequence[Row], objects: Sequence[models.Model], context: Context
    ) -> None:
        """After a chunk was written: parts of the record in other tables."""

    def touch(self, objects: Sequence[models.Model], context: Context) -> None:
        """Note records just written or about to be undone, for `finish`."""

    def finish(self, context: Context) -> None:
        """After all rows of the sheet were written or undone: sums and the like."""

    def values_of(self, row: Row, side: int = 1) -> dict[str, Any]:
        """The row's changed values: after (1) or before (0)."""
        by_field, written = self.by_field, self.written_as_text
        return {
            name: by_field[name].from_plain(change[side]) if name in written else change[side]
            for name, change in row.changes.items()
            if name in by_field
        }

    # -- undoing -------------------------------------------------------------------------------
    own_relations: tuple[str, ...] = ()  # related tables that `delete_parts` empties
    cannot_undo: Any = ""  # why new rows of this sheet stay for ever, where they do

    def delete_parts(self, ids: Sequence[int], context: Context) -> None:
        """Delete what `written` added for new rows that are being undone."""

    def restore(self, obj: models.Model, row: Row, context: Context) -> None:
        """Set a changed record back to what it was before the import."""
        for name, value in row.context.get("kept", {}).items():
            if not getattr(obj, name):  # nobody has decided anew
                setattr(obj, name, value)
        for name, value in self.values_of(row, side=0).items():
            if name in self.stored:
                setattr(obj, name, blank_of(obj, name) if value is None else value)

    def used_by_others(
        self, ids: Sequence[int], batch: Import
    ) -> dict[int, list[type[models.Model]]]:
        """New records whose own parts (`own_relations`) others have added to since the import."""
        return {}

    def further_acts(self, context: Context) -> Iterable[Act]:
        """What else writing or undoing did, for the audit log."""
        return ()

    # -- showing -------------------------------------------------------------------------------
    def told(self, label: str, changes: dict[str, list]) -> tuple[str, dict[str, list]]:
        """What the audit log keeps for ever of a row: sheets of people leave personal data out."""
        return label, changes

    def forget(self, person: models.Model) -> None:
        """Take somebody out of the rows of imports, whose personal data are being deleted."""

    def export_columns(self) -> list[spreadsheets.OutColumn]:
        return [column.out() for column in self.columns]

    def export_rows(self, queryset: models.QuerySet) -> Iterator[list]:
        """Cells of every record, in the order of the columns: importing them changes nothing."""
        raise NotImplementedError

    def cells_of(self, rows: models.QuerySet) -> Iterator[list]:
        """Cells of records that have (or are annotated with) every column's field."""
        named = [column for column in self.columns if column.field]
        found = rows.values_list(*(column.field for column in named))
        for number, values in enumerate(found.iterator(chunk_size=2000), 1):
            shown = (column.shown(value) for column, value in zip(named, values, strict=True))
            yield [number, *shown]

    def sample_rows(self, area: Area) -> list[list]:
        """Rows of the template, which import cleanly for the area they were made for."""
        count = max((len(column.samples) for column in self.columns), default=0)
        rows = []
        for i in range(count):
            said = {c.header: c.samples[i] for c in self.columns if i < len(c.samples)}
            row = self.placed_sample(said, area)
            if row is not None:
                rows.append([row.get(column.header) for column in self.columns])
        return rows

    def placed_sample(self, row: dict, area: Area) -> dict | None:
        """A sample row made to fit an area; None where nothing fits there yet."""
        return row

    def links(self, rows: Sequence[Row]) -> dict[int, str]:
        """Addresses of the pages of records, by record id."""
        return {}

    # -- generic parts -------------------------------------------------------------------------
    def load(self, ids: Iterable[int]) -> dict[int, dict]:
        """The stored fields of records with their versions, by id."""
        found = {}
        for chunk in in_chunks(sorted(set(ids)), CHUNK):
            rows = self.model.objects.filter(pk__among=chunk).values("pk", "version", *self.stored)
            found.update((row["pk"], row) for row in rows)
        return found

    def store_new(self, objects: Sequence[models.Model], context: Context) -> None:
        insert_many(self.model, objects)
        history.record_versions(
            self.model,
            [obj.pk for obj in objects],
            kind=history.CREATED,
            by=context.by,
            reason=context.batch.batch,
        )

    def store_changed(
        self, objects: Sequence[models.Model], columns: Iterable[str], context: Context
    ) -> None:
        names = dict.fromkeys((*columns, *self.settled_columns(), "version", "updated_at"))
        update_many(self.model, objects, names)
        history.record_versions(
            self.model,
            [obj.pk for obj in objects],
            kind=history.CHANGED,
            by=context.by,
            reason=context.batch.batch,
        )


def blank_of(obj: models.Model, name: str) -> Any:
    """What "unknown" is in a field: null, or empty text."""
    return None if obj._meta.get_field(name).null else ""


_sheets: dict[str, Sheet] = {}


def register(sheet: Sheet) -> Sheet:
    """Make a sheet known to the import."""
    _sheets[sheet.key] = sheet
    return sheet


def sheets(only: str = "") -> list[Sheet]:
    """All sheets in the order of import, or the one asked for."""
    return [sheet for sheet in _sheets.values() if not only or sheet.key == only]


def sheet_of(key: str) -> Sheet | None:
    return _sheets.get(key)
