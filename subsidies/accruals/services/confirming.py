"""Days of service confirmed by the streets, and problems that somebody decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation import bulk, dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.foundation.locks import for_update
from subsidies.entitlements.rules import due as rule

from ..errors import NotOpen
from ..inputs import DECIDABLE, Commitments, with_days
from ..models import APPROVE, CONFIRM, Accrual, AccrualRun
from .common import AMOUNTS, COMPUTED, PROBLEM, State, amounts_of, codes, computed_run, total_up
from .computing import recompute_lines


class Stated(NamedTuple):
    """Days that a clerk states for a line, and why they are others than those computed."""

    days: int
    reason: str = ""
    version: int | None = None


@transaction.atomic
def confirm_days(*, by, run: AccrualRun, stated: Mapping[int, Stated]) -> int:
    """Confirm the days of some lines, by accrual id; how many.

    Other days than those computed need a reason, and the line is computed again with them.
    All or none. Raises NotAllowed, NotOpen, StaleRecord, DomainError.
    """
    row = computed_run(run, State.DRAFT)
    lines = list(
        for_update(row.lines)
        .filter(pk__in=sorted(stated))
        .select_related("entitlement__compound")
        .order_by("pk")
    )
    if len(lines) != len(stated):
        raise DomainError(_("Some of these lines are not in this accrual."))
    other = [line for line in lines if stated[line.pk].days != line.days_served]
    left = Commitments(
        row, {line.entitlement.number for line in other}, without=[line.pk for line in other]
    )
    acts = []
    for line in lines:
        by.scope.require(CONFIRM, line)
        acts.append(_confirm(by, line, stated[line.pk], left))
    bulk.update_many(
        Accrual,
        lines,
        [*AMOUNTS, "days_reason", "confirmed_by", "confirmed_at", "version", "updated_at"],
    )
    total_up(row)
    row.save()
    audit.record_many(acts, by=by)
    return len(lines)


def _confirm(by, line: Accrual, stated: Stated, left: Commitments):
    name = line.entitlement.compound.name
    if stated.version is not None and stated.version != line.version:
        raise StaleRecord(current=line)
    if line.state != COMPUTED:
        raise NotOpen(_("%(name)s: the line cannot be computed yet.") % {"name": name})
    inputs = rule.inputs_of(line.trace)
    longest = inputs.period.days
    if not 0 <= stated.days <= longest:
        raise DomainError(
            _("%(name)s: the month has %(days)s days of the term.")
            % {"name": name, "days": longest},
            field="days",
        )
    reckoned = line.trace.get("reckoned")
    reason = stated.reason.strip()
    if stated.days != reckoned and not reason:
        raise DomainError(
            _("%(name)s: say why it is %(stated)s days and not the %(days)s computed.")
            % {"name": name, "stated": stated.days, "days": reckoned},
            field="reason",
        )
    before = {"days_served": line.days_served, "due": line.due}
    if stated.days != line.days_served:
        source = "STATED" if stated.days != reckoned else "SERVICE"
        _count_anew(line, with_days(inputs, stated.days, source, inputs.days.on), left)
    line.days_reason = reason if stated.days != reckoned else ""
    line.confirmed_by, line.confirmed_at = by, timezone.now()
    line.version += 1
    after = {"days_served": line.days_served, "due": line.due}
    return audit.act_on("confirm", line, audit.changes_between(before, after))


def _count_anew(line: Accrual, inputs, left: Commitments) -> None:
    """Write a line's amounts from changed inputs under the terms it holds itself."""
    terms = rule.terms_of(line.trace)
    number = line.entitlement.number
    indicators = {payer: indicator for payer, indicator, *_rest in line.shares}
    payers = [one.payer for one in terms.shares]
    inputs = rule.replace(inputs, committed=left.of(number, payers, indicators))
    due = rule.due_for(terms, inputs)
    left.take(number, due.shares, indicators)
    record = rule.trace(terms, inputs, due, stated=line.trace["terms"])
    record["reckoned"] = line.trace.get("reckoned")
    for name, value in amounts_of(inputs, due, record=record, indicators=indicators).items():
        setattr(line, name, value)


@transaction.atomic
def confirm_all(*, by, run: AccrualRun, only: Q | None = None) -> int:
    """Confirm the days of all lines of the clerk's places as they were computed; how many.

    Raises NotAllowed, NotOpen.
    """
    row = computed_run(run, State.DRAFT)
    if not by.scope.has(CONFIRM):
        raise NotAllowed()
    rows = row.lines.filter(by.scope.granted(CONFIRM), state=COMPUTED, confirmed_at=None)
    if only is not None:
        rows = rows.filter(only)
    now = timezone.now()
    count = rows.update(confirmed_by=by, confirmed_at=now, version=F("version") + 1, updated_at=now)
    if count:
        audit.record("confirm", row, by=by, changes={"lines": [None, count]})
    return count


@transaction.atomic
def decide_problem(*, by, accrual: Accrual, code: str, reason: str, version: int | None = None):
    """Pay a month in spite of a problem, with a reason (a blacklisted firm); finance decides.

    The other way is to suspend the entitlement. Raises NotAllowed, NotOpen, StaleRecord,
    DomainError.
    """
    run = computed_run(accrual.run, State.DRAFT)
    line = for_update(run.lines).get(pk=accrual.pk)
    by.scope.require(APPROVE, line)
    if version is not None and line.version != version:
        raise StaleRecord(current=line)
    reason = reason.strip()
    if line.state != PROBLEM or code not in codes(line.problems):
        raise NotOpen(_("This line no longer has that problem."))
    if code not in DECIDABLE:
        raise DomainError(_("This problem is mended where it comes from, not decided here."))
    if not reason:
        raise DomainError(_("Say why it is paid all the same."), field="reason")
    line.decisions = {
        **line.decisions,
        code: {"reason": reason, "by": by.pk, "name": str(by), "on": dates.today().isoformat()},
    }
    line.save(update_fields=["decisions"])
    recompute_lines(run, [line])
    total_up(run)
    run.save()
    audit.record("decide", line, by=by, changes={"problem": [code, None]}, reason=reason)
    return line
