"""Telling somebody something, once. Called inside the transaction of what happened."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from governance.foundation import dates, seeding
from governance.organisation.models import Post
from governance.organisation.scope import RIGHTS, Role

from .. import kinds, sources
from ..models import Notice

READ_KEPT = dt.timedelta(days=180)


def tell(
    users: Iterable,
    *,
    kind: str,
    batch: str,
    url: str,
    count: int = 1,
    values: dict[str, Any] | None = None,
) -> int:
    """Tell people (accounts or their ids) one thing; returns how many had not been told it yet.

    `batch` names the occasion: under the same batch nobody is told twice, so a bulk edit gives
    one batch, with the number of rows as `count`. `url` is a path of ours. `values` fill the
    sentence of the kind (see `kinds`). While a scenario's past is played, what came of it is
    news to nobody: it is kept as read. Raises LookupError for an unknown kind, ValueError for
    an address that is no path of ours or an empty batch.
    """
    read_at = timezone.now() if seeding.is_playing() else None
    return _write({_id_of(user): count for user in users}, kind, batch, url, values, read_at)


def tell_holders(
    right: str,
    place,
    *,
    by,
    kind: str,
    batch: str,
    url: str,
    count: int | None = None,
    values: dict[str, Any] | None = None,
    level: int | None = None,
) -> int:
    """Tell everybody whose post grants a right in a place that something waits, except `by`.

    `place` is an area or a row that lies somewhere, or many of them: then each holder is told,
    once, how many of them are theirs, unless `count` is given. `level` leaves out posts held at
    other levels of area. See `tell`.
    """
    rows = [place] if hasattr(place, "district_id") else place
    found = holders(right, rows, level)
    if by is not None:
        found.pop(by.pk, None)
    if count is not None:
        found = dict.fromkeys(found, count)
    return _write(found, kind, batch, url, values)


def holders(right: str, rows: Iterable, level: int | None = None) -> dict[int, int]:
    """Ids of those whose present posts grant a right over any of the rows: how many rows each."""
    places = Counter((row.district_id, row.street_id, row.community_id) for row in rows)
    areas = {area for place in places for area in place if area}
    roles = [role for role in Role if right in RIGHTS[role]]
    posts = (
        Post.objects.current(dates.today())
        .filter(role__in=roles, area__in=areas, user__is_active=True)
        .values_list("user_id", "area_id")
    )
    if level is not None:
        posts = posts.filter(area__level=level)
    covered: dict[int, set[int]] = {}
    for user, area in posts:
        covered.setdefault(user, set()).add(area)
    return {
        user: sum(number for place, number in places.items() if not own.isdisjoint(place))
        for user, own in covered.items()
    }


def settle(*batches: str) -> int:
    """What these occasions waited for is done: nobody need read of them any more."""
    rows = Notice.objects.unread().filter(batch__in=batches)
    users = list(rows.values_list("user_id", flat=True))
    settled = rows.update(read_at=timezone.now())
    _forget(users)
    return settled


def mark_read(*, by, notices: Iterable[int] | None = None, kind: str = "") -> int:
    """Mark one's own notices (ids, or a kind) as read, or all; returns how many were unread."""
    rows = Notice.objects.of(by).unread()
    if notices is not None:
        rows = rows.filter(pk__in=list(notices))
    if kind:
        rows = rows.filter(kind=kind)
    read = rows.update(read_at=timezone.now())
    if read:
        sources.recount(by)
    return read


def read_like(*, by, notice: Notice) -> int:
    """Mark a notice as read, and one's others of its kind that lead to the same page."""
    same = Notice.objects.of(by).unread().filter(kind=notice.kind, url=notice.url)
    return mark_read(by=by, notices=[notice.pk, *same.values_list("pk", flat=True)])


def sweep_notices(now: dt.datetime) -> int:
    """Delete what was read half a year ago."""
    return Notice.objects.filter(read_at__lt=now - READ_KEPT).delete()[0]


def _id_of(user) -> int:
    return user if isinstance(user, int) else user.pk


@transaction.atomic
def _write(
    counts: dict[int, int],
    kind: str,
    batch: str,
    url: str,
    values: dict[str, Any] | None,
    read_at: dt.datetime | None = None,
) -> int:
    kinds.require(kind)
    if not batch:
        raise ValueError("a batch names the occasion, so that nobody is told twice")
    if url and not (url.startswith("/") and url_has_allowed_host_and_scheme(url, None)):
        raise ValueError(f"no path of ours: {url!r}")
    told = set(
        Notice.objects.filter(batch=batch, user__in=counts).values_list("user_id", flat=True)
    )
    rows = [
        Notice(
            user_id=user,
            kind=kind,
            count=count,
            values=values or {},
            url=url,
            batch=batch,
            read_at=read_at,
        )
        for user, count in sorted(counts.items())
        if user not in told
    ]
    # Whoever is told the same at this moment by another transaction is left out, not an error.
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    _forget([row.user_id for row in rows])
    return len(rows)


def _forget(users: list[int]) -> None:
    """Now for this transaction's own pages, and again once others can see it."""
    sources.forget(users)
    transaction.on_commit(partial(sources.forget, users))
