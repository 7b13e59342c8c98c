"""The table of clusters: the five haves as a mark and a word each."""

from html import escape

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from compounds.registry.tables import Place
from governance.foundation import tables
from governance.foundation.tables import UNKNOWN

from .models import Cluster, FiveHave


def _label(name):
    return Cluster._meta.get_field(name).verbose_name


class Name(tables.Column):
    """The cluster as a link; emergency mode is marked."""

    css = "name"

    def writer(self, page):
        base, _sep, tail = reverse("clusters:cluster_detail", args=[0]).partition("0")
        mark = ' <span class="chip bad">{}</span>'.format(escape(_("emergency mode")))
        return lambda name, pk, is_emergency: (
            f'<a href="{base}{pk}{tail}">{escape(name)}</a>{mark if is_emergency else ""}'
        )

    def in_words(self, page):
        return lambda name, pk, is_emergency: name


class Item(tables.Column):
    """Whether an item is in place, as a mark with a word."""

    css = "nowrap"

    def __init__(self, item: str, **kwargs):
        super().__init__(FiveHave.Item(item).label, reads=("pk",), sorts=(), **kwargs)
        self.item = item

    def writer(self, page):
        cells = {
            True: '<span class="pass">✓ {}</span>'.format(escape(pgettext("item", "there"))),
            False: '<span class="fail">✕ {}</span>'.format(escape(pgettext("item", "missing"))),
            None: '<span class="unk">? {}</span>'.format(escape(_("not checked"))),
        }
        marks, item = page["marks"], self.item
        return lambda pk: cells[marks.get((pk, item))]

    def in_words(self, page):
        words = {True: pgettext("item", "there"), False: pgettext("item", "missing"), None: None}
        marks, item = page["marks"], self.item
        return lambda pk: words[marks.get((pk, item))]


class Passes(tables.Column):
    """All five, or how many of them."""

    css = "nowrap"

    def writer(self, page):
        marks = page["marks"]
        passes = '<span class="chip ok">{}</span>'.format(escape(_("all five")))

        def write(pk):
            count = sum(marks.get((pk, item)) is True for item in FiveHave.Item.values)
            if count == len(FiveHave.Item):
                return passes
            return f'<span class="chip bad">{count}/{len(FiveHave.Item)}</span>'

        return write

    def in_words(self, page):
        marks = page["marks"]
        return lambda pk: sum(marks.get((pk, item)) is True for item in FiveHave.Item.values)


class Compounds(tables.Column):
    """How many compounds the cluster holds."""

    css = "num"

    def writer(self, page):
        counts = page["compounds"]
        return lambda pk: str(counts.get(pk, 0))

    def in_words(self, page):
        counts = page["compounds"]
        return lambda pk: counts.get(pk, 0)


class Organisation(tables.Column):
    """The party organisation; one that was dissolved is marked."""

    def writer(self, page):
        base, _sep, tail = reverse("party_grid:organisation_detail", args=[0]).partition("0")
        gone = ' <span class="chip bad">{}</span>'.format(escape(_("dissolved")))

        def write(pk, name, dissolved_on):
            if pk is None:
                return UNKNOWN
            link = f'<a href="{base}{pk}{tail}">{escape(name)}</a>'
            return link + (gone if dissolved_on else "")

        return write

    def in_words(self, page):
        return lambda pk, name, dissolved_on: name


class ClusterTable(tables.ListTable):
    """Clusters, one a row."""

    name = Name(_label("name"), reads=("name", "pk", "is_emergency"), is_fixed=True)
    code = tables.Column(_label("code"), css="nowrap")
    street = Place(gettext_lazy("street"), reads=("street_id",), sorts=("street__code",))
    community = Place(
        gettext_lazy("community"), reads=("community_id",), sorts=("community__code",)
    )
    compounds = Compounds(gettext_lazy("compounds"), reads=("pk",), sorts=())
    passes = Passes(gettext_lazy("five haves"), reads=("pk",), sorts=())
    organisation = Item(FiveHave.Item.ORGANISATION)
    venue = Item(FiveHave.Item.VENUE)
    ledger = Item(FiveHave.Item.LEDGER)
    contact = Item(FiveHave.Item.CONTACT)
    emergency_plan = Item(FiveHave.Item.EMERGENCY_PLAN)
    led_by = Organisation(
        _label("organisation"),
        reads=("organisation_id", "organisation__name", "organisation__dissolved_on"),
        sorts=("organisation__name",),
        is_shown=False,
    )

    class Meta:
        order_by = ()
