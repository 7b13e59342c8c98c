"""Pairing people with compounds and households, and ending it. The rules decide who may."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from compounds.registry.models import Attachment, Compound, Status
from compounds.registry.services.attachments import add_attachment
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from governance.foundation.sealing import mask_name
from governance.organisation.models import Area
from governance.party_grid.models import Duty, Norm
from governance.party_grid.rules import CENTRE_HOUSEHOLD, Finding
from governance.party_grid.services.duties import EDIT, area_of, check_person, lock_person, norms_of
from governance.people import services as people
from governance.people.models import Person

from .. import rules
from ..households import Door
from ..models import Pairing

Kind = Pairing.Kind
SOURCE = gettext_lazy("norm of the district")  # where no document sets it
# What a finding says; refusals stand beside the field they are about.
WORDS = {
    "PERSON_LEFT": (
        gettext_noop("This person has left the register. Choose somebody else."),
        "name",
    ),
    "NOT_COUNTY_CADRE": (
        gettext_noop("By the register this is no county-level cadre. Correct the standing first."),
        "name",
    ),
    "NOT_STREET_CADRE": (
        gettext_noop(
            "By the register this is no cadre of a street or community. Correct the standing first."
        ),
        "name",
    ),
    "NOT_SERVING_MEMBER": (
        gettext_noop("Only members in service are paired with a household."),
        "name",
    ),
    "MEMBERS_ONLY": (
        gettext_noop("Only party members are paired so. Correct the political status first."),
        "name",
    ),
    "PAIRED_ALREADY": (gettext_noop("This pairing stands already."), "name"),
    "HAS_A_HOUSEHOLD": (
        gettext_noop("A serving member is paired with one household: end that one first."),
        "name",
    ),
    "HOUSEHOLD_TAKEN": (
        gettext_noop("This household already has a serving member."),
        "door",
    ),
    "NOT_CENTRE_HOUSEHOLD": (
        gettext_noop("This person is no centre household at present: enter that duty first."),
        "name",
    ),
    "CENTRE_ELSEWHERE": (
        gettext_noop("This person is the centre household of another compound."),
        None,
    ),
    "TOO_FEW": (
        gettext_noop(
            "A county-level cadre answers for %(least)s to %(most)s compounds (%(source)s); "
            "this would be %(count)s. Name another compound, or end all of them."
        ),
        "compounds",
    ),
    "TOO_MANY": (
        gettext_noop(
            "A county-level cadre answers for %(least)s to %(most)s compounds (%(source)s); "
            "this would be %(count)s."
        ),
        "compounds",
    ),
}


class Paired(NamedTuple):
    """Pairings just made, and what deserves a warning about them."""

    pairings: list[Pairing]
    warnings: list[str]


def in_words(finding: Finding, place) -> str:
    """The sentence of a finding; norms are named with their document."""
    return _(WORDS[finding.code][0]) % {**dict(finding.values), "source": source_of(place)}


def source_of(place) -> str:
    """The document that sets the norm in a district, or that it is the district's own norm."""
    found = (
        Norm.objects.filter(district=place.district_id, effective_from__lte=dates.today())
        .order_by("-effective_from")
        .values_list("document_number", flat=True)
        .first()
    )
    return found or str(SOURCE)


# -- county-level cadres ---------------------------------------------------------------------------
@transaction.atomic
def pair_cadre(
    *,
    by,
    compounds: Sequence[Compound],
    person: Person | None = None,
    new_person: dict[str, Any] | None = None,
    starts_on: dt.date | None = None,
    reason: str = "",
) -> Paired:
    """Give a county-level cadre compounds, to those held already: 2 or 3 in all (S3-1).

    Raises NotAllowed, DomainError (too few, too many, not a county-level cadre, …).
    """
    check_person(by, person, new_person)
    rows = _lock_compounds(by, compounds)
    holder = _holder(by, Kind.COUNTY_CADRE, rows[0], person, new_person)
    held = _of_cadre(holder)
    _check_cadre(len(held), len({one.compound_id for one in held} | {r.pk for r in rows}), rows[0])
    return _pair(by, holder, Kind.COUNTY_CADRE, [(row, None) for row in rows], starts_on, reason)


