"""Applications for filing and their joint review by three levels (S3-5, S4-18)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from governance.foundation.models import Versioned
from governance.organisation.models import Placed, PlacedQuerySet

from .. import rules
from .firms import Provider


class FilingQuerySet(PlacedQuerySet):
    def open(self):
        return self.filter(state=Filing.State.APPLIED)

    def waiting_for(self, level: str):
        """Open applications that a level has not reviewed yet."""
        reviewed = FilingReview.objects.filter(level=level).values("filing")
        return self.open().exclude(pk__in=reviewed)


class Filing(Placed, Versioned):
    """A firm's application to be filed, from the community it works from."""

    class State(models.TextChoices):
        APPLIED = "APPLIED", _("under review")
        FILED = "FILED", _("filed")
        REFUSED = "REFUSED", _("not filed")
        WITHDRAWN = "WITHDRAWN", _("withdrawn")

    provider = models.ForeignKey(
        Provider,
        models.PROTECT,
        related_name="filings",
        verbose_name=_("provider"),
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.APPLIED)
    applied_on = models.DateField(_("applied on"))
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    document = models.CharField(_("document number"), max_length=100, blank=True)
    note = models.CharField(_("remark"), max_length=300, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = FilingQuerySet.as_manager()

    class Meta:
        verbose_name = _("application for filing")
        verbose_name_plural = _("applications for filing")
        ordering = ["-applied_on", "-pk"]
        indexes = [
            models.Index(fields=["district", "-applied_on", "-id"], name="filing_district"),
            models.Index(fields=["street", "-applied_on", "-id"], name="filing_street"),
            models.Index(fields=["community", "-applied_on", "-id"], name="filing_community"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["provider"],
                condition=Q(state="APPLIED"),
                name="filing_one_under_review",
                violation_error_message=_("An application of this firm is under review already."),
            ),
            models.CheckConstraint(
                condition=Q(state="APPLIED", ended_on=None)
                | (~Q(state="APPLIED") & Q(ended_on__gte=F("applied_on"))),
                name="filing_ended_after_applied",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.applied_on}"


class FilingReview(models.Model):
    """One level's verdict on an application. Never changed, never taken back."""

    class Level(models.TextChoices):
        COMMUNITY = rules.Level.COMMUNITY.value, _("community")
        STREET = rules.Level.STREET.value, _("street")
        DISTRICT = rules.Level.DISTRICT.value, _("district property centre")

    filing = models.ForeignKey(
        Filing, models.PROTECT, related_name="reviews", verbose_name=_("application for filing")
    )
    level = models.CharField(_("level of review"), max_length=10, choices=Level)
    is_passed = models.BooleanField(_("passed"))
    opinion = models.CharField(_("opinion"), max_length=300, blank=True)
    document = models.CharField(_("document number"), max_length=100, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("reviewed by")
    )
    # Who entered the application, so that the database itself refuses their review.
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )
    on = models.DateField(_("reviewed on"))

    class Meta:
        verbose_name = _("review of an application")
        verbose_name_plural = _("reviews of applications")
        ordering = ["filing", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["filing", "level"], name="filing_review_once_a_level"),
            models.UniqueConstraint(fields=["filing", "by"], name="filing_review_three_people"),
            models.CheckConstraint(
                condition=~Q(by=F("applied_by")), name="filing_review_not_by_the_applicant"
            ),
            models.CheckConstraint(
                condition=Q(is_passed=True) | ~Q(opinion=""), name="filing_refused_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filing} {self.get_level_display()}"
