"""What a classification run and a what-if have in common: long work with a page of its own."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.organisation.models import Area


class WorkQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Work on areas inside the user's scope, and the user's own."""
        return self.filter(user.scope.seen() | Q(by=user))


class Work(models.Model):
    """Long work over the compounds of an area: state, progress, cancelling, time it took."""

    class State(models.TextChoices):
        QUEUED = "QUEUED", pgettext_lazy("state of a task", "waiting")
        RUNNING = "RUNNING", pgettext_lazy("state of a task", "running")
        DONE = "DONE", pgettext_lazy("state of a task", "finished")
        CANCELLED = "CANCELLED", pgettext_lazy("state of a task", "cancelled")
        FAILED = "FAILED", pgettext_lazy("state of a task", "failed")

    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("area"))
    # The area's own columns; below its level they are empty.
    district = models.ForeignKey(
        Area, models.PROTECT, related_name="+", editable=False, verbose_name=_("district")
    )
    street = models.ForeignKey(
        Area, models.PROTECT, null=True, related_name="+", editable=False, verbose_name=_("street")
    )
    community = models.ForeignKey(
        Area,
        models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("community"),
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    as_of = models.DateField(_("as of"))
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.QUEUED)
    total = models.PositiveIntegerField(_("compounds"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    cancel_requested = models.BooleanField(_("cancelling"), default=False)
    started_at = models.DateTimeField(_("started at"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    elapsed_ms = models.PositiveIntegerField(_("time taken (ms)"), default=0)
    error = models.CharField(_("error"), max_length=500, blank=True)

    objects = WorkQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        self.district_id = self.area.district_id
        self.street_id = self.area.street_id
        self.community_id = self.area.community_id
        super().save(*args, **kwargs)

    @property
    def is_finished(self) -> bool:
        return self.state not in {self.State.QUEUED, self.State.RUNNING}

    @property
    def percent(self) -> int:
        """Progress in whole percent, rounded down."""
        if self.state == self.State.DONE:
            return 100
        return self.done * 100 // self.total if self.total else 0
