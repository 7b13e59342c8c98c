"""Who is told when an entitlement waits for them, has come back, or is approved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import ngettext_lazy

from governance.notices import kinds
from governance.notices.services import settle, tell, tell_holders

from ..models import APPROVE, ASSESS, CHECK, PUBLICISE, REVIEW, Entitlement

State = Entitlement.State
# What waits after a step, and for whom.
NEXT = {
    State.SUBMITTED: ("entitlement.to_check", CHECK),
    State.COMMUNITY_CHECKED: ("entitlement.to_review", REVIEW),
    State.STREET_REVIEWED: ("entitlement.to_assess", ASSESS),
    State.DISTRICT_REVIEWED: ("entitlement.to_publicise", PUBLICISE),
    State.PUBLICISED: ("entitlement.to_approve", APPROVE),
}
APPROVED = "entitlement.approved"
RETURNED = "entitlement.returned"
REJECTED = "entitlement.rejected"
SUSPENDED = "entitlement.suspended"
OBJECTION = "entitlement.objection"
GONE = "entitlement.gone"
SENTENCES = {
    "entitlement.to_check": ngettext_lazy(
        "%(count)s application for a subsidy waits for the community's check",
        "%(count)s applications for subsidies wait for the community's check",
        "count",
    ),
    "entitlement.to_review": ngettext_lazy(
        "%(count)s application for a subsidy waits for the street's review",
        "%(count)s applications for subsidies wait for the street's review",
        "count",
    ),
    "entitlement.to_assess": ngettext_lazy(
        "%(count)s application for a subsidy waits for the district's review",
        "%(count)s applications for subsidies wait for the district's review",
        "count",
    ),
    "entitlement.to_publicise": ngettext_lazy(
        "%(count)s subsidy is to be put under public notice",
        "%(count)s subsidies are to be put under public notice",
        "count",
    ),
    "entitlement.to_approve": ngettext_lazy(
        "%(count)s subsidy under public notice waits for approval",
        "%(count)s subsidies under public notice wait for approval",
        "count",
    ),
    APPROVED: ngettext_lazy(
        "%(count)s subsidy you applied for was approved",
        "%(count)s subsidies you applied for were approved",
        "count",
    ),
    RETURNED: ngettext_lazy(
        "%(count)s application for a subsidy came back",
        "%(count)s applications for subsidies came back",
        "count",
    ),
    REJECTED: ngettext_lazy(
        "%(count)s application for a subsidy was rejected",
        "%(count)s applications for subsidies were rejected",
        "count",
    ),
    SUSPENDED: ngettext_lazy(
        "%(count)s subsidy was suspended",
        "%(count)s subsidies were suspended",
        "count",
    ),
    OBJECTION: ngettext_lazy(
        "%(count)s objection to a subsidy is to be settled",
        "%(count)s objections to subsidies are to be settled",
        "count",
    ),
    "annual.waiting": ngettext_lazy(
        "The budget year of %(count)s subsidy waits for approval",
        "The budget year of %(count)s subsidies waits for approval",
        "count",
    ),
    GONE: ngettext_lazy(
        "The compound of %(count)s running subsidy is no longer there: end the subsidy",
        "The compounds of %(count)s running subsidies are no longer there: end the subsidies",
        "count",
    ),
}


def forward(rows: Sequence[Entitlement], *, by, batch: str = "") -> None:
    """What waited waits no more; those of the next step are told once, however many rows."""
    done(rows)
    found = NEXT.get(State(rows[0].state))
    if found is not None:
        kind, right = found
        tell_holders(right, rows, by=by, kind=kind, batch=_occasion(rows, batch), url=page_of(rows))


def told(rows: Sequence[Entitlement], kind: str, *, by, batch: str = "") -> None:
    """Tell those who applied, each how many of theirs."""
    own: dict[int, list[Entitlement]] = defaultdict(list)
    for row in rows:
        if row.prepared_by_id != by.pk:
            own[row.prepared_by_id].append(row)
    for user, theirs in own.items():
        tell(
            [user],
            kind=kind,
            batch=_occasion(theirs, batch),
            url=page_of(theirs),
            count=len(theirs),
        )


def waits(row: Entitlement, right: str, kind: str, *, by, batch: str) -> None:
    """Tell those who have a right over one row."""
    tell_holders(right, row, by=by, kind=kind, batch=batch, url=page_of([row]))


def done(rows: Sequence[Entitlement]) -> None:
    """What waited for the step just taken on one row waits no more."""
    if len(rows) == 1:
        settle(f"entitlement-{rows[0].pk}-{rows[0].version - 1}")


def page_of(rows: Sequence[Entitlement]) -> str:
    if len(rows) == 1:
        return reverse("entitlements:entitlement_detail", args=[rows[0].pk])
    return f"{reverse('entitlements:entitlement_list')}?state={rows[0].state}"


def _occasion(rows: Sequence[Entitlement], batch: str) -> str:
    if len(rows) == 1 and not batch:
        return f"entitlement-{rows[0].pk}-{rows[0].version}"
    return f"entitlement-{batch or f'{rows[0].pk}-{rows[0].version}'}-{rows[0].state}"[:60]


def connect() -> None:
    for kind, sentence in SENTENCES.items():
        kinds.register(kind, sentence)
