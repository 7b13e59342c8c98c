"""Tables of the watch: compounds by points, visits and orders, lost services."""

from html import escape

from django.urls import reverse
from django.utils.translation import gettext_lazy, pgettext

from compounds.registry.tables import Place
from governance.foundation import dates, tables
from governance.foundation.tables import UNKNOWN, plain

from .models import Case, Loss, WatchScore, WatchTask
from .models.watch import Band
from .watch_wording import BAND_CLASS, names_of

LOSS_CLASS = {"REPORTED": "warn", "CONFIRMED": "bad", "REJECTED": ""}


def _of(model, name):
    return model._meta.get_field(name).verbose_name


def chip(css: str, words) -> str:
    return f'<span class="chip {css}">{plain(words)}</span>'


class Linked(tables.Column):
    """A name as a link to the page of the second value."""

    css = "name"

    def __init__(self, label, page, **kwargs):
        super().__init__(label, **kwargs)
        self.page_name = page

    def writer(self, page):
        base, _sep, tail = reverse(self.page_name, args=[0]).partition("0")
        return lambda name, pk: f'<a href="{base}{pk}{tail}">{escape(name)}</a>'

    def in_words(self, page):
        return lambda name, pk: name


class Chips(tables.Column):
    """One of a closed list as its chip."""

    css = "nowrap"

    def __init__(self, label, *, choices, classes, **kwargs):
        super().__init__(label, **kwargs)
        self.choices, self.classes = tuple(choices), classes

    def writer(self, page):
        words = {code: chip(self.classes.get(code, ""), label) for code, label in self.choices}
        return lambda value: words.get(value, UNKNOWN)

    def in_words(self, page):
        words = {code: str(label) for code, label in self.choices}
        return lambda value: words.get(value)


class Hits(tables.Column):
    """Signals that count, in words."""

    css = "reasons"

    def writer(self, page):
        return lambda value: escape(names_of((value or "").split())) or UNKNOWN

    def in_words(self, page):
        return lambda value: names_of((value or "").split())


class Due(tables.Column):
    """A last day; late ones say so, done ones are plain."""

    css = "nowrap"

    def writer(self, page):
        today, late = dates.today(), chip("bad", pgettext("task of the watch", "late"))

        def write(due_on, done_on):
            is_late = done_on is None and due_on < today
            return f"{due_on.isoformat()} {late}" if is_late else due_on.isoformat()

        return write

    def in_words(self, page):
        return lambda due_on, done_on: due_on


class OpenTask(tables.Column):
    """The open visit or order, read beside the rows by their case."""

    css = "nowrap inline"

    def writer(self, page):
        today, found = dates.today(), page.get("tasks", {})
        late, words = (
            chip("bad", pgettext("task of the watch", "late")),
            dict(WatchTask.Kind.choices),
        )
        base, _sep, tail = reverse("clearing:watch_task_detail", args=[0]).partition("0")

        def write(case):
            if case not in found:
                return UNKNOWN
            pk, kind, due_on = found[case]
            mark = f" {late}" if due_on < today else ""
            return f'<a href="{base}{pk}{tail}">{plain(words[kind])}</a> {due_on:%m-%d}{mark}'

        return write


class WatchTable(tables.ListTable):
    """Compounds under watch, one a row."""

    name = Linked(
        gettext_lazy("compound"),
        "clearing:watch_detail",
        reads=("case__compound__name", "case_id"),
        sorts=("case__compound__name",),
        is_fixed=True,
    )
    band = Chips(
        _of(WatchScore, "band"), choices=Band.choices, classes=BAND_CLASS, sorts=("score",)
    )
    score = tables.Number(_of(WatchScore, "score"))
    hits = Hits(_of(WatchScore, "hits"), sorts=())
    street = Place(gettext_lazy("street"), reads=("street_id",), sorts=(), css="nowrap aside")
    community = Place(gettext_lazy("community"), reads=("community_id",), sorts=())
    provider = tables.Column(
        gettext_lazy("provider"), reads=("case__provider__name",), sorts=(), css="aside"
    )
    task = OpenTask(gettext_lazy("visit or order"), reads=("case_id",), sorts=())
    cleared_on = tables.Day(_of(Case, "cleared_on"), reads=("case__cleared_on",), css="num aside")
    watched_until = tables.Day(
        _of(Case, "watched_until"), reads=("case__watched_until",), is_shown=False
    )
    rebound_count = tables.Number(
        _of(Case, "rebound_count"), reads=("case__rebound_count",), sorts=(), is_shown=False
    )
    as_of = tables.Day(_of(WatchScore, "as_of"), is_shown=False)

    class Meta:
        order_by = ()


class WatchTaskTable(tables.ListTable):
    """Visits and orders, one a row."""

    name = Linked(
        gettext_lazy("compound"),
        "clearing:watch_task_detail",
        reads=("case__compound__name", "pk"),
        sorts=("case__compound__name",),
        is_fixed=True,
    )
    kind = Chips(
        _of(WatchTask, "kind"),
        choices=WatchTask.Kind.choices,
        classes={"ORDER": "bad", "VISIT": "warn"},
        sorts=("kind",),
    )
    due_on = Due(_of(WatchTask, "due_on"), reads=("due_on", "done_on"), sorts=("due_on",))
    band = Chips(
        gettext_lazy("band now"),
        choices=Band.choices,
        classes=BAND_CLASS,
        reads=("case__band",),
        sorts=(),
    )
    hits = Hits(gettext_lazy("why"), reads=("score__hits",), sorts=())
    assigned_to = tables.Column(_of(WatchTask, "assigned_to"), sorts=())
    street = Place(gettext_lazy("street"), reads=("street_id",), sorts=(), css="nowrap aside")
    community = Place(gettext_lazy("community"), reads=("community_id",), sorts=())
    opened_on = tables.Day(_of(WatchTask, "opened_on"), css="num aside")
    escalated_on = tables.Day(_of(WatchTask, "escalated_on"), sorts=(), is_shown=False)
    done_on = tables.Day(_of(WatchTask, "done_on"), sorts=(), is_shown=False)
    result = tables.Column(_of(WatchTask, "result"), sorts=(), is_shown=False)

    class Meta:
        order_by = ()


class LossTable(tables.ListTable):
    """Lost services, one a row."""

    name = Linked(
        gettext_lazy("compound"),
        "clearing:loss_detail",
        reads=("case__compound__name", "pk"),
        sorts=("case__compound__name",),
        is_fixed=True,
    )
    lost_on = tables.Day(_of(Loss, "lost_on"))
    state = Chips(
        _of(Loss, "state"), choices=Loss.State.choices, classes=LOSS_CLASS, sorts=("state",)
    )
    reason = tables.Column(_of(Loss, "reason"), sorts=())
    street = Place(gettext_lazy("street"), reads=("street_id",), sorts=(), css="nowrap aside")
    community = Place(gettext_lazy("community"), reads=("community_id",), sorts=())
    first_cleared_on = tables.Day(
        _of(Case, "first_cleared_on"), reads=("case__first_cleared_on",), sorts=(), css="num aside"
    )
    rebound_count = tables.Number(
        _of(Case, "rebound_count"), reads=("case__rebound_count",), sorts=()
    )
    decided_on = tables.Day(_of(Loss, "decided_on"), sorts=())
    emergency = tables.Column(
        _of(Loss, "emergency_provider"), reads=("emergency_provider__name",), sorts=()
    )
    emergency_until = tables.Day(_of(Loss, "emergency_until"), sorts=(), is_shown=False)
    document = tables.Column(_of(Loss, "document"), sorts=(), is_shown=False)

    class Meta:
        order_by = ()
