"""Entitlements of a scenario, from application to approval, by the people and days of the chain."""

import datetime as dt
import tomllib
from calendar import monthrange
from collections import defaultdict
from pathlib import Path

from django.utils.translation import gettext as _

from compounds.assignment.models import Assignment
from compounds.classification.seeding import holder_of
from governance.foundation import dates
from governance.organisation.calendar import calendar
from governance.organisation.models import Area, User
from subsidies.ledger.models import BudgetIndicator
from subsidies.programmes.models import Programme

from . import services
from .models import APPROVE, Entitlement

HALF = 15  # who entered in a half of a month is applied for in the next one


def load(folder: Path, *, by, report) -> int:
    """Play `subsidy.toml` for every compound in service that has no entitlement yet."""
    path = folder / "subsidy.toml"
    if by is None or not path.is_file():
        return 0
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    district = Area.objects.get(code=told["district"])
    people = User.objects.in_bulk(told["people"].values(), field_name="username")
    approver = holder_of(APPROVE, district, besides=by.pk)
    if len(people) < len(told["people"]) or approver is None:
        report(_("Without the people of its steps no subsidy is applied for."))
        return 0
    cast = {act: people[name] for act, name in told["people"].items()}
    programme = Programme.objects.filter(
        district=district, name=told["programme"], state=Programme.State.PUBLISHED
    ).first()
    indicator = BudgetIndicator.objects.filter(district=district, number=told["indicator"]).first()
    if programme is None or indicator is None:
        return 0
    waves = _waves(programme, told)
    number = Entitlement.objects.filter(district=district).count()
    for position, (day, assignments) in enumerate(sorted(waves.items()), start=1):
        report(position - 1, len(waves))
        number += _play(told, day, assignments, position, programme, indicator, by, approver, cast)
    return number if waves else 0


def _waves(programme: Programme, told: dict) -> dict[dt.date, list[Assignment]]:
    """By the day of the application: who entered service in the half of a month before.

    Where all are applied for together, that day is named (`applied_on`).
    """
    found = defaultdict(list)
    rows = (
        Assignment.objects.filter(
            district=programme.district, strategy="SUBSIDY_TRANSITION", state="ACTIVE"
        )
        .exclude(compound__entitlements__isnull=False)
        .filter(starts_on__gte=programme.effective_from)
        .select_related("compound")
        .order_by("pk")
    )
    work_days = calendar()
    if "applied_on" in told:
        together = dt.date.fromisoformat(told["applied_on"])
        here = [row for row in rows if row.starts_on <= together]
        return {together: here} if here else {}
    for row in rows:
        first = row.starts_on.replace(day=1)
        last = first.replace(
            day=HALF if row.starts_on.day <= HALF else monthrange(first.year, first.month)[1]
        )
        found[work_days.add_working_days(last, 2)].append(row)
    return found


def _play(told, day, assignments, position, programme, indicator, by, approver, cast) -> int:
    """One wave through the chain; steps that would lie in the future are left to be taken."""
    after = calendar().add_working_days
    stated = dt.date.fromisoformat(told["starts_on"]) if "starts_on" in told else None
    late = told.get("late", "")
    rows = services.apply_many(
        by=cast["apply"],
        applications=[
            services.Application(
                row.compound, programme, told["area_proof"], tuple(told["documents"]), stated
            )
            for row in assignments
        ],
        on=day,
    )
    steps = (
        (0, lambda on: services.submit(by=cast["apply"], entitlements=rows, reason=late, on=on)),
        (2, lambda on: services.check(by=cast["check"], entitlements=rows, on=on)),
        (2, lambda on: services.review(by=cast["review"], entitlements=rows, on=on)),
        (3, lambda on: services.assess(by=by, entitlements=rows, on=on)),
        (1, lambda on: _post(told, rows, position, by, on)),
        (
            7,
            lambda on: services.approve(
                by=approver,
                entitlements=rows,
                document=told["approval"].format(number=position),
                fundings=[indicator],
                on=on,
            ),
        ),
    )
    for days, take in steps:
        day = after(day, days) if days else day
        if day > dates.today():
            break
        take(day)
        rows = list(Entitlement.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk"))
    return len(rows)


def _post(told, rows, position, by, on):
    return services.publicise(
        by=by,
        entitlements=rows,
        number=told["notice"].format(number=position),
        starts_on=on,
        place_posted=told["place_posted"],
        on=on,
    )
