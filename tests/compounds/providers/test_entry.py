"""Data entry of providers, bases and invitations: one way of writing, the services' own."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from compounds.providers import entry
from compounds.providers.importing import PROVIDERS
from compounds.providers.models import Invitation, Provider
from compounds.registry.services import import_undoing, imports
from governance.audit.models import AuditEntry
from governance.foundation import dates, spreadsheets
from governance.foundation.errors import DomainError
from governance.foundation.spreadsheets import OutColumn, OutSheet
from tests.factories import (
    DAY,
    credit_code,
    make_compound,
    make_district,
    make_invitation,
    make_provider,
    make_user,
)

ADD = "admin:providers_invitation_add"
CHANGE = "admin:providers_invitation_change"


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: dt.date(2026, 11, 23))


@pytest.fixture
def officer(district):
    return make_user("officer", "district_officer", district.area)


@pytest.fixture
def web(client, officer):
    client.force_login(officer)
    return client


def send(web, address, **facts):
    return web.post(address, {"once": uuid.uuid4().hex, "answer": "WAITING", **facts})


def invite(web, compound, provider, **facts):
    known = {"compound": compound.pk, "provider": provider.pk, "round": 1}
    return send(web, reverse(ADD), **{**known, "invited_on": DAY.isoformat(), **facts})


def errors_of(answer):
    assert answer.status_code == 200
    return answer.context["adminform"].form.errors


def test_data_entry_refuses_what_inviting_refuses(web, district):
    compound, firm = make_compound(district.community), make_provider(district.area)
    listed = make_provider(district.area, blacklisted_until=dt.date(2027, 1, 1))
    managed = make_compound(district.community, management_mode="FIRM")
    foreign = make_provider(make_district("140106", "迎泽区").area)
    assert "provider" in errors_of(invite(web, compound, listed))
    assert errors_of(invite(web, managed, firm))
    assert "invited_on" in errors_of(invite(web, compound, firm, invited_on="2026-11-24"))
    assert "provider" in errors_of(invite(web, compound, foreign))
    assert not Invitation.objects.exists()


def test_data_entry_takes_an_old_invitation_with_its_answer_and_logs_it_at_the_compound(
    web, district
):
    compound, firm = make_compound(district.community), make_provider(district.area)
    answer = invite(web, compound, firm, answer="REFUSED", answered_on="2026-06-01", letter="函1号")
    assert answer.status_code == 302
    row = Invitation.objects.get()
    assert (row.answer, row.answered_on, row.letter) == ("REFUSED", dt.date(2026, 6, 1), "函1号")
    logged = AuditEntry.objects.filter(object_type="registry.compound").order_by("id")
    assert [(one.verb, one.object_id) for one in logged] == [
        ("invite", str(compound.pk)),
        ("answer", str(compound.pk)),
    ]


@pytest.mark.parametrize(
    ("answer", "answered_on", "field"),
    [
        ("AGREED", "", "answered_on"),
        ("REFUSED", "2026-05-24", "__all__"),
        ("AGREED", "2026-11-24", "answered_on"),
    ],
)
def test_data_entry_takes_no_answer_on_an_impossible_day(web, district, answer, answered_on, field):
    compound, firm = make_compound(district.community), make_provider(district.area)
    told = {"answer": answer, "answered_on": answered_on}
    assert field in errors_of(invite(web, compound, firm, **told))
    assert not Invitation.objects.exists()
    row = make_invitation(compound, firm, answer="WAITING", answered_on=None)
    page = reverse(CHANGE, args=[row.pk])
    answer = send(web, page, invited_on=DAY.isoformat(), version_opened=1, **told)
    assert field in errors_of(answer)


def test_an_answer_without_its_day_may_get_a_letter_number(web, district):
    row = make_invitation(
        make_compound(district.community),
        make_provider(district.area),
        answer="REFUSED",
        answered_on=None,
    )
    page = reverse(CHANGE, args=[row.pk])
    told = {"answer": "REFUSED", "answered_on": "", "invited_on": DAY.isoformat()}
    assert send(web, page, letter="函2号", version_opened=1, **told).status_code == 302
    row.refresh_from_db()
    assert (row.letter, row.answered_on, row.version) == ("函2号", None, 2)
    assert AuditEntry.objects.get(verb="answer").changes["letter"] == ["", "函2号"]


def test_the_day_of_an_invitation_is_not_corrected_into_the_blacklist(web, district):
    firm = make_provider(district.area, blacklisted_until=dt.date(2026, 5, 1))
    row = make_invitation(make_compound(district.community), firm)
    page = reverse(CHANGE, args=[row.pk])
    told = {"answer": "AGREED", "answered_on": DAY.isoformat(), "version_opened": 1}
    assert errors_of(send(web, page, invited_on="2026-05-01", **told))
    assert send(web, page, invited_on="2026-05-02", **told).status_code == 302


def test_a_base_edited_after_an_import_stops_its_undoing(officer, tmp_path):
    path = tmp_path / "a.xlsx"
    row = {"企业名称": "样例物业", "统一社会信用代码": credit_code(1), "基地名称": "东站"}
    columns = [OutColumn(name) for name in row]
    spreadsheets.write_xlsx(path, [OutSheet("物业企业备案表", columns, [list(row.values())])])
    batch = imports.import_file(by=officer, path=path)
    base = Provider.objects.get().bases.get()
    entry.change_base(by=officer, base=base, version=1, changes={"name": "西站"})
    with pytest.raises(DomainError):
        import_undoing.undo_import(by=officer, batch=batch)
    assert Provider.objects.get().bases.get().name == "西站"


def test_every_edit_of_a_base_is_a_new_version_of_its_provider(officer, district):
    assert "bases" in PROVIDERS.own_relations
    firm, other = make_provider(district.area), make_provider(district.area)
    base = entry.add_base(by=officer, facts={"provider": firm, "name": "东站"})
    entry.change_base(by=officer, base=base, version=1, changes={"name": "东站"})
    entry.change_base(by=officer, base=base, version=1, changes={"provider": other})
    versions = dict(Provider.objects.values_list("pk", "version"))
    assert versions == {firm.pk: 3, other.pk: 2}
    assert firm.history.count() == 3
