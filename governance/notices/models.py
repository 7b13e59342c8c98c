"""What somebody is to know: notices, and the digest of a day. Each belongs to its reader alone."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from . import kinds


class NoticeQuerySet(models.QuerySet):
    def of(self, user):
        """The reader's own; nobody sees those of others."""
        return self.filter(user=user)

    def unread(self):
        return self.filter(read_at=None)

    def lines(self) -> int:
        """How many lines the rows make where those of a kind are one."""
        return self.order_by().values("kind").distinct().count()

    def in_order(self):
        """Unread ones first, the newest first among each."""
        return self.order_by(F("read_at").desc(nulls_first=True), "-pk")


class Notice(models.Model):
    """One thing told to one person, once: told again under the same batch it is not repeated."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="+",
        db_index=False,
        verbose_name=_("account"),
    )
    kind = models.CharField(_("kind"), max_length=60)
    count = models.PositiveIntegerField(_("count"), default=1)
    values = models.JSONField(_("values"), default=dict)
    url = models.CharField(_("page"), max_length=500, blank=True)
    batch = models.CharField(_("batch"), max_length=100)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    read_at = models.DateTimeField(_("read at"), null=True, editable=False)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["user"], condition=Q(read_at=None), name="notice_unread"),
            models.Index(fields=["user", "read_at", "id"], name="notice_user"),
            models.Index(fields=["batch"], name="notice_batch"),
            models.Index(fields=["read_at"], name="notice_read"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "batch"], name="notice_told_once"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return kinds.title_of(self.kind, self.count, self.values)


class DigestQuerySet(models.QuerySet):
    def of(self, user):
        """The reader's own; nobody sees those of others."""
        return self.filter(user=user)

    def unsent(self):
        return self.filter(sent_at=None)


class Digest(models.Model):
    """What was open for somebody on the morning of a day, as it was sent.

    `taken_at` is when a run took it to send it: another run leaves it alone until that is long
    enough ago for the first one to have died.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="+",
        db_index=False,
        verbose_name=_("account"),
    )
    day = models.DateField(_("day"))
    content = models.JSONField(_("content"), default=dict)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    taken_at = models.DateTimeField(null=True, editable=False)
    sent_at = models.DateTimeField(_("sent at"), null=True, editable=False)

    objects = DigestQuerySet.as_manager()

    class Meta:
        verbose_name = _("daily digest")
        verbose_name_plural = _("daily digests")
        ordering = ["-day"]
        indexes = [models.Index(fields=["day"], name="digest_day")]
        constraints = [
            models.UniqueConstraint(fields=["user", "day"], name="digest_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"

    @property
    def work(self) -> list[dict]:
        return self.content.get("work", [])

    @property
    def notices(self) -> list[dict]:
        return self.content.get("notices", [])

    @property
    def late(self) -> int:
        return sum(1 for line in self.work if line["is_late"])
