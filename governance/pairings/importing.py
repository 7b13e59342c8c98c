"""The sheet 包联表 (sheet H): who is paired with which compound or household, since when.

A row is a pairing; its person is found or entered with it. The rows of a county-level cadre are
judged together with what the register holds. What is no longer in a sheet is not ended by it.
"""
# ruff: noqa: E501 - tables of columns read better in one line each

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from django.db.models import Case, Exists, F, OuterRef, QuerySet, Value, When
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from compounds.registry.importing import columns as c
from compounds.registry.importing.compounds import first_compound
from compounds.registry.importing.lookups import resolve_compounds
from compounds.registry.importing.sheets import Context, Plan, Sheet, compound_links, register
from compounds.registry.models import Attachment, Compound, ImportRow, Status
from compounds.registry.services.import_runs import Replan
from governance.foundation import cells, sealing
from governance.foundation.bulk import drafts, in_chunks, update_many
from governance.foundation.locks import for_update
from governance.organisation.models import Area
from governance.party_grid.importing import holders
from governance.party_grid.importing.parts import Parts
from governance.party_grid.models import Duty, Norm
from governance.party_grid.rules import CENTRE_HOUSEHOLD
from governance.people import matching
from governance.people.matching import Found, Match, Named, Register
from governance.people.models import VIEW, Person

from . import rules
from .households import NoDoor, locate
from .models import Pairing
from .services.pairing import SOURCE, WORDS

DOT = " · "
HIDDEN = ("household", "work_unit", "name")  # from the log
COUNTY, STREET = rules.COUNTY_CADRE, rules.STREET_CADRE
MEMBER, CENTRE = rules.SERVING_MEMBER, rules.CENTRE_HOUSEHOLD
KIND = {"县干": COUNTY, "街社": STREET, "在职党员": MEMBER, "中心户": CENTRE}
KIND_WORDS = {
    "党员县干": COUNTY,
    "县级干部": COUNTY,
    "县级领导": COUNTY,
    "县处级干部": COUNTY,
    "街社干部": STREET,
    "街道干部": STREET,
    "社区干部": STREET,
    "街道": STREET,
    "社区": STREET,
    "党员": MEMBER,
    "党员中心户": CENTRE,
}
COMPOUND, HOUSEHOLD, HARDSHIP = "COMPOUND", "HOUSEHOLD", "HARDSHIP"
TARGET = {"小区": COMPOUND, "居民户": HOUSEHOLD, "困难户": HARDSHIP}
TARGET_WORDS = {
    "院落": COMPOUND,
    "楼院": COMPOUND,
    "户": HOUSEHOLD,
    "群众户": HOUSEHOLD,
    "群众": HOUSEHOLD,
    "困难群众": HARDSHIP,
    "困难家庭": HARDSHIP,
}
TARGET_OF = {COUNTY: COMPOUND, STREET: COMPOUND, MEMBER: HOUSEHOLD, CENTRE: HARDSHIP}
# What the rules refuse: words apart from their values.
REFUSALS = {code: words for code, (words, _field) in WORDS.items()}
DOORS = {
    "NO_BUILDING": _("This compound has no such building in the register."),
    "NO_ENTRANCE": _("This building has no such entrance in the register."),
    "NO_DOOR": _("Give building, entrance and door, such as 1-1-302."),
    "TOO_LONG": _("This is too long for a household."),
}

COLUMNS = (
    c.running_number(),
    c.code("小区编码", "compound_code", ("小区代码", "小区编号"), clean=cells.code(20), width=19),
    c.text("小区名称", "compound_name", 100, ("小区", "所在小区"), width=24, samples=("样例路1号院", "样例路1号院")),
    c.text("包联人", "name", 50, ("姓名", "包联人姓名", "包保人", "包联干部", "包联党员"), is_required=True, width=12, samples=("样例甲", "样例乙")),
    c.text("单位职务", "work_unit", 100, ("职务", "工作单位", "单位及职务", "工作单位及职务"), width=28, samples=("样例社区 网格专干", "样例单位")),
    c.code("联系电话", "phone", ("电话", "手机", "手机号", "手机号码", "联系方式"), clean=matching.phone_cell(), width=15, is_secret=True),
    c.choice("类型", "kind", KIND, ("包联类型", "人员类型", "包联人类型"), words=KIND_WORDS, is_required=True, width=11, samples=("街社", "在职党员")),
    c.choice("对象类型", "target", TARGET, ("包联对象类型",), words=TARGET_WORDS, width=11, samples=("小区", "居民户")),
    c.text("对象", "household", 100, ("包联对象", "包联户", "对象名称"), width=26, samples=("样例路1号院", "1号楼1单元302")),
    c.date("起始日期", "starts_on", ("包联日期", "起始时间", "开始日期"), width=12, samples=("2026-05-25", "2026-05-25")),
    c.boolean("公示照片", "has_notice", ("公示", "是否公示"), width=10),
)  # fmt: skip


