"""The tables: assignments, locks, refusals."""

from html import escape

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compounds.registry.models import Strategy
from compounds.registry.tables import Place
from governance.foundation import tables
from governance.foundation.templatetags.look import STRATEGY_CLASS

from .models import Assignment, AssignmentLock, Refusal

STATE_CLASS = {
    "PROPOSED": "warn",
    "STREET_REVIEWED": "warn",
    "DISTRICT_APPROVED": "plain",
    "ACTIVE": "ok",
    "ENDED": "fallback",
    "WITHDRAWN": "fallback",
}


class Link(tables.Column):
    """A text that leads to the page of a number."""

    css = "name"
    to = ""

    def writer(self, page):
        base, _sep, tail = reverse(self.to, args=[0]).partition("0")
        return lambda name, pk: (
            f'<a href="{base}{pk}{tail}">{escape(name)}</a>' if name else tables.UNKNOWN
        )

    def in_words(self, page):
        return lambda name, pk: name


class ToAssignment(Link):
    to = "assignment:assignment_detail"


class ToProvider(Link):
    to = "providers:provider_detail"
    css = "firm"


class ToCandidates(tables.Column):
    """The compound, as a link to its candidates."""

    css = "name"
    SAMPLE = "140000000000-0000"

    def writer(self, page):
        address = reverse("assignment:candidates", args=[self.SAMPLE])
        base, _sep, tail = address.partition(self.SAMPLE)
        return lambda name, code: f'<a href="{base}{escape(code)}{tail}">{escape(name)}</a>'

    def in_words(self, page):
        return lambda name, code: name


class Chip(tables.Choice):
    """A code as a word in a chip of its class."""

    def __init__(self, label, *, chips, **kwargs):
        super().__init__(label, **kwargs)
        self.chips = chips

    def writer(self, page):
        words = {
            code: f'<span class="chip {self.chips.get(code, "")}">{tables.plain(label)}</span>'
            for code, label in self.choices
        }
        return lambda value: words.get(value, tables.UNKNOWN)


class Charged(tables.Area):
    """What is charged, else what is built."""

    def writer(self, page):
        write = super().writer(page)
        return lambda charged, built: write(charged if charged else built)

    def in_words(self, page):
        return lambda charged, built: charged if charged else built


def _of(model):
    return lambda name: model._meta.get_field(name).verbose_name


_label = _of(Assignment)


class AssignmentTable(tables.ListTable):
    """Assignments, one a row."""

    compound = ToAssignment(
        _label("compound"), reads=("compound__name", "pk"), sorts=("compound__name",), is_fixed=True
    )
    code = tables.Column(gettext_lazy("compound code"), reads=("compound__code",), is_shown=False)
    street = Place(
        gettext_lazy("street"), reads=("street_id",), sorts=(), css="nowrap", is_shown=False
    )
    community = Place(gettext_lazy("community"), reads=("community_id",), sorts=(), css="nowrap")
    strategy = Chip(
        _label("strategy"), choices=Strategy.choices, chips=STRATEGY_CLASS, css="nowrap"
    )
    provider = ToProvider(_label("provider"), reads=("provider__name", "provider_id"))
    state = Chip(_label("state"), choices=Assignment.State.choices, chips=STATE_CLASS, css="nowrap")
    households = tables.Number(
        gettext_lazy("households"), reads=("compound__household_count",), sorts=()
    )
    area = Charged(
        gettext_lazy("area (m²)"),
        reads=("compound__chargeable_area_m2", "compound__floor_area_m2"),
        sorts=(),
    )
    planned_on = tables.Day(_label("planned_on"), is_shown=False)
    starts_on = tables.Day(_label("starts_on"))
    ended_on = tables.Day(_label("ended_on"), is_shown=False)
    end_reason = tables.Choice(
        _label("end_reason"), choices=Assignment.EndReason.choices, sorts=(), is_shown=False
    )
    prepared_by = tables.Column(
        _label("prepared_by"), reads=("prepared_by__display_name",), sorts=(), is_shown=False
    )
    document = tables.Column(_label("document"), sorts=(), is_shown=False)
    reason = tables.Column(_label("reason"), sorts=(), is_shown=False)
    exception_reason = tables.Column(_label("exception_reason"), sorts=(), is_shown=False)
    number = tables.Number(gettext_lazy("number"), reads=("pk",), is_shown=False)

    unique_paths = ("pk",)

    class Meta:
        order_by = ()


class Until(tables.Column):
    """In force, until which day, or released."""

    css = "nowrap"

    def writer(self, page):
        stands, released = escape(_("in force")), escape(_("released"))

        def write(released_on, until=None):
            if released_on:
                return f'<span class="chip fallback">{released} {released_on.isoformat()}</span>'
            more = f" ≤ {until.isoformat()}" if until else ""
            return f'<span class="chip warn">{stands}{more}</span>'

        return write


class Release(tables.Column):
    """The door to release, while it stands."""

    css = "nowrap"
    to = ""

    def writer(self, page):
        base, _sep, tail = reverse(self.to, args=[0]).partition("0")
        words = escape(_("Release"))
        may = page.get("may_propose")
        return lambda pk, released_on: (
            "" if released_on or not may else f'<a href="{base}{pk}{tail}">{words}</a>'
        )


class ReleaseLock(Release):
    to = "assignment:lock_release"


class ReleaseRefusal(Release):
    to = "assignment:refusal_release"


_of_lock = _of(AssignmentLock)
_of_refusal = _of(Refusal)


class LockTable(tables.ListTable):
    """Locks, one a row."""

    compound = ToCandidates(
        _of_lock("compound"), reads=("compound__name", "compound__code"), is_fixed=True
    )
    community = Place(gettext_lazy("community"), reads=("community_id",), sorts=(), css="nowrap")
    kind = tables.Choice(_of_lock("kind"), choices=AssignmentLock.Kind.choices)
    provider = ToProvider(_of_lock("provider"), reads=("provider__name", "provider_id"), sorts=())
    reason = tables.Column(_of_lock("reason"), sorts=())
    document = tables.Column(_of_lock("document"), sorts=(), is_shown=False)
    standing = Until(gettext_lazy("state"), reads=("released_on", "until"), sorts=())
    release_reason = tables.Column(_of_lock("release_reason"), sorts=(), is_shown=False)
    release = ReleaseLock(gettext_lazy("act"), reads=("pk", "released_on"), sorts=())
    number = tables.Number(gettext_lazy("number"), reads=("pk",), is_shown=False)

    unique_paths = ("pk",)

    class Meta:
        order_by = ()


class RefusalTable(tables.ListTable):
    """Refusals, one a row."""

    compound = ToCandidates(
        _of_refusal("compound"), reads=("compound__name", "compound__code"), is_fixed=True
    )
    community = Place(gettext_lazy("community"), reads=("community_id",), sorts=(), css="nowrap")
    provider = ToProvider(
        _of_refusal("provider"), reads=("provider__name", "provider_id"), sorts=()
    )
    party = tables.Choice(_of_refusal("party"), choices=Refusal.Party.choices)
    on = tables.Day(_of_refusal("on"))
    reason = tables.Column(_of_refusal("reason"), sorts=())
    document = tables.Column(_of_refusal("document"), sorts=(), is_shown=False)
    standing = Until(gettext_lazy("state"), reads=("released_on",), sorts=())
    release_reason = tables.Column(_of_refusal("release_reason"), sorts=(), is_shown=False)
    release = ReleaseRefusal(gettext_lazy("act"), reads=("pk", "released_on"), sorts=())

    class Meta:
        order_by = ()
