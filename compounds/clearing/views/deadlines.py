"""How long a case may stay in each stage, by district."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from compounds.registry.models import Stage
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.forms import add_refusal
from governance.organisation.access import right_required
from governance.organisation.calendar import calendar
from governance.organisation.models import Area, Level
from governance.organisation.scope import REGISTER_VIEW

from .. import rules, services
from ..forms import DeadlineForm
from ..models import Deadline
from .common import FOLDER

RIGHT = "case.deadline"


@right_required(REGISTER_VIEW)
@require_safe
def deadline_list(request):
    """The deadlines in force, usual or set; whoever may sets them here."""
    return _page(request)


@login_required
@require_POST
def deadline_set(request, state):
    request.user.scope.require(RIGHT)
    district = _district(request)
    if state not in rules.SETTABLE or district is None:
        raise Http404
    request.user.scope.require(RIGHT, district)
    form = DeadlineForm(request.POST, prefix=state)
    if form.is_valid():
        try:
            services.set_deadline(
                by=request.user, district=district, state=state, **form.cleaned_data
            )
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect("clearing:deadline_list")
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The deadline was set; open cases were reckoned anew."))
            return redirect("clearing:deadline_list")
    return _page(request, {state: form})


def _district(request) -> Area | None:
    ids = request.user.scope.in_districts(REGISTER_VIEW)
    return Area.objects.filter(pk__in=ids, level=Level.DISTRICT).order_by("code").first()


def _page(request, forms=None):
    district = _district(request)
    if district is None:
        raise Http404
    labels = dict(Stage.choices)
    own = {row.state: row for row in Deadline.objects.filter(district=district)}
    may = request.user.scope.can(RIGHT, district)
    days, today = calendar(), dates.today()
    rows = []
    for state, usual in rules.DEADLINES.items():
        row = own.get(state)
        term = rules.Term(row.days, row.unit, usual.origin) if row else usual
        initial = {
            "version": row.version if row else 0,
            "days": term.days,
            "unit": term.unit,
            "document": row.document if row else "",
        }
        form = (forms or {}).get(state) or DeadlineForm(initial=initial, prefix=state)
        rows.append(
            {
                "state": state,
                "label": labels[state],
                "usual": usual,
                "term": term,
                "unit": dict(Deadline.Unit.choices)[term.unit],
                "usual_unit": dict(Deadline.Unit.choices)[usual.unit],
                "row": row,
                "form": form,
                "example": rules.due_on(state, today, {state: term}, days),
            }
        )
    page = {"district": district, "rows": rows, "may_edit": may, "today": today}
    page["notice_days"], page["service_days"] = rules.NOTICE_DAYS, rules.SERVICE_DAYS
    return render(request, f"{FOLDER}/deadline_list.html", page)
