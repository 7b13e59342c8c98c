"""Who holds which seat, and how rows of sheets seat people: found or drafted, many at once.

What was made is noted with the row (`made`), so that undoing takes away just that.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import models
from django.utils.translation import gettext_noop as _

from compounds.registry.importing.sheets import Context, Plan
from compounds.registry.models import Import, ImportRow
from governance.audit import services as audit
from governance.foundation import sealing
from governance.foundation.bulk import drafts, in_chunks, insert_many, update_many
from governance.people import matching
from governance.people.matching import Match, Named, Register
from governance.people.models import Person

from ..models import Duty, DutyKind

Place = tuple[int, int | None, int | None]
SEAT_TAKEN = _("%(kind)s here is %(holder)s already: end that duty in the system first.")
SEAT_TWICE = _("Row %(row)s of this sheet names %(holder)s for the same seat.")
NO_SUCH_NUMBER = _("Nobody of this name has a number that ends like this: give the whole number.")
AMBIGUOUS = _(
    "Several people of this name may be meant; the first of the register is taken. Give the "
    "telephone number."
)
MEMBERS_ONLY = _("Only party members hold this duty: %(holder)s is none by the register.")
NUMBER_CHANGES = _("The register has another number of %(holder)s; it will be replaced.")
KEPT_ELSEWHERE = _(
    "The record of %(holder)s is kept outside your posts: what the sheet says of it is left out."
)
LIVES_ELSEWHERE = _("%(holder)s lives in another compound by the register.")


class Holder(NamedTuple):
    """A held duty with what rows compare."""

    pk: int
    version: int
    kind: str
    seat_id: int
    person: int
    name: str
    phone_hash: str
    phone_masked: str
    chosen: str
    starts_on: Any
    sex: str
    birth_year: int | None
    political_status: str
    standing: str


@dataclass(slots=True)
class Appointment:
    """Somebody who is to hold a seat; rows keep it as JSON until they are written."""

    kind: str
    name: str
    person: int | None = None
    sealed: str = ""
    status: str = ""  # political status of a newcomer

    def plain(self) -> dict[str, Any]:
        return {n: v for n in self.__slots__ if (v := getattr(self, n))}


def kinds(context: Context) -> dict[str, DutyKind]:
    """Kinds of duties in use, by key."""
    found = context.known.get("duty_kinds")
    if found is None:
        found = context.known["duty_kinds"] = {
            kind.key: kind for kind in DutyKind.objects.filter(is_active=True)
        }
    return found


def held(column: str, ids: Iterable[int], only: Iterable[str] = ()) -> dict[tuple, list[Holder]]:
    """Who holds the duties of seats or compounds now: (kind, seat id) → holders."""
    seat = "seat_id" if column == "compound" else column
    found: dict[tuple, list[Holder]] = defaultdict(list)
    for chunk in in_chunks(sorted({pk for pk in ids if pk})):
        rows = Duty.objects.held().filter(**{f"{column}_id__among": chunk})
        if only:
            rows = rows.filter(kind_id__in=list(only))
        if seat == "seat_id":
            place: Any = models.functions.Coalesce("entrance_id", "building_id", "compound_id")
        else:
            place = models.F(f"{column}_id")
        rows = rows.annotate(place=place).order_by("pk")
        for row in rows.values_list(
            "pk",
            "version",
            "kind_id",
            "place",
            "person_id",
            "person__name",
            "person__phone_hash",
            "person__phone_masked",
            "chosen",
            "starts_on",
            *(f"person__{name}" for name in matching.FACTS),
        ):
            holder = Holder(*row)
            found[holder.kind, holder.seat_id].append(holder)
    return found


def same_person(holders: Sequence[Holder], name: str, number: dict[str, str], *, is_single: bool):
    """The holder whom a row means, and whether several may be meant; (None, False) if another.

    Of a seat for one, somebody of the same name is the same person with a new number.
    """
    named = [one for one in holders if one.name == name]
    if number.get("hash"):
        exact = [one for one in named if one.phone_hash == number["hash"]]
        if not exact:
            exact = named if is_single else [one for one in named if not one.phone_hash]
        named = exact[:1]
    elif number.get("masked"):
        named = [one for one in named if one.phone_masked == number["masked"]][:1]
    return (named[0] if named else None), len(named) > 1


def seat_is_free(
    plan: Plan, context: Context, kind: DutyKind, seat_id: Any, holders: Sequence, name: str, f: str
) -> bool:
    """Whether one more may hold a seat, by the register and by the rows above; else refused."""
    above = context.known.setdefault("seats", {}).setdefault((kind.key, seat_id), [])
    if kind.seats_max is not None and len(holders) + len(above) >= kind.seats_max:
        if holders:
            holder = sealing.mask_name(holders[0].name)
            plan.refuse(SEAT_TAKEN, f, kind=kind.name, holder=holder)
        else:
            number, other = above[0]
            plan.refuse(SEAT_TWICE, f, row=number, holder=sealing.mask_name(other))
        return False
    above.append((plan.record.number, name))
    return True


def person_for(plan: Plan, named: Named, register: Register, kind: DutyKind, f: str) -> Match:
    """Who is meant; refuses who cannot hold the duty, warns where it is not sure who is meant."""
    match = register.find(named)
    found = match.person
    if found is None and named.masked and not named.hash:
        plan.refuse(NO_SUCH_NUMBER, f)
    if match.is_ambiguous:
        plan.warn(AMBIGUOUS, f)
    if found is None:
        return match
    holder = sealing.mask_name(found.name)
    status = named.facts.get("political_status") or found.political_status
    if kind.needs_member and status and status not in Person.MEMBERS:
        plan.refuse(MEMBERS_ONLY, f, holder=holder)
    if named.compound and found.compound_id not in (None, named.compound):
        plan.warn(LIVES_ELSEWHERE, f, holder=holder)
    return match


class Seating(NamedTuple):
    """An appointment of a row, and the seat's columns."""

    row: Any
    named: Named
    kind: DutyKind
    columns: dict[str, int]


