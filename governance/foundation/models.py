"""What models share: optimistic locking, the record of times, and who did something."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from . import lookups  # noqa: F401 - makes them known to every model


def person(label, **kwargs) -> models.ForeignKey:
    """Who took an act; set by services alone, kept as long as the row."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        editable=False,
        db_index=False,
        verbose_name=label,
        **kwargs,
    )


class Versioned(models.Model):
    """A row that people edit: its version grows with every save, so lost updates are refused."""

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        abstract = True
