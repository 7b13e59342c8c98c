"""Emptying the database between tests whose transactions are real.

Production forbids it: triggers keep the audit log. They are lifted for the moment of the flush
and put back with it, in one transaction.
"""

import importlib
from functools import partial

from django.db import connection

_append_only = importlib.import_module("governance.audit.migrations.0002_append_only")
_no_truncate = importlib.import_module("governance.audit.migrations.0004_no_truncate")


def without_triggers(statements: list[str]) -> list[str]:
    """The statements of a flush with the log's triggers lifted around them."""
    if connection.vendor == "sqlite":
        lift = [f"DROP TRIGGER audit_no_{verb}" for verb in ("update", "delete")]
        put_back = list(_append_only.SQLITE)
    else:
        lift, put_back = [_no_truncate.DROP], [_no_truncate.ADD]
    return [*lift, *statements, *put_back]


def allow_flush() -> None:
    """Let the flush after a transactional test empty the log too."""
    execute = type(connection.ops).execute_sql_flush
    connection.ops.execute_sql_flush = partial(_flush, execute)


def _flush(execute, statements):
    execute(connection.ops, without_triggers(statements))
