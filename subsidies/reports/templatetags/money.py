"""Cells of money tables: the amount of a stage or a month, and what it opens."""

from django import template

from governance.foundation.templatetags.look import num

register = template.Library()


@register.simple_tag
def money_at(money, stage):
    """The amount of a stage of an indicator, a line or a year."""
    return num(money.at(stage))


@register.simple_tag
def money_href(money, stage):
    """The postings that made it up."""
    return money.href(stage)


@register.simple_tag
def month_at(months, month):
    """The amount of a month; a dash where there is none."""
    return num(months.get(month))
