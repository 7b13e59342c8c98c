"""What must hold of programmes on a live database: what is published has no fault."""

from collections.abc import Iterator

from django.db.models import F, Q

from governance.foundation.bulk import in_chunks
from governance.foundation.checking import gone_wrong

from . import rules
from .models import Programme
from .questions import ROWS, terms_of

CHUNK = 500


def terms_sound() -> Iterator[str]:
    """Sentences naming published editions whose terms have a fault."""
    rows = Programme.objects.exclude(state=Programme.State.DRAFT).order_by("pk")
    names = {row.pk: str(row) for row in rows}
    for ids in in_chunks(names, CHUNK):
        for pk, terms in terms_of(ids).items():
            for fault in rules.faults(terms):
                yield f"programme {pk} {names[pk]}: {fault.code} at {fault.place}"


def states() -> Iterator[str]:
    """Whoever published is another person than who prepared; the published has its document."""
    rows = Programme.objects.exclude(state=Programme.State.DRAFT)
    yield from gone_wrong(rows, Q(published_by=F("prepared_by")), "was published by its preparer")
    yield from gone_wrong(rows, Q(document_number=""), "was published without a document number")
    closed = rows.filter(state=Programme.State.RETIRED)
    yield from gone_wrong(closed, Q(retired_by=None) | Q(retired_at=None), "was closed by nobody")


def positions() -> Iterator[str]:
    """The rows of each table are numbered from 1 without a gap."""
    for model, _part, _columns in ROWS.values():
        seen: dict[int, int] = {}
        rows = model.objects.order_by("programme_id", "position")
        for programme, position in rows.values_list("programme_id", "position"):
            seen[programme] = seen.get(programme, 0) + 1
            if position != seen[programme]:
                yield f"{model._meta.label_lower} of programme {programme} has a gap"
                break


CHECKS = {
    "terms of programmes": terms_sound,
    "states of programmes": states,
    "rows of programmes": positions,
}
