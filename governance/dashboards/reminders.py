"""The work list of the workbench as each reader's open work: for the head of pages and digests."""

from __future__ import annotations

from collections.abc import Iterable

from governance.notices import sources
from governance.notices.sources import Work
from governance.organisation.models import Area

from .pages import Page, page_of
from .work import SOURCE, Task, tasks_of_rooms


def connect() -> None:
    sources.register(SOURCE, open_work)


def open_work(user) -> list[Work]:
    """The lines of the workbench at the reader's own place; none without a register."""
    page = _own_page(user)
    return as_work(page.own_tasks) if page else []


def as_work(tasks: Iterable[Task]) -> list[Work]:
    return [
        Work(task.title, task.count, task.is_late, task.href, task.detail, task.verb)
        for task in tasks
    ]


def tasks_of(user) -> list[Task]:
    """All that waits for a person, late things first; the head of pages shows the same number."""
    page = _own_page(user)
    found = page.tasks if page else tasks_of_rooms(user)
    sources.remember(user, as_work(found))
    return found


def _own_page(user) -> Page | None:
    """The workbench of the reader's own place; none without a register."""
    grant = user.scope.home
    if grant is None:
        return None
    return page_of(user, Area.objects.select_related("parent").get(pk=grant.area))
