"""Files that belong to a compound: photos and scanned papers."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.organisation.models import Placed, PlacedQuerySet

from .compounds import Compound


def upload_path(instance, filename) -> str:
    """A generated name: nothing of the user's file name reaches the disk."""
    return f"attachments/{uuid.uuid4().hex}"


class Attachment(Placed):
    """A file about a compound; its type is read from its content, images are re-encoded."""

    class Kind(models.TextChoices):
        PHOTO = "PHOTO", _("photo")
        SURVEY_FORM = "SURVEY_FORM", _("survey form")
        UNIT_LETTER = "UNIT_LETTER", _("letter of the unit")
        OTHER = "OTHER", _("other paper")

    compound = models.ForeignKey(
        Compound, models.PROTECT, related_name="attachments", verbose_name=_("compound")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.PHOTO)
    file = models.FileField(_("file"), upload_to=upload_path, max_length=200)
    name = models.CharField(_("file name"), max_length=150)
    content_type = models.CharField(_("type"), max_length=60)
    size = models.PositiveIntegerField(_("size (bytes)"))
    sha256 = models.CharField(max_length=64)
    taken_on = models.DateField(_("date"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    placed_by = "compound"
    follows_merges = True  # moves along when its compound is merged into another

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["-uploaded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["compound", "sha256"],
                condition=models.Q(removed_at=None),
                name="attachment_once",
                violation_error_message=_("This file is already attached here."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_image(self) -> bool:
        return self.content_type.startswith("image/")
