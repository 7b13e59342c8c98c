"""What of running subsidies waits for the district: facts that no longer bear them."""

from collections.abc import Iterator

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from governance.foundation import dates
from governance.notices import sources
from governance.notices.sources import Work
from subsidies.entitlements.models import Entitlement
from subsidies.recovery.models import EXIT_REVIEW

from .exceptions import RUNNING, is_blacklisted, is_changed, is_without_contract

CONDITIONS = {
    "changed": is_changed,
    "contract": is_without_contract,
    "blacklisted": is_blacklisted,
}


def work_of(user) -> Iterator[Work]:
    """A line for each kind of exception that whoever reviews exits has to see to: one query."""
    if not user.scope.has(EXIT_REVIEW):
        return
    today = dates.today()
    rows = Entitlement.objects.filter(user.scope.granted(EXIT_REVIEW), state__in=RUNNING)
    found = rows.order_by().aggregate(
        **{name: Count("pk", filter=condition(today)) for name, condition in CONDITIONS.items()}
    )
    words = {
        "changed": (_("Subsidised area differs from the register"), _("Propose a change")),
        "contract": (_("Subsidies without a running contract"), _("Review the end")),
        "blacklisted": (_("Subsidies of blacklisted firms"), _("Suspend it")),
    }
    page = reverse("reports:exception_list")
    for name, (title, verb) in words.items():
        if found[name]:
            address = f"{page}?kind={name}"
            yield Work(title, found[name], name == "contract", address, "", verb)


def connect() -> None:
    sources.register("reports", work_of)
