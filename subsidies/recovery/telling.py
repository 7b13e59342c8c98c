"""Who is told of ends and claims, and what the room's sentences are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from governance.notices import kinds
from governance.notices.services import settle, tell, tell_holders
from subsidies.entitlements.models import APPLY, Entitlement

from .models import DECIDE, EXIT_APPROVE, EXIT_REVIEW, RECEIVE, Clawback, ExitReview

SENTENCES = {
    "recovery.last_month": ngettext_lazy(
        "%(count)s subsidy ends on %(day)s: its last month is near",
        "%(count)s subsidies end on %(day)s: their last month is near",
        "count",
    ),
    "recovery.exits_proposed": ngettext_lazy(
        "%(count)s subsidy has come to its end: complete its exit review",
        "%(count)s subsidies have come to their end: complete their exit reviews",
        "count",
    ),
    "recovery.exit_waiting": _("%(place)s: an exit review waits for approval"),
    "recovery.exit_approved": _("%(place)s: the exit review you prepared was approved"),
    "recovery.exit_refused": _("%(place)s: the exit review you prepared was refused"),
    "recovery.clawback_waiting": _("%(place)s: a clawback waits for a decision"),
    "recovery.clawback_notified": _("%(place)s: %(amount)s yuan are claimed back until %(day)s"),
    "recovery.appeal_waiting": _("%(place)s: an appeal against a clawback waits for a decision"),
    "recovery.appeal_decided": _("%(place)s: the appeal against the clawback was decided"),
    "recovery.recovered": _("%(place)s: the clawback has come in whole"),
    "recovery.money_came_back": _(
        "%(place)s: the bank sent back a payment on which a clawback stands: look at the claim"
    ),
    "change.waiting": _("%(place)s: a change of the subsidy waits for approval"),
}


def connect() -> None:
    for kind, sentence in SENTENCES.items():
        kinds.register(kind, sentence)


# -- ends ------------------------------------------------------------------------------------------
def last_month_is_near(rows: Sequence[Entitlement], district: int, ends_on: dt.date) -> int:
    """Tell those who review exits, and the streets, once for all terms that end on a day."""
    common = {
        "by": None,
        "kind": "recovery.last_month",
        "batch": f"recovery-last-month-{district}-{ends_on}",
        "url": f"{reverse('recovery:transition_list')}?due=NEAR",
        "values": {"day": ends_on.isoformat()},
    }
    return tell_holders(EXIT_REVIEW, rows, **common) + tell_holders(APPLY, rows, **common)


def exits_proposed(reviews: Sequence[ExitReview]) -> None:
    tell_holders(
        EXIT_REVIEW,
        reviews,
        by=None,
        kind="recovery.exits_proposed",
        batch=f"recovery-proposed-{reviews[0].entitlement_id}-{len(reviews)}-{reviews[0].exit_on}",
        url=f"{reverse('recovery:exit_list')}?state=PROPOSED",
    )


def exit_waits(review: ExitReview, *, by) -> None:
    tell_holders(
        EXIT_APPROVE,
        review,
        by=by,
        kind="recovery.exit_waiting",
        batch=_exit(review),
        url=_exit_page(review),
        count=1,
        values=_place(review.entitlement),
    )


def exit_decided(review: ExitReview) -> None:
    settle(_exit(review))
    is_approved = review.state == ExitReview.State.APPROVED
    kind = "recovery.exit_approved" if is_approved else "recovery.exit_refused"
    tell(
        [review.prepared_by_id],
        kind=kind,
        batch=f"{kind}-{review.pk}",
        url=_exit_page(review),
        values=_place(review.entitlement),
    )


def _exit(review: ExitReview) -> str:
    return f"recovery-exit-{review.pk}"


def _exit_page(review: ExitReview) -> str:
    return reverse("recovery:exit_detail", args=[review.pk])


def _place(entitlement: Entitlement) -> dict[str, str]:
    return {"place": entitlement.compound.name}


# -- claims ----------------------------------------------------------------------------------------
def clawback_waits(row: Clawback, *, by) -> None:
    _tell(DECIDE, row, "recovery.clawback_waiting", _claim(row), by=by)


def clawback_settled(row: Clawback) -> None:
    settle(_claim(row))


def clawback_notified(row: Clawback, *, by) -> None:
    """Finance is to receive it; whoever proposed it reads that it was decided."""
    settle(_claim(row))
    values = {"amount": f"{row.amount:.2f}", "day": row.due_on.isoformat()}
    kind = "recovery.clawback_notified"
    _tell(RECEIVE, row, kind, f"{kind}-{row.pk}", by=by, **values)
    tell(
        [row.proposed_by_id],
        kind=kind,
        batch=f"{kind}-{row.pk}",
        url=_page(row),
        values={**_place(row.entitlement), **values},
    )


def appeal_waits(row: Clawback, *, by) -> None:
    _tell(DECIDE, row, "recovery.appeal_waiting", f"recovery-appeal-{row.pk}", by=by)


def appeal_decided(row: Clawback, *, by) -> None:
    settle(f"recovery-appeal-{row.pk}")
    kind = "recovery.appeal_decided"
    people = {row.proposed_by_id, row.decided_by_id} - {by.pk}
    tell(
        sorted(people),
        kind=kind,
        batch=f"{kind}-{row.pk}",
        url=_page(row),
        values=_place(row.entitlement),
    )


def appeal_settled(row: Clawback) -> None:
    settle(f"recovery-appeal-{row.pk}")


def money_came_back(row: Clawback, *, by) -> None:
    kind = "recovery.money_came_back"
    tell(
        sorted({row.proposed_by_id, row.decided_by_id} - {by.pk, None}),
        kind=kind,
        batch=f"{kind}-{row.pk}-{row.version}",
        url=_page(row),
        values=_place(row.entitlement),
    )


def clawback_recovered(row: Clawback, *, by) -> None:
    kind = "recovery.recovered"
    people = {row.proposed_by_id, row.decided_by_id} - {by.pk}
    tell(
        sorted(people),
        kind=kind,
        batch=f"{kind}-{row.pk}",
        url=_page(row),
        values=_place(row.entitlement),
    )


def _tell(right: str, row: Clawback, kind: str, batch: str, *, by, **values) -> None:
    tell_holders(
        right,
        row,
        by=by,
        kind=kind,
        batch=batch,
        url=_page(row),
        count=1,
        values={**_place(row.entitlement), **values},
    )


def _claim(row: Clawback) -> str:
    return f"recovery-claim-{row.pk}"


def _page(row: Clawback) -> str:
    return reverse("recovery:clawback_detail", args=[row.pk])
