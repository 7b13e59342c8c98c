"""Commitments by budget year: an indicator bears its own year; later years are obligations."""

import datetime as dt
from decimal import Decimal
from unittest import mock

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from subsidies.accruals import services as accruals
from subsidies.entitlements import checks, obligations, services
from subsidies.entitlements.errors import NotOpen, RowsRefused, SamePerson
from subsidies.entitlements.models import AnnualAct, Entitlement, EntitlementStep, Funding
from subsidies.entitlements.rules import bearers, bears, by_year, due, first_months, sums_of
from subsidies.entitlements.rules.changing import Payer
from subsidies.entitlements.services import changes
from subsidies.ledger import questions as ledger
from subsidies.ledger.models import Transaction
from subsidies.ledger.proofs import PROOFS
from subsidies.ledger.services import budgets
from subsidies.programmes.models import FundingShare, RateStep
from subsidies.programmes.rules import Share, Step, Terms
from tests.subsidies.entitlements.test_due import terms_of_all_kinds
from tests.subsidies.entitlements.walking import draft, fresh, step, walk
from tests.subsidies.factories import (
    grant,
    make_indicator,
    make_line,
    make_programme,
    make_served,
)

D = Decimal
NOW = dt.date(2027, 1, 20)
AREAS = st.decimals(D("0.01"), D("99999.99"), places=2)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


# -- rules -----------------------------------------------------------------------------------------
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(terms_of_all_kinds(), st.dates(dt.date(2025, 1, 1), dt.date(2028, 12, 31)), AREAS)
def test_years_of_a_forecast_are_its_sum_to_the_fen(terms, starts_on, area):
    ends_on = due.months_after(starts_on, terms.months) - dt.timedelta(1)
    found = due.forecast(
        terms,
        due.Basis(
            starts_on, ends_on, due.Given(area), due.Given(120), due.Given(D("0.80")),
        ),
    )  # fmt: skip
    if found.total is None:
        return
    shares = by_year(found)
    assert sum(shares.values()) == found.total
    assert sum(sums_of(shares).values()) == found.total
    assert all(amount >= 0 for amount in shares.values())
    by_payer = {}
    for (_year, payer), amount in shares.items():
        by_payer[payer] = by_payer.get(payer, 0) + amount
    assert by_payer == found.shares
    assert set(sums_of(shares)) == set(first_months(found))
    for year, first in first_months(found).items():
        assert first == min(one.month for one in found.periods if one.month.year == year)


@given(
    st.integers(1, 120),
    st.dates(dt.date(2025, 1, 1), dt.date(2028, 12, 31)),
    AREAS,
    st.decimals(D(1), D(500_000), places=2),
    st.decimals(D(0), D(500_000), places=2),
)
def test_a_cap_of_the_year_holds_in_each_year_and_takes_nothing_from_another(
    months, starts_on, area, cap, used
):
    terms = Terms(
        months=months,
        steps=(Step(1, months, "CHARGEABLE_AREA", D("0.50")),),
        shares=(Share("CITY", D("33.33")), Share("DISTRICT", D("66.67"))),
        cap_year=cap,
    )
    starts_on = starts_on.replace(day=1)
    ends_on = due.months_after(starts_on, months) - dt.timedelta(1)
    basis = due.Basis(starts_on, ends_on, due.Given(area))
    found = due.forecast(terms, due.replace(basis, programme_years={starts_on.year: used}))
    years = sums_of(by_year(found))
    free = sums_of(by_year(due.forecast(due.replace(terms, cap_year=None), basis)))
    assert sum(years.values()) == found.total
    for year, amount in years.items():
        room = max(D(0), cap - (used if year == starts_on.year else 0))
        assert amount == min(free[year], room)


@given(st.dates(), st.dates())
def test_nothing_bears_a_month_of_another_year(begins, month):
    assert bears(begins, month) == (begins <= month and begins.year == month.year)


