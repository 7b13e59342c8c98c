"""Files of a compound: what is taken, what is made of it, who sees it, what is left behind."""

import datetime as dt
import io
import os
import struct
import zlib

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from compounds.registry.models import Attachment
from compounds.registry.models.imports import Import
from compounds.registry.services import attachments
from governance.audit.models import AuditEntry
from governance.foundation.errors import DomainError
from tests.factories import make_compound, make_user

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        },
    }


@pytest.fixture
def clerk(district):
    return make_user("clerk", "street_clerk", district.street)


def image(kind="JPEG", size=(64, 48), **options):
    out = io.BytesIO()
    Image.new("RGB", size, (120, 90, 60)).save(out, kind, **options)
    return out.getvalue()


def upload(content, name="门口.jpg"):
    return SimpleUploadedFile(name, content)


def attach(clerk, compound, content, name="门口.jpg"):
    return attachments.add_attachment(
        by=clerk, compound=compound, upload=upload(content, name), kind="PHOTO"
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_images_are_taken_by_their_content_whatever_their_name(district, clerk, kind):
    file = attach(clerk, make_compound(district.community), image(kind), "报告.pdf")
    assert file.content_type == f"image/{kind.lower()}"
    assert not file.name.endswith(".pdf")
    assert "报告" not in file.file.name


def test_photos_lose_their_place_and_keep_their_orientation(district, clerk):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "样例手机"
    exif.get_ifd(0x8825)[1] = "N"
    content = image(size=(64, 48), exif=exif.tobytes())
    file = attach(clerk, make_compound(district.community), content)
    stored = file.file.read()
    assert "样例手机".encode() not in stored
    again = Image.open(io.BytesIO(stored))
    assert not dict(again.getexif())
    assert again.size == (48, 64)


def test_what_hides_behind_an_image_is_gone(district, clerk):
    content = image() + b"<script>alert(1)</script>PK\x03\x04"
    file = attach(clerk, make_compound(district.community), content)
    assert b"<script>" not in file.file.read()


def test_large_images_are_made_smaller(district, clerk):
    file = attach(clerk, make_compound(district.community), image(size=(5000, 2500)))
    assert Image.open(file.file).size == (2400, 1200)


def bomb():
    """A PNG of a few bytes that claims 60,000 × 60,000 pixels."""

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>",
        b"<html><script>1</script>",
        b"PK\x03\x04" + b"\0" * 100,
        b"MZ" + b"\0" * 100,
        b"\xff\xd8\xff\xe0 not a picture",
        image()[:200],
        PDF[:-8],
        b"%PDF-",
        bomb(),
    ],
)
def test_what_is_no_sound_image_or_pdf_is_refused_and_leaves_no_file(district, clerk, content):
    compound = make_compound(district.community)
    with pytest.raises(DomainError) as refused:
        attach(clerk, compound, content)
    assert refused.value.field == "file"
    assert not Attachment.objects.exists()
    assert not list(attachments.orphans())


def test_a_file_above_the_limit_is_refused(district, clerk, settings):
    settings.ATTACHMENT_MAX_BYTES = 2 * 2**20
    with pytest.raises(DomainError, match="2 MB"):
        attach(clerk, make_compound(district.community), PDF + b"\0" * (2 * 2**20))


def test_the_same_file_is_attached_once_and_again_after_its_removal(district, clerk):
    compound = make_compound(district.community)
    first = attach(clerk, compound, PDF)
    with pytest.raises(DomainError):
        attach(clerk, compound, PDF)
    attachments.remove_attachment(by=clerk, attachment=first, reason="错传")
    attach(clerk, compound, PDF)
    verbs = list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))
    assert verbs == ["attach", "remove_attachment", "attach"]


def test_a_refused_row_takes_its_file_away_again(district, clerk, monkeypatch, tmp_path):
    compound = make_compound(district.community)

    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(attachments.audit, "record", fail)
    with pytest.raises(RuntimeError):
        attach(clerk, compound, PDF)
    assert not [file for _root, _dirs, files in os.walk(tmp_path) for file in files]


def test_files_without_a_row_are_swept_after_a_day_and_others_stay(district, clerk, monkeypatch):
    kept = attach(clerk, make_compound(district.community), PDF)
    default_storage.save("attachments/lost", ContentFile(b"x"))
    assert not list(attachments.orphans())
    later = timezone.now() + dt.timedelta(hours=25)
    monkeypatch.setattr(attachments.timezone, "now", lambda: later)
    assert list(attachments.orphans()) == ["attachments/lost"]
    assert attachments.sweep() == 1
    assert default_storage.exists(kept.file.name)


