"""The checks of contracts, lots and sheets notice every tampering."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from compounds.contracts import checks, gathering, services
from compounds.contracts.models import (
    Contract,
    ContractCompound,
    ContractFile,
    ContractStep,
    Lot,
    LotMember,
    ViabilitySheet,
)
from governance.foundation import dates
from tests.compounds.contracts.world import KNOWN, TODAY, filed, make_world

PDF = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"


@pytest.fixture
def world(district, monkeypatch):
    """A filed contract with a paper, a lot of one compound, a kept sheet."""
    monkeypatch.setattr(dates, "today", lambda: TODAY)
    world = make_world(district)
    world.contract = filed(world)
    paper = SimpleUploadedFile("合同.pdf", PDF, "application/pdf")
    world.file = services.add_file(by=world.clerk, contract=world.contract, upload=paper)
    lot = services.create_lot(by=world.officer, area=district.street, name="样例一包")
    services.set_members(
        by=world.officer,
        lot=lot,
        version=lot.version,
        compounds=[world.second],
        carriers=[world.second.pk],
    )
    world.lot = Lot.objects.get()
    return world


def overwritten(world):
    name = world.file.file.name
    default_storage.delete(name)
    default_storage.save(name, ContentFile(b"%PDF-1.7 forged"))


TAMPERINGS = {
    "places": {
        "a cover elsewhere": lambda w: ContractCompound.objects.update(
            community=w.district.sister_community
        ),
        "a member elsewhere": lambda w: LotMember.objects.update(
            community=w.district.sister_community
        ),
        "a contract elsewhere": lambda w: Contract.objects.update(
            community=w.district.sister_community
        ),
        "a paper elsewhere": lambda w: ContractFile.objects.update(street=w.district.other_street),
    },
    "states": {
        "a cover that rests": lambda w: ContractCompound.objects.update(is_running=False),
        "a contract that goes back": lambda w: Contract.objects.update(state="SIGNED"),
        "filed without a step": lambda w: ContractStep.objects.filter(verb="FILED").delete(),
        "another day of signing": lambda w: Contract.objects.update(signed_on=dt.date(2026, 11, 2)),
        "another day in the step": lambda w: ContractStep.objects.filter(verb="FILED").update(
            on=dt.date(2026, 11, 17)
        ),
        "nothing covered": lambda w: ContractCompound.objects.all().delete(),
    },
    "deadlines": {
        "another day of the next duty": lambda w: Contract.objects.update(
            due_on=dt.date(2027, 1, 1)
        ),
    },
    "lots": {
        "taken without its provider": lambda w: Lot.objects.update(
            renovated_on=dt.date(2026, 1, 1), taken_on=dt.date(2026, 2, 1)
        ),
        "closed with members": lambda w: Lot.objects.update(closed_on=dt.date(2026, 2, 1)),
    },
    "files": {
        "another file in its place": overwritten,
        "no file": lambda w: default_storage.delete(w.file.file.name),
        "another digest": lambda w: ContractFile.objects.update(sha256="0" * 64),
    },
    "history": {
        "a contract without history": lambda w: Contract.objects.update(document="样例改动"),
        "a lot without history": lambda w: Lot.objects.update(name="样例改名"),
    },
}


def found(name: str) -> list[str]:
    return list(checks.CHECKS[name]())


def test_a_filed_contract_is_sound(world):
    assert [line for name in checks.CHECKS for line in found(name)] == []


@pytest.mark.parametrize(
    ("name", "what"),
    [(name, what) for name, tamperings in TAMPERINGS.items() for what in tamperings],
)
def test_a_tampering_is_noticed(world, name, what):
    TAMPERINGS[name][what](world)
    assert found(name)


def test_a_file_of_nobody_is_noticed_after_a_day(world, monkeypatch):
    ContractFile.objects.all().delete()
    assert found("files") == []
    monkeypatch.setattr("compounds.contracts.services.files.ORPHAN_AGE", dt.timedelta(-1))
    assert len(found("files")) == 1


@pytest.mark.parametrize("column", ["income", "cost"])
def test_a_sheet_that_does_not_follow_from_its_record_is_noticed(world, column):
    gathered = gathering.of_compound(world.compound, as_of=TODAY)
    full = gathered.with_typed({**gathered.values, **KNOWN}, "样例甲")
    services.keep_sheet(by=world.clerk, subject=world.compound, gathered=full)
    assert found("sheets") == []
    ViabilitySheet.objects.update(**{column: Decimal("12.34")})
    assert len(found("sheets")) == 1


def test_every_check_is_tried():
    assert {*TAMPERINGS, "sheets"} == set(checks.CHECKS)
