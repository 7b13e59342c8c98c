"""Filters of the lists: assignments, locks, refusals."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.registry.filters import PlacedFilterSet
from compounds.registry.models import Strategy
from governance.foundation.filters import ChoiceFilter, NumberFilter, WordsFilter

from . import origins, questions
from .models import Assignment, AssignmentLock, Refusal

OPEN, PREPARED, ALL, MINE = "OPEN", "PREPARED", "ALL", "MINE"
YES_NO = (("true", _("yes")), ("false", _("no")))


PARTIES = ("compound__name", "compound__code", "provider__name")


class StateFilter(ChoiceFilter):
    """One state, all that is on its way or open, what waits for the reader, or everything."""

    def filter(self, queryset, value):
        if value in (None, "", ALL):
            return queryset
        if value == OPEN:
            return queryset.open()
        if value == PREPARED:
            return queryset.prepared()
        if value == MINE:
            return queryset.filter(questions.waits_for(self.parent.page["user"]))
        return queryset.filter(state=value)


class ExceptionFilter(ChoiceFilter):
    """Whether a firm was taken that lacked something."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        plain = Q(exception_reason="")
        return queryset.filter(~plain if value == "true" else plain)


class ProviderFilter(NumberFilter):
    """A provider by its number: for links from its page."""

    def filter(self, queryset, value):
        return queryset if value is None else queryset.filter(provider=int(value))


class OriginFilter(NumberFilter):
    """All that was proposed from a plan: for links from its page."""

    def filter(self, queryset, value):
        if value is None:
            return queryset
        origin = origins.of_number(self.parent.page["user"], int(value))
        if origin is None:
            return queryset.none()
        return queryset.filter(pk__in=origins.proposed_from(origin.batch).values("assignment"))


class AssignmentFilterSet(PlacedFilterSet):
    q = WordsFilter(*PARTIES, label=_("Compound, code or provider"))
    state = StateFilter(
        choices=[
            (OPEN, pgettext_lazy("assignments", "all that are open")),
            (MINE, pgettext_lazy("assignments", "waiting for me")),
            (PREPARED, pgettext_lazy("assignments", "on their way")),
            *Assignment.State.choices,
            (ALL, pgettext_lazy("assignments", "all")),
        ],
        label=_("state"),
    )
    strategy = ChoiceFilter(choices=Strategy.choices, label=_("strategy"))
    exception = ExceptionFilter(choices=YES_NO, label=_("with a recorded exception"))
    source = ChoiceFilter(choices=Assignment.Source.choices, label=_("source"))
    provider = ProviderFilter(label=_("number of the provider"))
    plan = OriginFilter(label=_("from the plan with the number"))

    line = ("q", "street", "community", "state", "strategy")
    groups = ((_("More"), ("exception", "source", "provider", "plan")),)
    scoped = ("street", "community")
    defaults = {"state": OPEN}

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]


class StandingFilter(ChoiceFilter):
    """What stands, what was released, or everything."""

    def filter(self, queryset, value):
        if value == "STANDING":
            return queryset.standing()
        return queryset.exclude(released_on=None) if value == "RELEASED" else queryset


STANDING = (
    ("STANDING", pgettext_lazy("locks and refusals", "in force")),
    ("RELEASED", pgettext_lazy("locks and refusals", "released")),
    (ALL, pgettext_lazy("locks and refusals", "all")),
)


class LockFilterSet(PlacedFilterSet):
    q = WordsFilter(*PARTIES, label=_("Compound, code or provider"))
    kind = ChoiceFilter(choices=AssignmentLock.Kind.choices, label=_("kind of lock"))
    standing = StandingFilter(choices=STANDING, label=_("state"))

    line = ("q", "street", "community", "kind", "standing")
    scoped = ("street", "community")
    defaults = {"standing": "STANDING"}

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]


class RefusalFilterSet(PlacedFilterSet):
    q = WordsFilter(*PARTIES, label=_("Compound, code or provider"))
    party = ChoiceFilter(choices=Refusal.Party.choices, label=_("who refused"))
    standing = StandingFilter(choices=STANDING, label=_("state"))

    line = ("q", "street", "community", "party", "standing")
    scoped = ("street", "community")
    defaults = {"standing": "STANDING"}

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]
