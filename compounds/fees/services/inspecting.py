"""Looking at a compound on site, and ordering what is to be mended by when."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from compounds.registry.models import Compound, Status
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from governance.organisation.calendar import WORKING, calendar

from ..models import Inspection
from .collecting import EDIT

ORDER_DAYS = 10  # working days; what the form proposes and the service takes where none is given


def proposed_due(on: dt.date) -> dt.date:
    """The day by which an order is usually to be carried out."""
    return calendar().due_on(on, ORDER_DAYS, WORKING)


@transaction.atomic
def record_inspection(
    *,
    by,
    compound: Compound,
    on: dt.date,
    passed: bool,
    staff_absent: bool = False,
    statement_posted: bool | None = None,
    findings: str = "",
    order_due_on: dt.date | None = None,
) -> Inspection:
    """Enter what was seen. What failed is ordered to be mended, by the end of a working day.

    Raises NotAllowed, DomainError (beside its field), ValidationError.
    """
    place = for_update(Compound.objects).get(pk=compound.pk)
    by.scope.require(EDIT, place)
    if place.status != Status.ACTIVE:
        raise DomainError(_("This compound is no longer there."))
    if on > dates.today():
        raise DomainError(_("This date lies in the future."), field="on")
    findings = findings.strip()
    if not passed and not findings:
        raise DomainError(_("Say what was found."), field="findings")
    if passed and staff_absent:
        raise DomainError(
            _("Staff were absent: that is no inspection passed."), field="staff_absent"
        )
    if order_due_on and order_due_on <= on:
        raise DomainError(_("There must be time to mend it."), field="order_due_on")
    if not passed:
        order_due_on = calendar().rolled(order_due_on) if order_due_on else proposed_due(on)
    elif order_due_on:
        raise DomainError(_("Where all is well nothing is ordered."), field="order_due_on")
    row = Inspection(
        compound=place,
        on=on,
        passed=passed,
        staff_absent=staff_absent,
        statement_posted=statement_posted,
        findings=findings,
        order_due_on=order_due_on,
        inspected_by=by,
    )
    row.clean_fields(exclude=["compound", "inspected_by", "community", "street", "district"])
    row.save()
    names = ("on", "passed", "staff_absent", "statement_posted", "findings", "order_due_on")
    changes = {name: [None, getattr(row, name)] for name in names if getattr(row, name) != ""}
    audit.record("create", row, by=by, changes=changes)
    return row


@transaction.atomic
def mend_order(*, by, inspection: Inspection, version: int, mended_on: dt.date) -> Inspection:
    """Note the day on which what was ordered had been mended.

    Raises NotAllowed, StaleRecord, DomainError.
    """
    row = for_update(Inspection.objects).get(pk=inspection.pk)
    by.scope.require(EDIT, row)
    if row.version != version:
        raise StaleRecord(current=row)
    if row.order_due_on is None:
        raise DomainError(_("Nothing was ordered here."))
    if row.mended_on:
        raise DomainError(_("This was mended already."))
    if mended_on > dates.today():
        raise DomainError(_("This date lies in the future."), field="mended_on")
    if mended_on < row.on:
        raise DomainError(_("It cannot have been mended before it was found."), field="mended_on")
    row.mended_on = mended_on
    row.version += 1
    row.save()
    audit.record("change", row, by=by, changes={"mended_on": [None, mended_on]})
    return row
