"""Locks and refusals: recorded, and released with a reason."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from compounds.providers.models import Provider
from compounds.registry.models import Compound, Status
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update

from ..errors import NotOpen
from ..models import PROPOSE, AssignmentLock, Refusal
from .common import clean, need, not_to_come

Kind = AssignmentLock.Kind


def _compound(by, compound: Compound) -> Compound:
    row = for_update(Compound.objects).get(pk=compound.pk)
    by.scope.require(PROPOSE, row)
    if row.status != Status.ACTIVE:
        raise NotOpen(_("This compound was merged or demolished."))
    return row


def _of_its_district(compound: Compound, provider: Provider | None) -> None:
    if provider is not None and provider.district_id != compound.district_id:
        raise DomainError(
            _("%(name)s belongs to another district.") % {"name": provider.name}, field="provider"
        )


@transaction.atomic
def add_lock(
    *,
    by,
    compound: Compound,
    kind: str,
    reason: str,
    provider: Provider | None = None,
    document: str = "",
    until: dt.date | None = None,
) -> AssignmentLock:
    """Bind the choice for a compound: this firm alone, not this firm, or nobody for now.

    Raises NotAllowed, NotOpen (left; set already), DomainError.
    """
    row = _compound(by, compound)
    if (kind == Kind.HOLD) != (provider is None):
        raise DomainError(
            _("This lock names no provider.") if provider else _("Name the provider."),
            field="provider",
        )
    _of_its_district(row, provider)
    if until is not None and until < dates.today():
        raise DomainError(_("The last day lies in the past."), field="until")
    lock = AssignmentLock(
        compound=row,
        kind=kind,
        provider=provider,
        reason=need(reason),
        document=document.strip(),
        until=until,
        set_by=by,
    )
    lock.place()
    clean(lock)
    try:
        with transaction.atomic():
            lock.save()
    except IntegrityError as error:
        raise NotOpen(_("This lock is already set.")) from error
    changes = {"kind": [None, kind], "provider": [None, provider and provider.name]}
    changes |= {"until": [None, until], "document": [None, lock.document]}
    audit.record(
        "lock", lock, by=by, reason=lock.reason, changes={k: v for k, v in changes.items() if v[1]}
    )
    return lock


@transaction.atomic
def record_refusal(
    *,
    by,
    compound: Compound,
    provider: Provider,
    party: str,
    on: dt.date,
    reason: str,
    document: str = "",
) -> Refusal:
    """Record that a firm, the residents, the street or the district said no to a pairing.

    Raises NotAllowed, NotOpen, DomainError.
    """
    row = _compound(by, compound)
    _of_its_district(row, provider)
    not_to_come(on, "on")
    refusal = Refusal(
        compound=row,
        provider=provider,
        party=party,
        on=on,
        reason=need(reason),
        document=document.strip(),
        recorded_by=by,
    )
    refusal.place()
    clean(refusal)
    refusal.save()
    changes = {"provider": [None, provider.name], "party": [None, party], "on": [None, on]}
    if refusal.document:
        changes["document"] = [None, refusal.document]
    audit.record("refuse", refusal, by=by, reason=refusal.reason, changes=changes)
    return refusal


@transaction.atomic
def release_lock(*, by, lock: AssignmentLock, version: int, reason: str) -> AssignmentLock:
    """End a lock. Raises NotAllowed, StaleRecord, NotOpen, DomainError (no reason)."""
    return _release(by, AssignmentLock, lock, version, reason)


@transaction.atomic
def release_refusal(*, by, refusal: Refusal, version: int, reason: str) -> Refusal:
    """A refusal counts no longer. Raises NotAllowed, StaleRecord, NotOpen, DomainError."""
    return _release(by, Refusal, refusal, version, reason)


def _release(by, model, obj, version: int, reason: str):
    row = for_update(model.objects).get(pk=obj.pk)
    by.scope.require(PROPOSE, row)
    if row.version != version:
        raise StaleRecord(current=row)
    if row.released_on:
        raise NotOpen(_("It was released already."))
    row.release_reason = need(reason)[:300]
    row.released_by, row.released_on = by, dates.today()
    row.version += 1
    row.save()
    audit.record(
        "release", row, by=by, reason=row.release_reason,
        changes={"released_on": [None, row.released_on]},
    )  # fmt: skip
    return row
