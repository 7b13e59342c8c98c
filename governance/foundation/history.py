"""Versions of rows: many written at once, and those that were in force on a past day."""

import datetime as dt
from collections.abc import Iterable

from django.db import connection, models
from django.db.models import Max
from django.utils import timezone

from governance.foundation import dates

CREATED, CHANGED, DELETED = "+", "~", "-"
CHUNK = 5000


def record_versions(
    model: type[models.Model],
    ids: Iterable[int],
    *,
    kind: str,
    by,
    reason: str = "",
    at: dt.datetime | None = None,
) -> None:
    """Copy the present state of rows into the history table of their model, set-based.

    One INSERT … SELECT for each 5,000 rows: what simple-history does on `save()`, without
    loading the rows. Call after the write and inside its transaction; before it for deletions.
    Models without a history, such as people, keep none.
    """
    if not hasattr(model, "history"):
        return
    past = model.history.model
    own = {field.column for field in model._meta.concrete_fields}
    copied = [field.column for field in past._meta.concrete_fields if field.column in own]
    quote = connection.ops.quote_name
    columns = ", ".join(map(quote, copied))
    added = ("history_date", "history_type", "history_user_id", "history_change_reason")
    at = connection.ops.adapt_datetimefield_value(at or timezone.now())
    values = [at, kind, by.pk if by is not None else None, reason[:100] or None]
    if connection.vendor == "postgresql":
        holes = "%s::timestamptz, %s, %s::bigint, %s"
    else:
        holes = "%s, %s, %s, %s"
    ids = list(ids)
    with connection.cursor() as cursor:
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            marks = ", ".join(["%s"] * len(chunk))
            cursor.execute(
                f"INSERT INTO {quote(past._meta.db_table)} "  # noqa: S608 - names of our models
                f"({columns}, {', '.join(added)}) "
                f"SELECT {columns}, {holes} FROM {quote(model._meta.db_table)} "
                f"WHERE {quote(model._meta.pk.column)} IN ({marks}) "
                f"ORDER BY {quote(model._meta.pk.column)}",
                [*values, *chunk],
            )


def signed(obj: models.Model, *, by, reason: str = "") -> models.Model:
    """The row, whose next save names the person and reason also outside of a request."""
    obj._history_user = by
    obj._change_reason = reason[:100] or None
    return obj


def as_of(model: type[models.Model], day: dt.date) -> models.QuerySet:
    """The versions in force at the end of a local day, as historical rows; deleted rows are out.

    Of several versions of one instant the one written last counts.
    """
    written = model.history.filter(history_date__lte=dates.end_of_day(day))
    newest = written.order_by().values(model._meta.pk.attname).annotate(newest=Max("history_id"))
    return model.history.filter(history_id__in=newest.values("newest")).exclude(
        history_type=DELETED
    )
