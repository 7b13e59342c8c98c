"""Companies and other bodies that can serve a compound, their bases and their answers."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError as NumberError

from compounds.registry.models import Compound
from governance.foundation.fields import FixedPointField
from governance.foundation.models import Versioned
from governance.organisation.models import Area, Level, Placed, PlacedQuerySet

from . import rules


def validate_credit_code(value: str) -> None:
    """Refuse a code whose check character is wrong (GB 32100-2015)."""
    try:
        uscc.validate(value)
    except NumberError as error:
        raise ValidationError(
            _("%(code)s is not a valid unified social credit code (18 characters, check digit)."),
            params={"code": value},
        ) from error


class ProviderQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Providers of the districts in which the user holds a post that sees the register."""
        return self.filter(district_id__in=user.scope.in_districts())

    def eligible(self, as_of):
        """Firms that lack nothing for taking compounds over as red property (`rules.lacks`)."""
        return (
            self.filter(**dict.fromkeys(rules.FLAGS, True))
            .exclude(party_form__in=rules.NO_PARTY)
            .exclude(blacklisted_until__gte=as_of)
        )

    def blacklisted(self, as_of):
        return self.filter(blacklisted_until__gte=as_of)


class Provider(Versioned):
    """A body that can serve compounds. Belongs to a district, not to a street."""

    class Kind(models.TextChoices):
        ENTERPRISE = "ENTERPRISE", _("property service enterprise")
        UNIT_COMPANY = "UNIT_COMPANY", _("company of a work unit")
        COMMUNITY_COMPANY = "COMMUNITY_COMPANY", _("community service company")
        NON_PROFIT = "NON_PROFIT", _("private non-profit")
        VILLAGE_COLLECTIVE = "VILLAGE_COLLECTIVE", _("village collective")
        MOBILE = "MOBILE", _("mobile property")
        FALLBACK_TEAM = "FALLBACK_TEAM", _("fallback team")

    class PartyForm(models.TextChoices):
        OWN = "OWN", _("own party organisation")
        JOINT = "JOINT", _("joint party organisation")
        INSTRUCTOR = "INSTRUCTOR", _("party-building instructor")
        NONE = "NONE", pgettext_lazy("party organisation", "none")

    class Rating(models.TextChoices):
        AAA = "AAA", "AAA"
        AA = "AA", "AA"
        A = "A", "A"
        B = "B", "B"
        C = "C", "C"

    district = models.ForeignKey(
        Area,
        models.PROTECT,
        related_name="+",
        verbose_name=_("district"),
        limit_choices_to={"level": Level.DISTRICT},
    )
    name = models.CharField(_("name of the provider"), max_length=100)
    credit_code = models.CharField(
        _("unified social credit code"),
        max_length=18,
        unique=True,
        validators=[validate_credit_code],
    )
    kind = models.CharField(
        _("kind of provider"), max_length=20, choices=Kind, default=Kind.ENTERPRISE
    )
    legal_representative = models.CharField(_("legal representative"), max_length=50, blank=True)
    project_manager = models.CharField(_("project manager"), max_length=50, blank=True)
    is_red = models.BooleanField(_("red property"), default=False)
    party_form = models.CharField(
        _("party organisation"), max_length=20, choices=PartyForm, blank=True
    )
    # The four flags of S0-8; unknown is not yes.
    is_in_district = models.BooleanField(_("in the district"), null=True, blank=True)
    is_able = models.BooleanField(_("able"), null=True, blank=True)
    is_willing = models.BooleanField(_("willing"), null=True, blank=True)
    is_well_founded = models.BooleanField(_("well founded"), null=True, blank=True)
    staff_count = models.PositiveIntegerField(_("staff"), null=True, blank=True)
    served_count = models.PositiveIntegerField(_("compounds served"), null=True, blank=True)
    served_area_m2 = FixedPointField(
        _("area served (m²)"), null=True, blank=True, validators=[MinValueValidator(0)]
    )
    capacity_m2 = FixedPointField(
        _("capacity (m²)"), null=True, blank=True, validators=[MinValueValidator(0)]
    )
    distance_limit_m = models.PositiveIntegerField(_("distance limit (m)"), null=True, blank=True)
    rating = models.CharField(_("credit rating"), max_length=5, choices=Rating, blank=True)
    filed_on = models.DateField(_("filed on"), null=True, blank=True)
    blacklisted_until = models.DateField(_("blacklisted until"), null=True, blank=True)

    objects = ProviderQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["created_at", "updated_at"])

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        ordering = ["name", "pk"]
        indexes = [models.Index(fields=["district", "name", "id"], name="provider_name")]

    def __str__(self) -> str:
        return self.name

    def lacks(self, as_of) -> list:
        """Why this firm cannot take a compound over as red property (S0-8); empty if it can."""
        return rules.lacks(self, as_of)


class ProviderBase(Versioned):
    """A place a provider works from."""

    provider = models.ForeignKey(
        Provider, models.CASCADE, related_name="bases", verbose_name=_("provider")
    )
    name = models.CharField(_("name of the base"), max_length=100)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)

    class Meta:
        verbose_name = _("base")
        verbose_name_plural = _("bases")
        ordering = ["provider", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "name"], name="provider_base_once")
        ]

    def __str__(self) -> str:
        return self.name


class Invitation(Placed, Versioned):
    """A provider asked, in a round, whether it would serve a compound; and its answer."""

    class Answer(models.TextChoices):
        WAITING = "WAITING", _("waiting for the answer")
        AGREED = "AGREED", _("agreed")
        AGREED_WITH_SUBSIDY = "AGREED_WITH_SUBSIDY", _("agreed with subsidy")
        REFUSED = "REFUSED", _("refused")
        NO_ANSWER = "NO_ANSWER", _("did not answer")

    compound = models.ForeignKey(
        Compound,
        models.PROTECT,
        db_index=False,  # the constraint below begins with it
        related_name="invitations",
        verbose_name=_("compound"),
    )
    provider = models.ForeignKey(
        Provider, models.PROTECT, related_name="invitations", verbose_name=_("provider")
    )
    round = models.PositiveSmallIntegerField(_("round"), validators=[MinValueValidator(1)])
    invited_on = models.DateField(_("invited on"))
    answer = models.CharField(_("answer"), max_length=20, choices=Answer, default=Answer.WAITING)
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    letter = models.CharField(_("letter number"), max_length=60, blank=True)

    placed_by = "compound"
    follows_merges = True  # moves along when its compound is merged into another

    objects = PlacedQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=["created_at", "updated_at"],
        no_db_index=["district", "street", "community"],
    )

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["compound", "round", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["compound", "provider", "round"],
                name="invitation_once_a_round",
                violation_error_message=_("This provider was already invited in this round."),
            ),
            models.CheckConstraint(
                condition=Q(answered_on=None) | Q(answered_on__gte=F("invited_on")),
                name="invitation_answered_after_invited",
                violation_error_message=_("The answer cannot be earlier than the invitation."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.compound} / {self.provider} / {self.round}"
