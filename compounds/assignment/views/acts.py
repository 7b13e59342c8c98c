"""The acts on one assignment: what is refused stands on its page, beside the form."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.foundation.forms import add_refusal

from ..services.common import require_any
from .common import assignment_of
from .detail import render_detail
from .doors import DOORS, is_possible


def _act(request, pk: int, key: str) -> HttpResponse:
    row = assignment_of(request, pk)
    door = DOORS[key]
    require_any(request.user, door.rights, row)
    form = door.form(request.POST, auto_id=f"id_{key}_%s")
    if form.is_valid():
        try:
            door.service(by=request.user, assignment=row, **form.cleaned_data)
        except NotAllowed:
            raise
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect("assignment:assignment_detail", pk)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, door.done)
            return redirect("assignment:assignment_detail", pk)
    if not is_possible(key, request.user, row):  # its page no longer offers this form
        said = [words for errors in form.errors.values() for words in errors]
        messages.error(request, " ".join(said))
        return redirect("assignment:assignment_detail", pk)
    return render_detail(request, row, bound=(key, form))


@login_required
@require_POST
def assignment_review(request, pk):
    return _act(request, pk, "review")


@login_required
@require_POST
def assignment_approve(request, pk):
    return _act(request, pk, "approve")


@login_required
@require_POST
def assignment_return(request, pk):
    return _act(request, pk, "return")


@login_required
@require_POST
def assignment_withdraw(request, pk):
    return _act(request, pk, "withdraw")


@login_required
@require_POST
def assignment_end(request, pk):
    return _act(request, pk, "end")


@login_required
@require_POST
def assignment_replace(request, pk):
    return _act(request, pk, "replace")
