"""The pages of imports: what they show, to whom, and what they do."""

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from compounds.registry.models import Compound, Import
from compounds.registry.services import imports
from governance.audit.models import AuditEntry
from governance.organisation.scope import Role
from tests.factories import make_compound, make_user


@pytest.fixture
def clerk(district):
    return make_user(role=Role.STREET_CLERK, area=district.street)


@pytest.fixture
def signed_in(client, clerk):
    client.force_login(clerk)
    return client


def csv_file(district, *rows, name="台账.csv") -> SimpleUploadedFile:
    lines = ["区划代码,小区名称,户数", *(f"{district.community.code},{row}" for row in rows)]
    return SimpleUploadedFile(name, "\r\n".join(lines).encode())


@pytest.fixture
def upload(signed_in, district, django_capture_on_commit_callbacks):
    def upload(*rows, file=None):
        with django_capture_on_commit_callbacks(execute=True):
            response = signed_in.post(
                reverse("registry:import_add"), {"file": file or csv_file(district, *rows)}
            )
        assert response.status_code == 302, response.content.decode()
        return Import.objects.latest("pk")

    return upload


@pytest.fixture
def send(signed_in, django_capture_on_commit_callbacks):
    def send(name, batch, **data):
        with django_capture_on_commit_callbacks(execute=True):
            return signed_in.post(reverse(f"registry:{name}", args=[batch.pk]), data)

    return send


def page(client, batch, query="") -> str:
    response = client.get(reverse("registry:import_detail", args=[batch.pk]) + query)
    assert response.status_code == 200
    return response.content.decode()


def test_a_file_goes_from_upload_through_preview_to_the_register_and_back(
    signed_in, upload, send, district
):
    make_compound(district.community, name="乙院", household_count=80)
    batch = upload("甲院,86户", "乙院,81", "丙院,很多")
    assert batch.state == Import.State.CHECKED
    shown = page(signed_in, batch)
    assert "很多" in shown
    assert "丙院" in shown
    assert "<del>80</del>" in page(signed_in, batch, "?rows=CHANGED")
    assert "甲院" in page(signed_in, batch, "?rows=NEW")
    assert not Compound.objects.filter(name="甲院").exists()
    send("import_confirm", batch, mode="BOTH")
    batch.refresh_from_db()
    assert batch.state == Import.State.CHECKED  # refused rows must be left out knowingly
    send("import_confirm", batch, mode="BOTH", leave_out="1")
    batch.refresh_from_db()
    assert batch.state == Import.State.DONE
    assert Compound.objects.get(name="乙院").household_count == 81
    code = Compound.objects.get(name="甲院").code
    assert reverse("dashboards:compound_dossier", args=[code]) in page(
        signed_in, batch, "?rows=NEW"
    )
    undo = signed_in.get(reverse("registry:import_undo", args=[batch.pk]))
    assert undo.status_code == 200
    send("import_undo", batch, reason="错了")
    batch.refresh_from_db()
    assert batch.state == Import.State.UNDONE
    assert list(Compound.objects.values_list("name", "household_count")) == [("乙院", 80)]
    page(signed_in, batch)


def test_confirming_twice_imports_once(signed_in, upload, send):
    batch = upload("甲院,86")
    send("import_confirm", batch, mode="BOTH")
    send("import_confirm", batch, mode="BOTH")
    assert Compound.objects.count() == 1


def test_later_edits_are_listed_instead_of_undone(signed_in, upload, send):
    batch = upload("甲院,86", "乙院,3")
    send("import_confirm", batch, mode="BOTH")
    compound = Compound.objects.get(name="乙院")
    compound.version += 1
    compound.save()
    address = reverse("registry:import_undo", args=[batch.pk])
    assert "乙院" in signed_in.get(address).content.decode()
    assert signed_in.post(address).status_code == 409
    assert Compound.objects.count() == 2


def test_a_file_of_the_wrong_kind_fails_with_a_sentence(signed_in, upload):
    batch = upload(file=SimpleUploadedFile("台账.xlsx", b"%PDF-1.4 not a workbook"))
    assert batch.state == Import.State.FAILED
    shown = page(signed_in, batch)
    assert "PDF" in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize("content", [b"", None])
def test_a_missing_or_empty_file_is_asked_for_again(signed_in, content):
    data = {} if content is None else {"file": SimpleUploadedFile("a.csv", content)}
    response = signed_in.post(reverse("registry:import_add"), data)
    assert response.status_code == 200
    assert "error-summary" in response.content.decode()
    assert not Import.objects.exists()


def test_the_same_file_again_is_noticed(signed_in, upload, send, district):
    first = upload("甲院,86")
    send("import_confirm", first, mode="BOTH")
    again = upload("甲院,86")
    assert reverse("registry:import_detail", args=[first.pk]) in page(signed_in, again)


