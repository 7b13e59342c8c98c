"""What must hold of exits, changes and claims on a live database.

Plain questions of their own, apart from the services that write.
"""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from django.db.models import F, Q, Sum

from governance.foundation.checking import misplaced
from subsidies.entitlements.models import Entitlement, TermChange
from subsidies.ledger.models import Account, Posting, Stage

from .models import Clawback, ExitReview, Instalment

NOTHING = Decimal("0.00")
STANDS = ("NOTIFIED", "APPEALED", "CONFIRMED", "RECOVERED")


def places() -> Iterator[str]:
    """Reviews, changes and claims lie where their entitlement lies."""
    for model in (ExitReview, Clawback, TermChange):
        yield from misplaced(model.objects.all(), "entitlement")


def claims() -> Iterator[str]:
    """What is claimed is what is to be recovered on the ledger and what was recovered."""
    claimed: dict[str, Decimal] = defaultdict(Decimal)
    rows = Clawback.objects.filter(state__in=STANDS).order_by()
    for number, amount in rows.values_list("entitlement__number", "amount"):
        claimed[number] += amount
    posted: dict[str, Decimal] = defaultdict(Decimal)
    accounts = Account.objects.filter(stage=Stage.TO_RECOVER).order_by()
    for number, amount in accounts.values_list("holder", "balance"):
        posted[number] += amount
    came = Posting.objects.filter(
        transaction__kind="RECOVERY", source__stage=Stage.TO_RECOVER, reversed_by=None
    ).order_by()
    for number, amount in came.values_list("source__holder").annotate(sum=Sum("amount")):
        posted[number] += amount
    for number in sorted(claimed.keys() | posted.keys()):
        if claimed[number] != posted[number]:
            yield (
                f"entitlement {number}: {claimed[number]} claimed back, "
                f"{posted[number]} on the ledger"
            )


def computations() -> Iterator[str]:
    """A claim is the sum of its lines, and its lines are what was posted for it."""
    for row in Clawback.objects.order_by("pk").iterator():
        lines = row.computation.get("lines", [])
        total = sum((Decimal(line["amount"]) for line in lines), NOTHING)
        if row.state in (*STANDS, "PROPOSED") and total != row.amount:
            yield f"clawback {row.pk} claims {row.amount}, its lines are {total}"
        if row.state in STANDS:
            posted = Posting.objects.filter(
                key__startswith=f"clawback:{row.pk}:",
                transaction__kind="CLAWBACK",
                reversed_by=None,
            ).aggregate(sum=Sum("amount"))["sum"]
            if (posted or NOTHING) != row.amount:
                yield f"clawback {row.pk} claims {row.amount}, posted are {posted}"


def instalments() -> Iterator[str]:
    """Instalments make up the claim; those received are posted; the last one recovers it."""
    sums = {
        pk: (planned or NOTHING, received or NOTHING)
        for pk, planned, received in Instalment.objects.order_by()
        .values_list("clawback")
        .annotate(planned=Sum("amount"), came=Sum("amount", filter=Q(received_on__isnull=False)))
    }
    for pk, state, amount in Clawback.objects.order_by("pk").values_list("pk", "state", "amount"):
        planned, received = sums.get(pk, (NOTHING, NOTHING))
        if state in STANDS and planned != amount:
            yield f"clawback {pk} claims {amount}, its instalments are {planned}"
        if state not in STANDS and planned:
            yield f"clawback {pk} is {state} and has instalments"
        if (state == "RECOVERED") != (received == amount and state in STANDS):
            yield f"clawback {pk} is {state}, {received} of {amount} came in"
    came = Posting.objects.filter(transaction__kind="RECOVERY", reversed_by=None).order_by()
    posted = dict(came.values_list("transaction__key").annotate(sum=Sum("amount")))
    rows = Instalment.objects.filter(received_on__isnull=False).order_by("pk")
    for pk, amount in rows.values_list("pk", "amount"):
        if posted.get(f"receive:{pk}") != amount:
            yield f"instalment {pk}: {amount} received, {posted.get(f'receive:{pk}')} posted"


def exits() -> Iterator[str]:
    """Whatever has ended was ended by an approved review of that day."""
    ended = Entitlement.objects.filter(state__in=["EXITED", "CLOSED"])
    proved = ExitReview.objects.filter(
        state=ExitReview.State.APPROVED, exit_on=F("entitlement__exited_on")
    ).exclude(outcome=ExitReview.Outcome.EXTEND)
    for number in (
        ended.exclude(pk__in=proved.values("entitlement"))
        .order_by("pk")
        .values_list("number", flat=True)
    ):
        yield f"entitlement {number} has ended without an approved exit review"


def changes() -> Iterator[str]:
    """Approved changes of the indicator have their funding; extensions fit the term."""
    rows = TermChange.objects.filter(state="APPROVED").select_related("entitlement").order_by("pk")
    for row in rows.filter(kind="FUNDING").iterator():
        if not row.entitlement.fundings.filter(
            payer=row.payer, from_month=row.from_month, indicator=row.indicator_id
        ).exists():
            yield f"change {row.pk} names an indicator that does not pay"
    for row in rows.filter(kind="EXTENSION").iterator():
        if row.entitlement.ends_on < row.from_month:
            yield f"change {row.pk} extends a term that ends before"


CHECKS = {
    "places": places,
    "claims": claims,
    "computations": computations,
    "instalments": instalments,
    "exits": exits,
    "changes": changes,
}
