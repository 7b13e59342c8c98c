"""Rows that a service will change, locked until its transaction ends."""

from collections.abc import Sequence

from django.db import models


def for_update(
    rows: models.Manager | models.QuerySet, *, of: Sequence[str] = ("self",)
) -> models.QuerySet:
    """The rows, locked; joined rows stay free unless `of` names them.

    Others may go on adding rows that point here (PostgreSQL: FOR NO KEY UPDATE). A stronger lock
    would let two transactions wait for each other: foreign keys are checked at commit, when the
    one already holds the head of the audit log and the other waits for it with the row locked.
    """
    return rows.select_for_update(of=of, no_key=True)
