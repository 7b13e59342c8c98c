"""What happens here when compounds come to lie in another community.

Branches of the compounds have gone with them, and so do their groups; a group stays with a branch
that has stayed. Whatever now lies apart lets go of each other: grids and organisations cover
compounds of their own area alone.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import F, Q

from compounds.registry.services import moving
from governance.audit import services as audit
from governance.foundation.locks import for_update

from .models import Duty, GridCover, OrganisationCover, PartyOrganisation
from .rules import OrganisationKind

PLACE = ("district_id", "street_id", "community_id")


def settle(ids: Iterable[int], *, by, reason: str = "") -> None:
    """Part what the move has torn apart, and record it."""
    ids = list(ids)
    acts = [*_place_organisations(ids), *_uncover(ids), *_leave_grids(ids)]
    if acts:
        audit.record_many(acts, by=by, reason=reason)


def _place(row) -> dict[str, int | None]:
    return {name: getattr(row, name) for name in PLACE}


def _lies_in(inner, outer) -> bool:
    """Whether a row lies in the area of another one, which may be a whole street or district."""
    return all(pk in (None, getattr(inner, name)) for name, pk in _place(outer).items())


def _place_organisations(ids: list[int]) -> list[audit.Act]:
    rows = (
        for_update(PartyOrganisation.objects)
        .filter(Q(compound__in=ids) | Q(parent__compound__in=ids, kind=OrganisationKind.GROUP))
        .order_by("kind", "pk")
    )
    acts = []
    for row in rows:
        before = _place(row)
        if row.kind == OrganisationKind.GROUP:
            for name, pk in _place(row.parent).items():
                setattr(row, name, pk)
        gone = {} if row.dissolved_on else _let_go(row)
        if gone or _place(row) != before:
            row.version += 1
            row.save()
        elsewhere = Duty.objects.filter(organisation=row).exclude(**_place(row))
        elsewhere.update(**_place(row), version=F("version") + 1)
        if gone:
            acts.append(audit.act_on("change", row, gone))
    return acts


def _let_go(row: PartyOrganisation) -> dict[str, list]:
    """Empty what an organisation names elsewhere; what that was."""
    gone = {}
    for name in ("parent", "grid", "compound", "building"):
        other = getattr(row, name)
        if other is None:
            continue
        inner, outer = (row, other) if name == "parent" else (other, row)
        if not _lies_in(inner, outer):
            gone[name] = [str(other), None]
            setattr(row, name, None)
    return gone


def _uncover(ids: list[int]) -> list[audit.Act]:
    """Take compounds out of standing organisations of another area."""
    covers = (
        OrganisationCover.objects.filter(compound__in=ids, organisation__dissolved_on=None)
        .select_related("organisation", "compound")
        .order_by("organisation", "compound")
    )
    gone: dict[PartyOrganisation, list[OrganisationCover]] = defaultdict(list)
    for one in covers:
        if not _lies_in(one.compound, one.organisation):
            gone[one.organisation].append(one)
    ids = [one.pk for own in gone.values() for one in own]
    OrganisationCover.objects.filter(pk__in=ids).delete()
    left = PartyOrganisation.objects.filter(pk__in=[row.pk for row in gone])
    left.update(version=F("version") + 1)
    return [
        audit.act_on("change", row, {"compounds": [[one.compound.name for one in own], []]})
        for row, own in gone.items()
    ]


def _leave_grids(ids: list[int]) -> list[audit.Act]:
    """Take compounds out of grids of another community."""
    covers = list(
        GridCover.objects.filter(compound__in=ids)
        .exclude(grid__community_id=F("compound__community_id"))
        .select_related("grid", "compound", "building", "entrance")
        .order_by("grid", "pk")
    )
    GridCover.objects.filter(pk__in=[one.pk for one in covers]).delete()
    names: dict[tuple, list[str]] = defaultdict(list)
    for one in covers:
        names[one.grid, one.compound].append(str(one))
    return [
        audit.act_on("uncover", grid, {"covers": [parts, []], "compound": [None, compound.name]})
        for (grid, compound), parts in names.items()
    ]


def connect() -> None:
    moving.register(settle)
