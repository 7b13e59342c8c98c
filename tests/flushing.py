"""Emptying the database between tests whose transactions are real.

Production forbids it: triggers keep the audit log, the ledger and published policies. They are
lifted for the moment of the flush and put back with it, in one transaction. Code tables that a
migration filled are filled again.
"""

import contextlib
import importlib

from django.apps import apps
from django.db import connection

_append_only = importlib.import_module("governance.audit.migrations.0002_append_only")
_ledger = importlib.import_module("subsidies.ledger.migrations.0003_the_ledger_is_not_emptied")
_filling = [
    importlib.import_module(name)
    for name in (
        "governance.people.migrations.0002_member_classes",
        "governance.party_grid.migrations.0002_kinds_of_duties",
    )
]


def without_triggers(statements: list[str]) -> list[str]:
    """The statements of a flush with all triggers lifted around them."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
        lift = [f'DROP TRIGGER "{name}"' for name, _sql in triggers]
        put_back = [sql for _name, sql in triggers]
    else:
        # Truncating passes by the triggers that watch rows.
        lift = [_append_only.LET_TRUNCATE, *_ledger.LET_TRUNCATE]
        put_back = [_append_only.KEEP_FROM_TRUNCATE, *_ledger.KEEP_FROM_TRUNCATE]
    return [*lift, *statements, *put_back]


def allow_flush() -> None:
    """Let the flush after a transactional test empty the log too, on whichever connection."""
    operations = type(connection.ops)
    execute = operations.execute_sql_flush

    def flush(self, statements):
        execute(self, without_triggers(statements))
        for migration in _filling:
            migration.add(apps, None)

    flush.as_shipped = execute
    operations.execute_sql_flush = flush


@contextlib.contextmanager
def as_shipped():
    """Within it the flush is production's own."""
    operations = type(connection.ops)
    lifted = operations.execute_sql_flush
    operations.execute_sql_flush = lifted.as_shipped
    try:
        yield
    finally:
        operations.execute_sql_flush = lifted
