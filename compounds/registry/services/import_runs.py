"""The two long steps of an import: checking the file, and writing what was confirmed.

Both may be killed at any instant: checking changes nothing of the register, and writing is
one transaction that also moves the import to its end.
"""

import contextlib
import logging
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.db import IntegrityError, connection, models, transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_tasks import task

from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.bulk import (
    CHUNK,
    give_ids,
    in_chunks,
    insert_values,
    renew_statistics,
    roomy_cache,
    update_many,
)
from governance.foundation.errors import DomainError
from governance.foundation.locks import for_update
from governance.foundation.workbooks import Workbook, open_workbook
from governance.organisation.models import User

from ..importing import planning
from ..importing.progress import Cancelled, Progress, Report, clear
from ..importing.sheets import Context, Row, Sheet, blank_of, sheets
from ..models import Import, ImportRow
from . import import_files
from .compounds import OutsideScope

log = logging.getLogger(__name__)
State, RowState = Import.State, ImportRow.State
WRITTEN_FROM = ("id", "pk", "object_id", "version", "changes", "context")
PLACE = ("district_id", "street_id", "community_id")
BEGIN_CHECKING = (State.UPLOADED, State.FAILED, State.CHECKED)


class Replan(Exception):  # noqa: N818 - an outcome, not an error
    """The register has changed since the preview."""


class Superseded(Exception):  # noqa: N818 - an outcome, not an error
    """Another run of the same import has taken over; this one must leave no trace."""


@task()
def run_check(import_id: int, user_id: int, language: str) -> None:
    """Background task: check an uploaded file."""
    with translation.override(language):
        check(Import.objects.get(pk=import_id), User.objects.get(pk=user_id))


@task()
def run_write(import_id: int, user_id: int, language: str) -> None:
    """Background task: write a confirmed import."""
    with translation.override(language):
        write(Import.objects.get(pk=import_id), User.objects.get(pk=user_id))


@contextlib.contextmanager
def local_copy(batch: Import) -> Iterator[Path]:
    """The uploaded file as a path on this machine."""
    try:
        path = Path(batch.file.path)
    except NotImplementedError:
        path = None
    if path and path.is_file():  # not every storage that names a path keeps a file there
        yield path
        return
    with tempfile.NamedTemporaryFile() as copy, batch.file.open("rb") as source:
        while piece := source.read(1 << 20):
            copy.write(piece)
        copy.flush()
        yield Path(copy.name)


def check(
    batch: Import, by: User, *, report: Report | None = None, replanned: bool = False
) -> None:
    """Read the file and plan every row. Ends in CHECKED, FAILED or CANCELLED; never raises
    for what is wrong with the file."""
    run = uuid.uuid4().hex
    begun = Import.objects.filter(pk=batch.pk, state__in=BEGIN_CHECKING).update(
        state=State.CHECKING, run=run, started_at=timezone.now(), failure=""
    )
    batch.refresh_from_db()
    if not begun:
        return
    try:
        clear(batch)
        _drop_rows(batch)
        with local_copy(batch) as path:
            progress = Progress(batch, report)
            progress.start(0)
            with contextlib.closing(open_workbook(path)) as book:
                notes, counts = _plan(batch, by, book, progress)
    except Cancelled:
        end_work(batch, run, State.CANCELLED, forget=True)
    except DomainError as error:
        end_work(batch, run, State.FAILED, failure=str(error), forget=True)
    except Exception:
        log.exception("import %s could not be checked", batch.pk)
        end_work(batch, run, State.FAILED, failure=_unexpected(), forget=True)
    else:
        end_work(
            batch,
            run,
            State.CHECKED,
            notes=notes,
            counts=counts,
            checked_at=timezone.now(),
            was_replanned=replanned,
        )


def _unexpected() -> str:
    return _("An unexpected error stopped the work. Nothing was imported; you can try again.")


def end_work(batch: Import, run: str, state: str, *, forget: bool = False, **values) -> None:
    """Move a run to its end, unless another run has taken the import over or ended it."""
    if "failure" in values:
        values["failure"] = values["failure"][:500]
    if Import.objects.at_work().filter(pk=batch.pk, run=run).update(state=state, **values):
        if forget:
            _drop_rows(batch)
        clear(batch)
    batch.refresh_from_db()
    if state == State.CANCELLED and import_files.is_secret(batch):
        import_files.forget(batch)


