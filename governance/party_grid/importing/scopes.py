"""What 小区/网格 of the ledger names: compounds, a grid, a building; and how it is written."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext_noop as _

from compounds.registry.importing.sheets import Context, Plan
from governance.organisation.models import Area, Level

from ..models import GridCover
from . import standing
from .parts import STROKE, Homes, Parts, listed, pick
from .standing import Known


@dataclass(slots=True)
class Scope:
    """What a row stands for. `covers` None: not said, what the grid covers."""

    grid: str | None = None
    compounds: list[int] = field(default_factory=list)
    building: int | None = None

    def plain(self) -> dict:
        return {"grid": self.grid, "compounds": self.compounds, "building": self.building}


def read(plans: Sequence[Plan], context: Context) -> None:
    known = context.known
    communities = {p.context["place"][2] for p in plans if p.context.get("place")} - {None}
    homes: Homes = known.setdefault("homes", Homes())
    homes.read(communities)
    known.setdefault("parts", Parts())
    if "organisations" not in known:
        known["organisations"] = standing.read(context.batch.district_id)
        known["grids"], known["grid_names"], known["grid_covers"] = {}, {}, defaultdict(set)
        rows = Area.objects.active().filter(level=Level.GRID, district_id=context.batch.district_id)
        for pk, code, name, community in rows.values_list("pk", "code", "name", "community_id"):
            known["grids"][code] = pk
            known["grid_names"].setdefault((community, name), []).append(code)
            known.setdefault("grid_labels", {})[code] = name
        covers = GridCover.objects.filter(
            district_id=context.batch.district_id, grid__level=Level.GRID
        )
        for code, compound in covers.values_list("grid__code", "compound_id"):
            known["grid_covers"][code].add(compound)
        by_code = context.communities
        for code, name in known.get("new_grids", {}).items():
            community = by_code[code[:12]].id
            known["grids"].setdefault(code, None)
            known["grid_names"].setdefault((community, name), []).append(code)
            known.setdefault("grid_labels", {})[code] = name
    known.setdefault("grid_labels", {})


def scope_of(plan: Plan, context: Context) -> Scope | None:
    """What 小区/网格 names; None where it says nothing."""
    said, known = plan.record.values, context.known
    text, kind = said.get("scope"), said["type"]
    if not text:
        return None
    if kind[0] < "4":
        plan.warn(_("A committee covers no compounds; this is not kept."), "scope")
        del said["scope"]
        return None
    scope, homes = Scope(), known["homes"]
    community = plan.context["place"][2]
    for item in listed(text):
        home_text, stroke, number = STROKE.sub("/", item).rpartition("/")
        home = _home(plan, home_text if stroke else item, community, homes)
        if home is False:
            continue
        grids = known["grid_names"].get((community, item), [])
        if item in known["grids"] and item[:12] == context.communities_by_id[community].code:
            grids = [item]
        if home and stroke:
            known["parts"].read([home.pk])
            part = pick(known["parts"].buildings[home.pk], number)
            if part is None:
                plan.refuse(
                    _("“%(item)s” is no building of these compounds in the register."),
                    "scope",
                    item=item,
                )
                continue
            scope.building, scope.compounds = part.pk, [*scope.compounds, home.pk]
        elif home and (not grids or kind in ("4C", "5C")):
            scope.compounds.append(home.pk)
        elif len(grids) == 1 and scope.grid is None:
            scope.grid = grids[0]
        elif grids:
            plan.refuse(
                _("One grid at most is named here, by a name of its own or by its code."),
                "scope",
            )
        else:
            plan.refuse(
                _("“%(item)s” is no compound or grid of this community."), "scope", item=item
            )
    scope.compounds = list(dict.fromkeys(scope.compounds))
    if kind == "5":
        kind = "5B" if scope.building else "5G" if scope.grid else "5C"
        said["type"] = "5J" if kind != "5B" and len(scope.compounds) > 1 else kind
    _fits(plan, scope)
    return scope


def _home(plan: Plan, text: str, community: int, homes: Homes):
    home = homes.by_code.get(text.upper())
    named = homes.by_name.get((community, text), ())
    if home is None and len(named) > 1:
        plan.refuse(_("Several compounds have this name: give the compound's code."), "scope")
        return False
    home = home or (named[0] if named else None)
    return home if home and home.community_id == community else None


def _fits(plan: Plan, scope: Scope) -> None:
    kind = plan.record.values["type"]
    if plan.record.is_refused:
        return
    if kind in ("4C", "5C") and len(scope.compounds) != 1:
        plan.refuse(_("Exactly one compound belongs here."), "scope")
    elif kind == "4G" and scope.grid is None:
        plan.refuse(_("Exactly one grid belongs here."), "scope")
    elif kind == "5B" and scope.building is None:
        plan.refuse(_("A building belongs here: write 小区名/楼栋."), "scope")
    elif kind in ("4J", "5J") and scope.grid is None and len(scope.compounds) < 2:
        plan.refuse(_("A joint organisation names several compounds, or a grid."), "scope")


def covered(scope: Scope, context: Context) -> Iterable[int]:
    if scope.compounds or scope.grid is None:
        return scope.compounds
    return sorted(context.known["grid_covers"][scope.grid])


def shown(one: Known, context: Context) -> str:
    """小区/网格 as exports write it."""
    known = context.known
    return in_words(one.grid, one.building, one.compound, one.covers, known)


def in_words(grid, building, compound, covers, known) -> str:
    homes: Homes = known["homes"]
    if building:
        known["parts"].read([compound])
        number = next(
            (p.number for p in known["parts"].buildings[compound] if p.pk == building), ""
        )
        home = homes.by_id.get(compound)
        return f"{homes.shown(home)}/{number}" if home else ""
    items = []
    if grid:
        name = known["grid_labels"].get(grid, "")
        community = next((k[0] for k, codes in known["grid_names"].items() if grid in codes), None)
        is_plain = len(known["grid_names"].get((community, name), ())) == 1
        is_plain = is_plain and listed(name) == [name] and not homes.by_name.get((community, name))
        items.append(name if is_plain else grid)
    found = sorted((homes.by_id[pk] for pk in covers if pk in homes.by_id), key=lambda h: h.code)
    return "、".join([*items, *(homes.shown(home) for home in found)])
