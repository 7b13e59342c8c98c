"""A contract from draft to end, by whom and when it is refused; lots; files; sheets."""

import datetime as dt
import io
import zipfile
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from compounds.assignment.models import Assignment
from compounds.contracts import deadlines, gathering, questions, services
from compounds.contracts.errors import Refused
from compounds.contracts.models import Contract, ContractCompound, Lot, ViabilitySheet
from compounds.providers.models import BlacklistEntry
from compounds.registry.services import compounds as register
from governance.audit.models import AuditEntry
from governance.foundation import checking, dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.organisation.models import SpecialDay
from tests.compounds.contracts.world import (
    FACTS,
    ITEMS,
    KNOWN,
    SIGNED,
    TODAY,
    draft,
    filed,
    make_assignment,
    make_world,
    signed,
)
from tests.factories import make_compound

D = dt.date
AWARDED = D(2026, 10, 20)
PDF = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: TODAY)


@pytest.fixture
def world(district):
    return make_world(district)


def breaches():
    found = checking.all_checks()
    return [line for name in found if name.startswith("contracts.") for line in found[name]()]


def act(service, world, contract, by=None, **said):
    return service(by=by or world.clerk, contract=contract, version=contract.version, **said)


def codes(error):
    return {reason.code for reason in error.value.reasons}


# -- drafting and signing --------------------------------------------------------------------------
def test_a_contract_is_drafted_where_its_compounds_lie(world):
    contract = draft(world, compounds=[world.compound])
    assert (contract.state, contract.community) == ("DRAFT", world.district.community)
    assert contract.covers.get().area_m2 == world.compound.chargeable_area_m2
    street = draft(world, compounds=[world.second, world.sister], number="样例-2")
    assert (street.community, street.street) == (None, world.district.street)
    with pytest.raises(NotAllowed):
        draft(world, compounds=[world.second, world.far], number="样例-3")
    whole = draft(world, compounds=[world.second, world.far], number="样例-3", by=world.officer)
    assert (whole.street, whole.district) == (None, world.district.area)
    assert breaches() == []


def test_the_number_of_a_contract_is_its_own(world):
    draft(world)
    with pytest.raises(ValidationError) as error:
        draft(world)
    assert "number" in error.value.message_dict


def test_not_even_a_draft_threatens_to_cut_supply(world):
    with pytest.raises(Refused) as error:
        draft(world, fee_note="欠费的停水停电")
    assert codes(error) == {"CUTS_SUPPLY"}
    assert not Contract.objects.exists()


def test_a_draft_is_changed_by_its_version(world):
    contract = draft(world)
    old = contract.version
    said = {"facts": {"quality": "丙级"}, "items": ITEMS[:2]}
    changed = services.edit_contract(by=world.clerk, contract=contract, version=old, **said)
    assert (changed.quality, changed.items.count()) == ("丙级", 2)
    with pytest.raises(StaleRecord):
        services.edit_contract(by=world.clerk, contract=contract, version=old, **said)
    with pytest.raises(NotAllowed):
        act(services.edit_contract, world, changed, by=world.worker, facts={"quality": "乙级"})
    verbs = list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))
    assert verbs == ["add", "change"]


def test_every_reason_against_signing_is_said_at_once(world):
    contract = draft(world, quality="", repair_fund="", compounds=[world.second], items=())
    with pytest.raises(Refused) as error:
        act(services.sign_contract, world, contract, signed_on=SIGNED)
    assert codes(error) == {"NO_ITEMS", "NO_QUALITY", "NO_REPAIR_FUND", "NOT_ASSIGNED"}


def test_signing_ties_the_contract_to_its_assignment(world):
    contract = signed(world)
    assert (contract.state, contract.due_on) == ("SIGNED", D(2026, 11, 24))
    assert contract.covers.get().assignment == world.assignment
    with pytest.raises(DomainError):
        act(services.sign_contract, world, contract, signed_on=SIGNED)


@pytest.mark.parametrize("state", ["PROPOSED", "STREET_REVIEWED", "ENDED"])
def test_an_assignment_that_is_not_approved_or_active_does_not_count(world, state):
    changes = {"ended_on": SIGNED, "end_reason": "RESIGNED"} if state == "ENDED" else {}
    Assignment.objects.all().delete()
    make_assignment(world, world.compound, state=state, **changes)
    with pytest.raises(Refused) as error:
        signed(world)
    assert codes(error) == {"NOT_ASSIGNED"}


