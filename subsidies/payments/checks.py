"""What must hold of disbursements on a live database, asked apart from the services."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Count, Exists, F, OuterRef, Q, Sum

from governance.foundation.checking import gone_wrong
from subsidies.ledger.models import Account, Posting, Stage

from .models import BankResult, Disbursement, PaymentLine, PaymentOrder


def sums() -> Iterator[str]:
    """An order is the sum of its lines, a batch the sum of its orders."""
    for model, parts, total in (
        (PaymentOrder, "lines", "amount"),
        (Disbursement, "orders", "total"),
    ):
        rows = model.objects.order_by("pk").annotate(sum=Sum(f"{parts}__amount"))
        for pk, stored, found in rows.values_list("pk", total, "sum"):
            if stored != found:
                yield f"{model._meta.model_name} {pk} is {stored}, its {parts} are {found}"


def places() -> Iterator[str]:
    """Orders, lines, accounts and results lie in the district of their batch."""
    yield from gone_wrong(
        PaymentOrder.objects,
        ~Q(district=F("disbursement__district"))
        | ~Q(district=F("payee_account__district"))
        | ~Q(provider=F("payee_account__provider")),
        "lies elsewhere than its batch, or pays another firm's account",
    )
    yield from gone_wrong(
        PaymentLine.objects,
        ~Q(indicator=F("order__disbursement__indicator"))
        | ~Q(accrual__district=F("order__district"))
        | ~Q(accrual__entitlement__provider=F("order__provider")),
        "is of another indicator, district or firm than its order",
    )
    yield from gone_wrong(
        BankResult.objects, ~Q(district=F("disbursement__district")), "lies elsewhere"
    )


def states() -> Iterator[str]:
    """Lines follow their orders, orders their batch."""
    state = "disbursement__state"
    yield from gone_wrong(
        PaymentOrder.objects,
        (Q(state="PREPARED") & Q(**{f"{state}__in": ["RELEASED", "RECONCILED"]}))
        | (~Q(state="PREPARED") & ~Q(**{f"{state}__in": ["RELEASED", "RECONCILED"]}))
        | (Q(state="SENT") & Q(**{state: "RECONCILED"})),
        "is not in a state of its batch",
    )
    fits = (
        Q(order__state="PAID", state="PAID")
        | Q(order__state__in=["FAILED", "SENT_BACK"], state="FREED")
        | Q(order__state="SENT", state="OPEN")
        | Q(order__state="PREPARED", order__disbursement__state="CANCELLED", state="FREED")
        | Q(
            order__state="PREPARED",
            order__disbursement__state__in=["DRAFT", "SUBMITTED"],
            state="OPEN",
        )
    )
    yield from gone_wrong(PaymentLine.objects, ~fits, "does not follow its order")
    waiting = PaymentOrder.objects.filter(disbursement=OuterRef("pk"), state="SENT")
    done = Disbursement.objects.filter(state="RELEASED").exclude(Exists(waiting))
    yield from gone_wrong(done, Q(), "is settled whole, but not reconciled")


def ledger() -> Iterator[str]:
    """What is in payment stands at the bank, what is paid was paid: by entitlement and indicator.

    Paid money may have gone on into a clawback, so it is compared by what was posted.
    """
    at_bank = _by_holder(PaymentLine.objects.filter(order__state="SENT"))
    rows = Account.objects.filter(stage=Stage.IN_PAYMENT).exclude(balance=0)
    held = {
        (indicator, holder): balance
        for indicator, holder, balance in rows.values_list("indicator", "holder", "balance")
    }
    yield from _differences(held, at_bank, "is in payment", "at the bank")
    paid = _by_holder(PaymentLine.objects.filter(state="PAID"))
    posted: dict = defaultdict(Decimal)
    for sign, end, way in (
        (1, "target", {"source__stage": Stage.IN_PAYMENT, "target__stage": Stage.PAID}),
        (-1, "source", {"source__stage": Stage.PAID, "target__stage": Stage.PAYABLE}),
    ):
        rows = Posting.objects.filter(reversed_by=None, reverses=None, **way).order_by()
        sums_ = rows.values_list(f"{end}__indicator", f"{end}__holder").annotate(Sum("amount"))
        for indicator, holder, amount in sums_:
            posted[indicator, holder] += sign * amount
    yield from _differences(posted, paid, "is posted as paid", "paid")


def _by_holder(lines) -> dict:
    rows = lines.order_by().values_list("indicator", "accrual__entitlement__number")
    return {
        (indicator, holder): amount for indicator, holder, amount in rows.annotate(Sum("amount"))
    }


def _differences(ledger_: dict, lines: dict, posted: str, ours: str) -> Iterator[str]:
    for key in sorted(ledger_.keys() | lines.keys()):
        if ledger_.get(key, 0) != lines.get(key, 0):
            yield (
                f"entitlement {key[1]}, indicator {key[0]}: {ledger_.get(key, 0)} {posted}, "
                f"but {lines.get(key, 0)} {ours}"
            )


def returns() -> Iterator[str]:
    """Each month of an order that came back was posted back once, and no other."""
    lines = PaymentLine.objects.filter(order__state="SENT_BACK").order_by("pk")
    posted = dict(
        Posting.objects.filter(transaction__kind="SENT_BACK", reversed_by=None)
        .order_by()
        .values_list("key", "amount")
    )
    for pk, amount in lines.values_list("pk", "amount"):
        if (found := posted.pop(f"back:{pk}", None)) != amount:
            yield f"line {pk} of {amount} was sent back, posted is {found}"
    for key in sorted(posted):
        yield f"{key} was posted as sent back, but no order came back"


def once() -> Iterator[str]:
    """No month's share is in two batches or paid twice, and none above what was accrued."""
    taken = PaymentLine.objects.filter(state__in=["OPEN", "PAID"]).order_by()
    doubled = taken.values("accrual", "indicator").annotate(n=Count("pk")).filter(n__gt=1)
    for row in doubled:
        yield f"accrual {row['accrual']} is paid {row['n']} times out of {row['indicator']}"
    above = taken.values("accrual", "accrual__due").annotate(sum=Sum("amount"))
    for row in above.filter(sum__gt=F("accrual__due")):
        yield f"accrual {row['accrual']} is paid {row['sum']} of {row['accrual__due']}"
    yield from gone_wrong(
        PaymentLine.objects.filter(state__in=["OPEN", "PAID"]),
        ~Q(accrual__state="POSTED"),
        "pays an accrual that is not posted",
    )


def batches() -> Iterator[str]:
    """A released batch was posted whole, on its day."""
    for pk, total, released_on in Disbursement.objects.filter(
        state__in=["RELEASED", "RECONCILED"]
    ).values_list("pk", "total", "released_on"):
        postings = Posting.objects.filter(transaction__key=f"release:D{pk}")
        found = postings.aggregate(sum=Sum("amount"))["sum"]
        if found != total or postings.exclude(transaction__on=released_on).exists():
            yield f"disbursement {pk} of {total} was released as {found}"


CHECKS = {
    "sums": sums,
    "places": places,
    "states": states,
    "ledger": ledger,
    "returns": returns,
    "once": once,
    "batches": batches,
}
