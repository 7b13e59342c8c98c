"""Files of a contract: stored first, then their row; what they are is read from their content."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from compounds.registry.services.attachments import ENDINGS, orphans_of, read_upload, shown_name
from governance.audit import services as audit
from governance.foundation.errors import DomainError
from governance.foundation.locks import for_update

from ..models import Contract, ContractFile, file_path
from .common import EDIT, PLACE, may_file

FOLDER = "contracts"
ORPHAN_AGE = timedelta(hours=24)
MOST_FILES = 50
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_MAIN_PART, _MACROS = "word/document.xml", "vbaproject.bin"


def read_document(upload) -> tuple[bytes, str, str]:
    """(content to be stored, its type, its ending): PDF, photo or Word document.

    Raises DomainError: too large, none of these, damaged, a document with macros.
    """
    upload.seek(0)
    head = upload.read(4)
    upload.seek(0)
    if head != b"PK\x03\x04":
        content, content_type = read_upload(upload)
        return content, content_type, ENDINGS[content_type]
    if upload.size > settings.ATTACHMENT_MAX_BYTES:
        limit = settings.ATTACHMENT_MAX_BYTES // 2**20
        raise DomainError(
            _("The file is larger than %(limit)s MB.") % {"limit": limit}, field="file"
        )
    content = upload.read()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise DomainError(_("The document is damaged or cut off."), field="file") from error
    if _MAIN_PART not in names:
        raise DomainError(
            _("Only PDF files, photos (JPEG, PNG, WebP) and Word documents (docx) are taken."),
            field="file",
        )
    if any(name.lower().endswith(_MACROS) for name in names):
        raise DomainError(
            _("The document holds macros. Save it without them and try again."), field="file"
        )
    return content, DOCX, "docx"


def add_file(*, by, contract: Contract, upload, note: str = "") -> ContractFile:
    """Attach a document; a refused row takes the stored file away again.

    Raises NotAllowed, DomainError (what `read_document` refuses, attached already).
    """
    _require(by, contract)
    content, content_type, ending = read_document(upload)
    digest = hashlib.sha256(content).hexdigest()
    name = default_storage.save(file_path(None, ""), ContentFile(content))
    try:
        with transaction.atomic():
            row = for_update(Contract.objects).get(pk=contract.pk)
            _require(by, row)
            present = row.files.filter(removed_at=None)
            if present.filter(sha256=digest).exists():
                raise DomainError(_("This file is already attached here."), field="file")
            if present.count() >= MOST_FILES:
                raise DomainError(
                    _("A contract takes at most %(most)s files.") % {"most": MOST_FILES},
                    field="file",
                )
            file = ContractFile(
                contract=row,
                name=shown_name(upload.name, ending),
                content_type=content_type,
                size=len(content),
                sha256=digest,
                note=note,
                uploaded_by=by,
                **{name: getattr(row, name) for name in PLACE},
            )
            file.file.name = name
            file.save()
            row.covers.update(version=F("version") + 1)
            audit.record("attach", row, by=by, changes={"file": [None, file.name]})
    except BaseException:
        default_storage.delete(name)
        raise
    return file


def _require(by, contract: Contract) -> None:
    """Whoever prepares or files a contract attaches its papers."""
    if not may_file(by, contract):
        by.scope.require(EDIT, contract)


@transaction.atomic
def remove_file(*, by, file: ContractFile, reason: str) -> None:
    """Take a file off a contract; it is kept for the record.  Raises NotAllowed, DomainError."""
    row = for_update(ContractFile.objects).get(pk=file.pk)
    _require(by, row.contract)
    if row.removed_at is not None:
        return
    if not reason:
        raise DomainError(_("Give the reason."), field="reason")
    row.removed_at = timezone.now()
    row.save(update_fields=["removed_at"])
    changes = {"file": [row.name, None]}
    audit.record("remove_attachment", row.contract, by=by, changes=changes, reason=reason)


def orphans() -> Iterator[str]:
    """Stored files to which no row belongs, after a day."""
    yield from orphans_of(FOLDER, ContractFile, ORPHAN_AGE)


def sweep(now) -> int:
    """Delete orphaned files; returns how many."""
    found = list(orphans())
    for name in found:
        default_storage.delete(name)
    return len(found)