def test_the_assignment_names_the_same_provider(world):
    with pytest.raises(Refused) as error:
        signed(world, provider=world.rival)
    assert codes(error) == {"NOT_ASSIGNED"}


def blacklist(firm, first, last, state="IN_FORCE", **more):
    return BlacklistEntry.objects.create(
        provider=firm, state=state, source="IMPORT", reason="样例", proposed_on=first,
        term_from=first, term_until=last, **more,
    )  # fmt: skip


def test_who_is_blacklisted_on_the_day_signs_nothing(world):
    contract = draft(world)
    entry = blacklist(world.provider, D(2026, 11, 9), D(2027, 11, 8))
    with pytest.raises(DomainError) as error:
        act(services.sign_contract, world, contract, signed_on=D(2026, 11, 9))
    assert error.value.field == "signed_on"
    assert act(services.sign_contract, world, contract, signed_on=D(2026, 11, 8)).signed_on
    entry.state, entry.lifted_on = "LIFTED", D(2026, 11, 20)
    entry.save()
    other = draft(world, number="样例-2")
    with pytest.raises(DomainError):
        act(services.sign_contract, world, other, signed_on=D(2026, 11, 19))
    assert act(services.sign_contract, world, other, signed_on=D(2026, 11, 20)).signed_on


def test_a_blacklisting_ends_no_contract(world):
    contract = signed(world)
    blacklist(world.provider, D(2026, 11, 10), D(2027, 11, 8))
    act(services.file_contract, world, contract, filed_on=D(2026, 11, 16), filing_number="备1")
    assert questions.main_contracts([world.compound.pk], D(2026, 12, 1))


def test_a_signed_contract_goes_back_to_the_draft_with_a_reason(world):
    contract = signed(world)
    with pytest.raises(DomainError):
        act(services.return_contract, world, contract, reason="")
    back = act(services.return_contract, world, contract, reason="面积有误")
    assert (back.state, back.signed_on, back.due_on) == ("DRAFT", None, None)
    gone = act(services.cancel_contract, world, back, reason="不再签订")
    assert gone.state == "CANCELLED"
    with pytest.raises(DomainError):
        act(services.cancel_contract, world, gone, reason="再来")
    assert breaches() == []


# -- filing ----------------------------------------------------------------------------------------
def test_the_street_files_and_the_district_files_what_covers_several(world):
    contract = signed(world)
    said = {"filed_on": D(2026, 11, 16), "filing_number": "备1"}
    for person in (world.officer, world.leader, world.worker, world.far_clerk):
        with pytest.raises(NotAllowed):
            act(services.file_contract, world, contract, by=person, **said)
    row = act(services.file_contract, world, contract, **said)
    assert (row.state, row.filed_by, row.due_on) == ("FILED", world.clerk, D(2029, 9, 1))
    assert row.covers.get().is_running
    make_assignment(world, world.far)
    make_assignment(world, world.second)
    whole = signed(world, number="样例-2", compounds=[world.second, world.far], by=world.officer)
    said["filing_number"] = "备2"
    with pytest.raises(NotAllowed):
        act(services.file_contract, world, whole, **said)
    assert act(services.file_contract, world, whole, by=world.officer, **said).state == "FILED"
    assert breaches() == []


def test_filing_asks_for_its_day_and_number(world):
    contract = signed(world)
    for said, field in (
        ({"filed_on": D(2026, 11, 8), "filing_number": "备1"}, "filed_on"),
        ({"filed_on": D(2026, 11, 24), "filing_number": "备1"}, "filed_on"),
        ({"filed_on": TODAY, "filing_number": ""}, "filing_number"),
    ):
        with pytest.raises(DomainError) as error:
            act(services.file_contract, world, contract, **said)
        assert error.value.field == field


