"""What happens here when compounds are merged or demolished: they leave their cluster."""

from collections.abc import Iterable

from compounds.registry.models import Status
from compounds.registry.services import leaving
from governance.audit import services as audit
from governance.foundation.locks import for_update

from .models import ClusterCompound


def leave_clusters(ids: Iterable[int], *, by, reason: str = "") -> None:
    """Demolished compounds leave; a merged one gives its place to the other, if that has none."""
    gone = (
        for_update(ClusterCompound.objects)
        .filter(compound__in=list(ids))
        .exclude(compound__status=Status.ACTIVE)
        .select_related("cluster", "compound", "compound__merged_into")
        .order_by("pk")
    )
    acts = []
    for one in gone:
        heir = one.compound.merged_into
        changes = {"compounds": [one.compound.name, heir.name if heir else None]}
        if heir and not ClusterCompound.objects.filter(compound=heir).exists():
            one.compound = heir
            one.save(update_fields=["compound"])
        else:
            one.delete()
        acts.append(audit.act_on("join", one.cluster, changes))
    if acts:
        audit.record_many(acts, by=by, reason=reason)


def connect() -> None:
    leaving.register(leave_clusters)
