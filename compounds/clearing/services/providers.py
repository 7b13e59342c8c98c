"""The provider of a case follows the one that serves its compound."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from compounds.assignment.models import Assignment
from governance.foundation import history
from governance.foundation.bulk import update_many

from .. import rules
from ..models import Case
from . import writing


def follow_provider(ids: Iterable[int], *, by, reason: str = "") -> None:
    """A successor serves these compounds (ids): their cases name it.

    Called by the assignment inside its transaction, with the compounds held; the act is recorded
    there.
    """
    serving = dict(
        Assignment.objects.active()
        .filter(compound__among=list(ids))
        .values_list("compound", "provider")
    )
    wanted = Case.objects.filter(compound__among=list(serving), state__in=rules.SERVED)
    changed = []
    for case, compound in writing.locked(wanted.values_list("pk", flat=True)):
        if case.provider_id != serving[compound.pk]:
            case.provider_id = serving[compound.pk]
            case.version, case.updated_at = case.version + 1, timezone.now()
            changed.append(case)
    update_many(Case, changed, ("provider", "version", "updated_at"))
    history.record_versions(
        Case, [case.pk for case in changed], kind=history.CHANGED, by=by, reason=reason
    )
