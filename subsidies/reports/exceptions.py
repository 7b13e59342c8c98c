"""What finance must look at: each kind of exception as a list, its number and its sum.

Every kind is a queryset in the reader's scope, so that the number on the overview is the length
of the list it opens.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.foundation import dates
from governance.foundation.fields import FixedPointField
from subsidies.accruals import wording
from subsidies.accruals.models import Accrual
from subsidies.entitlements.models import Entitlement, Objection, TermChange
from subsidies.payments.models import PaymentLine, PaymentOrder
from subsidies.programmes.models import Programme, RateStep
from subsidies.recovery.models import Clawback, Instalment

Basis = RateStep.Basis
RUNNING = (Entitlement.State.APPROVED, Entitlement.State.SUSPENDED)
ENTITLEMENT = "entitlement__"


@dataclass(frozen=True, slots=True)
class Line:
    """One exception: whose it is, what is wrong, since when, about how much."""

    entitlement: Entitlement
    words: str
    day: dt.date | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of exception: its rows in a reader's scope, and how a row is told."""

    key: str
    label: Any
    rows: Callable[[Any, dt.date], QuerySet]
    tell: Callable[[Any, dt.date], Line]
    explains: Any = ""

    def count(self, user, today: dt.date) -> int:
        return self.rows(user, today).order_by().count()

    def lines(self, user, today: dt.date, limit: int | None = None) -> Iterator[Line]:
        for row in self.rows(user, today)[:limit]:
            yield self.tell(row, today)


def _with(path: str) -> tuple[str, ...]:
    return tuple(f"{path}{name}" for name in ("compound", "compound__street", "provider"))


# -- accruals and payments -------------------------------------------------------------------------
def _problems(user, today) -> QuerySet:
    rows = Accrual.objects.visible_to(user).filter(state=Accrual.State.PROBLEM)
    return rows.select_related("entitlement", *_with(ENTITLEMENT)).order_by("month", "pk")


def _problem(row: Accrual, today) -> Line:
    words = " ".join(wording.sentences(row.problems))
    return Line(row.entitlement, f"{row.month:%Y-%m} {words}".strip(), row.month)


def _unpaid() -> QuerySet:
    """Posted months of which less is paid than was due."""
    paid = (
        PaymentLine.objects.filter(accrual=OuterRef("pk"), state=PaymentLine.State.PAID)
        .order_by()
        .values("accrual")
        .annotate(total=Sum("amount"))
        .values("total")
    )
    return (
        Accrual.objects.filter(state=Accrual.State.POSTED, due__gt=0)
        .annotate(paid=Coalesce(Subquery(paid), 0, output_field=FixedPointField()))
        .filter(paid__lt=F("due"))
    )


def _overdue(user, today) -> QuerySet:
    """Posted for longer than the programme allows finance to pay (§5.2: 30 d), and not paid."""
    late = Q(pk=None)
    days = Programme.objects.order_by().values_list("payment_days", flat=True).distinct()
    for allowed in days:
        until = dates.end_of_day(today - dt.timedelta(days=allowed + 1))
        late |= Q(entitlement__programme__payment_days=allowed, run__approved_at__lte=until)
    rows = _unpaid().filter(user.scope.seen()).filter(late)
    return rows.select_related("run", "entitlement", *_with(ENTITLEMENT)).order_by("month", "pk")


def _late_payment(row: Accrual, today) -> Line:
    words = _("%(month)s is payable and not paid") % {"month": f"{row.month:%Y-%m}"}
    return Line(
        row.entitlement,
        words,
        row.run.approved_at and _day(row.run.approved_at),
        row.due - row.paid,
    )


def _day(moment: dt.datetime) -> dt.date:
    return timezone.localdate(moment)


