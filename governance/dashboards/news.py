"""Recent changes of a place, from the audit log; what was done at one stroke is one line."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from compounds.registry.models import Compound
from governance.audit import words
from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.organisation.models import Area

from .changes import roles_in_words
from .figures import COLUMNS

# Entries read in one round, rounds, groups shown, fields told of one change.
WINDOW = 40
ROUNDS = 2
SHOWN = 6
FIELDS = 3
# How a value that was not there is written; what begins has no change to tell.
BLANK = "—"

COMPOUND = "registry.compound"
# Pages that take the id of their object; whoever sees the entry sees them.
PAGES = {
    "classification.policy": "classification:policy_detail",
    "classification.run": "classification:run_detail",
    "providers.provider": "providers:provider_detail",
}
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
# Acts whose word alone leaves open what they were done to.
ON_A_KIND = frozenset({"add", "change", "delete", "remove", "draft", "copy", "publish", "retire"})


@dataclass(frozen=True)
class News:
    """One act: what was done to which thing, what changed, who did it under which post, when."""

    at: dt.datetime
    actor: str
    post: str
    title: str
    label: str
    href: str
    changes: str
    count: int


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
    codes = _codes(user, [group[0] for _key, group in newest])
    return [_told(group[0], sizes[key], codes) for key, group in newest]


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


def _told(entry: AuditEntry, count: int, codes: dict[str, str]) -> News:
    changed = list(words.changes_of(entry))[:FIELDS] if count == 1 else []
    return News(
        at=entry.at,
        actor=entry.actor_name if entry.actor_id else _("the system"),
        post=roles_in_words(entry.post),
        title=_title(entry),
        label=entry.object_label or words.kind_of(entry.object_type),
        href=_page(entry, codes),
        changes=_("; ").join(
            f"{item.name} {item.before} → {item.after}" for item in changed if item.before != BLANK
        ),
        count=count,
    )


def _title(entry: AuditEntry) -> str:
    """The act in a few words, with the kind of thing where the verb does not say it."""
    if (entry.verb, entry.object_type) == ("classify", COMPOUND):
        return pgettext("news", "Strategies decided")
    act = words.verb_of(entry.verb)
    if entry.verb not in ON_A_KIND:
        return capfirst(act)
    kind = words.kind_of(entry.object_type)
    return capfirst(_("%(act)s %(kind)s") % {"act": act, "kind": kind[:1].lower() + kind[1:]})


def _codes(user, entries: list[AuditEntry]) -> dict[str, str]:
    """Codes of the compounds the entries are about, by id, inside the reader's scope."""
    ids = {entry.object_id for entry in entries if entry.object_type == COMPOUND}
    if not ids:
        return {}
    found = Compound.objects.visible_to(user).filter(pk__in=ids).values_list("pk", "code")
    return {str(pk): code for pk, code in found}


def _page(entry: AuditEntry, codes: dict[str, str]) -> str:
    if entry.object_type == COMPOUND:
        code = codes.get(entry.object_id)
        return reverse("dashboards:compound_dossier", args=[code]) if code else ""
    name = PAGES.get(entry.object_type)
    return reverse(name, args=[entry.object_id]) if name else ""


def log_address() -> str:
    return reverse("audit:entry_list")
