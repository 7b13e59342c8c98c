"""Changes of an approved subsidy by document: extension, new basis, another indicator."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from subsidies.entitlements.errors import NotOpen, SamePerson
from subsidies.entitlements.models import EntitlementStep, Funding, TermChange
from subsidies.entitlements.rules import changing
from subsidies.entitlements.services import changes as services
from subsidies.ledger import services as ledger
from subsidies.ledger.errors import Overdrawn
from subsidies.ledger.models import Transaction
from subsidies.programmes.rules import Share, Step, Terms
from subsidies.recovery import checks
from tests.subsidies.factories import grant, make_indicator, make_line
from tests.subsidies.recovery.ending import (
    ENDS,
    MONTHLY,
    MONTHS,
    TODAY,
    accrue,
    approved,
    on_day,
    paid,
    standing,
)

pytestmark = pytest.mark.django_db
D = Decimal
AUGUST = dt.date(2026, 8, 1)


@pytest.fixture(autouse=True)
def _today():
    with on_day(TODAY), translation.override("en"):
        yield


def propose(world, row, kind="EXTENSION", **changes):
    facts = {
        "by": world.people.officer,
        "version": row.version,
        "document": "小店房管改〔2026〕1号",
        "reason": "收费尚未稳定",
    }
    if kind == "EXTENSION":
        facts["months"] = 2
    return services.propose_change(entitlement=row, kind=kind, **{**facts, **changes})


def approve(world, change, **changes):
    facts = {"by": world.people.approver, "version": change.version}
    return services.approve_change(change=change, **{**facts, **changes})


# -- what it costs ---------------------------------------------------------------------------------
TERMS = Terms(
    months=6,
    steps=(Step(1, 3, "CHARGEABLE_AREA", D("0.50")), Step(4, 6, "CHARGEABLE_AREA", D("0.30"))),
    shares=(Share("CITY", D(30)), Share("DISTRICT", D(70))),
)
APRIL = MONTHS[0]


def course(**changes):
    facts = {
        "starts_on": APRIL,
        "ends_on": ENDS,
        "quantities": (changing.Quantity(APRIL, D("1000.00"), None),),
        "payers": (changing.Payer(APRIL, "CITY", 1), changing.Payer(APRIL, "DISTRICT", 2)),
    }
    return changing.Course(**{**facts, **changes})


def test_months_cost_what_their_steps_say_shared_among_payers():
    found = changing.costs(TERMS, course(), set())
    assert found.by_indicator == {1: D("720.00"), 2: D("1680.00")}
    assert found.by_year == {(2026, "CITY"): D("720.00"), (2026, "DISTRICT"): D("1680.00")}


def test_accrued_months_cost_nothing_more():
    found = changing.costs(TERMS, course(), set(MONTHS[:4]))
    assert found.by_indicator == {1: D("180.00"), 2: D("420.00")}


def test_an_extension_goes_on_at_the_last_rate():
    longer = course(ends_on=dt.date(2026, 11, 30))
    found = changing.differences(
        changing.costs(TERMS, course(), set(MONTHS)).by_indicator,
        changing.costs(TERMS, longer, set(MONTHS)).by_indicator,
    )
    assert found == {1: D("180.00"), 2: D("420.00")}


def test_months_of_a_year_without_an_indicator_cost_that_year_alone():
    longer = course(ends_on=dt.date(2027, 2, 28))
    found = changing.costs(TERMS, longer, set(MONTHS))
    # October to December by the indicators of 2026; January and February by nobody yet.
    assert found.by_indicator == {1: D("270.00"), 2: D("630.00")}
    assert {key: sum_ for key, sum_ in found.by_year.items() if key[0] == 2027} == {
        (2027, "CITY"): D("180.00"), (2027, "DISTRICT"): D("420.00"),
    }  # fmt: skip
    nobody = changing.costs(TERMS, course(payers=()), set())
    assert nobody.by_indicator == {}
    assert sum(nobody.by_year.values()) == D("2400.00")


@given(
    st.lists(st.sampled_from(MONTHS), unique=True, max_size=6),
    st.decimals(D("0.01"), D(99999), places=2),
    st.integers(0, 5),
)
def test_another_indicator_moves_money_and_costs_nothing(accrued, area, at):
    now = course(quantities=(changing.Quantity(APRIL, area, None),))
    new = course(
        quantities=now.quantities,
        payers=(*now.payers, changing.Payer(MONTHS[at], "DISTRICT", 3)),
    )
    before = changing.costs(TERMS, now, set(accrued))
    after = changing.costs(TERMS, new, set(accrued))
    assert before.by_year == after.by_year
    found = changing.differences(before.by_indicator, after.by_indicator)
    assert sum(found.values()) == 0
    assert found.keys() <= {2, 3}


# -- extension -------------------------------------------------------------------------------------
def test_an_extension_is_committed_when_it_is_approved(world):
    row = paid(world)
    change = propose(world, row)
    assert (change.amount, change.from_month) == (MONTHLY * 2, dt.date(2026, 10, 1))
    before = standing(world)["AVAILABLE"]
    assert "COMMITTED" not in standing(world, row)
    approve(world, change)
    row.refresh_from_db()
    assert (row.months, row.ends_on, row.amount) == (8, dt.date(2026, 11, 30), MONTHLY * 8)
    assert standing(world, row)["COMMITTED"] == MONTHLY * 2
    assert standing(world)["AVAILABLE"] == before - MONTHLY * 2
    step = EntitlementStep.objects.get(entitlement=row, act="CHANGE")
    assert (step.from_state, step.to_state, step.document) == (
        "APPROVED", "APPROVED", change.document
    )  # fmt: skip
    assert not [one for check in checks.CHECKS.values() for one in check()]


def test_an_indicator_that_lacks_the_money_refuses_in_words(world):
    row = approved(world)
    change = propose(world, row, months=90)
    left = standing(world)["AVAILABLE"]
    freeze_rest(world, left)
    with pytest.raises(Overdrawn, match=world.indicator.number):
        approve(world, change)
    change.refresh_from_db()
    row.refresh_from_db()
    assert (change.state, row.months) == ("PREPARED", 6)


def freeze_rest(world, left):
    """Freeze nearly all that is left of the indicator."""
    ledger.post(
        by=world.people.finance,
        district_id=world.indicator.district_id,
        kind="MOVEMENT",
        on=TODAY,
        key="freeze:rest",
        lines=[
            ledger.Line(
                ledger.Place(world.indicator.pk, "AVAILABLE"),
                ledger.Place(world.indicator.pk, "FROZEN"),
                left - 1,
                "freeze:rest",
            )
        ],
    )


@pytest.mark.parametrize("months", [None, 0, 115])
def test_an_extension_has_its_months(world, months):
    with pytest.raises(DomainError, match="months"):
        propose(world, approved(world), months=months)


# -- basis -----------------------------------------------------------------------------------------
def test_a_smaller_area_releases_what_is_too_much(world):
    row = approved(world)
    accrue(world, row, MONTHS[:4])
    change = propose(world, row, "BASIS", from_month=AUGUST, area_m2=D("5000.00"))
    assert change.amount == D("-500.00")
    before = standing(world)["AVAILABLE"]
    approve(world, change)
    row.refresh_from_db()
    assert standing(world)["AVAILABLE"] == before + 500
    assert standing(world, row)["COMMITTED"] == D("5000.00")
    assert Transaction.objects.get(key=f"change:{change.pk}").kind == "RELEASE"
    assert row.amount == MONTHLY * 6 - 500
    july, august = dt.date(2026, 7, 1), AUGUST
    assert services.basis_at([row], july)[row.pk] == (D("5500.00"), None)
    assert services.basis_at([row], august)[row.pk] == (D("5000.00"), None)


def test_a_larger_area_is_committed(world):
    row = approved(world)
    change = approve(
        world, propose(world, row, "BASIS", from_month=dt.date(2026, 9, 17), area_m2=D("6000.00"))
    )
    assert (change.from_month, change.amount) == (dt.date(2026, 9, 1), D("250.00"))


def test_months_that_are_accrued_are_not_touched(world):
    row = approved(world)
    accrue(world, row, MONTHS[:5])
    with pytest.raises(DomainError, match="2026-08 is accrued"):
        propose(world, row, "BASIS", from_month=AUGUST, area_m2=D("5000.00"))


def test_a_month_accrued_meanwhile_is_not_touched(world):
    row = approved(world)
    accrue(world, row, MONTHS[:4])
    change = propose(world, row, "BASIS", from_month=AUGUST, area_m2=D("5000.00"))
    accrue(world, row, MONTHS[4:5])
    with pytest.raises(DomainError, match="2026-08 is accrued"):
        approve(world, change)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"area_m2": None}, "new area"),
        ({"area_m2": D("5500.00")}, "Nothing changes"),
        ({"from_month": None, "area_m2": D(1)}, "which month"),
        ({"from_month": dt.date(2026, 3, 1), "area_m2": D(1)}, "within the term"),
        ({"from_month": dt.date(2026, 10, 1), "area_m2": D(1)}, "within the term"),
        ({"area_m2": D(1), "document": " "}, "document"),
        ({"area_m2": D(1), "reason": ""}, "reason"),
    ],
)
def test_what_changes_nothing_or_has_no_paper_is_refused(world, changes, words):
    with pytest.raises(DomainError, match=words):
        propose(world, approved(world), "BASIS", **{"from_month": AUGUST, **changes})


# -- another indicator -----------------------------------------------------------------------------
@pytest.fixture
def other(world):
    found = make_indicator(make_line(world.district.area))
    grant(world.people, found, "10000.00", on=dt.date(2026, 1, 5))
    return found


def test_another_indicator_takes_over_what_is_committed(world, other):
    row = approved(world)
    accrue(world, row, MONTHS[:3])
    change = propose(world, row, "FUNDING", from_month=AUGUST, payer="DISTRICT", indicator=other)
    assert change.amount == 0
    approve(world, change)
    assert standing(world, row)["COMMITTED"] == MONTHLY  # July stays with the first one
    held = dict(other.accounts.filter(holder=row.number).values_list("stage", "balance"))
    assert held["COMMITTED"] == MONTHLY * 2
    paying = {
        month: services.fundings_at([row.pk], month)[row.pk][0].indicator_id
        for month in (dt.date(2026, 7, 1), AUGUST)
    }
    assert list(paying.values()) == [world.indicator.pk, other.pk]
    assert Funding.objects.filter(entitlement=row).count() == 2


def test_an_indicator_without_money_takes_nothing_over(world):
    row = approved(world)
    empty = make_indicator(make_line(world.district.area))
    change = propose(world, row, "FUNDING", from_month=AUGUST, payer="DISTRICT", indicator=empty)
    with pytest.raises(Overdrawn, match=empty.number):
        approve(world, change)
    assert standing(world, row)["COMMITTED"] == MONTHLY * 6


def test_an_indicator_fits_payer_and_place(world, other):
    row = approved(world)
    city = make_indicator(make_line(world.district.area), payer="CITY")
    later = make_indicator(make_line(world.district.area, 2027))
    facts = {"from_month": AUGUST, "payer": "DISTRICT"}
    for changes, words in (
        ({"indicator": None}, "Name the indicator"),
        ({"indicator": city}, "another payer"),
        ({"indicator": city, "payer": "CITY"}, "no share"),
        ({"indicator": world.indicator}, "already"),
        ({"indicator": later}, "2027"),
    ):
        with pytest.raises(DomainError, match=words):
            propose(world, row, "FUNDING", **{**facts, **changes})


# -- people and order ------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["clerk", "leader", "approver", "finance", "auditor"])
def test_only_the_officer_proposes(world, who):
    with pytest.raises(NotAllowed):
        propose(world, approved(world), by=getattr(world.people, who))


@pytest.mark.parametrize("who", ["second_officer", "finance", "clerk", "auditor"])
def test_only_the_approver_decides(world, who):
    change = propose(world, approved(world))
    with pytest.raises(NotAllowed):
        approve(world, change, by=getattr(world.people, who))


def test_whoever_proposed_does_not_approve(world):
    change = propose(world, approved(world))
    world.people.officer.posts.update(role="district_approver")
    officer = type(world.people.officer).objects.get(pk=world.people.officer.pk)
    with pytest.raises(SamePerson):
        approve(world, change, by=officer)


def test_a_change_is_decided_once(world):
    row = approved(world)
    change = propose(world, row)
    approve(world, change)
    with pytest.raises(StaleRecord):
        approve(world, change)
    change.refresh_from_db()
    with pytest.raises(NotOpen):
        approve(world, change)
    row.refresh_from_db()
    assert row.months == 8


def test_one_change_waits_at_a_time(world):
    row = approved(world)
    propose(world, row)
    with pytest.raises(DomainError, match="waits for approval"):
        propose(world, row)


def test_a_refused_change_posts_nothing(world):
    row = approved(world)
    before = Transaction.objects.count()
    change = propose(world, row)
    with pytest.raises(DomainError, match="reason"):
        services.refuse_change(by=world.people.approver, change=change, version=1, reason=" ")
    change = services.refuse_change(
        by=world.people.approver, change=change, version=1, reason="无预算"
    )
    assert (change.state, Transaction.objects.count()) == ("REFUSED", before)
    assert propose(world, row).state == "PREPARED"


def test_a_subsidy_that_does_not_run_is_not_changed(world):
    row = approved(world, state="PUBLICISED")
    with pytest.raises(NotOpen):
        propose(world, row)


# -- pages -----------------------------------------------------------------------------------------
def test_a_change_goes_its_way_through_the_pages(world, client):
    row = approved(world)
    client.force_login(world.people.officer)
    url = reverse("entitlements:change_add", args=[row.pk, "extension"])
    assert client.get(url).status_code == 200
    sent = {"version": row.version, "months": "2", "document": "文1", "reason": "样例"}
    assert client.post(url, {**sent, "months": "0"}).status_code == 200
    assert client.post(url, sent).status_code == 302
    change = TermChange.objects.get()
    page = reverse("entitlements:change_detail", args=[change.pk])
    assert b"5,500.00" in client.get(page).content
    client.force_login(world.people.approver)
    assert client.get(page).status_code == 200
    approving = reverse("entitlements:change_approve", args=[change.pk])
    answer = client.post(approving, {"version": change.version, "on": TODAY.isoformat()})
    assert answer.status_code == 302
    change.refresh_from_db()
    assert change.state == "APPROVED"
    assert client.get(reverse("entitlements:change_list")).status_code == 200
    for kind in ("basis", "funding"):
        client.force_login(world.people.officer)
        found = client.get(reverse("entitlements:change_add", args=[row.pk, kind]))
        assert found.status_code == 200
