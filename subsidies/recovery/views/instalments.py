"""Instalments: the plan as a table, and the receipt of one."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.urls import reverse
from django.utils.translation import gettext as _

from compounds.assignment.views.common import act_page
from governance.foundation import dates
from governance.foundation.views import whole
from subsidies.ledger.models import BudgetIndicator

from .. import services
from ..forms import ROWS, PlanForm, ReceiveForm
from ..models import CLAIM, RECEIVE
from ..services.instalments import received_of, to_recover
from .common import FOLDER, clawback_of, instalment_of


@login_required
def plan_edit(request, pk):
    """The plan of what is still to come; `parts` in the address fills in equal months."""
    row = clawback_of(request, pk, CLAIM)
    received = received_of(row)
    left = row.amount - received
    count = whole(request.GET.get("parts", ""), 0, 1, ROWS) or 0
    form = PlanForm(
        request.POST or None,
        initial={"version": row.version},
        left=left,
        due_on=row.due_on or dates.today(),
        count=count if left > 0 else 0,
    )
    return act_page(
        request,
        form,
        write=lambda: services.plan_instalments(
            by=request.user,
            clawback=row,
            version=form.cleaned_data["version"],
            parts=form.parts,
        ),
        title=_("Plan instalments"),
        button=_("Keep the plan"),
        done=_("The plan of instalments is kept."),
        back=reverse("recovery:clawback_detail", args=[row.pk]),
        template=f"{FOLDER}/plan_edit.html",
        row=row.entitlement,
        claim=row,
        left=left,
        received=received,
        counts=(2, 3, 6, 12),
    )


@login_required
def instalment_receive(request, pk):
    """Record that an instalment came in, and where it goes."""
    one = instalment_of(request, pk, RECEIVE)
    row = one.clawback
    today = dates.today()
    initial = {"version": one.version, "received_on": today, "amount": one.amount}
    form = ReceiveForm(request.POST or None, initial=initial)
    indicators = BudgetIndicator.objects.filter(pk__in=to_recover(row)).select_related("line")
    return act_page(
        request,
        form,
        write=lambda: services.receive(by=request.user, instalment=one, **form.cleaned_data),
        title=_("Record what came in"),
        button=_("Record the receipt"),
        done=_("The receipt is recorded and posted."),
        back=reverse("recovery:clawback_detail", args=[row.pk]),
        template=f"{FOLDER}/act.html",
        row=row.entitlement,
        claim=row,
        notes=[_goes(indicator, today) for indicator in indicators],
    )


def _goes(indicator: BudgetIndicator, today) -> str:
    values = {"number": indicator.number, "year": indicator.line.year}
    if indicator.line.year == today.year:
        return _("%(number)s of %(year)s: available again within its budget year.") % values
    return _("%(number)s of %(year)s: its year is over, it goes to the treasury.") % values
