"""Pages of subsidies: the list, one application, many at once, notices, objections, letters."""

import datetime as dt
import itertools
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.foundation import dates
from subsidies.entitlements import services
from subsidies.entitlements.checks import CHECKS
from subsidies.entitlements.models import Entitlement, Objection, PublicNotice
from subsidies.entitlements.worklist import work_of
from subsidies.ledger.models import Transaction
from tests.subsidies.entitlements.walking import (
    APPLIED,
    DOCUMENT,
    PROOF,
    draft,
    fresh,
    step,
    walk,
    walked,
)
from tests.subsidies.factories import grant, make_indicator, make_served

TODAY = dt.date(2026, 4, 8)
_token = itertools.count(1)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: TODAY)


@pytest.fixture
def web(client, world):
    client.force_login(world.people.clerk)
    return client


def url(name, *args):
    return reverse(f"entitlements:{name}", args=args)


def send(web, address, **said):
    return web.post(address, {"once": f"{next(_token):032x}", **said})


def many(world, count):
    found = [
        make_served(world.people, world.district.community, world.provider) for _n in range(count)
    ]
    return [draft(world, one.compound) for one in found]


def test_one_application_goes_its_way_in_the_browser(client, world):
    people = world.people
    client.force_login(people.clerk)
    asked = client.get(url("apply", world.compound.code))
    assert asked.status_code == 200
    sent = send(
        client, url("apply", world.compound.code), programme=world.programme.pk, area_proof=PROOF
    )
    row = Entitlement.objects.get()
    assert sent.url == url("entitlement_detail", row.pk)
    way = (
        ("submit", people.clerk, {}),
        ("check", people.worker, {"is_confirmed": "on", "finding": "已入住"}),
        ("review", people.leader, {}),
        ("assess", people.officer, {}),
    )
    for key, person, said in way:
        client.force_login(person)
        page = client.get(url("entitlement_detail", row.pk))
        assert url(f"entitlement_{key}", row.pk) in page.text
        version = fresh(row).version
        answer = send(client, url(f"entitlement_{key}", row.pk), version=version, **said)
        assert answer.status_code == 302, answer.text
    assert fresh(row).state == "DISTRICT_REVIEWED"
    page = client.get(url("entitlement_detail", row.pk))
    assert f"{url('bulk_step')}?act=publicise" in page.text


def test_a_step_with_what_somebody_else_changed_is_told(web, world):
    row = draft(world)
    seen = row.version
    services.edit_application(by=world.people.clerk, entitlement=row, facts={"area_proof": "甲"})
    answer = send(web, url("entitlement_submit", row.pk), version=seen)
    assert answer.url == url("entitlement_detail", row.pk)
    assert fresh(row).state == "DRAFT"


def test_the_same_form_sent_twice_hands_in_once(web, world):
    row = draft(world)
    said = {"once": "a" * 32, "version": row.version}
    for _time in range(2):
        assert web.post(url("entitlement_submit", row.pk), said).status_code == 302
    assert row.steps.filter(to_state="SUBMITTED").count() == 1


def test_what_is_missing_stands_on_the_page_before_it_is_refused(web, world):
    row = draft(world, area_proof="")
    page = web.get(url("entitlement_detail", row.pk))
    assert len(page.context["lacking"]) == 1
    answer = send(web, url("entitlement_submit", row.pk), version=row.version)
    assert answer.status_code == 200
    assert fresh(row).state == "DRAFT"


def test_drafts_are_changed_in_the_browser(web, world):
    row = draft(world)
    answer = send(
        web, url("entitlement_edit", row.pk), version=row.version, area_proof="房产证 样例-9"
    )
    assert answer.status_code == 302
    assert fresh(row).area_proof == "房产证 样例-9"


def test_a_street_applies_for_all_that_have_not(web, world):
    make_served(world.people, world.district.community, world.provider, name="样例二院")
    page = web.get(url("street_application"))
    assert "样例一院" in page.text
    assert "样例二院" in page.text
    sent = send(
        web,
        url("street_application"),
        street=world.district.street.code,
        programme=world.programme.pk,
        area_proof=PROOF,
        ids=[world.compound.pk],
    )
    assert sent.status_code == 302
    assert list(Entitlement.objects.values_list("compound", flat=True)) == [world.compound.pk]
    assert "样例一院" not in web.get(url("street_application")).text


