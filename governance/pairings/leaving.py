"""What happens here when compounds leave, or a centre household is one no longer: pairings end."""

from collections.abc import Iterable

from compounds.registry.models import Compound, Status
from compounds.registry.services import leaving
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.locks import for_update
from governance.party_grid.models import Duty
from governance.party_grid.rules import CENTRE_HOUSEHOLD
from governance.party_grid.services import ending
from governance.people.models import Person

from .models import Pairing
from .services.pairing import end_one


def end_pairings(ids: Iterable[int], *, by, reason: str = "") -> None:
    """End the pairings of compounds that are no longer there.

    Those of a merged compound have moved along, except what the other compound has already.
    """
    gone = Compound.objects.filter(pk__in=list(ids)).exclude(status=Status.ACTIVE)
    held = (
        for_update(Pairing.objects)
        .held()
        .filter(compound__in=gone)
        .select_related("compound", "person")
        .order_by("pk")
    )
    today = dates.today()
    acts = [end_one(one, max(today, one.starts_on), reason) for one in held]
    if acts:
        audit.record_many(acts, by=by, reason=reason)


def end_of_centre_households(ids: Iterable[int], *, by, reason: str = "") -> None:
    """End the pairings of people who were centre households by one of these ended duties."""
    duties = Duty.objects.filter(pk__in=list(ids), kind=CENTRE_HOUSEHOLD)
    days = dict(duties.values_list("person_id", "ended_on"))
    # Whoever pairs them holds this lock too.
    list(for_update(Person.objects).filter(pk__in=days).order_by("pk"))
    still = Duty.objects.held().filter(person__in=days, kind=CENTRE_HOUSEHOLD)
    held = (
        for_update(Pairing.objects)
        .held()
        .filter(person__in=days, kind=Pairing.Kind.CENTRE_HOUSEHOLD)
        .exclude(person__in=still.values("person"))
        .select_related("compound", "person")
        .order_by("pk")
    )
    acts = [end_one(one, max(days[one.person_id], one.starts_on), reason) for one in held]
    if acts:
        audit.record_many(acts, by=by, reason=reason)


def connect() -> None:
    leaving.register(end_pairings)
    ending.register(end_of_centre_households)
