"""Abstract bases: optimistic locking and the record of times."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from . import lookups  # noqa: F401 - makes them known to every model


class Versioned(models.Model):
    """A row that people edit: its version grows with every save, so lost updates are refused."""

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        abstract = True
