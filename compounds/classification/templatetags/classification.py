"""Tags of classification pages: reasons of a decision, chips, days left."""

from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from governance.foundation import dates
from governance.foundation.templatetags.look import STATE_CLASS, STRATEGY_CLASS, chip

from .. import wording
from ..explaining import Reasons
from ..models import Policy
from ..services.facts import FROM_INVITATIONS
from ..trying import Comparison, state_name, why_moved
from ..worklists import FIELD_OF

register = template.Library()

WORK_CLASS = {"DONE": "ok", "FAILED": "bad", "CANCELLED": "warn", "RUNNING": "", "QUEUED": ""}
OVERRIDE_CLASS = {"PROPOSED": "warn", "APPROVED": "ok", "REJECTED": "bad"}


@register.simple_tag
def reasons(decision):
    """Sentence, evidence and subsidy of a stored decision."""
    return Reasons(decision) if decision else None


@register.simple_tag
def strategy_word(code):
    """The chip of a strategy by its code."""
    return chip(STRATEGY_CLASS.get(code, ""), wording.strategy_name(code)) if code else "—"


@register.simple_tag
def result_chip(outcome, strategy):
    """The chip of a result: its strategy, else the state that left none."""
    if strategy:
        return chip(STRATEGY_CLASS[strategy], wording.strategy_name(strategy))
    return chip(STATE_CLASS.get(outcome, ""), wording.result_name(outcome, ""))


@register.simple_tag
def state_chip(row):
    """The chip of a run, what-if or override."""
    kind = {**WORK_CLASS, **OVERRIDE_CLASS}.get(row.state, "")
    return chip(kind, row.get_state_display())


@register.simple_tag
def policy_chip(policy):
    """The chip of a policy: what it is today. A published one needs its `standing`."""
    if policy.is_draft:
        return chip("warn", policy.get_state_display())
    today, standing = dates.today(), policy.standing
    if standing.is_in_force(today):
        return chip("ok", pgettext("policy", "in force"))
    if standing.is_upcoming(today):
        return chip("", _("not yet in force"))
    if policy.state == Policy.State.RETIRED:
        return chip("", policy.get_state_display())
    return chip("", _("replaced") if policy.replaced_by else _("expired"))


@register.simple_tag
def days_left(due_on, as_of=None):
    """9 days left, 6 days over: with the date on hover and on paper."""
    left = dates.days_left(due_on, as_of or dates.today())
    if left >= 0:
        words = ngettext("%(n)s day left", "%(n)s days left", left) % {"n": left}
    else:
        words = ngettext("%(n)s day over", "%(n)s days over", -left) % {"n": -left}
    if left == 0:
        words = _("last day today")
    return format_html(
        '<span class="{}" title="{}">{}</span><span class="on-paper"> {}</span>',
        "late" if left < 0 else "soon" if left <= 7 else "",
        due_on.isoformat(),
        words,
        due_on.isoformat(),
    )


@register.filter
def policy_name(policy):
    """Title and edition."""
    return wording.policy_name(policy)


@register.filter
def signed(value):
    """+1,234.00 or −1,234.00: a change of money."""
    if value is None:
        return "—"
    shown = wording.money(abs(value))
    return f"+{shown}" if value > 0 else f"\N{MINUS SIGN}{shown}" if value < 0 else shown


@register.filter
def at(mapping, key):
    """An entry of a mapping by a key held in a variable."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.filter
def granted(right, scope):
    """Does one of the posts carry the right?"""
    return scope.has(right)


@register.filter
def seconds(milliseconds):
    """Milliseconds as seconds with one decimal."""
    return f"{milliseconds / 1000:.1f}"


@register.filter
def moving(trial):
    """Compounds whose result would change, of a finished what-if."""
    return Comparison(trial).moved


@register.filter
def money_change(trial):
    """Subsidy after minus before of a finished what-if."""
    return Decimal(trial.result["after"]["subsidy"]) - Decimal(trial.result["before"]["subsidy"])


@register.filter
def signed_count(value):
    """+3 or −3: a change of a count."""
    shown = f"{abs(value):,}"
    return f"+{shown}" if value > 0 else f"\N{MINUS SIGN}{shown}" if value < 0 else "0"


@register.simple_tag
def because(move, base=()):
    """Why a compound would move, in words; `base` are the rules it moves away from."""
    return why_moved(move, base)


@register.filter
def addpart(text, number):
    """A part of a field's name: "r" and 2 make "r2"."""
    return f"{text}{number}"


@register.filter
def nth(rows, index):
    """An entry by its place; nothing beyond the end."""
    return rows[index] if rows and index < len(rows) else ""


@register.filter
def joined(parts):
    """Conditions in one line."""
    return pgettext("between conditions", "; ").join(str(part) for part in parts)


@register.simple_tag
def where_to_ask(decision, fact=None):
    """Where a missing fact is entered: "invite", or the anchor of its field in the form."""
    key = fact.key if fact else next((one.key for one in decision.missing_facts), "")
    if key in FROM_INVITATIONS:
        return "invite"
    return f"#id_{FIELD_OF[key]}" if key in FIELD_OF else ""


@register.simple_tag
def result_state(state):
    """A row or column of the matrix in words."""
    return state_name(state)
