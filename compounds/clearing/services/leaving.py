"""What becomes of cases whose compound is no longer there, or found managed."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from compounds.registry.models import Compound, Stage, Status
from governance.foundation import dates

from .. import rules
from ..models import Case
from . import writing
from .writing import Kind, Move

COLUMNS = ("pk", "status", "is_unmanaged", "merged_into__name")


def leave(ids: Iterable[int], *, by, reason: str = "") -> None:
    """Compounds (ids) have left: merged, demolished, or found managed before they are served.

    Called by the register inside its transaction, with the compounds' rows locked.
    """
    wanted = Case.objects.filter(compound__among=sorted(set(ids))).exclude(state__in=rules.LEFT)
    found = writing.locked(wanted.values_list("pk", flat=True))
    facts = {
        pk: (status, unmanaged, into)
        for pk, status, unmanaged, into in Compound.objects.filter(
            pk__among=[compound.pk for _case, compound in found]
        ).values_list(*COLUMNS)
    }
    moves = []
    for case, compound in found:
        status, unmanaged, into = facts[compound.pk]
        if status == Status.MERGED:
            to_state, words = Stage.MERGED, _("merged into %(name)s") % {"name": into}
        elif status == Status.DEMOLISHED:
            to_state, words = Stage.EXCLUDED, _("demolished")
        elif unmanaged or case.state in rules.SERVED:
            continue
        else:
            to_state, words = Stage.EXCLUDED, _("found to be managed")
        told = f"{words}: {reason}" if reason else words
        moves.append(Move(case, compound, Kind.LEAVE, to_state, dates.today(), reason=told[:300]))
    writing.write(moves, by=by, batch=writing.new_batch() if len(moves) > 1 else "")