def named_for(one: dict[str, Any], place: Place, compound: int | None = None) -> Named:
    """Who an appointment kept with a row is."""
    status = one.get("status")
    number = number_again(one.get("sealed", ""))
    return Named(
        one["name"],
        place,
        compound,
        facts={"political_status": status} if status else {},
        person=one.get("person"),
        **number,
    )


def number_again(sealed: str) -> dict[str, str]:
    """The number that a row keeps sealed."""
    return {**matching.number_of(sealing.unseal(sealed)), "sealed": sealed} if sealed else {}


def settle(named: Sequence[Named], rows: Sequence[Any], context: Context) -> list[int]:
    """Find or draft people for rows; notes with each row whom it made or filled."""
    settled = matching.settle_all(named, by=context.by, district=context.batch.district_id)
    for row, one in zip(rows, settled, strict=True):
        if one.is_new:
            made_by(row)["people"].append(one.pk)
            context.known.setdefault("people_added", []).append(one.pk)
        if one.filled:
            made_by(row)["filled"].append([one.pk, one.filled, one.version])
            note_changed(context, {one.pk: one.filled})
    return [one.pk for one in settled]


def note_changed(context: Context, facts: dict[int, Iterable[str]]) -> None:
    """Remember for the audit log whose facts were changed."""
    changed = context.known.setdefault("people_changed", defaultdict(set))
    for pk, names in facts.items():
        changed[pk].update(names)


def made_by(row: Any) -> dict[str, list]:
    """What writing a row made besides its record."""
    return row.context.setdefault("made", {"people": [], "filled": [], "duties": []})


def seat_all(seatings: Sequence[Seating], context: Context) -> None:
    """Write duties of rows; the people are found or drafted."""
    people = settle([one.named for one in seatings], [one.row for one in seatings], context)
    draft = drafts(Duty)
    duties = []
    for one, person in zip(seatings, people, strict=True):
        district, street, community = one.named.place
        duties.append(
            draft(
                person_id=person,
                kind_id=one.kind.key,
                seat=one.kind.seat,
                district_id=district,
                street_id=street,
                community_id=community,
                **one.columns,
            )
        )
    insert_many(Duty, duties)
    for one, duty in zip(seatings, duties, strict=True):
        made_by(one.row)["duties"].append(duty.pk)
    note([one.row for one in seatings])


def note(rows: Iterable[Any]) -> None:
    """Keep what was noted with rows."""
    update_many(ImportRow, list({row.pk: row for row in rows}.values()), ["context"])


