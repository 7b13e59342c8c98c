"""What happens here when compounds are merged, demolished, or come to lie elsewhere.

Applications of a compound that is gone are withdrawn. A running subsidy is not ended by the
register: money is ended by its review; the district is told, and the entitlement shows it.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F, Q

from compounds.registry.models import Status
from compounds.registry.services import leaving, moving
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.locks import for_update
from governance.notices.services import tell_holders

from .models import ASSESS, Entitlement, EntitlementStep, Objection, TermChange
from .services import telling
from .services.common import Act, State, move

PLACE = ("district_id", "street_id", "community_id")


def let_go(ids: Iterable[int], *, by, reason: str = "") -> None:
    """Withdraw what is not approved for compounds that are gone; tell of what runs for them."""
    rows = list(
        for_update(Entitlement.objects)
        .open()
        .filter(compound__in=list(ids))
        .exclude(compound__status=Status.ACTIVE)
        .select_related("compound", "provider")
        .order_by("pk")
    )
    today, words = dates.today(), reason or "-"
    acts = []
    for state in Entitlement.BEFORE_APPROVAL:
        some = [row for row in rows if row.state == state]
        for row in some:
            row.due_on = None
        if some:
            acts += move(
                some, State.WITHDRAWN, by=by, verb="withdraw", on=today, act=Act.WITHDRAW,
                reason=words, fields=("due_on",),
            )  # fmt: skip
    running = [row for row in rows if row.state in (State.APPROVED, State.SUSPENDED)]
    for row in running:
        tell_holders(
            ASSESS,
            row,
            by=None,
            kind=telling.GONE,
            batch=f"entitlement-gone-{row.pk}",
            url=telling.page_of([row]),
        )
    if acts:
        audit.record_many(acts, by=by, reason=reason)


def settle(ids: Iterable[int], *, by, reason: str = "") -> None:
    """Entitlements lie where their compound lies, and all that hangs on them with them."""
    ids = list(ids)
    rows = Entitlement.objects.filter(compound__in=ids).filter(
        ~Q(community=F("compound__community")) | ~Q(street=F("compound__street"))
        | ~Q(district=F("compound__district"))
    )  # fmt: skip
    for row in rows.select_related("compound"):
        place = {name: getattr(row.compound, name) for name in PLACE}
        Entitlement.objects.filter(pk=row.pk).update(**place, version=F("version") + 1)
    for model in (EntitlementStep, Objection, TermChange):
        apart = model.objects.filter(entitlement__compound__in=ids).filter(
            ~Q(community=F("entitlement__community")) | ~Q(street=F("entitlement__street"))
        )
        for row in apart.select_related("entitlement"):
            place = {name: getattr(row.entitlement, name) for name in PLACE}
            model.objects.filter(pk=row.pk).update(**place)


def connect() -> None:
    leaving.register(let_go)
    moving.register(settle)
