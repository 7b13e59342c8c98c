"""Recent changes of a place, from the audit log; what was done at one stroke is one line."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from governance.audit import words
from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.organisation.models import Area

from .figures import COLUMNS
from .links import address

# Entries read in one round, rounds, groups shown, fields told of one change.
WINDOW = 40
ROUNDS = 3
SHOWN = 6
FIELDS = 3

# Reading and trying are no news.
SILENT = (
    "login",
    "login_failed",
    "logout",
    "refused",
    "view",
    "export",
    "save_view",
    "forget_view",
)


@dataclass(frozen=True)
class News:
    """One act: who did what to which thing, when, and what changed."""

    at: dt.datetime
    actor: str
    verb: str
    label: str
    href: str
    changes: str
    others: int


def recent(user, area: Area, day: dt.date | None = None) -> list[News]:
    """The latest acts inside the place that the reader may know of; up to a past day if given."""
    entries = (
        AuditEntry.objects.visible_to(user)
        .filter(**{COLUMNS[area.level]: area.pk})
        .exclude(verb__in=SILENT)
        .order_by("-id")
    )
    if day is not None:
        entries = entries.filter(at__lte=dates.end_of_day(day))
    groups = _groups(entries)
    sizes = _sizes(entries, groups)
    newest = sorted(groups.items(), key=lambda item: -item[1][0].pk)[:SHOWN]
    lines = words.lines([group[0] for _key, group in newest], user)
    return [_told(line, sizes[key]) for line, (key, _group) in zip(lines, newest, strict=True)]


def _stroke(verb: str, kind: str, batch: str, at: dt.datetime) -> tuple:
    """Entries of one batch, or written at one instant, belong together."""
    return (verb, kind, batch or at)


def _groups(entries) -> dict[tuple, list[AuditEntry]]:
    """Entries by the stroke they were made at; a large one does not hide what came before."""
    groups: dict[tuple, list[AuditEntry]] = {}
    older = entries
    for _round in range(ROUNDS):
        found = list(older[:WINDOW])
        for entry in found:
            key = _stroke(entry.verb, entry.object_type, entry.batch, entry.at)
            groups.setdefault(key, []).append(entry)
        if len(groups) >= SHOWN or len(found) < WINDOW:
            break
        last = found[-1]
        same = Q(batch=last.batch) if last.batch else Q(at=last.at)
        older = entries.filter(pk__lt=last.pk).exclude(same)
    return groups


def _sizes(entries, groups: dict[tuple, list[AuditEntry]]) -> dict[tuple, int]:
    """How many entries each stroke has, beyond those that were read: one query."""
    sizes = {key: len(group) for key, group in groups.items()}
    large = [group[0] for group in groups.values() if len(group) > 1]
    if large:
        batches = {entry.batch for entry in large if entry.batch}
        instants = {entry.at for entry in large if not entry.batch}
        counted = (
            entries.filter(Q(batch__in=batches) | Q(at__in=instants))
            .order_by()
            .values_list("verb", "object_type", "batch", "at")
            .annotate(Count("pk"))
        )
        found: dict[tuple, int] = {}
        for *stroke, count in counted:
            found[_stroke(*stroke)] = found.get(_stroke(*stroke), 0) + count
        sizes |= {key: count for key, count in found.items() if key in sizes}
    return sizes


def _told(line: words.Line, count: int) -> News:
    entry = line.entry
    changed = line.changes[:FIELDS] if count == 1 and entry.verb == "change" else ()
    return News(
        at=entry.at,
        actor=entry.actor_name if entry.actor_id else _("the system"),
        verb=line.verb,
        label=entry.object_label or line.kind,
        href=line.url,
        changes="; ".join(f"{one.name} {one.before} → {one.after}" for one in changed),
        others=count - 1,
    )


def log_address() -> str:
    return address("audit:entry_list")
