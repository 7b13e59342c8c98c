"""The verbs of an import: upload, confirm, cancel, try again, and all at once."""

import hashlib
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from django.core.files import File
from django.db import models, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation.errors import DomainError
from governance.foundation.texts import tidy
from governance.foundation.workbooks import current_limits
from governance.organisation.models import Area, User

from ..importing import progress
from ..importing.reading import ERROR
from ..importing.sheets import sheets
from ..models import Import, ImportRow
from . import import_files, import_runs

RIGHT = "registry.import"
SILENT_SECONDS = 110  # after which work that gives no sign of life counts as dead
State, RowState = Import.State, ImportRow.State


class ImportRefused(DomainError):  # noqa: N818 - as DomainError's other kinds
    """The file has errors; `problems` lists every one with sheet, row, column and value."""

    def __init__(self, message, problems: Sequence[dict] = ()):
        super().__init__(message)
        self.problems = list(problems)

    def __str__(self) -> str:
        lines = [
            f"{p['sheet']} {p['row'] or ''} {p['column']} {p['header']} {p['value']}: {p['text']}"
            for p in self.problems[:200]
        ]
        return "\n".join([str(self.message), *lines])


def areas_of(user: User) -> list[Area]:
    """The areas for which a person may import, widest first."""
    ids = [grant.area for grant in user.scope.areas(RIGHT)]
    found = Area.objects.in_bulk(ids)
    return [found[pk] for pk in ids]


@transaction.atomic
def upload_import(
    *, by: User, file: File, name: str, area: Area | None = None, only_sheet: str = ""
) -> Import:
    """Keep an uploaded file and have it checked once the transaction is over.

    Raises NotAllowed, DomainError (too large or empty).
    """
    batch = _keep(by=by, file=file, name=name, area=area, only_sheet=only_sheet)
    language = translation.get_language()
    transaction.on_commit(partial(import_runs.run_check.enqueue, batch.pk, by.pk, language))
    return batch


def _keep(*, by: User, file: File, name: str, area: Area | None, only_sheet: str) -> Import:
    area = area or next(iter(areas_of(by)), None)
    by.scope.require(RIGHT, area)
    limits = current_limits()
    if not file.size:
        raise DomainError(_("The file is empty."), field="file")
    if file.size > limits.file_bytes:
        raise DomainError(
            _("The file has %(size)s MB; at most %(limit)s MB are taken. Split it and try again.")
            % {"size": f"{file.size / 2**20:.1f}", "limit": f"{limits.file_bytes / 2**20:.0f}"},
            field="file",
        )
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    batch = Import(
        area=area,
        only_sheet=only_sheet,
        file_name=_file_name(name),
        size=file.size,
        sha256=digest.hexdigest(),
        uploaded_by=by,
    )
    batch.file.save(name="import", content=file, save=False)
    batch.save()
    audit.record(
        "upload", batch, by=by, changes={"file": [None, batch.file_name]}, batch=batch.batch
    )
    return batch


def _file_name(name: str) -> str:
    """The file's own name for the screen: one line, without folders or odd characters."""
    name = name.replace("\\", "/").rpartition("/")[2]
    try:
        name = tidy(name)
    except ValueError:
        name = "".join(char for char in name if char.isprintable())
    return name[-150:] or "file"


def require_sheets(by: User, batch: Import) -> None:
    """Raise NotAllowed unless a person may write every sheet of an import."""
    for sheet in sheets():
        if batch.counts.get(sheet.key):
            by.scope.require(sheet.right)


def same_file(batch: Import) -> models.QuerySet:
    """Earlier imports of exactly this file into the same area."""
    return Import.objects.filter(
        sha256=batch.sha256, area_id=batch.area_id, pk__lt=batch.pk
    ).filter(state__in=[State.DONE, State.CHECKED, State.WRITING])


@transaction.atomic
def confirm_import(
    *, by: User, batch: Import, mode: str = Import.Mode.BOTH, leave_out_refused: bool = False
) -> Import:
    """Let a checked import be written once the transaction is over.

    Raises NotAllowed; DomainError where it is not waiting, has nothing to write, or holds
    refused rows that nobody said to leave out.
    """
    _begin_writing(by=by, batch=batch, mode=mode, leave_out_refused=leave_out_refused)
    language = translation.get_language()
    transaction.on_commit(partial(import_runs.run_write.enqueue, batch.pk, by.pk, language))
    return batch


