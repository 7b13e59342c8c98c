"""Uploaded workbooks that are not kept: those with numbers that nobody may read in a file.

A sheet says so of itself (`Sheet.keeps_file`). The file goes with the end of its import, and after
some days in any case; rows keep such numbers masked, and what was sealed in rows that were not
written goes too. A process that dies between the two leaves the file to the nightly sweep.
"""

import datetime as dt
from functools import partial

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import models, transaction

from governance.foundation.locks import for_update

from ..importing.sheets import sheets
from ..models import Import

State = Import.State
ENDED = (State.DONE, State.CANCELLED, State.UNDONE)
WAITING = (State.UPLOADED, State.CHECKED, State.FAILED)


def not_kept() -> list[str]:
    """Keys of the sheets whose files are not kept."""
    return [sheet.key for sheet in sheets() if not sheet.keeps_file]


def is_secret(batch: Import) -> bool:
    """Whether the file of an import is not kept: it holds such a sheet."""
    return any(key in batch.counts for key in not_kept())


@transaction.atomic
def forget(batch: Import) -> bool:
    """Let the file of an import go, and what is sealed in rows that were not written."""
    name = Import.objects.filter(pk=batch.pk).values_list("file", flat=True).first()
    if not name:
        return False
    Import.objects.filter(pk=batch.pk).update(file="")
    batch.rows.filter(sheet__in=not_kept(), was_written=False).update(context={})
    transaction.on_commit(partial(default_storage.delete, name))
    batch.file = ""
    return True


def ended_with_file() -> models.QuerySet[Import]:
    """Imports that have ended and whose file should be gone."""
    return Import.objects.filter(_has_secret_sheet(), state__in=ENDED).exclude(file="")


def sweep(now: dt.datetime) -> int:
    """Files of ended imports, and of those that have waited too long: these are cancelled.

    Of a file that could not be read nobody knows what it holds: it goes after the same days.
    """
    limit = now - dt.timedelta(days=settings.SECRET_IMPORT_DAYS)
    count = sum(forget(batch) for batch in ended_with_file())
    old = Import.objects.filter(uploaded_at__lt=limit).exclude(file="")
    waiting = _has_secret_sheet() & models.Q(state__in=WAITING)
    for batch in old.filter(_was_not_read() | waiting):
        with transaction.atomic():
            held = for_update(Import.objects).get(pk=batch.pk)
            if held.state not in (*WAITING, State.CANCELLED):
                continue
            if held.state != State.FAILED:
                Import.objects.filter(pk=held.pk).update(state=State.CANCELLED)
            count += forget(held)
    return count


def is_let_go() -> models.Q:
    """Condition on imports that have no file any more, and need none."""
    return models.Q(file="") & (_has_secret_sheet() | _was_not_read())


def _was_not_read() -> models.Q:
    return models.Q(counts={}, state__in=[State.FAILED, State.CANCELLED])


def _has_secret_sheet() -> models.Q:
    found = models.Q(pk__in=[])
    for key in not_kept():
        found |= models.Q(counts__has_key=key)
    return found
