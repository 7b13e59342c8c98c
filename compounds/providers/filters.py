"""Filters of the lists: providers, invitations, applications, blacklistings, organisations."""

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
    WordsFilter,
    YesNoFilter,
)

from .models import BlacklistEntry, Filing, FilingReview, FirmOrganisation, Invitation, Provider
from .rules import NO_PARTY

OPEN, ALL = "OPEN", "ALL"


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


class OverdueFilter(EligibleFilter):
    """Whether a card was not corrected in its time."""

    def among(self):
        return Provider.objects.overdue(dates.today())


class CoveredFilter(EligibleFilter):
    """Whether the Party's work reaches a firm (S4-2)."""

    def among(self):
        return Provider.objects.covered()


class InOrganisationFilter(EligibleFilter):
    def among(self):
        return Provider.objects.exclude(party_form__in=NO_PARTY)


class OrganisationFilter(NumberFilter):
    """Firms of one organisation, by its id; 0: in one that nobody has named."""

    def filter(self, queryset, value):
        if value is None:
            return queryset
        if value == 0:
            return queryset.exclude(party_form__in=NO_PARTY).filter(party_organisation=None)
        return queryset.filter(party_organisation=int(value))


class TagFilter(ChoiceFilter):
    def filter(self, queryset, value):
        return queryset.filter(tags__contains=f" {value} ") if value else queryset


class FiledFilter(ChoiceFilter):
    def filter(self, queryset, value):
        return queryset.filter(filed_on__isnull=value == "false") if value else queryset


YES_NO = (("true", _("yes")), ("false", _("no")))


class ProviderFilterSet(ListFilterSet):
    q = WordsFilter("name", "credit_code", label=_("Name or credit code"))
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
    overdue = OverdueFilter(choices=YES_NO, label=_("card not corrected in time"))
    has_instructor = YesNoFilter(label=_("party-building instructor"))
    covered = CoveredFilter(choices=YES_NO, label=_("reached by party work"))
    in_organisation = InOrganisationFilter(choices=YES_NO, label=_("in a party organisation"))
    organisation = OrganisationFilter(label=_("number of the party organisation"))
    tag = TagFilter(choices=Provider.Capability.choices, label=_("capability"))
    filed = FiledFilter(choices=YES_NO, label=_("filed"))

    line = ("q", "kind", "eligible", "is_red", "is_willing")
    groups = (
        (
            _("Standing"),
            (
                "is_able",
                "is_well_founded",
                "is_in_district",
                "rating",
                "blacklisted",
                "overdue",
                "filed",
                "tag",
            ),
        ),
        (
            _("Party building"),
            ("party_form", "in_organisation", "has_instructor", "covered", "organisation"),
        ),
    )

    def by_red(self, queryset, name, value):
        return queryset.filter(is_red=value == "true") if value else queryset


class AnswerFilter(ChoiceFilter):
    def filter(self, queryset, value):
        return queryset if value in (None, "", "ALL") else queryset.filter(answer=value)


class InvitationFilterSet(PlacedFilterSet):
    q = WordsFilter("compound__name", "provider__name", label=_("Compound or provider"))
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


class StateFilter(ChoiceFilter):
    """A state, or everything that is open, or everything."""

    def filter(self, queryset, value):
        if value in (None, "", ALL):
            return queryset
        return queryset.open() if value == OPEN else queryset.filter(state=value)


class WaitingFilter(ChoiceFilter):
    """Open applications that a level has still to review."""

    def filter(self, queryset, value):
        return queryset.waiting_for(value) if value else queryset


_STATES = ((OPEN, pgettext_lazy("states", "open")), (ALL, pgettext_lazy("states", "all")))


class FilingFilterSet(PlacedFilterSet):
    q = WordsFilter("provider__name", "provider__credit_code", label=_("Provider or credit code"))
    state = StateFilter(choices=[*_STATES, *Filing.State.choices], label=_("state"))
    waiting = WaitingFilter(choices=FilingReview.Level.choices, label=_("waiting for"))

    line = ("q", "street", "community", "state", "waiting")
    scoped = ("street", "community")
    defaults = {"state": OPEN}

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]


class AskedStreetFilter(TextFilter):
    """Blacklistings on which a street is asked, by its statistical code."""

    def filter(self, queryset, value):
        return queryset.filter(street__code=value) if value else queryset


class BlacklistFilterSet(ListFilterSet):
    q = WordsFilter("provider__name", "provider__credit_code", label=_("Provider or credit code"))
    state = StateFilter(choices=[*_STATES, *BlacklistEntry.State.choices], label=_("state"))
    street = AskedStreetFilter(max_length=9, label=_("code of the street that is asked"))

    line = ("q", "state")
    groups = ((_("More"), ("street",)),)
    defaults = {"state": OPEN}

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]


class OrganisationSearch(WordsFilter):
    def matching(self, word):
        firms = Provider.objects.filter(name__icontains=word).exclude(party_organisation=None)
        return super().matching(word) | Q(pk__in=firms.values("party_organisation"))


class OrganisationFilterSet(ListFilterSet):
    q = OrganisationSearch("name", "secretary", label=_("Organisation, firm or secretary"))
    form = ChoiceFilter(choices=FirmOrganisation.Form.choices, label=_("form"))

    line = ("q", "form")

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]


class RoundFilterSet(PlacedFilterSet):
    q = WordsFilter("compound__name", "provider__name", label=_("Compound or provider"))

    line = ("q", "street", "community")
    scoped = ("street", "community")

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]
