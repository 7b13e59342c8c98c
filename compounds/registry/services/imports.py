"""The verbs of an import: upload, confirm, cancel, try again, undo, and all at once."""

import hashlib
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from django.core.files import File
from django.db import IntegrityError, models, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.audit import services as audit
from governance.foundation import dates, history
from governance.foundation.bulk import in_chunks
from governance.foundation.cells import tidy
from governance.foundation.errors import DomainError
from governance.foundation.workbooks import current_limits
from governance.organisation.models import Area, User

from ..importing import progress
from ..importing.reading import ERROR
from ..importing.sheets import Context, Sheet, sheets
from ..models import Import, ImportRow
from . import import_runs
from .import_runs import keyset_chunks

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


class LaterEdits(DomainError):  # noqa: N818 - as DomainError's other kinds
    """Rows of the import were edited afterwards, so that it cannot be undone as a whole."""

    def __init__(self, rows: Sequence[ImportRow]):
        super().__init__(
            gettext_lazy("Later changes have touched rows of this import; it cannot be undone.")
        )
        self.rows = list(rows)


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
    for sheet in sheets():
        if batch.counts.get(sheet.key):
            by.scope.require(sheet.right)
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
    dropped = Import.objects.filter(
        pk=batch.pk, state__in=[State.UPLOADED, State.CHECKED, State.FAILED]
    ).update(state=State.CANCELLED)
    if not dropped:
        batch.refresh_from_db()
        if not batch.is_at_work:
            raise DomainError(_("This import has already ended."))
        progress.ask_to_cancel(batch)
    audit.record("cancel", batch, by=by, batch=batch.batch)
    batch.refresh_from_db()
    return batch


@transaction.atomic
def retry_import(*, by: User, batch: Import) -> Import:
    """Check a failed import again. Raises DomainError."""
    by.scope.require(RIGHT, batch.area)
    if batch.state not in (State.FAILED, State.UPLOADED):
        raise DomainError(_("Only a failed import can be tried again."))
    language = translation.get_language()
    transaction.on_commit(partial(import_runs.run_check.enqueue, batch.pk, by.pk, language))
    return batch


