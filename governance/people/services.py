"""Verbs of the room of people: enter, correct, note the leaving, delete, reveal, look up.

Every act asks for its right where the person is kept. The audit log never forgets, so it learns
no more of a person than the family name: see `noted`.
"""

import dataclasses
import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from compounds.registry.importing.sheets import sheets
from compounds.registry.models import ImportRow, Status
from governance.audit import services as audit
from governance.foundation import dates, sealing
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from governance.organisation.models import Area, Level

from . import rules
from .models import VIEW, Person

EDIT, REVEAL = "people.edit", "people.reveal"
FACTS = (
    "name",
    "sex",
    "birth_year",
    "political_status",
    "member_class",
    "standing",
    "work_unit",
    "compound",
    "reported_on",
    "post_claimed",
)
# Facts that would tell who it is, long after the person's data were deleted.
TELLING = ("birth_year", "work_unit", "post_claimed")
HIDDEN = "****"
FIRST_BIRTH_YEAR = 1900


class OutsideScope(DomainError):  # noqa: N818 - names of refusals read as sentences
    """The person would leave the writer's posts; nothing was saved."""

    def __init__(self):
        super().__init__(_("This place lies outside your posts; nothing was saved."), field="area")


def noted(changes: dict[str, list]) -> dict[str, list]:
    """Changes of a person as the audit log may keep them for ever.

    Names become family names, telling facts and numbers say only that they were set or cleared.
    """
    return {name: [_told(name, value) for value in pair] for name, pair in changes.items()}


def _told(name: str, value: Any) -> Any:
    if value in (None, ""):
        return None
    if name == "name":
        return sealing.mask_name(value)
    if name in TELLING or name in ("phone_masked", "identity_tail"):
        return HIDDEN
    return str(value) if isinstance(value, models.Model) else value


@transaction.atomic
def add_person(
    *, by, facts: dict[str, Any], area: Area | None = None, phone: str = "", identity: str = ""
) -> Person:
    """Enter a person; who belongs to a compound is kept by its community, others by `area`.

    Raises OutsideScope, ValidationError (facts or numbers that cannot be).
    """
    person = Person(**facts)
    _place(person, area)
    if not by.scope.can(EDIT, person):
        raise OutsideScope
    changes = {name: [None, value] for name, value in facts.items() if value not in (None, "")}
    changes |= _set_numbers(person, phone, identity)
    _validate(person)
    person.save()
    _record("add", person, by=by, changes=changes)
    return person


@transaction.atomic
def change_person(
    *,
    by,
    person: Person,
    version: int,
    changes: dict[str, Any],
    area: Area | None = None,
    phone: str | None = None,
    identity: str | None = None,
) -> Person:
    """Correct a person. Numbers: None keeps what is there, '' clears it.

    Raises NotAllowed, OutsideScope, StaleRecord, DomainError (data deleted), ValidationError.
    """
    row = _locked(by, person, version)
    before = {name: getattr(row, name) for name in changes}
    changed = {name: value for name, value in changes.items() if before[name] != value}
    told = {name: [before[name], value] for name, value in changed.items()}
    for name, value in changed.items():
        setattr(row, name, value)
    kept_by = _columns(row)
    _place(row, area or _area(row))
    if not by.scope.can(EDIT, row):
        raise OutsideScope
    told |= _set_numbers(row, phone, identity)
    if not told and _columns(row) == kept_by:
        return row
    _validate(row)
    row.version += 1
    row.save()
    _record("change", row, by=by, changes=told)
    return row


def set_phone(*, by, person: Person, version: int, number: str) -> Person:
    """Set the telephone number, or clear it with ''.  Raises as `change_person`."""
    return change_person(by=by, person=person, version=version, changes={}, phone=number)


def set_identity(*, by, person: Person, version: int, number: str) -> Person:
    """Note an identity number, of which hash and end are kept, or clear it with ''."""
    return change_person(by=by, person=person, version=version, changes={}, identity=number)


