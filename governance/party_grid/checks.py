"""What must hold of the party grid on a live database, asked in queries of its own."""

from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q

from governance.foundation.checking import gone_wrong, misplaced
from governance.organisation.models import Level

from .models import Duty, GridCover, OrganisationCover, PartyOrganisation
from .rules import OrganisationKind

PLACE = ("district", "street", "community")


def _elsewhere(owner: str) -> Q:
    """Condition: one of the three areas differs from the owner's; both may be empty."""
    wrong = Q()
    for column in PLACE:
        both_empty = Q(**{f"{column}_id": None, f"{owner}__{column}_id": None})
        same = Q(**{f"{column}_id": F(f"{owner}__{column}_id")})
        wrong |= ~(same | both_empty)
    return wrong


def places() -> Iterator[str]:
    """Covers and duties lie where that lies which they name; organisations hold their places."""
    yield from misplaced(GridCover.objects, "compound")
    for owner in ("organisation", "grid", "compound"):
        held = Duty.objects.filter(**{f"{owner}__isnull": False})
        yield from gone_wrong(held, _elsewhere(owner), f"lies elsewhere than its {owner}")
    standing = PartyOrganisation.objects.filter(dissolved_on=None)
    for name in ("compound", "grid"):
        rows = standing.filter(**{f"{name}__isnull": False})
        # An organisation of a whole street may stand for a place in one of its communities.
        wrong = ~Q(street_id=F(f"{name}__street_id")) | (
            Q(community__isnull=False) & ~Q(community_id=F(f"{name}__community_id"))
        )
        active = Q(compound__status="ACTIVE") if name == "compound" else Q()
        yield from gone_wrong(rows.filter(active), wrong, f"lies elsewhere than its {name}")
    covers = OrganisationCover.objects.filter(
        organisation__dissolved_on=None, compound__status="ACTIVE"
    )
    wrong = ~Q(organisation__street_id=F("compound__street_id")) | (
        Q(organisation__community__isnull=False)
        & ~Q(organisation__community_id=F("compound__community_id"))
    )
    yield from gone_wrong(covers, wrong, "covers a compound outside of its area")


def parts() -> Iterator[str]:
    """Buildings and entrances that covers and duties name belong to the compound they name."""
    for model in (GridCover, Duty):
        yield from gone_wrong(
            model.objects.filter(building__isnull=False),
            ~Q(building__compound_id=F("compound_id")),
            "names a building of another compound",
        )
        yield from gone_wrong(
            model.objects.filter(entrance__isnull=False),
            ~Q(entrance__building_id=F("building_id")),
            "names an entrance of another building",
        )


def held_duties() -> Iterator[str]:
    """Nobody holds a duty of what is no more, nor of another sort of seat than the kind's."""
    held = Duty.objects.filter(ended_on=None)
    yield from gone_wrong(
        held, Q(organisation__dissolved_on__isnull=False), "is held for a dissolved organisation"
    )
    yield from gone_wrong(
        held,
        Q(compound__isnull=False) & ~Q(compound__status="ACTIVE"),
        "is held in a compound that is no longer active",
    )
    yield from gone_wrong(
        held, Q(grid__merged_into__isnull=False), "is held for a grid that was merged"
    )
    yield from gone_wrong(
        held, Q(person__left_on__isnull=False), "is held by a person who has left"
    )
    yield from gone_wrong(held, ~Q(seat=F("kind__seat")), "is held for another sort of seat")
    levels = (Q(seat="GRID") & ~Q(grid__level=Level.GRID)) | (
        Q(seat="MICRO_GRID") & ~Q(grid__level=Level.MICRO_GRID)
    )
    yield from gone_wrong(held, levels, "is held for a grid of another level")


def organisations() -> Iterator[str]:
    """A standing organisation has a standing one above it; a group has a branch."""
    standing = PartyOrganisation.objects.filter(dissolved_on=None)
    yield from gone_wrong(
        standing, Q(parent__dissolved_on__isnull=False), "belongs to a dissolved organisation"
    )
    yield from gone_wrong(
        standing.filter(kind=OrganisationKind.GROUP),
        ~Q(parent__kind=OrganisationKind.BRANCH),
        "is a group without a branch",
    )
    yield from gone_wrong(
        standing, Q(parent__kind__gte=F("kind")), "belongs to an organisation of no higher level"
    )


def grids() -> Iterator[str]:
    """Grids cover compounds of their community; an entrance lies in one grid of a level."""
    yield from gone_wrong(
        GridCover.objects,
        ~Q(grid__community_id=F("compound__community_id")) & Q(compound__status="ACTIVE"),
        "covers a compound of another community",
    )
    others = GridCover.objects.filter(grid__level=OuterRef("grid__level")).exclude(
        grid=OuterRef("grid")
    )
    entrance = Q(entrance__isnull=False) & (
        Exists(others.filter(entrance=OuterRef("entrance")))
        | Exists(others.filter(building=OuterRef("building"), entrance=None))
    )
    building = Q(building__isnull=False, entrance=None) & Exists(
        others.filter(building=OuterRef("building"), entrance=None)
    )
    yield from gone_wrong(
        GridCover.objects, entrance | building, "names what another grid of its level has"
    )


CHECKS = {
    "places": places,
    "parts": parts,
    "held_duties": held_duties,
    "organisations": organisations,
    "grids": grids,
}
