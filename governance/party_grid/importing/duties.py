"""The sheet 两长四员花名册: heads of buildings and entrances, the four members, working groups.

A row is a duty; its person is found or entered with it. A seat that somebody else holds is
refused: who held it is a matter of record, and is ended in the system.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from compounds.registry.importing.compounds import first_compound
from compounds.registry.importing.lookups import resolve_compounds
from compounds.registry.importing.sheets import Context, Plan, Sheet, compound_links
from compounds.registry.models import Compound, ImportRow, Status
from governance.foundation import sealing
from governance.foundation.bulk import drafts, in_chunks
from governance.organisation.models import Area
from governance.people import matching
from governance.people.matching import Named, Register
from governance.people.models import VIEW, Person

from ..models import Duty, Norm
from ..rules import BUILDING_HEAD, ENTRANCE_HEAD
from . import holders, seats
from .parts import Parts
from .roster import COLUMNS, HEADS, OLDEST, PLACES
from .seats import DOT


class DutySheet(Sheet):
    """Rows of duties: matched by seat, duty and person."""

    key = "duties"
    titles = ("两长四员花名册", "两长四员", "花名册")
    name = gettext_lazy("duties")
    columns = COLUMNS
    model = Duty
    right = "party.import"
    view_right = VIEW
    stored = ("chosen", "starts_on")
    parts = (*matching.FACTS, "phone")
    only_new = ("name", "position")
    list_url = "party_grid:duty_list"

    # -- planning ------------------------------------------------------------------------------
    def resolve(self, plans: Sequence[Plan], context: Context) -> None:
        for plan in plans:
            self._tidy(plan, context)
        resolve_compounds(plans, context, self.right)
        parts: Parts = context.known.setdefault("parts", Parts())
        parts.read(plan.context["compound"] for plan in plans if plan.context.get("compound"))
        for plan in plans:
            seats.find_seat(plan, context, parts)
        self._people(plans, context)

    def _tidy(self, plan: Plan, context: Context) -> None:
        said = plan.record.values
        # From here on no row holds a number in clear.
        number = matching.number_of(said.pop("phone", None))
        if number:
            said["phone"] = number["masked"]
        context.known.setdefault("numbers", {})[id(plan)] = number
        if "compound_code" not in said and "compound_name" not in said:
            plan.refuse(_("Give the compound's code or name."), "compound_name")
        if said.get("birth_year", 1900) <= OLDEST:
            said["birth_year"] = context.today.year - said["birth_year"]
        elif said.get("birth_year", 1900) > context.today.year:
            plan.refuse(_("This date lies in the future."), "birth_year")
        if said.get("starts_on") and said["starts_on"] > context.today:
            plan.refuse(_("This date lies in the future."), "starts_on")

    def _people(self, plans: Sequence[Plan], context: Context) -> None:
        ready = [plan for plan in plans if not plan.record.is_refused]
        numbers = context.known.pop("numbers", {})
        held = holders.held("compound", {plan.context["compound"] for plan in ready})
        people = {one.person for found in held.values() for one in found}
        context.known["editable_holders"] = matching.editable(context.by, people)
        names = (plan.record.values["name"] for plan in ready)
        register = Register(context.by, context.batch.district_id, names)
        for plan in ready:
            self._person(plan, context, held, register, numbers.get(id(plan), {}))
        self._warn_of_load(ready, context)

    def _person(self, plan: Plan, context: Context, held, register: Register, number) -> None:
        said, where = plan.record.values, plan.context
        kind = holders.kinds(context)[where["kind"]]
        seat_id = where["entrance"] or where["building"] or where["compound"]
        there = held.get((kind.key, seat_id), [])
        known, is_unclear = holders.same_person(
            there, said["name"], number, is_single=kind.seats_max == 1
        )
        if known:
            if is_unclear:
                plan.warn(holders.AMBIGUOUS, "name")
            self._take_known(plan, known, number, kind, context)
            return
        named = self._named(plan, context, number)
        match = holders.person_for(plan, named, register, kind, "name")
        found = match.person
        status = said.get("political_status") or (found.political_status if found else "")
        if kind.needs_member and status not in Person.MEMBERS and not plan.record.is_refused:
            plan.refuse(
                _("Only party members hold this duty: give the political status."),
                "political_status",
            )
        if plan.record.is_refused:
            return
        where["person"] = found.pk if found else None
        plan.key = self._key(context, kind.key, seat_id, found, said["name"], number)
        holders.seat_is_free(plan, context, kind, seat_id, there, said["name"], "name")
        if found:  # known facts are filled, never overwritten by a first duty
            for name in matching.FACTS:
                if said.get(name) and getattr(found, name) == said[name]:
                    del said[name]
            if found.pk not in register.editable:
                self._leave_facts(plan, found.name)
                number = {}
        if number.get("sealed"):
            where["sealed"] = number["sealed"]
        else:
            said.pop("phone", None)

    def _leave_facts(self, plan: Plan, name: str, known: dict | None = None) -> None:
        """Nothing is said of a person whose record others keep; a warning where it differs."""
        said = plan.record.values
        facts = {field: said.pop(field) for field in (*matching.FACTS, "phone") if field in said}
        if any(value != (known or {}).get(field) for field, value in facts.items()):
            plan.warn(holders.KEPT_ELSEWHERE, "name", holder=sealing.mask_name(name))

    def _take_known(self, plan: Plan, known: holders.Holder, number, kind, context) -> None:
        """The row means a duty that is held already."""
        said = plan.record.values
        plan.key = (kind.key, known.seat_id, known.person)
        plan.existing = known._asdict() | {"phone": known.phone_masked, "position": kind.name}
        plan.context["person"] = known.person
        if known.person not in context.known["editable_holders"]:
            self._leave_facts(plan, known.name, plan.existing)
            return
        if known.birth_year and abs(said.get("birth_year", 0) - known.birth_year) <= 1:
            said["birth_year"] = known.birth_year  # an age does not say the year to the day
        status = said.get("political_status")
        if kind.needs_member and status and status not in Person.MEMBERS:
            plan.refuse(
                holders.MEMBERS_ONLY, "political_status", holder=sealing.mask_name(known.name)
            )
        if not number.get("hash"):
            said.pop("phone", None)
        elif number["hash"] != known.phone_hash:
            plan.context["sealed"] = number["sealed"]
            if known.phone_hash:
                plan.warn(holders.NUMBER_CHANGES, "phone", holder=sealing.mask_name(known.name))
            if known.phone_masked == said["phone"]:
                plan.existing["phone"] = ""

    def _named(self, plan: Plan, context: Context, number) -> Named:
        said, where = plan.record.values, plan.context
        where["place"] = place = self._place(where["compound"], context)
        facts = {name: said[name] for name in matching.FACTS if name in said}
        return Named(said["name"], place, where["compound"], facts=facts, **number)

    def _place(self, compound: int, context: Context) -> list[int]:
        places = context.known.setdefault("places", {})
        if compound not in places:
            rows = Compound.objects.filter(pk=compound)
            places[compound] = tuple(
                rows.values_list("district_id", "street_id", "community_id").get()
            )
        return places[compound]

    def _key(self, context: Context, kind: str, seat_id: int, found, name: str, number) -> tuple:
        """What two rows about the same duty share; somebody with another number is another."""
        if found:
            return (kind, seat_id, found.pk)
        seen = context.known.setdefault("newcomers", {}).setdefault((kind, seat_id, name), [])
        mark = number.get("hash", "")
        if mark not in seen and (not seen or (mark and "" not in seen)):
            seen.append(mark)
        return (kind, seat_id, name, seen.index(mark) if mark in seen else 0)

    def _warn_of_load(self, plans: Sequence[Plan], context: Context) -> None:
        """Warn of people who head more places than the norm."""
        heads = [
            plan
            for plan in plans
            if plan.context.get("kind") in HEADS
            and plan.existing is None
            and not plan.record.is_refused
        ]
        norms = context.known.get("norms")
        if norms is None:
            norms = Norm.objects.in_force(context.batch.district_id, context.today)
            context.known["norms"] = norms
        ids = {plan.context["person"] for plan in heads} - {None}
        posts = context.known.setdefault("posts", defaultdict(int))
        for chunk in in_chunks(sorted(ids - context.known.setdefault("counted", set()))):
            held = Duty.objects.held().filter(kind__in=HEADS, person__in=chunk)
            for person in held.values_list("person_id", flat=True):
                posts[person] += 1
            context.known["counted"].update(chunk)
        for plan in heads:
            said = plan.record.values
            who = plan.context["person"] or (
                said["name"],
                said.get("phone") or plan.context["compound"],
            )
            posts[who] += 1
            if posts[who] > norms.head_posts_max:
                plan.warn(
                    _("This person now heads %(posts)s places; the norm is %(most)s."),
                    "name",
                    posts=posts[who],
                    most=norms.head_posts_max,
                )

    # -- writing -------------------------------------------------------------------------------
    def is_taken(self, rows: Sequence[ImportRow], context: Context) -> bool:
        compounds = {row.context["compound"] for row in rows}
        active = Compound.objects.filter(pk__among=list(compounds), status=Status.ACTIVE)
        if active.count() != len(compounds):
            return True
        if not self._still_there(rows):
            return True
        held, kinds = holders.held("compound", compounds), holders.kinds(context)
        for row in rows:
            kind, seat = kinds.get(row.context["kind"]), self._seat_of(row)
            there = held.get((row.context["kind"], seat), [])
            is_full = kind and kind.seats_max is not None and len(there) >= kind.seats_max
            if kind is None or is_full or row.context["person"] in {one.person for one in there}:
                return True
        return False

    def _still_there(self, rows: Sequence[ImportRow]) -> bool:
        for name in ("building", "entrance"):
            ids = {row.context[name] for row in rows} - {None}
            model = Duty._meta.get_field(name).related_model
            if model.objects.filter(pk__among=list(ids)).count() != len(ids):
                return False
        return True

    def _seat_of(self, row: ImportRow) -> int:
        return row.context["entrance"] or row.context["building"] or row.context["compound"]

    def build(self, rows: Sequence[ImportRow], context: Context) -> list:
        kinds = holders.kinds(context)
        named = [
            Named(
                row.changes["name"][1],
                tuple(row.context["place"]),
                row.context["compound"],
                facts={n: row.changes[n][1] for n in matching.FACTS if n in row.changes},
                person=row.context["person"],
                **holders.number_again(row.context.get("sealed", "")),
            )
            for row in rows
        ]
        people = holders.settle(named, rows, context)
        draft = drafts(Duty)
        made = []
        for row, person in zip(rows, people, strict=True):
            values = self.values_of(row)
            district, street, community = row.context["place"]
            made.append(
                draft(
                    person_id=person,
                    kind_id=row.context["kind"],
                    seat=kinds[row.context["kind"]].seat,
                    compound_id=row.context["compound"],
                    building_id=row.context["building"],
                    entrance_id=row.context["entrance"],
                    chosen=values.get("chosen") or "",
                    starts_on=values.get("starts_on"),
                    district_id=district,
                    street_id=street,
                    community_id=community,
                )
            )
        holders.note([row for row in rows if "made" in row.context])
        return made

    def written(self, rows, objects: Sequence, context: Context) -> None:
        changed = {}
        for row in rows:
            if row.object_id is None:
                continue
            facts = {n: row.changes[n][1] for n in matching.FACTS if n in row.changes}
            if row.context.get("sealed"):
                number = holders.number_again(row.context["sealed"])
                facts |= {f"phone_{n}": number[n] for n in ("sealed", "hash", "masked")}
            if facts:
                changed[row.context["person"]] = facts
        if not changed:
            return
        before = self._facts_of(changed)
        matching.change_facts(changed)
        holders.note_changed(context, changed)
        noted = [row for row in rows if row.context.get("person") in changed]
        for row in noted:
            row.context["before"] = before[row.context["person"]]
        holders.note(noted)

    def _facts_of(self, changed: dict[int, dict]) -> dict[int, dict]:
        """What people's facts are before they are changed, and the version they will have."""
        names = (*matching.FACTS, *matching.NUMBERS)
        found = {}
        for chunk in in_chunks(sorted(changed)):
            for row in Person.objects.filter(pk__in=chunk).values("pk", "version", *names):
                wanted = changed[row["pk"]]
                found[row["pk"]] = {
                    "version": row["version"] + 1,
                    "facts": {name: row[name] for name in names if name in wanted},
                }
        return found

    def forget(self, person: Person) -> None:
        ids = Duty.objects.filter(person=person).values("pk")
        ImportRow.objects.filter(sheet=self.key, object_id__in=ids).update(
            label="", changes={}, problems=[], context={}
        )

    # -- undoing -------------------------------------------------------------------------------
    def delete_parts(self, ids: Sequence[int], context: Context) -> None:
        holders.unmake(context.batch, self.key, ids, context)

    def restore(self, obj: Duty, row: ImportRow, context: Context) -> None:
        super().restore(obj, row, context)
        if before := row.context.get("before"):
            context.known.setdefault("facts_before", {}).setdefault(row.context["person"], before)

    def finish(self, context: Context) -> None:
        before = context.known.pop("facts_before", {})
        for chunk in in_chunks(sorted(before)):
            now = dict(Person.objects.filter(pk__in=chunk).values_list("pk", "version"))
            same = {pk: before[pk]["facts"] for pk in chunk if now.get(pk) == before[pk]["version"]}
            matching.change_facts(same)
            holders.note_changed(context, same)
        holders.finish(context)

    def further_acts(self, context: Context):
        return holders.further_acts(context)

    def told(self, label: str, changes: dict[str, list]) -> tuple[str, dict[str, list]]:
        where, dot, name = label.rpartition(DOT)
        hidden = {
            fact: [None if value in (None, "") else "****" for value in pair]
            for fact, pair in changes.items()
            if fact in ("birth_year", "phone")
        }
        if "name" in changes:
            hidden["name"] = [None, sealing.mask_name(name)]
        return f"{where}{dot}{sealing.mask_name(name)}", {**changes, **hidden}

    # -- showing -------------------------------------------------------------------------------
    def placed_sample(self, row: dict, area: Area) -> dict | None:
        compound = first_compound(area)
        if compound is None:
            return None
        row |= {"小区编码": compound.code, "小区": compound.name}
        kind = {"楼栋长": BUILDING_HEAD, "单元长": ENTRANCE_HEAD}[row["职务"]]
        # A seat that is vacant, so that the sample imports cleanly.
        for building in compound.buildings.order_by("pk").prefetch_related("entrances"):
            row["楼栋"] = building.number
            free = Duty.objects.held().filter(kind=kind)
            if kind == BUILDING_HEAD and not free.filter(building=building).exists():
                return row
            for entrance in building.entrances.all() if kind == ENTRANCE_HEAD else ():
                if not free.filter(entrance=entrance).exists():
                    return row | {"单元": entrance.number}
        return None

    def links(self, rows: Sequence[ImportRow]) -> dict[int, str]:
        found = Duty.objects.filter(pk__in=[row.object_id for row in rows])
        return compound_links(dict(found.values_list("pk", "compound__code")))

    def export_rows(self, queryset: QuerySet) -> Iterator[list]:
        """Held duties of compounds; telephone numbers masked."""
        rows = (
            queryset.held()
            .filter(seat__in=PLACES)
            .annotate(
                compound_code=F("compound__code"),
                compound_name=F("compound__name"),
                out_building=F("building__number"),
                out_entrance=F("entrance__number"),
                sex=F("person__sex"),
                birth_year=F("person__birth_year"),
                political_status=F("person__political_status"),
                standing=F("person__standing"),
                phone=F("person__phone_masked"),
                out_name=F("person__name"),
                position=F("kind__name"),
            )
            .order_by("compound__code", "building_id", "entrance_id", "kind__position", "pk")
        )
        named = [column for column in self.columns if column.field]
        other = {"name": "out_name", "building": "out_building", "entrance": "out_entrance"}
        found = rows.values_list(*(other.get(column.field, column.field) for column in named))
        for number, values in enumerate(found.iterator(chunk_size=2000), 1):
            shown = (column.shown(value) for column, value in zip(named, values, strict=True))
            yield [number, *shown]
