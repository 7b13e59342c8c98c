"""The money of a scenario month by month: accrued, ordered, released, and answered by the bank."""

import contextlib
import csv
import datetime as dt
import logging
import tempfile
import tomllib
from pathlib import Path

from django.utils.translation import gettext as _

from compounds.classification.seeding import holder_of
from governance.foundation import dates
from governance.organisation.calendar import calendar
from governance.organisation.models import Area, User
from subsidies.accruals import services as accruals
from subsidies.accruals.models import APPROVE as APPROVE_ACCRUAL
from subsidies.accruals.models import AccrualRun
from subsidies.entitlements.models import Entitlement
from subsidies.ledger.models import BudgetIndicator

from . import services
from .models import RELEASE, Disbursement, PaymentOrder

HEADER = ("参考号", "金额", "结果", "凭证号", "日期", "失败原因")


def load(folder: Path, *, by, report) -> int:
    """Play the months of `subsidy.toml` that are not accrued yet; how many records it wrote."""
    path = folder / "subsidy.toml"
    if by is None or not path.is_file():
        return 0
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    district = Area.objects.get(code=told["district"])
    clerk = User.objects.filter(username=told["people"]["apply"]).first()
    one = holder_of(APPROVE_ACCRUAL, district, besides=by.pk)
    other = one and holder_of(RELEASE, district, besides=one.pk)
    indicator = BudgetIndicator.objects.filter(district=district, number=told["indicator"]).first()
    if None in (clerk, one, other, indicator):
        return 0
    months = _months(district, dt.date.fromisoformat(told["accrued_until"]))
    count = 0
    with _quiet():
        for position, month in enumerate(months):
            report(position, len(months))
            count += _accrue(told, district, month, by, clerk, one)
            count += _pay(told, indicator, month, one, other)
    return count


@contextlib.contextmanager
def _quiet():
    """Background tasks that are done at once do not write between the bars."""
    logger = logging.getLogger("django_tasks")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


def _months(district: Area, until: dt.date) -> list[dt.date]:
    """From the first month of the first term on, without what a run has accrued."""
    first = Entitlement.objects.filter(district=district).approved().order_by("starts_on").first()
    done = set(
        AccrualRun.objects.filter(district=district, state=AccrualRun.State.POSTED).values_list(
            "month", flat=True
        )
    )
    found, month = [], first.starts_on.replace(day=1) if first else None
    while month and month <= until and _next(month) <= dates.today():
        if month not in done:
            found.append(month)
        month = _next(month)
    return found


def _next(month: dt.date) -> dt.date:
    return (month + dt.timedelta(days=31)).replace(day=1)


def _accrue(told, district, month, by, clerk, finance) -> int:
    """§5.2: by the 5th of the next month."""
    day = calendar().add_working_days(_next(month) - dt.timedelta(days=1), 2)
    # What a loading that was cut short had begun is taken up where it stood.
    run = AccrualRun.objects.filter(
        district=district, month=month, state__in=("DRAFT", "SUBMITTED")
    ).first() or accruals.compute_run(by=by, district=district, month=month, on=day)
    run.refresh_from_db()
    if run.computed_at is None:  # where a worker computes
        accruals.execute(run)
        run.refresh_from_db()
    if run.state == AccrualRun.State.DRAFT:
        accruals.confirm_all(by=clerk, run=run)
        run.refresh_from_db()
        run = accruals.submit_run(by=by, run=run, version=run.version)
    document = told["accrual"].format(number=month.month)
    run = accruals.approve_run(by=finance, run=run, version=run.version, document=document, on=day)
    return run.line_count


def _pay(told: dict, indicator, month: dt.date, finance, other) -> int:
    day = calendar().add_working_days(_next(month) - dt.timedelta(days=1), 6)
    document = told["request"].format(number=month.month)
    batch = services.create_disbursement(by=finance, indicator=indicator, document=document, on=day)
    batch = services.submit_disbursement(
        by=finance, disbursement=batch, version=batch.version, document=document
    )
    batch = services.release_disbursement(
        by=other, disbursement=batch, version=batch.version, on=day
    )
    if month > dt.date.fromisoformat(told["answered_until"]):
        return 1
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / _("bank-result.csv")
        _write_answers(file, told, batch, month, calendar().add_working_days(day, 2))
        preview = services.preview_result(by=finance, disbursement=batch, path=file, name=file.name)
        services.confirm_result(
            by=finance,
            disbursement=batch,
            answers=preview.read.answers,
            digest=preview.read.digest,
            name=file.name,
        )
    return 2


def _write_answers(
    file: Path, told: dict, batch: Disbursement, month: dt.date, on: dt.date
) -> None:
    """The bank's file: every order paid by a voucher, but for those that came back."""
    failed = {
        one["firm"]: one["why"] for one in told["failed"] if one["month"] == f"{month:%Y-%m-%d}"
    }
    voucher = PaymentOrder.objects.filter(district=batch.district).exclude(voucher="").count()
    with file.open("w", newline="", encoding="utf-8") as written:
        rows = csv.writer(written)
        rows.writerow(HEADER)
        for order in batch.orders.select_related("provider").order_by("pk"):
            why = failed.get(order.provider.name, "")
            voucher += not why
            rows.writerow(
                [
                    order.reference,
                    order.amount,
                    "失败" if why else "成功",
                    "" if why else told["voucher"].format(number=voucher),
                    on.isoformat(),
                    why,
                ]
            )
