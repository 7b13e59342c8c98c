"""Taking an import back as a whole, unless a later edit stands in the way.

A long undoing runs as a background task like the writing: one transaction that also moves the
import to its end, so that it may be killed or stopped at any instant and nothing is undone.
"""

import logging
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django_tasks import task

from governance.audit import services as audit
from governance.foundation import dates, history
from governance.foundation.bulk import CHUNK, in_chunks, renew_statistics, roomy_cache
from governance.foundation.errors import DomainError
from governance.foundation.locks import for_update
from governance.organisation.models import User

from ..importing.progress import Cancelled, Progress, Report, clear
from ..importing.sheets import Context, Sheet, sheets
from ..models import Import, ImportRow
from .import_runs import Superseded, end_work, keyset_chunks, place_of
from .imports import RIGHT, require_sheets

log = logging.getLogger(__name__)
State, RowState = Import.State, ImportRow.State
# What is named, not restored, is read without what it changed: there may be 50,000 rows.
HEAVY = ("changes", "problems", "context")


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A written row whose record can no longer be taken back, and why."""

    row: ImportRow
    cause: str
    is_evidence: bool = False


class LaterEdits(DomainError):  # noqa: N818 - as DomainError's other kinds
    """Rows of the import were edited or used afterwards: it cannot be undone as a whole."""

    def __init__(self, obstacles: Sequence[Obstacle]):
        self.obstacles = list(obstacles)
        super().__init__(
            gettext_lazy(
                "Records that this import added have been decided on since. What was decided is "
                "kept for ever, and so are its compounds: this import cannot be undone."
            )
            if all(one.is_evidence for one in self.obstacles)
            else gettext_lazy(
                "Later changes have touched rows of this import; it cannot be undone."
            )
        )

    @property
    def rows(self) -> list[ImportRow]:
        return [one.row for one in self.obstacles]


def obstacles_to(batch: Import, *, changed_only: bool = False) -> list[Obstacle]:
    """What stands in the way of undoing: records edited, used or deleted since the import.

    A classification is no edit: it does not keep a changed record from becoming what it was.
    But a record that was added is not taken from under a decision, which is evidence.
    """
    found: list[Obstacle] = []
    for sheet in sheets():
        rows = _written(batch, changed_only).filter(sheet=sheet.key)
        for chunk in keyset_chunks(rows.defer(*HEAVY)):
            found += _obstacles(sheet, chunk, batch, _versions(sheet, chunk))
    return found


def _written(batch: Import, changed_only: bool) -> models.QuerySet:
    rows = batch.rows.filter(was_written=True)
    return rows.filter(state=RowState.CHANGED) if changed_only else rows


def _versions(sheet: Sheet, rows: Sequence[ImportRow]) -> dict[int, int]:
    ids = [row.object_id for row in rows]
    return dict(sheet.model.objects.filter(pk__among=ids).values_list("pk", "version"))


def _obstacles(
    sheet: Sheet, rows: Sequence[ImportRow], batch: Import, versions: dict[int, int]
) -> list[Obstacle]:
    found = []
    new = [row.object_id for row in rows if row.state == RowState.NEW]
    used = _used_elsewhere(sheet, new, batch)
    for pk, kinds in (sheet.used_by_others(new, batch) if new else {}).items():
        used[pk] = used.get(pk, []) + kinds
    comma = pgettext("between names", ", ")
    for row in rows:
        version, users = versions.get(row.object_id), used.get(row.object_id, ())
        causes = []
        if version is None:
            causes.append(_("removed since"))
        elif version != row.version:
            causes.append(_("changed since"))
        if users:
            names = comma.join(str(capfirst(model._meta.verbose_name_plural)) for model in users)
            causes.append(_("in use: %(names)s") % {"names": names})
        if causes:
            is_evidence = any(getattr(model, "is_evidence", False) for model in users)
            found.append(Obstacle(row, pgettext("between causes", "; ").join(causes), is_evidence))
    return found


def _used_elsewhere(
    sheet: Sheet, ids: list[int], batch: Import
) -> dict[int, list[type[models.Model]]]:
    """Which records are referred to by rows that this import did not write, and of which kind."""
    used: dict[int, list[type[models.Model]]] = {}
    if not ids:
        return used
    own = {other.model: other.key for other in sheets() if batch.counts.get(other.key)}
    for relation in _relations(sheet):
        model, name = relation.related_model, relation.field.name
        rows = model._base_manager.filter(**{f"{name}__among": ids})
        if model in own:
            mine = batch.rows.filter(sheet=own[model], was_written=True, state=RowState.NEW).values(
                "object_id"
            )
            rows = rows.exclude(pk__in=mine)
        kind = model._meta.auto_created or model  # of a plain many to many: whose it is
        for pk in set(rows.order_by().values_list(f"{name}_id", flat=True)):
            kinds = used.setdefault(pk, [])
            if kind not in kinds:
                kinds.append(kind)
    return used


def _relations(sheet: Sheet) -> list[models.ManyToOneRel]:
    """The foreign keys that point to a sheet's records, also those without a way back."""
    return [
        relation
        for relation in sheet.model._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel)
        and relation.get_accessor_name() not in sheet.own_relations
        and not _is_history(relation.related_model)
    ]


