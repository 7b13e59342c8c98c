"""When a running contract may end, by the reason of its end (Civil Code 946 to 948)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from .clocks import DISMISSAL_DAYS, Course
from .terms import Reason


@dataclass(frozen=True)
class Ending:
    """An end as somebody wants to enter it.

    `without_notice`: it came without the notice the law asks for, or the contract allows less;
    then the reason says so.
    """

    on: dt.date
    reason: str
    words: str = ""
    document: str = ""
    without_notice: bool = False


def ending_refusals(course: Course, ending: Ending) -> tuple[Reason, ...]:
    """Why a contract cannot end so; empty if it can."""
    found = []
    if course.signed_on and ending.on < course.signed_on:
        found.append(Reason("BEFORE_SIGNING", _("It cannot end before it was signed."), "ended_on"))
    if ending.reason == "EXPIRED":
        found += _expiry(course, ending)
    elif ending.reason in ("DISMISSED", "RESIGNED"):
        found += _notice(course, ending)
    elif ending.reason == "AGREED" and not (ending.document or ending.words):
        found.append(Reason("NO_AGREEMENT", _("Name the document of the agreement."), "document"))
    elif ending.reason == "GONE" and not ending.words:
        found.append(Reason("NO_REASON", _("Give the reason."), "reason"))
    return tuple(found)


def _expiry(course: Course, ending: Ending) -> list[Reason]:
    if course.ends_on is None:
        words = _("It has no fixed term that could run out: either side gives 60 days' notice.")
        return [Reason("NO_TERM", words, "end_reason", "948")]
    if ending.on == course.ends_on:
        return []
    if ending.on < course.ends_on:
        words = _("It runs until %(day)s: before that day it does not run out.")
    else:
        words = _(
            "Service has gone on after %(day)s without a fixed term: "
            "it ends by notice of 60 days or by agreement."
        )
    return [Reason("NOT_THAT_DAY", words, "ended_on", "948", {"day": course.ends_on})]


def _notice(course: Course, ending: Ending) -> list[Reason]:
    """Dismissal and withdrawal need notice of their own side, given in time."""
    if ending.without_notice:
        if ending.words:
            return []
        words = _("Say why it ended without the notice of the law.")
        return [Reason("NO_REASON", words, "reason", "946")]
    is_provider = ending.reason == "RESIGNED"
    if course.notice_on is None or course.notice_by_provider is not is_provider:
        words = (
            _("The provider has not given notice yet. Enter the notice first.")
            if is_provider
            else _("The owners have not given notice yet. Enter the notice first.")
        )
        return [Reason("NO_NOTICE", words, "end_reason", "948" if is_provider else "946")]
    earliest = course.notice_on + dt.timedelta(days=DISMISSAL_DAYS)
    law = "946"
    if is_provider:
        law = "948"
        if course.ends_on is not None and course.ends_on >= course.notice_on:
            earliest, law = course.ends_on, "947"
    elif course.ends_on is not None and course.notice_on <= course.ends_on < earliest:
        earliest = course.ends_on
    if ending.on < earliest:
        words = _("By the notice of %(notice)s it ends on %(day)s at the earliest.")
        values = {"notice": course.notice_on, "day": earliest}
        return [Reason("TOO_EARLY", words, "ended_on", law, values)]
    return []
