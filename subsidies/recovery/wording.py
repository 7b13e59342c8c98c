"""Classes of chips and words of this room's pages."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ENTITLEMENT_CLASS = {
    "APPROVED": "ok",
    "SUSPENDED": "warn",
    "EXITED": "plain",
    "CLOSED": "plain",
}
EXIT_CLASS = {"PREPARED": "warn", "APPROVED": "ok", "REFUSED": "bad"}
OUTCOME_CLASS = {"CONTINUES": "ok", "SUPPORTED": "plain", "EXTEND": "warn", "LEAVES": "bad"}
CLAWBACK_CLASS = {
    "PROPOSED": "warn",
    "NOTIFIED": "bad",
    "APPEALED": "warn",
    "CONFIRMED": "bad",
    "RECOVERED": "ok",
    "CANCELLED": "",
}
CHANGE_CLASS = {"PREPARED": "warn", "APPROVED": "ok", "REFUSED": ""}
TAKES = {
    "ALL": _("all that was paid"),
    "UNEARNED": _("what was paid for after the day it happened"),
    "LAST_MONTHS": _("the last months"),
    "PERCENT": _("a percentage of what was paid"),
}
STAGES = {
    "PROPOSED": pgettext_lazy("clawback", "proposed"),
    "NOTIFIED": pgettext_lazy("clawback", "notice given"),
    "APPEALED": pgettext_lazy("clawback", "appeal"),
    "CONFIRMED": pgettext_lazy("clawback", "being repaid"),
    "RECOVERED": pgettext_lazy("clawback", "recovered"),
}
