"""Saved views of a list: filter, columns and order under a name."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.organisation.models import Area


class SavedView(models.Model):
    """A named state of a list page; shared ones are offered to everybody in the area."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=60)
    name = models.CharField(_("name of the view"), max_length=40)
    query = models.CharField(max_length=2000, blank=True)
    shared_in = models.ForeignKey(
        Area,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("shared in"),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "page", "name"],
                name="saved_view_once",
                violation_error_message=_("You already have a view of this name."),
            )
        ]

    def __str__(self) -> str:
        return self.name
