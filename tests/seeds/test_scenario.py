"""Xiaodian, loaded for real: the published figures come out of the register and the engine."""

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db import connection
from django.db.models import Count, Sum

from compounds.assignment.models import Assignment
from compounds.classification.models import Decision, Policy, Run
from compounds.classification.rules import replays
from compounds.clearing.models import Case, Transition, WatchRun, WatchScore, WatchTask
from compounds.contracts.models import Contract, ContractCompound
from compounds.fees.models import (
    Assessment,
    AssessmentRound,
    BookEntry,
    CollectionReport,
    Inspection,
    ServiceStage,
)
from compounds.providers.models import CostNorm, Invitation, Provider
from compounds.registry.management.commands import check_register
from compounds.registry.models import Building, Compound, Entrance, Import
from governance.audit.models import AuditEntry
from governance.foundation import dates, seeding
from governance.foundation.money import to_fen
from governance.organisation.models import Area, Post, User
from governance.pairings.models import Pairing
from governance.party_grid.layout import read_places
from governance.party_grid.models import Duty, PartyOrganisation, ProposalStep
from governance.party_grid.models.organisations import is_covered
from governance.party_grid.rules import OrganisationKind, Reach
from governance.people.models import Person
from subsidies.entitlements import obligations
from subsidies.entitlements.models import Entitlement, YearShare
from subsidies.ledger.models import Account, Posting
from subsidies.ledger.proofs import PROOFS
from subsidies.payments.models import Disbursement, PaymentLine, PaymentOrder
from subsidies.programmes import questions
from subsidies.programmes.models import Programme
from subsidies.reports.rules import whatif
from subsidies.reports.trying import DECIDED, Register

from .conftest import FOLDER, loaded_scenario, rows_of

# The mark has the test database made; `loaded` fills it for all tests of the module.
# One worker loads it, for all of these tests.
pytestmark = [pytest.mark.slow, pytest.mark.django_db]

IMPORTED = {
    *("register.xlsx", "providers.xlsx", "invitations.xlsx", "members.xlsx"),
    *("organisations.xlsx", "duties.xlsx", "grids.xlsx", "leaders.xlsx"),
    *("pairings.xlsx", "contracts.xlsx", "collections.xlsx", "book.xlsx"),
    *("assessments.xlsx", "progress.xlsx", "payees.xlsx"),
}
TODAY = dt.date(2026, 11, 23)


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The scenario in the test database for this module; taken back afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("governance.foundation.dates.today", lambda: TODAY)
        with loaded_scenario("xiaodian", django_db_blocker):
            yield


@pytest.fixture
def unmanaged(loaded):
    return Compound.objects.unmanaged()


def test_register_shows_the_published_figures(unmanaged, figures):
    everything = Compound.objects.active()
    assert everything.count() == figures["compounds"] == 1157
    assert unmanaged.count() == figures["unmanaged"] == 296
    assert everything.filter(is_unmanaged=False).count() == figures["managed"] == 861
    sums = unmanaged.aggregate(
        b=Sum("building_count"), e=Sum("entrance_count"), h=Sum("household_count")
    )
    assert sums["b"] == figures["unmanaged_buildings"] == 1466
    assert sums["e"] == figures["unmanaged_entrances"] == 4275
    assert sums["h"] == figures["unmanaged_households"]
    assert Building.objects.count() == figures["buildings"]


def test_building_and_unit_heads_have_a_building_and_an_entrance_each(unmanaged):
    assert Building.objects.filter(compound__in=unmanaged).count() == 1466
    assert Entrance.objects.filter(building__compound__in=unmanaged).count() == 4275


def test_the_engine_yields_the_published_strategies(unmanaged, expected):
    found = dict(unmanaged.filter(decision="DECIDED").values_list("strategy").annotate(Count("pk")))
    assert found == {row["key"]: row["compounds"] for row in expected["strategies"]}
    assert found == {
        "UNIT_COBUILD": 62, "RED_TAKEOVER": 26, "SUBSIDY_TRANSITION": 150, "FALLBACK": 58,
    }  # fmt: skip


