"""The sheet 党员台账: party members by compound. A number leaves its cell sealed, never in clear.

What is kept of a row for the preview holds the number masked; sealed it stays in the row's
context until it is written, and afterwards only what undoing needs. The log learns no more than
of a single correction (see `services.noted`).
"""
# ruff: noqa: E501 - tables of columns read better in one line each

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from compounds.registry.importing import columns as c
from compounds.registry.importing.compounds import first_compound
from compounds.registry.importing.lookups import resolve_compounds, written_compounds
from compounds.registry.importing.sheets import Context, Plan, Sheet, register
from compounds.registry.models import Compound, ImportRow
from governance.foundation import cells, sealing
from governance.foundation.bulk import in_chunks, update_many
from governance.organisation.models import Area

from . import rules, services
from .matching import NUMBERS, Match, Named, Register, number_of, phone_cell
from .models import VIEW, MemberClass, Person

SEX = {"男": Person.Sex.MALE.value, "女": Person.Sex.FEMALE.value}
STATUS = {
    "中共党员": Person.PoliticalStatus.FULL_MEMBER.value,
    "中共预备党员": Person.PoliticalStatus.PROBATIONARY.value,
}
STATUS_WORDS = {
    "党员": "FULL_MEMBER",
    "正式党员": "FULL_MEMBER",
    "正式": "FULL_MEMBER",
    "预备党员": "PROBATIONARY",
    "预备": "PROBATIONARY",
}
STANDING = {
    "离退休": Person.Standing.RETIRED.value,
    "在职": Person.Standing.SERVING.value,
    "热心居民": Person.Standing.KEEN_RESIDENT.value,
    "县级干部": Person.Standing.COUNTY_CADRE.value,
    "街道干部": Person.Standing.STREET_CADRE.value,
    "社区干部": Person.Standing.COMMUNITY_CADRE.value,
}
STANDING_WORDS = {
    "退休": "RETIRED",
    "离休": "RETIRED",
    "退休党员": "RETIRED",
    "在职党员": "SERVING",
    "县处级干部": "COUNTY_CADRE",
    "党员县干": "COUNTY_CADRE",
}
FREE_TEXTS = ("name", "work_unit", "post_claimed")
PARTS = ("compound_name", "member_class", "phone")
KEPT_ELSEWHERE = _("The record of this person is kept outside your posts: it is corrected there.")
HOME = ("compound_id", "district_id", "street_id", "community_id")

COLUMNS = (
    c.running_number(),
    c.code("小区编码", "compound_code", ("小区代码", "小区编号"), clean=cells.code(20), width=19, fills_down=True),
    c.text("小区名称", "compound_name", 100, ("小区", "所在小区", "居住小区"), width=24, fills_down=True, samples=("样例路1号院", "样例路1号院")),
    c.text("姓名", "name", 50, ("党员姓名",), is_required=True, width=12, samples=("样例甲", "样例乙")),
    c.choice("性别", "sex", SEX, words={"男性": "M", "女性": "F"}, width=8, samples=("男", "女")),
    c.year("出生年份", "birth_year", ("出生年", "出生年月"), width=10, samples=(1958, 1985)),
    c.choice("政治面貌", "political_status", STATUS, words=STATUS_WORDS, width=14, samples=("中共党员", "中共预备党员")),
    c.text("党员类别", "member_class", 40, ("类别", "四类党员", "党员类型"), is_required=True, width=14, samples=("居民党员", "在职报到党员")),
    c.choice("身份", "standing", STANDING, ("人员身份",), words=STANDING_WORDS, width=11, samples=("离退休", "在职")),
    c.text("单位职务", "work_unit", 100, ("工作单位", "单位及职务", "工作单位及职务"), width=24, samples=(None, "样例单位")),
    c.code("联系电话", "phone", ("电话", "手机", "手机号", "手机号码", "联系方式"), clean=phone_cell(), width=15, is_secret=True),
    c.date("报到日期", "reported_on", ("报到时间", "双报到日期"), width=12, samples=(None, "2026-05-25")),
    c.text("认领岗位", "post_claimed", 60, ("认领岗位名称", "岗位", "认岗"), width=18, samples=(None, "楼道清洁")),
)  # fmt: skip


