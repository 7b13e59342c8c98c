"""Posted accruals of firms with confirmed accounts: what disbursements are made of."""

import datetime as dt
import io
import itertools
from decimal import Decimal

import openpyxl
from django.utils import timezone

from subsidies.accruals.models import Accrual, AccrualRun
from subsidies.entitlements.models import Entitlement, Funding
from subsidies.ledger import services as ledger
from subsidies.ledger.models import Account, Stage
from subsidies.ledger.services import Holder, Line, Place
from subsidies.payees import services as payees
from subsidies.payments import services
from subsidies.payments.models import PaymentLine, PaymentOrder
from tests.factories import make_provider
from tests.subsidies.factories import make_served, make_years

_serial = itertools.count(1)
TODAY = dt.date(2026, 9, 1)
RELEASED = dt.date(2026, 8, 3)
PAID = dt.date(2026, 8, 5)
MARCH, APRIL, MAY = (dt.date(2026, month, 1) for month in (3, 4, 5))
D = Decimal
HEAD = ("参考号", "凭证号", "金额", "结果", "日期", "失败原因")


def make_account(world, provider, number=None):
    """The confirmed account of a firm."""
    number = number or f"62220202{next(_serial):08d}"
    account = payees.propose_account(
        by=world.people.finance,
        provider=provider,
        holder=provider.name,
        bank="样例银行小店支行",
        number=number,
        number_again=number,
    )
    return payees.confirm_account(by=world.people.cashier, account=account, version=1)


def make_entitlement(world, served, amount="16500.00", indicator=None) -> Entitlement:
    """An approved entitlement, committed on the indicator."""
    people, serial = world.people, next(_serial)
    row = Entitlement(
        number=f"补2026-{serial:05d}",
        programme=world.programme,
        compound=served.compound,
        provider=served.provider,
        assignment=served.assignment,
        contract=served.contract,
        area_m2=D("5500"),
        starts_on=MARCH,
        ends_on=dt.date(2026, 8, 31),
        months=6,
        amount=D(amount),
        state="APPROVED",
        document="小店房管〔2026〕9号",
        approved_on=dt.date(2026, 3, 20),
        prepared_by=people.clerk,
        checked_by=people.worker,
        reviewed_by=people.leader,
        assessed_by=people.officer,
        approved_by=people.approver,
    )
    row.save()
    make_years(row)
    indicator = indicator or world.indicator
    Funding.objects.create(
        entitlement=row, payer="DISTRICT", percent=100, indicator=indicator, from_month=MARCH
    )
    ledger.post(
        by=people.approver,
        district_id=row.district_id,
        kind="COMMITMENT",
        on=dt.date(2026, 3, 20),
        key=f"approve:{row.number}",
        lines=[
            Line(
                source=Place(indicator.pk, Stage.AVAILABLE),
                target=Place(indicator.pk, Stage.COMMITTED, row.number),
                amount=row.amount,
                key=f"commit:{row.number}",
            )
        ],
        holders={row.number: Holder(world.programme.pk, row.provider_id, row.compound)},
    )
    return row


def make_run(world, month) -> AccrualRun:
    run = AccrualRun.objects.filter(month=month, district=world.district.area).first()
    if run is None:
        run = AccrualRun(
            month=month,
            state="POSTED",
            prepared_by=world.people.officer,
            submitted_by=world.people.officer,
            approved_by=world.people.finance,
            approved_at=timezone.make_aware(dt.datetime(month.year, month.month + 1, 5, 10)),
        )
        run.place_in(world.district.area)
        run.save()
    return run


def accrue(world, entitlement, month=MARCH, amount="2750.00", indicator=None) -> Accrual:
    """A posted month of an entitlement, payable."""
    indicator, amount = indicator or world.indicator, D(amount)
    row = Accrual(
        run=make_run(world, month),
        entitlement=entitlement,
        month=month,
        index=month.month - 2,
        days_served=30,
        days_in_month=31,
        gross=amount,
        deduction=0,
        due=amount,
        shares=[["DISTRICT", indicator.pk, str(amount), "0.00"]],
        state="POSTED",
    )
    row.save()
    ledger.post(
        by=world.people.finance,
        district_id=row.district_id,
        kind="ACCRUAL",
        on=dt.date(month.year, month.month + 1, 5),
        key=f"accrue:{row.pk}",
        lines=[
            Line(
                source=Place(indicator.pk, Stage.COMMITTED, entitlement.number),
                target=Place(indicator.pk, Stage.PAYABLE, entitlement.number),
                amount=amount,
                key=f"accrue:{row.pk}",
                month=month,
            )
        ],
    )
    return row


def owe(world, name="样例物业乙", months=(MARCH,), amount="2750.00", account=True, street=0):
    """A firm in service of another compound, to whom months are owed."""
    provider = make_provider(world.district.area, name=name)
    community = world.district.communities[street * 2]
    served = make_served(world.people, community, provider)
    entitlement = make_entitlement(world, served)
    for month in months:
        accrue(world, entitlement, month, amount)
    if account:
        make_account(world, provider)
    return entitlement


def owe_three(world) -> None:
    """Three firms with accounts and two months each, the first one of the world's own firm."""
    entitlement = make_entitlement(world, world.served)
    for month in (MARCH, APRIL):
        accrue(world, entitlement, month)
    make_account(world, world.provider)
    owe(world, "样例物业乙", (MARCH, APRIL), "1000.50")
    owe(world, "样例物业丙", (MARCH,), "0.07", street=1)


def draft(world, **filters):
    return services.create_disbursement(
        by=world.people.finance, indicator=world.indicator, on=RELEASED, **filters
    )


def released(world, **filters):
    batch = draft(world, **filters)
    batch = services.submit_disbursement(
        by=world.people.finance, disbursement=batch, version=1, document="小财付〔2026〕1号"
    )
    return services.release_disbursement(
        by=world.people.cashier, disbursement=batch, version=2, on=RELEASED
    )


def orders_of(batch) -> list[PaymentOrder]:
    return list(PaymentOrder.objects.filter(disbursement=batch).order_by("pk"))


def result_rows(batch, failed=()) -> list[list]:
    """What the bank answers: all paid, but for the orders that failed."""
    rows = []
    for serial, order in enumerate(orders_of(batch), 1):
        if order.pk in failed:
            rows.append([order.reference, None, order.amount, "失败", PAID, "户名不符"])
        else:
            rows.append([order.reference, f"V{batch.pk}{serial:03d}", order.amount, "成功", PAID])
    return rows


def workbook(*rows, head=HEAD, title="银行处理结果") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in (head, *rows):
        book.active.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def preview(world, batch, content, tmp_path, name="result.xlsx"):
    path = tmp_path / name
    path.write_bytes(content)
    return services.preview_result(
        by=world.people.finance, disbursement=batch, path=path, name=name
    )


def confirm(world, batch, found, by=None):
    return services.confirm_result(
        by=by or world.people.finance,
        disbursement=batch,
        answers=found.read.answers,
        digest=found.read.digest,
        name=found.read.name,
    )


def balances(world) -> dict[str, Decimal]:
    """Money of the indicator by stage, but nothing where nothing stands."""
    found: dict[str, Decimal] = {}
    rows = Account.objects.filter(indicator=world.indicator).values_list("stage", "balance")
    for stage, balance in rows:
        found[stage] = found.get(stage, D(0)) + balance
    return {stage: balance for stage, balance in found.items() if balance}


def line_states(batch) -> list[str]:
    rows = PaymentLine.objects.filter(order__disbursement=batch).order_by("pk")
    return list(rows.values_list("state", flat=True))
