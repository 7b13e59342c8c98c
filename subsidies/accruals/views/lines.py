"""One line: its arithmetic and postings, its days, a decision on a problem, its reversal."""

from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.organisation.access import right_required
from governance.organisation.scope import REGISTER_VIEW
from subsidies.ledger.models import VIEW as LEDGER
from subsidies.ledger.models import BudgetIndicator
from subsidies.programmes.models import FundingShare

from .. import differences, hooks, services, wording
from ..forms import DaysForm, DecideForm, ReverseForm
from ..inputs import DECIDABLE
from ..models import APPROVE, CONFIRM, Accrual, AccrualRun
from ..services import Stated
from ..services.common import codes
from ..tables import STATE_CLASS
from .common import FOLDER, accrual_of, act_page


def _back(accrual: Accrual) -> str:
    return reverse("accruals:accrual_detail", args=[accrual.pk])


@right_required(REGISTER_VIEW)
@require_safe
def accrual_detail(request, pk):
    """All that led to the amount, line by line, and what was posted for it."""
    accrual = accrual_of(request, pk)
    scope = request.user.scope
    sees_ledger = accrual.district_id in scope.in_districts(LEDGER)
    earlier = differences.before([(accrual.entitlement_id, accrual.month)])
    now = differences.Month(*(getattr(accrual, name) for name in differences.FIELDS))
    change, why = differences.difference(now, earlier.get((accrual.entitlement_id, accrual.month)))
    return render(
        request,
        f"{FOLDER}/accrual_detail.html",
        {
            "accrual": accrual,
            "run": accrual.run,
            "entitlement": accrual.entitlement,
            "compound": accrual.entitlement.compound,
            "state_class": STATE_CLASS[accrual.state],
            "lines": wording.arithmetic(accrual.trace),
            "problems": wording.sentences(accrual.problems),
            "notes": wording.sentences(accrual.trace.get("notes", ())),
            "reckoned": accrual.trace.get("reckoned"),
            "change": change,
            "why": why,
            "shares": _shares(accrual),
            "postings": _postings(accrual) if sees_ledger else None,
            "paid": hooks.paid_of([accrual.pk]).get(accrual.pk),
            "others": Accrual.objects.filter(
                entitlement=accrual.entitlement_id, month=accrual.month
            )
            .exclude(pk=accrual.pk)
            .select_related("run")
            .order_by("pk"),
            "acts": acts_on(request.user, accrual),
        },
    )


def _shares(accrual: Accrual) -> list[dict]:
    payers = dict(FundingShare.Payer.choices)
    indicators = BudgetIndicator.objects.in_bulk([share[1] for share in accrual.shares])
    return [
        {
            "payer": payers.get(payer, payer),
            "indicator": indicators.get(indicator),
            "gross": Decimal(gross),
            "deduction": Decimal(deduction),
            "due": Decimal(gross) - Decimal(deduction),
        }
        for payer, indicator, gross, deduction in accrual.shares
    ]


def _postings(accrual: Accrual):
    found = services.postings_of(accrual).select_related(
        "transaction", "source__indicator", "target", "reversed_by__transaction"
    )
    return found.order_by("pk")


def acts_on(user, accrual: Accrual) -> list[dict]:
    """What the reader may do with the line now."""
    found = []
    is_open = accrual.run.state == AccrualRun.State.DRAFT

    def offer(name, label, **kwargs):
        args = [accrual.pk, *kwargs.values()]
        found.append({"url": reverse(f"accruals:{name}", args=args), "label": label})

    if is_open and accrual.state == "COMPUTED" and user.scope.can(CONFIRM, accrual):
        offer("accrual_days", _("Confirm the days"))
    if is_open and accrual.state == "PROBLEM" and user.scope.can(APPROVE, accrual):
        for _code in sorted(codes(accrual.problems) & DECIDABLE):
            offer("accrual_decide", _("Pay in spite of it"))
    if accrual.state == "POSTED" and user.scope.can(APPROVE, accrual):
        offer("accrual_reverse", _("Reverse the line"))
    return found


@login_required
def accrual_days(request, pk):
    """The days of one line, as the street states them."""
    accrual = accrual_of(request, pk, CONFIRM)
    initial = {
        "version": accrual.version,
        "days": accrual.days_served,
        "reason": accrual.days_reason,
    }
    form = DaysForm(request.POST or None, initial=initial)

    def write():
        stated = Stated(
            form.cleaned_data["days"], form.cleaned_data["reason"], form.cleaned_data["version"]
        )
        services.confirm_days(by=request.user, run=accrual.run, stated={accrual.pk: stated})

    return act_page(
        request,
        form,
        write=write,
        title=_("Days served"),
        button=_("Confirm the days"),
        done=_("The days were confirmed."),
        back=_back(accrual),
        accrual=accrual,
        reckoned=accrual.trace.get("reckoned"),
    )


@login_required
def accrual_decide(request, pk):
    """Pay a month although its firm is on the blacklist, for a reason."""
    accrual = accrual_of(request, pk, APPROVE)
    form = DecideForm(request.POST or None, initial={"version": accrual.version})

    def write():
        services.decide_problem(
            by=request.user, accrual=accrual, code="BLACKLISTED", **form.cleaned_data
        )

    return act_page(
        request,
        form,
        write=write,
        title=_("Pay in spite of the blacklist"),
        button=_("Pay in spite of it"),
        done=_("The decision was entered and the line was computed."),
        back=_back(accrual),
        accrual=accrual,
        note=_("Not to pay: suspend the entitlement on its own page. The line then stays out."),
    )


@login_required
def accrual_reverse(request, pk):
    """Take a posted line back; its month can be accrued again."""
    accrual = accrual_of(request, pk, APPROVE)
    form = ReverseForm(request.POST or None, initial={"version": accrual.version})

    def write():
        services.reverse_line(by=request.user, accrual=accrual, **form.cleaned_data)

    return act_page(
        request,
        form,
        write=write,
        title=_("Reverse the line"),
        button=_("Reverse the line"),
        done=_("The line was reversed: its month can be accrued again."),
        back=_back(accrual),
        accrual=accrual,
    )
