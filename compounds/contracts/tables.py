"""The tables: contracts, their clocks, lots."""

from html import escape

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from compounds.registry.tables import Place
from governance.foundation import tables
from governance.foundation.tables import UNKNOWN, plain

from . import rules
from .deadlines import shown_due
from .models import Contract, Lot
from .wording import DUTIES, days_left

STATE_CLASS = {
    "DRAFT": "warn",
    "SIGNED": "warn",
    "FILED": "ok",
    "ENDED": "fallback",
    "CANCELLED": "fallback",
}


def _label(name, model=Contract):
    return model._meta.get_field(name).verbose_name


class Link(tables.Column):
    """A text that leads to the page of a number."""

    css = "name"

    def __init__(self, label, *, to: str, **kwargs):
        super().__init__(label, **kwargs)
        self.to = to

    def writer(self, page):
        base, _sep, tail = reverse(self.to, args=[0]).partition("0")
        return lambda name, pk: (
            f'<a href="{base}{pk}{tail}">{escape(name)}</a>' if name else UNKNOWN
        )

    def in_words(self, page):
        return lambda name, pk: name


class Chip(tables.Choice):
    """A code as a word in a chip of its class."""

    def __init__(self, label, *, classes, **kwargs):
        super().__init__(label, **kwargs)
        self.classes = classes

    def writer(self, page):
        words = {
            code: f'<span class="chip {self.classes.get(code, "")}">{plain(label)}</span>'
            for code, label in self.choices
        }
        return lambda value: words.get(value, UNKNOWN)


class Covers(tables.Column):
    """The first compound that a contract covers, and how many more there are."""

    def writer(self, page):
        covers, more = page["covers"], escape(_("+ %s more"))

        def write(pk):
            first, count = covers.get(pk, ("", 0))
            if not count:
                return UNKNOWN
            rest = f' <span class="muted nowrap">{more % (count - 1)}</span>' if count > 1 else ""
            return f"{escape(first)}{rest}"

        return write

    def in_words(self, page):
        comma = pgettext("between names", ", ")
        return lambda pk: comma.join(page["all_covers"].get(pk, ()))


class Term(tables.Column):
    """From when until when; without a fixed term is said so."""

    css = "nowrap"

    def writer(self, page):
        endless, today = escape(_("no fixed term")), page["today"]

        def write(starts_on, ends_on, state, renewal, notice_on):
            course = rules.Course(
                state=state, ends_on=ends_on, renewal=renewal, notice_on=notice_on
            )
            end = ends_on.isoformat() if ends_on else endless
            words = f"{starts_on.isoformat()} – {end}"
            if ends_on and rules.is_indefinite(course, today):
                words += f' <span class="chip warn">{endless}</span>'
            return words

        return write

    def in_words(self, page):
        endless = _("no fixed term")
        return lambda starts_on, ends_on, *rest: f"{starts_on} – {ends_on or endless}"


class Due(tables.Column):
    """How long until the next duty is due: 9 days left, 6 days over."""

    css = "nowrap"

    def _found(self, page):
        today, known = page["today"], page["calendar"]

        def find(due_on, state, ends_on, renewal, notice_on):
            course = rules.Course(
                state=state, ends_on=ends_on, renewal=renewal, notice_on=notice_on
            )
            duty = rules.duty_of(course, today)
            day = None if duty == rules.Duty.INDEFINITE else shown_due(state, due_on, known)
            return duty, day

        return find

    def writer(self, page):
        find, today = self._found(page), page["today"]
        names = {duty: plain(words) for duty, words in DUTIES.items()}

        def write(*values):
            duty, day = find(*values)
            if duty in (rules.Duty.NONE, rules.Duty.SIGN):
                return UNKNOWN if duty == rules.Duty.NONE else names[duty]
            if day is None:
                return names[duty]
            css, words = days_left(day, today)
            return (
                f'<span class="chip {css}">{escape(words)}</span> '
                f'<span class="duty">{names[duty]}</span>'
            )

        return write

    def in_words(self, page):
        find, today = self._found(page), page["today"]

        def words(*values):
            duty, day = find(*values)
            return f"{DUTIES[duty]} {days_left(day, today)[1]}" if day else str(DUTIES[duty])

        return words


class DueDay(Due):
    """The day itself."""

    css = "num"

    def writer(self, page):
        find = self._found(page)

        def write(*values):
            day = find(*values)[1]
            return day.isoformat() if day else UNKNOWN

        return write

    def in_words(self, page):
        find = self._found(page)
        return lambda *values: find(*values)[1]


_CLOCK = ("due_on", "state", "ends_on", "renewal", "notice_on")


