"""The summary of the register per community, kept current by every writing service."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Case, Count, IntegerField, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from governance.foundation.fields import FixedPointField
from governance.foundation.locks import for_update
from governance.organisation.models import Area

from ..models import CommunityTally, Compound
from ..models.compounds import CompoundQuerySet

KEY = ("community_id", "is_unmanaged", "strategy", "decision", "stage")


def sums(queryset: CompoundQuerySet):
    """Counts and sums of active compounds by community and state, as dictionaries."""
    area = FixedPointField()

    def when(condition: Q):
        return Count(Case(When(condition, then=Value(1)), output_field=IntegerField()))

    return (
        queryset.filter(status="ACTIVE")
        .order_by()
        .values("district_id", "street_id", *KEY)
        .annotate(
            compounds=Count("pk"),
            buildings=Coalesce(Sum("building_count"), 0),
            entrances=Coalesce(Sum("entrance_count"), 0),
            households=Coalesce(Sum("household_count"), 0),
            floor_area_m2_sum=Coalesce(Sum("floor_area_m2"), Value(0, output_field=area)),
            chargeable_area_m2_sum=Coalesce(Sum("chargeable_area_m2"), Value(0, output_field=area)),
            cleared=when(Q(first_cleared_on__isnull=False)),
            surveyed=when(Q(surveyed_on__isnull=False)),
            verified=when(Q(verified_on__isnull=False)),
            complete=when(Q(missing_count=0)),
            missing_facts=Coalesce(Sum("missing_count"), 0),
            asked_facts=Coalesce(Sum("asked_count"), 0),
        )
    )


def computed(queryset: CompoundQuerySet) -> list[CommunityTally]:
    """The tallies that a set of compounds calls for, unsaved."""
    rows = []
    for row in sums(queryset):
        row["floor_area_m2"] = row.pop("floor_area_m2_sum")
        row["chargeable_area_m2"] = row.pop("chargeable_area_m2_sum")
        rows.append(CommunityTally(**row))
    return rows


@transaction.atomic
def refresh(communities: Iterable[int]) -> None:
    """Recompute the tallies of some communities; call inside the transaction of the change."""
    communities = sorted(set(communities))
    for start in range(0, len(communities), 500):
        chunk = communities[start : start + 500]
        # Who writes in a community at the same time waits here: what is deleted below must be
        # all that the other one has counted.
        areas = for_update(Area.objects).filter(pk__in=chunk)
        list(areas.order_by("pk").values_list("pk"))
        CommunityTally.objects.filter(community_id__in=chunk).delete()
        CommunityTally.objects.bulk_create(
            computed(Compound.objects.filter(community_id__in=chunk))
        )
