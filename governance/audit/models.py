"""The append-only, hash-chained record of every change, export and view of personal data."""

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.foundation.errors import DomainError
from governance.organisation.models import Level

AUDIT_VIEW = "audit.view"
AUDIT_EXPORT = "audit.export"
# Kinds of objects about which the log tells only those who also hold a right of their own.
PERSONAL = {
    "people.person": "people.view",
    "party_grid.duty": "people.view",
    "pairings.pairing": "people.view",
}


class AppendOnlyError(DomainError):
    """Somebody tried to change or delete what is kept for ever."""

    def __init__(self):
        super().__init__(_("Entries of the audit log cannot be changed or deleted."))


class AuditEntryQuerySet(models.QuerySet):
    def update(self, **kwargs):
        raise AppendOnlyError

    def delete(self):
        raise AppendOnlyError

    def visible_to(self, user):
        """What the person may read of the log.

        An auditor reads the entries of the post's area, and at district level also those of no
        place (logins, accounts, posts). Anybody else reads what happened to rows in their scope.
        """
        scope = user.scope
        seen = scope.seen()
        if closed := [kind for kind, right in PERSONAL.items() if not scope.covers(right)]:
            seen &= ~Q(object_type__in=closed)
            for kind in closed:
                seen |= scope.granted(PERSONAL[kind]) & Q(object_type=kind)
        if not scope.has(AUDIT_VIEW):
            return self.filter(seen)
        readable = scope.granted(AUDIT_VIEW) | seen
        if any(grant.level == Level.DISTRICT for grant in scope.areas(AUDIT_VIEW)):
            readable |= Q(district=None)
        return self.filter(readable)

    def history_for(self, user, kind: str, pk):
        """All that happened to one object, for whoever sees it; newest first.

        Entries keep the place where they happened, objects move: judged by the object. Objects
        that are gone, and kinds that belong to no place, are judged by the entries themselves.
        """
        found = self.filter(object_type=kind, object_id=str(pk)).order_by("-id")
        objects = _objects(kind)
        is_number = isinstance(pk, int) or (pk.isdecimal() and len(pk) < 19)
        if objects is not None and is_number and objects.filter(pk=pk).exists():
            if objects.visible_to(user).filter(pk=pk).exists():
                return found
            if not user.scope.has(AUDIT_VIEW):
                return found.none()
        return found.visible_to(user)


def _objects(kind: str):
    """All rows of a kind that knows who may see them; None for any other kind."""
    try:
        rows = apps.get_model(kind)._default_manager.all()
    except (LookupError, ValueError):
        return None
    return rows if hasattr(rows, "visible_to") else None


def _place(label):
    return models.ForeignKey(
        "organisation.Area",
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,  # the log is read in an order: see the indexes
        verbose_name=label,
    )


class AuditEntry(models.Model):
    """Who did what to which object, when, why, and what changed.

    `changes` maps a field to [before, after]. `digest` is the hash of this entry's content
    and of the entry before it; `verify_audit` recomputes the chain.
    """

    at = models.DateTimeField(_("time"), db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("actor"),
    )
    actor_name = models.CharField(_("name of the actor"), max_length=150)
    post = models.CharField(_("post"), max_length=200, blank=True)
    verb = models.CharField(_("act"), max_length=60)
    object_type = models.CharField(_("kind of object"), max_length=80, blank=True)
    object_id = models.CharField(_("object"), max_length=40, blank=True)
    object_label = models.CharField(_("name of the object"), max_length=200, blank=True)
    district = _place(_("district"))
    street = _place(_("street"))
    community = _place(_("community"))
    changes = models.JSONField(_("changes"), default=dict)
    reason = models.TextField(_("reason"), blank=True)
    request_id = models.CharField(_("request"), max_length=36, blank=True)
    batch = models.CharField(_("batch"), max_length=36, blank=True)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_object"),
            models.Index(fields=["district", "-id"], name="audit_district"),
            models.Index(fields=["street", "-id"], name="audit_street"),
            models.Index(fields=["community", "-id"], name="audit_community"),
            models.Index(fields=["batch"], name="audit_batch"),
        ]
        # Indexes declared here have no twin for `LIKE` on PostgreSQL.
        constraints = [models.UniqueConstraint(fields=["digest"], name="audit_digest_once")]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.verb} {self.object_label}"

    def save(self, *args, **kwargs):
        raise AppendOnlyError

    def delete(self, *args, **kwargs):
        raise AppendOnlyError


class ChainHead(models.Model):
    """The last link: locked while entries are added, so that the chain has no forks."""

    digest = models.CharField(max_length=64)
    length = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("end of the audit chain")

    def __str__(self) -> str:
        return f"{self.length} {self.digest}"


class ChainCheck(models.Model):
    """A verification of the chain: how far it held, or the first breach.

    The digest of a check that held is an anchor: a chain cut or rewritten below it is found,
    even if the end of the chain was rewritten to match.
    """

    at = models.DateTimeField(_("verified at"), auto_now_add=True)
    length = models.BigIntegerField(_("entries"))
    digest = models.CharField(_("digest"), max_length=64)
    breach = models.CharField(_("breach"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("verification of the audit chain")
        verbose_name_plural = _("verifications of the audit chain")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.breach or f"{self.length} {self.digest}"


class Submission(models.Model):
    """A form already taken: the same page sent twice gets the first answer, once.

    The token is bound to the content it came with, so that the same page sent with other
    values counts as another act.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    token = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    location = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("form submission")
        constraints = [
            models.UniqueConstraint(fields=["user", "token", "digest"], name="submission_once")
        ]

    def __str__(self) -> str:
        return self.token