def _drop_rows(batch: Import) -> None:
    batch.rows.all()._raw_delete(connection.alias)


def _plan(batch: Import, by: User, book: Workbook, progress: Progress) -> tuple[list, dict]:
    found, notes = planning.survey(book, batch.only_sheet, batch.area.level)
    context = Context(batch, by, dates.today())
    counts: dict[str, dict[str, int]] = {}
    done = 0
    progress.start(sum(book.row_count(item.source) for item in found))
    for item in found:
        counts[item.sheet.key] = {}
        if not item.layout.is_usable:
            continue
        for rows in planning.plan_rows(batch, book, item, context, progress, done):
            planning.counts_of(rows, counts[item.sheet.key])
            insert_values(ImportRow, planning.Planned._fields, rows)
            done += len(rows)
    return notes, counts


# -- writing ---------------------------------------------------------------------------------


def write(batch: Import, by: User, *, report: Report | None = None) -> None:
    """Write a confirmed import in one transaction. Ends in DONE, FAILED, CANCELLED, or in
    CHECKED again where the register has changed since the preview."""
    run = batch.run
    progress = Progress(batch, report)
    try:
        clear(batch)
        with roomy_cache(), transaction.atomic():
            _write_all(batch, by, run, progress)
    except Superseded:
        batch.refresh_from_db()
    except Cancelled:
        # Nothing was written; the preview is still good.
        end_work(batch, run, State.CHECKED)
    except (Replan, IntegrityError):
        end_work(batch, run, State.CHECKED)
        check(batch, by, report=report, replanned=True)
    except DomainError as error:
        end_work(batch, run, State.FAILED, failure=str(error))
    except OverflowError as error:
        end_work(
            batch,
            run,
            State.FAILED,
            failure=_("%(community)s has used up its 9,999 serial numbers.") % {"community": error},
        )
    except Exception:
        log.exception("import %s could not be written", batch.pk)
        end_work(batch, run, State.FAILED, failure=_unexpected())
    else:
        clear(batch)
        batch.refresh_from_db()
        if import_files.is_secret(batch):
            import_files.forget(batch)


def _write_all(batch: Import, by: User, run: str, progress: Progress) -> None:
    context = Context(batch, by, dates.today())
    states = states_of(batch.mode)
    rows = batch.rows.all()
    progress.start(2 * rows.filter(state__in=states).count())
    done = 0
    places: dict[int, tuple] = {}
    for sheet in sheets():
        own = rows.filter(sheet=sheet.key)
        if not own.exists():
            continue
        _check_unchanged(sheet, own)
        if RowState.CHANGED in states:
            for chunk in _chunks(own, RowState.CHANGED):
                _write_changed(sheet, chunk, context, places)
                done += len(chunk)
                progress.step(done)
        if RowState.NEW in states:
            new = own.filter(state=RowState.NEW)
            sheet.lock(context, new)
            for chunk in _chunks(own, RowState.NEW):
                _write_new(sheet, chunk, context, places)
                done += len(chunk)
                progress.step(done)
        own.filter(state=RowState.CHANGED, state__in=states).update(
            was_written=True, version=F("version") + 1
        )
        sheet.finish(context)
    if done > CHUNK:
        renew_statistics(*{sheet.model._meta.app_label for sheet in sheets()})
    # Recorded last: the audit chain stays locked until the transaction ends.
    audit.record("import", batch, by=by, changes=_summary(batch), batch=batch.batch)
    for sheet in sheets():
        written = rows.filter(sheet=sheet.key, was_written=True)
        acts = _acts(sheet, written, places, progress, done)
        done += audit.record_many(acts, by=by, batch=batch.batch)
        audit.record_many(sheet.further_acts(context), by=by, batch=batch.batch)
    ended = Import.objects.filter(pk=batch.pk, run=run, state=State.WRITING).update(
        state=State.DONE, confirmed_at=timezone.now(), failure=""
    )
    if not ended:
        raise Superseded


def states_of(mode: str) -> tuple[str, ...]:
    """Which planned rows a mode writes."""
    return {
        Import.Mode.BOTH: (RowState.NEW, RowState.CHANGED),
        Import.Mode.CREATE: (RowState.NEW,),
        Import.Mode.UPDATE: (RowState.CHANGED,),
    }[mode]


