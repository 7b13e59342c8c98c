"""The night run: ends are warned of and proposed, approved ones posted, unappealed claims stand.

Run as often as one likes: what was done is not done again.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.locks import for_update
from subsidies.entitlements.models import Entitlement

from .. import gathering, questions, telling
from ..models import Clawback, ExitReview
from . import clawbacks, exits

Reason, Outcome = Entitlement.ExitReason, ExitReview.Outcome
# After a refusal the same end is not proposed again for so many days.
QUIET_DAYS = 30


class Done(NamedTuple):
    """What a run did."""

    warned: int
    proposed: int
    ended: int
    confirmed: int


def run_recovery(*, as_of: dt.date | None = None) -> Done:
    """One night's work on all districts; each row in its own transaction."""
    as_of = as_of or dates.today()
    return Done(
        warned=_warn(as_of),
        proposed=_propose(as_of),
        ended=_end(as_of),
        confirmed=_confirm(as_of),
    )


def _warn(as_of: dt.date) -> int:
    """Tell once, for all terms that end on a day, that their last month is near."""
    groups: dict[tuple[int, dt.date], list[Entitlement]] = defaultdict(list)
    for row in questions.near_their_end(as_of):
        groups[row.district_id, row.ends_on].append(row)
    return sum(
        telling.last_month_is_near(rows, district, ends_on)
        for (district, ends_on), rows in groups.items()
    )


def _propose(as_of: dt.date) -> int:
    """Exit reviews for an officer to complete: the term is over, service ended, fees bear it."""
    over = questions.over_without_review(as_of)
    found = {row.pk: (row, Reason.TERM, row.ends_on) for row in over}
    ended = questions.with_service_ended(questions.unreviewed(as_of))
    for row in ended.select_related("assignment", "contract", "compound"):
        evidence = [
            one for one in gathering.evidence_of(row) if row.starts_on <= one.on <= row.ends_on
        ]
        if evidence and row.pk not in found:
            gone = all(one.kind == "GONE" for one in evidence)
            reason = Reason.GONE if gone else Reason.SERVICE_ENDED
            found[row.pk] = (row, reason, evidence[0].on)
    for row in questions.self_sufficient(questions.unreviewed(as_of), as_of):
        if row.pk not in found:
            last = as_of.replace(day=1) - dt.timedelta(days=1)
            if row.starts_on <= last <= row.ends_on:
                found[row.pk] = (row, Reason.SELF_SUFFICIENT, last)
    quiet = set(
        ExitReview.objects.filter(
            state=ExitReview.State.REFUSED,
            approved_on__gt=as_of - dt.timedelta(days=QUIET_DAYS),
            entitlement__in=found,
        ).values_list("entitlement_id", "exit_reason")
    )
    fresh = [
        (row, reason, day) for row, reason, day in found.values() if (row.pk, reason) not in quiet
    ]
    return _write(fresh)


@transaction.atomic
def _write(found: list[tuple[Entitlement, str, dt.date]]) -> int:
    ids = [row.pk for row, _reason, _day in found]
    list(for_update(Entitlement.objects).filter(pk__in=ids).order_by("pk"))
    open_reviews = ExitReview.objects.filter(entitlement__in=ids, state=ExitReview.State.PREPARED)
    waiting = set(open_reviews.values_list("entitlement_id", flat=True))
    reviews = []
    for row, reason, day in found:
        if row.pk in waiting:
            continue
        review = ExitReview(
            entitlement=row,
            exit_reason=reason,
            exit_on=day,
            outcome=Outcome.LEAVES if reason in exits.PROVED else Outcome.CONTINUES,
            findings=_("Proposed by the night run: to be completed."),
        )
        review.place()
        reviews.append(review)
    ExitReview.objects.bulk_create(reviews)
    if reviews:
        telling.exits_proposed(reviews)
        audit.record_many((audit.act_on("propose", one) for one in reviews), by=None)
    return len(reviews)


def _end(as_of: dt.date) -> int:
    """Post the ends that wait for their day or for their last accrual."""
    rows = ExitReview.objects.filter(
        state=ExitReview.State.APPROVED,
        entitlement__state__in=exits.OPEN,
        exit_on__lt=as_of,
    ).exclude(outcome=Outcome.EXTEND)
    return sum(exits.end_approved(review=review, on=as_of) for review in rows.order_by("pk"))


def _confirm(as_of: dt.date) -> int:
    rows = Clawback.objects.filter(state=Clawback.State.NOTIFIED, due_on__lt=as_of)
    return sum(clawbacks.confirm_unappealed(clawback=row, on=as_of) for row in rows.order_by("pk"))
