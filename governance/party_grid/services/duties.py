"""Seating people: assign, end and replace duties. Whether somebody may is decided by the rules."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from compounds.registry.models import Building, Compound, Entrance, Status
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from governance.foundation.sealing import mask_name
from governance.organisation.models import Area, Level
from governance.people import services as people
from governance.people.models import Person

from ..models import Duty, DutyKind, Norm, PartyOrganisation
from ..rules import (
    COMMITTEE_MEMBER,
    GROUP_LEADER,
    SECRETARY,
    Candidate,
    Finding,
    HeldDuty,
    Norms,
    OrganisationKind,
    Seat,
    SeatFacts,
    findings_on,
    term_end,
)
from . import ending

EDIT = "party.edit"
SeatRow = PartyOrganisation | Area | Compound | Building | Entrance

# What a finding says; refusals stand beside the field they are about.
WORDS = {
    "PERSON_LEFT": (_("This person has left the register. Choose somebody else."), "person"),
    "DISSOLVED": (_("This organisation has been dissolved."), None),
    "HELD_ALREADY": (_("This person holds this duty here already."), "person"),
    "SEAT_TAKEN": (
        _("This seat is taken: at most %(most)s hold it at once. End or replace the holder."),
        None,
    ),
    "SECRETARY_IS_FULL_MEMBER": (
        _("A secretary is a full party member. Correct the political status or choose another."),
        "person",
    ),
    "MEMBERS_ONLY": (
        _("Only party members hold this duty. Correct the political status or choose another."),
        "person",
    ),
    "LEADS_ANOTHER": (_("This person leads %(count)s other organisations of the kind."), None),
    "OVERLOADED": (_("This person now heads %(posts)s places; the norm is %(most)s."), None),
    "LIVES_ELSEWHERE": (_("This person lives in another compound."), None),
}
# Who sits in which organisation.
NOT_IN_GROUPS = frozenset({SECRETARY, COMMITTEE_MEMBER})


@dataclass(frozen=True, slots=True)
class Seated:
    """A duty just taken, and what deserves a warning about it."""

    duty: Duty
    warnings: tuple[str, ...]


def in_words(finding: Finding) -> str:
    """The sentence of a finding in the present language."""
    return str(WORDS[finding.code][0] % dict(finding.values))


def check_person(by, person: Person | None, facts: dict[str, Any] | None) -> None:
    if (person is None) == (facts is None):
        raise DomainError(_("Name the person."), field="name")


@transaction.atomic
def assign_duty(
    *,
    by,
    kind: DutyKind,
    seat: SeatRow,
    person: Person | None = None,
    new_person: dict[str, Any] | None = None,
    chosen: str = "",
    starts_on: dt.date | None = None,
    term_until: dt.date | None = None,
    reason: str = "",
) -> Seated:
    """Seat somebody from the register, or somebody new, whose facts are `new_person`.

    Without an end of the term the norms give one, where the duty is of an organisation.
    Raises NotAllowed, DomainError (a refusal of the rules, beside its field).
    """
    check_person(by, person, new_person)
    people.refuse_numbers(reason)
    row = lock_seat(by, seat)
    holder = lock_person(by, person, row) if person else add_person(by, new_person, row)
    seated = _seat(by, kind, row, holder, chosen, starts_on, term_until)
    audit.record_many([_act("assign_duty", seated)], by=by, reason=reason)
    return seated


@transaction.atomic
def end_duty(*, by, duty: Duty, version: int, ended_on: dt.date, reason: str) -> Duty:
    """End a duty: its seat is vacant from then on.

    Raises NotAllowed, StaleRecord, DomainError (ended before it began, or already).
    """
    people.refuse_numbers(reason)
    row = _lock_held(by, duty, version)
    _refuse_future(ended_on)
    _end(row, ended_on, reason)
    ending.tell([row.pk], by=by, reason=reason)
    audit.record_many([_act_of_end(row)], by=by, reason=reason)
    return row


@transaction.atomic
def replace_duty(
    *,
    by,
    duty: Duty,
    version: int,
    ended_on: dt.date,
    reason: str,
    person: Person | None = None,
    new_person: dict[str, Any] | None = None,
    chosen: str = "",
    term_until: dt.date | None = None,
) -> Seated:
    """End the former holder and seat the next in one act, from the day the former one ends.

    Raises NotAllowed, StaleRecord, DomainError.
    """
    check_person(by, person, new_person)
    people.refuse_numbers(reason)
    seat = lock_seat(by, duty.held_for)
    former = _lock_held(by, duty, version)
    _refuse_future(ended_on)
    _end(former, ended_on, reason)
    holder = lock_person(by, person, seat) if person else add_person(by, new_person, seat)
    if holder.pk == former.person_id:
        raise DomainError(_("This person holds this duty here already."), field="person")
    seated = _seat(by, former.kind, seat, holder, chosen, ended_on, term_until)
    ending.tell([former.pk], by=by, reason=reason)
    audit.record_many([_act_of_end(former), _act("assign_duty", seated)], by=by, reason=reason)
    return seated


def end_all(duties: Iterable[Duty], ended_on: dt.date, reason: str) -> list[audit.Act]:
    """End duties whose seat ceases to be; the acts to be recorded."""
    acts = []
    for duty in duties:
        _end(duty, max(ended_on, duty.starts_on or ended_on), reason)
        acts.append(_act_of_end(duty))
    return acts


def findings_for(*, kind: DutyKind, seat: SeatRow, person: Person, norms: Norms) -> list[Finding]:
    """What the rules say about a person taking a duty now."""
    return list(findings_on(_candidate(person), _facts(kind, seat), norms))


def norms_of(place) -> Norms:
    """The norms in force today in the district of a placed row."""
    return Norm.objects.in_force(place.district_id, dates.today())


# -- locks -----------------------------------------------------------------------------------------
def lock_seat(by, seat: SeatRow) -> SeatRow:
    """The stored row of what the duty is held for, locked, if the person may seat people there."""
    row = for_update(type(seat).objects).get(pk=seat.pk)
    by.scope.require(EDIT, row)
    compound = _compound_of(row)
    if compound is not None and compound.status != Status.ACTIVE:
        raise DomainError(_("A merged or demolished compound can no longer be changed."))
    if isinstance(row, Area) and row.merged_into_id:
        raise DomainError(_("This area was merged into another one."))
    return row


def lock_person(by, person: Person, seat: SeatRow) -> Person:
    """The stored person, locked, if the reader sees people there and the district is the same."""
    row = for_update(Person.objects).get(pk=person.pk)
    if not by.scope.can("people.view", row) or row.district_id != seat.district_id:
        raise DomainError(
            _("This person is kept elsewhere. Enter them here as a new person."), field="person"
        )
    return row


def add_person(by, facts: dict[str, Any], seat: SeatRow) -> Person:
    """Enter somebody new where the seat is: `facts` with the telephone number as `phone`."""
    facts = {"compound": _compound_of(seat), **facts}
    phone = facts.pop("phone", "")
    return people.add_person(by=by, facts=facts, area=area_of(seat), phone=phone)


def area_of(row) -> Area:
    """The narrowest area that a placed row belongs to."""
    return row.community or row.street or row.district


def _lock_held(by, duty: Duty, version: int) -> Duty:
    row = for_update(Duty.objects).select_related("kind", "person").get(pk=duty.pk)
    by.scope.require(EDIT, row)
    if row.version != version:
        raise StaleRecord(current=row)
    if row.ended_on is not None:
        raise DomainError(_("This duty has ended already."))
    return row


# -- steps -----------------------------------------------------------------------------------------
def _seat(by, kind, seat, person, chosen, starts_on, term_until) -> Seated:
    _check_fits(kind, seat)
    norms = norms_of(seat)
    findings = findings_for(kind=kind, seat=seat, person=person, norms=norms)
    for finding in findings:
        if finding.is_refusal:
            raise DomainError(in_words(finding), field=WORDS[finding.code][1])
    starts_on = starts_on or dates.today()
    if term_until is None and isinstance(seat, PartyOrganisation):
        term_until = seat.term_until
        if term_until is None or term_until <= starts_on:
            term_until = term_end(starts_on, seat.kind, norms)
    duty = Duty(
        person=person,
        kind=kind,
        seat=kind.seat,
        chosen=chosen,
        starts_on=starts_on,
        term_until=term_until,
        **columns_of(seat),
    )
    duty.place_in(seat)
    try:
        duty.validate_constraints()
        with transaction.atomic():
            duty.save(force_insert=True)
    except ValidationError as error:
        raise DomainError("；".join(error.messages)) from error
    except IntegrityError as error:
        # Two offices at once: what the constraint says, in words.
        raise DomainError(_("Somebody else has just filled this seat. Load the page again.")) from (
            error
        )
    return Seated(duty, tuple(in_words(one) for one in findings))


def _refuse_future(day: dt.date) -> None:
    if day > dates.today():
        raise DomainError(_("This day lies in the future."), field="ended_on")


def _end(duty: Duty, ended_on: dt.date, reason: str) -> None:
    if duty.starts_on and ended_on < duty.starts_on:
        raise DomainError(_("A duty ends after it begins."), field="ended_on")
    duty.ended_on, duty.end_reason = ended_on, reason.strip()[:200]
    duty.version += 1
    duty.save(update_fields=["ended_on", "end_reason", "version", "updated_at"])


def _check_fits(kind: DutyKind, seat: SeatRow) -> None:
    """The kind of duty is one of this seat."""
    if not kind.is_active:
        raise DomainError(_("This kind of duty is no longer in use."), field="kind")
    if seat_of(seat) != kind.seat:
        raise DomainError(_("This duty is not held here."), field="kind")
    if isinstance(seat, PartyOrganisation):
        is_group = seat.kind == OrganisationKind.GROUP
        if (is_group and kind.key in NOT_IN_GROUPS) or (not is_group and kind.key == GROUP_LEADER):
            raise DomainError(_("This duty is not held here."), field="kind")


def seat_of(row: SeatRow) -> Seat:
    """What sort of seat a row is."""
    if isinstance(row, Area):
        return Seat.MICRO_GRID if row.level == Level.MICRO_GRID else Seat.GRID
    return {
        PartyOrganisation: Seat.ORGANISATION,
        Compound: Seat.COMPOUND,
        Building: Seat.BUILDING,
        Entrance: Seat.ENTRANCE,
    }[type(row)]


def columns_of(seat: SeatRow) -> dict[str, models.Model]:
    if isinstance(seat, Entrance):
        return {"entrance": seat, "building": seat.building, "compound": seat.building.compound}
    if isinstance(seat, Building):
        return {"building": seat, "compound": seat.compound}
    if isinstance(seat, Compound):
        return {"compound": seat}
    return {"grid": seat} if isinstance(seat, Area) else {"organisation": seat}


def _compound_of(seat: SeatRow) -> Compound | None:
    return columns_of(seat).get("compound")


def _facts(kind: DutyKind, seat: SeatRow) -> SeatFacts:
    compound = _compound_of(seat)
    holders = Duty.objects.held().filter(kind=kind, **{_column_of(seat): seat.pk}).count()
    return SeatFacts(
        kind=kind.key,
        seat=Seat(kind.seat),
        seat_id=seat.pk,
        needs_member=kind.needs_member,
        seats_max=kind.seats_max,
        holders=holders,
        compound=compound.pk if compound else None,
        is_dissolved=getattr(seat, "dissolved_on", None) is not None,
    )


def _column_of(seat: SeatRow) -> str:
    return next(iter(columns_of(seat)))


def _candidate(person: Person) -> Candidate:
    held = []
    if person.pk:
        rows = person.duties.held().values_list(
            "kind_id", "seat", "organisation", "grid", "compound", "building", "entrance"
        )
        for kind, seat, organisation, grid, compound, building, entrance in rows:
            place = organisation or grid or entrance or building or compound
            held.append(HeldDuty(kind, Seat(seat), place, compound))
    return Candidate(
        is_full_member=person.political_status == Person.PoliticalStatus.FULL_MEMBER,
        is_member=person.is_member,
        compound=person.compound_id,
        held=tuple(held),
        has_left=person.left_on is not None,
    )


# -- the record ------------------------------------------------------------------------------------
def _act(verb: str, seated: Seated) -> audit.Act:
    duty = seated.duty
    changes = {
        "person": [None, _masked(duty)],
        "starts_on": [None, duty.starts_on],
        "term_until": [None, duty.term_until],
        "chosen": [None, duty.chosen],
        "warnings": [None, list(seated.warnings)],
    }
    return audit.act_on(verb, duty, {name: pair for name, pair in changes.items() if pair[1]})


def _act_of_end(duty: Duty) -> audit.Act:
    changes = {"person": [_masked(duty), None], "ended_on": [None, duty.ended_on]}
    return audit.act_on("end_duty", duty, changes)


def _masked(duty: Duty) -> str:
    return f"{mask_name(duty.person.name)} #{duty.person_id}"
