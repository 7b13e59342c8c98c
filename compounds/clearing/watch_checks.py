"""Proof of the watch: scores replay from their record, bands and tasks agree, two people decide."""

from collections.abc import Iterator

from django.db.models import F, Q

from compounds.registry.models import Stage
from governance.foundation.checking import gone_wrong, misplaced

from .models import Case, Loss, WatchPolicy, WatchRun, WatchScore, WatchTask
from .rules import SERVED
from .rules import watch as rules

CHUNK = 2000


def replay_scores(*, current_only: bool = True) -> Iterator[str]:
    """Sentences naming scores that do not follow from their own record; none when all do."""
    scores = WatchScore.objects.order_by("pk")
    if current_only:
        scores = scores.filter(is_current=True)
    rows = scores.values_list(
        "pk", "case__compound__code", "record", "score", "band", "as_of", "hits"
    )
    for pk, code, record, score, band, as_of, hits in rows.iterator(chunk_size=CHUNK):
        if not rules.replays(record):
            yield f"watch score {pk} of {code} does not replay from its record"
        elif _said(record) != (score, band, as_of.isoformat(), set(hits.split())):
            yield f"watch score {pk} of {code} says something else than its record"


def _said(record: dict) -> tuple:
    keys = [weight[0] for weight in record["policy"][2]]
    hits = {key for key, sign in zip(keys, record["signs"], strict=True) if sign == "+"}
    return record["score"], record["band"], record["as_of"], hits


def bands_agree() -> Iterator[str]:
    """A case carries the band of its current score, and has one only while it is cleared."""
    current = WatchScore.objects.filter(is_current=True)
    wrong = current.exclude(case__band=F("band")).order_by("pk")
    for code in wrong.values_list("case__compound__code", flat=True).iterator(chunk_size=CHUNK):
        yield f"case {code} does not carry the band of its score"
    stray = Case.objects.exclude(band="").exclude(scores__is_current=True)
    for code in stray.values_list("compound__code", flat=True).iterator(chunk_size=CHUNK):
        yield f"case {code} carries a band without a score"
    left = Case.objects.exclude(band="").exclude(state=Stage.CLEARED)
    for code in left.values_list("compound__code", flat=True).iterator(chunk_size=CHUNK):
        yield f"case {code} is not cleared and still has a band"


def losses_agree() -> Iterator[str]:
    """A confirmed loss is decided by another person and counted in its case."""
    same = Q(decided_by=F("reported_by"))
    yield from gone_wrong(Loss.objects, same, "was decided by whoever reported it")
    open_ones = Loss.objects.open().exclude(case__state__in=SERVED)
    for code in open_ones.values_list("case__compound__code", flat=True):
        yield f"case {code} is not served and a loss still waits"
    # Lost before it was ever cleared, it is no rebound.
    counted = Case.objects.filter(
        losses__state=Loss.State.CONFIRMED,
        losses__lost_on__gte=F("first_cleared_on"),
        rebound_count=0,
    )
    for code in counted.values_list("compound__code", flat=True).distinct():
        yield f"case {code} was lost and counts no rebound"


def places() -> Iterator[str]:
    """Scores, tasks and losses lie where their case lies, runs where their area lies."""
    for rows in (WatchScore.objects.filter(is_current=True), WatchTask.objects, Loss.objects):
        yield from misplaced(rows, "case")
    wrong = Q()
    for column in ("district", "street", "community"):
        wrong |= ~Q(**{f"{column}_id": F(f"area__{column}_id")}) & ~Q(
            **{f"{column}_id": None, f"area__{column}_id": None}
        )
    yield from gone_wrong(WatchRun.objects, wrong, "lies elsewhere than its area")


def policies() -> Iterator[str]:
    """What is published is sound, and published by somebody else than its preparer."""
    for policy in WatchPolicy.objects.exclude(state=WatchPolicy.State.DRAFT).order_by("pk"):
        for fault in rules.faults_of(policy.as_rule())[:1]:
            yield f"watch policy {policy.pk} is published with a fault: {fault.key or 'bands'}"
        if policy.prepared_by_id == policy.published_by_id:
            yield f"watch policy {policy.pk} was published by its preparer"


CHECKS = {
    "watch scores": replay_scores,
    "watch bands": bands_agree,
    "watch losses": losses_agree,
    "watch places": places,
    "watch policies": policies,
}
