"""Whose step it is and when: nobody decides on his own paper, no step is dated before the last."""

import datetime as dt

import pytest

from governance.foundation import dates
from governance.foundation.errors import DomainError
from subsidies.entitlements import checks, questions, services
from subsidies.entitlements.errors import NotReady, SamePerson
from subsidies.entitlements.models import Entitlement, EntitlementStep
from subsidies.programmes import services as programmes
from tests.factories import make_post, make_user
from tests.subsidies.entitlements.walking import (
    APPLIED,
    ASSESSED,
    CHECKED,
    draft,
    fresh,
    step,
    walked,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: dt.date(2026, 4, 10))


@pytest.fixture
def both(world):
    """Clerk of the street and worker of the community."""
    person = make_user("both", "street_clerk", world.district.street)
    make_post(person, "community_worker", world.district.community)
    return person


def test_whoever_hands_a_draft_of_another_in_does_not_check_it(world, both):
    row = draft(world)
    services.edit_application(by=both, entitlement=fresh(row), facts={"area_proof": "测绘报告2"})
    services.submit(by=both, entitlements=[fresh(row)], on=APPLIED)
    assert not Entitlement.objects.filter(questions.waits_for(both)).exists()
    assert Entitlement.objects.filter(questions.waits_for(world.people.worker)).exists()
    with pytest.raises(SamePerson):
        services.check(by=both, entitlements=[fresh(row)], on=CHECKED)
    assert fresh(row).state == "SUBMITTED"


def test_the_page_does_not_offer_the_step_to_whoever_handed_it_in(world, both, client):
    row = draft(world)
    services.submit(by=both, entitlements=[row], on=APPLIED)
    address = f"/entitlements/{row.pk}/"
    for person, is_offered in ((both, False), (world.people.worker, True)):
        client.force_login(person)
        page = client.get(address).content.decode()
        assert (f"{address}check/" in page) == is_offered


def test_the_check_of_people_finds_who_checked_what_he_had_handed_in(world):
    row = walked(world)
    assert not list(checks.people())
    EntitlementStep.objects.create(
        entitlement=row, act="FORWARD", from_state="DRAFT", to_state="SUBMITTED",
        on=APPLIED, by=row.checked_by,
    )  # fmt: skip
    assert list(checks.people())


def test_no_step_is_dated_before_the_one_it_follows(world):
    row = draft(world)
    with pytest.raises(DomainError) as refused:
        step(world, "submit", [row], on=APPLIED - dt.timedelta(days=1))
    assert refused.value.field == "on"
    step(world, "submit", [row], on=APPLIED)
    with pytest.raises(DomainError):
        step(world, "check", [row], on=APPLIED - dt.timedelta(days=1))
    step(world, "check", [row], on=APPLIED)


def test_a_subsidy_is_not_resumed_before_it_was_suspended(world):
    row = walked(world)
    by, day = world.people.officer, dt.date(2026, 4, 9)
    services.suspend(by=by, entitlement=row, reason="核查", on=day)
    with pytest.raises(DomainError):
        services.resume(by=by, entitlement=fresh(row), on=day - dt.timedelta(days=1))
    services.resume(by=by, entitlement=fresh(row), on=day)


def test_a_notice_does_not_hang_before_the_review(world):
    row = walked(world, "assess")
    said = {"by": world.people.officer, "number": "小物公示〔2026〕9号"}
    with pytest.raises(DomainError) as refused:
        services.publicise(entitlements=[row], starts_on=ASSESSED - dt.timedelta(days=1), **said)
    assert refused.value.field == "starts_on"
    notice = services.publicise(entitlements=[row], starts_on=ASSESSED, **said)
    assert notice.starts_on == ASSESSED


def test_whoever_reviewed_a_subsidy_settles_no_objection_to_it(world):
    row = walked(world, "publicise")
    objection = services.record_objection(
        by=world.people.second_officer, entitlement=row, said="面积不实"
    )
    said = {"objection": objection, "is_upheld": False, "answer": "已复测"}
    with pytest.raises(SamePerson):
        services.settle_objection(by=world.people.officer, **said)
    settled = services.settle_objection(by=world.people.approver, **said)
    assert settled.state == "DISMISSED"


def test_a_draft_of_a_programme_that_was_closed_is_not_handed_in(world):
    row = draft(world)
    programmes.retire(
        by=world.people.approver,
        programme=world.programme,
        version=world.programme.version,
        reason="新办法施行",
    )
    with pytest.raises(NotReady):
        services.submit(by=world.people.clerk, entitlements=[row], reason="材料补齐")
    services.withdraw(by=world.people.clerk, entitlements=[row], reason="按新办法重新申领")


def test_there_is_no_letter_before_the_approval(world, client):
    row = walked(world, "publicise")
    client.force_login(world.people.officer)
    assert client.get(f"/entitlements/{row.pk}/letter/").status_code == 404
    step(world, "approve", [row])
    assert client.get(f"/entitlements/{row.pk}/letter/").status_code == 200
