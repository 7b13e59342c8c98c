"""Unread notices as lines: those of one kind are one line, with the newest's words.

What told of work is read by itself once nothing of it waits any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count, Max, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from . import kinds
from .models import Notice


@dataclass(frozen=True)
class Bundle:
    """All unread notices of a kind: the newest, how many, what they count together."""

    newest: Notice
    notices: int
    total: int
    pages: int
    sayings: int

    @property
    def title(self) -> str:
        """One sentence for all: the number of all if they say the same, else the first and more."""
        newest, more = self.newest, self.notices - 1
        if self.sayings == 1:
            return kinds.title_of(newest.kind, self.total, newest.values)
        if set(newest.values) == {"place"}:
            words = ngettext("%(place)s and %(n)s more", "%(place)s and %(n)s more", more)
            place = words % {"place": newest.values["place"], "n": more}
            return kinds.title_of(newest.kind, newest.count, {"place": place})
        words = ngettext("%(title)s (and %(n)s more)", "%(title)s (and %(n)s more)", more)
        return words % {"title": newest.title, "n": more}

    @property
    def url(self) -> str:
        """Where all of them lead, or the list of them."""
        if self.pages == 1:
            return reverse("notices:notice_open", args=[self.newest.pk])
        query = urlencode({"kind": self.newest.kind, "state": "unread"})
        return f"{reverse('notices:notice_list')}?{query}"


def unread_of(user) -> list[Bundle]:
    """A person's unread notices, a line for each kind, the latest first."""
    rows = Notice.objects.of(user).unread()
    groups = (
        rows.order_by()
        .values("kind")
        .annotate(
            newest=Max("pk"),
            notices=Count("pk"),
            total=Sum("count"),
            pages=Count("url", distinct=True),
            sayings=Count("values", distinct=True),
        )
    )
    found = sorted(groups, key=lambda group: -group["newest"])
    newest = rows.in_bulk([group["newest"] for group in found])
    bundles = []
    for group in found:
        row = newest.get(group["newest"])
        if row is None:  # read by another request in between
            continue
        total = group["total"]
        if group["notices"] > 1 and group["sayings"] == 1:
            total = kinds.left(row.kind, user) or total
        bundles.append(Bundle(row, group["notices"], total, group["pages"], group["sayings"]))
    return bundles


def close_done(user) -> int:
    """Mark as read what told a person of work that waits no more; returns how many rows.

    Asks only for kinds that are unread, and leaves alone what is told while it asks.
    """
    rows = Notice.objects.of(user).unread().filter(kind__in=kinds.of_work())
    told = dict(rows.order_by().values_list("kind").annotate(last=Max("pk")))
    done = [kind for kind in told if kinds.left(kind, user) == 0]
    if not done:
        return 0
    last = max(told[kind] for kind in done)
    return rows.filter(kind__in=done, pk__lte=last).update(read_at=timezone.now())
