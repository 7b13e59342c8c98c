"""What a classification run and a what-if have in common: long work with a page of its own."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.organisation.models import Area

SILENT = dt.timedelta(minutes=5)  # after which running work that gives no sign of life is dead
UNTAKEN = dt.timedelta(hours=2)  # after which waiting work that no worker took is given up


class WorkQuerySet(models.QuerySet):
    def silent(self):
        """Work that gives no sign of life: its worker was killed, or none ever took it."""
        now = timezone.now()
        return self.annotate(seen_at=Coalesce("heartbeat_at", "started_at")).filter(
            Q(state=Work.State.RUNNING, seen_at__lt=now - SILENT)
            | Q(state=Work.State.QUEUED, seen_at__lt=now - UNTAKEN)
        )

    def visible_to(self, user):
        """Work on areas inside the user's scope: what somebody started goes with the post."""
        return self.filter(user.scope.seen())


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
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True)
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
