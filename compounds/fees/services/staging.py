"""Beginning the stages of a service: serve, then consult, then charge (S0-12, S2-8)."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from compounds.assignment.models import Assignment
from compounds.registry.models import Compound
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError
from governance.foundation.locks import for_update

from .. import rules
from ..models import ServiceStage
from .collecting import EDIT

WORDS = {
    "BEGUN": gettext_noop("This stage has already begun."),
    "SERVE_FIRST": gettext_noop("Serving comes first: the service has not begun yet."),
    "CONSULT_FIRST": gettext_noop(
        "Residents are consulted before anything is charged: enter the consultation first."
    ),
    "BEFORE_SERVICE": gettext_noop("The provider serves from %(day)s; no stage begins before."),
    "NOT_AFTER": gettext_noop("The stage before began on %(day)s; this one begins later."),
    "OUTCOME_MISSING": gettext_noop("Say what the consultation came to."),
    "DOCUMENT_MISSING": gettext_noop("Charging rests on a document of the consultation."),
}


@transaction.atomic
def begin_stage(
    *,
    by,
    assignment: Assignment,
    stage: str,
    began_on: dt.date,
    document: str = "",
    note: str = "",
) -> ServiceStage:
    """Record the day a stage began. Charging needs the consultation's outcome and document.

    Raises NotAllowed, DomainError (out of order, a day that cannot be), ValidationError.
    """
    # The compound is held first, as by every step of an assignment.
    for_update(Compound.objects).get(assignments=assignment.pk)
    row = for_update(Assignment.objects).get(pk=assignment.pk)
    by.scope.require(EDIT, row)
    if row.state not in (Assignment.State.ACTIVE, Assignment.State.ENDED) or not row.starts_on:
        raise DomainError(_("This provider does not serve the compound yet."))
    if began_on > dates.today():
        raise DomainError(_("This date lies in the future."), field="began_on")
    if row.ended_on and began_on > row.ended_on:
        raise DomainError(
            _("This provider served until %(day)s.") % {"day": row.ended_on}, field="began_on"
        )
    begun = dict(row.stages.values_list("stage", "began_on"))
    note, document = note.strip(), document.strip()
    found = rules.stage_refusals(
        begun, stage, began_on, serves_from=row.starts_on, outcome=note, document=document
    )
    for code, field in found:
        before = rules.STAGES[max(rules.STAGES.index(stage) - 1, 0)]
        day = row.starts_on if code == "BEFORE_SERVICE" else begun.get(before)
        raise DomainError(_(WORDS[code]) % {"day": day}, field=field)
    begins = ServiceStage(
        assignment=row,
        stage=stage,
        position=rules.STAGES.index(stage) + 1,
        began_on=began_on,
        document=document,
        note=note,
        recorded_by=by,
    )
    begins.clean_fields(exclude=["assignment", "recorded_by", "community", "street", "district"])
    try:
        with transaction.atomic():
            begins.save()
    except IntegrityError as error:
        raise DomainError(_(WORDS["BEGUN"]), field="stage") from error
    told = {"stage": stage, "began_on": began_on, "document": document, "note": note}
    changes = {name: [None, value] for name, value in told.items() if value}
    audit.record("begin", begins, by=by, changes=changes)
    return begins
