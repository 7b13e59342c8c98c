"""Overrides in the browser: proposed by one, decided by another."""

import datetime as dt

import pytest

from compounds.classification import services
from compounds.classification.models import Override
from tests.factories import make_user

from .pages import AS_OF, client_of, run, statements, text_of
from .policies import make_people, make_policy, make_sample

pytestmark = pytest.mark.django_db
HOME = "/classification/overrides/"


@pytest.fixture(autouse=True)
def _fixed_day(monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: AS_OF)


@pytest.fixture
def people(district):
    return make_people(district)


@pytest.fixture
def sample(district, people):
    make_policy(district, people)
    found = make_sample(district)
    run(people.officer)
    return found


def door(compound) -> str:
    return f"/classification/compounds/{compound.code}/override/"


def form(**changes) -> dict:
    return {
        "strategy": "FALLBACK",
        "reason": "企业口头退出，年内难以进驻。",
        "document": "样例纪〔2026〕1号",
        "expires_on": "2026-12-31",
        **changes,
    }


@pytest.fixture
def proposed(sample, people):
    client_of(people.clerk).post(door(sample.small), form())
    return Override.objects.get()


def page_of(override) -> str:
    return f"{HOME}{override.pk}/"


def test_the_form_shows_the_present_reasons_beside_it(sample, people):
    words = text_of(client_of(people.clerk).get(door(sample.small)))
    assert "为什么是“补贴过渡”" in words
    assert "因此由第 3 条命中" in words
    assert "5,500.00 × 0.50 × 6 = 16,500.00" in words
    assert "户数" in words


def test_a_clerk_proposes_and_lands_on_its_page(sample, people):
    answer = client_of(people.clerk).post(door(sample.small), form())
    override = Override.objects.get()
    assert answer["Location"] == page_of(override)
    assert (override.state, override.prepared_by) == ("PROPOSED", people.clerk)


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"strategy": "SUBSIDY_TRANSITION"}, "strategy", "现在就是这个策略"),
        ({"strategy": ""}, "strategy", ""),
        ({"strategy": "DEMOLISH"}, "strategy", ""),
        ({"reason": ""}, "reason", ""),
        ({"document": ""}, "document", ""),
        ({"expires_on": "2026-06-01"}, "expires_on", "截止日期要晚于今天"),
        ({"expires_on": "明年"}, "expires_on", ""),
    ],
)
def test_wrong_entries_are_told_beside_their_field(sample, people, changes, field, message):
    page = client_of(people.clerk).post(door(sample.small), form(**changes))
    assert page.status_code == 200
    assert list(page.context["form"].errors) == [field]
    assert message in page.context["form"].errors[field][0]
    assert "有 1 处" in text_of(page)
    assert not Override.objects.exists()


def test_full_width_dates_are_understood(sample, people):
    client_of(people.clerk).post(door(sample.small), form(expires_on="２０２６-１２-３１"))
    assert Override.objects.get().expires_on == dt.date(2026, 12, 31)


def test_a_second_proposal_is_not_offered_and_refused(proposed, sample, people):
    client = client_of(people.clerk)
    assert "已有一件人工定策" in text_of(client.get(door(sample.small)))
    page = client.post(door(sample.small), form(strategy="UNIT_COBUILD"))
    assert page.status_code == 200
    assert Override.objects.count() == 1


def test_an_unclassified_compound_has_nothing_to_override(sample, people):
    assert "还没有定策" in text_of(client_of(people.clerk).get(door(sample.managed)))


def test_who_may_not_propose_is_refused_and_outside_nothing_exists(sample, people):
    assert client_of(people.chief).get(door(sample.small)).status_code == 403
    assert client_of(people.worker).post(door(sample.small), form()).status_code == 403
    assert client_of(people.other_clerk).get(door(sample.small)).status_code == 404
    assert client_of(people.other_clerk).post(door(sample.small), form()).status_code == 404


def test_the_preparer_sees_why_and_has_no_form(sample, people, district):
    both = make_user(role="street_clerk", area=district.street)
    both.posts.create(role="street_leader", area=district.street, valid_from=AS_OF)
    client = client_of(both)
    client.post(door(sample.small), form())
    override = Override.objects.get()
    page = client.get(page_of(override))
    assert "要由另一人审批" in text_of(page)
    assert f"{page_of(override)}approve/" not in page.content.decode()
    answer = client.post(f"{page_of(override)}approve/", {"version": override.version}, follow=True)
    assert "另一人" in text_of(answer) or "别人" in text_of(answer)
    override.refresh_from_db()
    assert override.state == "PROPOSED"


