"""What happens here when compounds are merged, demolished, or come to lie elsewhere.

Covers and memberships follow a merged compound where they can. Those that cannot stay with it and
run no more; a contract none of whose compounds is left has come to its end.
"""

from collections.abc import Iterable

from django.db.models import F

from compounds.registry.models import Status
from compounds.registry.services import leaving, moving
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.locks import for_update

from .models import Contract, ContractCompound, LotMember, ViabilitySheet
from .services.common import PLACE, State, Verb, record, step, store
from .services.past import place_contracts
from .services.running import end_gone

OPEN = (State.DRAFT, State.SIGNED, State.FILED)


def leave_contracts(ids: Iterable[int], *, by, reason: str = "") -> None:
    """Compounds that are no longer there leave their contracts and lots."""
    gone = ContractCompound.objects.filter(compound__in=list(ids)).exclude(
        compound__status=Status.ACTIVE
    )
    contracts = set(gone.filter(contract__state__in=OPEN).values_list("contract_id", flat=True))
    gone.filter(is_running=True).update(is_running=False, version=F("version") + 1)
    left = (
        for_update(Contract.objects)
        .filter(pk__in=contracts)
        .exclude(covers__compound__status=Status.ACTIVE)
        .order_by("pk")
    )
    words = reason or "-"
    for contract in left:
        if contract.state == State.FILED:
            end_gone(contract, by=by, on=dates.today(), reason=words)
            continue
        before, contract.state = contract.state, State.CANCELLED
        store(contract, by=by, reason=words)
        step(contract, Verb.CANCELLED, by=by, on=dates.today(), reason=words)
        changes = {"state": [before, State.CANCELLED]}
        record("cancel", contract, by=by, changes=changes, reason=words)
    _leave_lots(ids, by=by, reason=reason)


def _leave_lots(ids: Iterable[int], *, by, reason: str) -> None:
    members = (
        LotMember.objects.filter(compound__in=list(ids), left_on=None)
        .exclude(compound__status=Status.ACTIVE)
        .select_related("lot", "compound")
        .order_by("pk")
    )
    acts = []
    for member in members:
        member.left_on = dates.today()
        member.save(update_fields=["left_on"])
        changes = {"compounds": [member.compound.name, None]}
        acts.append(audit.act_on("join", member.lot, changes))
    if acts:
        audit.record_many(acts, by=by, reason=reason)


def follow(ids: Iterable[int], *, by, reason: str = "") -> None:
    """Contracts and sheets lie where their compounds have come to lie."""
    ids = list(ids)
    contracts = ContractCompound.objects.filter(compound__in=ids).values_list("contract", flat=True)
    place_contracts(set(contracts), by=by, reason=reason)
    for sheet in ViabilitySheet.objects.filter(compound__in=ids).select_related("compound"):
        place = {name: getattr(sheet.compound, name) for name in PLACE}
        ViabilitySheet.objects.filter(pk=sheet.pk).update(**place)


def connect() -> None:
    leaving.register(leave_contracts)
    moving.register(follow)
