"""From which day until which a published policy is in force, and which edition follows it.

Of a district's published policies each ends on the day before the next begins, and a temporary one
does not bring its predecessor back: a replaced policy stays replaced.  Knows no row and no clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

DAY = dt.timedelta(days=1)


class Term(NamedTuple):
    """The days a policy names for itself; `ended_on` is its last day if it was retired."""

    edition: int
    begins: dt.date
    ends: dt.date | None = None
    ended_on: dt.date | None = None

    @property
    def is_void(self) -> bool:
        """Retired before it had been in force for a day."""
        return self.ended_on is not None and self.ended_on < self.begins

    @property
    def last_day(self) -> dt.date | None:
        return _earliest(self.ends, self.ended_on)


class Standing(NamedTuple):
    """When a policy truly is in force, and its neighbours (editions)."""

    begins: dt.date
    last_day: dt.date | None
    replaces: int | None = None
    replaced_by: int | None = None
    replaced_on: dt.date | None = None

    @property
    def is_ever(self) -> bool:
        """Whether there is a day on which it is in force."""
        return self.last_day is None or self.last_day >= self.begins

    def is_upcoming(self, day: dt.date) -> bool:
        return self.is_ever and self.begins > day

    def is_in_force(self, day: dt.date) -> bool:
        return self.begins <= day and (self.last_day is None or day <= self.last_day)

    def is_over(self, day: dt.date) -> bool:
        return not (self.is_upcoming(day) or self.is_in_force(day))


def succession(terms: Iterable[Term]) -> Mapping[int, Standing]:
    """The standing of each published policy of one district, by edition."""
    terms = sorted(terms, key=lambda term: (term.begins, term.edition))
    standings = {t.edition: Standing(t.begins, t.last_day) for t in terms if t.is_void}
    line = [term for term in terms if not term.is_void]
    for number, term in enumerate(line):
        before = line[number - 1].edition if number else None
        after = line[number + 1] if number + 1 < len(line) else None
        if after is None:
            standings[term.edition] = Standing(term.begins, term.last_day, before)
        else:
            last_day = _earliest(term.last_day, after.begins - DAY)
            standings[term.edition] = Standing(
                term.begins, last_day, before, after.edition, after.begins
            )
    return standings


def term_fault(new: Term, published: Iterable[Term], *, today: dt.date):
    """Why a policy cannot be published for its term; None if it can.

    `published` are those of its district that were not retired.  It must begin after all of them,
    or end before the first that begins later.
    """
    if new.ends is not None and new.ends < today:
        return _("Its term is over already, so it could decide nothing. Give a later last day.")
    later = [term for term in published if term.begins >= new.begins]
    first = min(later, key=lambda term: (term.begins, term.edition), default=None)
    if first is None or (new.ends is not None and new.ends < first.begins):
        return None
    words = {"edition": first.edition, "day": first.begins.isoformat()}
    if first.begins == new.begins:
        return _("Edition %(edition)s begins on %(day)s too. Choose another day.") % words
    return (
        _(
            "Edition %(edition)s begins later, on %(day)s: let this one end before that day, "
            "or begin after it."
        )
        % words
    )


def _earliest(*days: dt.date | None) -> dt.date | None:
    return min((day for day in days if day is not None), default=None)
