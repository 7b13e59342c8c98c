"""Checks of a live database: what a check is, where rooms keep theirs, and shared questions.

Each room may hold a `checks.py` whose `CHECKS` maps a name to a function that yields a sentence
for every breach. They ask plain queries of their own, apart from the services that write.
"""

import importlib
import importlib.util
from collections.abc import Callable, Iterable, Iterator

from django.conf import settings
from django.db import connection, models
from django.db.models import F, Q

Check = Callable[[], Iterable[str]]


def all_checks() -> dict[str, Check]:
    """Checks of every room by `room.name`, from cellar to roof."""
    found = {}
    for room in settings.ROOMS:
        if importlib.util.find_spec(f"{room}.checks") is None:
            continue
        label = room.rsplit(".", 1)[1]
        for name, check in importlib.import_module(f"{room}.checks").CHECKS.items():
            found[f"{label}.{name}"] = check
    return found


def misplaced(queryset: models.QuerySet, owner: str = "community") -> Iterator[str]:
    """Rows whose ancestor columns differ from those of the row they hang on."""
    columns = (
        ("street", "district") if owner == "community" else ("community", "street", "district")
    )
    agreed = Q(**{f"{column}_id": F(f"{owner}__{column}_id") for column in columns})
    name = queryset.model._meta.model_name
    for pk in queryset.order_by("pk").exclude(agreed).values_list("pk", flat=True):
        yield f"{name} {pk} lies elsewhere than its {owner}"


def unfaithful_history(model: type[models.Model]) -> Iterator[str]:
    """Rows whose newest version is missing, differs from them, or does not follow the last.

    Set-based: the comparison runs in the database, so that 200,000 rows take seconds.
    """
    past = model.history.model
    name = model._meta.model_name
    quote = connection.ops.quote_name
    differs = "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
    now_table, past_table = quote(model._meta.db_table), quote(past._meta.db_table)
    kept = {field.column for field in past._meta.concrete_fields}
    columns = [quote(field.column) for field in model._meta.concrete_fields if field.column in kept]
    key = quote(model._meta.pk.column)
    newest = (
        f"SELECT {key} AS row_key, MAX(history_id) AS newest "  # noqa: S608 - our own models
        f"FROM {past_table} GROUP BY {key}"
    )
    changed = " OR ".join(f"p.{column} {differs} n.{column}" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT n.{key}, p.history_id IS NULL FROM {now_table} n "  # noqa: S608
            f"LEFT JOIN ({newest}) l ON l.row_key = n.{key} "
            f"LEFT JOIN {past_table} p ON p.history_id = l.newest "
            f"WHERE p.history_id IS NULL OR p.history_type = '-' OR {changed} ORDER BY n.{key}"
        )
        for pk, is_missing in cursor.fetchall():
            yield f"{name} {pk} " + (
                "has no history" if is_missing else "differs from its newest version"
            )
        cursor.execute(
            f"SELECT p.{key} FROM {past_table} p "  # noqa: S608
            f"JOIN ({newest}) l ON l.newest = p.history_id "
            f"LEFT JOIN {now_table} n ON n.{key} = p.{key} "
            f"WHERE n.{key} IS NULL AND p.history_type <> '-' ORDER BY p.{key}"
        )
        for (pk,) in cursor.fetchall():
            yield f"{name} {pk} is gone, but its history does not say so"
        cursor.execute(
            f"SELECT {key}, kind, version, before FROM ("  # noqa: S608
            f"SELECT {key}, history_id, history_type AS kind, version, "
            f"LAG(version) OVER (PARTITION BY {key} ORDER BY history_id) AS before "
            f"FROM {past_table}) steps "
            "WHERE (before IS NULL AND kind = '~') OR (before IS NOT NULL AND "
            f"(version < before OR version > before + 1)) ORDER BY {key}, history_id"
        )
        for pk, _kind, version, before in cursor.fetchall():
            if before is None:
                yield f"{name} {pk} has lost its first version"
            else:
                yield f"{name} {pk} went from version {before} to {version}"


def gone_wrong(queryset: models.QuerySet, wrong: Q, sentence: str) -> Iterator[str]:
    """Rows that meet a condition no row may meet; `sentence` says what is wrong with them."""
    name = queryset.model._meta.model_name
    for pk in queryset.order_by("pk").filter(wrong).values_list("pk", flat=True):
        yield f"{name} {pk} {sentence}"
