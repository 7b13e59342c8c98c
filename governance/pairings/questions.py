"""What lists and figures ask alike: who answers for how many, and who is out of bounds."""

from collections.abc import Iterable

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from governance.foundation import dates
from governance.party_grid.models import Norm
from governance.people.models import Person

from .models import Pairing

COUNTY = Pairing.Kind.COUNTY_CADRE
FEW, MANY, OUT, WITHIN, NOTHING = "few", "many", "out", "within", "none"


def held() -> QuerySet:
    return Pairing.objects.held()


def to_household() -> Q:
    """Condition on pairings: with a household, not with a whole compound."""
    return Q(kind__in=Pairing.TO_HOUSEHOLD)


def cadres(user, inside: Q | None = None) -> QuerySet:
    """County-level cadres with `compound_count`, of whose compounds the reader sees one.

    Those without any are shown to whoever sees the cadre. `inside`: condition on places.
    """
    inside = inside or Q()
    own = held().filter(kind=COUNTY, person=OuterRef("pk"))
    paired = own.filter(user.scope.granted("people.view"), inside)
    count = own.order_by().values("person").annotate(n=Count("pk")).values("n")
    idle = (
        Q(standing=Person.Standing.COUNTY_CADRE, left_on=None)
        & user.scope.granted("people.view")
        & inside
        & ~Exists(own)
    )
    return (
        Person.objects.known()
        .filter(Q(Exists(paired)) | idle)
        .annotate(compound_count=Coalesce(Subquery(count, output_field=IntegerField()), 0))
    )


def by_bounds(cadres: QuerySet, wanted: str, districts: Iterable[int]) -> QuerySet:
    """Cadres whose compounds are too few, too many, out of bounds, within them, or none."""
    if wanted == NOTHING:
        return cadres.filter(compound_count=0)
    condition = Q(pk__in=())
    for district in districts:
        norms = Norm.objects.in_force(district, dates.today())
        few = Q(compound_count__gt=0, compound_count__lt=norms.cadre_compounds_min)
        many = Q(compound_count__gt=norms.cadre_compounds_max)
        within = Q(
            compound_count__gte=norms.cadre_compounds_min,
            compound_count__lte=norms.cadre_compounds_max,
        )
        found = {FEW: few, MANY: many, OUT: few | many, WITHIN: within}[wanted]
        condition |= Q(district=district) & found
    return cadres.filter(condition)
