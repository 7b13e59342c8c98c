"""Filters of the lists of providers and of invitations."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.registry.filters import PlacedFilterSet
from governance.foundation import dates
from governance.foundation.filters import (
    ChoiceFilter,
    ListFilterSet,
    NumberFilter,
    TextFilter,
    YesNoFilter,
)

from .models import Invitation, Provider


class SearchFilter(TextFilter):
    def filter(self, queryset, value):
        for word in (value or "").split()[:5]:
            queryset = queryset.filter(Q(name__icontains=word) | Q(credit_code__icontains=word))
        return queryset


class EligibleFilter(ChoiceFilter):
    """Whether a firm could take a compound over as red property (S0-8)."""

    def among(self):
        return Provider.objects.eligible(dates.today())

    def filter(self, queryset, value):
        if not value:
            return queryset
        # NOT over nullable columns drops unknown rows, so the others are told by id.
        inside = Q(pk__in=self.among().values("pk"))
        return queryset.filter(inside if value == "true" else ~inside)


class BlacklistFilter(EligibleFilter):
    def among(self):
        return Provider.objects.blacklisted(dates.today())


YES_NO = (("true", _("yes")), ("false", _("no")))


class ProviderFilterSet(ListFilterSet):
    q = SearchFilter(label=_("Name or credit code"))
    kind = ChoiceFilter(choices=Provider.Kind.choices, label=_("kind of provider"))
    eligible = EligibleFilter(choices=YES_NO, label=_("eligible as red property"))
    is_red = ChoiceFilter(choices=YES_NO, label=_("red property"), method="by_red")
    is_willing = YesNoFilter(label=_("willing"))
    is_able = YesNoFilter(label=_("able"))
    is_well_founded = YesNoFilter(label=_("well founded"))
    is_in_district = YesNoFilter(label=_("in the district"))
    party_form = ChoiceFilter(
        choices=Provider.PartyForm.choices, with_unknown=True, label=_("party organisation")
    )
    rating = ChoiceFilter(
        choices=Provider.Rating.choices, with_unknown=True, label=_("credit rating")
    )
    blacklisted = BlacklistFilter(choices=YES_NO, label=_("blacklisted"))

    line = ("q", "kind", "eligible", "is_red", "is_willing")
    groups = (
        (
            _("Standing"),
            (
                "is_able",
                "is_well_founded",
                "is_in_district",
                "party_form",
                "rating",
                "blacklisted",
            ),
        ),
    )

    def by_red(self, queryset, name, value):
        return queryset.filter(is_red=value == "true") if value else queryset


class AskedFilter(TextFilter):
    """Every word in the name of the compound or of the provider."""

    def filter(self, queryset, value):
        for word in (value or "").split()[:5]:
            queryset = queryset.filter(
                Q(compound__name__icontains=word) | Q(provider__name__icontains=word)
            )
        return queryset


class AnswerFilter(ChoiceFilter):
    def filter(self, queryset, value):
        return queryset if value in (None, "", "ALL") else queryset.filter(answer=value)


class InvitationFilterSet(PlacedFilterSet):
    q = AskedFilter(label=_("Compound or provider"))
    round = NumberFilter(max_value=99, label=_("round"))
    answer = AnswerFilter(
        choices=[*Invitation.Answer.choices, ("ALL", pgettext_lazy("answers", "all"))],
        label=_("answer"),
    )

    line = ("q", "street", "community", "round", "answer")
    defaults = {"answer": Invitation.Answer.WAITING}

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]
