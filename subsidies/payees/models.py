"""The bank account a firm is paid on: typed by one person, confirmed by another."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.providers.models import Provider
from governance.foundation import sealing
from governance.foundation.models import Versioned
from governance.organisation.models import Area

EDIT = "payee.edit"
CONFIRM = "payee.confirm"
REVEAL = "payee.reveal"


class PayeeAccountQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Accounts of the districts in which the user's posts see the ledger."""
        return self.filter(district_id__in=user.scope.in_districts("ledger.view"))


class PayeeAccount(Versioned):
    """One firm's bank account. The number is encrypted; lists show its last four digits.

    A confirmed one is never changed: a new one replaces it, confirmed by a second person.
    """

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", pgettext_lazy("payee account", "to be confirmed")
        CONFIRMED = "CONFIRMED", pgettext_lazy("payee account", "confirmed")
        REPLACED = "REPLACED", pgettext_lazy("payee account", "replaced")
        REFUSED = "REFUSED", pgettext_lazy("payee account", "refused")

    district = models.ForeignKey(
        Area, models.PROTECT, related_name="+", editable=False, verbose_name=_("district")
    )
    provider = models.ForeignKey(
        Provider, models.PROTECT, related_name="payee_accounts", verbose_name=_("provider")
    )
    holder = models.CharField(_("account holder"), max_length=100)
    bank = models.CharField(_("bank and branch"), max_length=100)
    number_sealed = models.CharField(max_length=250, editable=False)
    number_hash = models.CharField(max_length=64, editable=False)
    number_masked = models.CharField(_("account number"), max_length=40, editable=False)
    document = models.CharField(_("proof of the account"), max_length=150, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.PROPOSED, editable=False
    )
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("prepared by"),
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, editable=False)
    reason = models.CharField(_("reason"), max_length=200, blank=True, editable=False)

    objects = PayeeAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("payee account")
        verbose_name_plural = _("payee accounts")
        ordering = ["provider", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider"],
                condition=Q(state="CONFIRMED"),
                name="payeeaccount_one_confirmed",
            ),
            models.UniqueConstraint(
                fields=["provider"],
                condition=Q(state="PROPOSED"),
                name="payeeaccount_one_proposed",
                violation_error_message=_(
                    "An account of this firm already waits for confirmation."
                ),
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("prepared_by")),
                name="payeeaccount_confirmed_by_another",
                violation_error_message=_("Whoever typed an account cannot confirm it."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["PROPOSED", "REFUSED"])
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="payeeaccount_confirmed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder} {self.bank} {self.number_masked}"

    def set_number(self, number: str) -> None:
        """Seal the number; only its last four digits stay readable."""
        self.number_sealed = sealing.seal(number)
        self.number_hash = sealing.fingerprint(number)
        self.number_masked = f"**** {number[-4:]}"

    def number(self) -> str:
        """The number in full: for the bank's file, and for who may reveal it (audited)."""
        return sealing.unseal(self.number_sealed)
