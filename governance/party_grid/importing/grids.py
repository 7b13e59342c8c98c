"""The sheet 微网格台账: grids and micro-grids, what they cover, and who looks after them.

One row is one cell, however many compounds it covers: 小区 lists compounds; 楼栋 and 单元 list the
parts of them that belong to the cell, and a compound or building without listed parts belongs to
it whole. What is said replaces what the cell covered; a row without 小区 leaves that alone.
"""
# ruff: noqa: E501 - tables of columns read better in one line each

from collections.abc import Iterable, Iterator, Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from compounds.registry.importing import columns as c
from compounds.registry.importing.compounds import first_compound
from compounds.registry.importing.sheets import Context, Plan, Sheet
from compounds.registry.models import ImportRow
from governance.audit.services import Act, act_on
from governance.foundation import cells, sealing
from governance.foundation.bulk import drafts, in_chunks, insert_many
from governance.organisation.models import Area, Level
from governance.people import matching
from governance.people.matching import Named, Register
from governance.people.models import VIEW

from ..models import GridCover
from ..rules import ASSISTANT, GRID_HEAD, GRID_WORKER, MICRO_GRID_HEAD
from . import covering, drawing, holders
from .covering import COVERS, Cover
from .parts import Homes, Parts

MOST_ASSISTANTS = 6
ASSISTANTS = tuple(f"assistant_{n}" for n in range(1, MOST_ASSISTANTS + 1))
LONGEST_LIST = 2000

COLUMNS = (
    c.running_number(),
    c.code("网格编码", "grid_code", ("网格代码", "网格编号"), clean=cells.code(digits=15), is_required=True, width=18, fills_down=True),
    c.code("微网格编码", "micro_code", ("微网格代码", "微网格编号"), clean=cells.code(digits=17), width=20),
    c.text("名称", "name", 60, ("微网格名称", "网格或微网格名称"), width=22, samples=("样例第一网格", "样例第一微网格")),
    c.text("网格名称", "grid_name", 60, ("所属网格",), width=20),
    c.text("四至范围", "extent", 300, ("四至", "范围"), width=34, samples=("东至样例路，南至样例街，西至样例巷，北至样例河", "样例1号楼")),
    c.code("小区编码", "compound_code", ("小区代码", "小区编号"), clean=cells.text(LONGEST_LIST), width=21),
    c.text("小区名称", "compound_name", LONGEST_LIST, ("小区", "覆盖小区"), width=24),
    c.text("楼栋", "buildings", LONGEST_LIST, ("楼号", "覆盖楼栋"), width=20),
    c.text("单元", "entrances", LONGEST_LIST, ("覆盖单元",), width=20),
    c.integer("楼栋数", "building_count", ("楼栋数量",), maximum=10_000),
    c.integer("户数", "household_count", ("总户数", "覆盖户数"), maximum=1_000_000),
    c.text("网格长", "head", 50, ("微网格长", "网格长姓名"), width=10, samples=("样例甲", "样例乙")),
    c.code("联系电话", "phone", ("网格长电话", "网格长联系电话", "电话"), clean=matching.phone_cell(), is_secret=True, width=15, samples=("13800000001", "13800000002")),
    *(
        c.text(f"辅助员{n}", name, 50, (f"网格辅助员{n}", f"网格员{n}"), width=10, samples=(None, f"样例辅{n}") if n < 3 else ())
        for n, name in enumerate(ASSISTANTS, 1)
    ),
)  # fmt: skip


