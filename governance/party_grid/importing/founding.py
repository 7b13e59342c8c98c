"""Founding and changing organisations by the ledger, and taking that back."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext

from compounds.registry.importing.sheets import Context, Sheet
from compounds.registry.models import ImportRow
from governance.foundation.bulk import drafts, in_chunks, insert_many
from governance.foundation.errors import DomainError
from governance.foundation.locks import for_update
from governance.organisation.models import Area

from ..models import GridCover, OrganisationCover, PartyOrganisation
from ..rules import (
    OrganisationKind,
    Reach,
)
from . import holders
from .standing import FACTS, GROUP, REACH, Known


def make_all(sheet: Sheet, context: Context, rows: QuerySet) -> None:
    """Make all new organisations, the higher ones first: rows stand in any order."""
    found = list(rows.values_list("pk", "number", "changes", "context", named=True))
    context.known["made_organisations"] = made = {}
    context.known["is_taken"] = _stand_already(found)
    if not found or context.known["is_taken"]:
        return
    places = {pk for row in found for pk in row.context["place"] if pk}
    list(for_update(Area.objects).filter(pk__in=places).order_by("pk"))
    grids = _grids(found)
    by_number: dict[int, int] = {}
    draft = drafts(PartyOrganisation)
    for kind in OrganisationKind:
        level = [row for row in found if int(row.changes["type"][1][0]) == kind]
        objects = []
        for row in level:
            where = row.context
            parent = where.get("parent") or by_number.get(where.get("parent_row"))
            if parent is None and (kind == GROUP or where.get("parent_row")):
                raise DomainError(
                    gettext("“%(above)s” is not imported, and “%(name)s” belongs to it.")
                    % {"above": where.get("parent_name"), "name": row.changes["name"][1]}
                )
            district, street, community = where["place"]
            values = {n: v for n, v in sheet.values_of(row).items() if n in FACTS}
            values["document_number"] = values.get("document_number") or ""
            objects.append(
                draft(
                    kind=int(kind),
                    name=row.changes["name"][1],
                    parent_id=parent,
                    district_id=district,
                    street_id=street,
                    community_id=community,
                    **values,
                    **_columns(row, grids),
                )
            )
        insert_many(PartyOrganisation, objects)
        by_number |= {row.number: obj.pk for row, obj in zip(level, objects, strict=True)}
        made.update((row.pk, obj) for row, obj in zip(level, objects, strict=True))


def _stand_already(rows: Sequence) -> bool:
    """Whether one of the new organisations has been founded since the preview."""
    new = {
        (*row.context["place"], int(row.changes["type"][1][0]), row.changes["name"][1])
        for row in rows
    }
    names = sorted({key[-1] for key in new})
    for chunk in in_chunks(names):
        standing = PartyOrganisation.objects.standing().filter(name__among=chunk, kind__lt=GROUP)
        found = standing.values_list("district_id", "street_id", "community_id", "kind", "name")
        if not new.isdisjoint(found):
            return True
    return False


def _grids(rows: Iterable) -> dict[str, int]:
    codes = {(row.context.get("scope") or {}).get("grid") for row in rows} - {None}
    return dict(Area.objects.filter(code__in=codes).values_list("code", "pk"))


def _columns(row, grids: dict[str, int]) -> dict[str, Any]:
    """Reach and what the organisation is tied to."""
    scope = row.context.get("scope")
    kind = row.context.get("type") or row.changes["type"][1]
    if scope is None:
        return {}
    lone = scope["compounds"][0] if len(scope["compounds"]) == 1 else None
    joint_reach = Reach.GRID if scope["grid"] else Reach.COMPOUND
    reach = joint_reach if kind == "4J" else REACH[kind]
    return {
        "reach": str(reach),
        "is_joint": kind.endswith("J"),
        "grid_id": None if kind in ("4C", "4J") else grids.get(scope["grid"]),
        "compound_id": lone if kind in ("4C", "5C", "5G", "5B") else None,
        "building_id": scope["building"] if kind == "5B" else None,
    }


def write(rows, objects: Sequence, context: Context) -> None:
    draft, covers, seatings, noted = drafts(OrganisationCover), [], [], []
    kinds, grids = holders.kinds(context), _grids(rows)
    covered = _covered_by_grids([row for row in rows if row.context.get("scope")])
    for row, one in zip(rows, objects, strict=True):
        is_changed = row.object_id is not None
        if is_changed and _change(row, one, grids):
            noted.append(row)
        if scope := row.context.get("scope"):
            if is_changed:
                OrganisationCover.objects.filter(organisation_id=one.pk).delete()
            wanted = scope["covers"] or sorted(covered.get(scope["grid"], ()))
            covers += [draft(organisation_id=one.pk, compound_id=pk) for pk in wanted]
        place = tuple(row.context["place"])
        for seat in row.context.get("seats", ()):
            named = holders.named_for(seat, place)
            columns = {"organisation_id": one.pk}
            seatings.append(holders.Seating(row, named, kinds[seat["kind"]], columns))
    insert_many(OrganisationCover, covers)
    if seatings:
        holders.seat_all(seatings, context)
    holders.note(noted)


def _covered_by_grids(rows: Iterable) -> dict[str, set[int]]:
    codes = {r.context["scope"]["grid"] for r in rows if not r.context["scope"]["covers"]} - {None}
    found: dict[str, set[int]] = defaultdict(set)
    for code, compound in GridCover.objects.filter(grid__code__in=codes).values_list(
        "grid__code", "compound_id"
    ):
        found[code].add(compound)
    return found


def _change(row, one: PartyOrganisation, grids: dict[str, int]) -> bool:
    """Change what a standing organisation stands for and is below; keeps what it was."""
    wanted = {}
    if row.context.get("scope"):
        if "type" not in row.changes:
            row.context["type"] = Known(
                one.kind, "", (0, None, None), reach=one.reach, is_joint=one.is_joint
            ).type
        wanted = _columns(row, grids)
        if one.is_joint and wanted["is_joint"]:
            wanted["reach"] = one.reach
    if "parent" in row.changes:
        wanted["parent_id"] = row.context.get("parent")
    if not wanted:
        return False
    row.context["before"] = {name: getattr(one, name) for name in wanted}
    if row.context.get("scope"):
        row.context["before"]["covers"] = list(one.covers.values_list("compound_id", flat=True))
    PartyOrganisation.objects.filter(pk=one.pk).update(**wanted)
    return True


def restore_links(obj: PartyOrganisation, row: ImportRow, context: Context) -> None:
    holders.remember_made(row, context)
    before = dict(row.context.get("before", {}))
    covers = before.pop("covers", None)
    if covers is not None:
        OrganisationCover.objects.filter(organisation=obj).delete()
        draft = drafts(OrganisationCover)
        insert_many(
            OrganisationCover, [draft(organisation_id=obj.pk, compound_id=pk) for pk in covers]
        )
    if before:
        PartyOrganisation.objects.filter(pk=obj.pk).update(**before)
