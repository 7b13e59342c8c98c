"""Drafting, publishing and retiring programmes: an edition is written as a whole.

An edition's row and its tables come in as one `rules.Terms`. Drafts may have faults, save those the
tables could not hold; what is published has none and stays as it is for ever.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import StaleRecord
from governance.foundation.fields import TagsField
from governance.foundation.locks import for_update
from governance.organisation.models import Area

from . import rules
from .errors import NotOpen, SamePerson, TermsNotSound
from .models import EDIT, PUBLISH, Programme, ProgrammeIsPublished
from .questions import PARTS, PLAIN, ROWS, terms_of

# What an edition's own row says of itself; `edition` is counted, never typed.
TYPED = tuple(name for name in PLAIN if name != "edition")
MOST_ROWS = 40


@transaction.atomic
def create_draft(*, by, district: Area, terms: rules.Terms, note: str = "") -> Programme:
    """Begin a programme, or the next edition of the name given in the terms.

    Raises NotAllowed, TermsNotSound (what cannot be stored), ValidationError.
    """
    by.scope.require(EDIT, district)
    _lock(district)
    draft = Programme(
        district=district,
        edition=_next_edition(district, terms.name),
        prepared_by=by,
        note=note.strip(),
    )
    _write(draft, terms)
    audit.record("draft", draft, by=by, changes=differences(rules.Terms(), terms))
    return draft


@transaction.atomic
def copy_to_draft(*, by, programme: Programme) -> Programme:
    """The next edition of a programme, with its terms; it asks for a document of its own.

    Raises NotAllowed, ValidationError (a draft of this name is already there).
    """
    by.scope.require(EDIT, programme.district)
    _lock(programme.district)
    terms = terms_of([programme.pk])[programme.pk]
    begins = max(terms.effective_from, dates.today())
    ends = terms.effective_until
    terms = rules.revised(
        terms,
        document_number="",
        effective_from=begins,
        effective_until=ends if ends and ends >= begins else None,
    )
    draft = Programme(
        district=programme.district,
        edition=_next_edition(programme.district, terms.name),
        prepared_by=by,
        copied_from=programme,
        note=programme.note,
    )
    _write(draft, terms)
    audit.record("copy", draft, by=by, changes={"copied_from": [None, str(programme)]})
    return draft


@transaction.atomic
def edit_draft(
    *, by, programme: Programme, version: int, terms: rules.Terms, note: str | None = None
) -> Programme:
    """Store a draft's terms as a whole; `version` is the one that was read.

    Whoever edits last has prepared it. Raises NotAllowed, StaleRecord, ProgrammeIsPublished,
    TermsNotSound (what cannot be stored), ValidationError.
    """
    by.scope.require(EDIT, programme.district)
    _lock(programme.district)
    row = _locked_draft(programme, version)
    before = terms_of([row.pk])[row.pk]
    old_note = row.note
    if terms.name != row.name:
        row.edition = _next_edition(row.district, terms.name)
    if note is not None:
        row.note = note.strip()
    row.prepared_by = by
    row.version += 1
    _write(row, terms)
    changes = differences(before, terms)
    if old_note != row.note:
        changes["note"] = [old_note, row.note]
    audit.record("change", row, by=by, changes=changes)
    return row


@transaction.atomic
def delete_draft(*, by, programme: Programme, version: int) -> None:
    """Throw a draft away. Raises NotAllowed, StaleRecord, ProgrammeIsPublished."""
    by.scope.require(EDIT, programme.district)
    row = _locked_draft(programme, version)
    audit.record("delete", row, by=by)
    for model, _part, _columns in ROWS.values():
        model.objects.filter(programme=row).delete()
    row.delete()


@transaction.atomic
def publish(*, by, programme: Programme, version: int) -> Programme:
    """Publish a sound draft: it is fixed from then on and follows the edition before it.

    Raises NotAllowed, ProgrammeIsPublished, StaleRecord, SamePerson (whoever prepared it),
    TermsNotSound, ValidationError (no document number, days that clash).
    """
    by.scope.require(PUBLISH, programme.district)
    _lock(programme.district)
    row = _locked_draft(programme, version)
    if row.prepared_by_id == by.pk:
        raise SamePerson
    if not row.document_number.strip():
        raise ValidationError(
            {"document_number": _("Give the draft its document number before it is published.")}
        )
    faults = rules.faults(terms_of([row.pk])[row.pk])
    if faults:
        raise TermsNotSound(faults)
    clash = clash_of(row)
    if clash:
        raise ValidationError({"effective_from": clash})
    row.state = Programme.State.PUBLISHED
    row.published_by, row.published_at = by, timezone.now()
    row.version += 1
    row.full_clean(exclude=_GIVEN)
    row.save()
    audit.record(
        "publish",
        row,
        by=by,
        changes={"state": ["DRAFT", "PUBLISHED"], "document_number": [None, row.document_number]},
    )
    return row


def clash_of(draft: Programme) -> str:
    """Why a draft cannot be published for its days today; "" if it can.

    Source: an edition follows the one before it, so it begins later; applications for a time that
    is over would find nobody.
    """
    if draft.effective_until and draft.effective_until < dates.today():
        return _("Its time is over already, so nobody could apply. Give a later last day.")
    other = (
        Programme.objects.filter(district_id=draft.district_id, name=draft.name)
        .exclude(state=Programme.State.DRAFT)
        .filter(effective_from__gte=draft.effective_from, retired_at=None)
        .exclude(pk=draft.pk)
        .order_by("-effective_from")
        .first()
    )
    if other is None:
        return ""
    return _("Edition %(edition)s begins on %(day)s: let this one begin after it.") % {
        "edition": other.edition,
        "day": other.effective_from.isoformat(),
    }


@transaction.atomic
def retire(*, by, programme: Programme, version: int, reason: str) -> Programme:
    """Close a published programme to new applications; whoever has applied keeps its terms.

    Raises NotAllowed, NotOpen (not published), StaleRecord, ValidationError (no reason).
    """
    by.scope.require(PUBLISH, programme.district)
    row = for_update(Programme.objects).get(pk=programme.pk)
    if row.state != Programme.State.PUBLISHED:
        raise NotOpen(_("Only a published programme can be retired."))
    if row.version != version:
        raise StaleRecord(current=row)
    if not reason.strip():
        raise ValidationError({"reason": _("Give a reason.")})
    row.state = Programme.State.RETIRED
    row.retired_by, row.retired_at = by, timezone.now()
    row.version += 1
    row.save(update_fields=sorted(Programme.RETIRING))
    audit.record(
        "retire",
        row,
        by=by,
        reason=reason.strip(),
        changes={"state": ["PUBLISHED", "RETIRED"]},
    )
    return row


def differences(before: rules.Terms, after: rules.Terms) -> dict[str, list[Any]]:
    """What differs between two terms, as plain JSON: {field or table: [before, after]}."""
    old, new = before.as_json(), after.as_json()
    return {
        name: [old[name], new[name]]
        for name in old
        if name != "edition" and getattr(before, name) != getattr(after, name)
    }


# -- inside ----------------------------------------------------------------------------------------
_GIVEN = ("prepared_by", "published_by", "retired_by", "copied_from")


def _lock(district: Area) -> None:
    # The district's row is the lock: two drafts begun at once get two numbers.
    for_update(Area.objects).get(pk=district.pk)


def _next_edition(district: Area, name: str) -> int:
    rows = Programme.objects.filter(district=district, name=name)
    return (rows.aggregate(last=Max("edition"))["last"] or 0) + 1


def _locked_draft(programme: Programme, version: int) -> Programme:
    row = for_update(Programme.objects).get(pk=programme.pk)
    if not row.is_draft:
        raise ProgrammeIsPublished
    if row.version != version:
        raise StaleRecord(current=row)
    return row


def _write(row: Programme, terms: rules.Terms) -> None:
    faults = rules.unstorable(terms)
    if faults:
        raise TermsNotSound(faults)
    for name in TYPED:
        setattr(row, name, getattr(terms, name))
    row.documents = TagsField.join(terms.documents)
    row.full_clean(exclude=_GIVEN)
    row.save()
    for name in PARTS:
        model, _part, columns = ROWS[name]
        model.objects.filter(programme=row).delete()
        rows = []
        for position, part in enumerate(getattr(terms, name)[:MOST_ROWS], start=1):
            values = {column: getattr(part, column) for column in columns}
            if "value" in values:
                values["value"] = rules.written(values["value"])
            rows.append(model(programme=row, position=position, **values))
        model.objects.bulk_create(rows)
