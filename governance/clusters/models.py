"""Clusters of compounds (片区, S1-5) and their checklist of five haves (五有, S1-6)."""

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.registry.models import Compound
from governance.foundation.models import Versioned
from governance.organisation.models import Located, PlacedQuerySet
from governance.party_grid.models import PartyOrganisation


class ClusterQuerySet(PlacedQuerySet):
    def with_item(self, item: str):
        """Clusters that have an item of the five."""
        return self.filter(has_item(item))

    def without_item(self, item: str):
        return self.filter(~has_item(item))

    def passing(self):
        """Clusters that have all five."""
        return self.filter(has_all())

    def failing(self):
        return self.filter(~has_all())


class Cluster(Located, Versioned):
    """Several compounds along a street or lane that are run together."""

    code = models.CharField(_("code of the cluster"), max_length=30)
    name = models.CharField(_("name"), max_length=60)
    organisation = models.ForeignKey(
        PartyOrganisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="clusters",
        verbose_name=_("party organisation"),
    )
    is_emergency = models.BooleanField(
        _("emergency mode"),
        default=False,
        help_text=_("Switched on, the emergency plan is in force (平急结合, S1-12)."),
    )

    objects = ClusterQuerySet.as_manager()

    class Meta:
        verbose_name = _("cluster")
        verbose_name_plural = _("clusters")
        ordering = ["code"]
        indexes = [
            models.Index(fields=["street", "code"], name="cluster_street"),
            models.Index(fields=["community", "code"], name="cluster_community"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "code"],
                name="cluster_code_once",
                violation_error_message=_("This code is taken."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class ClusterCompound(models.Model):
    """A compound of a cluster: each compound lies in one cluster at most."""

    cluster = models.ForeignKey(
        Cluster, models.CASCADE, related_name="members", verbose_name=_("cluster")
    )
    compound = models.OneToOneField(
        Compound,
        models.CASCADE,
        related_name="cluster_membership",
        verbose_name=_("compound"),
        error_messages={"unique": _("This compound lies in another cluster.")},
    )
    has_no_members = models.BooleanField(
        _("without party members"),
        default=False,
        help_text=_("Somebody has checked that no party member lives here."),
    )

    class Meta:
        verbose_name = _("compound of a cluster")
        verbose_name_plural = _("compounds of a cluster")

    def __str__(self) -> str:
        return f"{self.cluster} / {self.compound}"


class FiveHave(Versioned):
    """One item of a cluster's checklist with its evidence. A cluster passes with all five."""

    class Item(models.TextChoices):
        ORGANISATION = "ORGANISATION", pgettext_lazy("item", "party organisation")
        VENUE = "VENUE", _("activity venue")
        LEDGER = "LEDGER", _("ledger of party members")
        CONTACT = "CONTACT", _("contact mechanism")
        EMERGENCY_PLAN = "EMERGENCY_PLAN", _("emergency mobilisation plan")

    class Premises(models.TextChoices):
        """Where the venue came from (S1-8)."""

        RENOVATION = "RENOVATION", _("from renovation")
        PROPERTY_ROOM = "PROPERTY_ROOM", _("idle property room")
        IDLE = "IDLE", _("other idle premises")

    cluster = models.ForeignKey(
        Cluster, models.CASCADE, related_name="five_haves", verbose_name=_("cluster")
    )
    item = models.CharField(_("item"), max_length=20, choices=Item)
    is_met = models.BooleanField(_("in place"), null=True, blank=True)
    evidence = models.CharField(_("evidence"), max_length=300, blank=True)
    premises = models.CharField(_("premises"), max_length=20, choices=Premises, blank=True)
    meets_standard = models.BooleanField(_("meets the 156N standard"), null=True, blank=True)
    checked_on = models.DateField(_("checked on"), null=True, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("checked by"),
    )

    class Meta:
        verbose_name = _("item of the five haves")
        verbose_name_plural = _("items of the five haves")
        ordering = ["cluster", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["cluster", "item"], name="fivehave_once"),
            models.CheckConstraint(
                condition=~Q(is_met=True) | ~Q(evidence=""),
                name="fivehave_met_with_evidence",
                violation_error_message=_("Say what shows it."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cluster} {self.get_item_display()}"


def stands() -> Q:
    """Condition on clusters: the organisation is named and has not been dissolved."""
    return Q(organisation__isnull=False, organisation__dissolved_on=None)


def has_item(item: str) -> Q:
    """Condition on clusters: the item is in place. An organisation that was dissolved is not."""
    met = Q(Exists(FiveHave.objects.filter(cluster=OuterRef("pk"), item=item, is_met=True)))
    return met & stands() if item == FiveHave.Item.ORGANISATION else met


def has_all() -> Q:
    """Condition on clusters: all five items are in place."""
    all_met = (
        FiveHave.objects.filter(is_met=True)
        .order_by()
        .values("cluster")
        .annotate(n=Count("pk"))
        .filter(n=len(FiveHave.Item))
        .values("cluster")
    )
    return Q(pk__in=all_met) & stands()