def _is_history(model: type[models.Model]) -> bool:
    return any(field.name == "history_id" for field in model._meta.concrete_fields)


# -- beginning ---------------------------------------------------------------------------------


@task()
def run_undo(
    import_id: int, user_id: int, language: str, run: str, reason: str, changed_only: bool
) -> None:
    """Background task: undo a written import."""
    with translation.override(language):
        batch = Import.objects.filter(pk=import_id, run=run).first()
        if batch:
            undo(batch, User.objects.get(pk=user_id), reason=reason, changed_only=changed_only)


@transaction.atomic
def start_undoing(
    *, by: User, batch: Import, reason: str = "", changed_only: bool = False
) -> Import:
    """Let a written import be undone once the transaction is over.

    `changed_only`: its changed records become what they were, the added ones stay.
    Raises NotAllowed; DomainError where it is not written, or has nothing to undo.
    """
    _begin(by, batch, changed_only)
    language = translation.get_language()
    transaction.on_commit(
        partial(run_undo.enqueue, batch.pk, by.pk, language, batch.run, reason, changed_only)
    )
    return batch


def undo_import(
    *,
    by: User,
    batch: Import,
    reason: str = "",
    changed_only: bool = False,
    report: Report | None = None,
) -> Import:
    """Take an import back at once: new records go, changed ones become what they were.

    Raises LaterEdits with the rows that stand in the way, NotAllowed, DomainError.
    """
    _begin(by, batch, changed_only)
    try:
        _undo_all(batch, by, reason, changed_only, Progress(batch, report))
    except BaseException:
        end_work(batch, batch.run, State.DONE)
        raise
    _settle(batch)
    return batch


def _begin(by: User, batch: Import, changed_only: bool) -> None:
    by.scope.require(RIGHT, batch.area)
    require_sheets(by, batch)
    if not _written(batch, changed_only).exists():
        raise DomainError(_("There is nothing of this import to undo."))
    _refuse_kept(batch, changed_only)
    begun = Import.objects.filter(pk=batch.pk, state=State.DONE).update(
        state=State.UNDOING, run=uuid.uuid4().hex, started_at=timezone.now(), failure=""
    )
    if not begun:
        raise DomainError(_("Only a finished import can be undone."))
    batch.refresh_from_db()


def _refuse_kept(batch: Import, changed_only: bool) -> None:
    """Some sheets add what is kept for ever."""
    for sheet in sheets():
        added = _written(batch, changed_only).filter(sheet=sheet.key, state=RowState.NEW)
        if sheet.cannot_undo and added.exists():
            raise DomainError(sheet.cannot_undo)


def undo(
    batch: Import,
    by: User,
    *,
    reason: str = "",
    changed_only: bool = False,
    report: Report | None = None,
) -> None:
    """Undo an import whose undoing has begun. Ends in UNDONE, or in DONE as it was before."""
    run = batch.run
    try:
        clear(batch)
        _undo_all(batch, by, reason, changed_only, Progress(batch, report))
    except Superseded:
        batch.refresh_from_db()
    except Cancelled:
        end_work(batch, run, State.DONE)
    except DomainError as error:
        end_work(batch, run, State.DONE, failure=str(error))
    except Exception:
        log.exception("import %s could not be undone", batch.pk)
        words = _("An unexpected error stopped the work. Nothing was undone; you can try again.")
        end_work(batch, run, State.DONE, failure=words)
    else:
        _settle(batch)


def _settle(batch: Import) -> None:
    clear(batch)
    batch.refresh_from_db()


# -- taking back -------------------------------------------------------------------------------


def _undo_all(batch: Import, by: User, reason: str, changed_only: bool, progress: Progress) -> None:
    try:
        with roomy_cache(), transaction.atomic():
            _undo_rows(batch, by, reason, changed_only, progress)
            if connection.vendor == "postgresql":
                connection.check_constraints()  # not only when all is over
    except IntegrityError as error:
        raise DomainError(
            _(
                "A record entered since then has the name or number that one of these had before "
                "the import; change that one first."
            )
        ) from error


