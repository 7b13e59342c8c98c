"""Imports of workbooks: the file, what was found in it, and what became of every row."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.foundation.texts import render
from governance.organisation.models import Area, PlacedQuerySet


def import_path(instance, filename) -> str:
    """A generated name: nothing of the user's file name reaches the disk."""
    return f"imports/{uuid.uuid4().hex}"


class ImportQuerySet(PlacedQuerySet):
    def at_work(self):
        return self.filter(state__in=Import.AT_WORK)


class Import(models.Model):
    """One uploaded workbook, kept for ever with its rows, its counts and who confirmed it.

    It belongs to one area: rows outside it are refused, and whoever sees the whole area sees
    the import. `run` names the task at work; a task that finds another name there stops.
    """

    class State(models.TextChoices):
        UPLOADED = "UPLOADED", pgettext_lazy("state of an import", "uploaded")
        CHECKING = "CHECKING", pgettext_lazy("state of an import", "being checked")
        CHECKED = "CHECKED", pgettext_lazy("state of an import", "waiting for confirmation")
        WRITING = "WRITING", pgettext_lazy("state of an import", "being written")
        DONE = "DONE", pgettext_lazy("state of an import", "imported")
        FAILED = "FAILED", pgettext_lazy("state of an import", "failed")
        CANCELLED = "CANCELLED", pgettext_lazy("state of an import", "cancelled")
        UNDOING = "UNDOING", pgettext_lazy("state of an import", "being undone")
        UNDONE = "UNDONE", pgettext_lazy("state of an import", "undone")

    AT_WORK = (State.CHECKING, State.WRITING, State.UNDOING)

    class Mode(models.TextChoices):
        BOTH = "BOTH", _("add new rows and update known ones")
        CREATE = "CREATE", _("only add new rows, skip known ones")
        UPDATE = "UPDATE", _("only update known rows, skip new ones")

    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("area"))
    district = models.ForeignKey(Area, models.PROTECT, related_name="+", editable=False)
    street = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+", editable=False)
    community = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+", editable=False)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.UPLOADED)
    mode = models.CharField(_("mode"), max_length=10, choices=Mode, default=Mode.BOTH)
    only_sheet = models.CharField(max_length=30, blank=True)
    file = models.FileField(_("file"), upload_to=import_path, max_length=200)
    file_name = models.CharField(_("file name"), max_length=150)
    size = models.PositiveIntegerField(_("size (bytes)"))
    sha256 = models.CharField(max_length=64, db_index=True)
    run = models.CharField(max_length=32, blank=True)
    started_at = models.DateTimeField(null=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    checked_at = models.DateTimeField(_("checked at"), null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("undone by"),
    )
    undone_at = models.DateTimeField(_("undone at"), null=True)
    failure = models.CharField(_("reason"), max_length=500, blank=True)
    was_replanned = models.BooleanField(default=False)
    notes = models.JSONField(
        default=list,
        help_text=_("What was found about the sheets themselves: unknown headers and the like."),
    )
    counts = models.JSONField(default=dict)

    objects = ImportQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("noun", "import")
        verbose_name_plural = pgettext_lazy("noun", "imports")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["district", "-id"], name="import_district"),
            models.Index(fields=["street", "-id"], name="import_street"),
        ]

    def __str__(self) -> str:
        return self.file_name

    def save(self, *args, **kwargs):
        self.district_id = self.area.district_id
        self.street_id = self.area.street_id
        self.community_id = self.area.community_id
        super().save(*args, **kwargs)

    @property
    def is_at_work(self) -> bool:
        return self.state in self.AT_WORK

    @property
    def batch(self) -> str:
        """Under which the audit log files the entries of this import."""
        return f"import-{self.pk}"

    def count(self, state: str) -> int:
        """How many rows of all sheets are in a state."""
        return sum(sheet.get(state, 0) for sheet in self.counts.values())

    @property
    def note_lines(self) -> list[dict]:
        """Notes on the sheets, in the present language."""
        return [{**note, "text": render(note["message"], note["values"])} for note in self.notes]

    @property
    def has_blocking_notes(self) -> bool:
        return any(note["level"] == "error" for note in self.notes)


class ImportRow(models.Model):
    """One row of an imported workbook and what it does to the register.

    `changes` maps a field to [before, after]; a new row has null before. `problems` holds
    column letter, header, value, message and its values, level. `context` holds what the sheet
    itself needs to write the row, such as the community it belongs to. `version` is the record's
    version when the row was planned, and after the import the version it wrote.
    """

    class State(models.TextChoices):
        NEW = "NEW", pgettext_lazy("state of a row", "new")
        CHANGED = "CHANGED", pgettext_lazy("state of a row", "changed")
        UNCHANGED = "UNCHANGED", pgettext_lazy("state of a row", "unchanged")
        REFUSED = "REFUSED", pgettext_lazy("state of a row", "refused")

    batch = models.ForeignKey(Import, models.CASCADE, related_name="rows", db_index=False)
    sheet = models.CharField(_("sheet"), max_length=30)
    number = models.PositiveIntegerField(_("row"))
    state = models.CharField(_("state"), max_length=10, choices=State)
    label = models.CharField(_("name"), max_length=200, blank=True)
    key = models.CharField(_("code"), max_length=120, blank=True)
    has_warnings = models.BooleanField(default=False)
    was_written = models.BooleanField(default=False)
    changes = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    context = models.JSONField(default=dict)
    object_id = models.BigIntegerField(null=True)
    version = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        ordering = ["batch", "id"]
        indexes = [
            models.Index(fields=["batch", "state", "id"], name="importrow_state"),
            models.Index(fields=["batch", "id"], name="importrow_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.sheet} {self.number}"

    @property
    def problem_lines(self) -> list[dict]:
        """Problems in the present language."""
        return [{**item, "text": render(item["message"], item["values"])} for item in self.problems]
