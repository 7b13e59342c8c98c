"""What verbs of this room share: the lock on a firm, its district's right, its next version."""

import datetime as dt
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.foundation import dates, history
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.foundation.locks import for_update

from ..models import Provider

EDIT = "provider.edit"
SANCTION = "provider.sanction"
DECIDE = "provider.decide"
REVIEW = "provider.review"
INVITE = "provider.invite"


def require_district(by, right: str, district: int) -> None:
    """Raise NotAllowed unless a post carries the right in the district."""
    if district not in by.scope.in_districts(right):
        raise NotAllowed


def locked(by, right: str, provider: Provider, version: int | None = None) -> Provider:
    """A firm's row, locked, for who may. Raises NotAllowed, StaleRecord."""
    row = for_update(Provider.objects).get(pk=provider.pk)
    require_district(by, right, row.district_id)
    if version is not None and row.version != version:
        raise StaleRecord(current=row)
    return row


def touch(provider: Provider, *, by) -> None:
    """A new version of the firm: what hangs on it is part of what an import may not undo."""
    provider.version += 1
    history.signed(provider, by=by).save()


def not_to_come(day: dt.date, field: str) -> None:
    if day > dates.today():
        raise DomainError(_("This day lies in the future."), field=field)


def told(**values: Any) -> dict[str, list]:
    """Values as changes from nothing, empty ones left out."""
    return {
        name: [None, str(value) if isinstance(value, models.Model) else value]
        for name, value in values.items()
        if value not in (None, "")
    }
