"""Small pieces of the look: numbers, chips, the once-token, query strings."""

import uuid
from decimal import Decimal

from django import template
from django.templatetags.static import static
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

register = template.Library()

STRATEGY_CLASS = {
    "UNIT_COBUILD": "unit",
    "RED_TAKEOVER": "red",
    "SUBSIDY_TRANSITION": "subsidy",
    "FALLBACK": "fallback",
}
STATE_CLASS = {
    "DECIDED": "ok",
    "OVERRIDDEN": "plain",
    "INCOMPLETE": "warn",
    "UNMATCHED": "bad",
}
# Stages of the clearing campaign: only the end of the way and a fall back have a colour.
STAGE_CLASS = {
    "CLEARED": "ok",
    "REBOUND": "bad",
    "SUSPENDED": "warn",
}


@register.filter
def split(text):
    """Words of a text."""
    return text.split()


@register.simple_tag
def css(name):
    """Address of one of our style sheets."""
    return static(f"css/{name}.css")


@register.simple_tag
def once():
    """The hidden token by which a form sent twice is taken once."""
    return format_html('<input type="hidden" name="once" value="{}">', uuid.uuid4().hex)


@register.filter
def num(value, places=None):
    """A number with thousands separators; an em dash where it is unknown."""
    if value is None or value == "":
        return "—"
    if places is None and isinstance(value, Decimal):
        places = 2
    return number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True)


@register.filter
def yes_no(value):
    """Yes, no, or unknown as a word."""
    return {True: _("yes"), False: _("no")}.get(value, "—")


@register.simple_tag
def chip(kind, label):
    """A status as a word in a coloured chip: never colour alone."""
    return format_html('<span class="chip {}">{}</span>', kind, label)


@register.simple_tag
def strategy_chip(compound):
    """The strategy of a compound as its chip; its state where it has none."""
    if compound.strategy:
        return chip(STRATEGY_CLASS[compound.strategy], compound.get_strategy_display())
    if compound.decision:
        return chip(STATE_CLASS[compound.decision], compound.get_decision_display())
    return "—"


@register.simple_tag
def stage_chip(compound):
    """Where the campaign stands for a compound, as a chip; a fall back is said with it."""
    found = chip(STAGE_CLASS.get(compound.stage, "plain"), compound.get_stage_display())
    if compound.first_cleared_on and compound.stage not in ("CLEARED", "REBOUND"):
        return format_html("{} {}", found, chip("bad", _("rebound")))
    return found


@register.simple_tag(takes_context=True)
def query(context, **changes):
    """The present query string with some parameters set, or dropped when None or empty."""
    params = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            params.pop(name, None)
        else:
            params[name] = value
    return f"?{params.urlencode()}" if params else "?"
