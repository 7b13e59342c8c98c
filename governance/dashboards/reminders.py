"""The work list of the workbench as each reader's open work: for the head of pages and digests."""

from __future__ import annotations

from collections.abc import Iterable

from governance.notices import sources
from governance.notices.sources import Work
from governance.organisation.models import Area

from .pages import Page, page_of
from .work import SOURCE, Task


def connect() -> None:
    sources.register(SOURCE, open_work)


def open_work(user) -> list[Work]:
    """The lines of the workbench at the reader's own place; none without a register."""
    grant = user.scope.home
    if grant is None:
        return []
    area = Area.objects.select_related("parent").get(pk=grant.area)
    return as_work(page_of(user, area).own_tasks)


def as_work(tasks: Iterable[Task]) -> list[Work]:
    return [
        Work(task.title, task.count, task.is_late, task.href, task.detail, task.verb)
        for task in tasks
    ]


def remember(page: Page) -> None:
    """The workbench has read the lines already: its head shows the same number."""
    grant = page.user.scope.home
    if page.now.day is None and grant is not None and grant.area == page.area.pk:
        sources.remember(page.user, as_work(page.tasks))
