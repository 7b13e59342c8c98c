"""Filters of the lists: contracts by kind, state, deadline and provider; lots."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.registry.filters import PlacedFilterSet
from compounds.registry.models import Compound
from governance.foundation.filters import (
    ChoiceFilter,
    DayFilter,
    NumberFilter,
    TextFilter,
    WordsFilter,
)

from . import deadlines
from .models import Contract, ContractCompound, Lot
from .rules import Duty
from .wording import DUTIES

OVERDUE, SOON, INDEFINITE, OPEN = "overdue", "soon", "indefinite", "OPEN"
YES_NO = (("true", _("yes")), ("false", _("no")))
WITHIN = {"15": 15, "30": 30, "90": 90}


class SearchFilter(WordsFilter):
    """Every word in a column, or in the name or code of a compound of the contract."""

    def matching(self, word):
        compounds = Compound.objects.filter(Q(name__icontains=word) | Q(code__icontains=word))
        covers = ContractCompound.objects.filter(compound__in=compounds)
        return super().matching(word) | Q(pk__in=covers.values("contract"))


class StateFilter(ChoiceFilter):
    def filter(self, queryset, value):
        if value == OPEN:
            return queryset.filter(state__in=["DRAFT", "SIGNED", "FILED"])
        return super().filter(queryset, value)


class DeadlineFilter(ChoiceFilter):
    """By the day on which the next duty is due."""

    def filter(self, queryset, value):
        today = self.parent.page["today"]
        if value == OVERDUE:
            return queryset.filter(deadlines.overdue(today))
        if value == SOON:
            return queryset.filter(deadlines.overdue(today) | deadlines.within(today, 90))
        if value == INDEFINITE:
            return queryset.filter(deadlines.indefinite(today))
        return queryset.filter(deadlines.within(today, WITHIN[value])) if value else queryset


class DutyFilter(ChoiceFilter):
    def filter(self, queryset, value):
        if not value:
            return queryset
        return deadlines.of_duty(queryset, value, self.parent.page["today"])


class WideFilter(ChoiceFilter):
    """Whether a contract reaches several streets: the district files it."""

    def filter(self, queryset, value):
        return queryset.filter(street__isnull=value == "true") if value else queryset


class IdFilter(NumberFilter):
    """A record by its number: for links from its page."""

    def filter(self, queryset, value):
        return queryset if value is None else queryset.filter(**{self.field_name: int(value)})


class CompoundFilter(TextFilter):
    """Contracts that cover the compound with a code."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        covers = ContractCompound.objects.filter(compound__code=value)
        return queryset.filter(pk__in=covers.values("contract"))


class _Placed(PlacedFilterSet):
    """What is typed in the search stands in its field; it needs no chip."""

    scoped = ("street", "community")

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]


class ContractFilterSet(_Placed):
    q = SearchFilter(
        *("number", "filing_number", "party_a_name", "provider__name"),
        label=_("Number, party or compound"),
    )
    kind = ChoiceFilter(choices=Contract.Kind.choices, label=_("kind of contract"))
    state = StateFilter(
        choices=[(OPEN, pgettext_lazy("contracts", "all that are open")), *Contract.State.choices],
        label=_("state"),
    )
    deadline = DeadlineFilter(
        choices=[
            (OVERDUE, _("overdue")),
            (SOON, _("overdue or due within 90 days")),
            ("15", _("due within 15 days")),
            ("30", _("due within 30 days")),
            ("90", _("due within 90 days")),
            (INDEFINITE, _("without a fixed term (948)")),
        ],
        label=_("deadline"),
    )
    duty = DutyFilter(
        choices=[(duty.value, DUTIES[duty]) for duty in Duty if duty != Duty.NONE],
        label=_("what is due next"),
    )
    wide = WideFilter(choices=YES_NO, label=_("reaches several streets"))
    fee_mode = ChoiceFilter(choices=Contract.FeeMode.choices, label=_("way of charging"))
    renewal = ChoiceFilter(choices=Contract.Renewal.choices, label=_("renewal"))
    ends_from = DayFilter(field_name="ends_on", lookup_expr="gte", label=_("runs out from"))
    ends_until = DayFilter(field_name="ends_on", lookup_expr="lte", label=_("runs out until"))
    provider = IdFilter(field_name="provider", label=_("number of the provider"))
    lot = IdFilter(field_name="lot", label=_("number of the lot"))
    compound = CompoundFilter(max_length=20, label=_("compound code"))

    line = ("q", "street", "community", "kind", "state", "deadline")
    groups = (
        (
            _("Terms of the contract"),
            ("duty", "fee_mode", "renewal", "ends_from", "ends_until", "wide"),
        ),
        (_("Links"), ("provider", "lot", "compound")),
    )


class ClockFilterSet(ContractFilterSet):
    """The board of clocks: what is due first."""

    line = ("q", "street", "community", "duty", "deadline")
    groups = (
        (
            _("Terms of the contract"),
            ("kind", "fee_mode", "renewal", "ends_from", "ends_until", "wide"),
        ),
        (_("Links"), ("provider", "lot", "compound")),
    )


class LotStateFilter(ChoiceFilter):
    def filter(self, queryset, value):
        conditions = {
            "forming": Q(renovated_on=None),
            "renovated": Q(renovated_on__isnull=False, taken_on=None),
            "taken": Q(taken_on__isnull=False, kept_on=None),
            "kept": Q(kept_on__isnull=False),
        }
        if value == "closed":
            return queryset.filter(closed_on__isnull=False)
        return queryset.filter(conditions[value], closed_on=None) if value else queryset


class LotFilterSet(_Placed):
    q = WordsFilter("name", "note", "provider__name", label=_("Name or provider"))
    kind = ChoiceFilter(choices=Lot.Kind.choices, label=_("kind of lot"))
    stage = LotStateFilter(
        choices=[
            ("forming", pgettext_lazy("lot", "being formed")),
            ("renovated", pgettext_lazy("lot", "renovated, to be awarded")),
            ("taken", pgettext_lazy("lot", "awarded, to be kept")),
            ("kept", pgettext_lazy("lot", "kept")),
            ("closed", pgettext_lazy("lot", "closed")),
        ],
        label=_("how far"),
    )

    line = ("q", "street", "kind", "stage")
