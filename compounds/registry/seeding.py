"""Loading the register of a scenario: its workbook goes through the same import as a clerk's."""

import hashlib
from pathlib import Path

from django.utils.translation import gettext as _

from .models import Import, ImportRow
from .services import imports


def load(folder: Path, *, by, report) -> int:
    """Import `register.xlsx` as the person `by`; 0 if that was done before."""
    return import_once(folder / "register.xlsx", by=by, report=report)


def import_once(path: Path, *, by, report) -> int:
    """Import a workbook unless this very file was imported; returns the number of rows written.

    What people have edited since stays as it is. Raises ImportRefused, NotAllowed.
    """
    if not path.is_file():
        return 0
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    done = Import.objects.filter(
        sha256=digest, area__in=imports.areas_of(by), state=Import.State.DONE
    )
    if done.exists():
        report(_("%(file)s was imported before.") % {"file": path.name})
        return 0
    batch = imports.import_file(by=by, path=path, report=report)
    return batch.count(ImportRow.State.NEW) + batch.count(ImportRow.State.CHANGED)
