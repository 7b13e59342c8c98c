"""Companies and other bodies that can serve a compound: their party work, bases and staff."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError as NumberError

from governance.foundation.fields import FixedPointField, TagsField
from governance.foundation.models import Versioned
from governance.organisation.models import Area, Level

from .. import rules


def validate_credit_code(value: str) -> None:
    """Refuse a code whose check character is wrong (GB 32100-2015)."""
    try:
        uscc.validate(value)
    except NumberError as error:
        raise ValidationError(
            _("%(code)s is not a valid unified social credit code (18 characters, check digit)."),
            params={"code": value},
        ) from error


class OfDistrictQuerySet(models.QuerySet):
    """Rows that belong to a whole district and to no street."""

    def visible_to(self, user):
        """Rows of the districts in which the user holds a post that sees the register."""
        return self.filter(district_id__in=user.scope.in_districts())


class ProviderQuerySet(OfDistrictQuerySet):
    def eligible(self, as_of):
        """Firms that lack nothing for taking compounds over as red property (`rules.lacks`)."""
        return (
            self.filter(**dict.fromkeys(rules.FLAGS, True))
            .covered()
            .exclude(blacklisted_until__gte=as_of)
        )

    def covered(self):
        """Firms that the Party's work reaches (`rules.has_party_work`)."""
        return self.filter(self.is_covered())

    def uncovered(self):
        return self.exclude(pk__in=self.model.objects.covered().values("pk"))

    @staticmethod
    def is_covered() -> Q:
        return ~Q(party_form__in=rules.NO_PARTY) | Q(has_instructor=True)

    def overdue(self, as_of):
        """Firms with a card that was not corrected in its time."""
        late = Q(cards__corrected_on=None, cards__correct_by__lt=as_of)
        return self.filter(pk__in=self.model.objects.filter(late).values("pk"))

    def blacklisted(self, as_of):
        return self.filter(blacklisted_until__gte=as_of)


class FirmOrganisation(Versioned):
    """A party organisation of firms: of one alone, or of several jointly (S4-2)."""

    class Form(models.TextChoices):
        OWN = "OWN", _("of one firm alone")
        JOINT = "JOINT", _("joint, of several firms")

    district = models.ForeignKey(
        Area,
        models.PROTECT,
        related_name="+",
        verbose_name=_("district"),
        limit_choices_to={"level": Level.DISTRICT},
    )
    name = models.CharField(_("name of the party organisation"), max_length=100)
    form = models.CharField(_("form of the organisation"), max_length=10, choices=Form)
    founded_on = models.DateField(_("founded on"), null=True, blank=True)
    secretary = models.CharField(_("secretary"), max_length=50, blank=True)
    # What an import has made it takes away again when it is undone.
    batch = models.CharField(max_length=40, blank=True, editable=False)

    objects = OfDistrictQuerySet.as_manager()

    class Meta:
        verbose_name = _("party organisation of firms")
        verbose_name_plural = _("party organisations of firms")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "name"],
                name="firm_organisation_once",
                violation_error_message=_("There is an organisation of this name already."),
            )
        ]

    def __str__(self) -> str:
        return self.name


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
        NONE = "NONE", pgettext_lazy("party organisation", "none")

    class Capability(models.TextChoices):
        """What a firm can do besides the usual (S4-22)."""

        SMART = "SMART", _("smart property")
        MOBILE = "MOBILE", _("mobile service")
        SHARED = "SHARED", _("shared property")
        REPAIR = "REPAIR", _("building repair")
        LIFT = "LIFT", _("upkeep of lifts")
        CARE = "CARE", _("care of the elderly")
        CHARGING = "CHARGING", _("parking and charging")

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
    phone = models.CharField(_("office telephone"), max_length=40, blank=True)
    is_red = models.BooleanField(_("red property"), default=False)
    party_form = models.CharField(
        _("party organisation"), max_length=20, choices=PartyForm, blank=True
    )
    party_organisation = models.ForeignKey(
        FirmOrganisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="firms",
        verbose_name=_("its party organisation"),
    )
    has_instructor = models.BooleanField(_("party-building instructor"), null=True, blank=True)
    tags = TagsField(_("capabilities"))
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
        constraints = [
            models.UniqueConstraint(
                fields=["party_organisation"],
                condition=Q(party_form="OWN"),
                name="provider_own_organisation_alone",
                violation_error_message=_("This organisation belongs to one other firm alone."),
            ),
            models.CheckConstraint(
                condition=Q(party_organisation=None) | Q(party_form__in=("OWN", "JOINT")),
                name="provider_organisation_has_a_form",
                violation_error_message=_("A firm without a party organisation names none."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_party_work(self) -> bool:
        return rules.has_party_work(self)

    @property
    def tag_labels(self) -> list[str]:
        labels = dict(self.Capability.choices)
        return [str(labels.get(tag, tag)) for tag in self.tags.split()]

    def clean(self):
        super().clean()
        organisation = self.party_organisation
        if organisation is None:
            return
        if organisation.district_id != self.district_id:
            raise ValidationError(
                {"party_organisation": _("This organisation belongs to another district.")}
            )
        if organisation.form != self.party_form:
            raise ValidationError(
                {
                    "party_organisation": _(
                        "The form of the organisation does not fit: it is %(form)s."
                    )
                    % {"form": organisation.get_form_display()}
                }
            )

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


class StaffGroup(models.Model):
    """How many people of a firm do what (S2-6)."""

    class Group(models.TextChoices):
        ORDER = "ORDER", _("order keeping")
        CLEANING = "CLEANING", _("cleaning")
        CUSTOMER_SERVICE = "CUSTOMER_SERVICE", _("customer service")
        REPAIR = "REPAIR", _("repair")
        FINANCE = "FINANCE", _("finance")
        GREENING = "GREENING", _("greening")
        OTHER = "OTHER", pgettext_lazy("staff", "other")

    provider = models.ForeignKey(
        Provider,
        models.CASCADE,
        db_index=False,  # the constraint below begins with it
        related_name="staff_groups",
        verbose_name=_("provider"),
    )
    group = models.CharField(_("staff group"), max_length=20, choices=Group)
    count = models.PositiveIntegerField(_("people"))

    class Meta:
        verbose_name = _("staff group")
        verbose_name_plural = _("staff groups")
        ordering = ["provider", "group"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "group"], name="staff_group_once")
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.get_group_display()}"