class HeldRow(NamedTuple):
    """A pairing of the register as rows look it up."""

    pk: int
    version: int
    kind: str
    compound: int
    household: str
    starts_on: Any
    has_notice: bool
    person: int
    name: str
    phone_hash: str
    phone_masked: str


class PairingSheet(Sheet):
    """Rows of pairings: matched by kind, person, compound and household."""

    key = "pairings"
    titles = ("包联表", "包联台账", "包联花名册")
    name = gettext_lazy("pairings")
    columns = COLUMNS
    model = Pairing
    right = "party.import"
    view_right = VIEW
    stored = ("kind", "household", "starts_on")
    only_new = ("name", "work_unit")
    list_url = "pairings:pairing_list"
    looks_ahead = True

    # -- planning ------------------------------------------------------------------------------
    def look_ahead(self, plans: Iterable[Plan], context: Context) -> None:
        """Note which compounds the sheet gives each county-level cadre."""
        given: dict[str, dict] = defaultdict(dict)
        for chunk in in_chunks(p for p in plans if p.record.values.get("kind") == COUNTY):
            for plan in chunk:
                self._name_compound(plan)
            resolve_compounds(chunk, context, self.right)
            for plan in chunk:
                compound = plan.context.get("compound")
                name = plan.record.values.get("name")
                if compound and name:
                    number = matching.number_of(plan.record.values.get("phone"))
                    marks = given[name].setdefault(compound, set())
                    marks.add(number.get("hash") or number.get("masked") or "")
        context.known["cadres_given"] = given

    def resolve(self, plans: Sequence[Plan], context: Context) -> None:
        for plan in plans:
            self._tidy(plan, context)
            self._name_compound(plan)
        resolve_compounds(list(plans), context, self.right)
        parts = context.known.setdefault("parts", Parts())
        there = {p.context["compound"] for p in plans if p.context.get("compound")}
        parts.read(there)
        for plan in plans:
            self._target(plan, parts)
        self._people(plans, there, context)

    def _tidy(self, plan: Plan, context: Context) -> None:
        said = plan.record.values
        # From here on no row holds a number in clear.
        number = matching.number_of(said.pop("phone", None))
        if number:
            said["phone"] = number["masked"]
        context.known.setdefault("numbers", {})[id(plan)] = number
        if said.get("starts_on") and said["starts_on"] > context.today:
            plan.refuse(_("This date lies in the future."), "starts_on")
        kind, target = said.get("kind"), said.get("target")
        if kind and target and TARGET_OF[kind] != target:
            plan.refuse(
                _("This kind of pairing has another object: leave the cell blank."), "target"
            )

    def _name_compound(self, plan: Plan) -> None:
        """The compound is the object of cadres, and stands before a household's first stroke."""
        said = plan.record.values
        text = said.get("household", "")
        if said.get("kind") in (COUNTY, STREET):
            if "compound_code" not in said and "compound_name" not in said and text:
                said["compound_name"] = text
        elif "compound_code" not in said and "compound_name" not in said and "/" in text:
            said["compound_name"], _stroke, said["household"] = text.partition("/")
        if "compound_code" not in said and "compound_name" not in said:
            plan.refuse(_("Give the compound's code or name."), "compound_name")

    def _target(self, plan: Plan, parts: Parts) -> None:
        """Find the household; of cadres there is none."""
        said = plan.record.values
        kind, text = said.get("kind"), said.pop("household", "")
        home = plan.label
        plan.context |= {"building": None, "entrance": None}
        if plan.record.is_refused or kind is None:
            plan.label = DOT.join(filter(None, [home, said.get("name", "")]))
            return
        if plan.context.get("compound") is None:
            plan.refuse(
                _("This compound is not in the register yet: import it first."), "compound_name"
            )
            return
        if kind in (COUNTY, STREET):
            named = (home, plan.context["code"])
            if text and text not in named:
                plan.refuse(
                    _("The object is another compound than %(name)s."), "household", name=home
                )
        else:
            buildings = parts.buildings[plan.context["compound"]]
            inside = {one.pk: parts.entrances[one.pk] for one in buildings}
            text = text.removeprefix(home).lstrip("/ ") if text.startswith(home) else text
            try:
                door = locate(text, buildings, inside)
            except NoDoor as error:
                plan.refuse(DOORS[error.code], "household")
            else:
                said["household"] = door.text
                plan.context |= {"building": door.building, "entrance": door.entrance}
        shown = f"{home} {said['household']}" if said.get("household") else home
        plan.label = DOT.join([shown, said.get("name", "")])
        plan.shown_key = plan.context["code"]

    def _people(self, plans: Sequence[Plan], compounds: set[int], context: Context) -> None:
        ready = [plan for plan in plans if not plan.record.is_refused]
        numbers = context.known.pop("numbers", {})
        held = self._held(compounds)
        places = self._places(compounds)
        names = (plan.record.values["name"] for plan in ready)
        register_ = Register(context.by, context.batch.district_id, names)
        waiting: list[tuple[Plan, Match]] = []
        for plan in ready:
            number = numbers.get(id(plan), {})
            if self._take_known(plan, held, number):
                continue
            waiting.append((plan, self._person(plan, places, register_, number, context)))
        found = {match.person.pk for _plan, match in waiting if match.person}
        partners = self._partners(found)
        for plan, match in waiting:
            self._judge(plan, match, held, partners, context)
        self._judge_cadres(ready, numbers, partners, context)

    def _held(self, compounds: Iterable[int]) -> dict[tuple, list[HeldRow]]:
        found: dict[tuple, list[HeldRow]] = defaultdict(list)
        for chunk in in_chunks(sorted(compounds)):
            rows = Pairing.objects.held().filter(compound_id__among=chunk).order_by("pk")
            for row in rows.values_list(
                "pk",
                "version",
                "kind",
                "compound_id",
                "household",
                "starts_on",
                "notice_id",
                "person_id",
                "person__name",
                "person__phone_hash",
                "person__phone_masked",
            ):
                one = HeldRow(*row)
                found[one.kind, one.compound, one.household].append(one)
        return found

    def _places(self, compounds: Iterable[int]) -> dict[int, tuple]:
        found = {}
        for chunk in in_chunks(sorted(compounds)):
            rows = Compound.objects.filter(pk__among=chunk)
            for pk, *place in rows.values_list("pk", "district_id", "street_id", "community_id"):
                found[pk] = tuple(place)
        return found

    def _take_known(self, plan: Plan, held: dict, number: dict) -> bool:
        """Whether the row means a pairing that stands already."""
        said, compound = plan.record.values, plan.context["compound"]
        there = held.get((said["kind"], compound, said.get("household", "")), ())
        known, is_unclear = holders.same_person(
            there, said["name"], number, is_single=said["kind"] == MEMBER
        )
        if known is None:
            return False
        if is_unclear:
            plan.warn(holders.AMBIGUOUS, "name")
        plan.key = (known.kind, known.compound, known.household, known.person)
        plan.existing = known._asdict()
        plan.context["person"] = known.person
        if said.get("has_notice") and not known.has_notice:
            plan.warn(_("Attach the photo on the page of the pairings."), "has_notice")
        return True

    def _person(self, plan: Plan, places, register_: Register, number, context: Context) -> Match:
        """Who is meant; refuses who is not there and may not be entered."""
        said, where = plan.record.values, plan.context
        kind, home = said["kind"], where["compound"]
        district, street, community = places[home]
        tries: list[tuple[tuple, int | None]] = {
            COUNTY: [((district, None, None), None)],
            STREET: [((district, street, community), None), ((district, street, None), None)],
        }.get(kind, [((district, street, community), home), ((district, street, community), None)])
        match = Match(None)
        for place, compound in tries:
            match = register_.find(Named(said["name"], place, compound, **number))
            if match.person:
                break
        if match.is_ambiguous:
            plan.warn(holders.AMBIGUOUS, "name")
        unit = said.get("work_unit", "")
        # Of a street, a town or a township, and not of one of its communities.
        is_streets = kind == STREET and any(c in unit for c in "街镇乡") and "社区" not in unit
        where["place"] = list(tries[-1 if is_streets else 0][0])
        where["home"] = home if kind in (MEMBER, CENTRE) else None
        where["person"] = match.person.pk if match.person else None
        where["unit"] = unit
        if number.get("sealed"):
            where["sealed"] = number["sealed"]
        if match.person is None:
            if number.get("masked") and not number.get("hash"):
                plan.refuse(holders.NO_SUCH_NUMBER, "phone")
            elif kind == CENTRE:
                plan.refuse(REFUSALS["NOT_CENTRE_HOUSEHOLD"], "name")
            elif kind == COUNTY and not self._may_enter_cadres(context):
                plan.refuse(
                    _("County-level cadres belong to the district: its own office imports them."),
                    "kind",
                )
        where["facts"] = self._facts(kind, match.person, is_streets)
        if said.get("has_notice"):
            plan.warn(_("Attach the photo on the page of the pairings."), "has_notice")
        return match

    def _may_enter_cadres(self, context: Context) -> bool:
        known = context.known.get("may_enter_cadres")
        if known is None:
            district = Area.objects.get(pk=context.batch.district_id)
            known = context.batch.street_id is None and context.by.scope.can(self.right, district)
            context.known["may_enter_cadres"] = known
        return known

    def _facts(self, kind: str, found: Found | None, is_streets: bool) -> dict[str, str]:
        """What a row says of its person by its kind, where the register does not know."""
        facts = {}
        standing = {COUNTY: "COUNTY_CADRE", MEMBER: "SERVING"}.get(kind)
        if kind == STREET:
            standing = "STREET_CADRE" if is_streets else "COMMUNITY_CADRE"
        if standing and not (found and found.standing):
            facts["standing"] = standing
        if kind in rules.OF_MEMBERS and not (found and found.political_status):
            facts["political_status"] = Person.PoliticalStatus.FULL_MEMBER.value
        return facts

    def _partners(self, people: Iterable[int]) -> dict[int, tuple[list, list]]:
        """What people hold already: pairings, and compounds in which they are centre households."""
        found: dict[int, tuple[list, list]] = defaultdict(lambda: ([], []))
        for chunk in in_chunks(sorted(people)):
            rows = Pairing.objects.held().filter(person__in=chunk)
            for person, *held in rows.values_list("person_id", "kind", "compound_id", "household"):
                found[person][0].append(rules.Held(*held))
            centre = Duty.objects.held().filter(person__in=chunk, kind=CENTRE_HOUSEHOLD)
            for person, compound in centre.values_list("person_id", "compound_id"):
                found[person][1].append(compound)
        return found

    def _judge(self, plan: Plan, match: Match, held, partners, context: Context) -> None:
        """What the rules say, by the register and by the rows above."""
        said, where, found = plan.record.values, plan.context, match.person
        if plan.record.is_refused:
            return
        kind, compound, household = said["kind"], where["compound"], said.get("household", "")
        sealed = where.get("sealed", "")
        mark = holders.number_again(sealed).get("hash", "")
        who = found.pk if found else (said["name"], mark, tuple(where["place"]))
        plan.key = (kind, compound, household, who)
        seen = context.known.setdefault("pairing_keys", set())
        if plan.key in seen:
            return  # refused as a double
        seen.add(plan.key)
        pairings, centre = partners[found.pk] if found else ([], [])
        above = context.known.setdefault("pairs_above", {}).setdefault(who, [])
        facts = where["facts"]
        standing = (found.standing if found else "") or facts.get("standing", "")
        status = (found.political_status if found else "") or facts.get("political_status", "")
        partner = rules.Partner(
            standing=standing,
            is_member=status in Person.MEMBERS,
            centre_of=tuple(centre),
            held=(*pairings, *above),
        )
        taken = context.known.setdefault("taken", {})
        place = (compound, household)
        is_taken = kind == MEMBER and (
            bool(held.get((MEMBER, compound, household))) or place in taken
        )
        for one in rules.findings_on(partner, kind, compound, household, is_taken=is_taken):
            field = {"door": "household"}.get(WORDS[one.code][1], "name")
            (plan.refuse if one.is_refusal else plan.warn)(REFUSALS[one.code], field)
        above.append(rules.Held(kind, compound, household))
        if kind == MEMBER:
            taken[place] = plan.record.number

    def _judge_cadres(self, plans: Sequence[Plan], numbers, partners, context: Context) -> None:
        """A county-level cadre's rows together: 2 or 3 compounds with those of the register."""
        norms = context.known.get("norms")
        if norms is None:
            norms = Norm.objects.in_force(context.batch.district_id, context.today)
            context.known["norms"] = norms
        rows = [p for p in plans if p.record.values["kind"] == COUNTY and p.existing is None]
        for plan in rows:
            number = numbers.get(id(plan), {})
            mark = number.get("hash") or number.get("masked") or ""
            given = context.known["cadres_given"].get(plan.record.values["name"], {})
            ahead = {pk for pk, marks in given.items() if not mark or "" in marks or mark in marks}
            person = plan.context.get("person")
            pairings = partners[person][0] if person else []
            held = {one.compound for one in pairings if one.kind == COUNTY}
            finding = rules.cadre_finding(len(held), len(held | ahead), norms)
            if finding:
                values = dict(finding.values)
                plan.refuse(REFUSALS[finding.code], "name", **values, source=self._source(context))

    def _source(self, context: Context) -> str:
        if "norm_source" not in context.known:
            found = Norm.objects.filter(
                district=context.batch.district_id, effective_from__lte=context.today
            ).order_by("-effective_from")
            document = found.values_list("document_number", flat=True).first()
            context.known["norm_source"] = document or str(SOURCE)
        return context.known["norm_source"]

    # -- writing -------------------------------------------------------------------------------
    def lock(self, context: Context, rows: QuerySet) -> None:
        """County-level cadres: two offices must not give one cadre too many."""
        ids = set()
        for kept in rows.values_list("context", flat=True).iterator():
            if kept.get("person"):
                ids.add(kept["person"])
        for chunk in in_chunks(sorted(ids)):
            list(for_update(Person.objects).filter(pk__in=chunk).order_by("pk").values("pk"))

    def is_taken(self, rows: Sequence[ImportRow], context: Context) -> bool:
        compounds = {row.context["compound"] for row in rows}
        active = Compound.objects.filter(pk__among=list(compounds), status=Status.ACTIVE)
        if active.count() != len(compounds):
            return True
        held = self._held(compounds)
        people = {row.context["person"] for row in rows} - {None}
        if Person.objects.present().filter(pk__among=list(people)).count() != len(people):
            return True
        partners = self._partners(people)
        for row in rows:
            kind, household = row.changes["kind"][1], self._household(row)
            person, compound = row.context["person"], row.context["compound"]
            there = held.get((kind, compound, household), ())
            if kind == MEMBER and (there or any(one.kind == MEMBER for one in partners[person][0])):
                return True
            if person in {one.person for one in there}:
                return True
            if kind == CENTRE and not partners[person][1]:
                return True
        return False

    def _household(self, row: ImportRow) -> str:
        return row.changes.get("household", [None, ""])[1] or ""

    def build(self, rows: Sequence[ImportRow], context: Context) -> list:
        named = [
            Named(
                row.changes["name"][1],
                tuple(row.context["place"]),
                row.context["home"],
                facts=row.context["facts"],
                person=row.context["person"],
                **holders.number_again(row.context.get("sealed", "")),
            )
            for row in rows
        ]
        people = holders.settle(named, rows, context)
        self._note_units(rows, people)
        places = self._places({row.context["compound"] for row in rows})
        draft = drafts(Pairing)
        made = []
        added = context.known.setdefault("cadres_added", defaultdict(int))
        for row, person in zip(rows, people, strict=True):
            values = self.values_of(row)
            district, street, community = places[row.context["compound"]]
            made.append(
                draft(
                    kind=values["kind"],
                    person_id=person,
                    compound_id=row.context["compound"],
                    building_id=row.context["building"],
                    entrance_id=row.context["entrance"],
                    household=values.get("household") or "",
                    starts_on=values.get("starts_on") or context.today,
                    district_id=district,
                    street_id=street,
                    community_id=community,
                )
            )
            if values["kind"] == COUNTY:
                added[person] += 1
        holders.note([row for row in rows if "made" in row.context])
        return made

    def _note_units(self, rows: Sequence[ImportRow], people: Sequence[int]) -> None:
        """The unit and position of people just entered."""
        units = {
            person: row.context["unit"]
            for row, person in zip(rows, people, strict=True)
            if row.context.get("unit") and person in row.context.get("made", {}).get("people", ())
        }
        for chunk in in_chunks(sorted(units)):
            found = list(Person.objects.filter(pk__in=chunk))
            for person in found:
                person.work_unit = units[person.pk]
            update_many(Person, found, ["work_unit"])

    # -- undoing -------------------------------------------------------------------------------
    def delete_parts(self, ids: Sequence[int], context: Context) -> None:
        holders.unmake(context.batch, self.key, ids, context)

    def finish(self, context: Context) -> None:
        added = context.known.pop("cadres_added", {})
        if added:
            norms = Norm.objects.in_force(context.batch.district_id, context.today)
            counts: dict[int, int] = defaultdict(int)
            held = Pairing.objects.held().filter(person__in=list(added), kind=COUNTY)
            for person in held.values_list("person_id", flat=True):
                counts[person] += 1
            for person, number in added.items():
                if rules.cadre_finding(counts[person] - number, counts[person], norms):
                    raise Replan
        holders.finish(context)

    def further_acts(self, context: Context):
        return holders.further_acts(context)

    def told(self, label: str, changes: dict[str, list]) -> tuple[str, dict[str, list]]:
        """The log learns neither the name nor the door."""
        where, _dot, name = label.rpartition(DOT)
        door = (changes.get("household") or [None, None])[1]
        where = where.removesuffix(f" {door}") if door else where
        told = {n: pair for n, pair in changes.items() if n not in HIDDEN}
        return f"{where}{DOT}{sealing.mask_name(name)}", told

    # -- showing -------------------------------------------------------------------------------
    def placed_sample(self, row: dict, area: Area) -> dict | None:
        compound = first_compound(area)
        if compound is None:
            return None
        row |= {"小区编码": compound.code, "小区名称": compound.name}
        if row["类型"] == "街社":
            return row | {"对象": compound.name}
        for building in compound.buildings.order_by("pk").prefetch_related("entrances"):
            entrance = next(iter(building.entrances.all()), None)
            place = f"{building.number}{entrance.number if entrance else ''}"
            return row | {"对象": f"{place}/101" if entrance is None else f"{place}101"}
        return row

    def links(self, rows: Sequence[ImportRow]) -> dict[int, str]:
        found = Pairing.objects.filter(pk__in=[row.object_id for row in rows])
        return compound_links(dict(found.values_list("pk", "compound__code")))

    def export_rows(self, queryset: QuerySet) -> Iterator[list]:
        """Pairings that stand; telephone numbers masked."""
        photo = Attachment.objects.filter(pk=OuterRef("notice_id"), removed_at=None)
        rows = (
            queryset.held()
            .annotate(
                compound_code=F("compound__code"),
                compound_name=F("compound__name"),
                out_name=F("person__name"),
                work_unit=F("person__work_unit"),
                phone=F("person__phone_masked"),
                target=Case(
                    *(When(kind=kind, then=Value(target)) for kind, target in TARGET_OF.items())
                ),
                out_target=Case(
                    When(household="", then=F("compound__name")), default=F("household")
                ),
                has_notice=Exists(photo),
            )
            .order_by("kind", "person__name", "person_id", "compound__code", "household", "pk")
        )
        named = [column for column in self.columns if column.field]
        other = {"name": "out_name", "household": "out_target"}
        found = rows.values_list(*(other.get(column.field, column.field) for column in named))
        for number, values in enumerate(found.iterator(chunk_size=2000), 1):
            shown = (column.shown(value) for column, value in zip(named, values, strict=True))
            yield [number, *shown]


PAIRINGS = register(PairingSheet())
