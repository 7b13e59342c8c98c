"""The papers of a case: its plan, consultations of residents, and acceptance on site."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from compounds.registry.models import Stage
from governance.audit import services as audit
from governance.foundation import dates, history
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update

from .. import rules
from ..models import Acceptance, Case, Consultation, Plan, Transition
from . import steps, writing

WORK, ACCEPT = "case.work", "case.accept"
PLAN_FIELDS = (
    "situation",
    "measures",
    "services",
    "fee_plan",
    "funding",
    "renovation",
    "responsible",
    "document",
)
CASE_FIELDS = ("leader", "planned_on")
CONSULTATION_FIELDS = (
    "method",
    "noticed_on",
    "closed_on",
    "households_asked",
    "households_answered",
    "households_agreed",
    "document",
    "findings",
)
CHECKS = ("staff_on_post", "refuse_cleared", "board_up", "complaint_line")


def _locked(case: Case, version: int | None = None) -> Case:
    rows = writing.locked([case.pk])
    writing.check_versions(rows, {case.pk: version} if version is not None else {})
    return rows[0][0]


# -- plan --------------------------------------------------------------------------------------
def is_plan_fixed(case: Case, plan: Plan | None) -> bool:
    """What the street has confirmed stays as it was written."""
    return plan is not None and case.confirmed_on is not None


@transaction.atomic
def write_plan(*, by, case: Case, version: int, facts: dict[str, Any]) -> Plan | None:
    """Write the plan of a compound, its leader in charge and the day it is to be done by.

    `version` is the case's. Raises NotAllowed, StaleRecord, DomainError (confirmed already, the
    case has left), ValidationError.
    """
    row = _locked(case, version)
    by.scope.require(WORK, row)
    if row.state in rules.LEFT:
        raise DomainError(_("This compound has left the campaign."))
    plan = for_update(Plan.objects).filter(case=row).first()
    changes = _set(row, {n: facts[n] for n in CASE_FIELDS if n in facts})
    said = {name: facts[name] for name in PLAN_FIELDS if name in facts}
    if any(said.values()) or plan is not None:
        plan, changed = _plan(row, plan, said, by)
        changes |= changed
    if not changes:
        return plan
    row.full_clean(exclude=["compound"], validate_unique=False)
    row.version += 1
    history.signed(row, by=by).save()
    audit.record("plan", row, by=by, changes=changes)
    return plan


def _plan(row: Case, plan: Plan | None, said: dict, by) -> tuple[Plan, dict]:
    own = plan or Plan(case=row, prepared_by=by)
    changes = _set(own, said)
    if plan is not None and plan.measures and said and plan.round != row.rebound_count:
        # Saved as it was, it is the plan of the new round too.
        changes["round"] = [plan.round, row.rebound_count]
    if not changes:
        return own, {}
    if is_plan_fixed(row, plan):
        raise DomainError(_("The plan is confirmed: have the case sent back to change it."))
    if row.confirmed_by_id == by.pk:
        raise DomainError(_("Whoever confirmed the strategy does not write its plan."))
    own.place()
    own.round = row.rebound_count
    own.prepared_by = by
    own.version += 1 if plan else 0
    own.full_clean(exclude=["case", "prepared_by"])
    own.save()
    return own, changes


def _set(row, facts: dict[str, Any]) -> dict[str, list]:
    changes = {}
    for name, value in facts.items():
        before = getattr(row, name)
        if before != value:
            changes[name] = [before, value]
            setattr(row, name, value)
    return changes


# -- consultation ------------------------------------------------------------------------------
@transaction.atomic
def add_consultation(*, by, case: Case, facts: dict[str, Any]) -> Consultation:
    """Record that residents were told and asked. Raises NotAllowed, DomainError."""
    row = _locked(case)
    by.scope.require(WORK, row)
    _need_consulting(row)
    _need_none_hanging(row)
    one = Consultation(case=row, held_by=by, **facts)
    _check_consultation(one, row)
    one.place()
    one.full_clean(exclude=["case", "held_by"])
    one.save()
    audit.record("consult", row, by=by, changes={k: [None, v] for k, v in facts.items() if v})
    return one


@transaction.atomic
def change_consultation(
    *, by, consultation: Consultation, version: int, facts: dict[str, Any]
) -> Consultation:
    """Close a consultation or correct it. Raises NotAllowed, StaleRecord, DomainError."""
    row = _locked(consultation.case)
    by.scope.require(WORK, row)
    _need_consulting(row)
    one = for_update(Consultation.objects).get(pk=consultation.pk)
    if one.version != version:
        raise StaleRecord(current=one)
    changes = _set(one, facts)
    if not changes:
        return one
    one.case = row
    _check_consultation(one, row)
    one.full_clean(exclude=["case", "held_by"])
    one.version += 1
    one.save()
    audit.record("consult", row, by=by, changes=changes)
    return one


def _need_consulting(case: Case) -> None:
    if case.state != Stage.CONSULTING:
        raise DomainError(_("Residents are consulted while the case is in that stage."))


def _need_none_hanging(case: Case) -> None:
    """One notice at a time; those of a round before the service was lost count no more."""
    lost = Transition.objects.filter(case=case, kind=Transition.Kind.LOSS).order_by("pk").last()
    hanging = Consultation.objects.filter(case=case, closed_on=None)
    if lost is not None:
        hanging = hanging.filter(noticed_on__gte=lost.on)
    if hanging.exists():
        raise DomainError(_("A notice of this case hangs already: close that consultation first."))


def _check_consultation(one: Consultation, case: Case) -> None:
    today = dates.today()
    for name in ("noticed_on", "closed_on"):
        if getattr(one, name) and getattr(one, name) > today:
            raise DomainError(_("This date lies in the future."), field=name)
    if one.noticed_on < case.registered_on:
        raise DomainError(
            _("The notice was posted before the case was opened."), field="noticed_on"
        )
    if one.closed_on is None:
        return
    least = one.noticed_on + dt.timedelta(days=rules.NOTICE_DAYS)
    if one.closed_on < least:
        words = _("The notice hangs for %(least)s days: it can be closed from %(day)s.")
        raise DomainError(
            words % {"least": rules.NOTICE_DAYS, "day": least.isoformat()}, field="closed_on"
        )
    if one.method != Consultation.Method.NOTICE and one.households_answered is None:
        raise DomainError(
            _("Say how many households answered before you close it."), field="households_answered"
        )


# -- acceptance --------------------------------------------------------------------------------
@transaction.atomic
def record_acceptance(
    *, by, case: Case, version: int, on: dt.date, facts: dict[str, Any]
) -> tuple[Acceptance, Case]:
    """Record what was seen on site; if all four checks passed, the compound is cleared at once.

    Raises NotAllowed, StaleRecord, DomainError (not put forward, too early, the same person, a
    failed check without findings).
    """
    row = _locked(case, version)
    by.scope.require(ACCEPT, row)
    if row.state != Stage.ACCEPTED:
        raise DomainError(_("Only what was put forward is accepted."))
    if on > dates.today():
        raise DomainError(_("This date lies in the future."), field="on")
    if on < row.entered_on:
        words = _("It was put forward on %(day)s; acceptance comes after.")
        raise DomainError(words % {"day": row.entered_on.isoformat()}, field="on")
    forward = Transition.objects.filter(case=row, to_state=Stage.ACCEPTED).order_by("pk").last()
    if forward is not None and forward.by_id == by.pk:
        raise DomainError(_("Whoever put the case forward does not accept it."))
    one = Acceptance(case=row, on=on, accepted_by=by, **facts)
    if not one.is_passed and not one.note.strip():
        raise DomainError(_("Say what is still missing."), field="note")
    one.place()
    one.full_clean(exclude=["case", "accepted_by"])
    one.save()
    changes = {"on": [None, on.isoformat()], **{name: [None, facts[name]] for name in CHECKS}}
    if not one.is_passed:
        row.version += 1
        history.signed(row, by=by).save()
        audit.record("look", row, by=by, reason=one.note[:300], changes=changes)
        return one, row
    audit.record("look", row, by=by, reason=one.note[:300], changes=changes)
    row = steps.advance_case(
        by=by, case=row, version=row.version, on=on, document=facts.get("document", "")
    )
    return one, row
