"""Changes of a compound in words: values, entries of the audit log, versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from compounds.registry.models import Compound, ProblemTag
from governance.audit import words
from governance.audit.models import AuditEntry
from governance.foundation.templatetags.look import num
from governance.organisation.scope import Role

UNITS = {
    "household_count": pgettext_lazy("unit", "households"),
    "building_count": pgettext_lazy("unit", "buildings"),
    "entrance_count": pgettext_lazy("unit", "entrances"),
    "resident_count": pgettext_lazy("unit", "people"),
    "lift_count": pgettext_lazy("unit", "lifts"),
    "parking_spaces": pgettext_lazy("unit", "spaces"),
    "foundation_score": pgettext_lazy("unit", "points"),
}


def in_words(field, value) -> str:
    """A field's value as pages print it; '' where it is unknown."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field.name == "problem_tags":
        names = dict(ProblemTag.choices)
        return "、".join(str(names.get(code, code)) for code in value.split())
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, dt.date):
        return value.isoformat()
    if field.name.endswith("_year"):
        return str(value)
    if field.name in ("longitude", "latitude"):
        return f"{float(value):.6f}"
    if isinstance(value, str) and not field.name.endswith("_m2"):
        return value
    unit = UNITS.get(field.name) or ("㎡" if field.name.endswith("_m2") else "")
    unit = unit or ("m" if field.name.endswith("_m") else "")
    if isinstance(value, str):  # an area in the audit log's JSON
        value = Decimal(value)
    return f"{num(value)} {unit}".strip()


def value_name(model, name: str) -> str:
    return model._meta.get_field(name).attname


def difference(name: str, before, after) -> Iterator[tuple[str, str, str]]:
    if before == after or name in ("provenance", "asked_count", "merged_into"):
        return
    field = Compound._meta.get_field(name)
    unknown = _("unknown")
    if field.is_relation:
        yield capfirst(field.verbose_name), "", _("changed")
        return
    yield (
        capfirst(field.verbose_name),
        in_words(field, before) or unknown,
        in_words(field, after) or unknown,
    )


def changes_of(entry: AuditEntry) -> Iterator[tuple[str, str, str]]:
    """(field, before, after) of an entry as the screens show them."""
    known = {field.name: field for field in Compound._meta.concrete_fields}
    known |= {field.attname: field for field in Compound._meta.concrete_fields}
    for name, pair in entry.changes.items():
        if not isinstance(pair, list) or len(pair) != 2:
            continue
        before, after = pair
        field = known.get(name)
        if field is None or field.is_relation:
            other = words.field_of(entry.object_type, name) if field is None else None
            yield LABELS.get(name, ""), _plain(before, other), _plain(after, other)
        elif name != "provenance":
            yield (
                capfirst(field.verbose_name),
                in_words(field, before) or (_("unknown") if entry.verb != "add" else ""),
                in_words(field, after) or _("unknown"),
            )


def roles_in_words(post: str) -> str:
    """The posts of an entry with roles in words."""
    for role in Role:
        post = post.replace(f"·{role.value}", f" {role.label}")
    return post


LABELS = {
    "merged_into": gettext_lazy("Merged into"),
    "merged": gettext_lazy("Merged"),
    "building": gettext_lazy("Building"),
    "file": gettext_lazy("File"),
    "other": gettext_lazy("Other compound"),
    "provider": gettext_lazy("Provider"),
    "answer": gettext_lazy("Answer"),
    "round": gettext_lazy("Round"),
    "invited_on": gettext_lazy("Invited on"),
    "answered_on": gettext_lazy("Answered on"),
    "letter": gettext_lazy("Letter"),
}


def _plain(value, field=None) -> str:
    if value is None:
        return ""
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)