def _failed(user, today) -> QuerySet:
    """Shares of months whose payment failed or came back, and that are in no batch since."""
    again = PaymentLine.objects.filter(
        accrual=OuterRef("accrual"), indicator=OuterRef("indicator"), state__in=["OPEN", "PAID"]
    )
    newer = PaymentLine.objects.filter(
        accrual=OuterRef("accrual"), indicator=OuterRef("indicator"), pk__gt=OuterRef("pk")
    )
    return (
        PaymentLine.objects.filter(
            order__district__in=user.scope.in_districts("ledger.view"),
            order__state__in=[PaymentOrder.State.FAILED, PaymentOrder.State.SENT_BACK],
            state=PaymentLine.State.FREED,
            accrual__state=Accrual.State.POSTED,
        )
        .exclude(Exists(again))
        .exclude(Exists(newer))
        .select_related("order", "accrual__entitlement", *_with("accrual__entitlement__"))
        .order_by("pk")
    )


def _failure(row: PaymentLine, today) -> Line:
    words = f"{row.accrual.month:%Y-%m} {row.order.reference} {row.order.failure}"
    return Line(row.accrual.entitlement, words.strip(), None, row.amount)


# -- entitlements ----------------------------------------------------------------------------------
def _running(user) -> QuerySet:
    rows = Entitlement.objects.visible_to(user).filter(state__in=RUNNING).defer("trace")
    return rows.select_related("contract", *_with("")).order_by("-pk")


def _basis(*kinds) -> Exists:
    return Exists(RateStep.objects.filter(programme=OuterRef("programme"), basis__in=kinds))


def _held(own: str) -> Coalesce:
    """The basis as the last change by document left it, else as it was approved."""
    changes = TermChange.objects.filter(
        entitlement=OuterRef("pk"),
        kind=TermChange.Kind.BASIS,
        state=TermChange.State.APPROVED,
        **{f"{own}__isnull": False},
    )
    return Coalesce(Subquery(changes.order_by("-from_month", "-pk").values(own)[:1]), F(own))


def _differs(own: str, of_compound: str) -> Q:
    known = Q(**{f"{own}__isnull": False, f"compound__{of_compound}__isnull": False})
    return known & ~Q(Exact(_held(own), F(f"compound__{of_compound}")))


def is_changed(today: dt.date) -> Q:
    """What was approved, or changed by document since, is no longer what the register says."""
    by_area = _basis(Basis.CHARGEABLE_AREA, Basis.FEE_SHARE, Basis.COLLECTED_AREA)
    return (
        (Q(by_area) & _differs("area_m2", "chargeable_area_m2"))
        | (Q(_basis(Basis.FLOOR_AREA)) & _differs("area_m2", "floor_area_m2"))
        | (Q(_basis(Basis.HOUSEHOLDS)) & _differs("household_count", "household_count"))
    )


def is_without_contract(today: dt.date) -> Q:
    """The contract has ended or run out, the entitlement goes on."""
    over = Q(contract__state__in=["ENDED", "CANCELLED"]) | Q(contract__ended_on__lt=today)
    return (over | Q(contract__ends_on__lt=today)) & Q(ends_on__gte=today)


def is_blacklisted(today: dt.date) -> Q:
    return Q(provider__blacklisted_until__gte=today)


def _changed(user, today) -> QuerySet:
    rows = _running(user).filter(is_changed(today))
    return rows.annotate(area_held=_held("area_m2"), households_held=_held("household_count"))


def _change(row: Entitlement, today) -> Line:
    parts = []
    one = row.compound
    if row.area_held is not None:
        parts.append(
            _("approved %(old)s m², register %(new)s m² chargeable, %(floor)s m² built")
            % {"old": row.area_held, "new": one.chargeable_area_m2, "floor": one.floor_area_m2}
        )
    if row.households_held is not None and row.households_held != one.household_count:
        parts.append(
            _("approved %(old)s households, register %(new)s")
            % {"old": row.households_held, "new": one.household_count}
        )
    return Line(row, _("; ").join(parts), row.approved_on)


def _without_contract(user, today) -> QuerySet:
    return _running(user).filter(is_without_contract(today))