def test_what_would_be_refused_is_named_before(web, world):
    ready, late = many(world, 2)
    services.edit_application(by=world.people.clerk, entitlement=late, facts={"area_proof": ""})
    page = web.get(url("bulk_step"), {"act": "submit", "ids": [ready.pk, late.pk]})
    picked = {line.row.pk: (line.is_picked, bool(line.refusal)) for line in page.context["lines"]}
    assert picked == {ready.pk: (True, False), late.pk: (False, True)}
    assert Entitlement.objects.filter(state="DRAFT").count() == 2  # nothing was written


def test_many_are_handed_in_or_none(web, world):
    rows = many(world, 3)
    said = {
        "act": "submit",
        "ids": [row.pk for row in rows],
        "shown": [row.pk for row in rows],
        "seen": [f"{row.pk}:{row.version}" for row in rows],
    }
    stale = {**said, "seen": [*said["seen"][1:], f"{rows[0].pk}:9"]}
    refused = send(web, url("bulk_step"), **stale)
    assert [one.pk for one in refused.context["refused"]] == [rows[0].pk]
    assert send(web, url("bulk_step"), **said).status_code == 302
    assert Entitlement.objects.filter(state="SUBMITTED").count() == 3


def test_many_are_posted_and_approved(client, world):
    rows = walk(world, many(world, 2), "assess")
    ids = {"ids": [row.pk for row in rows], "shown": [row.pk for row in rows]}
    client.force_login(world.people.officer)
    sent = send(
        client,
        url("bulk_step"),
        act="publicise",
        number="小物公示〔2026〕5号",
        starts_on="2026-03-30",
        seen=[f"{row.pk}:{fresh(row).version}" for row in rows],
        **ids,
    )
    assert sent.status_code == 302
    notice = PublicNotice.objects.get()
    assert notice.ends_on == dt.date(2026, 4, 7)  # 6 April is a holiday
    printed = client.get(url("notice_print", notice.pk)).text
    assert rows[0].compound.name in printed
    assert world.provider.name in printed
    assert world.provider.credit_code not in printed
    client.force_login(world.people.approver)
    page = client.get(url("bulk_step"), {"act": "approve", **ids})
    assert world.indicator.number in page.text
    sent = send(
        client,
        url("bulk_step"),
        act="approve",
        document=DOCUMENT,
        funding_DISTRICT_0_2026=world.indicator.pk,
        seen=[f"{row.pk}:{fresh(row).version}" for row in rows],
        **ids,
    )
    assert sent.status_code == 302, sent.context["form"].errors
    assert Transaction.objects.filter(kind="COMMITMENT").count() == 1
    letter = client.get(url("approval_letter", rows[0].pk)).text
    assert DOCUMENT in letter
    assert all(row.compound.name in letter for row in rows)


def test_an_indicator_that_does_not_bear_all_is_told_with_what_is_left(client, world):
    small = make_indicator(world.line)
    grant(world.people, small, "20000.00")
    rows = walk(world, many(world, 2), "publicise")
    client.force_login(world.people.approver)
    answer = send(
        client,
        url("bulk_step"),
        act="approve",
        document=DOCUMENT,
        funding_DISTRICT_0_2026=small.pk,
        ids=[row.pk for row in rows],
        shown=[row.pk for row in rows],
        seen=[f"{row.pk}:{row.version}" for row in rows],
    )
    assert [one.pk for one in answer.context["refused"]] == [rows[1].pk]
    assert "3500.00" in answer.text
    assert not Transaction.objects.filter(kind="COMMITMENT").exists()


