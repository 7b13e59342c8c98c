"""Deadlines of a district: set per state, and the open cases reckoned anew by them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compounds.registry.models import Compound
from governance.audit import services as audit
from governance.foundation import dates, history
from governance.foundation.bulk import in_chunks
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from governance.organisation.calendar import WorkCalendar, calendar
from governance.organisation.models import Area

from .. import rules
from ..models import Case, Deadline, Transition
from . import evidence
from .steps import pauses_of

RIGHT = "case.deadline"
LONGEST = 730
PLACE = ("district_id", "street_id", "community_id")


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
    for_update(Area.objects).get(pk=district.pk)
    row = for_update(Deadline.objects).filter(district=district, state=state).first()
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
    """Reckon the due days of a district's cases anew; returns how many changed."""
    wanted = Case.objects.filter(district=district, state__in=list(states))
    return len(_reckon(wanted, by=by, days=calendar()))


def follow_calendar(
    *, by, days: Sequence[dt.date], known: WorkCalendar, batch: str
) -> list[Reckoned]:
    """Days of rest or work have changed (the calendar is `known`): open cases are due anew.

    Called by the calendar inside its transaction. Only cases that changed days may concern are
    locked: they began before the last of them and are due from the first of them on, or have
    rested for some time.
    """
    rested = Transition.objects.filter(kind=Transition.Kind.RESUME).values("case")
    concerned = Q(due_on__gte=min(days)) | Q(pk__in=rested)
    wanted = Case.objects.filter(concerned, due_on__isnull=False, entered_on__lt=max(days))
    found = _reckon(wanted, by=by, days=known)
    if found:
        audit.record_many((_act_of(one) for one in found), by=by, batch=batch)
    return found


class Reckoned(NamedTuple):
    """A case whose due day has changed."""

    pk: int
    name: str
    place: tuple[int, int, int]
    before: dt.date | None
    due_on: dt.date | None


def _reckon(wanted: QuerySet, *, by, days: WorkCalendar) -> list[Reckoned]:
    """Reckon due days of cases anew, by the terms of their districts; only what changes is written.

    Compounds are locked first, as every step does.
    """
    list(
        for_update(Compound.objects)
        .filter(pk__in=wanted.values("compound"))
        .order_by("pk")
        .values_list("pk")
    )
    columns = ("pk", "state", "entered_on", "due_on", *PLACE, "compound__name")
    cases = list(for_update(wanted).order_by("pk").values_list(*columns, named=True))
    paused = set(
        Transition.objects.filter(
            case__among=[row.pk for row in cases], kind=Transition.Kind.RESUME
        ).values_list("case", flat=True)
    )
    pauses = pauses_of(paused, until=dates.today())
    terms = evidence.terms_of({row.district_id for row in cases})
    known: dict[tuple, dt.date | None] = {}
    found: list[Reckoned] = []
    for row in cases:
        own = pauses[row.pk][1] if row.pk in pauses else ()
        key = (row.district_id, row.state, row.entered_on, own)
        if key not in known:
            known[key] = rules.due_on(row.state, row.entered_on, terms[row.district_id], days, own)
        if known[key] != row.due_on:
            place = (row.district_id, row.street_id, row.community_id)
            found.append(Reckoned(row.pk, row.compound__name, place, row.due_on, known[key]))
    same: dict[dt.date | None, list[int]] = {}
    for one in found:
        same.setdefault(one.due_on, []).append(one.pk)
    for due, ids in same.items():
        for chunk in in_chunks(ids):
            Case.objects.filter(pk__among=chunk).update(
                due_on=due, version=F("version") + 1, updated_at=timezone.now()
            )
    history.record_versions(Case, [one.pk for one in found], kind=history.CHANGED, by=by)
    return found


def _act_of(one: Reckoned) -> audit.Act:
    changes = audit.plain({"due_on": [one.before, one.due_on]})
    return audit.Act("reckon", "clearing.case", str(one.pk), one.name[:200], changes, one.place)