def _begin_writing(*, by: User, batch: Import, mode: str, leave_out_refused: bool) -> None:
    by.scope.require(RIGHT, batch.area)
    batch.refresh_from_db()
    if batch.state != State.CHECKED:
        raise DomainError(_("This import is no longer waiting for a confirmation."))
    if batch.has_blocking_notes:
        raise DomainError(_("A sheet cannot be read: mend its header and upload the file again."))
    if batch.count(RowState.REFUSED) and not leave_out_refused:
        raise DomainError(
            _("Some rows are refused. Mend them, or say that they are to be left out.")
        )
    if not any(batch.count(state) for state in import_runs.states_of(mode)):
        raise DomainError(_("Nothing of this file would change the register."))
    require_sheets(by, batch)
    begun = Import.objects.filter(pk=batch.pk, state=State.CHECKED, run=batch.run).update(
        state=State.WRITING, mode=mode, confirmed_by=by, started_at=timezone.now()
    )
    if not begun:
        raise DomainError(_("This import is no longer waiting for a confirmation."))
    batch.refresh_from_db()


@transaction.atomic
def cancel_import(*, by: User, batch: Import) -> Import:
    """Drop an import that is not written yet, or ask the work to stop. Raises DomainError."""
    by.scope.require(RIGHT, batch.area)
    require_sheets(by, batch)
    dropped = Import.objects.filter(
        pk=batch.pk, state__in=[State.UPLOADED, State.CHECKED, State.FAILED]
    ).update(state=State.CANCELLED)
    if not dropped:
        batch.refresh_from_db()
        if not batch.is_at_work:
            raise DomainError(_("This import has already ended."))
        progress.ask_to_cancel(batch)
    batch.refresh_from_db()
    if batch.state == State.CANCELLED and import_files.is_secret(batch):
        import_files.forget(batch)
    audit.record("cancel", batch, by=by, batch=batch.batch)
    return batch


@transaction.atomic
def retry_import(*, by: User, batch: Import) -> Import:
    """Check a failed import again. Raises DomainError."""
    by.scope.require(RIGHT, batch.area)
    if batch.state not in (State.FAILED, State.UPLOADED):
        raise DomainError(_("Only a failed import can be tried again."))
    if not batch.file:
        raise DomainError(_("The file of this import is not kept: upload it again."))
    language = translation.get_language()
    transaction.on_commit(partial(import_runs.run_check.enqueue, batch.pk, by.pk, language))
    return batch


def fail_stale(batches: Iterable[Import] | None = None) -> int:
    """Mark work that gives no sign of life as failed, so that it can be tried again.

    An import whose undoing died stays imported.
    """
    failed = 0
    for batch in Import.objects.at_work() if batches is None else batches:
        if batch.is_at_work and progress.silent_seconds(batch) > SILENT_SECONDS:
            state = State.FAILED
            words = _("The work stopped without a word. Nothing was imported; try again.")
            if batch.state == State.UNDOING:
                state = State.DONE
                words = _("The work stopped without a word. Nothing was undone; try again.")
            failed += Import.objects.filter(pk=batch.pk, state=batch.state, run=batch.run).update(
                state=state, run="", failure=words
            )
            progress.clear(batch)
    return failed


def import_file(
    *,
    by: User,
    path: str | Path,
    sheet: str | None = None,
    mode: str = Import.Mode.BOTH,
    area: Area | None = None,
    leave_out_refused: bool = False,
    report: progress.Report | None = None,
) -> Import:
    """Check and write a file at once, for commands and tests; returns the finished import.

    `sheet`: read only this kind of sheet (its key). `report(done, total)` is told of progress.
    Raises ImportRefused with every error; DomainError where the file cannot be read at all.
    A file that would change nothing ends CHECKED, with nothing written.
    """
    path = Path(path)
    with open(path, "rb") as opened, transaction.atomic():
        batch = _keep(by=by, file=File(opened), name=path.name, area=area, only_sheet=sheet or "")
    import_runs.check(batch, by, report=report)
    if batch.state != State.CHECKED:
        raise ImportRefused(batch.failure or _("The import was cancelled."))
    problems = problems_of(batch)
    if batch.has_blocking_notes or (batch.count(RowState.REFUSED) and not leave_out_refused):
        raise ImportRefused(
            _("%(count)s errors in %(file)s") % {"count": len(problems), "file": batch.file_name},
            problems,
        )
    if not any(batch.count(state) for state in import_runs.states_of(mode)):
        return batch
    _begin_writing(by=by, batch=batch, mode=mode, leave_out_refused=leave_out_refused)
    import_runs.write(batch, by, report=report)
    if batch.state != State.DONE:
        raise ImportRefused(
            batch.failure or _("The register changed meanwhile; try again."), problems_of(batch)
        )
    return batch


def problems_of(batch: Import) -> list[dict]:
    """Every error of an import with sheet, row, column, header, value and text."""
    found = [{**note, "row": None} for note in batch.note_lines if note["level"] == ERROR]
    titles = {sheet.key: sheet.titles[0] for sheet in sheets()}
    for row in batch.rows.filter(state=RowState.REFUSED).order_by("pk").iterator():
        found += [
            {**line, "sheet": titles.get(row.sheet, row.sheet), "row": row.number}
            for line in row.problem_lines
            if line["level"] == ERROR
        ]
    return found