def test_an_import_can_be_dropped(signed_in, upload, send):
    batch = upload("甲院,86")
    send("import_cancel", batch)
    batch.refresh_from_db()
    assert batch.state == Import.State.CANCELLED
    page(signed_in, batch)


def test_work_is_shown_with_progress_and_ends_by_itself(signed_in, upload):
    batch = upload("甲院,86")
    Import.objects.filter(pk=batch.pk).update(
        state=Import.State.CHECKING, started_at=timezone.now()
    )
    shown = page(signed_in, batch)
    assert "<progress" in shown
    assert "hx-get" in shown
    Import.objects.filter(pk=batch.pk).update(state=Import.State.CHECKED)
    response = signed_in.get(
        reverse("registry:import_detail", args=[batch.pk]), headers={"HX-Request": "true"}
    )
    assert response["HX-Refresh"] == "true"


def test_the_original_and_the_refused_rows_are_handed_out_and_recorded(signed_in, upload, tmp_path):
    batch = upload("甲院,86", "=cmd,很多")
    original = signed_in.get(reverse("registry:import_file", args=[batch.pk]))
    assert original["Content-Disposition"].startswith("attachment")
    assert "很多" in b"".join(original.streaming_content).decode()
    refused = signed_in.get(reverse("registry:import_refused", args=[batch.pk]))
    (tmp_path / "a.xlsx").write_bytes(b"".join(refused.streaming_content))
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert sheet.max_row == 2
    assert AuditEntry.objects.filter(verb="download", batch=batch.batch).count() == 2


def test_templates_are_offered_and_downloaded(signed_in, district):
    shown = signed_in.get(reverse("registry:import_add")).content.decode()
    assert reverse("registry:import_template", args=["compounds"]) in shown
    assert reverse("registry:import_template", args=["providers"]) not in shown
    response = signed_in.get(reverse("registry:import_template", args=["compounds"]))
    assert b"".join(response.streaming_content).startswith(b"PK")
    assert signed_in.get(reverse("registry:import_template", args=["none"])).status_code == 404


POSTS = ("import_confirm", "import_cancel", "import_retry", "import_undo")
GETS = ("import_detail", "import_file", "import_refused", "import_undo")


def test_nobody_reaches_an_import_outside_the_post(client, upload, district):
    batch = upload("甲院,很多")
    other = make_user(role=Role.STREET_CLERK, area=district.other_street)
    client.force_login(other)
    for name in GETS:
        assert client.get(reverse(f"registry:{name}", args=[batch.pk])).status_code == 404
    for name in POSTS:
        assert client.post(reverse(f"registry:{name}", args=[batch.pk])).status_code == 404
    assert "台账.csv" not in client.get(reverse("registry:import_list")).content.decode()


def test_a_leader_sees_the_page_but_neither_file_nor_buttons(client, upload, district):
    batch = upload("甲院,很多")
    leader = make_user(role=Role.STREET_LEADER, area=district.street)
    client.force_login(leader)
    shown = page(client, batch)
    assert reverse("registry:import_cancel", args=[batch.pk]) not in shown
    assert client.get(reverse("registry:import_file", args=[batch.pk])).status_code == 403
    assert client.get(reverse("registry:import_add")).status_code == 403
    assert client.post(reverse("registry:import_confirm", args=[batch.pk])).status_code == 403


def test_the_list_filters_by_state(signed_in, upload):
    upload("甲院,86")
    address = reverse("registry:import_list")
    assert "台账.csv" in signed_in.get(address + "?state=CHECKED").content.decode()
    assert "台账.csv" not in signed_in.get(address + "?state=DONE").content.decode()
    assert signed_in.get(address + "?state=x&page=zz").status_code == 200


def test_markup_in_names_stays_text(signed_in, upload, district):
    file = csv_file(district, "<script>alert(1)</script>,86", name="<img src=x>.csv")
    batch = upload(file=file)
    for query in ("", "?rows=NEW", "?rows=ALL"):
        shown = page(signed_in, batch, query)
        assert "<script>alert" not in shown
        assert "<img src=x>" not in shown


def test_a_preview_of_many_rows_costs_few_statements(
    signed_in, upload, django_assert_max_num_queries
):
    batch = upload(*(f"{n}院,{n}" for n in range(1, 200)))
    with django_assert_max_num_queries(20):
        page(signed_in, batch)


def test_a_file_above_the_limit_is_refused_on_the_form(signed_in, settings, district):
    settings.IMPORT_MAX_BYTES = 10
    response = signed_in.post(
        reverse("registry:import_add"), {"file": csv_file(district, "甲院,86")}
    )
    assert response.status_code == 200
    assert "error-summary" in response.content.decode()
    assert not imports.Import.objects.exists()
