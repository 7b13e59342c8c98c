"""The sheet 微网格台账: grids and micro-grids, what they cover, and who looks after them.

One row is one cell, however many compounds it covers: 小区 lists compounds; 楼栋 and 单元 list the
parts of them that belong to the cell, and a compound or building without listed parts belongs to
it whole. What is said replaces what the cell covered; a row without 小区 leaves that alone.
"""
# ruff: noqa: E501 - tables of columns read better in one line each

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_noop as _

from compounds.registry.importing import columns as c
from compounds.registry.importing.compounds import first_compound
from compounds.registry.importing.sheets import Context, Plan, Sheet
from compounds.registry.models import ImportRow
from governance.audit.services import Act, act_on
from governance.foundation import cells, sealing
from governance.foundation.bulk import drafts, in_chunks, insert_many
from governance.foundation.errors import DomainError
from governance.organisation.models import Area, Level
from governance.people import matching
from governance.people.matching import Named, Register
from governance.people.models import VIEW

from ..models import GridCover
from ..rules import ASSISTANT, GRID_HEAD, GRID_WORKER
from . import holders
from .parts import STROKE, Homes, Part, Parts, listed, pick

MICRO_GRID_HEAD = "MICRO_GRID_HEAD"
MOST_ASSISTANTS = 6
ASSISTANTS = tuple(f"assistant_{n}" for n in range(1, MOST_ASSISTANTS + 1))
COVERS = ("compound_code", "compound_name", "buildings", "entrances")
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


