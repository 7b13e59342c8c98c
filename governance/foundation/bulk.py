"""Writing many rows at once, some ten times faster than `bulk_create` and `bulk_update`.

Rows go to the database as plain tuples: COPY on PostgreSQL, one prepared statement on SQLite.
No signals, no history: callers write those themselves (`history.record_versions`).
"""

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from operator import attrgetter
from types import SimpleNamespace
from typing import Any, TypeVar

from django.apps import apps
from django.db import connection, models, transaction
from django.utils import timezone

CHUNK = 1000
_EMPTY = {dict: "{}", list: "[]"}
Item = TypeVar("Item")
_AS_THEY_ARE = (
    models.CharField,
    models.TextField,
    models.BooleanField,
    models.IntegerField,
    models.FloatField,
    models.ForeignKey,
)


@contextlib.contextmanager
def roomy_cache() -> Iterator[None]:
    """Let SQLite hold 64 MB of pages while one long transaction touches many indexes.

    Only for the length of a long job: a page never needs more than the 2 MB it has by default.
    """
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA cache_size")
        (before,) = cursor.fetchone()
        cursor.execute("PRAGMA cache_size = -64000")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = {before:d}")
            cursor.execute("PRAGMA shrink_memory")


class Encoded(str):
    """Text that is JSON already and goes into a JSON column as it stands."""

    __slots__ = ()


def in_chunks(items: Iterable[Item], size: int = CHUNK) -> Iterator[list[Item]]:
    """Lists of at most `size` items."""
    chunk: list[Item] = []
    for item in items:
        chunk.append(item)
        if len(chunk) >= size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def drafts(model: type[models.Model]) -> Callable[..., SimpleNamespace]:
    """What makes rows to be inserted: their attributes alone, at a tenth of an object's cost."""
    fields = model._meta.concrete_fields
    defaults = {
        field.attname: None if field.primary_key else field.get_default() for field in fields
    }
    fresh = [(f.attname, f.default) for f in fields if f.default in (dict, list)]

    def draft(**values: Any) -> SimpleNamespace:
        return SimpleNamespace(**{**defaults, **{name: new() for name, new in fresh}, **values})

    return draft


def insert_many(
    model: type[models.Model], objects: Sequence[models.Model | SimpleNamespace]
) -> None:
    """Insert unsaved objects (or drafts of them) and give them their ids, in order."""
    if not objects:
        return
    key = model._meta.pk.attname
    for obj, pk in zip(objects, _new_ids(model, len(objects)), strict=True):
        obj.pk = pk
        setattr(obj, key, pk)
    fields = model._meta.concrete_fields
    _insert(model, fields, _tuples(fields, objects, add=True))
    for obj in objects:
        if isinstance(obj, models.Model):
            obj._state.adding, obj._state.db = False, connection.alias


