"""Proof of the record: walks the chain with plain queries, apart from the services."""

from collections.abc import Iterator
from dataclasses import dataclass

from .models import AuditEntry, ChainCheck, ChainHead
from .services import GENESIS, content_of, digest_of


@dataclass(frozen=True)
class Walk:
    """How far the chain holds: entries counted, the last digest, and the first breach."""

    length: int
    digest: str
    breach: str


def breaches(anchors: dict[int, str] | None = None) -> Iterator[str]:
    """Sentences naming broken links, first one first; none when the chain holds.

    `anchors` are digests noted elsewhere (on a printed report), by length of the chain.
    """
    for _length, _digest, breach in _steps(anchors):
        if breach:
            yield breach


def walk(anchors: dict[int, str] | None = None) -> Walk:
    """Walk the chain up to its end or its first breach."""
    length, digest = 0, GENESIS
    for length, digest, breach in _steps(anchors):
        if breach:
            return Walk(length, digest, breach)
    return Walk(length, digest, "")


def verify(anchors: dict[int, str] | None = None) -> ChainCheck:
    """Walk the chain and note the result, with the digest reached as an anchor."""
    found = walk(anchors)
    return ChainCheck.objects.create(
        length=found.length, digest=found.digest, breach=found.breach[:300]
    )


def _steps(given: dict[int, str] | None) -> Iterator[tuple[int, str, str]]:
    """(entries so far, digest so far, breach found here or "") along the whole chain."""
    anchors = _earlier_anchors() | (given or {})
    # Read before the entries: entries added meanwhile only lengthen the chain.
    head = ChainHead.objects.filter(pk=1).first()
    previous, count, is_head_met = GENESIS, 0, False
    yield 0, GENESIS, ""
    for entry in AuditEntry.objects.order_by("id").iterator(chunk_size=2000):
        count += 1
        if entry.previous != previous:
            yield count, previous, f"entry {entry.pk} does not follow the entry before it"
        if digest_of(entry.previous, content_of(entry)) != entry.digest:
            yield count, previous, f"entry {entry.pk} was changed after it was written"
        previous = entry.digest
        noted = anchors.pop(count, previous)
        if noted != previous:
            yield count, previous, f"entry {entry.pk} is not the one verified before"
        if head and count == head.length:
            is_head_met = True
            if head.digest != previous:
                yield count, previous, f"entry {entry.pk} is not the recorded end of the chain"
        yield count, previous, ""
    if head is None:
        if count:
            yield count, previous, "the end of the chain is missing"
    elif head.length == 0:
        if count:
            yield count, previous, f"the chain has {count} entries but none was recorded"
    elif not is_head_met:
        yield (
            count,
            previous,
            (f"the chain ends at {count} entries but {head.length} were recorded"),
        )
    # The head again: anything written past it must have moved it.
    now = ChainHead.objects.filter(pk=1).first()
    if head and now and count > now.length:
        yield count, previous, f"the chain has {count} entries but {now.length} were recorded"
    if anchors:
        furthest = max(anchors)
        yield count, previous, f"the chain ends at {count} entries but {furthest} were verified"


def _earlier_anchors() -> dict[int, str]:
    """Digests of earlier verifications that held, by length."""
    held = ChainCheck.objects.filter(breach="", length__gt=0)
    return dict(held.values_list("length", "digest"))