def test_one_main_contract_runs_for_a_compound(world):
    filed(world)
    second = signed(world, number="样例-2")
    with pytest.raises(DomainError, match="样例-2026-001"):
        act(services.file_contract, world, second, filed_on=TODAY, filing_number="备2")
    cover = second.covers.get()
    cover.is_running = True
    with pytest.raises(IntegrityError), transaction.atomic():
        cover.save()
    shared = filed(
        world,
        number="样例-3",
        kind="SHARED",
        fee_mode="PER_USE",
        filing_number="备3",
        items=[{"kind": "SEWERS", "unit_price": Decimal("120")}],
    )
    assert (shared.covers.get().is_main, shared.covers.get().is_running) == (False, True)


def test_the_last_day_for_filing_rolls_over_rest_days(world, monkeypatch):
    """Civil Code 203: signed on 18 September 2026, the fifteenth day lies in the holidays."""
    monkeypatch.setattr(dates, "today", lambda: D(2026, 10, 8))
    contract = signed(world, signed_on=D(2026, 9, 18))
    assert contract.due_on == D(2026, 10, 3)
    assert questions.filing_due(contract) == D(2026, 10, 8)
    rows = Contract.objects.all()
    assert not rows.filter(deadlines.overdue(D(2026, 10, 8))).exists()
    assert rows.filter(deadlines.within(D(2026, 10, 8), 0)).exists()
    assert rows.filter(deadlines.overdue(D(2026, 10, 9))).exists()
    SpecialDay.objects.create(date=D(2026, 10, 8), is_working=False, name="样例", document="样例")
    from_special = questions.filing_due(contract)
    assert from_special in (D(2026, 10, 8), D(2026, 10, 9))  # read again within a minute


def test_overdue_in_the_database_is_overdue_on_the_page(world, monkeypatch):
    """On every day of a year with holidays and make-up days."""
    contract = signed(world, signed_on=D(2026, 9, 18))
    for step in range(40):
        Contract.objects.filter(pk=contract.pk).update(due_on=D(2026, 9, 20) + dt.timedelta(step))
        contract.refresh_from_db()
        due = questions.filing_due(contract)
        for ahead in range(-2, 12):
            day = contract.due_on + dt.timedelta(days=ahead)
            found = Contract.objects.filter(deadlines.overdue(day)).exists()
            assert found is (due < day), (contract.due_on, day)


# -- running ---------------------------------------------------------------------------------------
def test_a_renewal_is_a_new_contract_that_follows(world):
    old = filed(world, starts_on=D(2026, 11, 10), ends_on=D(2026, 12, 31))
    act(
        services.decide_renewal,
        world,
        old,
        renewal="RENEW",
        decided_on=D(2026, 11, 20),
        document="业主决议",
    )
    old.refresh_from_db()
    assert old.due_on == D(2026, 12, 31)
    new = draft(world, number="样例-2", follows=old, starts_on=D(2027, 1, 1))
    with pytest.raises(DomainError):
        draft(world, number="样例-3", follows=old, starts_on=D(2027, 1, 1))
    new = act(services.sign_contract, world, new, signed_on=D(2026, 11, 21))
    new = act(services.file_contract, world, new, filed_on=D(2026, 11, 23), filing_number="备2")
    old.refresh_from_db()
    assert (old.state, old.end_reason, old.ended_on) == ("ENDED", "RENEWED", D(2026, 12, 31))
    pk = world.compound.pk
    assert questions.main_contracts([pk], TODAY)[pk].contract_id == old.pk
    assert questions.main_contracts([pk], D(2026, 12, 31))[pk].contract_id == old.pk
    assert questions.main_contracts([pk], D(2027, 1, 1))[pk].contract_id == new.pk
    assert list(Contract.objects.in_force(D(2026, 12, 31))) == [old]
    assert breaches() == []


def test_run_out_without_a_decision_service_goes_on(world, monkeypatch):
    contract = filed(world, starts_on=D(2026, 11, 10), ends_on=D(2026, 11, 22))
    assert list(Contract.objects.indefinite(TODAY)) == [contract]
    assert Contract.objects.filter(deadlines.indefinite(TODAY)).exists()
    assert not Contract.objects.filter(deadlines.ticking(TODAY)).exists()
    assert questions.main_contracts([world.compound.pk], TODAY)[world.compound.pk].is_indefinite(
        TODAY
    )
    with pytest.raises(Refused) as error:
        act(services.end_contract, world, contract, ended_on=TODAY, end_reason="EXPIRED")
    assert codes(error) == {"NOT_THAT_DAY"}


