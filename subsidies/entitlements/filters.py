"""Filters of the lists: entitlements, notices, objections."""

import datetime as dt

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.registry.filters import PlacedFilterSet
from governance.foundation.filters import (
    ChoiceFilter,
    DayFilter,
    NumberFilter,
    WordsFilter,
)

from . import questions
from .models import Entitlement, Objection

OPEN, APPLIED, RUNNING, ALL = "OPEN", "APPLIED", "RUNNING", "ALL"
OVERDUE, SOON = "overdue", "soon"
SOON_DAYS = dt.timedelta(days=7)
YES = (("true", _("yes")),)


class StateFilter(ChoiceFilter):
    """One state, all that is open, on its way or running, or everything."""

    def filter(self, queryset, value):
        if value in (None, "", ALL):
            return queryset
        if value == OPEN:
            return queryset.open()
        if value == APPLIED:
            return queryset.filter(state__in=Entitlement.BEFORE_APPROVAL)
        if value == RUNNING:
            return queryset.filter(state__in=["APPROVED", "SUSPENDED"])
        return queryset.filter(state=value)


class MineFilter(ChoiceFilter):
    """What waits for the reader."""

    def filter(self, queryset, value):
        if value != "true":
            return queryset
        page = self.parent.page
        return queryset.filter(questions.waits_for(page["user"], today=page["today"]))


class DueFilter(ChoiceFilter):
    """By the day on which the next step is due."""

    def filter(self, queryset, value):
        today = self.parent.page["today"]
        if value == OVERDUE:
            return queryset.filter(due_on__lt=today)
        if value == SOON:
            return queryset.filter(due_on__lte=today + SOON_DAYS)
        return queryset


class IdFilter(NumberFilter):
    """A record by its number: for links from its page."""

    def filter(self, queryset, value):
        return queryset if value is None else queryset.filter(**{self.field_name: int(value)})


class ProgrammeFilter(IdFilter):
    """One of the programmes of the reader's districts."""

    kind = "select"


class EntitlementFilterSet(PlacedFilterSet):
    q = WordsFilter(
        *("number", "compound__name", "compound__code", "provider__name"),
        label=_("Number, compound, code or firm"),
    )
    state = StateFilter(
        choices=[
            (OPEN, pgettext_lazy("entitlements", "all that are open")),
            (APPLIED, pgettext_lazy("entitlements", "before approval")),
            (RUNNING, pgettext_lazy("entitlements", "approved and running")),
            *Entitlement.State.choices,
            (ALL, pgettext_lazy("entitlements", "all")),
        ],
        label=_("state"),
    )
    mine = MineFilter(choices=YES, label=_("waiting for me"))
    due = DueFilter(
        choices=[(OVERDUE, _("overdue")), (SOON, _("overdue or due within 7 days"))],
        label=_("deadline"),
    )
    programme = ProgrammeFilter(field_name="programme", label=_("programme"))
    provider = IdFilter(field_name="provider", label=_("number of the firm"))
    notice = IdFilter(field_name="notice", label=_("number of the notice"))
    starts_from = DayFilter(field_name="starts_on", lookup_expr="gte", label=_("term begins from"))
    ends_until = DayFilter(field_name="ends_on", lookup_expr="lte", label=_("term ends until"))

    line = ("q", "street", "community", "state", "mine", "due", "programme")
    groups = ((_("More"), ("provider", "notice", "starts_from", "ends_until")),)
    scoped = ("street", "community", "programme")
    defaults = {"state": OPEN}

    def choices_of(self, name):
        if name == "programme":
            return self.page["programmes"]
        return super().choices_of(name)

    def in_words(self, name, value):
        if name == "programme":
            return str(dict(self.page["programmes"]).get(int(value), int(value)))
        return super().in_words(name, value)

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]


class NoticeFilterSet(PlacedFilterSet):
    q = WordsFilter("number", "title", "place_posted", label=_("Number or title"))
    line = ("q",)

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]


class ObjectionFilterSet(PlacedFilterSet):
    q = WordsFilter("said", "entitlement__number", "entitlement__compound__name", label=_("Search"))
    state = ChoiceFilter(choices=Objection.State.choices, label=_("state"))
    line = ("q", "street", "community", "state")
    scoped = ("street", "community")

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]
