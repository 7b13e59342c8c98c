"""Entering what was billed and paid in a compound in a month, with the complaints of the month."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from compounds.registry.models import Compound, Status
from governance.audit import services as audit
from governance.foundation import dates, history
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update

from .. import questions, rules
from ..models import CollectionReport, ComplaintCount

EDIT = "fees.edit"
FIGURES = ("billed_households", "billed_amount", "paid_households", "paid_amount")
# What is refused of a report, by code: the sentence and the field it stands beside.
WORDS = {
    "NOT_CHARGING": (
        gettext_noop(
            "Charging has not begun here in this month: serve, consult, then charge. "
            "Nothing can have been billed."
        ),
        "billed_amount",
    ),
    "TO_COME": (gettext_noop("This month lies in the future."), "month"),
    "MORE_PAID": (gettext_noop("More households paid than were billed."), "paid_households"),
    "NEGATIVE": (gettext_noop("Money is not negative here."), "billed_amount"),
    "PAID_UNBILLED": (gettext_noop("Nothing was billed, but something was paid."), "paid_amount"),
    "GONE": (gettext_noop("This compound is no longer there."), None),
}


@dataclass(frozen=True, slots=True)
class Typed:
    """One line of the grid of a month: figures of a report, and complaints, None where blank.

    `version` is the report's when the page was opened, 0 where there was none.
    """

    compound: int
    version: int
    figures: tuple[int, Decimal, int, Decimal] | None
    complaints: int | None = None
    complaints_before: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that was refused: which field, and why."""

    compound: int
    field: str | None
    message: str


class MonthRefused(DomainError):  # noqa: N818 - as DomainError's other kinds
    """Some lines of a month cannot be: none was saved."""

    def __init__(self, refused: Sequence[Refused]):
        self.refused = list(refused)
        super().__init__(_("Nothing was saved: mend the marked cells first."))


def refusals(
    figures: Sequence, month: dt.date, services: Sequence[rules.Service], today: dt.date
) -> list[str]:
    """Codes of what is wrong with a report; figures as in FIGURES."""
    households, billed, paid_households, paid = figures
    found = []
    if month > rules.month_of(today):
        found.append("TO_COME")
    if billed < 0 or paid < 0:
        found.append("NEGATIVE")
    if paid_households > households:
        found.append("MORE_PAID")
    if billed > 0 and not rules.may_bill(services, month):
        found.append("NOT_CHARGING")
    if not billed and paid > 0:
        found.append("PAID_UNBILLED")
    return found


def provider_of(services: Sequence[rules.Service], month: dt.date) -> int | None:
    """Who served in a month; of several the last."""
    there = [one.provider for one in services if one.covers(month)]
    return there[-1] if there else None


@transaction.atomic
def enter_month(*, by, month: dt.date, lines: Sequence[Typed]) -> list[CollectionReport]:
    """Write the typed lines of a month in one act; unchanged ones are left alone.

    Raises NotAllowed, MonthRefused (with every cell that cannot be; nothing is written).
    """
    ids = sorted(line.compound for line in lines)
    places = {row.pk: row for row in for_update(Compound.objects).filter(pk__in=ids).order_by("pk")}
    for compound in places.values():
        by.scope.require(EDIT, compound)
    reports = {
        one.compound_id: one
        for one in CollectionReport.objects.filter(compound__in=ids, month=month)
    }
    counts = {
        one.compound_id: one for one in ComplaintCount.objects.filter(compound__in=ids, month=month)
    }
    services = questions.services_of(ids)
    refused: list[Refused] = []
    for line in lines:
        refused += _refused(line, month, places, reports, counts, services)
    if refused:
        raise MonthRefused(refused)
    acts, written = [], []
    for line in lines:
        compound = places[line.compound]
        if line.figures is not None:
            provider = provider_of(services.get(compound.pk, ()), month)
            values = dict(zip(FIGURES, line.figures, strict=True))
            report = _write(values, month, compound, reports.get(compound.pk), provider, by, acts)
            if report:
                written.append(report)
        _count(line.complaints, month, compound, counts.get(compound.pk), acts)
    if acts:
        audit.record_many(acts, by=by)
    return written