def test_uploads_of_imports_without_a_row_are_swept_after_an_hour(district, clerk, monkeypatch):
    kept = Import.objects.create(
        area=district.street,
        file=ContentFile(b"x", "b.xlsx"),
        file_name="b.xlsx",
        size=1,
        sha256="0" * 64,
        uploaded_by=clerk,
    )
    default_storage.save("imports/lost", ContentFile(b"x"))
    default_storage.save("attachments/young", ContentFile(b"x"))
    now = timezone.now()
    for minutes, found in ((50, []), (70, ["imports/lost"])):
        later = now + dt.timedelta(minutes=minutes)
        monkeypatch.setattr(attachments.timezone, "now", lambda later=later: later)
        assert list(attachments.orphans()) == found
    assert attachments.sweep() == 1
    assert default_storage.exists(kept.file.name)
    assert default_storage.exists("attachments/young")


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_kinds_that_are_read_whole_may_have_fewer_pixels_than_a_jpeg(kind, monkeypatch):
    monkeypatch.setattr(attachments, "MOST_PIXELS_WHOLE", 60 * 40)
    attachments.read_upload(upload(image(kind, (60, 40))))
    attachments.read_upload(upload(image("JPEG", (61, 40))))
    with pytest.raises(DomainError):
        attachments.read_upload(upload(image(kind, (61, 40))))


def test_the_register_check_sweeps_on_request(district, clerk, monkeypatch):
    default_storage.save("attachments/lost", ContentFile(b"x"))
    later = timezone.now() + dt.timedelta(hours=25)
    monkeypatch.setattr(attachments.timezone, "now", lambda: later)
    out = io.StringIO()
    call_command("check_register", "--sweep", "--only", "registry.attachments", stdout=out)
    assert "1 files" in out.getvalue()
    assert not default_storage.exists("attachments/lost")


def test_images_are_shown_in_the_page_and_papers_saved_both_without_sniffing(
    client, district, clerk
):
    compound = make_compound(district.community)
    photo, paper = attach(clerk, compound, image()), attach(clerk, compound, PDF, "函.pdf")
    client.force_login(clerk)
    for file, kind in ((photo, "inline"), (paper, "attachment")):
        answer = client.get(reverse("registry:attachment_file", args=[file.pk]))
        assert answer["Content-Disposition"].startswith(kind)
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer["Cache-Control"]
        assert "max-age" not in answer["Cache-Control"]
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["Content-Type"] == file.content_type
    small = client.get(reverse("registry:attachment_thumbnail", args=[photo.pk]))
    assert Image.open(io.BytesIO(small.content)).size == (320, 240)
    assert client.get(reverse("registry:attachment_thumbnail", args=[paper.pk])).status_code == 404


def test_files_are_seen_and_removed_inside_the_scope_only(client, district, clerk):
    file = attach(clerk, make_compound(district.community), image())
    views = [
        reverse(f"registry:attachment_{name}", args=[file.pk])
        for name in ("file", "thumbnail", "remove")
    ]
    client.force_login(make_user("other", "street_clerk", district.other_street))
    assert {client.get(url).status_code for url in views} == {404}
    client.force_login(make_user("leader", "leader", district.street))
    assert [client.get(url).status_code for url in views] == [200, 200, 403]
    client.force_login(clerk)
    assert client.post(views[2], {"reason": "错传"}).status_code == 302
    assert {client.get(url).status_code for url in views} == {404}


def test_a_file_is_attached_through_the_page_and_a_bad_one_refused_beside_the_field(
    client, district, clerk
):
    compound = make_compound(district.community)
    client.force_login(clerk)
    url = reverse("registry:attachment_add", args=[compound.code])
    bad = client.post(url, {"file": upload(b"MZ"), "kind": "PHOTO", "once": "a" * 32})
    assert "file" in bad.context["form"].errors
    data = {"file": upload(image()), "kind": "PHOTO", "note": "大门", "once": "b" * 32}
    assert client.post(url, data).status_code == 302
    assert Attachment.objects.get().note == "大门"


@pytest.mark.parametrize(
    ("name", "hours"), [("imports/lost.xlsx.progress", 2), ("attachments/lost", 25)]
)
def test_a_file_of_nobody_is_a_breach_once_it_is_old(district, monkeypatch, name, hours):
    default_storage.save(name, ContentFile(b"1 2"))
    call_command("check_register", "--only", "registry.attachments", stdout=io.StringIO())
    later = timezone.now() + dt.timedelta(hours=hours)
    monkeypatch.setattr(attachments.timezone, "now", lambda: later)
    with pytest.raises(CommandError, match=f"{name} belongs to no row"):
        call_command("check_register", "--only", "registry.attachments", stdout=io.StringIO())
    assert attachments.sweep() == 1