def _ended(row: Entitlement, today) -> Line:
    day = row.contract.ended_on or row.contract.ends_on
    words = _("contract %(number)s is over, the term runs until %(day)s") % {
        "number": row.contract.number,
        "day": row.ends_on.isoformat(),
    }
    return Line(row, words, day)


def _blacklisted(user, today) -> QuerySet:
    return _running(user).filter(is_blacklisted(today))


def _listed(row: Entitlement, today) -> Line:
    words = _("blacklisted until %(day)s") % {"day": row.provider.blacklisted_until.isoformat()}
    return Line(row, words)


# -- objections and clawbacks ----------------------------------------------------------------------
def _objections(user, today) -> QuerySet:
    rows = Objection.objects.visible_to(user).filter(state=Objection.State.OPEN)
    return rows.select_related("entitlement", *_with(ENTITLEMENT)).order_by("received_on", "pk")


def _objection(row: Objection, today) -> Line:
    return Line(row.entitlement, row.said, row.received_on)


def _clawbacks(user, today) -> QuerySet:
    """Notice was given, a day has passed, and not all of it came in."""
    late = Instalment.objects.filter(clawback=OuterRef("pk"), received_on=None, due_on__lt=today)
    planned = Instalment.objects.filter(clawback=OuterRef("pk"))
    rows = Clawback.objects.visible_to(user).filter(state__in=["NOTIFIED", "CONFIRMED"])
    rows = rows.filter(Q(Exists(late)) | (Q(due_on__lt=today) & ~Q(Exists(planned))))
    received = (
        Instalment.objects.filter(clawback=OuterRef("pk"), received_on__isnull=False)
        .order_by()
        .values("clawback")
        .annotate(total=Sum("amount"))
        .values("total")
    )
    rows = rows.annotate(received=Coalesce(Subquery(received), 0, output_field=FixedPointField()))
    return rows.select_related("entitlement", *_with(ENTITLEMENT)).order_by("due_on", "pk")


def _clawback(row: Clawback, today) -> Line:
    words = f"{row.get_trigger_display()} {row.document}".strip()
    return Line(row.entitlement, words, row.due_on, row.amount - row.received)


KINDS = (
    Kind(
        "problems", gettext_lazy("Months that cannot be computed"), _problems, _problem,
        gettext_lazy("A fact or a number is missing. Complete it and compute again."),
    ),
    Kind(
        "overdue", gettext_lazy("Payable for too long"), _overdue, _late_payment,
        gettext_lazy("Posted for longer than the programme allows for payment."),
    ),
    Kind(
        "failed", gettext_lazy("Payments that failed"), _failed, _failure,
        gettext_lazy("The bank could not pay; the amount is in no batch since."),
    ),
    Kind(
        "changed", gettext_lazy("Area or households changed since the approval"),
        _changed, _change,
        gettext_lazy("Propose a change of the basis, or correct the register."),
    ),
    Kind(
        "contract", gettext_lazy("Contract over, subsidy running"), _without_contract, _ended,
        gettext_lazy("End the subsidy, or file the contract that follows."),
    ),
    Kind(
        "blacklisted", gettext_lazy("Firm blacklisted, subsidy running"), _blacklisted, _listed,
        gettext_lazy("Suspend the subsidy until it is decided."),
    ),
    Kind(
        "objections", gettext_lazy("Open objections"), _objections, _objection,
        gettext_lazy("Somebody objected under public notice and has no answer yet."),
    ),
    Kind(
        "clawbacks", gettext_lazy("Clawbacks overdue"), _clawbacks, _clawback,
        gettext_lazy("The day of repayment has passed."),
    ),
)  # fmt: skip
BY_KEY = {kind.key: kind for kind in KINDS}


def counts(user, today: dt.date) -> list[tuple[Kind, int]]:
    """Every kind with its number: one statement each."""
    return [(kind, kind.count(user, today)) for kind in KINDS]
