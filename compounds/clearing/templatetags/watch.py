"""Tags of the pages of the watch: chips of bands, tasks and losses."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from governance.foundation import dates
from governance.foundation.templatetags.look import chip

from ..models.watch import Band
from ..watch_tables import LOSS_CLASS
from ..watch_wording import BAND_CLASS, names_of

register = template.Library()
_BANDS = dict(Band.choices)


@register.simple_tag
def band_chip(band):
    """The band of a compound; a word where it was not judged yet."""
    return chip(BAND_CLASS[band], _BANDS[band]) if band in _BANDS else chip("", _("not judged"))


@register.simple_tag
def loss_chip(loss):
    return chip(LOSS_CLASS[loss.state], loss.get_state_display())


@register.simple_tag
def task_chip(task):
    """What became of a task: closed, late, or open."""
    if task.done_on:
        return chip("ok", pgettext("task of the watch", "closed"))
    if task.due_on < dates.today():
        return chip("bad", pgettext("task of the watch", "late"))
    return chip("warn", pgettext("task of the watch", "open"))


@register.filter
def in_words(hits):
    """Signals that count, from their stored keys or a list of them."""
    return names_of(hits.split() if isinstance(hits, str) else hits)
