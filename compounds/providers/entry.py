"""Writing providers, bases and invitations one at a time, from data entry."""

from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from compounds.registry.models import Compound, Status
from compounds.registry.services.compounds import check_place
from governance.audit import services as audit
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord

from .models import Invitation, Provider, ProviderBase
from .services import check_answer

EDIT, INVITE = "provider.edit", "provider.invite"


@transaction.atomic
def add_provider(*, by, facts: dict[str, Any]) -> Provider:
    """Enter a provider. Raises NotAllowed, ValidationError."""
    provider = Provider(**facts)
    _require_district(by, provider)
    return _add(provider, by=by, facts=facts)


@transaction.atomic
def change_provider(*, by, provider: Provider, version: int, changes: dict[str, Any]) -> Provider:
    """Correct a provider. Raises NotAllowed, StaleRecord, ValidationError."""
    row = Provider.objects.select_for_update().get(pk=provider.pk)
    _require_district(by, row)
    row = _change(row, version, changes, by=by)
    _require_district(by, row)
    return row


@transaction.atomic
def add_base(*, by, facts: dict[str, Any]) -> ProviderBase:
    """Enter a place a provider works from. Raises NotAllowed, ValidationError."""
    base = ProviderBase(**facts)
    _require_district(by, base.provider)
    return _add(base, by=by, facts=facts)


@transaction.atomic
def change_base(*, by, base: ProviderBase, version: int, changes: dict[str, Any]) -> ProviderBase:
    """Correct a base. Raises NotAllowed, StaleRecord, ValidationError."""
    row = ProviderBase.objects.select_for_update().get(pk=base.pk)
    _require_district(by, row.provider)
    row = _change(row, version, changes, by=by)
    _require_district(by, row.provider)
    return row


@transaction.atomic
def add_invitation(*, by, facts: dict[str, Any]) -> Invitation:
    """Note that a provider was asked. Raises OutsideScope, DomainError, ValidationError."""
    invitation = Invitation(**facts)
    compound = Compound.objects.select_for_update().get(pk=invitation.compound_id)
    check_place(by, INVITE, compound)
    if compound.status != Status.ACTIVE:
        raise DomainError(
            _("A merged or demolished compound can no longer be changed."), field="compound"
        )
    if invitation.provider.district_id != compound.district_id:
        raise DomainError(_("This provider belongs to another district."), field="provider")
    check_answer(invitation.answer, invitation.answered_on, invitation.invited_on)
    return _add(invitation, by=by, facts=facts)


@transaction.atomic
def change_invitation(
    *, by, invitation: Invitation, version: int, changes: dict[str, Any]
) -> Invitation:
    """Note an answer. Raises OutsideScope, StaleRecord, ValidationError."""
    row = Invitation.objects.select_for_update().get(pk=invitation.pk)
    check_place(by, INVITE, row)
    before = {name: getattr(row, name) for name in ("answer", "answered_on", "invited_on")}
    told = before | {name: value for name, value in changes.items() if name in before}
    if told != before:  # an old answer without its day may keep company with a new letter number
        check_answer(**told)
    return _change(row, version, changes, by=by)


def _require_district(by, provider: Provider) -> None:
    if provider.district_id not in by.scope.in_districts(EDIT):
        raise NotAllowed


def _add(row: models.Model, *, by, facts: dict[str, Any]):
    if hasattr(row, "place"):
        row.place()
    row.full_clean()
    row.save()
    changes = {name: [None, _plain(value)] for name, value in facts.items() if value not in ("",)}
    audit.record("add", row, by=by, changes=changes)
    return row


def _change(row, version: int, changes: dict[str, Any], *, by):
    if row.version != version:
        raise StaleRecord(current=row)
    before = {name: getattr(row, name) for name in changes}
    changed = {name: value for name, value in changes.items() if before[name] != value}
    if not changed:
        return row
    for name, value in changed.items():
        setattr(row, name, value)
    row.version += 1
    row.full_clean()
    row.save()
    noted = {name: [_plain(before[name]), _plain(value)] for name, value in changed.items()}
    audit.record("change", row, by=by, changes=noted)
    return row


def _plain(value):
    return str(value) if isinstance(value, models.Model) else value
