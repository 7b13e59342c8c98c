"""Deadlines of a district: set per state, and the open cases reckoned anew by them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compounds.registry.models import Compound
from governance.audit import services as audit
from governance.foundation import dates, history
from governance.foundation.bulk import in_chunks
from governance.foundation.errors import DomainError, StaleRecord
from governance.organisation.calendar import calendar
from governance.organisation.models import Area

from .. import rules
from ..models import Case, Deadline, Transition
from . import evidence
from .steps import pauses_of

RIGHT = "case.deadline"
LONGEST = 730


@transaction.atomic
def set_deadline(
    *,
    by,
    district: Area,
    state: str,
    days: int | None,
    unit: str,
    version: int = 0,
    document: str = "",
) -> Deadline:
    """Set how long cases of a district may stay in a state; cases in it are reckoned anew.

    `days` None: no deadline. `version` is 0 where the usual term held. Raises NotAllowed,
    StaleRecord, DomainError.
    """
    by.scope.require(RIGHT, district)
    if state not in rules.SETTABLE:
        raise DomainError(_("This stage has no deadline."), field="state")
    if days is not None and not 1 <= days <= LONGEST:
        raise DomainError(_("Give between 1 and %(most)s days.") % {"most": LONGEST}, field="days")
    Area.objects.select_for_update(no_key=True).get(pk=district.pk)
    row = (
        Deadline.objects.select_for_update(of=("self",))
        .filter(district=district, state=state)
        .first()
    )
    if (row.version if row else 0) != version:
        raise StaleRecord(current=row)
    usual = rules.DEADLINES[state]
    before = (row.days, row.unit) if row else (usual.days, usual.unit)
    if row is None:
        row = Deadline(district=district, state=state)
    else:
        row.version += 1
    row.days, row.unit, row.document = days, unit, document.strip()
    row.full_clean()
    row.save()
    changed = reckon(by=by, district=district.pk, states=[state])
    act = audit.Act(
        verb="set_deadline",
        object_type="clearing.deadline",
        object_id=str(row.pk),
        object_label=str(row)[:200],
        changes={
            "days": [before[0], days],
            "unit": [before[1], unit],
            "document": [None, row.document],
            "cases": [None, changed],
        },
        place=(district.pk, None, None),
    )
    audit.record_many([act], by=by)
    return row


def reckon(*, by, district: int, states: Iterable[str] = rules.SETTABLE) -> int:
    """Reckon the due days of a district's cases anew; returns how many changed.

    Called when a term changes, and after days of rest were entered in the calendar.
    """
    wanted = Case.objects.filter(district=district, state__in=list(states)).order_by("pk")
    list(
        Compound.objects.select_for_update(of=("self",))
        .filter(pk__in=wanted.values("compound"))
        .order_by("pk")
        .values_list("pk")
    )
    cases = list(
        wanted.select_for_update(of=("self",)).values_list("pk", "state", "entered_on", "due_on")
    )
    paused = set(
        Transition.objects.filter(
            case__among=[row[0] for row in cases], kind=Transition.Kind.RESUME
        ).values_list("case", flat=True)
    )
    pauses = pauses_of(paused, until=dates.today())
    terms, days = evidence.terms_of([district])[district], calendar()
    known: dict[tuple, dt.date | None] = {}
    same: dict[dt.date | None, list[int]] = {}
    for pk, state, entered_on, due_on in cases:
        own = pauses[pk][1] if pk in pauses else ()
        key = (state, entered_on, own)
        if key not in known:
            known[key] = rules.due_on(state, entered_on, terms, days, own)
        if known[key] != due_on:
            same.setdefault(known[key], []).append(pk)
    for due, ids in same.items():
        for chunk in in_chunks(ids):
            Case.objects.filter(pk__among=chunk).update(
                due_on=due, version=F("version") + 1, updated_at=timezone.now()
            )
    changed = [pk for ids in same.values() for pk in ids]
    history.record_versions(Case, changed, kind=history.CHANGED, by=by)
    return len(changed)