@given(
    st.lists(st.tuples(st.integers(1, 36), st.sampled_from(["CITY", "DISTRICT"])), max_size=8),
    st.integers(1, 36),
)
def test_the_last_funding_of_the_year_bears_a_month(rows, at):
    def day(number):
        return due.months_after(dt.date(2026, 1, 1), number - 1)

    payers = [Payer(day(number), payer, index) for index, (number, payer) in enumerate(rows)]
    found = bearers(payers, day(at))
    for payer in ("CITY", "DISTRICT"):
        own = [
            one for one in payers
            if one.payer == payer and one.from_month <= day(at)
            and one.from_month.year == day(at).year
        ]  # fmt: skip
        assert (payer in found) == bool(own)
        if own:
            assert found[payer].from_month == max(one.from_month for one in own)


# -- a term of eighteen months ---------------------------------------------------------------------
MONTHLY = D("2750.00")  # 5,500 m² × 0.50
OF_2026, OF_2027 = MONTHLY * 9, MONTHLY * 9


@pytest.fixture
def long(world):
    """A programme of 18 months: from April 2026 to September 2027."""
    step_of = {"from_month": 1, "to_month": 18, "basis": "CHARGEABLE_AREA", "rate": D("0.50")}
    world.programme = make_programme(
        world.district.area, name="十八个月补贴", months=18, parts={RateStep: (step_of,)}
    )
    return world


def later_indicator(world, year=2027, amount="100000.00", **changes):
    found = make_indicator(make_line(world.district.area, year), **changes)
    if amount:
        grant(world.people, found, amount, on=dt.date(2026, 11, 2))
    return found


def approved(world, **changes) -> Entitlement:
    rows = walk(world, [draft(world)], "publicise")
    step(world, "approve", rows, **changes)
    return fresh(rows[0])


def many(world, count) -> list[Entitlement]:
    people, place = world.people, world.district.community
    rows = [
        draft(world, make_served(people, place, world.provider, name=f"样例{at}院").compound)
        for at in range(count)
    ]
    return walk(world, rows)


def committed(indicator) -> Decimal:
    return ledger.left([indicator.pk])[indicator.pk].committed


def prepare(world, *indicators, **changes) -> AnnualAct:
    facts = {
        "by": world.people.officer,
        "district": world.district.area,
        "year": 2027,
        "document": "小财指〔2027〕1号",
        "fundings": indicators,
        **changes,
    }
    return services.prepare_annual(**facts)


def approve(world, act, **changes) -> AnnualAct:
    facts = {"by": world.people.approver, "version": act.version, "on": NOW, **changes}
    with mock.patch.object(dates, "today", return_value=NOW):
        return services.approve_annual(act=act, **facts)


def is_sound():
    found = [one for check in checks.CHECKS.values() for one in check()]
    found += [one for proof in PROOFS.values() for one in proof()]
    assert found == []


def accrue(world, *months) -> list:
    """Each month computed, its days confirmed, approved into the ledger; the runs."""
    people, runs = world.people, []
    with mock.patch.object(dates, "today", return_value=dt.date(2028, 3, 1)):
        for month in months:
            run = accruals.compute_run(by=people.officer, district=world.district.area, month=month)
            accruals.execute(run)
            accruals.confirm_all(by=people.clerk, run=run)
            accruals.submit_run(by=people.officer, run=run)
            run.refresh_from_db()
            after = due.months_after(month, 1).replace(day=5)
            accruals.approve_run(by=people.finance, run=run, document="小计", on=after)
            runs.append(run)
    return runs


MONTHS_OF_2026 = [dt.date(2026, month, 1) for month in range(4, 13)]


@pytest.mark.django_db
def test_an_approval_commits_the_first_year_and_owes_the_next(long):
    row = approved(long)
    assert row.amount == OF_2026 + OF_2027
    assert committed(long.indicator) == OF_2026
    assert list(row.fundings.values_list("from_month", flat=True)) == [dt.date(2026, 4, 1)]
    (need,) = obligations.needs(Entitlement.objects.all())
    assert (need.year, need.amount, need.count) == (2027, OF_2027, 1)
    assert need.payers == (("DISTRICT", OF_2027),)
    (seen,) = obligations.with_obligation(Entitlement.objects.all())
    assert seen.obligation == OF_2027 == obligations.total_of(Entitlement.objects.all())
    is_sound()