def test_every_cell_goes_where_its_priority_sends_it(unmanaged, expected):
    decided = dict(unmanaged.values_list("code", "strategy"))
    for cell in expected["cells"]:
        assert {decided[code] for code in cell["codes"]} == {cell["strategy"]}, cell["key"]


def test_sums_of_each_strategy(unmanaged, expected):
    for row in expected["strategies"]:
        sums = unmanaged.filter(strategy=row["key"]).aggregate(
            buildings=Sum("building_count"),
            entrances=Sum("entrance_count"),
            households=Sum("household_count"),
            floor=Sum("floor_area_m2"),
        )
        assert sums["buildings"] == row["buildings"]
        assert sums["entrances"] == row["entrances"]
        assert sums["households"] == row["households"]
        assert sums["floor"] == Decimal(row["floor_area_m2"])


def test_every_unmanaged_compound_has_one_current_decision_that_replays(unmanaged):
    decisions = Decision.objects.current()
    assert decisions.count() == 296
    assert set(decisions.values_list("compound_id", flat=True)) == set(
        unmanaged.values_list("pk", flat=True)
    )
    assert all(replays(record) for record in decisions.values_list("record", flat=True))


def test_subsidy_is_that_of_the_scenario(loaded, expected):
    row = next(s for s in expected["strategies"] if s["key"] == "SUBSIDY_TRANSITION")
    policy = Policy.objects.get()
    assert (policy.subsidy_rate, policy.subsidy_months) == (
        Decimal(row["subsidy_rate"]),
        row["subsidy_months"],
    )
    basis = policy.area_basis.lower()
    given = Decision.objects.current().filter(strategy="SUBSIDY_TRANSITION")
    assert given.aggregate(total=Sum("subsidy"))["total"] == Decimal(
        row[f"subsidy_by_{basis}_area"]
    )


def test_policy_was_prepared_and_published_by_two_people(loaded):
    policy = Policy.objects.get()
    assert policy.state == Policy.State.PUBLISHED
    assert policy.prepared_by.username == "officer"
    assert policy.published_by.username == "approver"


def test_places_are_those_of_the_district(loaded, figures):
    areas = dict(Area.objects.values_list("level").annotate(Count("pk")).order_by())
    grids = figures["own_grids"] + figures["shared_grids"]
    assert areas == {
        1: 1, 2: figures["streets"], 3: figures["communities"], 4: grids, 5: figures["micro_grids"],
    }  # fmt: skip
    district = Area.objects.get(code="140105")
    assert district.is_sample
    assert district.population == figures["population"]
    assert not Area.objects.filter(level__lte=4, boundary__isnull=True).exists()
    assert not Area.objects.filter(level=1, is_sample=False).exists()


def test_the_layout_founds_the_published_branches_and_groups(loaded, figures):
    standing = PartyOrganisation.objects.standing()
    branches = standing.filter(kind=OrganisationKind.BRANCH)
    assert branches.count() == figures["branches"] == 104
    assert standing.filter(kind=OrganisationKind.GROUP).count() == figures["groups"] == 192
    assert branches.filter(reach=Reach.COMPOUND).count() == 26
    assert branches.filter(reach=Reach.GRID).count() == 78
    assert standing.filter(kind__lt=OrganisationKind.BRANCH).count() == figures["committees"]
    applied = ProposalStep.objects.filter(state="APPLIED")
    assert applied.count() == 104 + 192
    for step in applied.select_related("applied_by", "proposal__prepared_by"):
        assert step.document_number
        assert step.applied_by.username == "approver"
        assert step.proposal.prepared_by.username == "officer"


def test_nothing_is_left_to_found_and_every_unmanaged_compound_is_covered(unmanaged):
    places = read_places(Area.objects.get(code="140105"))
    assert not [step for place in places for step in place.steps]
    assert not unmanaged.exclude(is_covered()).exists()


