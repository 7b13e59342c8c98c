"""Keeping a viability sheet as it was reckoned."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from compounds.registry.models import Compound
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError

from ..gathering import Gathered, fits, record_of
from ..models import Lot, ViabilitySheet
from .common import EDIT, LOT


@transaction.atomic
def keep_sheet(
    *, by, subject: Compound | Lot, gathered: Gathered, note: str = ""
) -> ViabilitySheet:
    """Keep a sheet with all inputs, their sources and the result.

    Raises NotAllowed, DomainError (something is unknown: a sheet is kept when it is complete).
    """
    is_lot = isinstance(subject, Lot)
    by.scope.require(LOT if is_lot else EDIT, subject)
    found = gathered.reckon()
    if found.income.amount is None or found.cost.amount is None:
        raise DomainError(_("Something is not known yet: a sheet is kept when it is complete."))
    if not fits((found.income.amount, found.cost.amount)):
        raise DomainError(_("The numbers are too large."))
    sheet = ViabilitySheet(
        lot=subject if is_lot else None,
        compound=None if is_lot else subject,
        record=record_of(gathered, dates.today()),
        income=found.income.amount,
        cost=found.cost.amount,
        note=note,
        made_by=by,
        district_id=subject.district_id,
        street_id=subject.street_id,
        community_id=subject.community_id,
    )
    sheet.clean_fields(exclude=["district", "street", "community", "made_by", "lot", "compound"])
    sheet.save()
    changes: dict[str, Any] = {
        "income": [None, sheet.income],
        "cost": [None, sheet.cost],
        "verdict": [None, str(found.verdict)],
    }
    audit.record("keep_sheet", subject, by=by, changes=changes)
    return sheet
