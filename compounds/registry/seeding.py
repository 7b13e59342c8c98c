"""Loading the register of a scenario: its workbook goes through the same import as a clerk's."""

import hashlib
import tomllib
from pathlib import Path

from django.utils.translation import gettext as _

from .models import Compound, Import, ImportRow
from .services import imports
from .services.bulk import verify_survey


def load(folder: Path, *, by, report) -> int:
    """Import `register.xlsx` as the person `by`; 0 if that was done before.

    Surveys up to the day that `scenario.toml` names as `verified_until` are confirmed with it.
    """
    count = import_once(folder / "register.xlsx", by=by, report=report)
    path = folder / "scenario.toml"
    if count and path.is_file():
        until = tomllib.loads(path.read_text(encoding="utf-8"))["verified_until"]
        surveyed = Compound.objects.editable_by(by, "registry.verify").filter(
            surveyed_on__lte=until, verified_on=None
        )
        verify_survey(by=by, ids=surveyed.values_list("pk", flat=True))
    return count


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