@pytest.mark.django_db
def test_an_approval_commits_a_later_year_whose_indicator_is_there(long):
    later = later_indicator(long)
    row = approved(long, fundings=[long.indicator, later])
    assert (committed(long.indicator), committed(later)) == (OF_2026, OF_2027)
    assert [one.year for one in row.years.order_by("year")] == [2026, 2027]
    assert obligations.needs(Entitlement.objects.all()) == []
    is_sound()


@pytest.mark.django_db
def test_the_first_year_needs_its_own_indicator(long):
    with pytest.raises(DomainError, match="2026"):
        approved(long, fundings=[later_indicator(long)])
    assert not Funding.objects.exists()


@pytest.mark.django_db
def test_a_term_within_one_year_owes_nothing_later(world):
    row = approved(world)
    assert [(one.year, one.amount) for one in row.years.all()] == [(2026, row.amount)]
    assert obligations.needs(Entitlement.objects.all()) == []
    is_sound()


@pytest.mark.django_db
def test_two_payers_owe_their_shares_of_each_year_to_the_fen(world):
    step_of = {"from_month": 1, "to_month": 18, "basis": "CHARGEABLE_AREA", "rate": D("0.3333")}
    shares = [
        {"payer": "CITY", "percent": D("33.33")},
        {"payer": "DISTRICT", "percent": D("66.67")},
    ]
    world.programme = make_programme(
        world.district.area, name="市区共担", months=18,
        parts={RateStep: (step_of,), FundingShare: shares},
    )  # fmt: skip
    city = later_indicator(world, 2026, payer="CITY")
    row = approved(world, fundings=[world.indicator, city])
    by_key = {(one.year, one.payer): one.amount for one in row.years.all()}
    assert sum(by_key.values()) == row.amount
    assert committed(city) == by_key[2026, "CITY"]
    assert committed(world.indicator) == by_key[2026, "DISTRICT"]
    is_sound()


@pytest.mark.django_db
def test_a_month_of_a_year_that_is_not_committed_is_a_problem_and_never_zero(long):
    approved(long)
    accrue(long, *MONTHS_OF_2026)
    january = dt.date(2027, 1, 1)
    with mock.patch.object(dates, "today", return_value=dt.date(2027, 2, 5)):
        run = accruals.compute_run(
            by=long.people.officer, district=long.district.area, month=january
        )
        accruals.execute(run)
    (line,) = run.lines.filter(month=january)
    assert line.state == "PROBLEM"
    assert line.problems == [["YEAR_NOT_COMMITTED", {"year": "2027"}]]
    assert (line.gross, line.due, line.shares) == (None, None, [])
    with mock.patch.object(dates, "today", return_value=dt.date(2027, 2, 5)):
        accruals.cancel_run(by=long.people.officer, run=run, reason="2027年度尚未列支")
    later = later_indicator(long)
    approve(long, prepare(long, later))
    (run,) = accrue(long, january)
    (line,) = run.lines.all()
    assert [share[1] for share in line.shares] == [later.pk]
    assert committed(later) == OF_2027 - MONTHLY
    assert committed(long.indicator) == 0
    is_sound()


# -- the act of a budget year ----------------------------------------------------------------------
@pytest.mark.django_db
def test_a_year_of_many_is_committed_at_once(long):
    rows = many(long, 3)
    later = later_indicator(long)
    act = prepare(long, later)
    assert (act.state, act.count, act.amount) == ("PREPARED", 3, OF_2027 * 3)
    assert committed(later) == 0
    approve(long, act)
    act.refresh_from_db()
    assert (act.state, act.approved_on) == ("APPROVED", NOW)
    assert committed(later) == OF_2027 * 3
    named = Funding.objects.filter(annual_act=act)
    assert set(named.values_list("from_month", "indicator")) == {(dt.date(2027, 1, 1), later.pk)}
    voucher = Transaction.objects.get(key=f"annual:{act.pk}")
    assert (voucher.kind, voucher.document, voucher.postings.count()) == (
        "COMMITMENT", act.document, 3
    )  # fmt: skip
    for row in rows:
        last = EntitlementStep.objects.filter(entitlement=row).latest("pk")
        assert (last.act, last.document) == ("CHANGE", act.document)
        assert fresh(row).version == row.version + 1
    assert AuditEntry.objects.filter(verb="commit_year").count() == 3
    assert obligations.needs(Entitlement.objects.all()) == []
    is_sound()


