"""What is published once and fixed from then on: the row, its parts, and their querysets.

Guards of the code; tables that need it have triggers as well.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .errors import DomainError
from .models import Versioned

DRAFT = "DRAFT"


class FixedQuerySet(models.QuerySet):
    """Rows of which only drafts are changed or deleted; the others can at most be retired."""

    def update(self, **kwargs):
        if set(kwargs) - self.model.RETIRING and self._fixed().exists():
            raise self.model.REFUSAL
        return super().update(**kwargs)

    def delete(self):
        if self._fixed().exists():
            raise self.model.REFUSAL
        return super().delete()

    def _fixed(self):
        return self.exclude(state=DRAFT)


class Fixed(Versioned):
    """A row with a `state`: a draft is edited, published it stays as it is.

    `RETIRING` names what may still change after publication, `REFUSAL` is raised otherwise.
    """

    RETIRING: ClassVar[frozenset[str]]
    REFUSAL: ClassVar[type[DomainError]]

    class Meta:
        abstract = True

    @property
    def is_draft(self) -> bool:
        return self.state == DRAFT

    def refuse_unless_draft(self) -> None:
        """Raise the model's refusal unless the stored row is a draft."""
        stored = type(self).objects.filter(pk=self.pk).values_list("state", flat=True).first()
        if stored not in {None, DRAFT}:
            raise self.REFUSAL

    def save(self, *args, **kwargs):
        fields = kwargs.get("update_fields")
        if self.pk and (fields is None or set(fields) - self.RETIRING):
            self.refuse_unless_draft()
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        self.refuse_unless_draft()
        return super().delete(*args, **kwargs)


class FixedPartQuerySet(models.QuerySet):
    """Parts of such a row: untouchable once it is published."""

    def update(self, **kwargs):
        self._refuse_published()
        return super().update(**kwargs)

    def delete(self):
        self._refuse_published()
        return super().delete()

    def bulk_create(self, objs, *args, **kwargs):
        objs = list(objs)
        for whole in {row.whole.pk: row.whole for row in objs}.values():
            whole.refuse_unless_draft()
        return super().bulk_create(objs, *args, **kwargs)

    def _refuse_published(self) -> None:
        if self.exclude(**{f"{self.model.WHOLE}__state": DRAFT}).exists():
            raise self.model.REFUSAL


class FixedPart(models.Model):
    """A part of such a row; `WHOLE` is the way to it, `REFUSAL` the refusal of its model."""

    WHOLE: ClassVar[str]
    REFUSAL: ClassVar[type[DomainError]]

    class Meta:
        abstract = True

    @property
    def whole(self) -> Fixed:
        """The row it is a part of."""
        found = self
        for name in self.WHOLE.split("__"):
            found = getattr(found, name)
        return found

    def save(self, *args, **kwargs):
        self.whole.refuse_unless_draft()
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        self.whole.refuse_unless_draft()
        return super().delete(*args, **kwargs)
