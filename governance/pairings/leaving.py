"""What happens here when compounds are merged or demolished: pairings that stayed behind end."""

from collections.abc import Iterable

from compounds.registry.models import Compound, Status
from compounds.registry.services import leaving
from governance.audit import services as audit
from governance.foundation import dates

from .models import Pairing
from .services.pairing import end_one


def end_pairings(ids: Iterable[int], *, by, reason: str = "") -> None:
    """End the pairings of compounds that are no longer there.

    Those of a merged compound have moved along, except what the other compound has already.
    """
    gone = Compound.objects.filter(pk__in=list(ids)).exclude(status=Status.ACTIVE)
    held = (
        Pairing.objects.held()
        .filter(compound__in=gone)
        .select_for_update(of=("self",))
        .select_related("compound", "person")
        .order_by("pk")
    )
    today = dates.today()
    acts = [end_one(one, max(today, one.starts_on), reason) for one in held]
    if acts:
        audit.record_many(acts, by=by, reason=reason)


def connect() -> None:
    leaving.register(end_pairings)
