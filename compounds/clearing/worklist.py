"""What of the campaign waits for a person, counted in two queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from compounds.registry.models import Compound
from governance.foundation import dates

from . import rules
from .desks import DESKS
from .models import Case
from .rules import states
from .services.steps import without_case

SOON = rules.SOON


@dataclass(frozen=True)
class Waiting:
    """A line of work: how many cases, how many late or due within a week, and their list."""

    key: str
    title: Any
    verb: Any
    count: int
    late: int
    soon: int
    first_due: dt.date | None
    url: str

    @property
    def is_late(self) -> bool:
        return self.late > 0

    @property
    def detail(self) -> str:
        """What makes it urgent, in words."""
        if self.late:
            words = ngettext("%(n)s overdue", "%(n)s overdue", self.late) % {"n": self.late}
            return _(", ").join((words, self._soon)) if self.soon else words
        return self._soon if self.soon else ""

    @property
    def _soon(self) -> str:
        return ngettext("%(n)s due within a week", "%(n)s due within a week", self.soon) % {
            "n": self.soon
        }


def waiting(user, inside: Q | None = None) -> list[Waiting]:
    """Lines of work of a person (within a condition on the place), overdue ones first."""
    today = dates.today()
    held = [desk for desk in DESKS.values() if user.scope.has(desk.right)]
    if not held:
        return []
    wanted: dict[str, Any] = {}
    for desk in held:
        mine = desk.waiting(user, today)
        wanted[f"{desk.key}_n"] = Count("pk", filter=mine)
        wanted[f"{desk.key}_late"] = Count("pk", filter=mine & Q(due_on__lt=today))
        near = Q(due_on__range=(today, today + SOON))
        wanted[f"{desk.key}_soon"] = Count("pk", filter=mine & near)
        wanted[f"{desk.key}_first"] = Min("due_on", filter=mine)
    rows = Case.objects.filter(state__in=states.OPEN).order_by()
    found = (rows if inside is None else rows.filter(inside)).aggregate(**wanted)
    base = reverse("clearing:case_list")
    lines = [
        Waiting(
            desk.key,
            desk.title,
            desk.verb,
            found[f"{desk.key}_n"],
            found[f"{desk.key}_late"],
            found[f"{desk.key}_soon"],
            found[f"{desk.key}_first"],
            f"{base}?desk={desk.key}",
        )
        for desk in held
    ]
    lines += list(_without_case(user, inside))
    lines = [line for line in lines if line.count]
    return sorted(lines, key=lambda line: not line.is_late)


def _without_case(user, inside: Q | None) -> Iterator[Waiting]:
    if not user.scope.has(states.WORK):
        return
    rows = without_case(Compound.objects.editable_by(user, states.WORK))
    count = (rows if inside is None else rows.filter(inside)).count()
    yield Waiting(
        "open",
        gettext_lazy("Unmanaged compounds without a case"),
        pgettext("verb of a task", "Open"),
        count,
        0,
        0,
        None,
        reverse("clearing:open_cases"),
    )


def work_of(user) -> Iterator[tuple[str, int, bool, str]]:
    """Lines for the head of the page and the digest: title, count, late, address."""
    for line in waiting(user):
        yield str(line.title), line.count, line.is_late, line.url