def fail_stale(batches: Iterable[Import] | None = None) -> int:
    """Mark work that gives no sign of life as failed, so that it can be tried again."""
    failed = 0
    for batch in Import.objects.at_work() if batches is None else batches:
        if batch.is_at_work and progress.silent_seconds(batch) > SILENT_SECONDS:
            failed += Import.objects.filter(pk=batch.pk, state=batch.state, run=batch.run).update(
                state=State.FAILED,
                run="",
                failure=_("The work stopped without a word. Nothing was imported; try again."),
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


# -- undoing ---------------------------------------------------------------------------------


def touched_later(batch: Import) -> list[ImportRow]:
    """Written rows whose records were edited, used or deleted since the import."""
    touched: list[ImportRow] = []
    for sheet in sheets():
        rows = batch.rows.filter(sheet=sheet.key, was_written=True)
        for chunk in keyset_chunks(rows):
            ids = [row.object_id for row in chunk]
            versions = dict(sheet.model.objects.filter(pk__in=ids).values_list("pk", "version"))
            new = [row.object_id for row in chunk if row.state == RowState.NEW]
            used = _used_elsewhere(sheet, new, batch)
            touched += [
                row
                for row in chunk
                if versions.get(row.object_id) != row.version or row.object_id in used
            ]
    return touched


def _used_elsewhere(sheet: Sheet, ids: list[int], batch: Import) -> set[int]:
    """Which of the records are referred to by rows that this import did not write."""
    used: set[int] = set()
    if not ids:
        return used
    own = {other.model: other.key for other in sheets() if batch.counts.get(other.key)}
    for relation in sheet.model._meta.related_objects:
        model, name = relation.related_model, relation.field.name
        if relation.get_accessor_name() in sheet.own_relations or _is_history(model):
            continue
        rows = model._base_manager.filter(**{f"{name}__in": ids})
        if model in own:
            mine = batch.rows.filter(sheet=own[model], was_written=True, state=RowState.NEW).values(
                "object_id"
            )
            rows = rows.exclude(pk__in=mine)
        used.update(rows.values_list(f"{name}_id", flat=True))
    return used


def _is_history(model: type[models.Model]) -> bool:
    return any(field.name == "history_id" for field in model._meta.concrete_fields)


@transaction.atomic
def undo_import(*, by: User, batch: Import, reason: str = "") -> Import:
    """Take a whole import back: new records go, changed ones become what they were.

    Raises LaterEdits with the rows that stand in the way, NotAllowed, DomainError.
    """
    by.scope.require(RIGHT, batch.area)
    batch = Import.objects.select_for_update().get(pk=batch.pk)
    if batch.state != State.DONE:
        raise DomainError(_("Only a finished import can be undone."))
    context = Context(batch, by, dates.today())
    touched = touched_later(batch)
    if touched:
        raise LaterEdits(touched)
    try:
        with transaction.atomic():
            acts = _take_back(batch, context)
    except IntegrityError as error:
        raise DomainError(
            _(
                "A record entered since then has the name or number that one of these had before "
                "the import; change that one first."
            )
        ) from error
    Import.objects.filter(pk=batch.pk).update(
        state=State.UNDONE, undone_by=by, undone_at=timezone.now()
    )
    audit.record("undo", batch, by=by, reason=reason, batch=batch.batch)
    audit.record_many(acts, by=by, reason=reason, batch=batch.batch)
    batch.refresh_from_db()
    return batch


def _take_back(batch: Import, context: Context) -> list[audit.Act]:
    acts: list[audit.Act] = []
    for sheet in reversed(sheets()):
        rows = batch.rows.filter(sheet=sheet.key, was_written=True)
        for chunk in keyset_chunks(rows.filter(state=RowState.NEW)):
            acts += _take_away(sheet, chunk, context)
        for chunk in keyset_chunks(rows.filter(state=RowState.CHANGED)):
            acts += _put_back(sheet, chunk, context)
        sheet.finish(context)
    return acts


def _locked(sheet: Sheet, rows: Sequence[ImportRow]) -> dict[int, models.Model]:
    """The records of the rows, locked and still as the import left them; raises LaterEdits."""
    found = sheet.model.objects.select_for_update().in_bulk([row.object_id for row in rows])
    edited = [
        row
        for row in rows
        if row.object_id not in found or found[row.object_id].version != row.version
    ]
    if edited:
        raise LaterEdits(edited)
    return found


def _take_away(sheet: Sheet, rows: Sequence[ImportRow], context: Context) -> list[audit.Act]:
    found = _locked(sheet, rows)
    ids = [row.object_id for row in rows]
    objects = [found[pk] for pk in ids]
    sheet.touch(objects, context)
    sheet.delete_parts(ids, context)
    history.record_versions(
        sheet.model, ids, kind=history.DELETED, by=context.by, reason=context.batch.batch
    )
    for chunk in in_chunks(ids):
        sheet.model.objects.filter(pk__in=chunk)._raw_delete(sheet.model.objects.db)
    return [_act(sheet, "remove", row, found[row.object_id]) for row in rows]


def _put_back(sheet: Sheet, rows: Sequence[ImportRow], context: Context) -> list[audit.Act]:
    found = _locked(sheet, rows)
    columns: dict[str, None] = {}
    for row in rows:
        obj = found[row.object_id]
        sheet.restore(obj, row, context)
        obj.version += 1
        columns.update(dict.fromkeys(name for name in row.changes if name in sheet.stored))
    objects = [found[row.object_id] for row in rows]
    sheet.store_changed(objects, columns, context)
    sheet.touch(objects, context)
    return [_act(sheet, "change", row, found[row.object_id]) for row in rows]


def _act(sheet: Sheet, verb: str, row: ImportRow, obj: models.Model) -> audit.Act:
    return audit.Act(
        verb=verb,
        object_type=sheet.model._meta.label_lower,
        object_id=str(row.object_id),
        object_label=row.label,
        changes={name: [after, before] for name, (before, after) in row.changes.items()},
        place=(
            getattr(obj, "district_id", None),
            getattr(obj, "street_id", None),
            getattr(obj, "community_id", None),
        ),
    )
