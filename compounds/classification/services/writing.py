"""Storing decisions in bulk: superseding, the register's two columns, history, tallies, audit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import NamedTuple

from django.utils import timezone

from compounds.registry.models import Compound
from compounds.registry.services import tallies
from governance.audit import services as audit
from governance.foundation import history
from governance.foundation.bulk import insert_many

from ..models import Decision


class Move(NamedTuple):
    """A compound whose strategy or state changes in the register."""

    compound_id: int
    label: str
    place: tuple[int, int, int]
    before: tuple[str, str]
    after: tuple[str, str]


def store(
    new: Sequence[Decision | SimpleNamespace],
    superseded: Iterable[int],
    moves: Sequence[Move],
    *,
    by,
    reason: str,
) -> None:
    """Write new decisions, end those they supersede (compound ids), and move the register along.

    New decisions may be drafts of them. Call inside the transaction that holds the compounds' rows.
    """
    superseded = list(superseded)
    if superseded:
        Decision.objects.filter(compound_id__among=superseded, is_current=True).update(
            is_current=False, superseded_at=timezone.now()
        )
    insert_many(Decision, new)
    if not moves:
        return
    by_result: dict[tuple[str, str], list[int]] = {}
    for move in moves:
        by_result.setdefault(move.after, []).append(move.compound_id)
    for (strategy, outcome), ids in by_result.items():
        Compound.objects.filter(pk__among=ids).update(strategy=strategy, decision=outcome)
    history.record_versions(
        Compound,
        [move.compound_id for move in moves],
        kind=history.CHANGED,
        by=by,
        reason=reason,
    )
    tallies.refresh({move.place[2] for move in moves})
    audit.record_many((_act(move) for move in moves), by=by, reason=reason)


def _act(move: Move) -> audit.Act:
    changes = {
        name: [before, after]
        for name, before, after in zip(
            ("strategy", "decision"), move.before, move.after, strict=True
        )
        if before != after
    }
    return audit.Act(
        verb="classify",
        object_type="registry.compound",
        object_id=str(move.compound_id),
        object_label=move.label[:200],
        changes=changes,
        place=move.place,
    )
