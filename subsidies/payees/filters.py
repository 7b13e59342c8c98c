"""Filters of the list of payee accounts."""

from django.utils.translation import gettext_lazy as _

from governance.foundation.filters import ChoiceFilter, ListFilterSet, NumberFilter, WordsFilter

from .models import PayeeAccount


class FirmFilter(NumberFilter):
    """A firm by its number: for links from its page."""

    def filter(self, queryset, value):
        return queryset if value is None else queryset.filter(provider=int(value))


class PayeeFilterSet(ListFilterSet):
    q = WordsFilter("provider__name", "holder", "bank", label=_("Firm, holder or bank"))
    state = ChoiceFilter(choices=PayeeAccount.State.choices, label=_("state"))
    provider = FirmFilter(label=_("number of the provider"))

    line = ("q", "state")
    groups = ((_("Links"), ("provider",)),)

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]