def test_the_published_posts_are_held(loaded, figures):
    held = dict(Duty.objects.held().values_list("kind").annotate(Count("pk")).order_by())
    assert held["BUILDING_HEAD"] == figures["building_heads"] == 1466
    assert held["ENTRANCE_HEAD"] == figures["entrance_heads"] == 4275
    assert held["ASSISTANT"] == figures["assistants"] >= 1401
    assert held["GROUP_LEADER"] == figures["groups"]
    assert held["GRID_HEAD"] == figures["own_grids"] + figures["shared_grids"]
    assert held["SECRETARY"] == figures["branches"] + figures["committees"]


def test_pairings_are_those_of_the_scenario(loaded, figures):
    held = Pairing.objects.held()
    assert dict(held.values_list("kind").annotate(Count("pk")).order_by()) == {
        "COUNTY_CADRE": figures["pairings_of_county_cadres"],
        "STREET_CADRE": figures["pairings_of_street_cadres"],
        "SERVING_MEMBER": figures["pairings_of_serving_members"],
        "CENTRE_HOUSEHOLD": figures["pairings_of_centre_households"],
    }
    assert not held.exclude(compound__is_unmanaged=True).exists()
    assert not held.exclude(household="").filter(entrance=None).exists()
    county = held.filter(kind="COUNTY_CADRE").values_list("person").annotate(Count("pk")).order_by()
    assert len(county) == figures["county_cadres"] == 12
    assert {count for _person, count in county} == {2, 3}


def test_only_cadres_of_district_and_streets_are_new_with_the_pairings(loaded):
    of_offices = Pairing.objects.filter(person__community=None)
    assert set(of_offices.values_list("kind", "person__standing")) == {
        ("COUNTY_CADRE", "COUNTY_CADRE"),
        ("STREET_CADRE", "STREET_CADRE"),
    }
    assert not of_offices.exclude(person__name__endswith="（样例）").exists()
    known = Person.objects.filter(pairings__person__community__isnull=False).distinct()
    duties = Duty.objects.filter(person__in=known, kind__in=("GRID_HEAD", "CENTRE_HOUSEHOLD"))
    assert not known.filter(compound=None).exclude(pk__in=duties.values("person")).exists()


def test_nobody_is_on_the_register_twice(loaded, figures):
    full = Person.objects.present().filter(
        compound__isnull=False, political_status=Person.PoliticalStatus.FULL_MEMBER
    )
    assert full.count() == figures["full_members"]
    numbers = Person.objects.exclude(phone_hash="").values_list("phone_hash", flat=True)
    assert len(set(numbers)) == len(numbers)
    names = Person.objects.values("community", "name").annotate(n=Count("pk")).filter(n__gt=1)
    assert not names.exists()


def test_providers_and_answers_came_in(loaded, figures):
    assert Provider.objects.count() == figures["providers"]
    assert Invitation.objects.count() == figures["invitations"]
    able = [p for p in Provider.objects.filter(is_red=True) if not p.lacks(dates.today())]
    assert 0 < len(able) < Provider.objects.filter(is_red=True).count()


def test_every_import_went_through_without_a_warning(loaded):
    assert Import.objects.filter(state="DONE").count() == Import.objects.count() == len(IMPORTED)
    assert set(Import.objects.values_list("file_name", flat=True)) == IMPORTED
    for batch in Import.objects.all():
        money = batch.file_name == "payees.xlsx"
        assert batch.uploaded_by.username == ("finance" if money else "officer")
        assert not batch.rows.filter(has_warnings=True).exists()


def test_all_were_cleared_and_most_are(loaded, figures):
    assert Case.objects.ever_cleared().count() == figures["cleared"] == 296
    assert Case.objects.net_cleared().count() == figures["net_cleared"] == 294
    assert Case.objects.rebounded().count() == 2
    assert Case.objects.aggregate(n=Sum("rebound_count"))["n"] == figures["rebounds"] == 6
    assert dict(Case.objects.order_by().values_list("strategy").annotate(Count("pk"))) == {
        "UNIT_COBUILD": 62, "RED_TAKEOVER": 26, "SUBSIDY_TRANSITION": 150, "FALLBACK": 58,
    }  # fmt: skip
    stages = Compound.objects.exclude(stage="").values_list("stage").annotate(Count("pk"))
    assert dict(stages.order_by()) == {"CLEARED": 294, "CONSULTING": 1, "MATCHING": 1}


