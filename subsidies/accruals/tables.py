"""The table of a run: one line each, with what differs from the month before."""

from html import escape

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compounds.registry.tables import Place
from governance.foundation import tables
from governance.foundation.tables import UNKNOWN, plain

from . import wording
from .differences import FIELDS, Month, difference
from .models import Accrual

STATE_CLASS = {
    "PROBLEM": "bad",
    "COMPUTED": "warn",
    "POSTED": "ok",
    "REVERSED": "fallback",
    "DROPPED": "fallback",
}


def _of(name):
    return Accrual._meta.get_field(name).verbose_name


class Home(tables.Column):
    """The compound, as a link to the line's own page."""

    css = "name"

    def writer(self, page):
        base, _sep, tail = reverse("accruals:accrual_detail", args=[0]).partition("0")
        return lambda name, pk: f'<a href="{base}{pk}{tail}">{escape(name)}</a>'

    def in_words(self, page):
        return lambda name, pk: name


class MonthColumn(tables.Column):
    css = "num"

    def writer(self, page):
        return lambda value: f"{value:%Y-%m}"

    def in_words(self, page):
        return lambda value: f"{value:%Y-%m}"


class Money(tables.Area):
    """Yuan with two decimals."""


class Quantity(tables.Column):
    css = "num"

    def writer(self, page):
        return lambda value: UNKNOWN if value is None else f"{value:,.2f}"


class Rate(tables.Column):
    css = "num"

    def writer(self, page):
        return lambda value: UNKNOWN if value is None else wording.rule.plain(value)


class Days(tables.Column):
    """Days served of the days of the month; marked until the street has confirmed them."""

    css = "num"

    def writer(self, page):
        base, _sep, tail = reverse("accruals:accrual_days", args=[0]).partition("0")
        to_confirm, may = escape(_("to be confirmed")), page.get("may_confirm")
        stated = escape(_("stated"))

        def write(served, whole, confirmed, state, reason, pk):
            words = UNKNOWN if served is None else f"{served}/{whole}"
            if reason:
                words += f' <small class="muted">{stated}</small>'
            if state == "COMPUTED" and confirmed is None:
                mark = f'<a href="{base}{pk}{tail}">{to_confirm}</a>' if may else to_confirm
                words += f" <small>{mark}</small>"
            return words

        return write

    def in_words(self, page):
        return lambda served, *rest: served


class Difference(tables.Column):
    """More or less than last month, and why."""

    css = "why"

    def writer(self, page):
        before = page["before"]

        def write(entitlement, month, *values):
            change, why = difference(Month(*values), before.get((entitlement, month)))
            words = escape("；".join(why))
            if change is None:
                return f'<small class="muted">{words}</small>' if words else UNKNOWN
            if not change:
                return '<span class="muted">=</span>'
            return f'<span class="nowrap">{change:+,.2f}</span> <small>{words}</small>'

        return write

    def in_words(self, page):
        return lambda *values: None


class State(tables.Column):
    """The state in a chip; of a problem, what it is."""

    css = "nowrap"

    def writer(self, page):
        words = {code: plain(label) for code, label in Accrual.State.choices}

        def write(state, problems):
            chip = f'<span class="chip {STATE_CLASS.get(state, "")}">{words[state]}</span>'
            if problems:
                chip += f" <small>{escape('；'.join(wording.short(problems)))}</small>"
            return chip

        return write

    def in_words(self, page):
        words = {code: str(label) for code, label in Accrual.State.choices}
        return lambda state, problems: words[state]


class AccrualTable(tables.ListTable):
    """Lines of a run, one a row."""

    compound = Home(
        gettext_lazy("compound"),
        reads=("entitlement__compound__name", "pk"),
        sorts=("entitlement__compound__code",),
        is_fixed=True,
    )
    street = Place(
        gettext_lazy("street"), reads=("street_id",), sorts=("street__code",), css="nowrap"
    )
    community = Place(
        gettext_lazy("community"),
        reads=("community_id",),
        sorts=("community__code",),
        is_shown=False,
    )
    provider = tables.Column(
        gettext_lazy("provider"), reads=("entitlement__provider__name",), css="name"
    )
    number = tables.Column(
        gettext_lazy("application number"),
        reads=("entitlement__number",),
        css="nowrap",
        is_shown=False,
    )
    month = MonthColumn(_of("month"))
    basis_value = Quantity(_of("basis_value"))
    rate = Rate(_of("rate"))
    days = Days(
        _of("days_served"),
        reads=("days_served", "days_in_month", "confirmed_at", "state", "days_reason", "pk"),
        sorts=("days_served",),
    )
    gross = Money(_of("gross"))
    score = tables.Column(_of("score"), css="num", is_shown=False)
    deduction = Money(_of("deduction"))
    due = Money(_of("due"))
    difference = Difference(
        gettext_lazy("against last month"),
        reads=("entitlement_id", "month", *FIELDS),
        sorts=(),
    )
    state = State(_of("state"), reads=("state", "problems"), sorts=("state",))

    class Meta:
        order_by = ()