def test_an_objection_is_recorded_and_settled_by_another(client, world):
    row = walked(world, "publicise")
    client.force_login(world.people.officer)
    assert send(client, url("objection_add", row.pk), said="面积不实").status_code == 302
    objection = Objection.objects.get()
    said = {"version": objection.version, "outcome": "UPHELD", "answer": "重新测绘"}
    own = send(client, url("objection_settle", objection.pk), **said)
    assert own.status_code == 200
    client.force_login(world.people.second_officer)
    assert objection.said in client.get(url("objection_list")).text
    assert send(client, url("objection_settle", objection.pk), **said).status_code == 302
    assert fresh(row).state == "DISTRICT_REVIEWED"


def test_pages_keep_to_the_places_and_rights_of_a_person(client, world):
    row = walked(world, "publicise")
    client.force_login(world.people.far_clerk)
    assert client.get(url("entitlement_detail", row.pk)).status_code == 404
    assert client.get(url("notice_detail", row.notice_id)).status_code == 404
    assert client.get(url("apply", world.compound.code)).status_code == 404
    assert row.number not in client.get(url("entitlement_list")).text
    client.force_login(world.people.clerk)
    assert client.get(url("notice_detail", row.notice_id)).status_code == 200
    assert send(client, url("entitlement_check", row.pk)).status_code == 403
    assert client.get(url("bulk_step"), {"act": "approve", "ids": row.pk}).status_code == 403


def test_pages_take_a_constant_number_of_queries(client, world):
    def count(address):
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        return len(asked)

    client.force_login(world.people.officer)
    row = walk(world, many(world, 2), "publicise")[0]
    pages = [
        url("entitlement_list"),
        url("entitlement_detail", row.pk),
        url("notice_list"),
        url("notice_detail", row.notice_id),
        url("notice_print", row.notice_id),
        url("objection_list"),
        f"{url('entitlement_list')}?mine=true&due=overdue&programme={world.programme.pk}",
    ]
    before = [count(page) for page in pages]
    step(world, "publicise", walk(world, many(world, 6), "assess"), number="另一公示")
    Entitlement.objects.filter(state="PUBLICISED").update(notice=row.notice_id)
    after = [count(page) for page in pages]
    assert after == before
    assert max(after) <= 40, after


def test_open_work_equals_the_list_it_opens(client, world):
    walk(world, many(world, 2), "submit")
    walk(world, many(world, 1), "check")
    walk(world, many(world, 3), "review")
    for person in (world.people.worker, world.people.leader, world.people.officer):
        client.force_login(person)
        lines = [line for line in work_of(person) if "entitlements" in line.url]
        assert lines
        for line in lines:
            listing = client.get(line.url).context["listing"]
            assert listing.counted == line.count, line


def test_the_list_shows_deadlines_that_have_passed(client, world):
    walk(world, many(world, 1), "submit")
    client.force_login(world.people.worker)
    (line,) = work_of(world.people.worker)
    assert line.is_late
    page = client.get(f"{url('entitlement_list')}?due=overdue")
    assert page.context["listing"].counted == 1


def test_the_dossier_shows_terms_forecast_examination_and_money(client, world):
    row = walked(world, "approve")
    client.force_login(world.people.officer)
    page = client.get(url("entitlement_detail", row.pk))
    assert page.context["forecast"].total == Decimal("16500.00")
    assert len(page.context["months"]) == 6
    assert len(page.context["conditions"]) == 2
    assert [sum_ for _stage, sum_ in page.context["money"][0].cells] == [Decimal("16500.00")]


def test_the_checks_find_nothing_wrong_and_what_was_tampered_with(world):
    row = walked(world, "approve")
    assert [found for check in CHECKS.values() for found in check()] == []
    Entitlement.objects.filter(pk=row.pk).update(
        amount=Decimal("10.00"), checked_by=world.people.officer
    )
    broken = {name for name, check in CHECKS.items() if list(check())}
    assert {"people", "commitments"} <= broken
    Entitlement.objects.filter(pk=row.pk).update(state="SUSPENDED")
    assert list(CHECKS["steps"]())
    Entitlement.objects.filter(pk=row.pk).update(
        trace={**row.trace, "is_met": False}, street=world.district.other_street
    )
    assert list(CHECKS["examinations"]())
    assert list(CHECKS["places"]())


def test_applied_for_on_a_past_day_keeps_that_day(world):
    assert draft(world).steps.get().on == APPLIED
