"""Which payee accounts wait for a person."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy, pgettext

from governance.notices import kinds, sources
from governance.notices.sources import Work

from .models import CONFIRM, PayeeAccount
from .services import WAITING


def work_of(user) -> Iterator[Work]:
    """Accounts that somebody else has typed and this person may confirm."""
    if not user.scope.has(CONFIRM):
        return
    count = (
        PayeeAccount.objects.filter(
            district_id__in=user.scope.in_districts(CONFIRM), state=PayeeAccount.State.PROPOSED
        )
        .exclude(prepared_by=user)
        .count()
    )
    if count:
        yield Work(
            _("Payee accounts to be confirmed"),
            count,
            False,
            f"{reverse('payees:payee_list')}?state=PROPOSED",
            "",
            pgettext("duty", "compare and confirm"),
        )


def connect() -> None:
    kinds.register(
        WAITING,
        ngettext_lazy(
            "A payee account waits to be confirmed.",
            "%(count)s payee accounts wait to be confirmed.",
            "count",
        ),
    )
    sources.register("payees", work_of)