class GridSheet(Sheet):
    """Rows of grids and micro-grids: matched by code; the community is the code's beginning."""

    key = "grids"
    titles = ("微网格台账", "网格台账", "微网格", "网格")
    name = gettext_lazy("grids")
    columns = COLUMNS
    model = Area
    right = "party.import"
    view_right = VIEW
    stored = ("name", "extent")
    parts = (*COVERS, "head", "phone", *ASSISTANTS)
    own_relations = ("covers", "duties")
    list_url = "party_grid:grid_list"

    # -- planning ------------------------------------------------------------------------------
    def resolve(self, plans: Sequence[Plan], context: Context) -> None:
        numbers = {id(plan): self._tidy(plan) for plan in plans}
        named = {code for plan in plans for code in self._codes(plan)}
        areas = self._areas(named)
        fresh = context.known.setdefault("new_grids", {})  # code → (name, id of the community)
        for plan in plans:
            said = plan.record.values
            plan.label = said.get("name") or said.get("micro_code") or said.get("grid_code", "")
            if not plan.record.is_refused:
                self._place(plan, context, areas)
            if not plan.record.is_refused and "micro_code" not in said and plan.existing is None:
                fresh.setdefault(plan.key, said.get("name", ""))
        for plan in plans:
            if not plan.record.is_refused:
                self._parent(plan, areas, fresh)
        covering.read_covers(plans, context)
        self._people(plans, context, numbers)

    def _tidy(self, plan: Plan) -> dict[str, str]:
        said = plan.record.values
        # From here on no row holds a number in clear.
        number = matching.number_of(said.pop("phone", None))
        if number:
            said["phone"] = number["masked"]
            if "head" not in said:
                plan.refuse(_("Whose number is this? Name the grid head."), "phone")
        return number

    def _codes(self, plan: Plan) -> Iterable[str]:
        said = plan.record.values
        return filter(None, (said.get("grid_code"), said.get("micro_code")))

    def _areas(self, codes: Iterable[str]) -> dict[str, dict]:
        found = {}
        for chunk in in_chunks(sorted(set(codes))):
            rows = Area.objects.filter(code__among=chunk).values(
                "pk",
                "version",
                "code",
                "level",
                "parent_id",
                "community_id",
                "merged_into",
                *self.stored,
            )
            found.update((row["code"], row) for row in rows)
        return found

    def _place(self, plan: Plan, context: Context, areas: dict[str, dict]) -> None:
        said = plan.record.values
        grid, micro = said["grid_code"], said.get("micro_code")
        if micro and not micro.startswith(grid):
            plan.refuse(_("The code must begin with %(code)s."), "micro_code", code=grid)
            return
        community = context.communities.get(grid[:12])
        if community is None:
            plan.refuse(_("The first 12 digits are no community of the district."), "grid_code")
            return
        if community.is_merged:
            plan.refuse(
                _("This community was merged into another one: use its new code."), "grid_code"
            )
            return
        if not context.allows(self.right, community):
            plan.refuse(
                _("%(community)s lies outside the area you may import for."),
                "grid_code",
                community=community.name,
            )
            return
        plan.key = plan.shown_key = micro or grid
        plan.existing = areas.get(plan.key)
        if plan.existing is not None and plan.existing["merged_into"]:
            plan.refuse(
                _("This grid was merged into another one."), "micro_code" if micro else "grid_code"
            )
        elif plan.existing is None and "name" not in said:
            plan.refuse(_("A new grid needs a name."), "name")
        plan.context = {"community": community.id}

    def _parent(self, plan: Plan, areas: dict[str, dict], fresh: dict[str, str]) -> None:
        """The grid of a micro-grid: of the register, of the sheet, or made by its name."""
        said = plan.record.values
        if "micro_code" not in said or said["grid_code"] in areas or said["grid_code"] in fresh:
            return
        if "grid_name" not in said:
            plan.refuse(
                _("This grid is not in the register: add a row for it or give its name."),
                "grid_code",
            )
            return
        plan.context["grid_name"] = said["grid_name"]

    def _people(self, plans: Sequence[Plan], context: Context, numbers: dict[int, dict]) -> None:
        ready = [plan for plan in plans if not plan.record.is_refused]
        ids = [plan.existing["pk"] for plan in ready if plan.existing]
        held = holders.held("grid", ids)
        names = {plan.record.values.get(f) for plan in ready for f in ("head", *ASSISTANTS)}
        register = Register(context.by, context.batch.district_id, names - {None})
        kinds = holders.kinds(context)
        for plan in ready:
            is_micro = "micro_code" in plan.record.values
            head = kinds[MICRO_GRID_HEAD if is_micro else GRID_HEAD]
            worker = kinds[ASSISTANT if is_micro else GRID_WORKER]
            community = context.communities_by_id[plan.context["community"]]
            place = (community.district_id, community.street_id, community.id)
            plan.context["place"] = place
            if plan.existing:
                plan.existing.update(dict.fromkeys(("head", "phone", *ASSISTANTS)))
            seats = [
                ("head", head, numbers[id(plan)]),
                *((name, worker, {}) for name in ASSISTANTS),
            ]
            there = {
                kind.key: held.get((kind.key, plan.existing["pk"]), []) if plan.existing else []
                for kind in (head, worker)
            }
            named_twice: set[str] = set()
            for field, kind, number in seats:
                self._appoint(
                    plan, context, field, kind, number, there[kind.key], register, named_twice
                )

    def _appoint(self, plan, context, field, kind, number, there, register, seen) -> None:
        said = plan.record.values
        name = said.get(field)
        if not name:
            return
        known, is_unclear = holders.same_person(there, name, number, is_single=False)
        if known is not None or (field != "head" and name in seen):
            if is_unclear:
                plan.warn(holders.AMBIGUOUS, field)
            del said[field]
            if field == "head":
                said.pop("phone", None)
            return
        if field != "head":
            seen.add(name)
        if field == "head" and there:
            holder = sealing.mask_name(there[0].name)
            plan.refuse(holders.SEAT_TAKEN, field, kind=kind.name, holder=holder)
            return
        named = Named(name, tuple(plan.context["place"]), **number)
        match = holders.person_for(plan, named, register, kind, field)
        if field == "head" and not number.get("hash"):
            said.pop("phone", None)
        appointment = holders.Appointment(
            kind.key, name, match.person.pk if match.person else None, number.get("sealed", "")
        )
        plan.context.setdefault("seats", []).append(appointment.plain())

    # -- writing -------------------------------------------------------------------------------

    def lock(self, context: Context, rows: QuerySet) -> None:
        drawing.make_all(context, rows)

    def is_taken(self, rows: Sequence[ImportRow], context: Context) -> bool:
        return context.known["is_taken"]

    def build(self, rows: Sequence[ImportRow], context: Context) -> list:
        codes = dict(
            ImportRow.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", "key")
        )
        made = [context.known["made_areas"][codes[row.pk]] for row in rows]
        implied = context.known.get("implied", {})
        for row, area in zip(rows, made, strict=True):
            if (grid := implied.pop(area.code[:15], None)) is not None:
                holders.made_by(row)["grids"] = [grid]
                context.known.setdefault("grids_added", []).append(grid)
        return made

    def store_new(self, objects: Sequence, context: Context) -> None:
        """They were made in `lock`."""

    def written(self, rows, objects: Sequence, context: Context) -> None:
        draft, covers, seatings, noted = drafts(GridCover), [], [], []
        kinds = holders.kinds(context)
        replaced = []
        for row, area in zip(rows, objects, strict=True):
            district, street, community = place = tuple(row.context["place"])
            if "covers" in row.context:
                replaced.append(area.pk)
                covers += [
                    draft(
                        grid_id=area.pk,
                        compound_id=compound,
                        building_id=building,
                        entrance_id=entrance,
                        district_id=district,
                        street_id=street,
                        community_id=community,
                    )
                    for compound, building, entrance in row.context["covers"]
                ]
            for seat in row.context.get("seats", ()):
                seatings.append(
                    holders.Seating(
                        row,
                        holders.named_for(seat, place),
                        kinds[seat["kind"]],
                        {"grid_id": area.pk},
                    )
                )
            if "made" in row.context:
                noted.append(row)
        GridCover.objects.filter(grid_id__in=replaced).delete()
        insert_many(GridCover, covers)
        if seatings:
            holders.seat_all(seatings, context)
        holders.note(noted)

    # -- undoing -------------------------------------------------------------------------------
    def forget(self, person) -> None:
        holders.forget(self.key, "grid", ("head", *ASSISTANTS), person)

    def used_by_others(self, ids, batch):
        return holders.used_by_others(batch, self.key, ids, "grid")

    def delete_parts(self, ids: Sequence[int], context: Context) -> None:
        holders.unmake(context.batch, self.key, ids, context)
        for chunk in in_chunks(ids):
            GridCover.objects.filter(grid_id__in=chunk).delete()

    def restore(self, obj: Area, row: ImportRow, context: Context) -> None:
        super().restore(obj, row, context)
        holders.remember_made(row, context)
        if "covers" not in row.context:
            return
        now = covering.covered([obj.pk])[obj.pk]
        if now == {Cover(*one) for one in row.context["covers"]}:  # nobody has drawn it anew
            GridCover.objects.filter(grid=obj).delete()
            place = {
                f"{n}_id": pk
                for n, pk in zip(
                    ("district", "street", "community"), row.context["place"], strict=True
                )
            }
            draft = drafts(GridCover)
            insert_many(
                GridCover,
                [
                    draft(grid_id=obj.pk, compound_id=a, building_id=b, entrance_id=e, **place)
                    for a, b, e in row.context["covers_before"]
                ],
            )

    def finish(self, context: Context) -> None:
        grids = [pk for made in context.known.get("unmade", ()) for pk in made.get("grids", ())]
        holders.finish(context)
        for grid in Area.objects.filter(pk__in=grids, version=1, level=Level.GRID):
            if not (
                grid.children.exists()
                or grid.duties.exists()
                or grid.covers.exists()
                or grid.party_organisations.exists()
            ):
                context.known.setdefault("grids_removed", []).append(act_on("remove", grid))
                Area.objects.filter(pk=grid.pk)._raw_delete(Area.objects.db)

    def further_acts(self, context: Context) -> list[Act]:
        added = Area.objects.filter(pk__in=context.known.pop("grids_added", [])).order_by("code")
        acts = [act_on("add", grid) for grid in added]
        return acts + context.known.pop("grids_removed", []) + holders.further_acts(context)

    def told(self, label: str, changes: dict[str, list]) -> tuple[str, dict[str, list]]:
        masked = {
            name: [sealing.mask_name(value) if value else None for value in pair]
            for name, pair in changes.items()
            if name == "head" or name in ASSISTANTS
        }
        if "phone" in changes:
            masked["phone"] = [value and "****" for value in changes["phone"]]
        return label, {**changes, **masked}

    # -- showing -------------------------------------------------------------------------------
    def placed_sample(self, row: dict, area: Area) -> dict | None:
        compound = first_compound(area)
        if compound is None:
            return None
        community = compound.community
        taken = set(Area.objects.filter(parent=community).values_list("code", flat=True))
        free = (f"{community.code}{n:03d}" for n in range(999, 0, -1))
        grid = next(code for code in free if code not in taken)
        row |= {"网格编码": grid, "小区编码": compound.code, "小区名称": compound.name}
        if row["名称"] == "样例第一微网格":
            row["微网格编码"] = f"{grid}01"
        return row

    def export_rows(self, queryset: QuerySet) -> Iterator[list]:
        """Grids and micro-grids; numbers of their heads masked."""
        rows = queryset.filter(level__gte=Level.GRID, merged_into=None).order_by("code")
        columns = ("pk", "code", "name", "extent", "community_id")
        named = [column for column in self.columns if column.field]
        number = 0
        homes, parts = Homes(), Parts()
        last = ""
        while chunk := list(rows.filter(code__gt=last).values(*columns)[:1000]):
            last = chunk[-1]["code"]
            homes.read({row["community_id"] for row in chunk})
            covers = covering.covered(row["pk"] for row in chunk)
            parts.read({cover.compound for found in covers.values() for cover in found})
            held = holders.held("grid", [row["pk"] for row in chunk])
            for row in chunk:
                number += 1
                shown = self._out(row, covers[row["pk"]], held, homes, parts)
                yield [number, *(column.shown(shown.get(column.field)) for column in named)]

    def _out(self, row: dict, covers: set[Cover], held, homes: Homes, parts: Parts) -> dict:
        is_micro = len(row["code"]) == 17
        heads = held.get((MICRO_GRID_HEAD if is_micro else GRID_HEAD, row["pk"]), [])
        workers = held.get((ASSISTANT if is_micro else GRID_WORKER, row["pk"]), [])
        shown = {
            **row,
            **covering.in_words(covers, homes, parts),
            **(covering.sums(covers, parts) if covers else {}),
            "grid_code": row["code"][:15],
            "micro_code": row["code"] if is_micro else None,
            "head": heads[0].name if heads else None,
            "phone": heads[0].phone_masked if heads else None,
        }
        return shown | {f: one.name for f, one in zip(ASSISTANTS, workers, strict=False)}
