"""The sheet 片区五有清单: a cluster a row, with its compounds, its organisation and its five items.

Compounds that a row names replace those of the cluster; one that lies in another cluster is
refused, and that cluster is named. What a row does not say stays as it is.
"""
# ruff: noqa: E501 - tables of columns read better in one line each

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from compounds.registry.importing import columns as c
from compounds.registry.importing.lookups import by_codes, by_names, refuse_gone
from compounds.registry.importing.sheets import Context, Plan, Sheet, plain_name, register
from compounds.registry.models import Compound, ImportRow, Status
from governance.foundation import cells
from governance.foundation.bulk import drafts, in_chunks, insert_many, update_many
from governance.organisation.models import Area, Level
from governance.party_grid.importing.parts import listed
from governance.party_grid.models import PartyOrganisation
from governance.people.models import Person

from . import rules
from .models import Cluster, ClusterCompound, FiveHave
from .services import WORDS

COMMA = "、"
Item = FiveHave.Item
ITEMS = tuple(item.value for item in Item)
PREMISES = {
    "改造": FiveHave.Premises.RENOVATION.value,
    "闲置物业用房": FiveHave.Premises.PROPERTY_ROOM.value,
    "其他闲置用房": FiveHave.Premises.IDLE.value,
}
PREMISES_WORDS = {
    "改造新建": "RENOVATION",
    "老旧小区改造": "RENOVATION",
    "物业用房": "PROPERTY_ROOM",
    "闲置资源": "IDLE",
    "闲置用房": "IDLE",
    "其他": "IDLE",
}
FOUND = ("pk", "version", "code", "name", "organisation_id", "street_id", "community_id")


def _item(header: str, item: str, aliases: tuple[str, ...], evidence: str, proof: str, sample: str):
    return (
        c.boolean(header, f"met_{item}", aliases, width=12, samples=("是",)),
        c.text(evidence, f"evidence_{item}", 300, (proof,), width=28, samples=(sample,)),
    )


COLUMNS = (
    c.running_number(),
    c.code("片区编码", "code", ("片区代码", "片区编号"), clean=cells.code(30), is_required=True, width=22),
    c.text("片区名称", "name", 60, ("片区",), width=24, samples=("样例片区",)),
    c.text("街道", "street_name", 60, ("街道名称", "镇街"), width=14),
    c.text("社区", "community_name", 60, ("社区名称",), width=16),
    c.code("区划代码", "area_code", ("社区代码", "街道代码"), clean=cells.code(12), width=15),
    c.text("小区编码", "compounds", 2000, ("小区代码",), width=40),
    c.text("小区名称", "compound_names", 2000, ("小区", "包含小区"), width=40),
    c.text("党组织", "organisation", 100, ("党组织名称", "片区党组织", "片区党支部"), width=28),
    *_item("有党组织", "ORGANISATION", ("党组织(有无)", "是否有党组织"), "党组织依据", "党组织证明", "样例党组织批复"),
    *_item("有活动阵地", "VENUE", ("活动阵地", "是否有活动阵地"), "活动阵地依据", "阵地证明", "样例路1号院1号楼一层"),
    c.choice("阵地来源", "premises", PREMISES, ("场所来源",), words=PREMISES_WORDS, width=14, samples=("改造",)),
    c.boolean("阵地达标", "meets_standard", ("156N", "是否达标", "156N达标"), width=10, samples=("是",)),
    *_item("有党员台账", "LEDGER", ("党员台账", "是否有党员台账"), "党员台账依据", "台账证明", "样例台账"),
    *_item("有联系机制", "CONTACT", ("联系机制", "是否有联系机制"), "联系机制依据", "机制证明", "连心卡已发放"),
    *_item("有应急预案", "EMERGENCY_PLAN", ("应急预案", "是否有应急预案"), "应急预案依据", "预案证明", "样例应急动员预案"),
    c.text("证明材料", "evidence", 300, ("证明", "佐证材料"), width=24),
    c.date("核查日期", "checked_on", ("检查日期", "核查时间"), width=12, samples=("2026-05-25",)),
    c.text("无党员小区", "without_members", 2000, ("无党员的小区",), width=24),
)  # fmt: skip
MARKS = tuple(f"met_{item}" for item in ITEMS)
EVIDENCE = tuple(f"evidence_{item}" for item in ITEMS)
VENUE_FACTS = ("premises", "meets_standard")
PARTS = (
    "compounds",
    "organisation",
    *MARKS,
    *EVIDENCE,
    *VENUE_FACTS,
    "checked_on",
    "without_members",
)


