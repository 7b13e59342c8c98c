"""What happens here when compounds are merged: books go over whole, doubled months are added up.

Reports, counts, inspections and assessments have moved along already. What both compounds had
stays behind: a month of both becomes one of the sum; an assessment of the same round stays with
the merged compound, as it was found there.
"""

from collections.abc import Iterable

from compounds.registry.models import Compound, Status
from compounds.registry.services import leaving
from governance.audit import services as audit
from governance.foundation import history
from governance.foundation.locks import for_update

from .models import CollectionReport, ComplaintCount, ServiceStage
from .services import books
from .services.collecting import FIGURES


def settle_merges(ids: Iterable[int], *, by, reason: str = "") -> None:
    """Bring what merged compounds left behind to those they were merged into."""
    gone = (
        Compound.objects.filter(pk__in=list(ids), status=Status.MERGED)
        .select_related("merged_into")
        .order_by("pk")
    )
    acts = []
    for source in gone:
        target = source.merged_into
        moved = books.move_book(source, target)
        if moved:
            acts.append(audit.act_on("receive", target, {"entries": [source.code, moved]}))
        acts += _add_reports(source, target, by=by, reason=reason)
        acts += _add_counts(source, target)
        ServiceStage.objects.filter(assignment__compound=target).update(
            community=target.community_id,
            street=target.street_id,
            district=target.district_id,
        )
    if acts:
        audit.record_many(acts, by=by, reason=reason)


def _add_reports(source: Compound, target: Compound, *, by, reason: str) -> list[audit.Act]:
    acts, left = [], list(for_update(CollectionReport.objects).filter(compound=source))
    held = for_update(CollectionReport.objects).in_bulk(
        CollectionReport.objects.filter(
            compound=target, month__in=[one.month for one in left]
        ).values_list("pk", flat=True)
    )
    by_month = {one.month: one for one in held.values()}
    for one in left:
        into = by_month[one.month]
        changes = {"month": [None, f"{one.month:%Y-%m}"]}
        for name in FIGURES:
            total = getattr(into, name) + getattr(one, name)
            changes[name] = [getattr(into, name), total]
            setattr(into, name, total)
        into.version += 1
        history.signed(into, by=by, reason=reason).save()
        acts.append(audit.act_on("change", into, changes))
        acts.append(
            audit.act_on("delete", one, {name: [getattr(one, name), None] for name in FIGURES})
        )
        history.record_versions(
            CollectionReport, [one.pk], kind=history.DELETED, by=by, reason=reason
        )
    rows = CollectionReport.objects.filter(pk__in=[one.pk for one in left])
    rows._raw_delete(rows.db)
    return acts


def _add_counts(source: Compound, target: Compound) -> list[audit.Act]:
    acts = []
    for one in for_update(ComplaintCount.objects).filter(compound=source):
        into = for_update(ComplaintCount.objects).get(compound=target, month=one.month)
        before, into.count = into.count, into.count + one.count
        into.version += 1
        into.save()
        acts.append(
            audit.act_on(
                "change",
                into,
                {"month": [None, f"{one.month:%Y-%m}"], "count": [before, into.count]},
            )
        )
        one.delete()
    return acts


def connect() -> None:
    leaving.register(settle_merges)
