"""Writing providers and their bases one at a time, from data entry."""

from typing import Any

from django.db import models, transaction

from governance.audit import services as audit
from governance.foundation import history
from governance.foundation.errors import NotAllowed, StaleRecord

from .models import Provider, ProviderBase

EDIT = "provider.edit"


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
    owner = _locked(base.provider_id)
    _require_district(by, owner)
    base = _add(base, by=by, facts=facts)
    _touch(owner, by=by)
    return base


@transaction.atomic
def change_base(*, by, base: ProviderBase, version: int, changes: dict[str, Any]) -> ProviderBase:
    """Correct a base. Raises NotAllowed, StaleRecord, ValidationError."""
    row = ProviderBase.objects.select_for_update().get(pk=base.pk)
    former, opened = row.provider_id, row.version
    _require_district(by, row.provider)
    row = _change(row, version, changes, by=by)
    _require_district(by, row.provider)
    if row.version != opened:
        for pk in sorted({former, row.provider_id}):
            _touch(_locked(pk), by=by)
    return row


def _require_district(by, provider: Provider) -> None:
    if provider.district_id not in by.scope.in_districts(EDIT):
        raise NotAllowed


def _locked(pk: int) -> Provider:
    return Provider.objects.select_for_update().get(pk=pk)


def _touch(provider: Provider, *, by) -> None:
    """A new version of the provider: its bases are part of what an import wrote and may undo."""
    provider.version += 1
    history.signed(provider, by=by).save()


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
