"""A district with the people of the campaign, and cases brought to any state."""

import datetime as dt
from types import SimpleNamespace

from django.utils import timezone

from compounds.assignment.models import Assignment, AssignmentStep, HandoverItem
from compounds.clearing import services
from compounds.clearing.models import Case
from compounds.contracts.models import Contract, ContractCompound
from compounds.registry.models import Compound
from governance.organisation.scope import Role
from tests.factories import make_compound, make_provider, make_user

TODAY = dt.date(2026, 11, 23)
FIRST = dt.date(2026, 1, 5)


def make_campaign(district) -> SimpleNamespace:
    """A district with a worker, a clerk, a chief, an officer, an approver, and a provider."""
    return SimpleNamespace(
        **vars(district),
        worker=make_user("w", Role.COMMUNITY_WORKER, district.community),
        clerk=make_user("c", Role.STREET_CLERK, district.street),
        chief=make_user("l", Role.STREET_LEADER, district.street),
        officer=make_user("o", Role.DISTRICT_OFFICER, district.area),
        approver=make_user("a", Role.DISTRICT_APPROVER, district.area),
        leader=make_user("d", Role.LEADER, district.area),
        provider=make_provider(district.area),
    )


def classify(compound, strategy="SUBSIDY_TRANSITION") -> None:
    """The register's columns as a classification leaves them."""
    Compound.objects.filter(pk=compound.pk).update(strategy=strategy, decision="DECIDED")
    compound.refresh_from_db()


def make_case(here, on=FIRST, community=None, **facts) -> Case:
    """A registered case of a surveyed, classified compound."""
    compound = make_compound(community or here.community, surveyed_on=on, **facts)
    classify(compound)
    services.open_cases(by=here.officer, compounds=[compound.pk], on=on)
    return Case.objects.select_related("compound").get(compound=compound)


def fresh(case) -> Case:
    return Case.objects.select_related("compound").get(pk=case.pk)


def go(by, case, on, verb=services.advance_case, **more) -> Case:
    case = fresh(case)
    return verb(by=by, case=case, version=case.version, on=on, **more)


def verify(case, on) -> None:
    Compound.objects.filter(pk=case.compound_id).update(verified_on=on)


def plan(by, case) -> None:
    case = fresh(case)
    services.write_plan(
        by=by, case=case, version=case.version, facts={"measures": "保洁、门岗、下水疏通"}
    )


def assign(here, case, on, state="DISTRICT_APPROVED", provider=None) -> Assignment:
    """An assignment that three people have brought so far, with its hand-over list."""
    case = fresh(case)
    row = Assignment.objects.create(
        compound=case.compound,
        provider=provider or here.provider,
        strategy=case.strategy,
        state=state,
        prepared_by=here.clerk,
        reviewed_by=here.chief if state != "PROPOSED" else None,
        approved_by=here.approver if state == "DISTRICT_APPROVED" else None,
    )
    before = ""
    for after in ("PROPOSED", "STREET_REVIEWED", "DISTRICT_APPROVED"):
        AssignmentStep.objects.create(
            assignment=row,
            from_state=before,
            to_state=after,
            on=on,
            at=timezone.now(),
            by=here.clerk,
        )
        before = after
        if after == state:
            break
    return row


def hand_over(row, on=None) -> None:
    HandoverItem.objects.filter(assignment=row).delete()
    HandoverItem.objects.create(
        assignment=row, direction="IN", kind="KEYS", description="门禁钥匙", done_on=on
    )


def consult(here, case, first, last=None):
    return services.add_consultation(
        by=here.worker,
        case=fresh(case),
        facts={
            "method": "VISITS",
            "noticed_on": first,
            "closed_on": last,
            "households_asked": 80,
            "households_answered": 60,
            "households_agreed": 52,
            "document": "",
            "findings": "",
        },
    )


def contract(here, case, signed_on, filed_on=None, provider=None) -> Contract:
    case = fresh(case)
    row = Contract(
        number=f"样例合〔2026〕{case.pk}号",
        kind="TRANSITION",
        provider=provider or here.provider,
        party_a="COMMUNITY",
        party_a_name="样例社区",
        signed_on=signed_on,
        starts_on=signed_on,
        fee_mode="LUMP_SUM",
        state="FILED" if filed_on else "SIGNED",
        filed_on=filed_on,
        prepared_by=here.clerk,
    )
    row.place_in(here.street)
    row.save()
    ContractCompound.objects.create(contract=row, compound=case.compound)
    return row


def file(row, on) -> None:
    Contract.objects.filter(pk=row.pk).update(state="FILED", filed_on=on)


WAY = (
    "REGISTERED",
    "SURVEYED",
    "CLASSIFIED",
    "MATCHING",
    "CONSULTING",
    "CONTRACTED",
    "SERVING",
    "ACCEPTED",
    "CLEARED",
)


def bring(here, case, state) -> Case:
    """Bring a registered case to a state by the right people, with all that is needed."""
    day = lambda n: case.registered_on + dt.timedelta(days=n)  # noqa: E731
    steps = WAY.index(state)
    if steps >= 1:
        go(here.worker, case, day(2))
    if steps >= 2:
        verify(case, day(4))
        go(here.clerk, case, day(4))
    if steps >= 3:
        plan(here.worker, case)
        go(here.chief, case, day(6), services.confirm_case)
        go(here.approver, case, day(8))
    if steps >= 4:
        assign(here, case, day(20))
        go(here.clerk, case, day(20))
    if steps >= 5:
        consult(here, case, day(21), day(36))
        contract(here, case, day(38))
        go(here.worker, case, day(38))
    if steps >= 6:
        file(case.compound.contracts.get().contract, day(40))
        hand_over(case.compound.assignments.get(), day(41))
        go(here.clerk, case, day(42))
    if steps >= 7:
        go(here.clerk, case, day(72))
    if steps >= 8:
        accept(here.officer, case, day(75))
    return fresh(case)


def accept(by, case, on, **facts):
    case = fresh(case)
    checks = dict.fromkeys(("staff_on_post", "refuse_cleared", "board_up", "complaint_line"), True)
    return services.record_acceptance(
        by=by,
        case=case,
        version=case.version,
        on=on,
        facts={**checks, "note": "", "document": "样例验〔2026〕1号", **facts},
    )
