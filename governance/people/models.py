"""People whom the campaign knows by name: party members, keen residents, cadres on duty.

Only what a duty or a membership needs is kept. Telephone numbers are encrypted; of an identity
number nothing is kept but a keyed hash and its last four characters (PIPL 5, 6, 51).
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from compounds.registry.models import Compound
from governance.foundation import sealing
from governance.foundation.models import Versioned
from governance.organisation.models import Area, Located, PlacedQuerySet

VIEW = "people.view"


class MemberClass(models.Model):
    """A class of party members (四类党员, S1-9): a code table, because districts differ."""

    code = models.CharField(_("code"), max_length=20, primary_key=True)
    name = models.CharField(_("name"), max_length=40, unique=True)
    name_en = models.CharField(_("name in English"), max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("class of party members")
        verbose_name_plural = _("classes of party members")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name if (get_language() or "").startswith("zh") else self.name_en or self.name


class PersonQuerySet(PlacedQuerySet):
    def visible_to(self, user):
        """Whoever sees the register of a place does not see its people: that is a right apart."""
        return self.filter(user.scope.granted(VIEW))

    def known(self):
        """People whose personal data have not been deleted."""
        return self.exclude(name="")

    def present(self):
        """People who have not left the register."""
        return self.filter(left_on=None)

    def members(self):
        """Party members, full and probationary."""
        return self.present().filter(political_status__in=Person.MEMBERS)

    def with_number(self, number: str):
        """People with exactly this telephone or identity number; never by a part of it."""
        found = sealing.fingerprint(number)
        return self.filter(Q(phone_hash=found) | Q(identity_hash=found)) if found else self.none()


class Person(Located, Versioned):
    """A member, resident or cadre. Belongs to the area that keeps the record."""

    class Sex(models.TextChoices):
        MALE = "M", _("male")
        FEMALE = "F", _("female")

    class PoliticalStatus(models.TextChoices):
        FULL_MEMBER = "FULL_MEMBER", _("full party member")
        PROBATIONARY = "PROBATIONARY", _("probationary party member")
        LEAGUE = "LEAGUE", _("youth league member")
        OTHER_PARTY = "OTHER_PARTY", _("member of another party")
        NONE = "NONE", _("no party")

    class Standing(models.TextChoices):
        """身份 of sheet E (S0-18), and cadres (S1-7, S3-1)."""

        RETIRED = "RETIRED", pgettext_lazy("standing", "retired")
        SERVING = "SERVING", pgettext_lazy("standing", "in service")
        KEEN_RESIDENT = "KEEN_RESIDENT", _("keen resident")
        COUNTY_CADRE = "COUNTY_CADRE", _("county-level cadre")
        STREET_CADRE = "STREET_CADRE", _("street cadre")
        COMMUNITY_CADRE = "COMMUNITY_CADRE", _("community cadre")

    MEMBERS = (PoliticalStatus.FULL_MEMBER, PoliticalStatus.PROBATIONARY)

    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=50)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex, blank=True)
    birth_year = models.PositiveSmallIntegerField(_("year of birth"), null=True, blank=True)
    political_status = models.CharField(
        _("political status"), max_length=20, choices=PoliticalStatus, blank=True
    )
    standing = models.CharField(_("standing"), max_length=20, choices=Standing, blank=True)
    member_class = models.ForeignKey(
        MemberClass,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("class of party member"),
    )
    work_unit = models.CharField(_("work unit and position"), max_length=100, blank=True)
    compound = models.ForeignKey(
        Compound,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="people",
        verbose_name=_("compound"),
        help_text=_("Where the person lives, or has reported to."),
    )
    reported_on = models.DateField(
        _("reported on"),
        null=True,
        blank=True,
        help_text=_("The day a serving member reported to the community (双报到)."),
    )
    post_claimed = models.CharField(
        _("post claimed"),
        max_length=60,
        blank=True,
        help_text=_("The one post a serving member has claimed in the compound (设岗定责)."),
    )
    # Written by `set_phone` and `set_identity` alone.
    phone_sealed = models.CharField(max_length=200, blank=True, editable=False)
    phone_hash = models.CharField(max_length=64, blank=True, editable=False)
    phone_masked = models.CharField(_("telephone"), max_length=20, blank=True, editable=False)
    identity_hash = models.CharField(max_length=64, blank=True, editable=False)
    identity_tail = models.CharField(
        _("end of the identity number"), max_length=4, blank=True, editable=False
    )
    left_on = models.DateField(_("left on"), null=True, blank=True)

    follows_merges = True  # moves along when the compound is merged into another

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["name", "pk"]
        indexes = [
            models.Index(fields=["district", "name", "id"], name="person_district_name"),
            models.Index(fields=["street", "name", "id"], name="person_street_name"),
            models.Index(fields=["community", "name", "id"], name="person_community_name"),
            models.Index(fields=["phone_hash"], name="person_phone", condition=~Q(phone_hash="")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "identity_hash"],
                condition=~Q(identity_hash=""),
                name="person_identity_once",
                violation_error_message=_("This identity number is in the register already."),
            ),
            # One post for each serving member (S1-11) is the one column; a post needs a compound.
            models.CheckConstraint(
                condition=Q(post_claimed="") | Q(compound__isnull=False),
                name="person_post_is_in_a_compound",
                violation_error_message=_("A post is claimed in a compound: name it."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(_("person whose data were deleted"))

    @property
    def is_erased(self) -> bool:
        return not self.name

    @property
    def audit_label(self) -> str:
        """What the audit log, which forgets nothing, calls the person."""
        return sealing.mask_name(self.name) if self.name else ""

    @property
    def is_member(self) -> bool:
        return self.political_status in self.MEMBERS

    def set_phone(self, number: str) -> None:
        self.phone_sealed = sealing.seal(number)
        self.phone_hash = sealing.fingerprint(number)
        self.phone_masked = sealing.mask_phone(number)

    def set_identity(self, number: str) -> None:
        self.identity_hash = sealing.fingerprint(number.upper())
        self.identity_tail = number[-4:].upper()

    def place_in(self, area: Area | None) -> None:
        """Kept by the community of the compound, or by an area where there is none."""
        if self.compound_id:
            area = self.compound.community
        super().place_in(area)

    def save(self, *args, **kwargs):
        if self.compound_id:  # wherever the compound lies by now
            super().place_in(self.compound.community)
        super().save(*args, **kwargs)