@transaction.atomic
def change_cadre(
    *,
    by,
    person: Person,
    compounds: Sequence[Compound],
    day: dt.date | None = None,
    reason: str = "",
    opened: Collection[int] | None = None,
) -> Paired:
    """Set the compounds of a county-level cadre: 2 or 3, or none. What falls away ends that day.

    `opened`: ids of the pairings that stood when the form was opened.
    Raises NotAllowed, StaleRecord, DomainError (too few, too many, no reason for an end, …).
    """
    day = day or dates.today()
    wanted = {row.pk: row for row in compounds}
    standing = _of_cadre(person)
    moved = [row for row in compounds if row.pk not in {one.compound_id for one in standing}]
    rows = _lock_compounds(by, moved) if moved else []
    holder = (
        lock_person(by, person, rows[0]) if rows else for_update(Person.objects).get(pk=person.pk)
    )
    held = _of_cadre(holder)
    if opened is not None and set(opened) != {one.pk for one in held}:
        raise StaleRecord(current=holder)
    going = [one for one in held if one.compound_id not in wanted]
    for one in going:
        by.scope.require(EDIT, one)
    place = rows[0] if rows else held[0] if held else holder
    _check_cadre(len(held), len(wanted), place)
    acts = _end(going, day, reason)
    paired = Paired([], [])
    if rows:
        targets = [(row, None) for row in rows]
        paired = _pair(by, holder, Kind.COUNTY_CADRE, targets, day, reason, more=acts)
    elif acts:
        audit.record_many(acts, by=by, reason=reason)
    return paired


def _check_cadre(before: int, after: int, place) -> None:
    finding = rules.cadre_finding(before, after, norms_of(place))
    if finding:
        raise DomainError(in_words(finding, place), field=WORDS[finding.code][1])


def _of_cadre(person: Person) -> list[Pairing]:
    return list(
        Pairing.objects.held()
        .filter(person=person, kind=Kind.COUNTY_CADRE)
        .select_related("compound", "person")
        .order_by("pk")
    )


# -- one compound or household ---------------------------------------------------------------------
@transaction.atomic
def pair(
    *,
    by,
    kind: str,
    compound: Compound,
    door: Door | None = None,
    person: Person | None = None,
    new_person: dict[str, Any] | None = None,
    starts_on: dt.date | None = None,
    reason: str = "",
) -> Paired:
    """Pair a street or community cadre with a compound, or a member or centre household with a
    household, which is `door`.

    Raises NotAllowed, DomainError (what the rules refuse, beside its field).
    """
    if kind == Kind.COUNTY_CADRE:
        return pair_cadre(
            by=by,
            compounds=[compound],
            person=person,
            new_person=new_person,
            starts_on=starts_on,
            reason=reason,
        )
    check_person(by, person, new_person)
    if (kind in Pairing.TO_HOUSEHOLD) != (door is not None):
        raise DomainError(
            _(
                "Members and centre households are paired with a household, cadres with "
                "the compound."
            ),
            field="door",
        )
    (row,) = _lock_compounds(by, [compound])
    holder = _holder(by, kind, row, person, new_person)
    return _pair(by, holder, kind, [(row, door)], starts_on, reason)


@transaction.atomic
def end_pairing(
    *,
    by,
    pairing: Pairing,
    version: int,
    ended_on: dt.date,
    reason: str,
    is_all: bool = False,
) -> list[Pairing]:
    """End a pairing; with `is_all` every pairing of its kind that the person holds.

    A county-level cadre keeps 2 or 3 compounds, or none.
    Raises NotAllowed, StaleRecord, DomainError (too few left, ended already, no reason).
    """
    for_update(Person.objects).get(pk=pairing.person_id)
    row = for_update(Pairing.objects).select_related("compound", "person").get(pk=pairing.pk)
    by.scope.require(EDIT, row)
    if row.version != version:
        raise StaleRecord(current=row)
    if row.ended_on is not None:
        raise DomainError(_("This pairing has ended already."))
    held = [row]
    if row.kind == Kind.COUNTY_CADRE or is_all:
        held = list(
            for_update(Pairing.objects)
            .held()
            .filter(person=row.person_id, kind=row.kind)
            .select_related("compound", "person")
            .order_by("pk")
        )
    going = held if is_all else [row]
    for one in going:
        by.scope.require(EDIT, one)
    if row.kind == Kind.COUNTY_CADRE:
        finding = rules.cadre_finding(len(held), len(held) - len(going), norms_of(row))
        if finding:
            raise DomainError(in_words(finding, row), field="is_all")
    audit.record_many(_end(going, ended_on, reason), by=by, reason=reason)
    return going


