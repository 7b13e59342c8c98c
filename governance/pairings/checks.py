"""What must hold of pairings on a live database."""

import logging
from collections.abc import Iterator

from django.db.models import Count, Exists, F, OuterRef, Q

from governance.foundation import dates
from governance.foundation.checking import gone_wrong, misplaced
from governance.party_grid.models import Duty, Norm
from governance.party_grid.rules import CENTRE_HOUSEHOLD

from . import rules
from .models import Pairing

log = logging.getLogger(__name__)


def pairings() -> Iterator[str]:
    """Pairings lie where their compound lies, and name a household of that compound."""
    rows = Pairing.objects
    yield from misplaced(rows, "compound")
    yield from gone_wrong(
        rows.held(), ~Q(compound__status="ACTIVE"), "stands with a compound that is no more"
    )
    yield from gone_wrong(
        rows.held(),
        Q(building__isnull=False) & ~Q(building__compound_id=F("compound_id")),
        "names a building of another compound",
    )
    yield from gone_wrong(
        rows, ~Q(person__district_id=F("district_id")), "has a person of another district"
    )
    yield from gone_wrong(rows.held(), Q(person__left_on__isnull=False), "has a person who left")
    warn_of_cadres()
    yield from gone_wrong(
        rows.exclude(entrance=None),
        ~Q(entrance__building_id=F("building_id")),
        "names an entrance of another building",
    )


def centre_households() -> Iterator[str]:
    """Whoever looks after a hardship household holds that duty."""
    duty = Duty.objects.held().filter(kind=CENTRE_HOUSEHOLD, person=OuterRef("person"))
    rows = Pairing.objects.held().filter(kind=rules.CENTRE_HOUSEHOLD)
    yield from gone_wrong(rows, ~Q(Exists(duty)), "has a person who is no centre household")


def warn_of_cadres() -> None:
    """County-level cadres outside the norm are no breach: a warning in the log of the server."""
    counts = (
        Pairing.objects.held()
        .filter(kind=rules.COUNTY_CADRE)
        .order_by()
        .values_list("district", "person")
        .annotate(n=Count("pk"))
    )
    norms: dict = {}
    for district, person, number in counts:
        if district not in norms:
            norms[district] = Norm.objects.in_force(district, dates.today())
        if rules.bounds(number, norms[district]):
            log.warning("cadre %s answers for %s compounds, outside the norm", person, number)


CHECKS = {"pairings": pairings, "centre_households": centre_households}
