"""What leaves the house: the bank's file, the lines of a batch, the payment notice on paper."""

import io
from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from governance.foundation import dates, downloads
from governance.foundation.spreadsheets import (
    CODE,
    DATE,
    DECIMAL,
    TEXT,
    OutColumn,
    OutSheet,
    csv_lines,
    write_xlsx,
)

from .. import services
from ..models import RELEASE, Disbursement, PaymentLine, PaymentOrder
from ..services.files import BANK_COLUMNS
from .common import FOLDER, batch_of, workbook

CSV = "text/csv; charset=utf-8"
LINES = (
    OutColumn("参考号", CODE, 24),
    OutColumn("企业", TEXT, 26),
    OutColumn("账号", TEXT, 14),
    OutColumn("街道", TEXT, 12),
    OutColumn("小区", TEXT, 24),
    OutColumn("申领编号", CODE, 18),
    OutColumn("年月", TEXT, 10),
    OutColumn("金额", DECIMAL, 14),
    OutColumn("状态", TEXT, 12),
    OutColumn("凭证号", CODE, 18),
    OutColumn("拨付日期", DATE, 12),
)


@login_required
@require_GET
def bank_file(request, pk, kind):
    """The file for the bank, with accounts in full; every taking of it is recorded."""
    batch = batch_of(request, pk, RELEASE)
    if kind not in ("xlsx", "csv"):
        raise Http404
    rows = services.bank_rows(by=request.user, disbursement=batch, kind=kind)
    name = f"{batch.number}.{kind}"
    if kind == "csv":
        lines = csv_lines([column.header for column in BANK_COLUMNS], rows)
        return downloads.download(io.BytesIO(b"".join(lines)), name, CSV)
    target = io.BytesIO()
    write_xlsx(target, [OutSheet(batch.number, BANK_COLUMNS, rows)])
    target.seek(0)
    return downloads.download(target, name, downloads.XLSX)


@login_required
@require_GET
def disbursement_export(request, pk):
    """Orders and months of a batch as a workbook; accounts are masked."""
    batch = batch_of(request, pk)
    lines = (
        PaymentLine.objects.filter(order__disbursement=batch)
        .select_related(
            "order__provider",
            "order__payee_account",
            "accrual__entitlement__compound",
            "accrual__street",
        )
        .order_by("order", "pk")
    )
    count = lines.count()
    services.record_export(by=request.user, disbursement=batch, label="拨付明细表", count=count)
    return workbook(
        request,
        "拨付明细表",
        LINES,
        (_cells(line) for line in lines.iterator(chunk_size=2000)),
        above=[(_("Batch"), batch.number), (_("Indicator"), batch.indicator.number)],
        below=[(_("Total"), f"{batch.total:,.2f}")],
        name=batch.number,
    )


def _cells(line: PaymentLine) -> list:
    order, accrual = line.order, line.accrual
    return [
        order.reference,
        order.provider.name,
        order.payee_account.number_masked,
        str(accrual.street),
        accrual.entitlement.compound.name,
        accrual.entitlement.number,
        f"{accrual.month:%Y-%m}",
        line.amount,
        order.get_state_display(),
        order.voucher,
        order.paid_on,
    ]


@login_required
@require_safe
def payment_notice(request, pk):
    """拨付通知: what is paid to whom, on A4, with masked accounts."""
    batch = batch_of(request, pk)
    if batch.state not in (Disbursement.State.RELEASED, Disbursement.State.RECONCILED):
        raise Http404
    orders = list(
        batch.orders.select_related("provider", "payee_account")
        .prefetch_related("lines__accrual")
        .order_by("pk")
    )
    rows = [
        {
            "order": order,
            "months": sorted({line.accrual.month for line in order.lines.all()}),
            "compounds": len({line.accrual.entitlement_id for line in order.lines.all()}),
        }
        for order in orders
    ]
    paid = batch.orders.filter(Q(state=PaymentOrder.State.PAID))
    return render(
        request,
        f"{FOLDER}/payment_notice.html",
        {
            "batch": batch,
            "rows": rows,
            "paid": sum((order.amount for order in paid), Decimal(0)),
            "printed_on": dates.today(),
        },
    )
