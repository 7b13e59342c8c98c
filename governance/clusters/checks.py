"""What must hold of clusters on a live database."""

from collections.abc import Iterator

from django.db.models import Count, F, Q

from governance.foundation.checking import gone_wrong

from .models import Cluster, ClusterCompound, FiveHave


def clusters() -> Iterator[str]:
    """Places agree; a cluster's organisation is one of its place or of a place above."""
    rows = Cluster.objects
    yield from gone_wrong(rows, Q(street=None), "belongs to neither street nor community")
    yield from gone_wrong(
        rows.exclude(community=None),
        ~Q(community__street_id=F("street_id")) | ~Q(community__district_id=F("district_id")),
        "lies elsewhere than its community",
    )
    yield from gone_wrong(
        rows.exclude(organisation=None),
        ~Q(organisation__district_id=F("district_id")),
        "has an organisation of another district",
    )


def members() -> Iterator[str]:
    """Each compound lies in one cluster, in that cluster's place, and is still there."""
    rows = ClusterCompound.objects
    yield from gone_wrong(rows, ~Q(compound__status="ACTIVE"), "holds a compound that is no more")
    yield from gone_wrong(
        rows,
        ~Q(compound__street_id=F("cluster__street_id"))
        | (
            Q(cluster__community__isnull=False)
            & ~Q(compound__community_id=F("cluster__community_id"))
        ),
        "holds a compound of another place",
    )


def five_haves() -> Iterator[str]:
    """Each cluster has its five items; the venue alone has premises."""
    every = len(FiveHave.Item)
    counted = Cluster.objects.annotate(n=Count("five_haves")).exclude(n=every).order_by("pk")
    for pk, count in counted.values_list("pk", "n"):
        yield f"cluster {pk} has {count} items instead of {every}"
    yield from gone_wrong(
        FiveHave.objects.exclude(item=FiveHave.Item.VENUE),
        ~Q(premises="") | Q(meets_standard__isnull=False),
        "has premises but is no venue",
    )
    yield from gone_wrong(
        FiveHave.objects, Q(is_met=True, evidence=""), "is in place without evidence"
    )


CHECKS = {"clusters": clusters, "members": members, "five_haves": five_haves}
