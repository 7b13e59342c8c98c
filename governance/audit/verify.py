"""Proof of the record: walks the chain with plain queries, apart from the services."""

from collections.abc import Iterator

from .models import AuditEntry, ChainHead
from .services import GENESIS, content_of, digest_of


def breaches() -> Iterator[str]:
    """Sentences naming broken links, first one first; none when the chain holds."""
    previous, count = GENESIS, 0
    for entry in AuditEntry.objects.order_by("id").iterator(chunk_size=2000):
        count += 1
        if entry.previous != previous:
            yield f"entry {entry.pk} does not follow the entry before it"
        if digest_of(entry.previous, content_of(entry)) != entry.digest:
            yield f"entry {entry.pk} was changed after it was written"
        previous = entry.digest
    head = ChainHead.objects.filter(pk=1).first()
    if head is None:
        if count:
            yield "the end of the chain is missing"
    elif head.length != count or head.digest != previous:
        yield f"the chain ends at {count} entries but {head.length} were recorded"
