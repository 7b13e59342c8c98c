"""Making the grids and micro-grids of an import, grids first."""

from django.db.models import QuerySet
from django.utils.translation import gettext

from compounds.registry.importing.sheets import Context
from governance.foundation.bulk import drafts, insert_many
from governance.foundation.errors import DomainError
from governance.foundation.locks import for_update
from governance.organisation.models import Area, Level


def make_all(context: Context, rows: QuerySet) -> None:
    """Make all new grids before any micro-grid: rows stand in any order."""
    found = list(rows.values_list("pk", "key", "changes", "context", named=True))
    codes = {row.key for row in found}
    context.known["made_areas"] = made = {}
    context.known["is_taken"] = Area.objects.filter(code__among=list(codes)).exists()
    if not found or context.known["is_taken"]:
        return
    above = {row.key[:15] for row in found if len(row.key) == 17}
    grids = {
        a.code: a for a in Area.objects.filter(code__among=list(above | {c[:12] for c in codes}))
    }
    draft = drafts(Area)

    def make(code: str, name: str, extent: str = ""):
        parent = grids[code[:15] if len(code) == 17 else code[:12]]
        return draft(
            level=Level.MICRO_GRID if len(code) == 17 else Level.GRID,
            code=code,
            name=name,
            extent=extent,
            parent_id=parent.pk,
            district_id=parent.district_id,
            street_id=parent.street_id,
            community_id=parent.community_id,
            is_sample=parent.is_sample,
        )

    def said(row, name: str) -> str:
        return (row.changes.get(name) or [None, None])[1] or ""

    communities = {a.community_id for a in grids.values()}
    list(for_update(Area.objects).filter(pk__in=communities).order_by("pk"))
    first = {
        r.key: make(r.key, said(r, "name"), said(r, "extent")) for r in found if len(r.key) == 15
    }
    implied = {
        row.key[:15]: row.context["grid_name"]
        for row in found
        if "grid_name" in row.context and row.key[:15] not in grids and row.key[:15] not in first
    }
    implied = {code: make(code, name) for code, name in implied.items()}
    insert_many(Area, [*first.values(), *implied.values()])
    grids.update(first | implied)
    missing = sorted({row.key[:15] for row in found if len(row.key) == 17} - grids.keys())
    if missing:
        raise DomainError(
            gettext("The grid %(code)s is not imported, and micro-grids belong to it.")
            % {"code": missing[0]}
        )
    micro = {
        r.key: make(r.key, said(r, "name"), said(r, "extent")) for r in found if len(r.key) == 17
    }
    insert_many(Area, list(micro.values()))
    made.update(first | micro)
    context.known["implied"] = {code: area.pk for code, area in implied.items()}
