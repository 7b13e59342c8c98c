"""What waits for a person in this room: reviews, opinions, decisions, cards that are overdue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, IntegerField, QuerySet, Value
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from governance.foundation import dates
from governance.notices import sources
from governance.notices.sources import Work
from governance.organisation.models import Level

from .models import BlacklistEntry, Filing, Provider
from .services.common import DECIDE, REVIEW, SANCTION
from .services.filings import POSTS

# A level that has not answered after so many days is late.
REVIEW_DAYS = 10


@dataclass(frozen=True)
class Kind:
    """A line of work: the rows that wait, the column of their day, and whether that is late."""

    title: str
    verb: str
    rows: QuerySet
    day: str
    late_before: dt.date | None
    page: str
    query: dict[str, Any]
    is_late: bool = False

    def line(self, days: list[dt.date | None]) -> Work:
        is_late = self.is_late or (
            self.late_before is not None
            and any(day is not None and day < self.late_before for day in days)
        )
        url = f"{reverse(f'providers:{self.page}')}?{urlencode(self.query)}"
        return Work(self.title, len(days), is_late, url, verb=self.verb)


def work_of(user) -> Iterator[Work]:
    """Lines of open work, each with the list of just its rows: one statement."""
    kinds = list(_kinds(user, dates.today()))
    if not kinds:
        return
    first, *others = [
        kind.rows.order_by().values_list(Value(number, IntegerField()), F(kind.day), F("pk"))
        for number, kind in enumerate(kinds)
    ]
    days: dict[int, list] = {}
    for number, day, _pk in first.union(*others, all=True):
        days.setdefault(number, []).append(day)
    for number, kind in enumerate(kinds):
        if number in days:
            yield kind.line(days[number])


def _kinds(user, today: dt.date) -> Iterator[Kind]:
    grants = [grant for grant in user.scope.grants if REVIEW in grant.rights]
    held = {grant.level for grant in grants}
    for level, (height, _column) in POSTS.items():
        if int(height) in held:
            yield Kind(
                _("Applications for filing waiting for your review"),
                pgettext("verb of a task", "Review"),
                Filing.objects.visible_to(user).waiting_for(level.value),
                "applied_on",
                today - dt.timedelta(days=REVIEW_DAYS),
                "filing_list",
                {"waiting": level.value},
            )
    entries = BlacklistEntry.objects.visible_to(user)
    for grant in grants:
        if grant.level == Level.STREET:
            yield Kind(
                _("Proposals for the blacklist waiting for the street's opinion"),
                pgettext("verb of a task", "Give the opinion"),
                entries.filter(state="PROPOSED", street=grant.area),
                "proposed_on",
                None,
                "blacklist_list",
                {"state": "PROPOSED", "street": grant.area_code},
            )
    if mine := user.scope.in_districts(SANCTION):
        yield Kind(
            _("Firms to be notified before they are blacklisted"),
            pgettext("verb of a task", "Notify"),
            entries.filter(provider__district_id__in=mine, state="OPINION"),
            "opinion_on",
            None,
            "blacklist_list",
            {"state": "OPINION"},
        )
        yield Kind(
            _("Firms with a card that was not corrected in time"),
            pgettext("verb of a task", "Look"),
            Provider.objects.filter(district_id__in=mine).overdue(today),
            "filed_on",
            None,
            "provider_list",
            {"overdue": "true"},
            is_late=True,
        )
    if mine := user.scope.in_districts(DECIDE):
        yield Kind(
            _("Proposals for the blacklist to be decided"),
            pgettext("verb of a task", "Decide"),
            entries.filter(provider__district_id__in=mine, state="HEARING"),
            "heard_until",
            today,
            "blacklist_list",
            {"state": "HEARING"},
        )


def connect() -> None:
    sources.register("providers", work_of)
