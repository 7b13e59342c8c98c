"""What of disbursements waits for a person: one line for each kind of duty."""

import datetime as dt
from collections.abc import Iterator

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy, pgettext

from governance.foundation import dates
from governance.notices import kinds, sources
from governance.notices.sources import Work
from subsidies.accruals import hooks

from . import questions
from .models import PREPARE, RECONCILE, RELEASE, Disbursement
from .services.common import BACK, FAILED, SENT, WAITING

State = Disbursement.State
# A bank answers within days; after that somebody should ask it.
BANK_DAYS = 10


def work_of(user) -> Iterator[Work]:
    """Payable months to be disbursed, batches to be released, answers of the bank to be read."""
    scope = user.scope
    if scope.has(PREPARE):
        yield from _payable(scope.in_districts(PREPARE))
    if scope.has(RELEASE) or scope.has(RECONCILE):
        yield from _batches(user)


def _payable(districts) -> Iterator[Work]:
    today = dates.today()
    found = questions.collect(questions.owed(districts), today)
    late = sum(row.due_on < today for row in found.rows)
    address = reverse("payments:payable_list")
    if found.rows:
        first = min(row.due_on for row in found.rows)
        detail = _("the first is due on %(day)s") % {"day": first.isoformat()}
        if late:
            detail = ngettext("%(n)s overdue", "%(n)s overdue", late) % {"n": late}
        yield Work(
            _("Payable months to be disbursed"),
            len(found.rows),
            late > 0,
            address,
            detail,
            pgettext("duty", "disburse"),
        )
    without = {
        row.provider_id for row, why in found.left_out if why == questions.LeftOut.NO_ACCOUNT
    }
    if without:
        yield Work(
            _("Firms to be paid that have no confirmed account"),
            len(without),
            any(
                row.due_on < today
                for row, why in found.left_out
                if why == questions.LeftOut.NO_ACCOUNT
            ),
            f"{address}?state=no_account",
            "",
            pgettext("duty", "enter the account"),
        )


def _batches(user) -> Iterator[Work]:
    scope, today = user.scope, dates.today()
    release = Q(state=State.SUBMITTED, district__in=scope.in_districts(RELEASE))
    release &= ~Q(prepared_by=user) & ~Q(submitted_by=user)
    sent = Q(state=State.RELEASED, district__in=scope.in_districts(RECONCILE))
    late = sent & Q(released_on__lt=today - dt.timedelta(days=BANK_DAYS))
    found = Disbursement.objects.order_by().aggregate(
        release=Count("pk", filter=release),
        sent=Count("pk", filter=sent),
        late=Count("pk", filter=late),
    )
    address = reverse("payments:disbursement_list")
    if found["release"]:
        yield Work(
            _("Disbursements to be released"),
            found["release"],
            False,
            f"{address}?state=SUBMITTED",
            "",
            pgettext("duty", "examine and release"),
        )
    if found["sent"]:
        yield Work(
            _("Disbursements at the bank, to be reconciled"),
            found["sent"],
            found["late"] > 0,
            f"{address}?state=RELEASED",
            "",
            pgettext("duty", "read the bank's result"),
        )


def connect() -> None:
    kinds.register(
        WAITING,
        ngettext_lazy(
            "A disbursement waits to be released.",
            "%(count)s disbursements wait to be released.",
            "count",
        ),
    )
    kinds.register(
        SENT,
        ngettext_lazy(
            "A disbursement was released; the bank's result is to be read in.",
            "%(count)s disbursements were released; the bank's results are to be read in.",
            "count",
        ),
    )
    kinds.register(
        FAILED,
        ngettext_lazy(
            "A payment has failed and is payable again.",
            "%(count)s payments have failed and are payable again.",
            "count",
        ),
    )
    kinds.register(
        BACK,
        ngettext_lazy(
            "A payment was sent back by the bank and is payable again.",
            "%(count)s payments were sent back by the bank and are payable again.",
            "count",
        ),
    )
    sources.register("payments", work_of)
    hooks.register_paid(questions.paid_of)
    hooks.register_hold(questions.held)
