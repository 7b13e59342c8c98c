"""Closing months and years, and opening them again."""

import datetime as dt

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.foundation import dates
from governance.foundation.errors import DomainError
from governance.foundation.forms import add_refusal
from governance.organisation.access import right_required

from .. import questions, rules, services
from ..forms import ClosingForm, ReopeningForm
from ..models import CLOSE, REOPEN, VIEW, Book, Closing, Transaction
from ..services.closing import hindrances
from .common import FOLDER, district_of, districts_of, seen_or_404


def next_month(district_id: int) -> dt.date:
    """The end of the first month that is not closed yet."""
    until = questions.closed_until(district_id)
    if until is None:
        first = (
            Transaction.objects.filter(district=district_id)
            .order_by("on")
            .values_list("on", flat=True)
            .first()
        )
        return rules.month_end(first or dates.today())
    return rules.month_end(until + dt.timedelta(days=1))


@right_required(VIEW)
@require_safe
def closing_list(request):
    """What is closed until when, who reopened what, and what keeps the next month open."""
    district = district_of(request)
    until = next_month(district.pk)
    scope = request.user.scope
    rows = Closing.objects.filter(district__in=districts_of(request))
    closed = questions.closed_until(district.pk)
    return render(
        request,
        f"{FOLDER}/closing_list.html",
        {
            "district": district,
            "closings": rows.select_related("closed_by", "reopened_by"),
            "closed_until": closed,
            "next_until": until,
            "problems": hindrances(district, until),
            "book": Book.objects.filter(district=district).first(),
            "may_close": scope.can(CLOSE, district),
            "may_reopen": scope.can(REOPEN, district),
        },
    )


@right_required(CLOSE)
def closing_add(request):
    district = district_of(request, CLOSE)
    until = next_month(district.pk)
    form = ClosingForm(request.POST or None, initial={"until": until})
    if request.method == "POST" and form.is_valid():
        try:
            row = services.close(by=request.user, district=district, **form.cleaned_data)
        except services.NotClosed as refusal:
            for problem in refusal.problems:
                form.add_error(None, problem)
        except DomainError as error:
            add_refusal(form, error)
        else:
            words = _("The books are closed until %(until)s.") % {"until": row.until}
            messages.success(request, words)
            return redirect("ledger:closing_list")
    return render(request, f"{FOLDER}/closing_form.html", {"form": form, "district": district})


@right_required(VIEW)
def closing_reopen(request, pk):
    row = seen_or_404(Closing.objects.select_related("district"), request, pk, REOPEN)
    form = ReopeningForm(request.POST or None, initial={"version": row.version})
    if request.method == "POST" and form.is_valid():
        try:
            services.reopen(by=request.user, closing=row, **form.cleaned_data)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Reopened; what is posted now is seen in the log."))
            return redirect("ledger:closing_list")
    return render(request, f"{FOLDER}/closing_reopen.html", {"form": form, "closing": row})
