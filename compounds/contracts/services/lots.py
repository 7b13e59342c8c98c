"""Lots: put compounds together, through three gates in their order, award, take out, close."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from compounds.providers.models import Provider
from compounds.registry.models import Compound, Status
from governance.audit import services as audit
from governance.foundation import dates, history
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from governance.organisation.models import Area

from ..models import Contract, Lot, LotMember
from .common import LOT, is_blacklisted, not_to_come

# Tendering and Bidding Law 28: with fewer bidders the tender is held again.
LEAST_BIDDERS = 3
# The three gates of S4-10 in their order: day and document of each.
GATES = {
    "renovated": ("renovated_on", "renovated_by"),
    "taken": ("taken_on", "taken_by"),
    "kept": ("kept_on", "kept_by"),
}
GATE_NAMES = {
    "renovated": gettext_lazy("renovated: it can be taken"),
    "taken": gettext_lazy("tendered: somebody takes it"),
    "kept": gettext_lazy("operated: it can be kept"),
}


def next_gate(lot: Lot) -> str:
    """The gate that comes next; empty behind the last."""
    return next((name for name, (day, _doc) in GATES.items() if getattr(lot, day) is None), "")


def _locked(by, lot: Lot, version: int) -> Lot:
    row = for_update(Lot.objects).get(pk=lot.pk)
    by.scope.require(LOT, row)
    if row.version != version:
        raise StaleRecord(current=row)
    if row.closed_on is not None:
        raise DomainError(_("This lot is closed."))
    return row


def _store(lot: Lot, *, by, reason: str = "") -> None:
    if lot.pk:
        lot.version += 1
    lot.clean_fields(exclude=["district", "street", "community"])
    try:
        lot.validate_constraints()
    except ValidationError as error:
        raise ValidationError({"name": error.messages}) from error
    try:
        with transaction.atomic():
            history.signed(lot, by=by, reason=reason).save()
    except IntegrityError as error:
        raise ValidationError({"name": _("A lot of this name is already there.")}) from error


@transaction.atomic
def create_lot(*, by, area: Area, name: str, kind: str = Lot.Kind.BUNDLE, note: str = "") -> Lot:
    """Open a lot of a district or street.  Raises NotAllowed, ValidationError (name taken)."""
    by.scope.require(LOT, area)
    lot = Lot(name=name, kind=kind, note=note)
    lot.place_in(area)
    _store(lot, by=by)
    audit.record("add", lot, by=by, changes={"name": [None, name], "kind": [None, kind]})
    return lot


@transaction.atomic
def edit_lot(*, by, lot: Lot, version: int, facts: dict[str, Any], reason: str = "") -> Lot:
    """Correct name, kind or note.  Raises NotAllowed, StaleRecord, ValidationError."""
    row = _locked(by, lot, version)
    changes = {
        name: [getattr(row, name), facts[name]]
        for name in ("name", "kind", "note")
        if name in facts and getattr(row, name) != facts[name]
    }
    if not changes:
        return row
    for name, (_before, after) in changes.items():
        setattr(row, name, after)
    _store(row, by=by, reason=reason)
    audit.record("change", row, by=by, changes=changes, reason=reason)
    return row


@transaction.atomic
def set_members(
    *,
    by,
    lot: Lot,
    version: int,
    compounds: Iterable[Compound],
    carriers: Iterable[int] = (),
    reason: str = "",
) -> Lot:
    """Say which compounds a lot holds, and which of them (ids) carry the others.

    Raises NotAllowed, StaleRecord, DomainError (awarded already, another district, in another
    lot, nobody carries).
    """
    row = _locked(by, lot, version)
    if row.taken_on is not None:
        raise DomainError(_("The lot has been awarded: its compounds stand."))
    wanted = {compound.pk: compound for compound in compounds}
    carrying = set(carriers)
    rows = list(for_update(Compound.objects).filter(pk__in=wanted).order_by("pk"))
    rows.sort(key=lambda row: row.code)
    _check_members(row, rows, carrying)
    held = {member.compound_id: member for member in row.members.filter(left_on=None)}
    joined = [one for one in rows if one.pk not in held]
    gone = [member for pk, member in held.items() if pk not in wanted]
    moved = [
        member
        for pk, member in held.items()
        if pk in wanted and member.is_carrier != (pk in carrying)
    ]
    if not (joined or gone or moved):
        return row
    for member in gone:
        member.left_on = dates.today()
        member.save()
    for member in moved:
        member.is_carrier = member.compound_id in carrying
        member.save()
    for compound in joined:
        member = LotMember(lot=row, compound=compound, is_carrier=compound.pk in carrying)
        try:
            with transaction.atomic():
                member.save()
        except IntegrityError as error:
            raise DomainError(
                _("%(name)s lies in another lot.") % {"name": compound.name}, field="compounds"
            ) from error
    _store(row, by=by, reason=reason)
    comma = pgettext("between names", ", ")
    changes = {
        "compounds": [
            comma.join(str(member.compound) for member in gone) or None,
            comma.join(one.name for one in joined) or None,
        ],
        "is_carrier": [None, comma.join(one.name for one in rows if one.pk in carrying) or None],
    }
    audit.record("join", row, by=by, changes=changes, reason=reason)
    return row


def _check_members(lot: Lot, rows: list[Compound], carriers: set[int]) -> None:
    for one in rows:
        if one.status != Status.ACTIVE:
            raise DomainError(
                _("%(name)s was merged or demolished.") % {"name": one.name}, field="compounds"
            )
        if one.district_id != lot.district_id or lot.street_id not in (None, one.street_id):
            raise DomainError(
                _("%(name)s lies outside the place of this lot.") % {"name": one.name},
                field="compounds",
            )
    if not carriers <= {one.pk for one in rows}:
        raise DomainError(_("Only a compound of the lot can carry it."), field="carriers")
    if rows and not carriers and lot.kind == Lot.Kind.BUNDLE:
        raise DomainError(
            _("Say which compound carries the others: big carries small."), field="carriers"
        )
    taken = (
        LotMember.objects.filter(compound__in=rows, left_on=None)
        .exclude(lot=lot)
        .select_related("lot", "compound")
        .first()
    )
    if taken is not None:
        raise DomainError(
            _("%(name)s lies in the lot %(lot)s already.")
            % {"name": taken.compound.name, "lot": taken.lot.name},
            field="compounds",
        )


@transaction.atomic
def pass_gate(*, by, lot: Lot, version: int, gate: str, on: dt.date, document: str) -> Lot:
    """Note that a lot has passed the first or the last gate; the award is `award_lot`.

    Raises NotAllowed, StaleRecord, DomainError (out of order, no compounds, no document).
    """
    row = _locked(by, lot, version)
    if gate == "taken" or gate not in GATES:
        raise DomainError(_("The award names a provider."))
    _check_gate(row, gate, on, document)
    if gate == "kept" and not row.contracts.filter(state=Contract.State.FILED).exists():
        raise DomainError(_("A lot is kept when its contract is on file."))
    return _pass(row, gate, on, document, {}, by=by)


def _check_gate(lot: Lot, gate: str, on: dt.date, document: str) -> None:
    if next_gate(lot) != gate:
        raise DomainError(_("The gates come in their order: renovate, tender, operate."))
    if not lot.members.filter(left_on=None).exists():
        raise DomainError(_("The lot holds no compounds yet."))
    not_to_come(on, "on")
    if not document:
        raise DomainError(_("Name the document."), field="document")
    before = [getattr(lot, day) for day, _document in GATES.values() if getattr(lot, day)]
    if before and on < max(before):
        raise DomainError(
            _("This day lies before the gate passed on %(day)s.") % {"day": max(before)},
            field="on",
        )


def _pass(lot: Lot, gate: str, on: dt.date, document: str, more: dict, *, by) -> Lot:
    day, words = GATES[gate]
    setattr(lot, day, on)
    setattr(lot, words, document)
    for name, value in more.items():
        setattr(lot, name, value)
    _store(lot, by=by)
    changes = {day: [None, on], words: ["", document]}
    changes |= {name: [None, str(value)] for name, value in more.items()}
    audit.record("pass_gate", lot, by=by, changes=changes)
    return lot


@transaction.atomic
def award_lot(
    *,
    by,
    lot: Lot,
    version: int,
    provider: Provider,
    bidders: int,
    on: dt.date,
    document: str,
) -> Lot:
    """Award a lot: the second gate.

    With fewer than three bidders a tender is held again; a bundle may be agreed on directly, and
    its document says so. Raises NotAllowed, StaleRecord, DomainError.
    Source: Tendering and Bidding Law art. 28; S4-10, S4-19.
    """
    row = _locked(by, lot, version)
    _check_gate(row, "taken", on, document)
    if row.kind == Lot.Kind.TENDER and bidders < LEAST_BIDDERS:
        raise DomainError(
            _("With fewer than %(least)s bidders the tender is held again (Tendering Law 28).")
            % {"least": LEAST_BIDDERS},
            field="bidders",
        )
    firm = for_update(Provider.objects).get(pk=provider.pk)
    if firm.district_id != row.district_id:
        raise DomainError(
            _("%(name)s belongs to another district.") % {"name": firm.name}, field="provider"
        )
    if is_blacklisted(firm, on):
        raise DomainError(
            _("%(name)s stood on the blacklist on that day.") % {"name": firm.name},
            field="provider",
        )
    return _pass(row, "taken", on, document, {"provider": firm, "bidders": bidders}, by=by)


@transaction.atomic
def close_lot(*, by, lot: Lot, version: int, reason: str) -> Lot:
    """Close a lot that has served or came to nothing: its compounds are free for another one.

    Raises NotAllowed, StaleRecord, DomainError (a contract of it still runs, no reason).
    """
    row = _locked(by, lot, version)
    if not reason:
        raise DomainError(_("Give the reason."), field="reason")
    open_states = (Contract.State.DRAFT, Contract.State.SIGNED, Contract.State.FILED)
    if row.contracts.filter(state__in=open_states).exists():
        raise DomainError(_("A contract of this lot is still open: end it first."))
    row.closed_on = dates.today()
    for member in row.members.filter(left_on=None):
        member.left_on = row.closed_on
        member.save()
    _store(row, by=by, reason=reason)
    changes = {"closed_on": [None, row.closed_on]}
    audit.record("close_lot", row, by=by, changes=changes, reason=reason)
    return row
