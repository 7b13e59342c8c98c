"""Template tags that draw: `{% chart figure %}`, small bars for table cells, grouped numbers."""

from django import template

from governance.foundation import drawing

register = template.Library()


@register.simple_tag
def chart(figure):
    """The chart with its key, both drawings and its table."""
    return figure


@register.simple_tag
def half_chart(figure):
    """The same chart laid out for a narrow column."""
    return figure.for_half()


@register.simple_tag
def wall_chart(figure):
    """The same chart in the type of the wall screen, without its table."""
    return figure.for_wall()


@register.simple_tag
def share_bar(percent, name, href="", tone="st3"):
    return drawing.share_bar(percent, name, href, tone)


@register.simple_tag
def spark(values, name):
    return drawing.spark(values, name)


@register.filter
def grouped(value):
    """1157 → 1,157; an unknown number is a dash."""
    return "—" if value is None else drawing.grouped(value)
