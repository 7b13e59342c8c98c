"""People, a published programme, firms in service, budgets with money: for the tests of subsidies.

`make_money_world(district)` gives all of it; the single factories add more of one kind.
"""

import datetime as dt
import itertools
from decimal import Decimal
from types import SimpleNamespace

from django.utils import timezone

from compounds.assignment.models import Assignment
from compounds.contracts.models import Contract, ContractCompound
from subsidies.entitlements import gathering
from subsidies.entitlements.models import YearShare
from subsidies.entitlements.rules import by_year, first_months
from subsidies.ledger import services as ledger
from subsidies.ledger.models import (
    BudgetIndicator,
    BudgetLine,
    Closing,
    Movement,
    Stage,
    Transaction,
)
from subsidies.ledger.services import Holder, Line, Place
from subsidies.programmes.models import (
    AssessmentBand,
    ClawbackTerm,
    Deduction,
    EligibilityCondition,
    FundingShare,
    Programme,
    RateStep,
)
from subsidies.programmes.questions import terms_of
from tests.factories import make_compound, make_provider, make_user

_serial = itertools.count(1)
GRANTED_ON = dt.date(2026, 1, 5)
SERVES_FROM = dt.date(2026, 3, 16)
CONTRACT_UNTIL = dt.date(2029, 3, 15)

# Half a yuan for each chargeable m² and month, six months at most (S0-11).
XIAODIAN_STEPS = (
    {"from_month": 1, "to_month": 6, "basis": "CHARGEABLE_AREA", "rate": Decimal("0.50")},
)
XIAODIAN_CONDITIONS = (
    {"fact": "strategy", "operator": "in", "value": ["SUBSIDY_TRANSITION"]},
    {"fact": "contract_is_filed", "operator": "is", "value": True},
)


def make_programme(district, by=None, publisher=None, *, published=True, parts=None, **changes):
    """A programme of a district's area with Xiaodian's terms; `parts` replace them by table."""
    by = by or make_user(f"programmer{next(_serial)}")
    publisher = publisher or make_user(f"publisher{next(_serial)}")
    facts = {
        "name": "过渡期物业补贴",
        "edition": 1,
        "document_number": "并小政发〔2026〕1号",
        "effective_from": dt.date(2026, 1, 1),
        "months": 6,
        "start_rule": "NEXT_MONTH",
        **changes,
    }
    programme = Programme.objects.create(district=district, prepared_by=by, **facts)
    tables = {
        RateStep: XIAODIAN_STEPS,
        EligibilityCondition: XIAODIAN_CONDITIONS,
        FundingShare: ({"payer": "DISTRICT", "percent": Decimal(100)},),
        AssessmentBand: (),
        Deduction: (),
        ClawbackTerm: (
            {"trigger": "LEFT_EARLY", "takes": "UNEARNED", "months": 12},
            {"trigger": "FALSE_DATA", "takes": "ALL"},
        ),
        **(parts or {}),
    }
    for model, rows in tables.items():
        for position, row in enumerate(rows, 1):
            model.objects.create(programme=programme, position=position, **row)
    if published:
        programme.state = Programme.State.PUBLISHED
        programme.published_by = publisher
        programme.published_at = timezone.make_aware(dt.datetime(2026, 1, 4, 9))
        programme.save()
    return programme


def make_assignment(people, compound, provider, starts_on=SERVES_FROM, **changes) -> Assignment:
    """A firm in service of a compound by the strategy of transition with subsidy."""
    facts = {
        "state": "ACTIVE",
        "strategy": "SUBSIDY_TRANSITION",
        "document": "小店房管〔2026〕1号",
        "starts_on": starts_on,
        **changes,
    }
    row = Assignment(
        compound=compound,
        provider=provider,
        prepared_by=people.clerk,
        reviewed_by=people.leader,
        approved_by=people.approver,
        **facts,
    )
    row.save()
    return row