def _undo_rows(
    batch: Import, by: User, reason: str, changed_only: bool, progress: Progress
) -> None:
    rows = _written(batch, changed_only)
    count = rows.count()
    progress.start(2 * count)
    obstacles = obstacles_to(batch, changed_only=changed_only)
    if obstacles:
        raise LaterEdits(obstacles)
    places: dict[int, tuple] = {}
    context = Context(batch, by, dates.today())
    _take_back(rows, context, places, progress)
    if count > CHUNK:
        renew_statistics(*{sheet.model._meta.app_label for sheet in sheets()})
    # Recorded last: the audit chain stays locked until the transaction ends.
    left = {"mode": [batch.mode, Import.Mode.CREATE]} if changed_only else {}
    audit.record("undo", batch, by=by, reason=reason, changes=left, batch=batch.batch)
    audit.record_many(_acts(rows, places, progress, count), by=by, reason=reason, batch=batch.batch)
    for sheet in sheets():
        audit.record_many(sheet.further_acts(context), by=by, reason=reason, batch=batch.batch)
    ended = {"state": State.UNDONE}
    if changed_only:  # what is left is an import that has only added records
        rows.update(was_written=False)
        ended = {"state": State.DONE, "mode": Import.Mode.CREATE}
    moved = Import.objects.filter(pk=batch.pk, run=batch.run, state=State.UNDOING).update(
        undone_by=by, undone_at=timezone.now(), **ended
    )
    if not moved:
        raise Superseded


def _take_back(
    rows: models.QuerySet, context: Context, places: dict[int, tuple], progress: Progress
) -> None:
    done = 0
    for sheet in reversed(sheets()):
        own = rows.filter(sheet=sheet.key)
        for state, take in ((RowState.NEW, _take_away), (RowState.CHANGED, _put_back)):
            for chunk in keyset_chunks(own.filter(state=state)):
                found = _locked(sheet, chunk, context.batch)
                places.update((row.pk, place_of(found[row.object_id])) for row in chunk)
                take(sheet, chunk, found, context)
                done += len(chunk)
                progress.step(done)
        sheet.finish(context)


def _locked(sheet: Sheet, rows: Sequence[ImportRow], batch: Import) -> dict[int, models.Model]:
    """The records of the rows, locked and still as the import left them; raises LaterEdits."""
    ids = [row.object_id for row in rows]
    found = for_update(sheet.model.objects).in_bulk(ids)
    versions = {pk: obj.version for pk, obj in found.items()}
    if obstacles := _obstacles(sheet, rows, batch, versions):
        raise LaterEdits(obstacles)
    return found


def _take_away(
    sheet: Sheet, rows: Sequence[ImportRow], found: dict[int, models.Model], context: Context
) -> None:
    ids = [row.object_id for row in rows]
    sheet.touch([found[pk] for pk in ids], context)
    sheet.delete_parts(ids, context)
    history.record_versions(
        sheet.model, ids, kind=history.DELETED, by=context.by, reason=context.batch.batch
    )
    for chunk in in_chunks(ids):
        sheet.model.objects.filter(pk__in=chunk)._raw_delete(sheet.model.objects.db)


def _put_back(
    sheet: Sheet, rows: Sequence[ImportRow], found: dict[int, models.Model], context: Context
) -> None:
    columns: dict[str, None] = {}
    for row in rows:
        obj = found[row.object_id]
        sheet.restore(obj, row, context)
        obj.version += 1
        columns.update(dict.fromkeys(name for name in row.changes if name in sheet.stored))
    objects = [found[row.object_id] for row in rows]
    sheet.store_changed(objects, columns, context)
    sheet.touch(objects, context)


def _acts(
    rows: models.QuerySet, places: dict[int, tuple], progress: Progress, done: int
) -> Iterator[audit.Act]:
    known = {sheet.key: sheet for sheet in sheets()}
    columns = ("pk", "sheet", "state", "label", "changes", "object_id")
    found: Iterable[tuple] = rows.order_by("pk").values_list(*columns).iterator(CHUNK)
    for count, (pk, sheet, state, label, changes, object_id) in enumerate(found, 1):
        if count % CHUNK == 0:
            progress.step(done + count)
        label, changes = known[sheet].told(label, changes)
        yield audit.Act(
            verb="remove" if state == RowState.NEW else "change",
            object_type=known[sheet].model._meta.label_lower,
            object_id=str(object_id),
            object_label=label,
            changes={name: [after, before] for name, (before, after) in changes.items()},
            place=places[pk],
        )
