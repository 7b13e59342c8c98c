"""The list of batches, one batch with its orders, one order with its months."""

from collections import defaultdict
from decimal import Decimal
from functools import cached_property

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_safe

from governance.audit import words
from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.foundation.views import Listing, ListPage

from ..filters import DisbursementFilterSet
from ..models import PREPARE, RECONCILE, RELEASE, Disbursement, PaymentLine, PaymentOrder
from ..questions import TAKEN
from ..tables import ORDER_CLASS, STATE_CLASS, DisbursementTable
from .common import FOLDER, VIEW, batch_of, may, order_of

State, OrderState = Disbursement.State, PaymentOrder.State
ENTRIES = 30
NOT_ARRIVED = (OrderState.FAILED, OrderState.SENT_BACK)
FIGURES = (
    ("drafts", gettext_lazy("in preparation"), "DRAFT"),
    ("waiting", gettext_lazy("to be released"), "SUBMITTED"),
    ("sent", gettext_lazy("at the bank"), "RELEASED"),
    ("done", gettext_lazy("reconciled"), "RECONCILED"),
)


class Batches(Listing):
    """Batches with how many orders they hold and what became of them."""

    @cached_property
    def rows(self) -> list[tuple]:
        orders = PaymentOrder.objects.filter(disbursement__in=self.ids).order_by()
        counted = orders.values("disbursement").annotate(
            orders=Count("pk"),
            paid=Count("pk", filter=Q(state=OrderState.PAID)),
            failed=Count("pk", filter=Q(state__in=[OrderState.FAILED, OrderState.SENT_BACK])),
        )
        self.context["counts"] = {row["disbursement"]: row for row in counted}
        return super().rows


class DisbursementList(ListPage):
    """Batches of the districts whose ledger the reader sees."""

    table = DisbursementTable
    filterset = DisbursementFilterSet
    template_name = f"{FOLDER}/disbursement_list.html"
    default_sort = "-number"
    right = VIEW

    def visible(self):
        return Disbursement.objects.visible_to(self.request.user)

    def listing(self):
        context = self.page_context()
        return Batches(
            table=self.table,
            filterset=self.filterset(self.request.GET, self.visible(), page=context),
            query=self.request.GET,
            default_sort=self.default_sort,
            context=context,
        )

    def extra_context(self, listing):
        sums = {
            state: (count, total)
            for state, count, total in self.visible()
            .order_by()
            .values_list("state")
            .annotate(Count("pk"), Sum("total"))
        }
        figures = [
            {
                "label": label,
                "count": sums.get(state, (0, None))[0],
                "total": sums.get(state, (0, None))[1],
                "state": state,
            }
            for _key, label, state in FIGURES
        ]
        return {"figures": figures, "may_prepare": self.request.user.scope.has(PREPARE)}


disbursement_list = DisbursementList.as_view()


# -- one batch -------------------------------------------------------------------------------------
@login_required
@require_safe
def disbursement_detail(request, pk):
    batch = batch_of(request, pk)
    orders = list(
        batch.orders.select_related("provider", "payee_account").order_by("provider__name", "pk")
    )
    lines = lines_of(Q(order__disbursement=batch))
    by_order = defaultdict(list)
    for line in lines:
        by_order[line.order_id].append(line)
    entries = AuditEntry.objects.history_for(request.user, "payments.disbursement", batch.pk)
    context = {
        "batch": batch,
        "state_class": STATE_CLASS[batch.state],
        "orders": [
            {"order": order, "lines": by_order[order.pk], "css": ORDER_CLASS[order.state]}
            for order in orders
        ],
        "figures": _figures(orders),
        "streets": _by_street(lines),
        "way": _way(batch),
        "results": batch.results.select_related("read_by"),
        "lines": words.lines(entries[:ENTRIES], request.user),
        "line_count": len(lines),
        **_acts(request, batch, orders),
    }
    return render(request, f"{FOLDER}/disbursement_detail.html", context)


def lines_of(condition: Q) -> list[PaymentLine]:
    """Lines with what a page says of them: compound, street, month, the whole of the accrual."""
    return list(
        PaymentLine.objects.filter(condition)
        .select_related("accrual__entitlement__compound", "accrual__street")
        .order_by("accrual__entitlement__compound__code", "accrual__month", "pk")
    )


def _figures(orders: list[PaymentOrder]) -> list[dict]:
    """Orders and money by what became of them."""
    found = []
    for state, label in OrderState.choices:
        own = [order for order in orders if order.state == state]
        if own:
            total = sum((order.amount for order in own), Decimal(0))
            found.append({"state": state, "label": label, "count": len(own), "total": total})
    return found


def _by_street(lines: list[PaymentLine]) -> list[tuple]:
    """(street, how many months, money) of the batch."""
    sums: dict[str, list] = {}
    for line in lines:
        found = sums.setdefault(str(line.accrual.street), [0, Decimal(0)])
        found[0] += 1
        found[1] += line.amount
    return [(street, count, total) for street, (count, total) in sorted(sums.items())]


