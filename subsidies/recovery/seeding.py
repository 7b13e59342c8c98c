"""Ends of a scenario's subsidies: reviewed by one person and approved by another."""

import datetime as dt
import tomllib
from pathlib import Path

from compounds.classification.seeding import holder_of
from governance.foundation import dates
from governance.organisation.calendar import calendar
from governance.organisation.models import Area
from subsidies.entitlements.models import Entitlement

from . import services
from .models import EXIT_APPROVE, ExitReview


def load(folder: Path, *, by, report) -> int:
    """Review every term that ended until the day named in `subsidy.toml`; later ones wait."""
    path = folder / "subsidy.toml"
    if by is None or not path.is_file():
        return 0
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    district = Area.objects.get(code=told["district"])
    approver = holder_of(EXIT_APPROVE, district, besides=by.pk)
    until = min(dt.date.fromisoformat(told["reviewed_until"]), dates.today())
    over = (
        Entitlement.objects.filter(district=district, ends_on__lte=until)
        .approved()
        .exclude(exit_reviews__state__in=("PREPARED", "APPROVED"))
        .order_by("ends_on", "pk")
    )
    if approver is None:
        return 0
    rows = list(over)
    for position, row in enumerate(rows):
        report(position, len(rows))
        _review(row, told, by, approver)
    return len(rows)


def _review(row: Entitlement, told: dict, by, approver) -> ExitReview:
    day = calendar().add_working_days(row.ends_on, 12)
    review = services.propose_exit(
        by=by,
        entitlement=row,
        version=row.version,
        exit_reason=Entitlement.ExitReason.TERM,
        exit_on=row.ends_on,
        outcome=ExitReview.Outcome.CONTINUES,
        findings=told["findings"],
        document=told["exit"],
        on=day,
    )
    return services.approve_exit(
        by=approver,
        review=review,
        version=review.version,
        document=told["exit"],
        on=calendar().add_working_days(day, 3),
    )
