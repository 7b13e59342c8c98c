"""From the door to the dashboard: a workbook becomes decisions, and every figure opens its rows.

One street, driven as people drive it: through the pages, with the forms as they are sent.
"""

import re
from io import BytesIO

import pytest
import xlsxwriter
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from compounds.registry.models import Compound
from governance.audit.models import AuditEntry
from governance.audit.verify import breaches
from tests.compounds.classification.policies import make_people, make_policy
from tests.factories import make_invitation, make_provider

SHEET = (
    "区划代码",
    "小区名称",
    "建成年份",
    "户数",
    "建筑面积(㎡)",
    "应收费面积(㎡)",
    "产权性质",
    "现管理方式",
)
ROWS = (
    ("140105001001", "东风院", 1985, 80, 5600, 5500, "房改房", "无人管理"),
    ("140105001001", "和平院", 1990, 60, 4200, 4100, "房改房", "无人管理"),
    ("140105001002", "建设院", 1998, 420, 30000, 29000, "商品房", "物业企业服务"),
)


def workbook(rows) -> BytesIO:
    file = BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet("小区摸底台账")
    for number, row in enumerate((SHEET, *rows)):
        sheet.write_row(number, 0, row)
    book.close()
    file.seek(0)
    file.name = "摸底台账.xlsx"
    return file


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def people(district):
    people = make_people(district)
    make_policy(district, people)
    return people


def count_of(client, **query) -> int:
    """How many compounds a list says it holds."""
    answer = client.get(reverse("registry:compound_list"), query)
    assert answer.status_code == 200
    return len(set(re.findall(r"/compounds/(\d{12}-\d{4})/", answer.content.decode())))


def test_from_a_workbook_to_a_decision(district, people, django_capture_on_commit_callbacks):
    clerk = signed_in(people.clerk)

    # Import: upload, look, confirm.
    with django_capture_on_commit_callbacks(execute=True):
        answer = clerk.post(
            reverse("registry:import_add"), {"file": workbook(ROWS), "area": district.street.pk}
        )
    assert answer.status_code == 302, answer.content.decode()[:2000]
    page = clerk.get(answer["Location"])
    assert "东风院" in page.content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        confirmed = clerk.post(f"{answer['Location']}confirm/", {"mode": "BOTH"})
    assert confirmed.status_code == 302
    assert Compound.objects.count() == 3
    assert count_of(clerk) == 3
    assert count_of(clerk, is_unmanaged="true") == 2

    # Ask the firms, then classify.
    east, peace = Compound.objects.filter(is_unmanaged=True).order_by("name")
    firm = make_provider(district.area)
    make_invitation(east, firm, answer="AGREED_WITH_SUBSIDY")
    with django_capture_on_commit_callbacks(execute=True):
        started = clerk.post(reverse("classification:run_start"))
    assert started.status_code == 302
    east.refresh_from_db()
    peace.refresh_from_db()
    assert {east.decision, peace.decision} <= {"DECIDED", "INCOMPLETE"}

    # The list counts what the register holds, and the dossier says why.
    for decision in {east.decision, peace.decision}:
        expected = Compound.objects.filter(decision=decision).count()
        assert count_of(clerk, decision=decision) == expected
    dossier = clerk.get(reverse("dashboards:dossier_classification", args=[east.code]))
    assert dossier.status_code == 200

    # The dashboard opens, the export holds the same rows, and the proofs hold.
    assert clerk.get(reverse("dashboards:home")).status_code == 200
    exported = clerk.get(reverse("registry:export"))
    assert exported.status_code == 200
    assert b"".join(exported)[:2] == b"PK"
    assert AuditEntry.objects.filter(verb="export").exists()
    call_command("check_register", verbosity=0)
    assert list(breaches()) == []


def test_another_street_sees_nothing_of_it(district, people, django_capture_on_commit_callbacks):
    clerk, stranger = signed_in(people.clerk), signed_in(people.other_clerk)
    with django_capture_on_commit_callbacks(execute=True):
        answer = clerk.post(
            reverse("registry:import_add"), {"file": workbook(ROWS), "area": district.street.pk}
        )
    assert stranger.get(answer["Location"]).status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        clerk.post(f"{answer['Location']}confirm/", {"mode": "BOTH"})
    assert count_of(stranger) == 0
    east = Compound.objects.get(name="东风院")
    url = reverse("dashboards:compound_dossier", args=[east.code])
    assert stranger.get(url).status_code == 404
    assert clerk.get(url).status_code == 200
