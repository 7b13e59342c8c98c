"""What leaves the system: the bank's file with accounts in full, and sheets with masked ones."""

from collections.abc import Iterator

from django.db import transaction
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation.errors import DomainError
from governance.foundation.spreadsheets import CODE, DECIMAL, TEXT, OutColumn

from ..models import RELEASE, Disbursement, PaymentOrder
from .common import OrderState, State, require

BANK_COLUMNS = (
    OutColumn("参考号", CODE, 26),
    OutColumn("收款人", TEXT, 30),
    OutColumn("开户行", TEXT, 30),
    OutColumn("账号", CODE, 28),
    OutColumn("金额", DECIMAL, 14),
    OutColumn("用途", TEXT, 36),
)


@transaction.atomic
def bank_rows(*, by, disbursement: Disbursement, kind: str) -> list[list]:
    """The rows of the file for the bank: orders that it still has to settle, accounts in full.

    Recorded in the log, without the numbers. `kind` is "xlsx" or "csv".
    Raises NotAllowed, DomainError (not released, nothing left at the bank).
    """
    row = Disbursement.objects.select_related("indicator").get(pk=disbursement.pk)
    require(by, RELEASE, row.district_id)
    if row.state not in (State.RELEASED, State.RECONCILED):
        raise DomainError(_("There is a file for the bank only after the release."))
    orders = list(
        PaymentOrder.objects.filter(disbursement=row, state=OrderState.SENT)
        .select_related("payee_account")
        .order_by("pk")
    )
    if not orders:
        raise DomainError(_("Every order of this batch is settled: nothing is left to be paid."))
    record_export(by=by, disbursement=row, label=f"bank file {kind}", count=len(orders))
    return list(_rows(orders, row))


def _rows(orders: list[PaymentOrder], disbursement: Disbursement) -> Iterator[list]:
    for order in orders:
        account = order.payee_account
        yield [
            order.reference,
            account.holder,
            account.bank,
            account.number(),
            order.amount,
            disbursement.title,
        ]


@transaction.atomic
def record_export(*, by, disbursement: Disbursement, label: str, count: int) -> None:
    """That something left the system: what, of which batch, how many rows."""
    changes = {"file": [None, label], "rows": [None, count]}
    audit.record("export", disbursement, by=by, changes=changes)