class MemberSheet(Sheet):
    """Rows of party members: matched by number and name, else by name within the compound."""

    key = "members"
    titles = ("党员台账", "四类党员台账", "党员名册")
    name = gettext_lazy("party members")
    columns = COLUMNS
    model = Person
    right = services.EDIT
    view_right = VIEW
    stored = (
        "name",
        "sex",
        "birth_year",
        "political_status",
        "standing",
        "work_unit",
        "reported_on",
        "post_claimed",
    )
    parts = PARTS
    list_url = "people:person_list"

    # -- planning ------------------------------------------------------------------------------
    def resolve(self, plans: Sequence[Plan], context: Context) -> None:
        for plan in plans:
            said = plan.record.values
            if "compound_code" not in said and "compound_name" not in said:
                plan.refuse(_("Give the compound's code or name."), "compound_name")
        resolve_compounds(plans, context, self.right)
        people = Register(
            context.by,
            context.batch.district_id,
            (plan.record.values.get("name", "") for plan in plans),
        )
        for plan in plans:
            self._resolve(plan, people, context)
        self._load([plan for plan in plans if plan.existing])

    def _resolve(self, plan: Plan, people: Register, context: Context) -> None:
        said = plan.record.values
        number = number_of(said.pop("phone", None))
        for name in FREE_TEXTS:
            if rules.holds_number(said.get(name, "")):
                said[name] = services.HIDDEN
                plan.refuse(
                    _(
                        "A telephone or identity number stands here: it has a column of its own, or none."
                    ),
                    name,
                )
        plan.label = said.get("name", "")
        self._read_class(plan, context)
        if plan.record.is_refused:
            return
        where = plan.context
        if where["name"]:
            said["compound_name"] = where["name"]
        compound = self._compound(where, context)
        named = Named(said["name"], compound, where["compound"], **number)
        # In a compound that the same workbook adds nobody is known yet but by number.
        found = people.find(named) if where["compound"] or named.hash else Match(None)
        plan.shown_key = where["code"]
        if found.is_ambiguous:
            plan.refuse(
                _(
                    "Several people of this name are in the register here: give the telephone number."
                ),
                "name",
            )
            return
        if found.person and found.person.pk not in people.editable:
            plan.refuse(KEPT_ELSEWHERE, "name")
            return
        if number.get("sealed"):
            said["phone"] = number["masked"]
            plan.context["phone"] = {"sealed": number["sealed"], "hash": number["hash"]}
        if found.person:
            plan.existing = {"pk": found.person.pk}
            plan.key = ("known", found.person.pk)
        else:
            if number.get("masked") and not number.get("sealed"):
                plan.warn(_("The telephone number is masked and cannot be read."), "phone")
                plan.context["masked"] = number["masked"]
            home = str(where["compound"] or where["code"] or where["name"])
            plan.key = (said["name"], home, number.get("hash", ""))
            if "political_status" not in said:
                said["political_status"] = Person.PoliticalStatus.FULL_MEMBER.value
                plan.warn(_("The political status is not said: taken as a full party member."))

    def _read_class(self, plan: Plan, context: Context) -> None:
        if "classes" not in context.known:
            rows = MemberClass.objects.values_list("pk", "name", "name_en", "is_active")
            context.known["classes"] = {
                cells.fold(word): (code, name)
                for code, name, name_en, is_active in rows
                for word in (name, name.removesuffix("党员"), name_en, code)
                if is_active and word
            }
        said, known = plan.record.values, context.known["classes"]
        if "member_class" not in said:
            return
        found = known.get(cells.fold(said["member_class"]))
        if found is None:
            names = dict.fromkeys(name for _code, name in known.values())
            plan.refuse(
                _("There is no such class of party members. Known are: %(names)s."),
                "member_class",
                names="、".join(names),
            )
        else:
            said["member_class"] = found[1]

    def _compound(self, where: dict, context: Context) -> tuple[int, int | None, int | None]:
        """Where the row's people are kept; of a compound still to be added, its community."""
        codes = context.known.setdefault("homes", {})
        pk = where["compound"]
        if pk and pk not in codes:
            codes[pk] = Compound.objects.values_list(
                "district_id", "street_id", "community_id"
            ).get(pk=pk)
        return codes[pk] if pk else (context.batch.district_id, None, None)

    def _load(self, plans: Sequence[Plan]) -> None:
        found = {}
        columns = ("pk", "version", *HOME, *NUMBERS, *self.stored)
        for chunk in in_chunks(sorted({plan.existing["pk"] for plan in plans})):
            rows = Person.objects.filter(pk__in=chunk).values(
                *columns, compound_name=F("compound__name"), class_name=F("member_class__name")
            )
            found.update((row["pk"], row) for row in rows)
        for plan in plans:
            row = plan.existing = dict(found[plan.existing["pk"]])
            row["member_class"] = row["class_name"]
            said, phone = plan.record.values, plan.context.get("phone")
            row["phone"] = row["phone_masked"]
            if phone:
                if phone["hash"] == row["phone_hash"]:
                    del plan.context["phone"]
                    said.pop("phone", None)
                else:
                    if row["phone"] == said["phone"]:  # another number that looks alike masked
                        row["phone"] = None
                    plan.context["before"] = {name: row[name] for name in NUMBERS}
            if plan.context["compound"] == row["compound_id"]:
                said.pop("compound_name", None)
            else:
                plan.context["home_before"] = {column: row[column] for column in HOME}
                if row["compound_name"] == said.get("compound_name"):  # of the same name elsewhere
                    row["compound_name"] = None

    def check(self, plan: Plan, merged: dict, context: Context) -> None:
        get, this_year = merged.get, context.today.year
        if get("birth_year") and not services.FIRST_BIRTH_YEAR <= get("birth_year") <= this_year:
            plan.refuse(_("This year cannot be."), "birth_year")
        if get("reported_on") and get("reported_on") > context.today:
            plan.refuse(_("This date lies in the future."), "reported_on")
        if get("political_status") and get("political_status") not in Person.MEMBERS:
            plan.refuse(
                _("Only party members stand in this ledger: check the political status."),
                "political_status",
            )
        if get("post_claimed") and not get("reported_on"):
            plan.warn(_("A post is claimed, but no day of reporting is given."), "post_claimed")

    # -- writing -------------------------------------------------------------------------------
    def is_taken(self, rows: Sequence[ImportRow], context: Context) -> bool:
        compounds = written_compounds(rows, context)
        if any(compound is None for compound in compounds.values()):
            return True
        own = set(
            context.batch.rows.filter(sheet=self.key, was_written=True).values_list(
                "object_id", flat=True
            )
        )
        people = Register(
            context.by, context.batch.district_id, (row.changes["name"][1] for row in rows)
        )
        for row in rows:
            compound, phone = compounds[row.pk], row.context.get("phone", {})
            place = (compound.district_id, compound.street_id, compound.community_id)
            named = Named(
                row.changes["name"][1],
                place,
                compound.pk,
                hash=phone.get("hash", ""),
                masked=row.context.get("masked", ""),
            )
            found = people.find(named).person
            if found and found.pk not in own:
                return True
        return False

    def build(self, rows: Sequence[ImportRow], context: Context) -> list[Person]:
        compounds, classes = written_compounds(rows, context), self._classes()
        made = []
        for row in rows:
            values = {k: v for k, v in self.values_of(row).items() if k in self.stored}
            person = Person(**values)
            self._settle_parts(person, row, compounds[row.pk], classes)
            made.append(person)
        return made

    def written(self, rows, objects: Sequence[Person], context: Context) -> None:
        """Parts of known people, and nothing in clear or sealed left in the rows but for undoing."""
        changed = [(row, obj) for row, obj in zip(rows, objects, strict=True) if row.version]
        moved = [(row, obj) for row, obj in changed if set(PARTS) & set(row.changes)]
        compounds = written_compounds([row for row, _obj in moved], context) if moved else {}
        classes = self._classes()
        for row, person in moved:
            self._settle_parts(person, row, compounds[row.pk], classes)
        update_many(Person, [obj for _row, obj in moved], self._part_columns())
        sealed = [row for row in rows if row.context.pop("phone", None)]
        update_many(ImportRow, sealed, ["context"])

    def _settle_parts(
        self, person: Person, row: ImportRow, compound: Compound, classes: dict
    ) -> None:
        if "compound_name" in row.changes:
            person.compound_id = compound.pk
            for column in HOME[1:]:
                setattr(person, column, getattr(compound, column))
        if "member_class" in row.changes:
            person.member_class_id = classes[row.changes["member_class"][1]]
        if phone := row.context.get("phone"):
            person.phone_sealed, person.phone_hash = phone["sealed"], phone["hash"]
            person.phone_masked = row.changes["phone"][1]

    @staticmethod
    def _classes() -> dict[str, str]:
        return dict(MemberClass.objects.values_list("name", "pk"))

    @staticmethod
    def _part_columns() -> tuple[str, ...]:
        return (*HOME, "member_class", *NUMBERS)

    # -- undoing -------------------------------------------------------------------------------
    def settled_columns(self) -> tuple[str, ...]:
        return self._part_columns()

    def restore(self, obj: Person, row: ImportRow, context: Context) -> None:
        super().restore(obj, row, context)
        if "member_class" in row.changes:
            obj.member_class_id = self._classes().get(row.changes["member_class"][0])
        before = row.context.get("before", {}) | row.context.get("home_before", {})
        for name, value in before.items():
            setattr(obj, name, value)

    def told(self, label: str, changes: dict[str, list]) -> tuple[str, dict[str, list]]:
        noted: dict[str, Any] = dict(changes)
        if "phone" in noted:
            noted["phone_masked"] = noted.pop("phone")
        if "compound_name" in noted:
            noted["compound"] = noted.pop("compound_name")
        return sealing.mask_name(label) if label else "", services.noted(noted)

    # -- showing -------------------------------------------------------------------------------
    def placed_sample(self, row: dict, area: Area) -> dict | None:
        compound = first_compound(area)
        names = list(MemberClass.objects.filter(is_active=True).values_list("name", flat=True))
        if compound is None or not names:
            return None
        if row["党员类别"] not in names:
            row = row | {"党员类别": names[0]}
        return row | {"小区编码": compound.code, "小区名称": compound.name}

    def links(self, rows: Sequence[ImportRow]) -> dict[int, str]:
        from_ids = {row.object_id for row in rows}
        found = Person.objects.known().filter(pk__in=from_ids).values_list("pk", flat=True)
        return {pk: reverse("people:person_detail", args=[pk]) for pk in found}

    def export_rows(self, queryset: QuerySet) -> Iterator[list]:
        rows = queryset.annotate(
            compound_code=F("compound__code"),
            compound_name=F("compound__name"),
            phone=F("phone_masked"),
        )
        named = [column for column in self.columns if column.field]
        paths = [{"member_class": "member_class__name"}.get(col.field, col.field) for col in named]
        for number, values in enumerate(rows.values_list(*paths).iterator(chunk_size=2000), 1):
            yield [number, *(col.shown(value) for col, value in zip(named, values, strict=True))]


MEMBERS = register(MemberSheet())
