"""Taking an import back as a whole, unless a later edit stands in the way."""

from collections.abc import Sequence

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.audit import services as audit
from governance.foundation import dates, history
from governance.foundation.bulk import in_chunks
from governance.foundation.errors import DomainError
from governance.organisation.models import User

from ..importing.sheets import Context, Sheet, sheets
from ..models import Import, ImportRow
from .import_runs import keyset_chunks
from .imports import RIGHT

State, RowState = Import.State, ImportRow.State


class LaterEdits(DomainError):  # noqa: N818 - as DomainError's other kinds
    """Rows of the import were edited afterwards, so that it cannot be undone as a whole."""

    def __init__(self, rows: Sequence[ImportRow]):
        super().__init__(
            gettext_lazy("Later changes have touched rows of this import; it cannot be undone.")
        )
        self.rows = list(rows)


def touched_later(batch: Import) -> list[ImportRow]:
    """Written rows whose records were edited, used or deleted since the import."""
    touched: list[ImportRow] = []
    for sheet in sheets():
        # Named, not restored: without what they changed, as there may be 50,000.
        rows = batch.rows.filter(sheet=sheet.key, was_written=True)
        for chunk in keyset_chunks(rows.defer("changes", "problems", "context")):
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
