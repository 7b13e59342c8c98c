"""Filters of the table of a run."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from compounds.registry.filters import PlacedFilterSet
from governance.foundation.filters import ChoiceFilter, WordsFilter

from .models import Accrual
from .wording import SHORT

LACKS_DAYS = Q(state=Accrual.State.COMPUTED, confirmed_at=None)


class DaysFilter(ChoiceFilter):
    """Lines whose days are still to be confirmed, or are, or are others than computed."""

    def filter(self, queryset, value):
        if value == "open":
            return queryset.filter(LACKS_DAYS)
        if value == "confirmed":
            return queryset.filter(confirmed_at__isnull=False)
        if value == "stated":
            return queryset.exclude(days_reason="")
        return queryset


class ProblemFilter(ChoiceFilter):
    """Lines with a certain problem."""

    def filter(self, queryset, value):
        return queryset.filter(problems__icontains=f'"{value}"') if value else queryset


class AccrualFilterSet(PlacedFilterSet):
    q = WordsFilter(
        "entitlement__compound__name",
        "entitlement__provider__name",
        "entitlement__number",
        label=_("Compound, firm or number"),
    )
    state = ChoiceFilter(choices=Accrual.State.choices, label=_("state"))
    days = DaysFilter(
        choices=[
            ("open", _("to be confirmed")),
            ("confirmed", _("confirmed")),
            ("stated", _("other than computed")),
        ],
        label=_("days served"),
    )
    problem = ProblemFilter(choices=[*SHORT.items()], label=_("problem"))

    line = ("q", "street", "community", "state", "days", "problem")
