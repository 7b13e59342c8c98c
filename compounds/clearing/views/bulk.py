"""Steps of many cases together, with a preview of what would be refused; and opening cases."""

from __future__ import annotations

from collections import Counter

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compounds.registry.models import Compound, Stage
from compounds.registry.places import places_of
from compounds.registry.views.bulk import LONGEST_LIST, MOST_PICKED, picked_ids
from governance.foundation import dates
from governance.foundation.errors import DomainError
from governance.foundation.forms import add_refusal
from governance.organisation.access import right_required

from .. import services
from ..errors import StepRefused
from ..forms import OpenForm, StepForm
from ..models import Case
from ..rules import states
from ..services.steps import without_case
from .common import FOLDER
from .lists import STEPS

KINDS = {states.ADVANCE: services.advance_many, states.CONFIRM: services.confirm_many}
SHOWN = 200
MOST = 5000


@login_required
def bulk_step(request):
    """Preview a step of ticked cases, then take it: all of them, or none."""
    given = request.POST if request.method == "POST" else request.GET
    kind = given.get("kind", states.ADVANCE)
    if kind not in KINDS:
        raise Http404
    if not any(request.user.scope.has(right) for right in STEPS):
        request.user.scope.require(states.WORK)
    ids = picked_ids(given)[:MOST_PICKED]
    visible = Case.objects.visible_to(request.user)
    if visible.filter(pk__among=ids).count() != len(ids):
        raise Http404
    listed = QueryDict(given.get("list", "")[:LONGEST_LIST]).urlencode()
    back = f"{reverse('clearing:case_list')}{'?' if listed else ''}{listed}"
    form = StepForm(request.POST if request.method == "POST" else None, kind=kind)
    refused = ()
    if request.method == "POST" and form.is_valid():
        try:
            done = KINDS[kind](by=request.user, cases=ids, **form.cleaned_data)
        except StepRefused as error:
            refused = error.refused
            add_refusal(form, error)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _done(done))
            return redirect(back)
    day = form.cleaned_data["on"] if form.is_bound and form.is_valid() else dates.today()
    moves, cannot = services.preview(by=request.user, cases=ids, kind=kind, on=day)
    return render(
        request,
        f"{FOLDER}/bulk_step.html",
        {
            "form": form,
            "kind": kind,
            "ids": ids,
            "moves": moves,
            "groups": _groups(moves),
            "refused": (refused or cannot)[:SHOWN],
            "refused_count": len(refused or cannot),
            "listed": listed,
            "back": back,
            "is_empty": not ids,
        },
    )


def _groups(moves) -> list[tuple[str, str, int]]:
    labels = dict(Stage.choices)
    counted = Counter((move.case.state, move.to_state) for move in moves)
    return [(labels[before], labels[after], n) for (before, after), n in sorted(counted.items())]


def _done(cases) -> str:
    count = len(cases)
    words = ngettext("%(n)s case took the step.", "%(n)s cases took the step.", count)
    return words % {"n": count}


@right_required(states.WORK)
def open_cases(request):
    """Unmanaged compounds that have no case yet: open them, ticked or all."""
    rows = without_case(Compound.objects.editable_by(request.user, states.WORK))
    places = places_of(request.user)
    street = places.by_code.get(request.GET.get("street", ""))
    if street is not None:
        rows = rows.filter(street=street.id)
    form = OpenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        ids = picked_ids(request.POST)
        if request.POST.get("all") == "1":
            ids = list(rows.order_by("pk").values_list("pk", flat=True)[:MOST])
        elif rows.filter(pk__among=ids).count() != len(ids):
            messages.warning(request, _("Some of these have a case by now; look again."))
            return redirect("clearing:open_cases")
        try:
            opened = services.open_cases(by=request.user, compounds=ids, **form.cleaned_data)
        except DomainError as error:
            add_refusal(form, error)
        else:
            words = ngettext("%(n)s case was opened.", "%(n)s cases were opened.", len(opened))
            messages.success(request, words % {"n": len(opened)})
            return redirect("clearing:overview")
    return render(
        request,
        f"{FOLDER}/open_cases.html",
        {
            "form": form,
            "count": rows.count(),
            "rows": rows.select_related("street", "community").order_by("code")[:SHOWN],
            "shown": SHOWN,
            "streets": places.streets,
            "street": street,
        },
    )
