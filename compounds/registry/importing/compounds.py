"""The register sheet 小区摸底台账: how its rows find their compounds and are written."""

from collections.abc import Iterable, Iterator, Sequence

from django.db.models import F, Max, QuerySet
from django.db.models.functions import Substr
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from governance.foundation.bulk import drafts, in_chunks
from governance.foundation.locks import for_update
from governance.organisation.models import Area, Level

from .. import rules
from ..models import Compound, Status, UnitState
from ..models.imports import ImportRow
from ..services import leaving, tallies
from ..services.bulk import DERIVED_COLUMNS
from ..services.compounds import settle_decision
from .compound_columns import COLUMNS, STORED
from .lookups import by_codes, by_names, community_of, refuse_gone
from .sheets import Context, Plan, Sheet, compound_links

LAST_SERIAL = 9999


class CompoundSheet(Sheet):
    """Rows of the register: matched by code, else by community and name."""

    key = "compounds"
    titles = ("小区摸底台账", "摸底台账", "无物业小区摸底台账", "小区台账", "小区")
    name = gettext_lazy("compounds")
    columns = COLUMNS
    model = Compound
    right = "registry.edit"
    stored = STORED
    only_new = ("code",)
    kept = ("provenance",)
    list_url = "registry:compound_list"

    def resolve(self, plans: Sequence[Plan], context: Context) -> None:
        values = [plan.record.values for plan in plans]
        codes = by_codes(v["code"] for v in values if "code" in v)
        names = by_names(context, [v["name"] for v in values if "name" in v])
        by_id = context.communities_by_id
        found_ids = []
        for plan in plans:
            said = plan.record.values
            plan.label, plan.shown_key = said.get("name", ""), said.get("code", "")
            if "name" not in said:
                continue
            found = codes.get(said.get("code"))
            home = by_id.get(found.community_id) if found else None
            community = community_of(plan, context, self.right, home)
            if community is None:
                continue
            plan.context = {"community": community.id}
            same_name = next(
                (f for f in names.get(said["name"], ()) if f.community_id == community.id), None
            )
            if "code" not in said:
                found = same_name
            else:
                self._check_code(plan, found, same_name, community)
            plan.key = ("id", found.id) if found else (community.id, said["name"])
            if found and not plan.record.is_refused:
                plan.shown_key = found.code
                found_ids.append(found.id)
                plan.context["found"] = found.id
            self._remember(plan, community, context)
        loaded = self.load(found_ids)
        for plan in plans:
            plan.existing = loaded.get(plan.context.pop("found", None))

    def _check_code(self, plan: Plan, found, same_name, community) -> None:
        code = plan.record.values["code"]
        if found is None:
            if not code.startswith(community.code):
                plan.refuse(
                    _("A new compound's code begins with its community's code %(code)s."),
                    "code",
                    code=community.code,
                )
            elif same_name is not None:
                plan.refuse(
                    _("The register has this compound under the code %(code)s."),
                    "code",
                    code=same_name.code,
                )
        elif found.community_id != community.id:
            plan.refuse(_("This code belongs to a compound of another community."), "code")
        elif found.status != Status.ACTIVE:
            refuse_gone(plan, found, "code")
        elif same_name is not None and same_name.id != found.id:
            plan.refuse(
                _("This community already has a compound of this name: %(code)s."),
                "name",
                code=same_name.code,
            )

    def _remember(self, plan: Plan, community, context: Context) -> None:
        """Note names and codes, for doubles within the file and for the sheets that follow."""
        if plan.record.is_refused:
            return
        said = plan.record.values
        seen = context.known.setdefault("compound_names", {})
        name_key = (community.id, said["name"])
        other = seen.get(name_key)
        if other is not None:
            plan.refuse(
                _("The same compound already stands in row %(row)s of the uploaded sheet."),
                "name",
                row=other,
            )
            return
        seen[name_key] = plan.record.number
        if plan.key[0] != "id":
            if "code" in said:
                context.known.setdefault("new_codes", {})[said["code"]] = plan.record.number
            names = context.known.setdefault("new_names", {})
            names[said["name"]] = names.get(said["name"], 0) + 1

    def check(self, plan: Plan, merged: dict, context: Context) -> None:
        get = merged.get
        for field, message, values in rules.contradictions(merged, context.today):
            plan.refuse(message, field, **values)
        if get("renovation_year") and get("renovation_year") < 1950:
            plan.refuse(_("A renovation before 1950 cannot be."), "renovation_year")
        self._check_location(plan, get("longitude"), get("latitude"))
        self._warn(plan, get)

    def _check_location(self, plan: Plan, longitude: float | None, latitude: float | None) -> None:
        if longitude is None or latitude is None:
            return
        if not (73 <= longitude <= 136 and 3 <= latitude <= 54):
            if 73 <= latitude <= 136 and 3 <= longitude <= 54:
                plan.refuse(_("Longitude and latitude are interchanged."), "longitude")
            else:
                plan.refuse(_("This place lies outside the country."), "longitude")

    def _warn(self, plan: Plan, get) -> None:
        floor, chargeable = get("floor_area_m2"), get("chargeable_area_m2")
        if floor and chargeable and chargeable > floor:
            plan.warn(_("The chargeable area is larger than the floor area."), "chargeable_area_m2")
        entrances, buildings = get("entrance_count"), get("building_count")
        if entrances is not None and buildings and entrances < buildings:
            plan.warn(_("There are fewer entrances than buildings."), "entrance_count")
        per_household = floor / get("household_count") if floor and get("household_count") else None
        if per_household is not None and not 10 <= per_household <= 1000:
            plan.warn(
                _("%(area)s m² per household is unusual: check area and households."),
                "floor_area_m2",
                area=str(round(per_household, 1)),
            )
        if get("contiguity_group") and get("is_contiguous") is False:
            plan.warn(
                _("A contiguity group is given, but the compound is said not to be contiguous."),
                "is_contiguous",
            )
        if get("unit_state") == UnitState.ACTIVE and not get("unit_name"):
            plan.warn(_("The unit exists, but its name is missing."), "unit_name")
        gaps = (get("lacks_unit"), get("lacks_service"), get("lacks_defence"))
        follows = rules.is_three_none(*gaps)
        said = plan.record.values.get("is_three_none")
        if said is not None and follows is not None and said is not follows:
            plan.warn(
                _("“Three-none” follows from the three columns beside it; they count."),
                "is_three_none",
            )
            plan.record.values.pop("is_three_none")

    # -- writing -------------------------------------------------------------------------------
    def lock(self, context: Context, rows: QuerySet) -> None:
        ids = rows.values_list("context__community", flat=True).order_by().distinct()
        communities = sorted({pk for pk in ids if pk})
        for chunk in in_chunks(communities):
            list(for_update(Area.objects).filter(pk__in=chunk).values_list("pk"))
        context.known["serials"] = self._serials(communities)

    def _serials(self, communities: Iterable[int]) -> dict[str, int]:
        """The highest serial given out under each community's code.

        A compound keeps its code when it moves, so it is sought by code wherever it stands.
        """
        codes = Area.objects.filter(pk__in=list(communities)).values_list("code", flat=True)
        rows = (
            Compound.objects.annotate(owner=Substr("code", 1, 12))
            .filter(owner__in=list(codes))
            .order_by()
            .values_list("owner")
            .annotate(last=Max("code"))
        )
        return {owner: int(last.partition("-")[2]) for owner, last in rows}

    def is_taken(self, rows: Sequence[ImportRow], context: Context) -> bool:
        codes = {row.changes["code"][1] for row in rows if "code" in row.changes}
        if by_codes(codes):
            return True
        names = by_names(context, {row.changes["name"][1] for row in rows})
        wanted = {(row.context["community"], row.changes["name"][1]) for row in rows}
        return any((f.community_id, f.name) in wanted for found in names.values() for f in found)

    def build(self, rows: Sequence[ImportRow], context: Context) -> list[Compound]:
        serials = context.known["serials"]
        by_id = context.communities_by_id
        made, draft = [], drafts(Compound)
        for row in rows:
            community = by_id[row.context["community"]]
            values = self.values_of(row)
            code = values.pop("code", None)
            if code is None:
                serial = serials[community.code] = serials.get(community.code, 0) + 1
                if serial > LAST_SERIAL:
                    raise OverflowError(community.name)
                code = f"{community.code}-{serial:04d}"
            compound = draft(
                code=code,
                community_id=community.id,
                street_id=community.street_id,
                district_id=community.district_id,
                **values,
            )
            Compound.derive(compound)
            made.append(compound)
        return made

    def settle(self, obj: Compound, changed: Iterable[str]) -> None:
        obj.derive()
        if obj.provenance:
            names = set(changed)
            obj.provenance = {k: v for k, v in obj.provenance.items() if k not in names}
        settle_decision(obj)

    def settled_columns(self) -> tuple[str, ...]:
        return (*DERIVED_COLUMNS, "provenance")

    def touch(self, objects: Sequence[Compound], context: Context) -> None:
        touched = context.known.setdefault("touched_communities", set())
        touched.update(obj.community_id for obj in objects)
        left = context.known.setdefault("left", [])
        # Nothing can stand yet on what this import itself has added.
        left += [obj.pk for obj in objects if obj.version > 1 and not obj.is_unmanaged]

    def restore(self, obj: Compound, row: ImportRow, context: Context) -> None:
        if "kept" in row.context:
            obj.provenance = {}
        super().restore(obj, row, context)
        obj.derive()
        # A decision that ended by the import is not revived: the next run decides anew.
        settle_decision(obj)

    def finish(self, context: Context) -> None:
        tallies.refresh(context.known.pop("touched_communities", ()))
        leaving.tell(context.known.pop("left", ()), by=context.by, reason=context.batch.batch)

    # -- showing -------------------------------------------------------------------------------
    def placed_sample(self, row: dict, area: Area) -> dict | None:
        community = first_community(area)
        if community is None:
            return None
        return row | {
            "街道": community.parent.name,
            "社区": community.name,
            "区划代码": community.code,
        }

    def links(self, rows: Sequence[ImportRow]) -> dict[int, str]:
        ids = [row.object_id for row in rows]
        return compound_links(dict(Compound.objects.filter(pk__in=ids).values_list("pk", "code")))

    def export_rows(self, queryset: QuerySet) -> Iterator[list]:
        special = {
            "street_name": F("street__name"),
            "community_name": F("community__name"),
            "community_code": F("community__code"),
        }
        fields = [col.field for col in COLUMNS if col.field]
        names = [f"out_{name}" if name in special else name for name in fields]
        rows = queryset.annotate(**{f"out_{name}": value for name, value in special.items()})
        shows = [col.shown for col in COLUMNS if col.field]
        for number, row in enumerate(rows.values_list(*names).iterator(chunk_size=2000), 1):
            yield [number, *(show(value) for show, value in zip(shows, row, strict=True))]


def first_community(area: Area) -> Area | None:
    """The first community within an area, with its street."""
    inside = Area.objects.active().filter(level=Level.COMMUNITY, code__startswith=area.code)
    return inside.select_related("parent").order_by("code").first()


def first_compound(area: Area) -> Compound | None:
    """The first active compound within an area whose name nobody else there has."""
    column = {Level.DISTRICT: "district", Level.STREET: "street"}.get(area.level, "community")
    return Compound.objects.active().filter(**{column: area}).order_by("code").first()
