"""What must hold of entitlements on a live database."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from django.db.models import F, OuterRef, Q, Subquery

from governance.foundation.checking import gone_wrong, misplaced
from subsidies.ledger import questions as ledger_questions
from subsidies.ledger.models import Stage
from subsidies.programmes.rules.examining import replays

from . import rules
from .models import Entitlement, EntitlementStep, Funding, Objection, TermChange


def places() -> Iterator[str]:
    """Rows lie where their compound lies; firms and programmes belong to its district."""
    yield from misplaced(Entitlement.objects, "compound")
    for model in (EntitlementStep, Objection, TermChange):
        yield from misplaced(model.objects, "entitlement")
    yield from gone_wrong(
        Entitlement.objects,
        ~Q(provider__district_id=F("district_id"))
        | ~Q(programme__district_id=F("district_id"))
        | ~Q(assignment__compound_id=F("compound_id")),
        "names a firm, programme or assignment of elsewhere",
    )


def steps() -> Iterator[str]:
    """The state of every entitlement is that of its last step, and steps follow each other."""
    last = EntitlementStep.objects.filter(entitlement=OuterRef("pk")).order_by("-pk")
    rows = Entitlement.objects.annotate(told=Subquery(last.values("to_state")[:1]))
    for number in rows.exclude(told=F("state")).order_by("pk").values_list("number", flat=True):
        yield f"entitlement {number} is in another state than its last step says"
    imported = Q(state=Entitlement.State.DRAFT) & ~Q(batch="")
    for number in (
        rows.filter(told=None).exclude(imported).order_by("pk").values_list("number", flat=True)
    ):
        yield f"entitlement {number} has no step"
    # A draft that came with a workbook begins without a step, so that the import can be undone.
    drafted = rows.exclude(batch="").values_list("pk", flat=True)
    before: dict[int, str] = dict.fromkeys(drafted, Entitlement.State.DRAFT.value)
    ways = EntitlementStep.objects.order_by("entitlement_id", "pk").values_list(
        "pk", "entitlement_id", "act", "from_state", "to_state", "reason"
    )
    for pk, entitlement, act, left, reached, reason in ways.iterator(chunk_size=2000):
        stays = act == EntitlementStep.Act.CHANGE and left == reached
        if not left:
            before.pop(entitlement, None)
        if left != before.get(entitlement, "") or not (stays or rules.may_move(left, reached)):
            yield f"step {pk} of entitlement {entitlement} does not follow the one before"
        elif not stays and rules.needs_reason(left, reached) and not reason:
            yield f"step {pk} of entitlement {entitlement} has no reason"
        before[entitlement] = reached


def people() -> Iterator[str]:
    """What was approved was applied for, checked, reviewed, examined and approved by five."""
    approved = Entitlement.objects.filter(approved_by__isnull=False)
    names = ("prepared_by", "checked_by", "reviewed_by", "assessed_by", "approved_by")
    wrong = Q()
    for at, one in enumerate(names):
        wrong |= Q(**{f"{one}__isnull": True})
        for other in names[at + 1 :]:
            wrong |= Q(**{one: F(other)})
    yield from gone_wrong(approved, wrong, "was decided by fewer than five people")


def notices() -> Iterator[str]:
    """What was approved was under notice before, and no objection was open."""
    rows = Entitlement.objects
    yield from gone_wrong(
        rows.filter(approved_on__isnull=False),
        Q(notice=None) | Q(approved_on__lte=F("notice__ends_on")),
        "was approved without its notice being over",
    )
    yield from gone_wrong(
        Objection.objects.filter(state=Objection.State.OPEN),
        Q(entitlement__state=Entitlement.State.APPROVED),
        "is open, but the subsidy was approved",
    )


def examinations() -> Iterator[str]:
    """A kept examination yields again what it states."""
    rows = Entitlement.objects.filter(trace__isnull=False).order_by("pk")
    for number, trace in rows.values_list("number", "trace").iterator(chunk_size=500):
        if not replays(trace):
            yield f"the examination of entitlement {number} does not yield what it states"


def commitments() -> Iterator[str]:
    """All that left the indicators for an entitlement is its amount, while it runs."""
    rows = list(
        Entitlement.objects.filter(state__in=["APPROVED", "SUSPENDED"]).values_list(
            "number", "amount"
        )
    )
    held = ledger_questions.of_holders([number for number, _amount in rows])
    for number, amount in rows:
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for (_indicator, stage), balance in held.get(number, {}).items():
            sums[stage] += balance
        if sum(sums.values()) > amount or sums[Stage.COMMITTED] > amount:
            yield f"more is committed for entitlement {number} than its amount"
    funded = Funding.objects.values("entitlement")
    for number in (
        Entitlement.objects.filter(state="APPROVED")
        .exclude(pk__in=funded)
        .order_by("pk")
        .values_list("number", flat=True)
    ):
        yield f"entitlement {number} is approved without an indicator"


CHECKS = {
    "places": places,
    "steps": steps,
    "people": people,
    "notices": notices,
    "examinations": examinations,
    "commitments": commitments,
}
