"""The table of places in a plan."""

from html import escape

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from compounds.registry.tables import Place
from governance.foundation import tables

from .models import PlanPlace
from .reasons import reason_in_words

OUTCOME_CLASS = {
    "KEPT": "plain",
    "MOVED": "warn",
    "TAKEN": "ok",
    "LOST": "bad",
    "STAYS": "fallback",
}


class ToPlace(tables.Column):
    """The compound, as a link to why it stands where it stands."""

    css = "name"

    def writer(self, page):
        base = reverse("planning:plan_detail", args=[page["run"].pk])
        return lambda name, code: f'<a href="{base}places/{escape(code)}/">{escape(name)}</a>'

    def in_words(self, page):
        return lambda name, code: name


class ToBundle(tables.Column):
    """Who serves it in the plan, as a link to the bundle."""

    css = "firm"

    def writer(self, page):
        base = reverse("planning:plan_detail", args=[page["run"].pk])
        centre = escape(str(page["centre"]))

        def write(number, firm, street):
            if number is None:
                return tables.UNKNOWN
            name = escape(firm) if firm else f"{escape(street or '')} {centre}"
            if not page["is_whole"]:
                return name  # bundles reach beyond the reader's posts
            return f'<a href="{base}bundles/{number}/">{name}</a>'

        return write

    def in_words(self, page):
        centre = str(page["centre"])
        return lambda number, firm, street: firm or (f"{street} {centre}" if number else None)


class Outcome(tables.Choice):
    """What becomes of a compound, as a word in a chip."""

    def writer(self, page):
        words = {
            code: f'<span class="chip {OUTCOME_CLASS[code]}">{tables.plain(label)}</span>'
            for code, label in self.choices
        }
        return lambda value: words.get(value, tables.UNKNOWN)


class Reason(tables.Column):
    """Why it stands where it stands, in one line."""

    css = "because"

    def writer(self, page):
        words = self.in_words(page)
        return lambda account, outcome: escape(words(account, outcome))

    def in_words(self, page):
        run, names = page["run"], page["names"]
        return lambda account, outcome: reason_in_words(account, outcome, run, names)


def _label(name):
    return PlanPlace._meta.get_field(name).verbose_name


class PlaceTable(tables.ListTable):
    """Compounds of a plan, one a row."""

    compound = ToPlace(
        _label("compound"),
        reads=("compound__name", "compound__code"),
        sorts=("compound__name",),
        is_fixed=True,
    )
    street = Place(_("street"), reads=("street_id",), sorts=(), css="nowrap", is_shown=False)
    community = Place(_("community"), reads=("community_id",), sorts=(), css="nowrap")
    outcome = Outcome(_label("outcome"), choices=PlanPlace.Outcome.choices, css="nowrap")
    today = tables.Column(_label("today"), reads=("today__name",), css="firm")
    bundle = ToBundle(
        _("provider in the plan"),
        reads=("bundle__number", "bundle__provider__name", "bundle__centre_of__name"),
        sorts=("bundle__number",),
    )
    metres = tables.Number(_label("metres"))
    households = tables.Number(_label("households"))
    area_m2 = tables.Area(_label("area_m2"), is_shown=False)
    margin = tables.Area(_label("margin"))
    next_price = tables.Area(_label("next_price"))
    stay_price = tables.Area(_label("stay_price"), is_shown=False)
    reason = Reason(_("reason"), reads=("account", "outcome"), sorts=(), is_shown=False)
    number = tables.Number(_("number"), reads=("pk",), is_shown=False)

    unique_paths = ("pk",)

    class Meta:
        order_by = ()


class PlaceBook(PlaceTable):
    """The same as a workbook: its reasons go with it unless other columns were chosen."""

    @classmethod
    def shown_by_default(cls):
        return [*super().shown_by_default(), "stay_price", "reason"]

    class Meta(PlaceTable.Meta):
        pass