@transaction.atomic
def mark_left(*, by, person: Person, version: int, left_on: dt.date | None) -> Person:
    """Note the day on which a person left, or with None that they are back.

    Raises NotAllowed, StaleRecord, DomainError (duties held, a day to come).
    """
    row = _locked(by, person, version)
    if row.left_on == left_on:
        return row
    if left_on is not None:
        if left_on > dates.today():
            raise DomainError(_("This day lies in the future."), field="left_on")
        _refuse_held(row)
    told = {"left_on": [row.left_on, left_on]}
    row.left_on = left_on
    row.version += 1
    row.save()
    _record("leave" if left_on else "change", row, by=by, changes=told)
    return row


@transaction.atomic
def erase_person(*, by, person: Person, version: int, reason: str) -> Person:
    """Delete a person's data, on request or because their purpose is achieved. For good.

    What remains is a row without a name, to which ended duties belong. Rows of imports forget
    the person too; the workbooks themselves are kept as they came.
    Source: Personal Information Protection Law, article 47.
    Raises NotAllowed, StaleRecord, DomainError (duties held, no reason).
    """
    row = _locked(by, person, version)
    if not reason.strip():
        raise DomainError(_("Give the reason."), field="reason")
    refuse_numbers(reason)
    _refuse_held(row)
    for sheet in sheets():
        sheet.forget(row)
    label, kept = row.audit_label, ("id", "version", "created_at", "updated_at", "left_on")
    blank = Person()
    for field in Person._meta.concrete_fields:
        if field.name not in (*kept, "district", "street", "community"):
            setattr(row, field.attname, getattr(blank, field.attname))
    row.left_on = row.left_on or dates.today()
    row.version += 1
    row.save()
    keys = [sheet.key for sheet in sheets() if sheet.model is Person]
    ImportRow.objects.filter(sheet__in=keys, object_id=row.pk).update(
        label="", key="", changes={}, problems=[], context={}
    )
    act = dataclasses.replace(audit.act_on("erase", row), object_label=label)
    audit.record_many([act], by=by, reason=reason.strip())
    return row


@transaction.atomic
def reveal_phone(*, by, person: Person, reason: str) -> str:
    """The telephone number in full, once; who saw it and why is recorded.

    Raises NotAllowed, DomainError (no reason, no number).
    """
    row = for_update(Person.objects).get(pk=person.pk)
    by.scope.require(VIEW, row)
    by.scope.require(REVEAL, row)
    reason = reason.strip()
    if not reason:
        raise DomainError(_("Say what the number is needed for."), field="reason")
    refuse_numbers(reason)
    if not row.phone_sealed:
        raise DomainError(_("No telephone number is known."))
    number = sealing.unseal(row.phone_sealed)
    _record("reveal", row, by=by, reason=reason)
    return number


@transaction.atomic
def find_people(*, by, number: str) -> list[Person]:
    """People of one's places with exactly this telephone or identity number.

    Every look-up is recorded, without the number.
    Raises NotAllowed, DomainError (a part of a number, or none at all).
    """
    by.scope.require(VIEW)
    whole = rules.whole_number(number)
    if not whole:
        raise DomainError(
            _("Give the whole telephone or identity number: parts of a number find nobody."),
            field="number",
        )
    found = list(
        Person.objects.visible_to(by)
        .known()
        .with_number(whole)
        .select_related("compound", "community", "street", "district", "member_class")
        .order_by("name", "pk")[:50]
    )
    home = by.scope.areas(VIEW)[0]
    act = audit.Act(
        verb="find",
        object_type=Person._meta.label_lower,
        changes={"rows": [None, len(found)]},
        place=(home.district, home.street, home.area if home.level == Level.COMMUNITY else None),
    )
    audit.record_many([act], by=by)
    return found


def held_by(person: Person) -> list[type[models.Model]]:
    """Kinds of rows that hold on to a person: duties, pairings and whatever later rooms add.

    A kind that can end has a `held()` on its rows; of any other kind every row counts.
    """
    found = []
    for relation in Person._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel):
            continue
        model = relation.related_model
        rows = model._default_manager.filter(**{relation.field.name: person})
        if hasattr(rows, "held"):
            rows = rows.held()
        if rows.exists():
            found.append(model)
    return found


