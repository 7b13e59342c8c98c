"""The tables: entitlements, public notices, objections."""

from html import escape

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compounds.registry.tables import Place
from governance.foundation import tables
from governance.foundation.tables import UNKNOWN

from .models import Entitlement, Objection, PublicNotice

STATE_CLASS = {
    "DRAFT": "warn",
    "SUBMITTED": "warn",
    "COMMUNITY_CHECKED": "warn",
    "STREET_REVIEWED": "warn",
    "DISTRICT_REVIEWED": "warn",
    "PUBLICISED": "plain",
    "APPROVED": "ok",
    "SUSPENDED": "bad",
    "EXITED": "fallback",
    "CLOSED": "fallback",
    "REJECTED": "bad",
    "WITHDRAWN": "fallback",
}
OBJECTION_CLASS = {"OPEN": "bad", "UPHELD": "warn", "DISMISSED": "fallback"}


def _of(model):
    return lambda name: model._meta.get_field(name).verbose_name


class Link(tables.Column):
    """A text that leads to the page of a number."""

    css = "name"

    def __init__(self, label, *, to: str, **kwargs):
        super().__init__(label, **kwargs)
        self.to = to

    def writer(self, page):
        base, _sep, tail = reverse(self.to, args=[0]).partition("0")
        return lambda name, pk: (
            f'<a href="{base}{pk}{tail}">{escape(name)}</a>' if name else tables.UNKNOWN
        )

    def in_words(self, page):
        return lambda name, pk: name


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


class Money(tables.Area):
    """Yuan with two decimals."""


class Due(tables.Column):
    """How long until the next step is due."""

    css = "nowrap"

    def writer(self, page):
        today = page["today"]
        left, over = escape(_("%(n)s days left")), escape(_("%(n)s days over"))
        last = escape(_("today"))

        def write(due_on):
            if due_on is None:
                return tables.UNKNOWN
            days = (due_on - today).days
            if days < 0:
                words, css = over % {"n": -days}, "fail"
            else:
                words, css = (left % {"n": days} if days else last), "unk" if days < 3 else ""
            return f'<time class="{css}" datetime="{due_on}" title="{due_on}">{words}</time>'

        return write


class Programme(tables.Column):
    """The programme by its name and edition."""

    def writer(self, page):
        return lambda name, edition: escape(f"{name} v{edition}")

    def in_words(self, page):
        return lambda name, edition: f"{name} v{edition}"


_label = _of(Entitlement)


class EntitlementTable(tables.ListTable):
    """Entitlements, one a row."""

    compound = Link(
        _label("compound"),
        to="entitlements:entitlement_detail",
        reads=("compound__name", "pk"),
        sorts=("compound__name",),
        is_fixed=True,
    )
    number = tables.Column(_label("number"), css="nowrap")
    code = tables.Column(gettext_lazy("compound code"), reads=("compound__code",), is_shown=False)
    street = Place(
        gettext_lazy("street"), reads=("street_id",), sorts=(), css="nowrap", is_shown=False
    )
    community = Place(gettext_lazy("community"), reads=("community_id",), sorts=(), css="nowrap")
    provider = Link(
        _label("provider"),
        to="providers:provider_detail",
        css="firm",
        reads=("provider__name", "provider_id"),
    )
    programme = Programme(
        _label("programme"), reads=("programme__name", "programme__edition"), is_shown=False
    )
    area = tables.Area(_label("area_m2"), reads=("area_m2",))
    households = tables.Number(
        _label("household_count"), reads=("household_count",), is_shown=False
    )
    months = tables.Number(gettext_lazy("Months"), reads=("months",), sorts=())
    starts_on = tables.Day(_label("starts_on"))
    ends_on = tables.Day(_label("ends_on"), is_shown=False)
    amount = Money(_label("amount"))
    obligation = Money(
        gettext_lazy("of it obligations of later years"),
        reads=("obligation",),
        sorts=(),
        is_shown=False,
    )
    state = Chip(
        _label("state"), choices=Entitlement.State.choices, chips=STATE_CLASS, css="nowrap"
    )
    due = Due(_label("due_on"), reads=("due_on",))
    document = tables.Column(_label("document"), sorts=(), is_shown=False)
    approved_on = tables.Day(_label("approved_on"), is_shown=False)
    notice = tables.Column(_label("notice"), reads=("notice__number",), sorts=(), is_shown=False)
    exited_on = tables.Day(_label("exited_on"), is_shown=False)
    exit_reason = tables.Choice(
        _label("exit_reason"), choices=Entitlement.ExitReason.choices, sorts=(), is_shown=False
    )
    serial = tables.Number(gettext_lazy("serial number"), reads=("pk",), is_shown=False)

    unique_paths = ("pk",)

    class Meta:
        order_by = ()


_of_notice = _of(PublicNotice)


class NoticeTable(tables.ListTable):
    """Public notices, one a row."""

    number = Link(
        _of_notice("number"),
        to="entitlements:notice_detail",
        reads=("number", "pk"),
        sorts=("number",),
        is_fixed=True,
    )
    title = tables.Column(_of_notice("title"), sorts=())
    starts_on = tables.Day(_of_notice("starts_on"))
    ends_on = tables.Day(_of_notice("ends_on"))
    place = tables.Column(_of_notice("place_posted"), reads=("place_posted",), sorts=())
    serial = tables.Number(gettext_lazy("serial number"), reads=("pk",), is_shown=False)

    unique_paths = ("pk",)

    class Meta:
        order_by = ()


_of_objection = _of(Objection)


class Answer(tables.Column):
    """The answer; of an open objection the door to it, for others than who recorded it."""

    def writer(self, page):
        base, _sep, tail = reverse("entitlements:objection_settle", args=[0]).partition("0")
        label, who = escape(_("Settle it")), page.get("settles")

        def write(answer, state, recorded_by, pk):
            if state != Objection.State.OPEN or who is None:
                return escape(answer) or UNKNOWN
            if recorded_by == who:
                words = escape(_("somebody other than who recorded it"))
                return f'<small class="muted">{words}</small>'
            return f'<a class="btn small" href="{base}{pk}{tail}">{label}</a>'

        return write

    def in_words(self, page):
        return lambda answer, *rest: answer


class ObjectionTable(tables.ListTable):
    """Objections, one a row."""

    compound = Link(
        gettext_lazy("compound"),
        to="entitlements:entitlement_detail",
        reads=("entitlement__compound__name", "entitlement_id"),
        sorts=("entitlement__compound__name",),
        is_fixed=True,
    )
    community = Place(gettext_lazy("community"), reads=("community_id",), sorts=(), css="nowrap")
    notice = Link(
        _of_objection("notice"),
        to="entitlements:notice_detail",
        css="nowrap",
        reads=("notice__number", "notice_id"),
        sorts=(),
    )
    received_on = tables.Day(_of_objection("received_on"))
    said = tables.Column(_of_objection("said"), sorts=())
    state = Chip(
        _of_objection("state"),
        choices=Objection.State.choices,
        chips=OBJECTION_CLASS,
        css="nowrap",
    )
    answer = Answer(
        _of_objection("answer"),
        reads=("answer", "state", "recorded_by_id", "pk"),
        sorts=(),
    )
    settled_on = tables.Day(_of_objection("settled_on"), is_shown=False)
    serial = tables.Number(gettext_lazy("serial number"), reads=("pk",), is_shown=False)

    unique_paths = ("pk",)

    class Meta:
        order_by = ()
