"""Planning norms: entered by the district, fixed as soon as a plan has been made with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from governance.organisation.models import Area

from ..models import NORMS, Norms

OWN = ("effective_from", "document", *Norms.NUMBERS, "sources")


@transaction.atomic
def enter_norms(*, by, district: Area, effective_from: dt.date, facts: Mapping[str, Any]) -> Norms:
    """Enter norms that hold from a day. Raises NotAllowed, DomainError for numbers that cannot be.

    `facts` are the document, the numbers and their sources.
    """
    by.scope.require(NORMS, district)
    row = Norms(district=district, effective_from=effective_from)
    _take(row, facts)
    row.save()
    audit.record("create", row, by=by, changes={name: [None, getattr(row, name)] for name in OWN})
    return row


@transaction.atomic
def change_norms(*, by, norms: Norms, version: int, facts: Mapping[str, Any]) -> Norms:
    """Correct norms that no plan was made with yet.

    Raises NotAllowed, StaleRecord, DomainError (a plan rests on them: enter new ones).
    """
    row = for_update(Norms.objects).get(pk=norms.pk)
    by.scope.require(NORMS, row.district)
    if row.version != version:
        raise StaleRecord(current=row)
    if row.runs.exists():
        raise DomainError(
            _("A plan was made with these norms. Enter new ones that hold from a later day.")
        )
    before = {name: getattr(row, name) for name in OWN}
    _take(row, facts)
    row.version += 1
    row.save()
    changes = {
        name: [before[name], getattr(row, name)]
        for name in OWN
        if before[name] != getattr(row, name)
    }
    audit.record("change", row, by=by, changes=changes)
    return row


def _take(row: Norms, facts: Mapping[str, Any]) -> None:
    """Put facts on a row and let the model judge them."""
    for name in OWN:
        if name in facts:
            setattr(row, name, facts[name])
    try:
        row.full_clean(exclude=["district"])
    except ValidationError as error:
        name, said = next(iter(error.message_dict.items()))
        field = None if name == "__all__" else name
        raise DomainError(" ".join(said), field=field) from error