def _end(pairings: Iterable[Pairing], ended_on: dt.date, reason: str) -> list[audit.Act]:
    acts, reason = [], reason.strip()
    people.refuse_numbers(reason)
    for one in pairings:
        if not reason:
            raise DomainError(_("Say why the pairing ends."), field="reason")
        if ended_on > dates.today():
            raise DomainError(_("This day lies in the future."), field="ended_on")
        if ended_on < one.starts_on:
            raise DomainError(_("A pairing ends after it begins."), field="ended_on")
        acts.append(end_one(one, ended_on, reason))
    return acts


def end_one(pairing: Pairing, ended_on: dt.date, reason: str) -> audit.Act:
    """End a locked pairing; the act to be recorded."""
    pairing.ended_on, pairing.end_reason = ended_on, reason[:200]
    pairing.version += 1
    pairing.save(update_fields=["ended_on", "end_reason", "version", "updated_at"])
    changes = {"person": [_masked(pairing), None], "ended_on": [None, ended_on]}
    return audit.act_on("end_pairing", pairing, changes)


# -- the notice ------------------------------------------------------------------------------------
def attach_notice(*, by, compound: Compound, upload, posted_on: dt.date | None) -> Attachment:
    """Attach the photo of the posted notice to a compound and to its held pairings (S1-10).

    Raises NotAllowed, DomainError (no photo, nothing to be posted).
    """
    by.scope.require(EDIT, compound)
    if not Pairing.objects.held().filter(compound=compound).exists():
        raise DomainError(_("Nobody is paired with this compound: there is nothing to post."))
    photo = add_attachment(
        by=by,
        compound=compound,
        upload=upload,
        kind=Attachment.Kind.PHOTO,
        note=_("Notice of the pairings"),
        taken_on=posted_on,
    )
    with transaction.atomic():
        held = (
            for_update(Pairing.objects)
            .held()
            .filter(compound=compound)
            .select_related("compound", "person")
            .order_by("pk")
        )
        acts = []
        for one in held:
            one.notice = photo
            one.version += 1
            one.save(update_fields=["notice", "version", "updated_at"])
            acts.append(audit.act_on("change", one, {"notice": [None, photo.name]}))
        audit.record_many(acts, by=by)
    return photo


# -- steps -----------------------------------------------------------------------------------------
def _lock_compounds(by, compounds: Sequence[Compound]) -> list[Compound]:
    """The stored compounds, locked, if people may be paired with them."""
    ids = {compound.pk for compound in compounds}
    if not ids:
        raise DomainError(_("Name a compound."), field="compounds")
    rows = list(
        for_update(Compound.objects)
        .select_related("community", "street", "district")
        .filter(pk__in=ids)
        .order_by("pk")
    )
    for row in rows:
        by.scope.require(EDIT, row)
        if row.status != Status.ACTIVE:
            raise DomainError(_("A merged or demolished compound can no longer be changed."))
    if len({row.district_id for row in rows}) > 1:
        raise DomainError(_("These compounds lie in different districts."), field="compounds")
    return rows