def _chunks(rows: models.QuerySet, state: str) -> Iterator[list[Row]]:
    """What is needed of rows to write them, as tuples: there may be 50,000."""
    found = rows.filter(state=state)
    yield from keyset_chunks(found.values_list(*WRITTEN_FROM, named=True))


def keyset_chunks(rows: models.QuerySet) -> Iterator[list]:
    """Chunks by primary key: no cursor stays open while rows are written."""
    last = 0
    while chunk := list(rows.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        last = chunk[-1].pk
        yield chunk


def _check_unchanged(sheet: Sheet, rows: models.QuerySet) -> None:
    """Raise Replan where a row found unchanged has changed since."""
    known = rows.filter(state=RowState.UNCHANGED).values_list("object_id", "version")
    for chunk in in_chunks(known.iterator()):
        expected = dict(chunk)
        found = dict(
            sheet.model.objects.filter(pk__among=list(expected)).values_list("pk", "version")
        )
        if found != expected:
            raise Replan


def _write_changed(sheet: Sheet, rows: Sequence[Row], context: Context, places: dict) -> None:
    found = for_update(sheet.model.objects).in_bulk([row.object_id for row in rows])
    objects, columns, noted = [], {}, []
    for row in rows:
        obj = found.get(row.object_id)
        if obj is None or obj.version != row.version:
            raise Replan
        changed = [name for name in sheet.values_of(row) if name in sheet.stored]
        values = sheet.values_of(row)
        for name in changed:
            value = values[name]
            setattr(obj, name, blank_of(obj, name) if value is None else value)
        columns.update(dict.fromkeys(changed))
        kept = {name: getattr(obj, name) for name in sheet.kept}
        sheet.settle(obj, changed)
        if any(getattr(obj, name) != value for name, value in kept.items()):
            row.context["kept"] = kept
            noted.append(row)
        obj.version += 1
        objects.append(obj)
    sheet.store_changed(objects, columns, context)
    update_many(ImportRow, noted, ["context"])
    _after(sheet, rows, objects, context, places)


def _write_new(sheet: Sheet, rows: Sequence[Row], context: Context, places: dict) -> None:
    if sheet.is_taken(rows, context):
        raise Replan
    objects = sheet.build(rows, context)
    sheet.store_new(objects, context)
    give_ids(
        ImportRow,
        "object_id",
        ((row.pk, obj.pk) for row, obj in zip(rows, objects, strict=True)),
        was_written=True,
        version=1,
    )
    _after(sheet, rows, objects, context, places)


def _after(sheet: Sheet, rows, objects, context: Context, places: dict) -> None:
    sheet.written(rows, objects, context)
    sheet.touch(objects, context)
    queryset = sheet.model.objects.filter(pk__among=[obj.pk for obj in objects])
    # Read again through the writer's scope: what is no longer there must not stay.
    if hasattr(queryset, "editable_by"):
        queryset = queryset.editable_by(context.by, sheet.right)
    if queryset.count() != len(objects):
        raise OutsideScope
    for row, obj in zip(rows, objects, strict=True):
        places[row.pk] = place_of(obj)


def place_of(obj: models.Model) -> tuple[int | None, int | None, int | None]:
    """Where a record lies, for the audit log."""
    return tuple(getattr(obj, name, None) for name in PLACE)


def _acts(
    sheet: Sheet, rows: models.QuerySet, places: dict, progress: Progress, done: int
) -> Iterator[audit.Act]:
    kind = sheet.model._meta.label_lower
    columns = ("pk", "state", "label", "changes", "object_id")
    found = rows.order_by("pk").values_list(*columns)
    for count, (pk, state, label, changes, object_id) in enumerate(found.iterator(CHUNK), 1):
        if count % CHUNK == 0:
            progress.step(done + count)
        label, changes = sheet.told(label, changes)
        yield audit.Act(
            verb="add" if state == RowState.NEW else "change",
            object_type=kind,
            object_id=str(object_id),
            object_label=label,
            changes=changes,
            place=places[pk],
        )


def _summary(batch: Import) -> dict:
    return {
        "file": [None, batch.file_name],
        "rows": [None, batch.counts],
        "mode": [None, batch.mode],
    }