def _refuse_held(person: Person) -> None:
    if kinds := held_by(person):
        names = pgettext("between names", ", ").join(
            str(capfirst(kind._meta.verbose_name_plural)) for kind in kinds
        )
        raise DomainError(
            gettext("This person still holds: %(names)s. End them first.") % {"names": names}
        )


def _locked(by, person: Person, version: int) -> Person:
    row = for_update(Person.objects).get(pk=person.pk)
    by.scope.require(EDIT, row)
    if row.is_erased:
        raise DomainError(_("The data of this person were deleted."))
    if row.version != version:
        raise StaleRecord(current=row)
    return row


def _columns(row: Person) -> tuple:
    return row.district_id, row.street_id, row.community_id


def _area(row: Person) -> Area:
    return row.community or row.street or row.district


def _place(person: Person, area: Area | None) -> None:
    if area is None and person.compound_id is None:
        raise ValidationError({"area": _("Say which place keeps the record, or the compound.")})
    person.place_in(area)


def _set_numbers(
    person: Person, phone: str | None, identity: str | None
) -> dict[str, list[str | None]]:
    """Set or clear numbers; returns what the log may say of it."""
    told: dict[str, list[str | None]] = {}
    wrong = {}
    for name, number, clean, set_, column, shown in (
        ("phone", phone, rules.clean_phone, person.set_phone, "phone_hash", "phone_masked"),
        (
            "identity",
            identity,
            rules.clean_identity,
            person.set_identity,
            "identity_hash",
            "identity_tail",
        ),
    ):
        if number is None:
            continue
        try:
            number = clean(number)
        except rules.NumberError as error:
            wrong[name] = gettext(str(error))
            continue
        before = getattr(person, column)
        if sealing.fingerprint(number) != before:
            set_(number)
            told[shown] = [before, number]
    if wrong:
        raise ValidationError(wrong)
    return told


_NO_NUMBERS = _("Numbers of people do not belong into a text: they have fields of their own.")


def refuse_numbers(text: str, field: str = "reason") -> None:
    """Keep somebody's number out of a text, which the log would hold for ever."""
    if rules.holds_number(text):
        raise DomainError(_NO_NUMBERS, field=field)


def contradictions(person: Person, today: dt.date) -> dict[str, Any]:
    """What cannot be, by field."""
    errors = {}
    for name in ("name", "work_unit", "post_claimed"):
        if rules.holds_number(getattr(person, name)):
            errors[name] = _NO_NUMBERS
    year = person.birth_year
    if year is not None and not FIRST_BIRTH_YEAR <= year <= today.year:
        errors["birth_year"] = _("This year cannot be.")
    if person.reported_on and person.reported_on > today:
        errors["reported_on"] = _("This day lies in the future.")
    if person.member_class_id and not person.is_member:
        errors["member_class"] = _("Only party members have a class: check the political status.")
    if person.compound_id and person.compound.status != Status.ACTIVE:
        errors["compound"] = _("This compound was merged or demolished: name another one.")
    if person.post_claimed and person.compound_id is None:
        errors["compound"] = _("A post is claimed in a compound: name it.")
    return errors


def _validate(person: Person) -> None:
    errors = contradictions(person, dates.today())
    if person.identity_hash:
        twins = Person.objects.filter(
            district_id=person.district_id, identity_hash=person.identity_hash
        )
        if twins.exclude(pk=person.pk).exists():
            errors["identity"] = _("This identity number is in the register already.")
    if errors:
        raise ValidationError(errors)
    person.full_clean(exclude=["district", "street", "community"])


def _record(
    verb: str, person: Person, *, by, changes: dict | None = None, reason: str = ""
) -> None:
    audit.record(verb, person, by=by, changes=noted(changes or {}), reason=reason)