def make_contract(people, assignment, **changes) -> Contract:
    """The filed contract of an assignment, covering its compound alone."""
    facts = {
        "number": f"样例合同{next(_serial)}",
        "kind": "TRANSITION",
        "party_a": "MANAGEMENT_COMMITTEE",
        "party_a_name": "样例小区物管会",
        "signed_on": assignment.starts_on,
        "filed_on": assignment.starts_on,
        "starts_on": assignment.starts_on,
        "ends_on": CONTRACT_UNTIL,
        "fee_mode": "LUMP_SUM",
        "fee_per_m2": Decimal("0.5"),
        "state": "FILED",
        **changes,
    }
    compound = assignment.compound
    row = Contract(provider=assignment.provider, prepared_by=people.clerk, **facts)
    row.place_in(compound.community)
    row.save()
    ContractCompound.objects.create(
        contract=row,
        compound=compound,
        assignment=assignment,
        area_m2=compound.chargeable_area_m2,
        is_main=True,
        is_running=row.state == "FILED",
    )
    return row


def make_served(people, community, provider, starts_on=SERVES_FROM, **changes) -> SimpleNamespace:
    """A compound in service with its assignment and filed contract; `changes` of the compound."""
    facts = {"strategy": "SUBSIDY_TRANSITION", "decision": "DECIDED", **changes}
    compound = make_compound(community, **facts)
    assignment = make_assignment(people, compound, provider, starts_on)
    return SimpleNamespace(
        compound=compound,
        provider=provider,
        assignment=assignment,
        contract=make_contract(people, assignment),
    )


# -- budgets ---------------------------------------------------------------------------------------
def make_line(district, year=2026, code=None, **changes) -> BudgetLine:
    facts = {"name": "无物业小区过渡期补贴", **changes}
    code = code or f"21205{next(_serial):02d}"
    return BudgetLine.objects.create(district=district, year=year, code=code, **facts)


def make_indicator(line, payer="DISTRICT", **changes) -> BudgetIndicator:
    """An indicator of a line, without money yet (see `grant`)."""
    serial = next(_serial)
    facts = {
        "number": f"并财指〔{line.year}〕{serial}号",
        "name": f"过渡期补贴指标{serial}",
        "document": f"小财预〔{line.year}〕{serial}号",
        "document_on": dt.date(line.year, 1, 4),
        **changes,
    }
    return BudgetIndicator.objects.create(
        district_id=line.district_id, line=line, payer=payer, **facts
    )


def grant(people, indicator, amount, on=None) -> Movement:
    """Money for an indicator, prepared by one finance officer and confirmed by the other."""
    on = on or dt.date(indicator.line.year, 1, 5)
    movement = Movement.objects.create(
        district_id=indicator.district_id,
        indicator=indicator,
        kind="GRANT",
        amount=Decimal(amount),
        on=on,
        document=indicator.document,
        prepared_by=people.finance,
        confirmed_by=people.cashier,
        confirmed_at=timezone.make_aware(dt.datetime.combine(on, dt.time(9))),
        state="POSTED",
    )
    ledger.post(
        by=people.cashier,
        district_id=indicator.district_id,
        kind="MOVEMENT",
        on=on,
        key=f"movement:{movement.pk}",
        document=movement.document,
        lines=[
            Line(
                source=Place(indicator.pk, Stage.GRANTED),
                target=Place(indicator.pk, Stage.AVAILABLE),
                amount=movement.amount,
                key=f"movement:{movement.pk}",
            )
        ],
    )
    return movement


def commit(people, world, number, amount, *, indicator=None, on=SERVES_FROM, served=None):
    """Commit an amount for an entitlement number, as its approval would."""
    indicator = indicator or world.indicator
    served = served or world.served
    return ledger.post(
        by=people.approver,
        district_id=indicator.district_id,
        kind="COMMITMENT",
        on=on,
        key=f"approve:{number}",
        document="小店房管〔2026〕9号",
        lines=[
            Line(
                source=Place(indicator.pk, Stage.AVAILABLE),
                target=Place(indicator.pk, Stage.COMMITTED, number),
                amount=Decimal(amount),
                key=f"commit:{number}:{indicator.payer}",
            )
        ],
        holders={
            number: Holder(world.programme.pk, served.provider.pk, served.compound),
        },
    )


