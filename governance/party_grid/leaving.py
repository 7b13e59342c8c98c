"""What happens here when compounds are merged or demolished: duties that stayed behind end."""

from collections.abc import Iterable

from compounds.registry.models import Compound, Status
from compounds.registry.services import leaving
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.locks import for_update

from .models import Duty
from .services import ending
from .services.duties import end_all


def end_duties(ids: Iterable[int], *, by, reason: str = "") -> None:
    """End the duties of compounds that are no longer there.

    Those of a merged compound have moved along, except what the person holds in the other one too.
    """
    gone = Compound.objects.filter(pk__in=list(ids)).exclude(status=Status.ACTIVE)
    held = (
        for_update(Duty.objects)
        .held()
        .filter(compound__in=gone)
        .select_related("kind", "person", "compound", "building", "entrance")
        .order_by("pk")
    )
    acts = end_all(held, dates.today(), reason)
    ending.tell((int(act.object_id) for act in acts), by=by, reason=reason)
    if acts:
        audit.record_many(acts, by=by, reason=reason)


def connect() -> None:
    leaving.register(end_duties)