class Fee(tables.Column):
    """The fee standard, or the price of the year."""

    css = "num"

    def writer(self, page):
        a_month, a_year = escape(_("yuan/m²·month")), escape(_("yuan/year"))

        def write(fee, price):
            if fee is not None:
                text = f"{fee:f}".rstrip("0").rstrip(".") or "0"
                return f'{text} <span class="muted">{a_month}</span>'
            return UNKNOWN if price is None else f'{price:,.2f} <span class="muted">{a_year}</span>'

        return write

    def in_words(self, page):
        return lambda fee, price: fee if fee is not None else price


class ContractTable(tables.ListTable):
    """Contracts, one a row."""

    number = Link(
        _label("number"), to="contracts:contract_detail", reads=("number", "pk"), is_fixed=True
    )
    covers = Covers(gettext_lazy("compounds"), reads=("pk",), sorts=())
    kind = tables.Choice(_label("kind"), choices=Contract.Kind.choices)
    provider = tables.Column(_label("provider"), reads=("provider__name",))
    fee = Fee(gettext_lazy("fee standard"), reads=("fee_per_m2", "yearly_price"), sorts=())
    term = Term(
        gettext_lazy("term"),
        reads=("starts_on", "ends_on", "state", "renewal", "notice_on"),
        sorts=("starts_on",),
    )
    state = Chip(_label("state"), choices=Contract.State.choices, classes=STATE_CLASS)
    due = Due(gettext_lazy("what is due next"), reads=_CLOCK, sorts=("due_on",))
    due_on = DueDay(_label("due_on"), reads=_CLOCK, sorts=("due_on",), is_shown=False)
    street = Place(
        gettext_lazy("street"), reads=("street_id",), sorts=("street__code",), is_shown=False
    )
    community = Place(
        gettext_lazy("community"),
        reads=("community_id",),
        sorts=("community__code",),
        is_shown=False,
    )
    party_a_name = tables.Column(_label("party_a_name"), is_shown=False)
    fee_mode = tables.Choice(_label("fee_mode"), choices=Contract.FeeMode.choices, is_shown=False)
    signed_on = tables.Day(_label("signed_on"), is_shown=False)
    filed_on = tables.Day(_label("filed_on"), is_shown=False)
    filing_number = tables.Column(_label("filing_number"), is_shown=False)
    ends_on = tables.Day(_label("ends_on"), is_shown=False)
    renewal = tables.Choice(_label("renewal"), choices=Contract.Renewal.choices, is_shown=False)
    lot = tables.Column(_label("lot"), reads=("lot__name",), is_shown=False)
    ended_on = tables.Day(_label("ended_on"), is_shown=False)
    end_reason = tables.Choice(
        _label("end_reason"), choices=Contract.EndReason.choices, is_shown=False
    )

    class Meta:
        order_by = ()


class ClockTable(ContractTable):
    """The same by what is due: the day and the duty come first."""

    @classmethod
    def shown_by_default(cls):
        first = ["number", "due", "due_on"]
        return [*first, *(name for name in super().shown_by_default() if name not in first)]

    class Meta:
        order_by = ()


class Gates(tables.Column):
    """The three gates of a lot as marks with words."""

    css = "nowrap"

    def writer(self, page):
        words = [
            escape(pgettext("gate", "renovated")),
            escape(pgettext("gate", "awarded")),
            escape(pgettext("gate", "kept")),
        ]

        def write(*days):
            return " ".join(
                f'<span class="pass">✓ {word}</span>'
                if day
                else f'<span class="muted">○ {word}</span>'
                for word, day in zip(words, days, strict=True)
            )

        return write

    def in_words(self, page):
        return lambda *days: sum(day is not None for day in days)


class Sum(tables.Column):
    """A number of the members of a lot, summed."""

    css = "num"

    def __init__(self, label, *, of: str, places: int = 0, **kwargs):
        super().__init__(label, reads=("pk",), sorts=(), **kwargs)
        self.of, self.places = of, places

    def writer(self, page):
        sums, name, places = page["sums"], self.of, self.places

        def write(pk):
            value = sums.get(pk, {}).get(name)
            return UNKNOWN if value is None else f"{value:,.{places}f}"

        return write

    def in_words(self, page):
        return lambda pk: page["sums"].get(pk, {}).get(self.of)


class LotTable(tables.ListTable):
    """Lots, one a row."""

    name = Link(_label("name", Lot), to="contracts:lot_detail", reads=("name", "pk"), is_fixed=True)
    kind = tables.Choice(_label("kind", Lot), choices=Lot.Kind.choices)
    street = Place(gettext_lazy("street"), reads=("street_id",), sorts=("street__code",))
    count = Sum(gettext_lazy("compounds"), of="count")
    households = Sum(gettext_lazy("households"), of="households")
    area = Sum(gettext_lazy("chargeable area (m²)"), of="area", places=2)
    gates = Gates(
        gettext_lazy("three gates"), reads=("renovated_on", "taken_on", "kept_on"), sorts=()
    )
    provider = tables.Column(_label("provider", Lot), reads=("provider__name",))
    closed_on = tables.Day(_label("closed_on", Lot), is_shown=False)

    class Meta:
        order_by = ()
