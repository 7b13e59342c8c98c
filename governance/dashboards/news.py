"""Recent changes of a place in words, from the audit log; what was done at once is one line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Count
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.organisation.models import Area

from .figures import COLUMNS
from .links import address

WINDOW = 40
SHOWN = 8

VERBS = {
    "add": pgettext_lazy("audit verb", "added"),
    "change": pgettext_lazy("audit verb", "corrected"),
    "verify": pgettext_lazy("audit verb", "verified the survey of"),
    "merge": pgettext_lazy("audit verb", "merged"),
    "demolish": pgettext_lazy("audit verb", "marked as demolished"),
    "import": pgettext_lazy("audit verb", "imported"),
    "export": pgettext_lazy("audit verb", "exported"),
    "classify": pgettext_lazy("audit verb", "classified"),
    "publish": pgettext_lazy("audit verb", "published"),
    "propose": pgettext_lazy("audit verb", "proposed"),
    "approve": pgettext_lazy("audit verb", "approved"),
    "refuse": pgettext_lazy("audit verb", "refused"),
}
# Reading is no news.
SILENT = ("login", "logout", "view", "reveal")


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
    """The latest acts inside the place that the reader may know of; at most four queries."""
    entries = (
        AuditEntry.objects.visible_to(user)
        .filter(**{COLUMNS[area.level]: area.pk})
        .exclude(verb__in=SILENT)
        .order_by("-id")
    )
    if day is not None:
        entries = entries.filter(at__lte=dates.end_of_day(day))
    groups: dict[tuple, list[AuditEntry]] = {}
    batches: set[str] = set()
    older = entries
    for _round in range(2):
        found = list(older.exclude(batch__in=batches)[:WINDOW])
        for entry in found:
            key = (entry.verb, entry.batch or entry.request_id or entry.pk, entry.object_type)
            groups.setdefault(key, []).append(entry)
            if entry.batch:
                batches.add(entry.batch)
        if len(groups) >= SHOWN or len(found) < WINDOW:
            break
        older = entries.filter(pk__lt=found[-1].pk)
    sizes = {}
    if batches:
        counted = (
            entries.filter(batch__in=batches)
            .order_by()
            .values_list("verb", "batch", "object_type")
            .annotate(Count("pk"))
        )
        sizes = {(verb, batch, kind): count for verb, batch, kind, count in counted}
    newest = sorted(groups.items(), key=lambda item: -item[1][0].pk)[:SHOWN]
    return [_told(group, sizes.get(key, len(group))) for key, group in newest]


def _told(group: list[AuditEntry], count: int) -> News:
    first = group[0]
    return News(
        at=first.at,
        actor=first.actor_name if first.actor_id else _("the system"),
        verb=str(VERBS.get(first.verb, first.verb)),
        label=first.object_label or _kind(first.object_type),
        href=_page(first),
        changes="; ".join(_changed(first)) if count == 1 and first.verb == "change" else "",
        others=count - 1,
    )


def _kind(object_type: str) -> str:
    try:
        return str(apps.get_model(object_type)._meta.verbose_name)
    except (LookupError, ValueError):
        return object_type


def _changed(entry: AuditEntry) -> Iterator[str]:
    """Up to three changed fields: name, before and after as the screens show them."""
    try:
        meta = apps.get_model(entry.object_type)._meta
    except (LookupError, ValueError):
        return
    for name, (before, after) in list(entry.changes.items())[:3]:
        try:
            field = meta.get_field(name)
        except FieldDoesNotExist:
            continue
        yield f"{capfirst(field.verbose_name)} {_value(field, before)} → {_value(field, after)}"


def _value(field, value) -> str:
    if value is None or value == "":
        return _("unknown")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(dict(field.flatchoices).get(value, value))


def _page(entry: AuditEntry) -> str:
    if entry.object_type == "registry.compound" and entry.object_id:
        code = entry.object_id
        return address("dashboards:compound_detail", code) or address(
            "registry:compound_detail", code
        )
    return ""


def log_address() -> str:
    return address("audit:entry_list")