@pytest.mark.django_db
def test_the_same_paper_handed_in_again_is_found(long):
    approved(long)
    later = later_indicator(long)
    first, again = (prepare(long, later, key="once") for _ in range(2))
    assert first == again
    assert AnnualAct.objects.count() == 1


@pytest.mark.django_db
def test_a_year_is_committed_once_and_by_another(long):
    approved(long)
    later = later_indicator(long)
    act, second = prepare(long, later), prepare(long, later)
    for who in ("second_officer", "finance", "clerk"):
        with pytest.raises(NotAllowed):
            approve(long, act, by=getattr(long.people, who))
    approve(long, act)
    with pytest.raises(StaleRecord):
        approve(long, act)
    act.refresh_from_db()
    with pytest.raises(NotOpen):
        approve(long, act)
    with pytest.raises(DomainError, match="No subsidy waits"):
        approve(long, second)
    services.refuse_annual(by=long.people.approver, act=second, version=1, reason="重复")
    second.refresh_from_db()
    assert (second.state, second.refusal) == ("REFUSED", "重复")
    assert committed(later) == OF_2027


@pytest.mark.django_db
def test_whoever_prepared_does_not_approve(long):
    approved(long)
    act = prepare(long, later_indicator(long))
    long.people.officer.posts.update(role="district_approver")
    officer = type(long.people.officer).objects.get(pk=long.people.officer.pk)
    with pytest.raises(SamePerson):
        approve(long, act, by=officer)


@pytest.mark.django_db
def test_an_indicator_that_is_short_refuses_all_and_names_what_does_not_fit(long):
    rows = many(long, 3)
    later = later_indicator(long, amount="50000.00")  # two of 24,750.00 fit
    with pytest.raises(RowsRefused) as caught:
        prepare(long, later)
    assert [one.pk for one in caught.value.rows] == [rows[2].pk]
    assert "500.00" in str(caught.value.rows[0].message)
    assert later.number in caught.value.message
    enough = later_indicator(long)
    act = prepare(long, enough)
    freeze = budgets.prepare_movement(
        by=long.people.finance, indicator=enough, kind="FREEZE", amount=D("60000.00"),
        on=dt.date(2026, 11, 3), document="冻结",
    )  # fmt: skip
    budgets.confirm_movement(by=long.people.cashier, movement=freeze, version=1)
    with pytest.raises(RowsRefused):
        approve(long, act)
    assert committed(enough) == 0
    assert not Funding.objects.filter(annual_act__isnull=False).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("indicator", "words"),
    [
        ({"year": 2026}, "2027"),
        ({"year": 2028}, "2027"),
        ({"payer": "CITY"}, "2027"),
    ],
)
def test_the_indicator_is_of_that_year_and_payer(long, indicator, words):
    approved(long)
    with pytest.raises(DomainError, match=words):
        prepare(long, later_indicator(long, **indicator))


@pytest.mark.django_db
def test_one_programme_or_street_can_be_committed_alone(long):
    approved(long)
    later = later_indicator(long)
    other = make_programme(long.district.area, name="另一项目")
    with pytest.raises(DomainError, match="No subsidy waits"):
        prepare(long, later, programme=other)
    with pytest.raises(DomainError, match="No subsidy waits"):
        prepare(long, later, street=long.district.other_street)
    act = prepare(long, later, programme=long.programme, street=long.district.street)
    assert (act.count, act.street_id) == (1, long.district.street.pk)
    approve(long, act)
    assert committed(later) == OF_2027


