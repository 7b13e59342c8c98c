"""Tags of the pages of programmes."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from governance.foundation import dates
from governance.foundation.templatetags.look import chip

from ..models import Programme

register = template.Library()


@register.simple_tag
def programme_chip(programme, followed=False):
    """What an edition is today."""
    today = dates.today()
    if programme.is_draft:
        return chip("warn", programme.get_state_display())
    if programme.state == Programme.State.RETIRED:
        return chip("fallback", programme.get_state_display())
    if programme.effective_from > today:
        return chip("", _("not yet open"))
    if followed:
        return chip("fallback", _("followed"))
    if programme.effective_until and programme.effective_until < today:
        return chip("fallback", _("expired"))
    return chip("ok", pgettext("programme", "open"))


@register.filter
def programme_name(programme):
    """Name and edition."""
    return _("%(name)s, edition %(n)s") % {"name": programme.name, "n": programme.edition}


@register.filter
def rows_of(tables, name):
    """The rows of a table of the form."""
    return tables.by_name[name]
