"""Two editions side by side, in words, with what differs marked; and where a fault lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from . import rules, wording
from .models import Programme

HEAD = ("name", "document_number", "effective_from", "effective_until")
TABLES: dict[str, Any] = {
    "steps": "rates",
    "conditions": "eligibility",
    "bands": "assessment",
    "deductions": "deductions",
    "shares": "funding",
    "clawbacks": "clawback",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """An article in both editions: each line with whether it stands only there."""

    title: str
    old: tuple[tuple[str, bool], ...]
    new: tuple[tuple[str, bool], ...]

    @property
    def differs(self) -> bool:
        return any(is_only_here for _line, is_only_here in (*self.old, *self.new))


def heads(old: rules.Terms, new: rules.Terms) -> list[tuple[str, str, str, bool]]:
    """(label, old, new, whether it differs) of name, document and days."""
    rows = []
    for name in HEAD:
        label = str(Programme._meta.get_field(name).verbose_name)
        before, after = _shown(old, name), _shown(new, name)
        rows.append((label, before, after, before != after))
    return rows


def articles(old: rules.Terms, new: rules.Terms) -> list[Pair]:
    """Each article of both; the lines only one of them has are marked."""
    pairs = []
    for before, after in zip(wording.articles(old), wording.articles(new), strict=True):
        pairs.append(
            Pair(
                before.title,
                tuple((line, line not in after.lines) for line in before.lines),
                tuple((line, line not in before.lines) for line in after.lines),
            )
        )
    return pairs


def _shown(terms: rules.Terms, name: str) -> str:
    value = getattr(terms, name)
    if value is None and name == "effective_until":
        return _("until further notice")
    return str(value) if value not in (None, "") else "—"


def placed(fault: rules.Fault) -> str:
    """A fault with the place it lies in: "Rates, row 2: …"."""
    key = TABLES.get(fault.place)
    if key is None:
        return fault.sentence
    titles = {article.key: article.title for article in wording.articles(rules.Terms())}
    words = {"table": titles[key], "fault": fault.sentence}
    if fault.row is None:
        return _("%(table)s: %(fault)s") % words
    return _("%(table)s, row %(row)s: %(fault)s") % (words | {"row": fault.row + 1})