def forget(sheet: str, column: str, fields: Iterable[str], person: Person) -> None:
    """Take the names of somebody out of rows that seated them, and what was kept to do so."""
    ids = Duty.objects.filter(person=person).values(f"{column}_id")
    rows = ImportRow.objects.filter(sheet=sheet, object_id__in=ids)
    noted = []
    for row in rows.only("changes", "context"):
        for name in fields:
            if row.changes.get(name, [None, None])[1] == person.name:
                row.changes[name][1] = sealing.mask_name(person.name)
        seats = row.context.get("seats", [])
        row.context["seats"] = [one for one in seats if one["name"] != person.name]
        noted.append(row)
    update_many(ImportRow, noted, ["changes", "context"])


# -- undoing -----------------------------------------------------------------------------------
def made_duties(batch: Import, sheet: str, ids: Iterable[int]) -> dict[int, list[int]]:
    """Duties that rows of an import made, by the row's record."""
    found = {}
    for chunk in in_chunks(sorted(set(ids))):
        rows = batch.rows.filter(sheet=sheet, was_written=True, object_id__in=chunk)
        for pk, kept in rows.values_list("object_id", "context"):
            found[pk] = kept.get("made", {}).get("duties", [])
    return found


def used_by_others(
    batch: Import, sheet: str, ids: Sequence[int], column: str
) -> dict[int, list[type[models.Model]]]:
    """Records for which others have seated people since, or ended those whom the import seated."""
    made = made_duties(batch, sheet, ids)
    own = {duty for duties in made.values() for duty in duties}
    used: dict[int, list[type[models.Model]]] = {}
    for chunk in in_chunks(ids):
        rows = Duty.objects.filter(**{f"{column}_id__in": chunk})
        for pk, version, seat in rows.values_list("pk", "version", f"{column}_id"):
            if pk not in own or version != 1:
                used[seat] = [Duty]
    return used


def remember_made(row: ImportRow, context: Context) -> None:
    """What a row made goes when the sheet is undone."""
    made = row.context.get("made")
    if made:
        context.known.setdefault("unmade", []).append(made)


def unmake(batch: Import, sheet: str, ids: Iterable[int], context: Context) -> None:
    """Delete the duties of records that go; their people go with `finish`."""
    for chunk in in_chunks(sorted(set(ids))):
        rows = batch.rows.filter(sheet=sheet, was_written=True, object_id__in=chunk)
        for kept in rows.values_list("context", flat=True):
            if made := kept.get("made"):
                context.known.setdefault("unmade", []).append(made)
    _delete_duties(context)


def _delete_duties(context: Context) -> None:
    ids = [pk for made in context.known.get("unmade", ()) for pk in made.get("duties", ())]
    for chunk in in_chunks(sorted(set(ids))):
        Duty.objects.filter(pk__in=chunk, version=1)._raw_delete(Duty.objects.db)


def finish(context: Context) -> None:
    """When a sheet is undone: the duties it made, then people it made whom nobody uses."""
    unmade = context.known.pop("unmade", [])
    if not unmade:
        return
    context.known["unmade"] = unmade
    _delete_duties(context)
    context.known.pop("unmade")
    _empty_again((pair for made in unmade for pair in made.get("filled", ())), context)
    gone = matching.take_away_unused(pk for made in unmade for pk in made.get("people", ()))
    context.known.setdefault("people_removed", []).extend(gone)


def _empty_again(filled: Iterable[Sequence], context: Context) -> None:
    """Facts that the import filled become blank, of people whom nobody has corrected since."""
    named = {pk: (names, version) for pk, names, version in filled}
    for chunk in in_chunks(sorted(named)):
        now = dict(Person.objects.filter(pk__in=chunk).values_list("pk", "version"))
        emptied = {
            pk: {name: None if name == "birth_year" else "" for name in named[pk][0]}
            for pk in chunk
            if now.get(pk) == named[pk][1]
        }
        matching.change_facts(emptied)
        note_changed(context, emptied)


def further_acts(context: Context) -> list[audit.Act]:
    """People that came, changed and went with a sheet, for the audit log; each is told once."""
    added = context.known.pop("people_added", [])
    acts = []
    for chunk in in_chunks(added):
        acts += matching.acts_on("add", Person.objects.filter(pk__in=chunk).order_by("pk"))
    acts += matching.acts_of_change(context.known.pop("people_changed", {}))
    return acts + matching.acts_on("remove", context.known.pop("people_removed", []))