@pytest.mark.django_db
def test_years_are_committed_in_their_order(long):
    step_of = {"from_month": 1, "to_month": 36, "basis": "CHARGEABLE_AREA", "rate": D("0.50")}
    long.programme = make_programme(
        long.district.area, name="三年补贴", months=36, parts={RateStep: (step_of,)}
    )
    approved(long)
    last = later_indicator(long, 2028)
    with pytest.raises(DomainError, match="2027 is not committed"):
        prepare(long, last, year=2028)
    assert [one.year for one in obligations.needs(Entitlement.objects.all())] == [
        2027, 2028, 2029,
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_change_meanwhile_asks_for_a_new_paper(long):
    row = approved(long)
    later = later_indicator(long)
    act = prepare(long, later)
    basis = changes.propose_change(
        by=long.people.officer, entitlement=row, version=row.version, kind="BASIS",
        document="改1", reason="重新测绘", from_month=dt.date(2026, 12, 1), area_m2=D("5000.00"),
    )  # fmt: skip
    changes.approve_change(by=long.people.approver, change=basis, version=1)
    assert basis.amount == D("-2500.00")
    assert committed(long.indicator) == OF_2026 - 250
    (need,) = obligations.needs(Entitlement.objects.all())
    assert need.amount == OF_2027 - 9 * 250
    with pytest.raises(DomainError, match="anew"):
        approve(long, act)
    approve(long, prepare(long, later))
    assert committed(later) == OF_2027 - 9 * 250
    is_sound()


# -- with changes by document ----------------------------------------------------------------------
@pytest.mark.django_db
def test_an_extension_beyond_the_year_is_owed_until_its_year_is_committed(world):
    row = approved(world)
    longer = changes.propose_change(
        by=world.people.officer, entitlement=row, version=row.version, kind="EXTENSION",
        document="延1", reason="收费未稳", months=5,
    )  # fmt: skip
    changes.approve_change(by=world.people.approver, change=longer, version=1)
    row = fresh(row)
    assert (row.ends_on, row.amount) == (dt.date(2027, 2, 28), MONTHLY * 11)
    assert committed(world.indicator) == MONTHLY * 9
    (need,) = obligations.needs(Entitlement.objects.all())
    assert (need.year, need.amount) == (2027, MONTHLY * 2)
    is_sound()


@pytest.mark.django_db
def test_another_indicator_holds_for_its_year_and_not_before_it_is_committed(long):
    row = approved(long)
    later, other = later_indicator(long), later_indicator(long)
    facts = {
        "by": long.people.officer, "entitlement": row, "kind": "FUNDING", "document": "换1",
        "reason": "调整", "payer": "DISTRICT", "indicator": other,
    }  # fmt: skip
    with pytest.raises(DomainError, match="commit the year first"):
        changes.propose_change(**facts, version=row.version, from_month=dt.date(2027, 3, 1))
    approve(long, prepare(long, later))
    row = fresh(row)
    change = changes.propose_change(
        **{**facts, "entitlement": row}, version=row.version, from_month=dt.date(2027, 3, 1)
    )
    with mock.patch.object(dates, "today", return_value=NOW):
        changes.approve_change(by=long.people.approver, change=change, version=1)
    assert (committed(later), committed(other)) == (MONTHLY * 2, MONTHLY * 7)
    paying = {
        month: [one.indicator_id for one in changes.fundings_at([row.pk], month)[row.pk]]
        for month in (dt.date(2026, 12, 1), dt.date(2027, 2, 1), dt.date(2027, 3, 1))
    }
    assert list(paying.values()) == [[long.indicator.pk], [later.pk], [other.pk]]
    assert changes.fundings_at([row.pk], dt.date(2028, 1, 1))[row.pk] == []
    is_sound()


@pytest.mark.django_db
def test_an_early_end_releases_the_year_and_owes_nothing_more(long):
    row = approved(long)
    services.end(
        by=long.people.approver, entitlement=row, on=dt.date(2026, 6, 30),
        exit_reason="SELF_SUFFICIENT", document="退1",
    )  # fmt: skip
    assert committed(long.indicator) == 0
    assert obligations.needs(Entitlement.objects.all()) == []
    is_sound()


# -- the end of a year -----------------------------------------------------------------------------
def suspend_june(world, row):
    services.suspend(
        by=world.people.officer, entitlement=row, reason="整改", on=dt.date(2026, 6, 1)
    )
    services.resume(by=world.people.officer, entitlement=fresh(row), on=dt.date(2026, 7, 1))


@pytest.mark.django_db
def test_what_is_left_of_a_year_is_released_and_carried_over_by_document(long):
    row = approved(long)
    suspend_june(long, row)
    accrue(long, *MONTHS_OF_2026[:-1])
    with pytest.raises(DomainError, match="not over"):
        prepare(long, year=2026, kind="RELEASE")
    with (
        mock.patch.object(dates, "today", return_value=NOW),
        pytest.raises(DomainError, match="2026-12 is not accrued"),
    ):
        prepare(long, year=2026, kind="RELEASE")
    accrue(long, MONTHS_OF_2026[-1])
    assert committed(long.indicator) == MONTHLY
    with mock.patch.object(dates, "today", return_value=NOW):
        act = prepare(long, year=2026, kind="RELEASE", document="小财收〔2027〕1号")
    assert (act.count, act.amount) == (1, MONTHLY)
    approve(long, act)
    assert committed(long.indicator) == 0
    assert Transaction.objects.get(key=f"annual:{act.pk}").kind == "RELEASE"
    assert AuditEntry.objects.filter(verb="release_year").count() == 1
    later = later_indicator(long, amount=None)
    left = ledger.left([long.indicator.pk])[long.indicator.pk].available
    with mock.patch.object(dates, "today", return_value=NOW):
        carried = budgets.prepare_movement(
            by=long.people.finance, indicator=long.indicator, kind="CARRY_OVER", amount=left,
            on=NOW, document="结转", to_indicator=later,
        )  # fmt: skip
        budgets.confirm_movement(by=long.people.cashier, movement=carried, version=1)
    approve(long, prepare(long, later))
    assert committed(later) == OF_2027
    is_sound()


@pytest.mark.django_db
def test_money_carried_over_pays_the_year_it_comes_from_too(world):
    """Approved in January for a term since December: 2026's money stands on 2027's indicator."""
    rows = walk(world, [draft(world)], "publicise")
    with mock.patch.object(dates, "today", return_value=NOW):
        later = later_indicator(world, amount=None)
        with pytest.raises(DomainError, match="2026"):
            step(world, "approve", rows, fundings=[later], on=NOW)
        carried = budgets.prepare_movement(
            by=world.people.finance, indicator=world.indicator, kind="CARRY_OVER",
            amount=D("900000.00"), on=NOW, document="结转", to_indicator=later,
        )  # fmt: skip
        budgets.confirm_movement(by=world.people.cashier, movement=carried, version=1)
        assert ledger.years_borne([later.pk]) == {later.pk: frozenset({2026, 2027})}
        step(world, "approve", rows, fundings=[later], on=NOW)
        assert committed(later) == MONTHLY * 6
        is_sound()
    assert ledger.years_borne([world.indicator.pk]) == {world.indicator.pk: frozenset({2026})}


@pytest.mark.django_db
def test_a_carry_over_taken_back_bears_nothing_more(world):
    with mock.patch.object(dates, "today", return_value=NOW):
        later, last = later_indicator(world, amount=None), later_indicator(world, 2028, None)
        for source, target in ((world.indicator, later), (later, last)):
            row = budgets.prepare_movement(
                by=world.people.finance, indicator=source, kind="CARRY_OVER", amount=D("10.00"),
                on=NOW, document="结转", to_indicator=target,
            )  # fmt: skip
            budgets.confirm_movement(by=world.people.cashier, movement=row, version=1)
        assert ledger.years_borne([last.pk])[last.pk] == {2026, 2027, 2028}
        budgets.reverse_movement(
            by=world.people.finance, movement=row, on=NOW, document="撤回", reason="有误"
        )
    assert ledger.years_borne([last.pk])[last.pk] == {2028}


@pytest.mark.django_db
def test_a_hundred_and_fifty_years_are_committed_in_few_statements(
    long, django_assert_max_num_queries
):
    grant(long.people, long.indicator, "9000000.00")
    many(long, 40)
    later = later_indicator(long, amount="9000000.00")
    act = prepare(long, later)
    with django_assert_max_num_queries(60):
        approve(long, act)


# -- what checks find ------------------------------------------------------------------------------
@pytest.mark.django_db
def test_checks_find_a_funding_of_another_year_and_years_that_do_not_add_up(long):
    row = approved(long)
    later = later_indicator(long)
    Funding.objects.update(indicator=later)
    found = list(checks.commitments())
    assert any("another year" in one for one in found)
    assert any("does not pay" in one for one in found)
    row.years.filter(year=2027).update(amount=1)
    assert any("do not add up" in one for one in checks.commitments())
