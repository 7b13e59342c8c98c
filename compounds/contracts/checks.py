"""What must hold of contracts, lots and sheets on a live database."""

import hashlib
from collections.abc import Iterator

from django.core.files.storage import default_storage
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery

from governance.foundation.checking import gone_wrong, misplaced, unfaithful_history

from . import rules
from .gathering import from_record
from .models import Contract, ContractCompound, ContractFile, ContractStep, Lot, LotMember
from .models import ViabilitySheet as Sheet
from .services.common import course_of
from .services.files import orphans

# The steps without which a contract is not in its state.
NEEDED = {"SIGNED": ("SIGNED",), "FILED": ("SIGNED", "FILED"), "ENDED": ("SIGNED", "ENDED")}

# Days of a contract, and the step that tells of each.
DAYS = (("signed_on", "SIGNED"), ("filed_on", "FILED"), ("ended_on", "ENDED"))


def places() -> Iterator[str]:
    """Covers lie with their compounds, contracts where all their compounds lie."""
    yield from misplaced(ContractCompound.objects.all(), "compound")
    yield from misplaced(LotMember.objects.all(), "compound")
    for name in ("district", "street", "community"):
        covers = ContractCompound.objects.filter(contract=OuterRef("pk"))
        apart = covers.exclude(**{f"{name}_id": OuterRef(f"{name}_id")})
        rows = Contract.objects.filter(**{f"{name}__isnull": False}).filter(Exists(apart))
        for number in rows.order_by("pk").values_list("number", flat=True):
            yield f"contract {number} covers compounds outside its {name}"
    files = ContractFile.objects.filter(
        ~Q(district_id=F("contract__district_id"))
        | ~Q(street_id=F("contract__street_id"))
        | ~Q(community_id=F("contract__community_id"))
        | (Q(street=None) & Q(contract__street__isnull=False))
        | (Q(community=None) & Q(contract__community__isnull=False))
        | (Q(street__isnull=False) & Q(contract__street=None))
        | (Q(community__isnull=False) & Q(contract__community=None))
    )
    yield from gone_wrong(files, Q(), "lies elsewhere than its contract")


def states() -> Iterator[str]:
    """Covers run while their contract is on file; states agree with the steps."""
    rows = ContractCompound.objects
    yield from gone_wrong(
        rows.filter(is_running=True),
        ~Q(contract__state="FILED"),
        "runs, but its contract does not",
    )
    yield from gone_wrong(
        rows.filter(contract__state="FILED", compound__status="ACTIVE"),
        Q(is_running=False, left_on=None),
        "does not run, but its contract does",
    )
    yield from gone_wrong(rows, Q(is_main=True, contract__kind="SHARED"), "is no main contract")
    for state, verbs in NEEDED.items():
        for verb in verbs:
            steps = ContractStep.objects.filter(contract=OuterRef("pk"), verb=verb)
            lacking = Contract.objects.filter(state=state).exclude(Exists(steps))
            for number in lacking.order_by("pk").values_list("number", flat=True):
                yield f"contract {number} is {state} without a step {verb}"
    for column, verb in DAYS:
        steps = ContractStep.objects.filter(contract=OuterRef("pk"), verb=verb).order_by("-pk")
        dated = Contract.objects.filter(**{f"{column}__isnull": False})
        apart = dated.annotate(day=Subquery(steps.values("on")[:1])).exclude(day=F(column))
        for number in apart.order_by("pk").values_list("number", flat=True):
            yield f"contract {number} has another {column} than its steps tell"
    empty = Contract.objects.annotate(n=Count("covers")).filter(n=0)
    for number in empty.order_by("pk").values_list("number", flat=True):
        yield f"contract {number} covers no compound"


def deadlines() -> Iterator[str]:
    """The stored day of the next duty is the one that follows from the contract.

    The time for filing is the one that held when the contract was signed.
    """
    for contract in Contract.objects.order_by("pk").iterator():
        course = course_of(contract)
        days = (contract.due_on - contract.signed_on).days if _is_to_file(contract) else 0
        if rules.due_day(course, days) != contract.due_on or days < 0:
            yield f"contract {contract.number} is due on {contract.due_on}, which does not follow"


def _is_to_file(contract: Contract) -> bool:
    return contract.state == "SIGNED" and contract.due_on is not None


def lots() -> Iterator[str]:
    """The gates of a lot come in their order; an awarded lot names its provider."""
    yield from gone_wrong(
        Lot.objects,
        (Q(taken_on__isnull=False) & (Q(renovated_on=None) | Q(provider=None)))
        | (Q(kept_on__isnull=False) & Q(taken_on=None)),
        "has passed a gate without the one before",
    )
    yield from gone_wrong(
        LotMember.objects.filter(left_on=None),
        Q(lot__closed_on__isnull=False),
        "belongs to a closed lot",
    )


def sheets() -> Iterator[str]:
    """A kept sheet reckons to the same from its own record."""
    for sheet in Sheet.objects.order_by("pk").iterator():
        found = from_record(sheet.record).reckon()
        if (found.income.amount, found.cost.amount) != (sheet.income, sheet.cost):
            yield f"viability sheet {sheet.pk} does not follow from its record"


def files() -> Iterator[str]:
    """Every row has its file, as it was attached; every file its row."""
    rows = ContractFile.objects.order_by("pk").values_list("pk", "file", "sha256")
    for pk, name, digest in rows.iterator():
        if not default_storage.exists(name):
            yield f"file {pk} of a contract is not there"
            continue
        with default_storage.open(name) as stored:
            if hashlib.file_digest(stored, "sha256").hexdigest() != digest:
                yield f"file {pk} of a contract is another than was attached"
    for name in orphans():
        yield f"file {name} belongs to no contract"


def history() -> Iterator[str]:
    yield from unfaithful_history(Contract)
    yield from unfaithful_history(Lot)


CHECKS = {
    "places": places,
    "states": states,
    "deadlines": deadlines,
    "lots": lots,
    "sheets": sheets,
    "files": files,
    "history": history,
}
