"""The list of what is handed over: written, ticked off, printed."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.foundation.tables import day_of

from .. import rules, services
from ..forms import HandoverFormSet
from ..models import PROPOSE, HandoverItem
from ..services.handover import may_write
from .common import FOLDER, assignment_of

DIRECTIONS = {"in": HandoverItem.Direction.IN, "out": HandoverItem.Direction.OUT}
COLUMNS = ("kind", "description", "quantity", "condition", "done_on", "note")


def _direction(word: str) -> HandoverItem.Direction:
    if word not in DIRECTIONS:
        raise Http404
    return DIRECTIONS[word]


def _initial(assignment, direction) -> list[dict]:
    """The lines of a list; the usual ones where nobody has begun it."""
    items = assignment.handover.filter(direction=direction).order_by("pk")
    found = [{"pk": item.pk, **{n: getattr(item, n) for n in COLUMNS}} for item in items]
    return found or [
        {"kind": line.kind, "description": str(line.description)}
        for line in rules.DEFAULT_LINES[direction]
    ]


@login_required
def handover_edit(request, pk, way):
    direction = _direction(way)
    assignment = assignment_of(request, pk)
    request.user.scope.require(PROPOSE, assignment)
    if not may_write(assignment, direction):
        messages.warning(request, _("In this state nothing is handed over in this direction."))
        return redirect("assignment:assignment_detail", pk)
    initial = _initial(assignment, direction)
    formset = HandoverFormSet(request.POST if request.method == "POST" else None, initial=initial)
    problem, all_on = "", request.POST.get("all_on", "").strip()
    day = day_of(all_on)
    if all_on and day is None:
        problem = _("“%(text)s” is not a date.") % {"text": all_on[:20]}
    elif request.method == "POST" and formset.is_valid():
        try:
            services.edit_handover(
                by=request.user,
                assignment=assignment,
                version=_version(request),
                direction=direction,
                lines=_lines(formset, day),
            )
        except NotAllowed:
            raise
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect("assignment:handover_edit", pk, way)
        except ValidationError as error:
            problem = " ".join(error.messages)
        except DomainError as error:
            problem = str(error)
        else:
            messages.success(request, _("The list was saved."))
            return redirect("assignment:assignment_detail", pk)
    return render(
        request,
        f"{FOLDER}/handover_edit.html",
        {
            "assignment": assignment,
            "compound": assignment.compound,
            "direction": direction,
            "way": way,
            "formset": formset,
            "problem": problem,
            "all_on": all_on,
            "today": dates.today(),
        },
    )


def _version(request) -> int:
    sent = request.POST.get("version", "")
    return int(sent) if sent.isdecimal() and len(sent) < 10 else 0


def _lines(formset, day: dt.date | None) -> list[dict]:
    """The lines that say something; those without a day were handed over on `day`, if given."""
    found = []
    for form in formset:
        line = dict(form.cleaned_data or {})
        if not line.get("description"):
            continue
        line["done_on"] = line.get("done_on") or day
        found.append(line)
    return found


@login_required
@require_safe
def handover_print(request, pk, way):
    direction = _direction(way)
    assignment = assignment_of(request, pk)
    items = list(assignment.handover.filter(direction=direction).order_by("pk"))
    if not items:
        raise Http404
    return render(
        request,
        f"{FOLDER}/handover_print.html",
        {
            "assignment": assignment,
            "compound": assignment.compound,
            "direction": direction,
            "items": items,
            "today": dates.today(),
        },
    )
