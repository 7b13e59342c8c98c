"""What happens here when compounds leave the campaign, are merged, or come to lie elsewhere."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F

from compounds.registry.models import Compound, Status
from compounds.registry.services import leaving, moving
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.locks import for_update

from .models import Assignment, AssignmentLock, HandoverItem, Refusal
from .services.common import State, move

PLACE = ("district_id", "street_id", "community_id")


def let_go(ids: Iterable[int], *, by, reason: str = "") -> None:
    """Withdraw what is prepared for compounds that have left, and end what served gone ones.

    Those of a merged compound have moved along to the other one, except where that one has its
    own: what stayed behind ends here. Locks and refusals of a gone compound are released.
    """
    ids = list(ids)
    rows = list(
        for_update(Assignment.objects)
        .open()
        .filter(compound__in=ids)
        .select_related("compound", "provider")
        .order_by("pk")
    )
    acts: list[audit.Act] = []
    for state in Assignment.PREPARED:
        some = [row for row in rows if row.state == state]
        if some:
            acts += move(some, State.WITHDRAWN, by=by, verb="withdraw", reason=reason)
    gone = [row for row in rows if row.state == State.ACTIVE and _is_gone(row.compound)]
    today = dates.today()
    for row in gone:
        day = max(today, row.starts_on)
        acts += move(
            [row],
            State.ENDED,
            by=by,
            verb="end",
            on=day,
            reason=reason,
            ended_on=day,
            end_reason=Assignment.EndReason.GONE.value,
        )
    acts += _release(ids, today, by=by, reason=reason)
    if acts:
        audit.record_many(acts, by=by, reason=reason)


def _is_gone(compound: Compound) -> bool:
    return compound.status != Status.ACTIVE


def _release(ids: list[int], today, *, by, reason: str) -> list[audit.Act]:
    gone = Compound.objects.filter(pk__in=ids).exclude(status=Status.ACTIVE)
    acts = []
    for model in (AssignmentLock, Refusal):
        rows = list(for_update(model.objects.standing().filter(compound__in=gone)))
        model.objects.filter(pk__in=[row.pk for row in rows]).update(
            released_on=today,
            released_by=by,
            release_reason=reason[:300],
            version=F("version") + 1,
        )
        acts += [audit.act_on("release", row, {"released_on": [None, today]}) for row in rows]
    return acts


def settle(ids: Iterable[int], *, by, reason: str = "") -> None:
    """Lines of hand-over lists lie where their assignment lies."""
    for item in HandoverItem.objects.filter(assignment__compound__in=list(ids)).select_related(
        "assignment"
    ):
        own, place = [[getattr(row, name) for name in PLACE] for row in (item, item.assignment)]
        if own != place:
            item.version += 1
            item.save()


def connect() -> None:
    leaving.register(let_go)
    moving.register(settle)