def _refused(line: Typed, month, places, reports, counts, services) -> list[Refused]:
    compound = places.get(line.compound)
    if compound is None or compound.status != Status.ACTIVE:
        return [Refused(line.compound, None, _(WORDS["GONE"][0]))]
    found = []
    held = reports.get(line.compound)
    is_changed = line.figures is not None and (
        held is None or tuple(getattr(held, name) for name in FIGURES) != line.figures
    )
    if is_changed:
        codes = refusals(line.figures, month, services.get(line.compound, ()), dates.today())
        found += [Refused(line.compound, WORDS[code][1], _(WORDS[code][0])) for code in codes]
        if (held.version if held else 0) != line.version:
            found.append(Refused(line.compound, "billed_households", _stale(held)))
    count = counts.get(line.compound)
    if line.complaints is not None and line.complaints != (count.count if count else None):
        if (count.count if count else None) != line.complaints_before:
            words = _("Somebody else entered %(count)s meanwhile.") % {
                "count": count.count if count else "—"
            }
            found.append(Refused(line.compound, "complaints", words))
        if month > rules.month_of(dates.today()):
            found.append(Refused(line.compound, "complaints", _(WORDS["TO_COME"][0])))
    return found


def _stale(held: CollectionReport | None) -> str:
    if held is None:
        return _("Somebody else has removed this report meanwhile. Check it and save again.")
    return _("Somebody else entered %(billed)s / %(paid)s meanwhile. Check it and save again.") % {
        "billed": f"{held.billed_households} · {held.billed_amount}",
        "paid": f"{held.paid_households} · {held.paid_amount}",
    }


def _write(values, month, compound, held, provider, by, acts) -> CollectionReport | None:
    if held is None:
        report = CollectionReport(compound=compound, month=month, provider_id=provider, **values)
        changes = {name: [None, value] for name, value in values.items()}
        verb = "create"
    else:
        report = held
        changes = {
            name: [getattr(held, name), value]
            for name, value in values.items()
            if getattr(held, name) != value
        }
        if not changes:
            return None
        for name, value in values.items():
            setattr(report, name, value)
        report.version += 1
        verb = "change"
    history.signed(report, by=by).save()
    acts.append(audit.act_on(verb, report, {"month": [None, f"{month:%Y-%m}"], **changes}))
    return report


def _count(complaints, month, compound, held, acts) -> None:
    if complaints is None or (held and held.count == complaints):
        return
    before = held.count if held else None
    row = held or ComplaintCount(compound=compound, month=month)
    row.count = complaints
    if held:
        row.version += 1
    row.save()
    acts.append(
        audit.act_on(
            "change" if held else "create",
            row,
            {"month": [None, f"{month:%Y-%m}"], "count": [before, complaints]},
        )
    )


@transaction.atomic
def save_report(
    *,
    by,
    compound: Compound,
    month: dt.date,
    version: int,
    complaints: int | None = None,
    **values: Any,
) -> CollectionReport:
    """Enter or correct the report of one month. `version` is 0 for a new one.

    `values`: the figures and the note. Raises NotAllowed, StaleRecord, DomainError (what cannot
    be, beside its field).
    """
    place = for_update(Compound.objects).get(pk=compound.pk)
    by.scope.require(EDIT, place)
    if place.status != Status.ACTIVE:
        raise DomainError(_(WORDS["GONE"][0]))
    held = CollectionReport.objects.filter(compound=place, month=month).first()
    if held and not version:
        raise DomainError(_("This month has already been reported."), field="month")
    if (held.version if held else 0) != version:
        raise StaleRecord(current=held)
    services = questions.services_of([place.pk]).get(place.pk, ())
    figures = [values[name] for name in FIGURES]
    for code in refusals(figures, month, services, dates.today()):
        raise DomainError(_(WORDS[code][0]), field=WORDS[code][1])
    acts: list = []
    report = _write(values, month, place, held, provider_of(services, month), by, acts) or held
    if complaints is not None:
        count = ComplaintCount.objects.filter(compound=place, month=month).first()
        _count(complaints, month, place, count, acts)
    if acts:
        audit.record_many(acts, by=by)
    return report
