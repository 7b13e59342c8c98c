"""Writing many compounds at once: the same facts for all of them, and verified surveys."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation import dates, history
from governance.foundation.errors import DomainError
from governance.foundation.locks import for_update

from ..models import Compound, Status
from ..telling import tell_changed, tell_verified
from . import leaving, tallies
from .compounds import OutsideScope, contradictions, note_sources, settle_decision

RIGHT = "registry.edit"


class SelectionChanged(DomainError):  # noqa: N818 - names of refusals read as sentences
    """The filtered list holds other compounds than those that were shown."""

    def __init__(self, seen: str, now: int):
        was = seen.partition(".")[0]
        super().__init__(
            _(
                "The list held %(was)s compounds when you saw it and holds %(now)s now. Nothing "
                "was saved: look at it again, then confirm."
            )
            % {"was": was, "now": now}
            if was.isdecimal() and was != str(now)
            else _(
                "The list holds other compounds than those you saw. Nothing was saved: look at it "
                "again, then confirm."
            )
        )


def fingerprint(ids: Iterable[int]) -> str:
    """What a list of compounds is known by between its preview and its confirmation."""
    text = [str(pk) for pk in sorted(ids)]
    return f"{len(text)}.{hashlib.sha256(','.join(text).encode()).hexdigest()[:32]}"


@transaction.atomic
def change_filtered(
    *,
    by,
    rows: QuerySet,
    seen: str,
    changes: dict[str, Any],
    source: str = "",
    reason: str = "",
) -> int:
    """Set the same facts on every active compound of a filtered list within the writer's posts.

    `seen` is the fingerprint of those that were shown; returns how many were changed.
    Raises SelectionChanged, OutsideScope, ValidationError.
    """
    found = Compound.objects.editable_by(by, RIGHT).active().filter(pk__in=rows.values("pk"))
    ids = list(for_update(found.order_by("pk")).values_list("pk", flat=True))
    if fingerprint(ids) != seen:
        raise SelectionChanged(seen, len(ids))
    return change_many(by=by, ids=ids, changes=changes, source=source, reason=reason)


@transaction.atomic
def change_many(
    *, by, ids: Iterable[int], changes: dict[str, Any], source: str = "", reason: str = ""
) -> int:
    """Set the same facts on many compounds; returns how many were changed.

    Set-based: one update, one copy into history, audit entries in bulk. Rows outside the
    writer's posts are refused as a whole. Raises OutsideScope, ValidationError.
    """
    ids = sorted(set(ids))
    rows = for_update(Compound.objects.filter(pk__among=ids))
    allowed = Compound.objects.editable_by(by, RIGHT).filter(pk__among=ids).count()
    if allowed != len(ids):
        raise OutsideScope(_("Some of the rows lie outside your posts; nothing was saved."))
    columns, today = tuple(changes), dates.today()
    touched, acts, communities, left = [], [], set(), []
    for row in rows.filter(status=Status.ACTIVE).iterator(chunk_size=2000):
        before = {name: getattr(row, name) for name in columns}
        differing = {name: value for name, value in changes.items() if before[name] != value}
        if not differing:
            continue
        for name, value in differing.items():
            setattr(row, name, value)
        if not touched:
            row.clean_fields(exclude=[f.name for f in row._meta.fields if f.name not in columns])
        for field, message in contradictions(row, today).items():
            raise ValidationError({field: f"{row.name}: {message}"})
        row.derive()
        note_sources(row, differing, source, today)
        if settle_decision(row):
            left.append(row.pk)
        row.version += 1
        touched.append(row)
        communities.add(row.community_id)
        acts.append(
            audit.act_on(
                "change", row, {name: [before[name], value] for name, value in differing.items()}
            )
        )
    write_back(touched, (*columns, "provenance"), by=by, reason=reason)
    tallies.refresh(communities)
    leaving.tell(left, by=by, reason=reason)
    tell_changed(touched, by=by)
    audit.record_many(acts, by=by, reason=reason)
    return len(touched)


DERIVED_COLUMNS = (
    "is_unmanaged",
    "foundation_score",
    "is_three_none",
    "missing_count",
    "asked_count",
    "search_text",
    "strategy",
    "decision",
)


def write_back(rows: Sequence[Compound], columns: Iterable[str], *, by, reason: str = "") -> None:
    """Store changed columns of many compounds (and what follows from them) with history.

    Rows that end up with equal values share one UPDATE, so that a bulk edit takes a handful of
    statements however many rows it touches.
    """
    now = timezone.now()
    names = [n for n in dict.fromkeys((*columns, *DERIVED_COLUMNS)) if n != "search_text"]
    same: dict[str, tuple[dict[str, Any], list[int]]] = {}
    for row in rows:
        values = {name: getattr(row, name) for name in names}
        same.setdefault(repr(values), (values, []))[1].append(row.pk)
        row.updated_at = now
    for values, ids in same.values():
        Compound.objects.filter(pk__among=ids).update(
            **values, version=F("version") + 1, updated_at=now
        )
    history.record_versions(
        Compound, [row.pk for row in rows], kind=history.CHANGED, by=by, reason=reason
    )


@transaction.atomic
def verify_survey(*, by, ids: Iterable[int]) -> int:
    """Confirm the survey of compounds (摸底核实, domain.md §5.1); returns how many.

    Raises OutsideScope; a compound without a survey date is refused.
    """
    ids = sorted(set(ids))
    rows = list(for_update(Compound.objects.editable_by(by, "registry.verify").filter(pk__in=ids)))
    if len(rows) != len(ids):
        raise OutsideScope(_("Some of the rows lie outside your posts; nothing was saved."))
    unsurveyed = [row.name for row in rows if row.surveyed_on is None]
    if unsurveyed:
        raise DomainError(
            _("Not surveyed yet: %(names)s. Enter the date of the survey first.")
            % {"names": "、".join(unsurveyed[:5])}
        )
    rows = [row for row in rows if row.verified_on is None]
    today = dates.today()
    for row in rows:
        row.verified_on = today
        row.version += 1
    write_back(rows, ("verified_on",), by=by)
    tallies.refresh({row.community_id for row in rows})
    tell_verified(rows, by=by)
    audit.record_many(
        [audit.act_on("verify", row, {"verified_on": [None, today]}) for row in rows], by=by
    )
    return len(rows)