def test_past_days_show_how_far_the_campaign_had_come(loaded):
    rows = rows_of("progress.xlsx", "清零推进台账", FOLDER)
    first = [row["首次清零日期"] or row["清零日期"] for row in rows]
    for day in (dt.date(2026, 3, 31), dt.date(2026, 6, 30), dt.date(2026, 9, 30)):
        cleared = Transition.objects.filter(to_state="CLEARED", on__lte=day)
        told = sum(one <= day for one in first)
        assert cleared.values("case").distinct().count() == told > 0


def test_every_service_rests_on_an_assignment_and_a_contract(loaded, figures):
    assert Assignment.objects.active().count() == 294
    assert Contract.objects.count() == figures["contracts"] == 300
    running = ContractCompound.objects.filter(is_running=True)
    assert running.count() == 294
    assert not running.filter(assignment=None).exists()
    assert ServiceStage.objects.filter(stage="SERVE").count() == 294


def test_money_and_quality_came_in_whole(loaded, figures):
    assert CollectionReport.objects.count() == figures["collection_reports"]
    assert BookEntry.objects.count() == figures["book_entries"]
    assert Assessment.objects.count() == figures["assessments"]
    assert Inspection.objects.count() == figures["inspections"]
    assert AssessmentRound.objects.get().state == AssessmentRound.State.CLOSED


def test_norms_say_what_service_costs(loaded):
    norms = CostNorm.objects.filter(district__code="140105", provider=None)
    assert set(norms.values_list("item", flat=True)) >= {"CLEANING", "ORDER", "REPAIR", "OVERHEAD"}
    assert not norms.filter(source="").exists()


def test_the_watch_has_found_whom_to_visit(loaded):
    run = WatchRun.objects.get()
    assert (run.state, run.done) == ("DONE", 294)
    bands = WatchScore.objects.filter(is_current=True).values_list("band").annotate(Count("pk"))
    found = dict(bands.order_by())
    assert found["RED"] >= 5
    assert found["GREEN"] > 200
    assert WatchTask.objects.count() == found["RED"] + found["YELLOW"]


def test_surveys_up_to_the_scenarios_day_are_confirmed(loaded):
    day = dt.date(2026, 3, 31)
    early, late = (
        Compound.objects.filter(surveyed_on__lte=day),
        Compound.objects.filter(surveyed_on__gt=day),
    )
    assert early.exists()
    assert not early.filter(verified_on=None).exists()
    assert late.exists()
    assert not late.exclude(verified_on=None).exists()


def test_every_role_has_a_sample_account_that_can_log_in(loaded, rf):
    people = seeding.scenario_people(seeding.folder_of("xiaodian"))["accounts"]
    assert {person["role"] for person in people} == {
        role for role, _label in Post._meta.get_field("role").choices
    }
    for person in people:
        user = authenticate(rf.post("/"), username=person["username"], password=person["password"])
        assert user is not None, person["username"]
        assert not user.must_change_password
        assert {grant.role for grant in user.scope.grants} == {person["role"]}


def test_loading_again_changes_nothing_and_says_so(loaded):
    before = AuditEntry.objects.count(), Import.objects.count(), Run.objects.count()
    out = io.StringIO()
    call_command("load_seeds", "xiaodian", stdout=out)
    assert (AuditEntry.objects.count(), Import.objects.count(), Run.objects.count()) == before
    assert "nothing changed" in out.getvalue() or "没有任何变动" in out.getvalue()


def test_the_loaded_district_passes_every_check(loaded):
    # Files live in a storage that is emptied between tests.
    names = [name for name in check_register.all_checks() if name != "registry.attachments"]
    call_command("check_register", only=names, stdout=io.StringIO())
    call_command("verify_audit", stdout=io.StringIO())


@pytest.mark.database("postgresql")
def test_the_planner_knows_of_the_rows_at_once(loaded):
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'registry_entrance'")
        (known,) = cursor.fetchone()
    assert known == pytest.approx(Entrance.objects.count(), rel=0.1)