def test_notice_sets_the_day_of_the_end(world, monkeypatch):
    contract = filed(world)
    said = {"notice_on": D(2026, 11, 20), "document": "业主通知书"}
    with pytest.raises(DomainError):
        act(services.give_notice, world, contract, by_provider=False, notice_on=TODAY, document="")
    row = act(services.give_notice, world, contract, by_provider=False, **said)
    assert (row.due_on, row.renewal) == (D(2027, 1, 19), "OPEN")
    with pytest.raises(DomainError):
        act(services.give_notice, world, row, by_provider=True, **said)
    with pytest.raises(DomainError):
        act(
            services.decide_renewal,
            world,
            row,
            renewal="RENEW",
            decided_on=TODAY,
            document="决议",
        )
    monkeypatch.setattr(dates, "today", lambda: D(2027, 1, 19))
    with pytest.raises(Refused):
        act(services.end_contract, world, row, ended_on=D(2027, 1, 18), end_reason="DISMISSED")
    end = act(services.end_contract, world, row, ended_on=D(2027, 1, 19), end_reason="DISMISSED")
    assert (end.state, end.covers.get().is_running) == ("ENDED", False)
    assert not questions.main_contracts([world.compound.pk], D(2027, 1, 20))
    assert breaches() == []


def test_a_provider_that_does_not_renew_leaves_at_the_end(world):
    contract = filed(world, ends_on=D(2027, 1, 31))
    row = act(
        services.give_notice,
        world,
        contract,
        by_provider=True,
        notice_on=D(2026, 11, 20),
        document="企业函",
    )
    assert (row.renewal, row.due_on) == ("LEAVE", D(2027, 1, 31))
    assert questions.notice_latest(row) == D(2026, 11, 2)  # it came 18 days late


def test_contracts_with_a_new_provider_are_found_beside_the_old_one(world):
    filed(world)
    make_assignment(world, world.second, provider=world.rival)
    other = signed(world, number="样例-2", provider=world.rival, compounds=[world.second])
    pairs = {world.compound.pk: world.rival.pk, world.second.pk: world.rival.pk}
    found = questions.contracts_with(pairs, TODAY)
    assert {pk: one.contract_id for pk, one in found.items()} == {world.second.pk: other.pk}


def test_questions_take_one_query(world, django_assert_num_queries):
    filed(world)
    ids = [world.compound.pk, world.second.pk, world.sister.pk]
    with django_assert_num_queries(1):
        questions.main_contracts(ids, TODAY)


# -- what merging does -----------------------------------------------------------------------------
def test_a_merged_compound_takes_its_contract_along(world):
    contract = filed(world)
    register.merge_compound(
        by=world.clerk,
        compound=world.compound,
        into=world.sister,
        version=world.compound.version,
        reason="合并",
    )
    contract.refresh_from_db()
    cover = contract.covers.get()
    assert (cover.compound, cover.is_running) == (world.sister, True)
    assert contract.community == world.district.sister_community
    assert breaches() == []


def test_where_both_have_contracts_the_merged_one_ends(world):
    first = filed(world)
    make_assignment(world, world.second, provider=world.rival)
    filed(
        world,
        number="样例-2",
        provider=world.rival,
        compounds=[world.second],
        filing_number="备2",
    )
    register.merge_compound(
        by=world.clerk,
        compound=world.compound,
        into=world.second,
        version=world.compound.version,
        reason="合并",
    )
    first.refresh_from_db()
    assert (first.state, first.end_reason) == ("ENDED", "GONE")
    assert breaches() == []


def test_a_demolished_compound_ends_its_contract_and_leaves_its_lot(world):
    contract = filed(world)
    lot = make_lot(world)
    register.demolish_compound(
        by=world.clerk, compound=world.compound, version=world.compound.version, reason="拆除"
    )
    contract.refresh_from_db()
    assert (contract.state, contract.end_reason) == ("ENDED", "GONE")
    assert lot.members.filter(left_on=None).count() == 1
    assert not ContractCompound.objects.filter(is_running=True).exists()
    assert breaches() == []


