"""Filters of this room's lists, and what it adds to the filters of the register."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from compounds.registry.filters import offer
from governance.foundation.filters import ChoiceFilter

from .models import Decision
from .rules import FACTS


class NearFilter(ChoiceFilter):
    """Compounds whose present decision lies near a deciding threshold."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        near = Decision.objects.near(settings.NEAR_THRESHOLD_PERCENT).order_by()
        return queryset.filter(pk__in=near.values("compound_id"))


class AsksFilter(ChoiceFilter):
    """Compounds whose classification waits for one fact."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        waiting = Decision.objects.asking_for(value).order_by()
        return queryset.filter(pk__in=waiting.values("compound_id"))


offer("near", NearFilter(choices=[("1", _("yes"))], label=_("near a threshold")))
offer(
    "asks",
    AsksFilter(
        choices=[(key, fact.label) for key, fact in FACTS.items()],
        label=_("classification waits for"),
    ),
)
