"""The sheet 楼栋表: buildings of compounds and how many entrances they have."""
# ruff: noqa: E501 - tables of columns read better in one line each

from collections.abc import Iterable, Iterator, Sequence

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from governance.foundation import cells, history
from governance.foundation.bulk import in_chunks, insert_many
from governance.organisation.models import Area

from ..models import Building, Entrance
from ..models.imports import ImportRow
from . import columns as c
from .compounds import first_compound
from .lookups import resolve_compounds, written_compounds
from .sheets import Context, Plan, Sheet, compound_links

ENTRANCE = "{}单元"

COLUMNS = (
    c.running_number(),
    c.code("小区编码", "compound_code", ("小区代码", "小区编号"), clean=cells.code(20), width=19, fills_down=True),
    c.text("小区名称", "compound_name", 100, ("小区", "所属小区"), width=24, fills_down=True, samples=("样例路1号院", "样例路1号院")),
    c.text("楼栋", "number", 30, ("楼号", "栋号", "楼栋号", "楼栋名称", "幢号"), is_required=True, width=12, samples=("样例1号楼", "样例2号楼")),
    c.integer("单元数", "entrance_count", ("单元", "单元数量"), maximum=100, samples=(3, 3)),
    c.integer("层数", "floors", ("楼层", "总层数", "楼层数"), maximum=200, samples=(6, 6)),
    c.integer("户数", "household_count", ("总户数",), maximum=10_000, samples=(36, 44)),
    c.integer("电梯数", "lift_count", ("电梯",), maximum=200, samples=(0, 0)),
    c.area("建筑面积(㎡)", "floor_area_m2", ("面积", "总建筑面积"), width=13, samples=(2934.2, 3000)),
)  # fmt: skip


class BuildingSheet(Sheet):
    """Rows of buildings: matched by compound and number; entrances are added, never removed."""

    key = "buildings"
    titles = ("楼栋表", "楼栋台账", "楼栋")
    name = gettext_lazy("buildings")
    columns = COLUMNS
    model = Building
    right = "registry.edit"
    stored = ("number", "floors", "household_count", "lift_count", "floor_area_m2")
    parts = ("entrance_count",)
    own_relations = ("entrances",)

    def resolve(self, plans: Sequence[Plan], context: Context) -> None:
        for plan in plans:
            said = plan.record.values
            if "compound_code" not in said and "compound_name" not in said:
                plan.refuse(_("Give the compound's code or name."), "compound_name")
        resolve_compounds(plans, context, self.right)
        ids = [plan.context["compound"] for plan in plans if plan.context.get("compound")]
        found = self._existing(ids)
        for plan in plans:
            number = plan.record.values.get("number", "")
            plan.label = f"{plan.label} {number}".strip()
            if plan.record.is_refused:
                continue
            compound = plan.context["compound"] or plan.context["code"] or plan.context["name"]
            plan.key = (str(compound), number)
            plan.shown_key = plan.context["code"]
            plan.existing = found.get((plan.context["compound"], number))

    def _existing(self, compound_ids: Iterable[int]) -> dict[tuple[int, str], dict]:
        found = {}
        for chunk in in_chunks(sorted(set(compound_ids))):
            rows = (
                Building.objects.filter(compound_id__in=chunk)
                .annotate(entrance_count=Count("entrances"))
                .values("pk", "version", "compound_id", "entrance_count", *self.stored)
            )
            found.update(((row["compound_id"], row["number"]), row) for row in rows)
        return found

    def check(self, plan: Plan, merged: dict, context: Context) -> None:
        said = plan.record.values
        known = plan.existing["entrance_count"] if plan.existing else 0
        if said.get("entrance_count", known) < known:
            plan.refuse(
                _("The register has %(count)s entrances here: remove the surplus ones there."),
                "entrance_count",
                count=known,
            )

    def is_taken(self, rows: Sequence[ImportRow], context: Context) -> bool:
        compounds = written_compounds(rows, context)
        if any(compound is None for compound in compounds.values()):
            return True
        wanted = {(compounds[row.pk].pk, row.changes["number"][1]) for row in rows}
        return not wanted.isdisjoint(self._existing(pk for pk, _number in wanted))

    def build(self, rows: Sequence[ImportRow], context: Context) -> list[Building]:
        compounds = written_compounds(rows, context)
        made = []
        for row in rows:
            compound, values = compounds[row.pk], self.values_of(row)
            values.pop("entrance_count", None)
            made.append(
                Building(
                    compound_id=compound.pk,
                    community_id=compound.community_id,
                    street_id=compound.street_id,
                    district_id=compound.district_id,
                    **values,
                )
            )
        return made

    def written(self, rows, objects: Sequence[Building], context: Context) -> None:
        wanted = {
            obj.pk: row.changes["entrance_count"]
            for row, obj in zip(rows, objects, strict=True)
            if row.changes.get("entrance_count")
        }
        by_id = {obj.pk: obj for obj in objects}
        made = []
        for pk, (before, after) in wanted.items():
            building = by_id[pk]
            for number in range((before or 0) + 1, (after or 0) + 1):
                made.append(
                    Entrance(
                        building_id=pk,
                        number=ENTRANCE.format(number),
                        community_id=building.community_id,
                        street_id=building.street_id,
                        district_id=building.district_id,
                    )
                )
        if made:
            insert_many(Entrance, made)
            history.record_versions(
                Entrance,
                [entrance.pk for entrance in made],
                kind=history.CREATED,
                by=context.by,
                reason=context.batch.batch,
            )

    def delete_parts(self, ids: Sequence[int], context: Context) -> None:
        self._delete(Entrance.objects.filter(building_id__in=ids), context)

    def restore(self, obj: Building, row: ImportRow, context: Context) -> None:
        super().restore(obj, row, context)
        before, after = row.changes.get("entrance_count", (0, 0))
        numbers = [ENTRANCE.format(n) for n in range((before or 0) + 1, (after or 0) + 1)]
        if numbers:
            self._delete(obj.entrances.filter(number__in=numbers), context)

    def _delete(self, entrances: QuerySet, context: Context) -> None:
        ids = list(entrances.values_list("pk", flat=True))
        if ids:
            history.record_versions(
                Entrance, ids, kind=history.DELETED, by=context.by, reason=context.batch.batch
            )
            for chunk in in_chunks(ids):
                Entrance.objects.filter(pk__in=chunk)._raw_delete(Entrance.objects.db)

    def placed_sample(self, row: dict, area: Area) -> dict | None:
        compound = first_compound(area)
        return row | {"小区编码": compound.code, "小区名称": compound.name} if compound else None

    def links(self, rows: Sequence[ImportRow]) -> dict[int, str]:
        found = Building.objects.filter(pk__in=[row.object_id for row in rows])
        return compound_links(dict(found.values_list("pk", "compound__code")))

    def export_rows(self, queryset: QuerySet) -> Iterator[list]:
        rows = queryset.annotate(out_entrances=Count("entrances")).values_list(
            "compound__code",
            "compound__name",
            "number",
            "out_entrances",
            "floors",
            "household_count",
            "lift_count",
            "floor_area_m2",
        )
        for number, row in enumerate(rows.iterator(chunk_size=2000), 1):
            yield [number, *row]
