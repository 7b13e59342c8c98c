"""What happens here when compounds are demolished: the duties held in them end that day."""

from collections.abc import Iterable

from compounds.registry.models import Compound, Status
from compounds.registry.services import leaving
from governance.audit import services as audit
from governance.foundation import dates

from .models import Duty
from .services.duties import end_all


def end_duties(ids: Iterable[int], *, by, reason: str = "") -> None:
    """End the duties of compounds that are no longer there. Merged ones keep theirs: they move."""
    gone = Compound.objects.filter(pk__in=list(ids), status=Status.DEMOLISHED)
    held = (
        Duty.objects.held()
        .filter(compound__in=gone)
        .select_for_update(of=("self",))
        .select_related("kind", "person", "compound", "building", "entrance")
        .order_by("pk")
    )
    acts = end_all(held, dates.today(), reason)
    if acts:
        audit.record_many(acts, by=by, reason=reason)


def connect() -> None:
    leaving.register(end_duties)
