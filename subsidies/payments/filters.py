"""Filters of the list of disbursements."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.foundation.filters import (
    ChoiceFilter,
    DayFilter,
    ListFilterSet,
    NumberFilter,
    WordsFilter,
)

from .models import Disbursement, PaymentOrder

OPEN = "OPEN"


class SearchFilter(WordsFilter):
    """Every word in a column of the batch, or in the firm or a voucher of one of its orders."""

    def matching(self, word):
        orders = PaymentOrder.objects.filter(
            Q(provider__name__icontains=word)
            | Q(voucher__icontains=word)
            | Q(reference__icontains=word)
        )
        return super().matching(word) | Q(pk__in=orders.values("disbursement"))


class StateFilter(ChoiceFilter):
    def filter(self, queryset, value):
        if value == OPEN:
            return queryset.filter(state__in=["DRAFT", "SUBMITTED", "RELEASED"])
        return super().filter(queryset, value)


class IdFilter(NumberFilter):
    """A record by its number: for links from its page."""

    def filter(self, queryset, value):
        return queryset if value is None else queryset.filter(**{self.field_name: int(value)})


class DisbursementFilterSet(ListFilterSet):
    q = SearchFilter(
        *("number", "title", "document", "indicator__number"),
        label=_("Number, firm or voucher"),
    )
    state = StateFilter(
        choices=[
            (OPEN, pgettext_lazy("disbursements", "all that are open")),
            *Disbursement.State.choices,
        ],
        label=_("state"),
    )
    released_from = DayFilter(field_name="released_on", lookup_expr="gte", label=_("released from"))
    released_until = DayFilter(
        field_name="released_on", lookup_expr="lte", label=_("released until")
    )
    indicator = IdFilter(field_name="indicator", label=_("number of the indicator"))

    line = ("q", "state", "released_from", "released_until")
    groups = ((_("Links"), ("indicator",)),)

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]