def _holder(by, kind: str, compound: Compound, person: Person | None, new: dict | None) -> Person:
    """The person, locked; somebody new is entered where such people are kept."""
    if person is not None:
        return lock_person(by, person, compound)
    if kind == Kind.CENTRE_HOUSEHOLD:
        raise DomainError(
            _("This person is no centre household at present: enter that duty first."), field="name"
        )
    facts = {"political_status": "", "standing": "", **(new or {})}
    phone = facts.pop("phone", "")
    facts["standing"] = facts["standing"] or rules.STANDINGS[kind][0]
    if kind in rules.OF_MEMBERS:
        facts["political_status"] = facts["political_status"] or Person.PoliticalStatus.FULL_MEMBER
    if kind == Kind.SERVING_MEMBER:
        facts.setdefault("compound", compound)
    return people.add_person(by=by, facts=facts, area=_home(by, kind, compound), phone=phone)


def _home(by, kind: str, compound: Compound) -> Area:
    """The area that keeps the record of somebody new."""
    if kind == Kind.COUNTY_CADRE and by.scope.can(people.EDIT, compound.district):
        return compound.district
    if kind in (Kind.COUNTY_CADRE, Kind.STREET_CADRE) and by.scope.can(
        people.EDIT, compound.street
    ):
        return compound.street
    return area_of(compound)


def _pair(
    by,
    person: Person,
    kind: str,
    targets: Sequence[tuple[Compound, Door | None]],
    starts_on: dt.date | None,
    reason: str,
    more: Sequence[audit.Act] = (),
) -> Paired:
    people.refuse_numbers(reason)
    starts_on = starts_on or dates.today()
    if starts_on > dates.today():
        raise DomainError(_("This day lies in the future."), field="starts_on")
    partner = partner_of(person)
    made, warnings = [], []
    for compound, door in targets:
        household = door.text if door else ""
        taken = kind == Kind.SERVING_MEMBER and is_taken(compound.pk, household)
        for one in rules.findings_on(partner, kind, compound.pk, household, is_taken=taken):
            if one.is_refusal:
                raise DomainError(in_words(one, compound), field=WORDS[one.code][1])
            warnings.append(in_words(one, compound))
        made.append(
            _store(
                Pairing(
                    kind=kind,
                    person=person,
                    compound=compound,
                    building_id=door.building if door else None,
                    entrance_id=door.entrance if door else None,
                    household=household,
                    starts_on=starts_on,
                )
            )
        )
    acts = [*more, *(_act(one, warnings) for one in made)]
    audit.record_many(acts, by=by, reason=reason)
    return Paired(made, warnings)


def _store(pairing: Pairing) -> Pairing:
    pairing.place()
    try:
        pairing.validate_constraints()
        with transaction.atomic():
            pairing.save(force_insert=True)
    except ValidationError as error:
        raise DomainError("；".join(error.messages)) from error
    except IntegrityError as error:
        # Two offices at once: what the constraint says, in words.
        raise DomainError(
            _("Somebody else has just entered such a pairing. Load the page again.")
        ) from error
    return pairing


def is_taken(compound: int, household: str) -> bool:
    """Whether a serving member has the household already."""
    return (
        Pairing.objects.held()
        .filter(compound=compound, household=household, kind=Kind.SERVING_MEMBER)
        .exists()
    )


def partner_of(person: Person) -> rules.Partner:
    """The person as the rules read them."""
    centre = Duty.objects.held().filter(person=person, kind=CENTRE_HOUSEHOLD)
    held = Pairing.objects.held().filter(person=person)
    return rules.Partner(
        standing=person.standing,
        is_member=person.is_member,
        has_left=person.left_on is not None,
        centre_of=tuple(centre.values_list("compound_id", flat=True)),
        held=tuple(
            rules.Held(*row) for row in held.values_list("kind", "compound_id", "household")
        ),
    )


# -- the record ------------------------------------------------------------------------------------
def _act(pairing: Pairing, warnings: Sequence[str]) -> audit.Act:
    changes = {
        "person": [None, _masked(pairing)],
        "starts_on": [None, pairing.starts_on],
        "warnings": [None, list(warnings)],
    }
    return audit.act_on("pair", pairing, {n: pair for n, pair in changes.items() if pair[1]})


def _masked(pairing: Pairing) -> str:
    return f"{mask_name(pairing.person.name)} #{pairing.person_id}"
