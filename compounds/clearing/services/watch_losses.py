"""A lost service: reported by one person, decided by another; confirmed, the case starts again."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compounds.classification.errors import NotOpen, SamePerson
from compounds.providers.models import BlacklistEntry, Provider
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update

from .. import watch_telling
from ..models import Case, Loss, WatchScore, WatchTask
from ..rules import SERVED
from ..rules import watch as rules
from . import steps, writing

REPORT, CONFIRM = "loss.report", "loss.confirm"


@transaction.atomic
def report_loss(*, by, case: Case, lost_on: dt.date, reason: str, document: str = "") -> Loss:
    """Report that nobody serves a compound any more, cleared or on the way there.

    Raises NotAllowed, DomainError (not served, a day that cannot be, a report that waits).
    """
    by.scope.require(REPORT, case)
    row, _compound = writing.locked([case.pk])[0]
    if row.state not in SERVED:
        raise DomainError(_("Only a compound that is served can lose its service."))
    _check_day(lost_on, row)
    if not reason.strip():
        raise DomainError(_("Write down what happened."), field="reason")
    if Loss.objects.open().filter(case=row).exists():
        raise DomainError(
            _("A loss of this compound is already reported and waits for a decision.")
        )
    loss = Loss(
        case=row,
        lost_on=lost_on,
        reason=reason.strip(),
        document=document,
        reported_by=by,
        reported_at=timezone.now(),
    )
    loss.place()
    loss.full_clean(exclude=["case", "district", "street", "community", "reported_by"])
    try:
        with transaction.atomic():
            loss.save()
    except IntegrityError as error:  # two people at once
        raise DomainError(
            _("A loss of this compound is already reported and waits for a decision.")
        ) from error
    audit.record("report", loss, by=by, reason=loss.reason, changes={"lost_on": [None, lost_on]})
    watch_telling.tell_loss_waiting(loss, by=by)
    return loss


@transaction.atomic
def confirm_loss(
    *,
    by,
    loss: Loss,
    version: int,
    on: dt.date,
    document: str = "",
    reason: str = "",
    emergency_provider: Provider | None = None,
    emergency_from: dt.date | None = None,
    emergency_until: dt.date | None = None,
) -> Loss:
    """Confirm a loss: the case falls back and re-enters the campaign at the choice of a strategy.

    Its first cleared day is kept and its counter grows. An emergency provider may serve six
    months at most.  Raises NotAllowed, SamePerson, StaleRecord, NotOpen, StepRefused, DomainError.
    """
    row, case = _locked(by, loss, version)
    if on < row.lost_on or on > dates.today():
        raise DomainError(
            _("The decision lies between the day of the loss, %(day)s, and today.")
            % {"day": row.lost_on.isoformat()},
            field="on",
        )
    _check_emergency(row, emergency_provider, emergency_from, emergency_until)
    row.state = Loss.State.CONFIRMED
    row.decided_by, row.decided_on, row.decision_reason = by, on, reason.strip()
    row.document = document or row.document
    row.emergency_provider = emergency_provider
    row.emergency_from, row.emergency_until = emergency_from, emergency_until
    row.version += 1
    row.full_clean(exclude=["case", "district", "street", "community"])
    row.save()
    WatchScore.objects.filter(case=case, is_current=True).update(is_current=False)
    _close_task(case, row, by)
    steps.reenter_campaign(by=by, case=case, on=on, reason=row.reason, document=row.document)
    audit.record(
        "confirm", row, by=by, reason=row.decision_reason, changes={"state": _moved(row.state)}
    )
    watch_telling.tell_loss_decided(row)
    return row


@transaction.atomic
def reject_loss(*, by, loss: Loss, version: int, reason: str) -> Loss:
    """Not a loss: the compound stays cleared and under watch.

    Raises NotAllowed, SamePerson, StaleRecord, NotOpen, DomainError (no reason).
    """
    row, _case = _locked(by, loss, version)
    if not reason.strip():
        raise DomainError(_("Give a reason."), field="reason")
    row.state = Loss.State.REJECTED
    row.decided_by, row.decided_on = by, dates.today()
    row.decision_reason = reason.strip()
    row.version += 1
    row.full_clean(exclude=["case", "district", "street", "community"])
    row.save()
    audit.record(
        "reject", row, by=by, reason=row.decision_reason, changes={"state": _moved(row.state)}
    )
    watch_telling.tell_loss_decided(row)
    return row


def _locked(by, loss: Loss, version: int) -> tuple[Loss, Case]:
    """The report and its case, both held; the reporter never decides.

    The compound is held before its case, as by every step: the loss will be one.
    """
    by.scope.require(CONFIRM, loss)
    case, _compound = writing.locked([loss.case_id])[0]
    row = for_update(Loss.objects).get(pk=loss.pk)
    if row.state != Loss.State.REPORTED:
        raise NotOpen(_("This report has already been decided."))
    if row.version != version:
        raise StaleRecord(current=row)
    if row.reported_by_id == by.pk:
        raise SamePerson(_("You reported this loss, so somebody else must decide it."))
    return row, case


def _check_day(lost_on: dt.date, case: Case) -> None:
    if lost_on > dates.today():
        raise DomainError(_("This day has not come yet."), field="lost_on")
    if case.cleared_on and lost_on < case.cleared_on:
        raise DomainError(
            _("It was cleared on %(day)s; the service cannot have been lost before.")
            % {"day": case.cleared_on.isoformat()},
            field="lost_on",
        )
    if case.served_from and lost_on < case.served_from:
        raise DomainError(
            _("It is served since %(day)s; the service cannot have been lost before.")
            % {"day": case.served_from.isoformat()},
            field="lost_on",
        )


def _check_emergency(
    loss: Loss, provider: Provider | None, first: dt.date | None, last: dt.date | None
) -> None:
    """Six months at most, by a provider of the district that is not barred."""
    if provider is None and first is None and last is None:
        return
    if provider is None or first is None or last is None:
        missing = {
            "emergency_provider": provider,
            "emergency_from": first,
            "emergency_until": last,
        }
        raise DomainError(
            _("Emergency service needs a provider, its first and its last day."),
            field=next(name for name, value in missing.items() if value is None),
        )
    if first < loss.lost_on:
        raise DomainError(
            _("Emergency service begins on the day of the loss, %(day)s, or later.")
            % {"day": loss.lost_on.isoformat()},
            field="emergency_from",
        )
    if last < first:
        raise DomainError(_("The service would end before it begins."), field="emergency_until")
    latest = rules.months_later(first, rules.EMERGENCY_MONTHS)
    if last > latest:
        raise DomainError(
            _("Emergency service lasts %(months)s months at most: until %(day)s.")
            % {"months": rules.EMERGENCY_MONTHS, "day": latest.isoformat()},
            field="emergency_until",
        )
    if provider.district_id != loss.district_id:
        raise DomainError(
            _("This provider belongs to another district."), field="emergency_provider"
        )
    if BlacklistEntry.objects.in_force(first).filter(provider=provider).exists():
        raise DomainError(
            _("This provider is blacklisted and takes no new work."), field="emergency_provider"
        )


def _close_task(case: Case, loss: Loss, by) -> None:
    """What was to be prevented has happened: whoever confirms it closes the open task."""
    task = for_update(WatchTask.objects.open()).filter(case=case).first()
    if task is None:
        return
    task.done_on = max(loss.decided_on, task.opened_on)
    task.done_by, task.result = by, _("The service was lost; the case re-enters the campaign.")
    task.version += 1
    task.save()
    audit.record("close", task, by=by, changes={"done_on": [None, task.done_on]})


def _moved(state: str) -> list[str]:
    return [Loss.State.REPORTED.value, str(state)]