def make_years(entitlement) -> list:
    """The amounts of an approved entitlement by year, as its months cost without ceilings."""
    terms = terms_of([entitlement.programme_id])[entitlement.programme_id]
    fee = entitlement.contract.fee_per_m2 if entitlement.contract_id else None
    forecast = gathering.forecast_of(entitlement, terms, fee)
    shares = by_year(forecast)
    firsts = first_months(forecast)
    whole = sum(shares.values(), Decimal(0))
    if whole != entitlement.amount:  # made up by the test: it is of the first year and payer
        shares = {min(shares, default=(entitlement.starts_on.year, "DISTRICT")): entitlement.amount}
    return [
        YearShare.objects.create(
            entitlement=entitlement,
            year=year,
            payer=payer,
            amount=amount,
            from_month=firsts.get(year, entitlement.starts_on.replace(day=1)),
        )
        for (year, payer), amount in shares.items()
    ]


# -- the whole -------------------------------------------------------------------------------------
def make_people(district) -> SimpleNamespace:
    """Two people for each role that money asks for, so that nobody approves his own."""
    area = district.area
    return SimpleNamespace(
        worker=make_user("worker", "community_worker", district.community),
        clerk=make_user("clerk", "street_clerk", district.street),
        second_clerk=make_user("second_clerk", "street_clerk", district.street),
        far_clerk=make_user("far_clerk", "street_clerk", district.other_street),
        leader=make_user("leader", "street_leader", district.street),
        officer=make_user("officer", "district_officer", area),
        second_officer=make_user("second_officer", "district_officer", area),
        approver=make_user("approver", "district_approver", area),
        second_approver=make_user("second_approver", "district_approver", area),
        finance=make_user("finance", "finance_officer", area),
        cashier=make_user("cashier", "finance_officer", area),
        auditor=make_user("auditor", "auditor", area),
    )


def make_money_world(district, granted="1000000.00") -> SimpleNamespace:
    """A district with its people, programme, a compound in service and an indicator with money."""
    people = make_people(district)
    programme = make_programme(district.area, people.officer, people.approver)
    provider = make_provider(district.area, name="样例物业甲")
    served = make_served(people, district.community, provider, name="样例一院")
    line = make_line(district.area)
    indicator = make_indicator(line)
    if granted:
        grant(people, indicator, granted)
    return SimpleNamespace(
        district=district,
        people=people,
        programme=programme,
        provider=provider,
        served=served,
        compound=served.compound,
        assignment=served.assignment,
        contract=served.contract,
        line=line,
        indicator=indicator,
    )


def make_ledger_rows(world) -> None:
    """A row of every kind of the ledger in both districts of the world of the access tests."""
    finance, cashier = world.people["F"], make_user("cashier", "finance_officer", world.far)
    people = SimpleNamespace(
        finance=finance,
        cashier=cashier,
        approver=world.people["A"],
        clerk=world.people["C"],
        leader=world.people["L"],
    )
    programme = make_programme(world.district.area, name="样例补贴项目")
    kinds = ("budget_line", "indicator", "movement", "voucher", "ledger_account", "closing")
    for kind in kinds:
        setattr(world, kind, {})
    for place, area in (("own", world.district.area), ("other", world.far)):
        line = world.budget_line[place] = make_line(area)
        indicator = world.indicator[place] = make_indicator(line)
        grant(people, indicator, "100000.00")
        world.movement[place] = Movement.objects.create(
            district=area,
            indicator=indicator,
            kind="FREEZE",
            amount=Decimal("1.00"),
            on=GRANTED_ON,
            document="样例文件",
            prepared_by=cashier,
        )
        world.voucher[place] = Transaction.objects.get(district=area)
        world.ledger_account[place] = indicator.accounts.get(stage="AVAILABLE")
        world.closing[place] = Closing.objects.create(
            district=area,
            until=dt.date(2025, 12, 31),
            last_number=0,
            digest="0" * 64,
            closed_by=finance,
        )
    served = SimpleNamespace(provider=world.provider["own"], compound=world.compound["own"])
    commit(
        people,
        SimpleNamespace(programme=programme, served=served, indicator=world.indicator["own"]),
        "E-OWN",
        "100.00",
    )
