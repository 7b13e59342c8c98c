"""Where a number must never stand: every column of every table, as text."""

import re

from django.db import connection


def _pattern(text: str) -> str:
    """A short run of letters and digits stands alone: digests and clocks hold any four of them."""
    found = re.escape(text)
    return rf"(?<!\w){found}(?!\w)" if text.isascii() and len(text) < 8 else found


def tables_holding(*texts: str) -> list[str]:
    """Tables with a row that holds one of the texts, whatever the column."""
    found = []
    wanted = re.compile("|".join(map(_pattern, texts)))
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            quoted = connection.ops.quote_name(table)
            cursor.execute(f"SELECT * FROM {quoted}")  # noqa: S608 - names of our tables
            for row in cursor.fetchall():
                if wanted.search(" ".join(map(str, row))):
                    found.append(table)
                    break
    return found