class Cover(NamedTuple):
    """A compound, one of its buildings, or one entrance."""

    compound: int
    building: int | None = None
    entrance: int | None = None


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
        self._covers(plans, context)
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

    def _covers(self, plans: Sequence[Plan], context: Context) -> None:
        ready = [plan for plan in plans if not plan.record.is_refused]
        homes: Homes = context.known.setdefault("homes", Homes())
        parts: Parts = context.known.setdefault("parts", Parts())
        homes.read({plan.context["community"] for plan in ready})
        chosen = {id(plan): self._homes(plan, homes) for plan in ready}
        now = self._covered(plan.existing["pk"] for plan in ready if plan.existing)
        parts.read(
            {home.pk for found in chosen.values() for home in found or ()}
            | {cover.compound for covers in now.values() for cover in covers}
        )
        for plan in ready:
            existing, found = plan.existing, chosen[id(plan)]
            before = now.get(existing["pk"], set()) if existing else set()
            shown = self._shown(before, homes, parts) if existing else {}
            if existing:
                existing.update(dict.fromkeys(COVERS) | shown)
            if plan.record.is_refused:
                continue
            after = before
            if found is not None:
                after = self._cover(plan, found, parts)
                if plan.record.is_refused:
                    continue
                self._say(plan, before, after, homes, parts)
            self._compare(plan, after, parts)
        self._refuse_taken(
            [p for p in ready if "covers" in p.context and not p.record.is_refused], context
        )

    def _homes(self, plan: Plan, homes: Homes) -> list | None:
        """The compounds that the row names, or None where it names none."""
        said, community = plan.record.values, plan.context["community"]
        field = "compound_code" if "compound_code" in said else "compound_name"
        if field not in said:
            for name in ("buildings", "entrances"):
                if name in said:
                    plan.refuse(_("Name the compound of these buildings."), name)
            return None
        found = []
        for item in listed(said[field]):
            home = homes.by_code.get(item.upper())
            named = homes.by_name.get((community, item), ())
            if home is None and len(named) > 1:
                plan.refuse(_("Several compounds have this name: give the compound's code."), field)
            elif (home is None and not named) or (home or named[0]).community_id != community:
                plan.refuse(_("“%(item)s” is no compound of this community."), field, item=item)
            else:
                found.append(home or named[0])
        return found

    def _cover(self, plan: Plan, homes: Sequence, parts: Parts) -> set[Cover]:
        """What the row's lists come down to."""
        said = plan.record.values
        buildings: dict[int, list[Part]] = {home.pk: [] for home in homes}
        for item in listed(said.get("buildings")):
            home, part = self._building(plan, item, homes, parts, "buildings")
            if part and part not in buildings[home.pk]:
                buildings[home.pk].append(part)
        entrances: dict[int, list[int]] = defaultdict(list)
        for item in listed(said.get("entrances")):
            self._entrance(plan, item, homes, parts, buildings, entrances)
        covers = set()
        for home in homes:
            if not buildings[home.pk]:
                covers.add(Cover(home.pk))
            for part in buildings[home.pk]:
                if entrances[part.pk]:
                    covers |= {Cover(home.pk, part.pk, pk) for pk in entrances[part.pk]}
                else:
                    covers.add(Cover(home.pk, part.pk))
        return covers

    def _building(self, plan: Plan, item: str, homes, parts: Parts, field: str):
        """A building by its number, or as 小区/楼栋 where several compounds have it."""
        name, stroke, number = STROKE.sub("/", item).rpartition("/")
        among = [h for h in homes if not stroke or name in (h.name, h.code)]
        found = [(h, p) for h in among if (p := pick(parts.buildings[h.pk], number))]
        if len(found) == 1:
            return found[0]
        if found:
            plan.refuse(
                _("Several of the compounds have “%(item)s”: write 小区名/%(item)s."),
                field,
                item=item,
            )
        else:
            plan.refuse(
                _("“%(item)s” is no building of these compounds in the register."), field, item=item
            )
        return None, None

    def _entrance(self, plan: Plan, item: str, homes, parts: Parts, buildings, entrances) -> None:
        above, stroke, number = STROKE.sub("/", item).rpartition("/")
        listed_ones = [part for found in buildings.values() for part in found]
        if stroke:
            home, building = self._building(plan, above, homes, parts, "entrances")
            if building is None:
                return
            if building not in buildings[home.pk]:
                buildings[home.pk].append(building)
        elif len(listed_ones) == 1:
            building = listed_ones[0]
        else:
            plan.refuse(_("Say of which building: write 楼栋/%(item)s."), "entrances", item=item)
            return
        found = pick(parts.entrances[building.pk], number)
        if found is None:
            plan.refuse(
                _("“%(item)s” is no entrance of this building in the register."),
                "entrances",
                item=item,
            )
        elif found.pk not in entrances[building.pk]:
            entrances[building.pk].append(found.pk)

    def _say(self, plan: Plan, before: set, after: set, homes: Homes, parts: Parts) -> None:
        """Write down what the row covers as exports do, so that only differences show."""
        said = plan.record.values
        for name in COVERS:
            said.pop(name, None)
        if before == after:
            return
        shown = self._shown(after, homes, parts)
        said.update({name: shown.get(name) for name in COVERS})
        for name in COVERS:
            if said[name] is None and not (plan.existing and plan.existing[name]):
                del said[name]
        plan.context["covers"] = sorted(after, key=lambda one: tuple(x or 0 for x in one))
        plan.context["covers_before"] = sorted(before, key=lambda one: tuple(x or 0 for x in one))

    def _shown(self, covers: Iterable[Cover], homes: Homes, parts: Parts) -> dict[str, str]:
        """The cells that mean what is covered."""
        by_home: dict[int, list[Cover]] = defaultdict(list)
        for cover in covers:
            if cover.compound in homes.by_id:
                by_home[cover.compound].append(cover)
        named = sorted((homes.by_id[pk] for pk in by_home), key=lambda home: home.code)
        buildings, entrances = [], []
        listed_count = len(
            {(c.compound, c.building) for found in by_home.values() for c in found if c.building}
        )
        for home in named:
            wanted = {cover.building for cover in by_home[home.pk]} - {None}
            inside = {cover.entrance for cover in by_home[home.pk]} - {None}
            for part in parts.buildings.get(home.pk, ()):
                if part.pk not in wanted:
                    continue
                is_clear = (
                    len(named) == 1
                    or sum(bool(pick(parts.buildings[h.pk], part.number)) for h in named) == 1
                )
                text = part.number if is_clear else f"{home.code}/{part.number}"
                buildings.append(text)
                for entrance in parts.entrances.get(part.pk, ()):
                    if entrance.pk in inside:
                        lone = listed_count == 1
                        entrances.append(entrance.number if lone else f"{text}/{entrance.number}")
        return {
            name: "、".join(items)
            for name, items in (
                ("compound_code", [home.code for home in named]),
                ("compound_name", [home.name for home in named]),
                ("buildings", buildings),
                ("entrances", entrances),
            )
            if items
        }

    def _compare(self, plan: Plan, covers: set[Cover], parts: Parts) -> None:
        """Warn where the sheet's sums are not the register's."""
        said = plan.record.values
        count, households = 0, 0
        seen = set()
        for cover in covers:
            if cover.entrance:
                households = _plus(households, parts.entrance_households.get(cover.entrance))
            else:
                inside = (
                    [cover.building]
                    if cover.building
                    else [p.pk for p in parts.buildings.get(cover.compound, ())]
                )
                for pk in inside:
                    households = _plus(households, parts.households.get(pk))
                seen.update(inside)
            if cover.building:
                seen.add(cover.building)
        count = len(seen)
        for name, ours in (("building_count", count), ("household_count", households)):
            if covers and name in said and ours is not None and said[name] != ours:
                plan.warn(
                    _("The register has %(ours)s here, the sheet %(theirs)s."),
                    name,
                    ours=ours,
                    theirs=said[name],
                )

    def _covered(self, ids: Iterable[int]) -> dict[int, set[Cover]]:
        found: dict[int, set[Cover]] = defaultdict(set)
        for chunk in in_chunks(sorted(set(ids))):
            rows = GridCover.objects.filter(grid_id__among=chunk)
            for grid, *cover in rows.values_list(
                "grid_id", "compound_id", "building_id", "entrance_id"
            ):
                found[grid].add(Cover(*cover))
        return found

    def _refuse_taken(self, plans: Sequence[Plan], context: Context) -> None:
        """A building or entrance lies in one grid of a level."""
        compounds = {cover.compound for plan in plans for cover in plan.context["covers"]}
        beside: dict[tuple, list[tuple[str, str]]] = defaultdict(list)
        for chunk in in_chunks(sorted(compounds)):
            rows = GridCover.objects.filter(compound_id__among=chunk, building__isnull=False)
            for level, code, name, *cover in rows.values_list(
                "grid__level", "grid__code", "grid__name", "building_id", "entrance_id"
            ):
                beside[level, cover[0]].append((code, name, cover[1]))
        sheet = context.known.setdefault("covered", defaultdict(list))
        for plan in plans:
            level = Level.MICRO_GRID if "micro_code" in plan.record.values else Level.GRID
            for cover in plan.context["covers"]:
                if not cover.building:
                    continue
                others = [o for o in beside[level, cover.building] if o[0] != plan.key]
                others += sheet[level, cover.building]
                for _code, name, entrance in others:
                    if entrance is None or cover.entrance in (None, entrance):
                        field = "entrances" if cover.entrance else "buildings"
                        plan.refuse(
                            _("A part of this lies in %(grid)s already. Take it out there first."),
                            field,
                            grid=name,
                        )
                        break
                else:
                    own = (plan.key, str(plan.label), cover.entrance)
                    sheet[level, cover.building].append(own)
                    continue
                break

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
        """Make all new grids before any micro-grid: rows stand in any order."""
        found = list(rows.values_list("pk", "key", "changes", "context", named=True))
        codes = {row.key for row in found}
        context.known["made_areas"] = made = {}
        context.known["is_taken"] = Area.objects.filter(code__among=list(codes)).exists()
        if not found or context.known["is_taken"]:
            return
        above = {row.key[:15] for row in found if len(row.key) == 17}
        grids = {
            a.code: a
            for a in Area.objects.filter(code__among=list(above | {c[:12] for c in codes}))
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
        list(Area.objects.select_for_update().filter(pk__in=communities).order_by("pk"))
        first = {
            r.key: make(r.key, said(r, "name"), said(r, "extent"))
            for r in found
            if len(r.key) == 15
        }
        implied = {
            row.key[:15]: row.context["grid_name"]
            for row in found
            if "grid_name" in row.context
            and row.key[:15] not in grids
            and row.key[:15] not in first
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
            r.key: make(r.key, said(r, "name"), said(r, "extent"))
            for r in found
            if len(r.key) == 17
        }
        insert_many(Area, list(micro.values()))
        made.update(first | micro)
        context.known["implied"] = {code: area.pk for code, area in implied.items()}

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
        now = self._covered([obj.pk])[obj.pk]
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
            covers = self._covered(row["pk"] for row in chunk)
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
            **self._shown(covers, homes, parts),
            "grid_code": row["code"][:15],
            "micro_code": row["code"] if is_micro else None,
            "head": heads[0].name if heads else None,
            "phone": heads[0].phone_masked if heads else None,
        }
        return shown | {f: one.name for f, one in zip(ASSISTANTS, workers, strict=False)}


def _plus(total: int | None, value: int | None) -> int | None:
    """A sum with something unknown is unknown."""
    return None if total is None or value is None else total + value
