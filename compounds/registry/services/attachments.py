"""Files of a compound: what they are is read from their content; images are made anew.

Two-phase: the file is stored first, its row is written inside the transaction; what a lost
transaction leaves behind, here or of an uploaded import, is found by `orphans` and swept.
"""

import hashlib
import io
import logging
import warnings
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from governance.audit import services as audit
from governance.foundation.errors import DomainError
from governance.foundation.locks import for_update

from ..models import Attachment, Compound, Status
from ..models.attachments import upload_path
from ..models.imports import Import
from .compounds import check_place

FOLDER, IMPORTS = "attachments", "imports"
LONGEST_SIDE = 2400
THUMBNAIL = (320, 240)
# A JPEG is read at a fraction of its size; the other kinds are read whole, four bytes a pixel.
MOST_PIXELS = {"JPEG": 60_000_000}
MOST_PIXELS_WHOLE = 25_000_000
PDF = "application/pdf"
KEPT_AS = {
    "JPEG": ("JPEG", "image/jpeg"),
    "PNG": ("PNG", "image/png"),
    "WEBP": ("WEBP", "image/webp"),
}
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", PDF: "pdf"}
ORPHAN_AGE = {FOLDER: timedelta(hours=24), IMPORTS: timedelta(hours=1)}
MOST_FILES = 200
log = logging.getLogger(__name__)


def _unreadable() -> DomainError:
    return DomainError(
        _("Only photos (JPEG, PNG, WebP) and PDF files are taken; this file is none."),
        field="file",
    )


def read_upload(upload) -> tuple[bytes, str]:
    """(content to be stored, its type) of an uploaded file.

    Raises DomainError: too large, neither image nor PDF, damaged, too many pixels.
    """
    limit = settings.ATTACHMENT_MAX_BYTES
    if upload.size > limit:
        raise DomainError(
            _("The file is larger than %(limit)s MB.") % {"limit": limit // 2**20}, field="file"
        )
    content = upload.read()
    if not content:
        raise DomainError(_("The file is empty."), field="file")
    if content.startswith(b"%PDF-"):
        if b"%%EOF" not in content[-2048:]:
            raise DomainError(_("The PDF is damaged or cut off."), field="file")
        return content, PDF
    return _image_anew(content)


def _image_anew(content: bytes) -> tuple[bytes, str]:
    """The image decoded and written again: no metadata, a bounded size, nothing hidden behind."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content), formats=list(KEPT_AS))
            if image.width * image.height > MOST_PIXELS.get(image.format, MOST_PIXELS_WHOLE):
                raise DomainError(
                    _("The picture has too many pixels. Make it smaller and try again."),
                    field="file",
                )
            kept, content_type = KEPT_AS[image.format]
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            image.load()
            image = ImageOps.exif_transpose(image)
            image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            if kept == "JPEG" and image.mode != "RGB":
                image = image.convert("RGB")
            elif image.mode not in ("RGB", "RGBA", "L"):
                image = image.convert("RGBA")
            clean = Image.new(image.mode, image.size)
            clean.paste(image)
            out = io.BytesIO()
            clean.save(out, kept, **({"quality": 85} if kept != "PNG" else {"optimize": False}))
    except DomainError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise DomainError(
            _("The picture has too many pixels. Make it smaller and try again."), field="file"
        ) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, TypeError) as error:
        raise _unreadable() from error
    return out.getvalue(), content_type


def add_attachment(
    *, by, compound: Compound, upload, kind: str, note: str = "", taken_on=None
) -> Attachment:
    """Attach a file: stored first, then its row; a refused row takes the file away again.

    Raises DomainError (what `read_upload` refuses, attached already), OutsideScope.
    """
    check_place(by, "registry.edit", compound)
    content, content_type = read_upload(upload)
    digest = hashlib.sha256(content).hexdigest()
    name = default_storage.save(upload_path(None, ""), ContentFile(content))
    try:
        with transaction.atomic():
            row = for_update(Compound.objects).get(pk=compound.pk)
            check_place(by, "registry.edit", row)
            if row.status != Status.ACTIVE:
                raise DomainError(_("A merged or demolished compound can no longer be changed."))
            present = row.attachments.filter(removed_at=None)
            if present.filter(sha256=digest).exists():
                raise DomainError(_("This file is already attached here."), field="file")
            if present.count() >= MOST_FILES:
                raise DomainError(
                    _("A compound takes at most %(most)s files. Remove some first.")
                    % {"most": MOST_FILES},
                    field="file",
                )
            attachment = Attachment(
                compound=row,
                kind=kind,
                name=shown_name(upload.name, ENDINGS[content_type]),
                content_type=content_type,
                size=len(content),
                sha256=digest,
                taken_on=taken_on,
                note=note,
                uploaded_by=by,
            )
            attachment.file.name = name
            attachment.save()
            audit.record("attach", row, by=by, changes={"file": [None, attachment.name]})
    except BaseException:
        default_storage.delete(name)
        raise
    return attachment


def shown_name(name: str, ending: str) -> str:
    """The user's file name as text: no path, no unseen characters, the right ending."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    base = "".join(char for char in base if char.isprintable()).strip(". ")
    stem = base.rsplit(".", 1)[0][:120] or "file"
    return f"{stem}.{ending}"


@transaction.atomic
def remove_attachment(*, by, attachment: Attachment, reason: str) -> None:
    """Take a file off the compound; the file is kept for the record.  Raises OutsideScope."""
    row = for_update(Attachment.objects).get(pk=attachment.pk)
    check_place(by, "registry.edit", row)
    if row.removed_at is not None:
        return
    row.removed_at = timezone.now()
    row.save(update_fields=["removed_at"])
    audit.record(
        "remove_attachment",
        row.compound,
        by=by,
        reason=reason,
        changes={"file": [row.name, None]},
    )


def thumbnail(attachment: Attachment) -> bytes:
    """A small JPEG of an image; made once and kept beside it."""
    name = f"{FOLDER}/thumbnails/{attachment.file.name.rsplit('/', 1)[-1]}"
    if default_storage.exists(name):
        with default_storage.open(name) as file:
            return file.read()
    with attachment.file.open() as file:
        image = Image.open(file, formats=list(KEPT_AS))
        image.draft("RGB", THUMBNAIL)
        image = ImageOps.fit(image.convert("RGB"), THUMBNAIL)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    default_storage.save(name, ContentFile(out.getvalue()))
    return out.getvalue()


def orphans() -> Iterator[str]:
    """Stored files to which no row belongs: attachments after a day, uploads after an hour."""
    yield from orphans_of(FOLDER, Attachment, ORPHAN_AGE[FOLDER])
    yield from orphans_of(IMPORTS, Import, ORPHAN_AGE[IMPORTS])


def orphans_of(folder: str, model: type[models.Model], age: timedelta) -> Iterator[str]:
    """Stored files of a folder that are older than `age` and belong to no row of a model."""
    try:
        _folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    limit = timezone.now() - age
    names = [f"{folder}/{name}" for name in sorted(files)]
    for start in range(0, len(names), 500):
        chunk = names[start : start + 500]
        old = [name for name in chunk if default_storage.get_modified_time(name) < limit]
        # Asked after the age: a row committed meanwhile is seen.
        known = set(model.objects.filter(file__in=old).values_list("file", flat=True))
        yield from (name for name in old if name not in known)


def sweep() -> int:
    """Delete orphaned files; returns how many."""
    count = 0
    for name in list(orphans()):
        default_storage.delete(name)
        count += 1
    if count:
        log.info("swept %s orphaned files", count)
    return count
