"""What must hold of entitlements on a live database."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum

from governance.foundation.checking import gone_wrong, misplaced
from subsidies.ledger import questions as ledger_questions
from subsidies.ledger.models import Posting, Stage
from subsidies.programmes.rules.examining import replays

from . import rules
from .models import (
    AnnualAct,
    Entitlement,
    EntitlementStep,
    Funding,
    Objection,
    TermChange,
    YearShare,
)


def places() -> Iterator[str]:
    """Rows lie where their compound lies; firms and programmes belong to its district."""
    yield from misplaced(Entitlement.objects, "compound")
    for model in (EntitlementStep, Objection, TermChange):
        yield from misplaced(model.objects, "entitlement")
    yield from gone_wrong(
        AnnualAct.objects,
        Q(programme__isnull=False) & ~Q(programme__district_id=F("district_id")),
        "names a programme of elsewhere",
    )
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
    handed_in = EntitlementStep.objects.filter(
        entitlement=OuterRef("pk"), act="FORWARD", to_state="SUBMITTED"
    )
    for name in names[1:]:
        wrong |= Q(Exists(handed_in.filter(by=OuterRef(name))))
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
    """An indicator holds for a subsidy what its years cost, and nothing of another year.

    While it runs: what was committed less what was released of it.
    """
    rows = Entitlement.objects.filter(state__in=Entitlement.RUNNING).order_by("pk")
    numbers = dict(rows.values_list("pk", "number"))
    shares = YearShare.objects.order_by().values_list("entitlement_id")
    sums = dict(shares.annotate(total=Sum("amount")))
    for pk, amount in rows.values_list("pk", "amount"):
        if sums.get(pk, 0) != amount:
            yield f"the years of entitlement {numbers[pk]} do not add up to its amount"
    fundings = list(Funding.objects.select_related("entitlement").order_by("pk"))
    borne = ledger_questions.years_borne({one.indicator_id for one in fundings})
    bearers: dict[int, set[int]] = defaultdict(set)
    for one in fundings:
        bearers[one.entitlement_id].add(one.indicator_id)
        if one.from_month.year not in borne[one.indicator_id]:
            yield (
                f"entitlement {one.entitlement.number}: months of {one.from_month.year} are"
                f" committed on indicator {one.indicator_id} of another year"
            )
    for pk in numbers.keys() - bearers.keys():
        yield f"entitlement {numbers[pk]} is approved without an indicator"
    funded: dict[int, Decimal] = defaultdict(Decimal)
    for pk, amount in YearShare.objects.committed().values_list("entitlement_id", "amount"):
        funded[pk] += amount
    yield from _held(numbers, bearers, funded)


def _held(numbers, bearers, funded) -> Iterator[str]:
    """What the ledger committed for each against the years that are committed."""
    committed: dict[str, Decimal] = defaultdict(Decimal)
    released: dict[str, Decimal] = defaultdict(Decimal)
    known = {number: pk for pk, number in numbers.items()}
    flows = Posting.objects.filter(
        Q(source__stage=Stage.AVAILABLE, target__stage=Stage.COMMITTED)
        | Q(source__stage=Stage.COMMITTED, target__stage=Stage.AVAILABLE)
    ).values_list(
        "source__holder", "target__holder", "source__indicator_id", "amount", "transaction__key"
    )
    for source, target, indicator, amount, key in flows.iterator(chunk_size=5000):
        number = source or target
        if number not in known:
            continue
        if indicator not in bearers[known[number]]:
            yield f"entitlement {number} is committed on indicator {indicator} that does not pay"
        if source and key.startswith("annual:"):  # what was left of a year
            released[number] += amount
        committed[number] += -amount if source else amount
    for pk, number in numbers.items():
        if committed[number] + released[number] != funded[pk]:
            yield (
                f"entitlement {number}: {committed[number] + released[number]} committed,"
                f" its committed years cost {funded[pk]}"
            )


CHECKS = {
    "places": places,
    "steps": steps,
    "people": people,
    "notices": notices,
    "examinations": examinations,
    "commitments": commitments,
}