def test_another_person_approves_and_the_compound_moves(proposed, sample, people):
    client = client_of(people.chief)
    assert f"{page_of(proposed)}approve/" in client.get(page_of(proposed)).content.decode()
    client.post(f"{page_of(proposed)}approve/", {"version": proposed.version})
    sample.small.refresh_from_db()
    assert (sample.small.strategy, sample.small.decision) == ("FALLBACK", "OVERRIDDEN")
    words = text_of(client.get(page_of(proposed)))
    assert "人工定策为“兜底服务”" in words
    assert "只按规则应为“补贴过渡”" in words


def test_approving_a_stale_page_is_refused(proposed, people):
    client = client_of(people.chief)
    client.post(f"{page_of(proposed)}approve/", {"version": proposed.version + 1})
    proposed.refresh_from_db()
    assert proposed.state == "PROPOSED"


def test_who_may_not_approve_is_refused(proposed, people):
    for person in (people.clerk, people.worker, people.leader):
        for verb in ("approve", "reject"):
            answer = client_of(person).post(f"{page_of(proposed)}{verb}/", {"version": 1})
            assert answer.status_code == 403
    assert client_of(people.leader).post(f"{page_of(proposed)}withdraw/").status_code == 403
    assert client_of(people.other_clerk).get(page_of(proposed)).status_code == 404
    assert client_of(people.other_clerk).post(f"{page_of(proposed)}withdraw/").status_code == 404


def test_rejecting_needs_a_reason(proposed, people):
    client = client_of(people.chief)
    address = f"{page_of(proposed)}reject/"
    client.post(address, {"version": proposed.version, "reason": ""})
    proposed.refresh_from_db()
    assert proposed.state == "PROPOSED"
    client.post(address, {"version": proposed.version, "reason": "没有退出函"})
    proposed.refresh_from_db()
    assert proposed.state == "REJECTED"
    assert "没有退出函" in text_of(client.get(page_of(proposed)))


def test_texts_that_no_database_stores_do_no_harm(proposed, people):
    address = f"{page_of(proposed)}reject/"
    client_of(people.chief).post(address, {"version": proposed.version, "reason": "无\0函"})
    proposed.refresh_from_db()
    assert proposed.closing_reason == "无函"
    assert (
        client_of(people.clerk).get(door(proposed.compound).replace("-", "%00")).status_code == 404
    )


def test_the_proposer_withdraws(proposed, people):
    client_of(people.clerk).post(
        f"{page_of(proposed)}withdraw/", {"version": proposed.version, "reason": "企业又愿意了"}
    )
    proposed.refresh_from_db()
    assert proposed.state == "WITHDRAWN"


def test_an_approved_one_is_ended_by_an_approver(proposed, sample, people):
    services.approve_override(by=people.chief, override=proposed, version=proposed.version)
    proposed.refresh_from_db()
    data = {"version": proposed.version, "reason": "企业已进驻"}
    assert client_of(people.clerk).post(f"{page_of(proposed)}withdraw/", data).status_code == 403
    client_of(people.chief).post(f"{page_of(proposed)}withdraw/", data)
    sample.small.refresh_from_db()
    assert sample.small.strategy == "SUBSIDY_TRANSITION"


def test_the_list_has_a_tab_for_every_state_and_counts_it(proposed, people, monkeypatch):
    client = client_of(people.chief)
    tabs = {key: count for key, _name, count in client.get(HOME).context["tabs"]}
    assert tabs == {"PROPOSED": 1, "APPROVED": 0, "EXPIRING": 0, "EXPIRED": 0, "CLOSED": 0}
    services.approve_override(by=people.chief, override=proposed, version=proposed.version)
    monkeypatch.setattr("governance.foundation.dates.today", lambda: dt.date(2026, 12, 22))
    page = client.get(f"{HOME}?state=EXPIRING")
    assert "剩 9 天" in text_of(page)
    monkeypatch.setattr("governance.foundation.dates.today", lambda: dt.date(2027, 1, 6))
    assert "超 6 天" in text_of(client.get(f"{HOME}?state=EXPIRED"))


def test_the_list_shows_only_the_readers_street(proposed, people):
    assert "没有待审批的提请" in text_of(client_of(people.other_clerk).get(HOME))


def test_a_form_sent_twice_is_taken_once(sample, people):
    client = client_of(people.clerk)
    first = client.post(door(sample.small), form(once="a" * 32))
    second = client.post(door(sample.small), form(once="a" * 32))
    assert first["Location"] == second["Location"]
    assert Override.objects.count() == 1


def test_statements_do_not_grow_with_overrides(proposed, sample, people):
    client = client_of(people.officer)
    before = statements(client, HOME)
    for row in (sample.unit, sample.red, sample.refused):
        services.propose_override(
            by=people.clerk,
            compound=row,
            strategy="SUBSIDY_TRANSITION",
            reason="试",
            document="样",
            expires_on=dt.date(2026, 12, 31),
        )
    assert statements(client, HOME) == before
