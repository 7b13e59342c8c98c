"""Party organisations of the district: five levels deep (S1-17), and the compounds they cover."""

import datetime as dt

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.registry.models import Building, Compound
from governance.foundation.models import Versioned
from governance.organisation.models import Area, Level, Located, PlacedQuerySet

from ..rules import OrganisationKind, Reach

KINDS = [
    (OrganisationKind.DISTRICT_COMMITTEE, _("district committee")),
    (OrganisationKind.WORKING_COMMITTEE, _("street working committee")),
    (OrganisationKind.COMMUNITY_COMMITTEE, _("community committee")),
    (OrganisationKind.BRANCH, _("branch")),
    (OrganisationKind.GROUP, _("group")),
]
REACHES = [
    (Reach.COMPOUND, _("by compound")),
    (Reach.GRID, _("by grid")),
    (Reach.COURTYARD, _("by courtyard")),
    (Reach.BUILDING, _("by building")),
]


class OrganisationQuerySet(PlacedQuerySet):
    def standing(self):
        """Organisations that have not been dissolved."""
        return self.filter(dissolved_on=None)

    def expiring(self, until: dt.date):
        """Whose term has ended or ends by a day."""
        return self.standing().filter(term_until__lte=until)

    def along(self, user):
        """What the user sees, and the street's and district's organisations above it."""
        seen = self.filter(user.scope.seen())
        above = Q(community=None) & (
            Q(street__in=seen.values("street"))
            | Q(street=None, district__in=seen.values("district"))
        )
        return self.filter(Q(pk__in=seen.values("pk")) | above)


class PartyOrganisation(Located, Versioned):
    """A committee, branch or group. A branch or group reaches compounds (`OrganisationCover`)."""

    Kind = OrganisationKind
    Reach = Reach

    kind = models.PositiveSmallIntegerField(_("kind"), choices=KINDS)
    reach = models.CharField(
        _("organised by"),
        max_length=20,
        choices=REACHES,
        blank=True,
        help_text=_(
            "What a branch or group stands for: a compound, a grid, a courtyard, a building."
        ),
    )
    is_joint = models.BooleanField(
        _("joint"), default=False, help_text=_("Founded together because each has too few members.")
    )
    name = models.CharField(_("name"), max_length=100)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("belongs to"),
    )
    grid = models.ForeignKey(
        Area,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="party_organisations",
        limit_choices_to={"level": Level.GRID},
        verbose_name=_("grid"),
    )
    compound = models.ForeignKey(
        Compound,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="party_organisations",
        verbose_name=_("compound"),
    )
    building = models.ForeignKey(
        Building,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="party_organisations",
        verbose_name=_("building"),
    )
    compounds = models.ManyToManyField(
        Compound,
        through="OrganisationCover",
        related_name="covered_by",
        verbose_name=_("compounds covered"),
    )
    full_member_count = models.PositiveIntegerField(
        _("full members"),
        null=True,
        blank=True,
        help_text=_("As reported; empty where nobody has said."),
    )
    founded_on = models.DateField(_("founded on"), null=True, blank=True)
    document_number = models.CharField(_("document number"), max_length=100, blank=True)
    term_until = models.DateField(_("term ends on"), null=True, blank=True)
    dissolved_on = models.DateField(_("dissolved on"), null=True, blank=True)
    dissolution_document = models.CharField(
        _("document of the dissolution"), max_length=100, blank=True
    )

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("of the Party", "party organisation")
        verbose_name_plural = _("party organisations")
        ordering = ["kind", "name", "pk"]
        indexes = [
            models.Index(fields=["community", "kind", "name"], name="partyorg_community"),
            models.Index(fields=["street", "kind", "name"], name="partyorg_street"),
            models.Index(fields=["district", "kind", "name"], name="partyorg_district"),
            models.Index(
                fields=["term_until"], name="partyorg_term", condition=Q(dissolved_on=None)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=OrganisationKind.DISTRICT_COMMITTEE, parent=None)
                | Q(kind__in=[k for k in OrganisationKind if k not in (1, 5)])
                | Q(kind=OrganisationKind.GROUP, parent__isnull=False),
                name="partyorg_parent",
                violation_error_message=_("A group belongs to a branch."),
            ),
            models.CheckConstraint(
                condition=Q(kind__lt=OrganisationKind.BRANCH, reach="")
                | Q(kind=OrganisationKind.BRANCH, reach__in=[Reach.COMPOUND, Reach.GRID])
                | Q(
                    kind=OrganisationKind.GROUP,
                    reach__in=[Reach.GRID, Reach.COURTYARD, Reach.BUILDING],
                ),
                name="partyorg_reach",
                violation_error_message=_(
                    "A branch is organised by compound or grid, a group by grid, courtyard or "
                    "building."
                ),
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="partyorg_not_below_itself"),
            models.CheckConstraint(
                condition=Q(term_until=None)
                | Q(founded_on=None)
                | Q(term_until__gt=F("founded_on")),
                name="partyorg_term_after_founding",
                violation_error_message=_("The term ends after the founding."),
            ),
            models.UniqueConstraint(
                fields=["compound"],
                condition=Q(kind=OrganisationKind.BRANCH, reach=Reach.COMPOUND, dissolved_on=None),
                name="partyorg_compound_branch_once",
                violation_error_message=_("This compound already has a branch."),
            ),
            models.UniqueConstraint(
                fields=["grid"],
                condition=Q(kind=OrganisationKind.BRANCH, reach=Reach.GRID, dissolved_on=None),
                name="partyorg_grid_branch_once",
                violation_error_message=_("This grid already has a branch."),
            ),
            *(
                models.UniqueConstraint(
                    fields=["parent", "grid", "compound"],
                    condition=Q(
                        kind=OrganisationKind.GROUP,
                        reach=reach,
                        compound__isnull=False,
                        grid__isnull=False,
                        dissolved_on=None,
                    ),
                    name=f"partyorg_{reach.lower()}_group_once",
                    violation_error_message=_("This group stands there already."),
                )
                for reach in (Reach.GRID, Reach.COURTYARD)
            ),
            models.UniqueConstraint(
                fields=["parent", "name"],
                condition=Q(dissolved_on=None),
                name="partyorg_name_once",
                violation_error_message=_("An organisation of this name stands there already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OrganisationCover(models.Model):
    """A branch or group covers a compound; coverage is counted here and nowhere else."""

    organisation = models.ForeignKey(
        PartyOrganisation,
        models.CASCADE,
        related_name="covers",
        db_index=False,  # the constraint begins with it
        verbose_name=pgettext_lazy("of the Party", "party organisation"),
    )
    compound = models.ForeignKey(
        Compound, models.CASCADE, related_name="organisation_covers", verbose_name=_("compound")
    )

    follows_merges = True  # of compounds

    class Meta:
        verbose_name = _("compound covered")
        verbose_name_plural = _("compounds covered")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "compound"], name="organisationcover_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation} / {self.compound}"


def is_covered() -> Exists:
    """Condition on compounds: a standing branch or group covers it (design, "Coverage")."""
    return Exists(
        OrganisationCover.objects.filter(compound=OuterRef("pk"), organisation__dissolved_on=None)
    )
