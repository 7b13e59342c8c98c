"""What of accruals waits for a person: days for the clerk, a month for the officer and finance."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.foundation import dates
from governance.notices import sources
from governance.notices.sources import Work
from subsidies.entitlements.models import Entitlement
from subsidies.entitlements.rules.due import month_end

from . import figures
from .filters import LACKS_DAYS
from .models import APPROVE, CONFIRM, PREPARE, Accrual, AccrualRun


def work_of(user) -> Iterator[Work]:
    """Days to be confirmed, months to be computed or handed on, accruals to be approved."""
    scope, today = user.scope, dates.today()
    if not any(scope.has(one) for one in (CONFIRM, PREPARE, APPROVE)):
        return
    runs = {
        run.district_id: run
        for run in AccrualRun.objects.filter(
            district_id__in=scope.in_districts(), state__in=["DRAFT", "SUBMITTED"]
        )
    }
    if scope.has(CONFIRM):
        yield from _days(user, runs, today)
    if scope.has(PREPARE):
        yield from _months(user, runs, today)
    if scope.has(APPROVE):
        yield from _approvals(user, runs, today)


def _days(user, runs, today) -> Iterator[Work]:
    for run in runs.values():
        if run.state != AccrualRun.State.DRAFT or run.computed_at is None:
            continue
        count = Accrual.objects.filter(user.scope.granted(CONFIRM), LACKS_DAYS, run=run).count()
        if count:
            yield Work(
                _("Days of service to be confirmed for %(month)s") % {"month": str(run)},
                count,
                figures.due_on(run.month) < today,
                f"{reverse('accruals:run_detail', args=[run.pk])}?days=open",
                _by(run.month),
                _("Confirm the days"),
            )


def _months(user, runs, today) -> Iterator[Work]:
    for grant in user.scope.areas(PREPARE):
        run = runs.get(grant.district)
        if run is not None:
            if run.state == AccrualRun.State.DRAFT and run.computed_at is not None:
                lines = figures.standing(run.lines)
                if not lines.open_days and lines.computed:
                    yield Work(
                        _("Accrual of %(month)s to be handed to finance") % {"month": str(run)},
                        1,
                        figures.due_on(run.month) < today,
                        reverse("accruals:run_detail", args=[run.pk]),
                        _by(run.month),
                        _("Hand it to finance"),
                    )
            continue
        month = figures.next_month(grant.district, today)
        waiting = Entitlement.objects.approved().filter(
            district=grant.district, starts_on__lte=month_end(month), ends_on__gte=month
        )
        count = waiting.exclude(
            pk__in=Accrual.objects.filter(
                district=grant.district, month=month, state__in=["PROBLEM", "COMPUTED", "POSTED"]
            ).values("entitlement")
        ).count()
        if count:
            yield Work(
                _("Entitlements whose month %(month)s is not accrued yet")
                % {"month": f"{month:%Y-%m}"},
                count,
                figures.due_on(month) < today,
                reverse("accruals:run_list"),
                _by(month),
                _("Compute the accrual"),
            )


def _approvals(user, runs, today) -> Iterator[Work]:
    for grant in user.scope.areas(APPROVE):
        run = runs.get(grant.district)
        if run is None or run.state != AccrualRun.State.SUBMITTED:
            continue
        if user.pk in (run.prepared_by_id, run.submitted_by_id):
            continue
        count = run.line_count
        yield Work(
            _("Accrual of %(month)s to be approved") % {"month": str(run)},
            1,
            figures.due_on(run.month) < today,
            reverse("accruals:run_detail", args=[run.pk]),
            ngettext("%(n)s line", "%(n)s lines", count) % {"n": count},
            _("Approve and post"),
        )


def _by(month) -> str:
    return _("due by %(day)s") % {"day": figures.due_on(month).isoformat()}


def connect() -> None:
    sources.register("accruals", work_of)