# -- lots ------------------------------------------------------------------------------------------
def make_lot(world, kind="BUNDLE", **changes) -> Lot:
    lot = services.create_lot(
        by=world.officer, area=world.district.street, name="样例一包", kind=kind, **changes
    )
    return services.set_members(
        by=world.officer,
        lot=lot,
        version=lot.version,
        compounds=[world.compound, world.sister],
        carriers=[world.compound.pk],
    )


def gate(world, lot, name, on, document="文1"):
    return services.pass_gate(
        by=world.officer, lot=lot, version=lot.version, gate=name, on=on, document=document
    )


def award(world, lot, bidders=3, on=AWARDED, provider=None):
    return services.award_lot(
        by=world.officer,
        lot=lot,
        version=lot.version,
        provider=provider or world.provider,
        bidders=bidders,
        on=on,
        document="中标通知书",
    )


def test_big_carries_small(world):
    lot = services.create_lot(by=world.officer, area=world.district.street, name="样例一包")
    said = {"by": world.officer, "lot": lot, "version": lot.version}
    with pytest.raises(DomainError) as error:
        services.set_members(**said, compounds=[world.compound, world.sister])
    assert error.value.field == "carriers"
    with pytest.raises(DomainError):
        services.set_members(**said, compounds=[world.compound, world.far], carriers=[1])
    with pytest.raises(NotAllowed):
        services.create_lot(by=world.clerk, area=world.district.street, name="样例二包")
    make = {**said, "compounds": [world.compound], "carriers": [world.compound.pk]}
    services.set_members(**make)
    other = services.create_lot(by=world.officer, area=world.district.street, name="样例二包")
    with pytest.raises(DomainError, match="样例一包"):
        services.set_members(**{**make, "lot": other, "version": other.version})


def test_the_gates_come_in_their_order(world):
    """S4-10: renovated, then tendered, then operated."""
    lot = make_lot(world)
    with pytest.raises(DomainError):
        award(world, lot)
    with pytest.raises(DomainError):
        gate(world, lot, "kept", D(2026, 10, 1))
    lot = gate(world, lot, "renovated", D(2026, 9, 30))
    with pytest.raises(DomainError):
        award(world, lot, on=D(2026, 9, 29))
    lot = award(world, lot)
    assert (lot.provider, lot.bidders, lot.taken_on) == (world.provider, 3, D(2026, 10, 20))
    with pytest.raises(DomainError):
        gate(world, lot, "kept", D(2026, 11, 1))  # no contract on file yet
    with pytest.raises(DomainError):
        services.set_members(
            by=world.officer, lot=lot, version=lot.version, compounds=[world.compound]
        )
    make_assignment(world, world.sister)
    covered = [world.compound, world.sister]
    with pytest.raises(DomainError):
        draft(world, kind="LOT", compounds=covered)
    contract = filed(world, kind="LOT", lot=lot, compounds=covered)
    assert contract.covers.filter(is_running=True).count() == 2
    lot = gate(world, lot, "kept", D(2026, 11, 20))
    with pytest.raises(DomainError):
        services.close_lot(by=world.officer, lot=lot, version=lot.version, reason="完成")
    assert breaches() == []


def test_a_tender_with_two_bidders_is_held_again(world):
    """Tendering and Bidding Law 28; a bundle may be agreed on directly."""
    tender = gate(world, make_lot(world, kind="TENDER"), "renovated", D(2026, 9, 30))
    with pytest.raises(DomainError) as error:
        award(world, tender, bidders=2)
    assert error.value.field == "bidders"
    assert award(world, tender, bidders=3).provider == world.provider


def test_a_lot_contract_covers_its_lot_with_its_winner(world):
    lot = award(world, gate(world, make_lot(world), "renovated", D(2026, 9, 30)))
    make_assignment(world, world.second)
    with pytest.raises(Refused) as error:
        signed(world, kind="LOT", lot=lot, compounds=[world.compound, world.second])
    assert codes(error) == {"NOT_OF_LOT"}
    make_assignment(world, world.sister, provider=world.rival)
    with pytest.raises(Refused) as error:
        signed(
            world, kind="LOT", lot=lot, compounds=[world.sister], provider=world.rival, number="Y"
        )
    assert codes(error) == {"NOT_AWARDED"}


