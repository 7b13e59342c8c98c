"""Chips and counts of the import pages."""

from django import template
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

register = template.Library()

IMPORT_CLASS = {
    "CHECKED": "warn",
    "DONE": "ok",
    "FAILED": "bad",
    "CHECKING": "unit",
    "UNDOING": "unit",
}
ROW_CLASS = {"NEW": "ok", "CHANGED": "warn", "REFUSED": "bad"}


@register.simple_tag
def import_chip(batch):
    """The state of an import as a word in a chip."""
    kind = IMPORT_CLASS.get(batch.state, "")
    return format_html('<span class="chip {}">{}</span>', kind, batch.get_state_display())


@register.simple_tag
def row_chip(row, is_skipped=False):
    """What becomes of a row, as a word in a chip."""
    if is_skipped:
        return format_html('<span class="chip">{}</span>', _("skipped"))
    kind = ROW_CLASS.get(row.state, "")
    return format_html('<span class="chip {}">{}</span>', kind, row.get_state_display())


@register.simple_tag
def row_count(batch, state):
    """How many rows are in a state; a dash where none was counted."""
    return f"{batch.count(state):,}" if batch.counts else "—"
