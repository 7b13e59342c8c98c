"""What is known of a served compound: each value with its source and day."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compounds.fees.models import CollectionReport, ServiceStage
from compounds.providers.models import CreditEvent
from subsidies.programmes import facts, rules
from subsidies.programmes.questions import terms_of
from tests.factories import make_provider
from tests.subsidies.factories import make_served

pytestmark = pytest.mark.django_db

D = Decimal

AS_OF = dt.date(2026, 8, 20)


def stage(world, name, position, on):
    ServiceStage.objects.create(
        assignment=world.assignment,
        stage=name,
        position=position,
        began_on=on,
        recorded_by=world.people.clerk,
    )


def report(world, month, billed, paid):
    CollectionReport.objects.create(
        compound=world.compound,
        provider=world.provider,
        month=month,
        billed_households=80,
        paid_households=60,
        billed_amount=D(billed),
        paid_amount=D(paid),
    )


def known(world, **more):
    return facts.facts_of([world.compound.pk], AS_OF, **more)[world.compound.pk]


def test_a_compound_in_service_with_its_contract(world):
    values, sources = known(world)
    assert values["strategy"] == "SUBSIDY_TRANSITION"
    assert values["contract_is_filed"] is True
    assert values["contract_kind"] == "TRANSITION"
    assert values["fee_per_m2"] == D("0.5")
    assert sources["contract_is_filed"] == ("contract", "2026-03-16")
    assert values["households"] == 80
    assert sources[""] == ("survey", "2026-05-25")
    assert values["months_served"] == 5
    assert values["is_charging"] is None  # no stage recorded: nobody knows
    assert values["firm_is_blacklisted"] is False
    assert values["firm_is_banned"] is False
    assert values["deducted_points"] == 0


def test_the_published_terms_of_the_world_are_met(world):
    values, sources = known(world)
    found = rules.examine(terms_of([world.programme.pk])[world.programme.pk], values, sources)
    assert found.is_met is True
    assert rules.replays(found.as_json())


def test_every_fact_of_the_vocabulary_has_an_entry(world):
    values, _sources = known(world)
    assert set(rules.FACTS) == set(values)


def test_charging_begins_with_its_stage(world):
    stage(world, "SERVE", 1, dt.date(2026, 3, 16))
    assert known(world)[0]["is_charging"] is False
    stage(world, "CONSULT", 2, dt.date(2026, 5, 16))
    stage(world, "CHARGE", 3, dt.date(2026, 7, 1))
    values, sources = known(world)
    assert values["is_charging"] is True
    assert sources["is_charging"] == ("stage", "2026-07-01")


def test_collection_is_unknown_while_a_charged_month_is_not_reported(world):
    for position, name in enumerate(("SERVE", "CONSULT", "CHARGE"), 1):
        stage(world, name, position, dt.date(2026, 3, 15) + dt.timedelta(days=20 * position))
    report(world, dt.date(2026, 7, 1), "1000", "750")
    assert known(world)[0]["collection_percent"] is None  # June was charged for
    report(world, dt.date(2026, 6, 1), "1000", "650")
    report(world, dt.date(2026, 8, 1), "1000", "1")  # not over yet: not counted
    values, sources = known(world)
    assert values["collection_percent"] == D("70.0")
    assert sources["collection_percent"] == ("collection", "2026-07-01")


def test_points_deducted_in_the_year_before(world):
    for points, on in (("-2.5", (2026, 8, 1)), ("-1", (2025, 8, 21)), ("-9", (2025, 8, 20)),
                       ("4", (2026, 8, 2))):  # fmt: skip
        CreditEvent.objects.create(
            provider=world.provider, points=D(points), reason="样例", on=dt.date(*on),
            by=world.people.officer,
        )  # fmt: skip
    assert known(world)[0]["deducted_points"] == D("3.5")


def test_the_firm_that_asks_is_the_one_judged(world):
    other = make_provider(world.district.area, is_red=False, blacklisted_until=dt.date(2026, 9, 1))
    values, sources = known(world, providers={world.compound.pk: other.pk})
    assert values["firm_is_red"] is False
    assert values["firm_is_blacklisted"] is True
    assert sources["firm_is_blacklisted"] == ("blacklist", "2026-09-01")
    assert values["contract_is_filed"] is False  # its contract is with another
    assert values["months_served"] is None


def test_a_later_room_says_who_is_barred(world, monkeypatch):
    monkeypatch.setattr(facts, "_bars", [])
    facts.register_bars(lambda ids, day: {pk: (dt.date(2028, 1, 1), "clawback") for pk in ids})
    values, sources = known(world)
    assert values["firm_is_banned"] is True
    assert sources["firm_is_banned"] == ("clawback", "2028-01-01")


def test_facts_of_many_cost_the_same_statements(world):
    others = [
        make_served(world.people, world.district.community, world.provider) for _n in range(4)
    ]
    ids = [world.compound.pk, *(one.compound.pk for one in others)]
    with CaptureQueriesContext(connection) as one:
        facts.facts_of(ids[:1], AS_OF)
    with CaptureQueriesContext(connection) as many:
        found = facts.facts_of(ids, AS_OF)
    assert len(one) == len(many)
    assert set(found) == set(ids)


def test_what_is_not_wanted_is_not_read(world):
    with CaptureQueriesContext(connection) as everything:
        known(world)
    with CaptureQueriesContext(connection) as some:
        values, _sources = known(world, keys={"contract_is_filed", "strategy"})
    assert values["contract_is_filed"] is True
    assert len(some) < len(everything)


@pytest.mark.parametrize(
    ("first", "day", "months"),
    [
        ((2026, 3, 16), (2026, 4, 14), 0),
        ((2026, 3, 16), (2026, 4, 15), 1),
        ((2026, 3, 1), (2026, 3, 31), 1),
        ((2026, 1, 31), (2026, 2, 28), 1),
        ((2026, 3, 16), (2027, 3, 15), 12),
        ((2026, 3, 16), (2026, 3, 1), 0),
    ],
)
def test_complete_months_of_service(first, day, months):
    assert facts.months_between(dt.date(*first), dt.date(*day)) == months
