"""What of contracts and lots waits for a person: one line for each kind of duty."""

from collections.abc import Iterator

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from governance.foundation import dates
from governance.notices import sources
from governance.notices.sources import Work

from . import deadlines
from .models import Contract, Lot
from .services.common import EDIT, FILE, LOT


def work_of(user) -> Iterator[Work]:
    """Contracts to be filed, renewals and ends to be seen to, lots without their contract."""
    scope, today = user.scope, dates.today()
    if scope.has(FILE) or scope.has(EDIT):
        yield from _contracts(user, today)
    if scope.has(LOT):
        yield from _lots(user)


def _contracts(user, today) -> Iterator[Work]:
    scope = user.scope
    wide = not scope.has(FILE)  # the street files, the district what reaches several
    files = scope.granted(LOT) & Q(street=None) if wide else scope.granted(FILE)
    to_file, others = Q(state="SIGNED") & files, Q(state="FILED") & scope.granted(EDIT)
    late, near = deadlines.overdue(today), deadlines.within(today, 90)
    found = Contract.objects.order_by().aggregate(
        to_file=Count("pk", filter=to_file),
        file_late=Count("pk", filter=to_file & late),
        due=Count("pk", filter=others & (late | near)),
        due_late=Count("pk", filter=others & late),
    )
    board = reverse("contracts:clocks")
    if found["to_file"]:
        yield Work(
            _("Contracts to be put on file"),
            found["to_file"],
            found["file_late"] > 0,
            f"{board}?duty=FILE{'&wide=true' if wide else ''}",
            _late(found["file_late"]),
            pgettext("duty", "put it on file"),
        )
    if found["due"]:
        yield Work(
            _("Contracts that run out: renewal, next contract, hand-over"),
            found["due"],
            found["due_late"] > 0,
            f"{board}?state=FILED&deadline=soon",
            _late(found["due_late"]),
            pgettext("duty", "decide on renewal"),
        )


def _late(count: int) -> str:
    if not count:
        return ""
    return ngettext("%(n)s overdue", "%(n)s overdue", count) % {"n": count}


def _lots(user) -> Iterator[Work]:
    signed = Contract.objects.filter(lot=OuterRef("pk"), state__in=["SIGNED", "FILED", "ENDED"])
    rows = Lot.objects.filter(user.scope.granted(LOT), taken_on__isnull=False, closed_on=None)
    count = rows.exclude(Exists(signed)).count()
    if count:
        address = f"{reverse('contracts:lot_list')}?stage=taken"
        yield Work(
            _("Awarded lots without their contract"), count, False, address, "",
            _("Draft the contract"),
        )  # fmt: skip


def connect() -> None:
    sources.register("contracts", work_of)