def insert_values(
    model: type[models.Model], names: Iterable[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows given as values of the named fields; every field without a default is named."""
    fields = [model._meta.get_field(name) for name in names]
    _insert(model, fields, _converted(fields, rows))


def _insert(model, fields: Sequence[models.Field], rows: Iterable[Sequence[Any]]) -> None:
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    columns = ", ".join(quote(field.column) for field in fields)
    # Without a transaction SQLite would sync the disk for every single row.
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            holes = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({holes})", rows)  # noqa: S608


def update_many(
    model: type[models.Model], objects: Sequence[models.Model], names: Iterable[str]
) -> None:
    """Write the named fields of loaded objects back; `auto_now` fields are set."""
    fields = [model._meta.get_field(name) for name in dict.fromkeys(names)]
    if not objects or not fields:
        return
    pk = model._meta.pk
    quote = connection.ops.quote_name
    setters = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    statement = (
        f"UPDATE {quote(model._meta.db_table)} SET {setters} "  # noqa: S608 - names of our models
        f"WHERE {quote(pk.column)} = %s"
    )
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.executemany(statement, list(_tuples([*fields, pk], objects, add=False)))


def _new_ids(model: type[models.Model], count: int) -> Iterable[int]:
    """Ids that nobody else gets: from the sequence, or next in the table of the only writer."""
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [connection.ops.quote_name(table), column, count],
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = cursor.fetchone()
    start = (last[0] if last else 0) + 1
    return range(start, start + count)


def _tuples(
    fields: Sequence[models.Field], objects: Sequence[models.Model], *, add: bool
) -> Iterator[list]:
    """Database values of the fields of each object."""
    now = timezone.now()
    for field in fields:
        if isinstance(field, models.DateTimeField) and (
            field.auto_now or (field.auto_now_add and add)
        ):
            for obj in objects:  # one moment for all
                setattr(obj, field.attname, now)
        elif type(field).pre_save not in (models.Field.pre_save, models.DateTimeField.pre_save):
            for obj in objects:  # files and the like leave their value on the object
                field.pre_save(obj, add)
    read = attrgetter(*(field.attname for field in fields))
    return _converted(fields, map(read, objects))


def _converted(
    fields: Sequence[models.Field], rows: Iterable[Sequence[Any]]
) -> Iterator[list[Any]]:
    converters = [(i, convert) for i, f in enumerate(fields) if (convert := _converter(f))]
    for values in rows:
        row = list(values)
        for index, convert in converters:
            if row[index] is not None:
                row[index] = convert(row[index])
        yield row


def _converter(field: models.Field) -> Callable[[Any], Any] | None:
    """How a field's value becomes the database's; None where it already is."""
    if isinstance(field, models.JSONField):
        encoder = json.JSONEncoder if field.encoder is None else field.encoder
        encode = encoder(ensure_ascii=False).encode

        def as_json(value: Any) -> str:
            if not value:
                return _EMPTY.get(type(value)) or encode(value)
            return value if type(value) is Encoded else encode(value)

        return as_json
    if isinstance(field, models.FileField):
        return str
    is_own = not type(field).__module__.startswith("django.")
    if isinstance(field, models.IntegerField) and is_own:
        return field.get_prep_value  # a number of ours that is stored as an integer
    if isinstance(field, _AS_THEY_ARE):
        return None

    def convert(value: Any) -> Any:
        return field.get_db_prep_save(value, connection)

    # The same few days and moments stand in many rows.
    return lru_cache(1000)(convert) if isinstance(field, models.DateField) else convert


def give_ids(
    model: type[models.Model], column: str, pairs: Iterable[tuple[int, int]], **also: Any
) -> None:
    """Set an integer column of many rows: pairs of (row id, value); `also` is set on them all."""
    quote = connection.ops.quote_name
    table, key = quote(model._meta.db_table), quote(model._meta.pk.column)
    constants = "".join(f", {quote(name)} = %s" for name in also)
    pairs = list(pairs)
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            ids, values = [pk for pk, _value in pairs], [value for _pk, value in pairs]
            cursor.execute(
                f"UPDATE {table} SET {quote(column)} = given.value{constants} "  # noqa: S608
                "FROM unnest(%s::bigint[], %s::bigint[]) AS given (pk, value) "
                f"WHERE {table}.{key} = given.pk",
                [*also.values(), ids, values],
            )
        else:
            cursor.executemany(
                f"UPDATE {table} SET {quote(column)} = %s{constants} WHERE {key} = %s",  # noqa: S608
                [(value, *also.values(), pk) for pk, value in pairs],
            )


def renew_statistics(*rooms: str) -> None:
    """Count the rooms' tables anew for the planner of PostgreSQL, after many rows at once.

    Until its own housekeeping comes round, it would plan the next pages as if they were empty.
    """
    if connection.vendor != "postgresql":
        return
    found = [model for room in rooms for model in apps.get_app_config(room).get_models()]
    tables = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in found)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {tables}")
