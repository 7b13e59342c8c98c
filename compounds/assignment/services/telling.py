"""Who is told when an assignment waits for them, or has come back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.urls import reverse

from governance.notices.services import settle, tell, tell_holders

from ..models import Assignment

TO_REVIEW = "assignment.to_review"
TO_APPROVE = "assignment.to_approve"
APPROVED = "assignment.approved"
RETURNED = "assignment.returned"


def waits(rows: Sequence[Assignment], right: str, kind: str, *, by, batch: str = "") -> None:
    """Tell everybody whose post has the next step: one notice, however many rows."""
    tell_holders(right, rows, by=by, kind=kind, batch=_occasion(rows, batch), url=_page(rows))


def told(rows: Sequence[Assignment], kind: str, *, by, batch: str = "") -> None:
    """Tell those who prepared the rows, each how many of theirs, but not who did it."""
    own: dict[int, list[Assignment]] = defaultdict(list)
    for row in rows:
        if row.prepared_by_id != by.pk:
            own[row.prepared_by_id].append(row)
    for user, theirs in own.items():
        tell(
            [user],
            kind=kind,
            batch=_occasion(theirs, batch),
            url=_page(theirs),
            count=len(theirs),
        )


def done(row: Assignment) -> None:
    """What waited for the step just taken on one row waits no more (see `_occasion`)."""
    settle(f"assignment-{row.pk}-{row.version - 1}")


def _occasion(rows: Sequence[Assignment], batch: str) -> str:
    if len(rows) == 1 and not batch:
        return f"assignment-{rows[0].pk}-{rows[0].version}"
    return f"assignment-{batch or rows[0].pk}-{rows[0].state}"


def _page(rows: Sequence[Assignment]) -> str:
    if len(rows) == 1:
        return reverse("assignment:assignment_detail", args=[rows[0].pk])
    return f"{reverse('assignment:assignment_list')}?state={rows[0].state}"
