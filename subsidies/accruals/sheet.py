"""The sheet 月度计提与拨付表 (domain.md §8.3 L): what each compound is due and was paid."""

from collections.abc import Iterator
from decimal import Decimal
from types import SimpleNamespace

from django.db.models import QuerySet

from governance.foundation.bulk import in_chunks
from governance.foundation.spreadsheets import DECIMAL, INTEGER, TEXT, OutColumn
from subsidies.entitlements.rules.due import plain
from subsidies.ledger.models import Account, BudgetIndicator

from . import figures, hooks

HEADERS = (
    ("年月", TEXT, 9),
    ("小区", TEXT, 22),
    ("企业", TEXT, 24),
    ("面积", DECIMAL, 12),
    ("标准", TEXT, 9),
    ("服务天数", INTEGER, 9),
    ("应计金额", DECIMAL, 13),
    ("考核得分", DECIMAL, 9),
    ("扣减", DECIMAL, 12),
    ("应拨", DECIMAL, 13),
    ("指标文号", TEXT, 24),
    ("已拨", DECIMAL, 13),
    ("凭证号", TEXT, 16),
    ("拨付日期", TEXT, 12),
    ("结余", DECIMAL, 13),
)
MONTHLY = SimpleNamespace(
    titles=("月度计提与拨付表",),
    numbers=frozenset(i for i, (_h, kind, _w) in enumerate(HEADERS) if kind != TEXT),
    export_columns=lambda: [OutColumn(header, kind, width) for header, kind, width in HEADERS],
)
_READ = (
    "pk",
    "month",
    "entitlement__compound__name",
    "entitlement__provider__name",
    "basis_value",
    "rate",
    "days_served",
    "gross",
    "score",
    "deduction",
    "due",
    "shares",
    "entitlement__number",
)


def rows_of(lines: QuerySet, *, as_text: bool = False) -> Iterator[list]:
    """Rows of the sheet in the order of register and month; three statements a thousand lines."""
    rows = lines.order_by("entitlement__compound__code", "month").values_list(*_READ)
    indicators = dict(
        BudgetIndicator.objects.filter(
            pk__in={
                share[1]
                for shares in lines.order_by().values_list("shares", flat=True)
                for share in shares
            }
        ).values_list("pk", "document")
    )
    for chunk in in_chunks(rows.iterator(chunk_size=1000)):
        paid = hooks.paid_of([row[0] for row in chunk])
        left = figures.left_of((row[-1] for row in chunk), Account.objects.all())
        for row in chunk:
            yield _row(row, indicators, paid.get(row[0]), left, as_text)


def _row(row, indicators, paid, left, as_text: bool) -> list:
    _pk, month, compound, firm, area, rate, days, gross, score, taken, due, shares, number = row
    documents = dict.fromkeys(indicators.get(share[1], "") for share in shares)
    values = [
        f"{month:%Y-%m}",
        compound,
        firm,
        area,
        None if rate is None else plain(rate),
        days,
        gross,
        score,
        taken,
        due,
        "、".join(one for one in documents if one),
        paid.amount if paid else None,
        paid.voucher if paid else "",
        paid.paid_on.isoformat() if paid and paid.paid_on else "",
        left.get(number),
    ]
    if as_text:
        return [_text(value) for value in values]
    return values


def _text(value) -> str:
    if value is None:
        return ""
    return f"{value:,.2f}" if isinstance(value, Decimal) else str(value)