class ClusterSheet(Sheet):
    """Rows of clusters: matched by their code in the district."""

    key = "clusters"
    titles = ("片区五有清单", "片区清单", "片区台账", "五有清单")
    name = gettext_lazy("clusters")
    columns = COLUMNS
    model = Cluster
    right = "party.import"
    stored = ("code", "name")
    parts = PARTS
    own_relations = ("members", "five_haves")
    list_url = "clusters:cluster_list"

    # -- planning ------------------------------------------------------------------------------
    def resolve(self, plans: Sequence[Plan], context: Context) -> None:
        found = self._existing(
            context.batch.district_id, (p.record.values.get("code") for p in plans)
        )
        for plan in plans:
            said = plan.record.values
            plan.label, code = said.get("name", said.get("code", "")), said.get("code")
            plan.shown_key = plan.key = code
            if code and not plan.record.is_refused:
                plan.existing = found.get(code)
                self._place(plan, context)
        self._compounds(plans, context)
        ready = [plan for plan in plans if not plan.record.is_refused]
        self._organisations(ready, context)
        listed_ = self._listed(ready)
        for plan in ready:
            self._judge(plan, listed_, context)

    def _existing(self, district: int, codes: Iterable[str | None]) -> dict[str, dict]:
        """Clusters by code, with the values of every column."""
        found: dict[str, dict] = {}
        for chunk in in_chunks(sorted({code for code in codes if code})):
            rows = Cluster.objects.filter(district=district, code__among=chunk)
            found |= {row["code"]: row for row in self._values(rows)}
        return found

    def _values(self, rows: QuerySet) -> list[dict[str, Any]]:
        """Everything that the sheet says of clusters, by the names of its columns."""
        found = {
            row["pk"]: {
                **row,
                "organisation": row["organisation__name"] or "",
                "premises": "",
                "meets_standard": None,
                "checked_on": None,
                **dict.fromkeys(MARKS),
                **dict.fromkeys(EVIDENCE, ""),
            }
            for row in rows.values(*FOUND, "organisation__name", "organisation__dissolved_on")
        }
        codes, without = defaultdict(list), defaultdict(list)
        members = ClusterCompound.objects.filter(cluster__in=list(found)).order_by("compound__code")
        for pk, code, compound, none in members.values_list(
            "cluster_id", "compound__code", "compound_id", "has_no_members"
        ):
            codes[pk].append(code)
            found[pk].setdefault("ids", {})[code] = compound
            if none:
                without[pk].append(code)
        for item in FiveHave.objects.filter(cluster__in=list(found)):
            row = found[item.cluster_id]
            row[f"met_{item.item}"], row[f"evidence_{item.item}"] = item.is_met, item.evidence
            if item.item == Item.VENUE:
                row["premises"], row["meets_standard"] = item.premises, item.meets_standard
            days = [day for day in (row["checked_on"], item.checked_on) if day]
            row["checked_on"] = max(days, default=None)
        for pk, row in found.items():
            row["compounds"] = COMMA.join(codes[pk])
            row["without_members"] = COMMA.join(without[pk])
        return list(found.values())

    def _place(self, plan: Plan, context: Context) -> None:
        """The community or street of a cluster; of a known one it does not change."""
        said = plan.record.values
        code, name = said.get("area_code", ""), said.get("community_name")
        if plan.existing and not code and not name:
            row = plan.existing
            where = (context.batch.district_id, row["street_id"], row["community_id"])
        elif len(code) == 9 or (not code and not name and said.get("street_name")):
            where = self._street(plan, context)
        else:
            where = self._community(plan, context)
        if where is None:
            return
        if not self._allows(where, context):
            plan.refuse(_("This place lies outside the area you may import for."), "area_code")
        elif plan.existing and where[1:] != (
            plan.existing["street_id"],
            plan.existing["community_id"],
        ):
            plan.refuse(_("This cluster belongs to another place: use another code."), "area_code")
        plan.context["place"] = list(where)

    def _street(self, plan: Plan, context: Context) -> tuple | None:
        streets = context.known.get("cluster_streets")
        if streets is None:
            rows = Area.objects.active().filter(
                level=Level.STREET, district=context.batch.district_id
            )
            streets = context.known["cluster_streets"] = {}
            for pk, code, name in rows.values_list("pk", "code", "name"):
                streets[code] = streets[plain_name(name)] = pk
        said = plan.record.values
        found = streets.get(said.get("area_code") or plain_name(said.get("street_name", "")))
        if found is None:
            plan.refuse(_("There is no such street in the district."), "area_code")
            return None
        return context.batch.district_id, found, None

    def _community(self, plan: Plan, context: Context) -> tuple | None:
        said = plan.record.values
        code, name = said.get("area_code"), said.get("community_name")
        if code:
            found = [context.communities[code]] if code in context.communities else []
        else:
            found = context.communities_by_name.get(plain_name(name or ""), [])
        if said.get("street_name"):
            street = plain_name(said["street_name"])
            found = [one for one in found if plain_name(one.street_name) == street]
        if name:
            found = [one for one in found if plain_name(one.name) == plain_name(name)]
        found = [one for one in found if not one.is_merged]
        if len(found) != 1:
            plan.refuse(_("Give the code of the community or street of the cluster."), "area_code")
            return None
        return found[0].district_id, found[0].street_id, found[0].id

    def _allows(self, where: tuple, context: Context) -> bool:
        batch, (district, street, community) = context.batch, where
        if batch.community_id and community != batch.community_id:
            return False
        if batch.street_id and street != batch.street_id:
            return False
        place = Cluster(district_id=district, street_id=street, community_id=community)
        return context.by.scope.can(self.right, place)

    def _compounds(self, plans: Sequence[Plan], context: Context) -> None:
        """The compounds of every row by code, else by name; each in one cluster."""
        said = [plan.record.values for plan in plans]
        columns = ("compounds", "without_members")
        codes = {code for v in said for name in columns for code in listed(v.get(name))}
        names = {name for v in said for name in listed(v.get("compound_names"))}
        names |= {name for v in said for name in listed(v.get("without_members"))}
        known, named = by_codes(codes), by_names(context, names)
        taken = self._taken(
            one.id for one in [*known.values(), *(one for found in named.values() for one in found)]
        )
        for plan in plans:
            self._members(plan, known, named, taken, context)

    def _taken(self, ids: Iterable[int]) -> dict[int, tuple[str, str]]:
        found = {}
        for chunk in in_chunks(sorted(set(ids))):
            rows = ClusterCompound.objects.filter(compound__in=chunk)
            for compound, code, name in rows.values_list(
                "compound_id", "cluster__code", "cluster__name"
            ):
                found[compound] = (code, name)
        return found

    def _members(self, plan: Plan, known, named, taken, context: Context) -> None:
        values = plan.record.values
        names = listed(values.pop("compound_names", None))
        codes, without = listed(values.get("compounds")), listed(values.get("without_members"))
        place = plan.context.get("place")
        if plan.record.is_refused or place is None:
            return
        inside = {
            name: [one for one in named.get(name, ()) if self._is_inside(one, place, context)]
            for name in {*names, *without}
        }
        members = {}
        for code in codes:
            found = known.get(code)
            if found is None:
                plan.refuse(_("There is no compound of the code %(code)s."), "compounds", code=code)
            elif found.status != Status.ACTIVE:
                refuse_gone(plan, found, "compounds")
            elif not self._is_inside(found, place, context):
                plan.refuse(
                    _("%(name)s lies outside the place of this cluster."),
                    "compounds",
                    name=found.name,
                )
            else:
                members[found.code] = found
        for name in [] if codes else names:
            if len(inside[name]) == 1:
                members[inside[name][0].code] = inside[name][0]
            else:
                plan.refuse(
                    _(
                        "There is not exactly one compound of the name %(name)s here: give the codes."
                    ),
                    "compounds",
                    name=name,
                )
        above = context.known.setdefault("clustered", {})
        for found in members.values():
            self._refuse_taken(plan, found, taken, above)
        if codes or names:
            values["compounds"] = COMMA.join(sorted(members))
            plan.context["members"] = {code: members[code].id for code in sorted(members)}
        elif plan.existing:
            plan.context["members"] = dict(plan.existing.get("ids", {}))
        if without:
            own = plan.context.get("members", {})
            chosen = [
                one if one in own else self._code_in(inside.get(one, ()), own) for one in without
            ]
            if None in chosen:
                plan.refuse(_("Only compounds of this cluster can stand here."), "without_members")
            else:
                values["without_members"] = COMMA.join(sorted(chosen))

    def _code_in(self, found, own) -> str | None:
        codes = [one.code for one in found if one.code in own]
        return codes[0] if len(codes) == 1 else None

    def _is_inside(self, found, place, context: Context) -> bool:
        _district, street, community = place
        if community:
            return found.community_id == community
        home = context.communities_by_id.get(found.community_id)
        return home is not None and home.street_id == street

    def _refuse_taken(self, plan: Plan, found, taken, above) -> None:
        own = plan.record.values["code"]
        code, name = taken.get(found.id, (own, ""))
        first = above.setdefault(found.id, (own, plan.record.number))
        if code != own:
            plan.refuse(
                _("%(compound)s lies in the cluster %(cluster)s: take it out there first."),
                "compounds",
                compound=found.name,
                cluster=name,
            )
        elif first[0] != own:
            plan.refuse(
                _("%(compound)s stands in row %(row)s already: a compound lies in one cluster."),
                "compounds",
                compound=found.name,
                row=first[1],
            )

    def _organisations(self, plans: Sequence[Plan], context: Context) -> None:
        names = {
            p.record.values["organisation"] for p in plans if "organisation" in p.record.values
        }
        by_name: dict[str, list] = defaultdict(list)
        for chunk in in_chunks(sorted(names)):
            rows = PartyOrganisation.objects.standing().filter(
                district=context.batch.district_id, name__among=chunk
            )
            for row in rows.values_list("pk", "name", "street_id", "community_id", "kind"):
                by_name[row[1]].append(row)
        for plan in plans:
            row = plan.existing or {}
            plan.context["organisation"] = plan.context["organisation_before"] = row.get(
                "organisation_id"
            )
            name = plan.record.values.get("organisation")
            if name is None or name == row.get("organisation"):
                continue
            found = self._nearest(by_name[name], plan.context["place"])
            if len(found) == 1:
                plan.context["organisation"] = found[0][0]
            elif found:
                plan.refuse(
                    _("Several organisations have this name: rename one of them first."),
                    "organisation",
                )
            else:
                plan.refuse(
                    _("No standing organisation of this place, or of one above, has this name."),
                    "organisation",
                )

    def _nearest(self, rows: Sequence[tuple], place: Sequence) -> list[tuple]:
        """Organisations of the same place, else of those above it."""
        _district, street, community = place
        for inside in (
            lambda row: community and row[3] == community,
            lambda row: row[2] == street and (row[3] is None or community is None),
            lambda row: row[2] is None,
        ):
            found = [row for row in rows if inside(row)]
            if found:
                return found
        return []

    def _listed(self, plans: Sequence[Plan]) -> set[int]:
        """Compounds of which the ledger knows party members."""
        ids = {pk for plan in plans for pk in plan.context.get("members", {}).values()}
        found: set[int] = set()
        for chunk in in_chunks(sorted(ids)):
            rows = Person.objects.members().filter(compound__in=chunk).order_by()
            found.update(rows.values_list("compound_id", flat=True).distinct())
        return found

    def _judge(self, plan: Plan, listed_: set[int], context: Context) -> None:
        """Marks against the rules: what is newly in place needs evidence, and nothing against it."""
        said, row = plan.record.values, plan.existing or {}
        if said.get("checked_on") and said["checked_on"] > context.today:
            plan.refuse(_("This date lies in the future."), "checked_on")
        if plan.existing is None and not said.get("name"):
            plan.refuse(_("A new cluster needs a name."), "name")
        common = said.pop("evidence", "")
        members = plan.context.get("members", {})
        none = set(listed(said.get("without_members", row.get("without_members", ""))))
        facts = rules.Facts(
            has_organisation=plan.context.get("organisation") is not None,
            organisation_stands=plan.context.get("organisation") is not None
            and not (
                plan.context["organisation"] == row.get("organisation_id")
                and row.get("organisation__dissolved_on")
            ),
            compounds=len(members),
            unlisted=tuple(
                code
                for code, pk in members.items()
                if pk not in listed_ | none and code not in none
            ),
        )
        for item in ITEMS:
            met = said.get(f"met_{item}")
            if not met:
                continue
            evidence = said.get(f"evidence_{item}") or row.get(f"evidence_{item}") or common
            if evidence and not row.get(f"evidence_{item}"):
                said[f"evidence_{item}"] = evidence
            if row.get(f"met_{item}"):
                continue
            for code, field in rules.refusals(rules.Mark(item, met, evidence), facts):
                column = f"evidence_{item}" if field == "evidence" else f"met_{item}"
                plan.refuse(WORDS[code], column, names=COMMA.join(facts.unlisted), members=0)

    # -- writing -------------------------------------------------------------------------------
    def is_taken(self, rows: Sequence[ImportRow], context: Context) -> bool:
        codes = [row.changes["code"][1] for row in rows]
        taken = Cluster.objects.filter(district=context.batch.district_id, code__among=codes)
        if taken.exists():
            return True
        ids = [pk for row in rows for pk in row.context.get("members", {}).values()]
        if ClusterCompound.objects.filter(compound__in=ids).exists():
            return True
        active = Compound.objects.filter(pk__among=ids, status=Status.ACTIVE)
        return active.count() != len(ids)

    def build(self, rows: Sequence[ImportRow], context: Context) -> list:
        draft = drafts(Cluster)
        made = []
        for row in rows:
            district, street, community = row.context["place"]
            made.append(
                draft(
                    code=row.changes["code"][1],
                    name=row.changes["name"][1],
                    organisation_id=row.context["organisation"],
                    district_id=district,
                    street_id=street,
                    community_id=community,
                )
            )
        return made

    def written(self, rows, objects: Sequence, context: Context) -> None:
        self._note_checks([row for row in rows if row.object_id is not None])
        changes = []
        for row, cluster in zip(rows, objects, strict=True):
            values = self.values_of(row)
            if "organisation" in values and row.object_id is not None:
                Cluster.objects.filter(pk=cluster.pk).update(
                    organisation_id=row.context["organisation"]
                )
            changes.append((cluster.pk, values, row.context.get("members", {})))
        self._write_members(changes)
        self._write_items(changes, context, is_checked=True)

    def _note_checks(self, rows: Sequence[ImportRow]) -> None:
        """Who checked which item when, so that undoing can say so again."""
        found: dict[int, dict] = defaultdict(dict)
        items = FiveHave.objects.filter(cluster__in=[row.object_id for row in rows])
        for pk, item, day, by in items.values_list(
            "cluster_id", "item", "checked_on", "checked_by_id"
        ):
            found[pk][item] = [day.isoformat() if day else None, by]
        for row in rows:
            row.context["checks"] = found[row.object_id]
        update_many(ImportRow, rows, ["context"])

    def _write_members(self, changes: Sequence[tuple[int, dict, dict]]) -> None:
        wanted = {pk: ids for pk, values, ids in changes if "compounds" in values}
        held: dict[int, set[int]] = defaultdict(set)
        rows = ClusterCompound.objects.filter(cluster__in=list(wanted))
        for pk, cluster, compound in rows.values_list("pk", "cluster_id", "compound_id"):
            if compound in wanted[cluster].values():
                held[cluster].add(compound)
            else:
                ClusterCompound.objects.filter(pk=pk).delete()
        draft = drafts(ClusterCompound)
        insert_many(
            ClusterCompound,
            [
                draft(cluster_id=cluster, compound_id=compound)
                for cluster, ids in wanted.items()
                for compound in ids.values()
                if compound not in held[cluster]
            ],
        )
        for pk, values, ids in changes:
            if "without_members" in values:
                none = [ids[code] for code in listed(values["without_members"]) if code in ids]
                rows = ClusterCompound.objects.filter(cluster=pk)
                rows.update(has_no_members=False)
                rows.filter(compound__in=none).update(has_no_members=True)

    def _write_items(self, changes, context: Context, *, is_checked: bool) -> None:
        """Set what rows say of items; an item that is new has been checked by the importer."""
        found = {
            (row.cluster_id, row.item): row
            for row in FiveHave.objects.filter(cluster__in=[pk for pk, _v, _i in changes])
        }
        draft, new, changed = drafts(FiveHave), [], []
        for pk, values, _ids in changes:
            for item in ITEMS:
                said = {
                    name: values[column]
                    for name, column in (
                        ("is_met", f"met_{item}"),
                        ("evidence", f"evidence_{item}"),
                        *((n, n) for n in VENUE_FACTS if item == Item.VENUE),
                    )
                    if column in values
                }
                row = found.get((pk, item))
                fresh = row is None
                row = row or draft(cluster_id=pk, item=item)
                for name, value in said.items():
                    setattr(
                        row,
                        name,
                        "" if value is None and name in ("evidence", "premises") else value,
                    )
                if is_checked and (said or "checked_on" in values) and row.is_met is not None:
                    row.checked_on = values.get("checked_on") or context.today
                    row.checked_by_id = context.by.pk
                if fresh:
                    new.append(row)
                elif said or "checked_on" in values:
                    row.version += 1
                    changed.append(row)
        insert_many(FiveHave, new)
        names = (
            "is_met",
            "evidence",
            *VENUE_FACTS,
            "checked_on",
            "checked_by",
            "version",
            "updated_at",
        )
        update_many(FiveHave, changed, names)

    # -- undoing -------------------------------------------------------------------------------
    def delete_parts(self, ids: Sequence[int], context: Context) -> None:
        for chunk in in_chunks(sorted(ids)):
            FiveHave.objects.filter(cluster__in=chunk).delete()
            ClusterCompound.objects.filter(cluster__in=chunk).delete()

    def restore(self, obj: Cluster, row: ImportRow, context: Context) -> None:
        super().restore(obj, row, context)
        values = self.values_of(row, side=0)
        if "organisation" in values:
            Cluster.objects.filter(pk=obj.pk).update(
                organisation_id=row.context["organisation_before"]
            )
        before = {}
        if "compounds" in values or "without_members" in values:
            codes = listed(values.get("compounds") or values.get("without_members"))
            before = dict(Compound.objects.filter(code__in=codes).values_list("code", "pk"))
        self._write_members([(obj.pk, values, before)])
        self._write_items([(obj.pk, values, before)], context, is_checked=False)
        for item, (day, by) in row.context.get("checks", {}).items():
            FiveHave.objects.filter(cluster=obj.pk, item=item).update(checked_on=day, checked_by=by)

    # -- showing -------------------------------------------------------------------------------
    def placed_sample(self, row: dict, area: Area) -> dict | None:
        place = area if area.level in (Level.STREET, Level.COMMUNITY) else None
        free = Compound.objects.active().filter(cluster_membership=None)
        column = {Level.DISTRICT: "district", Level.STREET: "street"}.get(area.level, "community")
        free = free.filter(**{column: area}).select_related("community").order_by("code")
        compound = free.first()
        if compound is None:
            return None
        code = (place or compound.community).code
        row |= {"片区编码": f"{code}-P99", "区划代码": code}
        row |= {"小区编码": compound.code, "小区名称": compound.name}
        organisation = (
            PartyOrganisation.objects.standing()
            .filter(
                Q(community=compound.community_id) | Q(community=None, street=compound.street_id)
            )
            .order_by("-community", "kind", "pk")
            .first()
        )
        row["党组织"] = organisation.name if organisation else None
        if organisation is None:
            row["有党组织"] = "否"
        if not Person.objects.members().filter(compound=compound).exists():
            row["无党员小区"] = compound.name
        return row

    def links(self, rows: Sequence[ImportRow]) -> dict[int, str]:
        return {
            row.object_id: reverse("clusters:cluster_detail", args=[row.object_id]) for row in rows
        }

    def export_rows(self, queryset: QuerySet) -> Iterator[list]:
        """Clusters with all that the sheet says of them."""
        number = 0
        for chunk in in_chunks(queryset.order_by("code", "pk").values_list("pk", flat=True)):
            rows = {row["pk"]: row for row in self._values(Cluster.objects.filter(pk__in=chunk))}
            places = {
                pk: places
                for pk, *places in Cluster.objects.filter(pk__in=chunk).values_list(
                    "pk", "street__name", "street__code", "community__name", "community__code"
                )
            }
            names = defaultdict(list)
            members = ClusterCompound.objects.filter(cluster__in=chunk).order_by("compound__code")
            for pk, name in members.values_list("cluster_id", "compound__name"):
                names[pk].append(name)
            for pk in chunk:
                number += 1
                street, street_code, community, community_code = places[pk]
                row = rows[pk] | {
                    "street_name": street,
                    "community_name": community,
                    "area_code": community_code or street_code,
                    "compound_names": COMMA.join(names[pk]),
                    "evidence": None,
                }
                yield [number, *(c.shown(row.get(c.field)) for c in self.columns if c.field)]


CLUSTERS = register(ClusterSheet())