# -- files -----------------------------------------------------------------------------------------
def upload(content, name="合同.pdf"):
    return SimpleUploadedFile(name, content)


def docx(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


def test_papers_are_attached_by_what_they_are(world):
    contract = draft(world)
    paper = services.add_file(by=world.clerk, contract=contract, upload=upload(PDF, "a.exe"))
    assert (paper.name, paper.content_type) == ("a.pdf", "application/pdf")
    word = docx("[Content_Types].xml", "word/document.xml")
    assert (
        services.add_file(by=world.clerk, contract=contract, upload=upload(word, "b.docx")).name
        == "b.docx"
    )
    with pytest.raises(DomainError):
        services.add_file(by=world.clerk, contract=contract, upload=upload(PDF))
    with pytest.raises(NotAllowed):
        services.add_file(by=world.worker, contract=contract, upload=upload(PDF))
    services.remove_file(by=world.clerk, file=paper, reason="错传")
    assert contract.files.filter(removed_at=None).count() == 1
    assert breaches() == []


@pytest.mark.parametrize(
    "content",
    [
        docx("word/document.xml", "word/vbaProject.bin"),
        docx("xl/workbook.xml"),
        b"PK\x03\x04 not a zip",
        b"<html>",
    ],
)
def test_what_is_no_sound_paper_is_refused(world, content):
    with pytest.raises(DomainError) as error:
        services.add_file(by=world.clerk, contract=draft(world), upload=upload(content))
    assert error.value.field == "file"
    assert breaches() == []


# -- viability -------------------------------------------------------------------------------------
def test_inputs_carry_their_sources(world):
    compound = make_compound(
        world.district.community,
        strategy="FALLBACK",
        decision="DECIDED",
        lift_count=None,
        provenance={"household_count": ["site", "2026-10-01"]},
    )
    found = {one.key: one for one in gathering.of_compound(compound, as_of=TODAY).inputs}
    assert (found["households"].value, found["households"].on) == (80, D(2026, 10, 1))
    assert found["area_m2"].on == compound.surveyed_on
    assert (found["subsidy"].value, found["subsidy"].origin) == (0, "POLICY")
    assert found["lifts"].value is None
    assert found["fee_per_m2"].value is None
    filed(world)
    later = gathering.of_compound(world.compound, as_of=TODAY)
    fee = next(one for one in later.inputs if one.key == "fee_per_m2")
    assert (fee.value, fee.origin, fee.on) == (Decimal("0.5"), "CONTRACT", SIGNED)


def test_a_sheet_is_kept_when_it_is_complete_and_reckons_again(world):
    gathered = gathering.of_compound(world.compound, as_of=TODAY)
    with pytest.raises(DomainError):
        services.keep_sheet(by=world.clerk, subject=world.compound, gathered=gathered)
    full = gathered.with_typed({**gathered.values, **KNOWN}, "样例甲")
    sheet = services.keep_sheet(by=world.clerk, subject=world.compound, gathered=full)
    assert sheet.income == Decimal("27060.00")  # 5,500 m² × 0.5 × 12 × 82 %
    again = gathering.from_record(ViabilitySheet.objects.get().record).reckon()
    assert (again.income.amount, again.cost.amount) == (sheet.income, sheet.cost)
    assert breaches() == []
    with pytest.raises(NotAllowed):
        services.keep_sheet(by=world.worker, subject=world.compound, gathered=full)


def test_a_lot_sums_its_compounds_and_says_what_is_unknown(world):
    lot = make_lot(world)
    found = {one.key: one for one in gathering.of_lot(lot, as_of=TODAY).inputs}
    assert (found["households"].value, found["compounds"].value) == (160, 2)
    world.sister.household_count = None
    world.sister.save()
    found = {one.key: one for one in gathering.of_lot(lot, as_of=TODAY).inputs}
    assert found["households"].value is None
    assert world.sister.name in found["households"].words


def test_fees_cannot_be_below_zero(world):
    with pytest.raises(ValidationError):
        draft(world, fee_per_m2=Decimal("-0.5"))
    assert FACTS["fee_per_m2"] > 0