# -- public money ----------------------------------------------------------------------------------
def test_every_compound_in_transition_is_entitled_to_six_months_at_half_a_yuan(loaded):
    """S0-11: area × 0.5 × 6, each month rounded by itself; months of 2026 are committed."""
    rows = Entitlement.objects.select_related("compound")
    served = Assignment.objects.filter(strategy="SUBSIDY_TRANSITION", state="ACTIVE")
    assert {row.compound_id for row in rows} == set(served.values_list("compound_id", flat=True))
    assert {row.state for row in rows} == {"APPROVED", "EXITED"}
    for row in rows:
        assert row.area_m2 == row.compound.chargeable_area_m2
        assert (row.months, row.amount) == (6, 6 * to_fen(row.area_m2 * Decimal("0.5")))
    committed = Posting.objects.filter(transaction__kind="COMMITMENT")
    by_year = dict(YearShare.objects.order_by().values_list("year").annotate(Sum("amount")))
    assert set(by_year) == {2026, 2027}
    assert sum(by_year.values()) == sum(row.amount for row in rows)
    assert committed.aggregate(s=Sum("amount"))["s"] == by_year[2026]
    (need,) = obligations.needs(rows)
    assert (need.year, need.amount) == (2027, by_year[2027])


def test_what_is_paid_is_the_same_by_line_order_batch_month_and_ledger(loaded):
    """I2; months up to October are accrued, September's payment is the last that came back."""
    lines = PaymentLine.objects.filter(state="PAID")
    paid = lines.aggregate(s=Sum("amount"))["s"]
    orders = PaymentOrder.objects.filter(state="PAID")
    assert orders.aggregate(s=Sum("amount"))["s"] == paid > 2_000_000
    assert Account.objects.filter(stage="PAID").aggregate(s=Sum("balance"))["s"] == paid
    posted = Posting.objects.filter(transaction__kind="PAYMENT")
    by_month = dict(posted.order_by().values_list("month").annotate(Sum("amount")))
    by_accrual = dict(lines.order_by().values_list("accrual__month").annotate(Sum("amount")))
    assert by_month == by_accrual
    assert max(by_month) == dt.date(2026, 9, 1)
    vouchers = list(orders.values_list("voucher", flat=True))
    assert len(set(vouchers)) == len(vouchers)
    in_payment = Account.objects.filter(stage="IN_PAYMENT").aggregate(s=Sum("balance"))["s"]
    assert in_payment == Disbursement.objects.get(state="RELEASED").total > 0


def test_the_transfer_that_came_back_went_out_once_more(loaded):
    (failed,) = PaymentOrder.objects.filter(state="FAILED")
    for line in failed.lines.all():
        again = PaymentLine.objects.filter(accrual=line.accrual).exclude(pk=line.pk)
        assert [one.state for one in again] == ["PAID"]


def test_the_ledger_proves_itself(loaded):
    assert [one for proof in PROOFS.values() for one in proof()] == []


def test_the_forecast_of_the_programme_is_what_was_really_approved(loaded):
    """What-if on the present register: to the fen, compound by compound; all 150 by the policy."""
    programme = Programme.objects.get()
    terms = questions.terms_of([programme.pk])[programme.pk]
    reader = User.objects.get(username="finance")
    served = Register(reader, programme, (terms,), TODAY)
    told = {
        one.subject.compound: sum(amount for _month, amount in one.months)
        for one in whatif.run(terms, served.subjects).outcomes
        if one.answer == whatif.IN
    }
    assert told == dict(Entitlement.objects.values_list("compound_id", "amount"))
    decided = Register(reader, programme, (terms,), TODAY, DECIDED, dt.date(2026, 12, 1))
    result = whatif.run(terms, decided.subjects)
    assert result.by_answer[whatif.IN] == 150
    compounds = Compound.objects.filter(strategy="SUBSIDY_TRANSITION")
    assert result.total == sum(
        6 * to_fen(one.chargeable_area_m2 * Decimal("0.5")) for one in compounds
    )
