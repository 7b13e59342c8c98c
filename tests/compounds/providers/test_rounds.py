"""Rounds of invitations: what waits by street, the answers on one sheet, the letter."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compounds.providers.models import Invitation
from governance.audit.models import AuditEntry
from governance.foundation import dates
from tests.factories import make_compound, make_invitation, make_provider, make_user

WAITING = {"answer": "WAITING", "answered_on": None}


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: dt.date(2026, 11, 23))


@pytest.fixture
def web(client, district):
    client.force_login(make_user("clerk", "street_clerk", district.street))
    return client


@pytest.fixture
def asked(district):
    """A compound with a round of three, one of which has answered."""
    compound = make_compound(district.community, name="样例院", built_year=1986)
    firms = [make_provider(district.area, name=name) for name in ("甲企", "乙企", "丙企")]
    for firm in firms[:2]:
        make_invitation(compound, firm, letter="样函〔2026〕3号", **WAITING)
    make_invitation(compound, firms[2], answer="AGREED", answered_on=dt.date(2026, 6, 1))
    return compound


def test_each_round_that_waits_stands_once_oldest_first(web, district, asked):
    old = make_compound(district.sister_community, name="旧院")
    firm = make_provider(district.area)
    make_invitation(old, firm, round=2, invited_on=dt.date(2026, 5, 1), **WAITING)
    make_invitation(old, firm, round=1, answer="REFUSED")
    outside = make_compound(district.other_community, name="街外院")
    make_invitation(outside, firm, **WAITING)
    page = reverse("providers:round_list")
    answer = web.get(page)
    rows = Invitation.objects.in_bulk(answer.context["listing"].ids)
    assert [(rows[pk].compound.name, rows[pk].round) for pk in answer.context["listing"].ids] == [
        ("旧院", 2),
        ("样例院", 1),
    ]
    text = answer.content.decode()
    assert "2 / 3" in text
    assert "1 / 1" in text
    assert "街外院" not in text
    street = f"{page}?community={district.community.code}"
    assert len(web.get(street).context["listing"].ids) == 1


def url_of(compound, name="round_answer", round=1):
    return reverse(f"providers:{name}", args=[compound.code, round])


def sheet(compound, **answers):
    data = {}
    for one in compound.invitations.select_related("provider"):
        answer, day = answers.get(one.provider.name, (one.answer, one.answered_on or ""))
        data |= {f"answer_{one.pk}": answer, f"day_{one.pk}": day, f"version_{one.pk}": one.version}
    return data


def test_the_answers_of_a_round_are_recorded_on_one_sheet(web, asked):
    data = sheet(asked, 甲企=("AGREED", "2026-06-02"), 乙企=("REFUSED", "2026-06-03"))
    answer = web.post(url_of(asked), {**data, "once": "a" * 32}, follow=True)
    assert "已登记 2 条答复" in answer.content.decode()
    told = dict(asked.invitations.values_list("provider__name", "answer"))
    assert told == {"甲企": "AGREED", "乙企": "REFUSED", "丙企": "AGREED"}
    assert AuditEntry.objects.filter(verb="answer").count() == 2
    versions = dict(asked.invitations.values_list("provider__name", "version"))
    assert versions == {"甲企": 2, "乙企": 2, "丙企": 1}


def test_one_impossible_day_saves_none_and_is_told_at_its_firm(web, asked):
    data = sheet(asked, 甲企=("AGREED", "2026-06-02"), 乙企=("REFUSED", "2026-05-01"))
    answer = web.post(url_of(asked), {**data, "once": "a" * 32})
    wrong = asked.invitations.get(provider__name="乙企")
    assert answer.context["form"].errors.keys() == {f"day_{wrong.pk}"}
    assert asked.invitations.filter(answer="WAITING").count() == 2
    assert not AuditEntry.objects.filter(verb="answer").exists()


def test_the_second_of_two_sheets_is_told_and_nothing_is_lost(web, asked):
    data = sheet(asked, 甲企=("AGREED", "2026-06-02"))
    late = sheet(asked, 甲企=("REFUSED", "2026-06-02"), 乙企=("REFUSED", "2026-06-02"))
    web.post(url_of(asked), {**data, "once": "a" * 32})
    answer = web.post(url_of(asked), {**late, "once": "b" * 32}, follow=True)
    assert "刚被别人改过" in answer.content.decode()
    told = dict(asked.invitations.values_list("provider__name", "answer"))
    assert (told["甲企"], told["乙企"]) == ("AGREED", "WAITING")


def test_a_round_nobody_was_asked_in_does_not_exist(web, asked):
    for name in ("round_answer", "letter"):
        assert web.get(url_of(asked, name, round=2)).status_code == 404


def test_the_letter_has_a_sheet_for_each_firm_with_the_day_to_answer_by(web, asked):
    page = web.get(url_of(asked, "letter"))
    text = page.content.decode()
    assert text.count('<article class="letter">') == 3
    assert "关于邀请承接样例院物业服务的函" in text
    assert "样函〔2026〕3号" in text
    assert "1986年" in text
    assert "2026年6月8日" in text
    assert "坞城街道办事处" in text


def test_the_letter_leaves_out_what_nobody_knows(web, district):
    compound = make_compound(
        district.community, built_year=None, lift_count=None, household_count=None
    )
    make_invitation(compound, make_provider(district.area), **WAITING)
    text = web.get(url_of(compound, "letter")).content.decode()
    assert "建成于" not in text
    assert "住户" not in text
    assert "—" not in text.split('<article class="letter">')[1].split("</article>")[0]


def test_rounds_cost_the_same_for_3_and_40_of_them(web, district):
    page, firm = reverse("providers:round_list"), make_provider(district.area)

    def cost():
        with CaptureQueriesContext(connection) as seen:
            assert web.get(page).context["listing"].ids
        return len(seen)

    def add(count):
        for _ in range(count):
            make_invitation(make_compound(district.community, refresh=False), firm, **WAITING)

    add(3)
    cost()
    few = cost()
    add(37)
    assert cost() == few <= 12
