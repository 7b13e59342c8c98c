"""What the tests of the watch begin with: cleared compounds, what is known of them, a policy."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

from django.utils import timezone

from compounds.assignment.models import Assignment
from compounds.clearing.models import Case, Loss, WatchRun, WatchScore, WatchTask
from compounds.clearing.rules import watch as rules
from compounds.clearing.services import watch_policies
from compounds.contracts.models import Contract, ContractCompound
from compounds.fees.models import (
    Assessment,
    AssessmentRound,
    CollectionReport,
    ComplaintCount,
    Inspection,
    ServiceStage,
)
from compounds.registry.models import Compound
from governance.foundation import history
from tests.factories import DAY, make_compound, make_provider, make_user

CLEARED = dt.date(2025, 12, 1)
SERVED = dt.date(2025, 9, 1)
_numbers = iter(range(1, 100_000))


def make_people(place) -> SimpleNamespace:
    """One person of each role that has to do with the watch."""
    return SimpleNamespace(
        officer=make_user(role="district_officer", area=place.area),
        approver=make_user(role="district_approver", area=place.area),
        clerk=make_user(role="street_clerk", area=place.street),
        chief=make_user(role="street_leader", area=place.street),
        other_clerk=make_user(role="street_clerk", area=place.other_street),
        worker=make_user(role="community_worker", area=place.community),
        leader=make_user(role="leader", area=place.area),
    )


def make_watch_policy(place, people):
    return watch_policies.ensure_default(
        district=place.area,
        prepared_by=people.officer,
        published_by=people.approver,
        valid_from=dt.date(2026, 1, 1),
        document="样例〔2026〕7号",
    )


def make_cleared(community, people, provider=None, *, strategy="RED_TAKEOVER", **changes) -> Case:
    """A compound cleared half a year ago, served and charged, with a contract that runs on."""
    compound = make_compound(community, stage="CLEARED", **changes.pop("facts", {}))
    provider = provider or make_provider(community.district)
    facts = {
        "state": "CLEARED",
        "strategy": strategy,
        "provider": provider,
        "registered_on": dt.date(2025, 3, 3),
        "entered_on": CLEARED,
        "served_from": SERVED,
        "cleared_on": CLEARED,
        "first_cleared_on": CLEARED,
        "watched_until": dt.date(2027, 12, 1),
        **changes,
    }
    case = Case.objects.create(compound=compound, **facts)
    Compound.objects.filter(pk=compound.pk).update(first_cleared_on=case.first_cleared_on)
    history.record_versions(Compound, [compound.pk], kind=history.CHANGED, by=None)
    case.assignment = Assignment.objects.create(
        compound=compound,
        provider=provider,
        strategy=strategy,
        state="ACTIVE",
        prepared_by=people.officer,
        reviewed_by=people.chief,
        approved_by=people.approver,
        starts_on=SERVED,
    )
    return case


def charge(case, people, since=dt.date(2025, 11, 1)):
    for position, stage in enumerate(("SERVE", "CONSULT", "CHARGE"), start=1):
        ServiceStage.objects.create(
            assignment=case.assignment,
            stage=stage,
            position=position,
            began_on=SERVED if position < 3 else since,
            recorded_by=people.clerk,
        )


def collect(case, first: dt.date, months: int, paid: int, billed: int = 100):
    """Reports of some months, in yuan."""
    month = first
    for _number in range(months):
        CollectionReport.objects.create(
            compound=case.compound,
            month=month,
            billed_households=80,
            billed_amount=Decimal(billed),
            paid_households=40,
            paid_amount=Decimal(paid),
        )
        month = (month + dt.timedelta(days=32)).replace(day=1)


def contract(case, people, ends_on, *, starts_on=SERVED, renewal="OPEN", state="FILED") -> Contract:
    row = Contract(
        number=f"样例合同{next(_numbers)}",
        kind="TAKEOVER",
        provider=case.provider,
        party_a="COMMUNITY",
        party_a_name="样例居委会",
        signed_on=starts_on,
        filed_on=starts_on,
        starts_on=starts_on,
        ends_on=ends_on,
        fee_mode="LUMP_SUM",
        state=state,
        renewal=renewal,
        prepared_by=people.clerk,
    )
    row.place_in(case.community)
    row.save()
    ContractCompound.objects.create(
        contract=row, compound=case.compound, is_main=True, is_running=state == "FILED"
    )
    return row


def inspect(case, people, on=dt.date(2026, 5, 6), *, passed=True, **changes) -> Inspection:
    facts = {"findings": "" if passed else "垃圾未清", **changes}
    return Inspection.objects.create(
        compound=case.compound, on=on, passed=passed, inspected_by=people.worker, **facts
    )


def assess(case, satisfaction, on=dt.date(2026, 4, 30)) -> Assessment:
    place, _made = AssessmentRound.objects.get_or_create(
        district=case.district,
        name="2026年上半年双评",
        defaults={"starts_on": dt.date(2026, 4, 1), "ends_on": dt.date(2026, 6, 30)},
    )
    return Assessment.objects.create(
        round=place,
        compound=case.compound,
        sampled_households=20,
        satisfaction_score=Decimal(satisfaction),
        collection_score=Decimal("80.00"),
        total=Decimal("80.00"),
        grade="GOOD",
        assessed_on=on,
    )


def complain(case, count, month=dt.date(2026, 4, 1)) -> ComplaintCount:
    return ComplaintCount.objects.create(compound=case.compound, month=month, count=count)


def make_sound(case, people):
    """Everything known, nothing wrong."""
    charge(case, people)
    collect(case, dt.date(2025, 10, 1), 7, paid=90)
    contract(case, people, dt.date(2028, 8, 31))
    inspect(case, people, statement_posted=True)
    assess(case, "88.00")
    complain(case, 1)
    return case


def make_watched(compound, people, policy) -> SimpleNamespace:
    """One compound under watch with all that hangs on it, written down as it is."""
    case = Case.objects.create(
        compound=compound,
        state="CLEARED",
        strategy="FALLBACK",
        registered_on=SERVED,
        entered_on=CLEARED,
        cleared_on=CLEARED,
        first_cleared_on=CLEARED,
        band="YELLOW",
    )
    compiled = rules.compile_policy(policy.as_rule())
    found = {"staff_absent": rules.Reading(True, DAY)}
    scored = compiled.judge(found, DAY)
    run = WatchRun.objects.create(
        area=compound.community, by=people["O"], as_of=DAY, policy=policy, state="DONE"
    )
    score = WatchScore.objects.create(
        case=case,
        run=run,
        policy=policy,
        score=scored.score,
        band=scored.band,
        hits=" staff_absent ",
        record=rules.as_record(compiled, found, DAY, scored),
        digest="",
        as_of=DAY,
    )
    task = WatchTask.objects.create(
        case=case, score=score, kind="VISIT", opened_on=DAY, due_on=dt.date(2026, 6, 8)
    )
    loss = Loss.objects.create(
        case=case,
        lost_on=DAY,
        reason="样例",
        reported_by=people["D"],
        reported_at=timezone.now(),
    )
    return SimpleNamespace(case=case, run=run, task=task, loss=loss)