def _way(batch: Disbursement) -> list[dict]:
    """The way of a batch as steps: what is past, where it stands, what comes."""
    steps = [
        (State.DRAFT, batch.prepared_by, batch.created_at, True),
        (State.SUBMITTED, batch.submitted_by, batch.submitted_at, True),
        (State.RELEASED, batch.released_by, batch.released_on, False),
        (State.RECONCILED, None, None, False),
    ]
    states = [state for state, *_rest in steps]
    at = states.index(batch.state) if batch.state in states else -1
    names = {
        State.DRAFT: pgettext("step of a disbursement", "drafted"),
        State.SUBMITTED: pgettext("step of a disbursement", "submitted"),
        State.RELEASED: pgettext("step of a disbursement", "released"),
        State.RECONCILED: pgettext("step of a disbursement", "reconciled"),
    }
    return [
        {
            "name": names[state],
            "css": "past" if i < at or state == batch.state == State.RECONCILED else
            "now" if i == at else "next",
            "by": by,
            "at": when,
            "has_time": has_time,
        }
        for i, (state, by, when, has_time) in enumerate(steps)
    ]  # fmt: skip


def _acts(request, batch: Disbursement, orders: list[PaymentOrder]) -> dict:
    """The next act as one button, and the others."""
    district, user = batch.district_id, request.user
    prepares, releases = may(request, PREPARE, district), may(request, RELEASE, district)
    settles = may(request, RECONCILE, district)
    is_mine = user.pk in (batch.prepared_by_id, batch.submitted_by_id)
    waiting = any(order.state == OrderState.SENT for order in orders)
    acts, words_ = [], ""
    if batch.state == State.DRAFT:
        words_ = _("it is to be submitted")
        if prepares:
            acts.append(("disbursement_submit", _("Submit for release")))
            acts.append(("disbursement_cancel", _("Cancel the batch")))
    elif batch.state == State.SUBMITTED:
        words_ = _("another finance officer is to examine and release it")
        if releases and not is_mine:
            acts.append(("disbursement_release", _("Release the payments")))
            acts.append(("disbursement_return", _("Return it")))
        if prepares:
            acts.append(("disbursement_cancel", _("Cancel the batch")))
    elif batch.state == State.RELEASED:
        words_ = _("the bank's result is to be read in")
        if settles:
            acts.append(("result_read", _("Read the bank's result")))
    elif any(order.state in NOT_ARRIVED for order in orders) and _is_owed_again(batch):
        words_ = _("what did not arrive is payable again, in a new batch")
    return {
        "next_words": words_,
        "acts": [
            {
                "url": reverse(f"payments:{name}", args=[batch.pk]),
                "label": label,
                "is_first": i == 0 and name != "disbursement_cancel",
            }
            for i, (name, label) in enumerate(acts)
        ],
        "may_file": releases and batch.state == State.RELEASED and waiting,
        "may_settle": settles,
        "may_send_back": settles and batch.state == State.RECONCILED,
        "has_notice": batch.state in (State.RELEASED, State.RECONCILED),
        "days_out": (dates.today() - batch.released_on).days
        if batch.state == State.RELEASED
        else None,
    }


@login_required
@require_safe
def order_detail(request, pk):
    order = order_of(request, pk)
    entries = AuditEntry.objects.history_for(request.user, "payments.paymentorder", order.pk)
    return render(
        request,
        f"{FOLDER}/order_detail.html",
        {
            "order": order,
            "batch": order.disbursement,
            "css": ORDER_CLASS[order.state],
            "rows": lines_of(Q(order=order)),
            "lines": words.lines(entries[:ENTRIES], request.user),
            "may_settle": order.state == OrderState.SENT
            and may(request, RECONCILE, order.district_id),
            "may_send_back": order.state == OrderState.PAID
            and may(request, RECONCILE, order.district_id),
            "again": _paid_again(order),
        },
    )


def _paid_again(order: PaymentOrder) -> list[PaymentOrder]:
    """Later orders that hold months of one that did not arrive."""
    if order.state not in NOT_ARRIVED:
        return []
    months = PaymentLine.objects.filter(order=order)
    return list(
        PaymentOrder.objects.filter(
            lines__accrual__in=months.values("accrual"),
            disbursement__indicator=order.disbursement.indicator_id,
            pk__gt=order.pk,
        )
        .select_related("disbursement")
        .distinct()
        .order_by("pk")
    )


def _is_owed_again(batch: Disbursement) -> bool:
    """Whether something of a batch that did not arrive is in no other batch yet."""
    again = PaymentLine.objects.filter(
        accrual=OuterRef("accrual"), indicator=OuterRef("indicator"), state__in=TAKEN
    )
    freed = PaymentLine.objects.filter(order__disbursement=batch, accrual__state="POSTED")
    return freed.filter(state=PaymentLine.State.FREED).exclude(Exists(again)).exists()
