"""Where open work comes from: later rooms name functions that list a person's work.

The numbers in the head of every page are read from the cache alone, so that no page waits for
them; when they are older than a minute the browser asks for them after the page is shown.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.core.cache import cache

from . import bundles
from .models import Notice

FRESH_SECONDS = 60
KEPT_SECONDS = 3600


class Work(NamedTuple):
    """One line of open work: what, how many, whether late, and the page to do it on.

    `detail` says which is first or how late, `verb` names the act; both may be left out.
    """

    title: str
    count: int
    is_late: bool
    url: str
    detail: str = ""
    verb: str = ""


_sources: dict[str, Callable[..., Iterable[tuple]]] = {}


def register(name: str, function: Callable[..., Iterable[tuple]]) -> None:
    """Name a function that gives a user's open work, each line as the values of a `Work`."""
    _sources[name] = function


def work_of(user, *, without: str = "") -> list[Work]:
    """All open work of a person in the present language, late lines first."""
    asked = [source for name, source in _sources.items() if name != without]
    lines = [Work(*line) for source in asked for line in source(user)]
    return sorted(lines, key=lambda line: not line.is_late)


@dataclass(frozen=True)
class Counts:
    """Lines of open work, how many are late, and lines of unread notices; None: not known yet."""

    open: int | None = None
    late: int = 0
    unread: int = 0
    is_fresh: bool = False


def _key(user) -> str:
    return f"head-{user.pk}"


def known(user) -> Counts:
    """What was last counted, without asking the database."""
    found = cache.get(_key(user))
    if found is None:
        return Counts()
    scope, at, open_lines, late, unread = found
    if scope != user.scope.key:
        return Counts()
    return Counts(open_lines, late, unread, time.time() - at < FRESH_SECONDS)


def counted(user) -> Counts:
    """Count again if what is known is older than a minute."""
    present = known(user)
    return present if present.is_fresh else remember(user, work_of(user))


def remember(user, lines: Iterable[Work]) -> Counts:
    """Keep the numbers of lines that were read anyway, with the unread notices.

    What told of work that is done is read by then.
    """
    lines = list(lines)
    late = sum(1 for line in lines if line.is_late)
    bundles.close_done(user)
    unread = Notice.objects.of(user).unread().lines()
    kept = (user.scope.key, time.time(), len(lines), late, unread)
    cache.set(_key(user), kept, KEPT_SECONDS)
    return Counts(len(lines), late, unread, True)


def recount(user) -> None:
    """Unread notices have been read: the other numbers stay as they are known."""
    found = cache.get(_key(user))
    if found is not None:
        unread = Notice.objects.of(user).unread().lines()
        cache.set(_key(user), (*found[:-1], unread), KEPT_SECONDS)


def forget(users: Iterable[int]) -> None:
    """Numbers of these people have changed (other processes notice within a minute)."""
    cache.delete_many([f"head-{pk}" for pk in users])
