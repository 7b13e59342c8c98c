"""Putting a plan to approval, deciding on it, and making its proposals."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from compounds.classification.views.common import typed_version
from governance.foundation.errors import DomainError, NotAllowed
from governance.foundation.forms import add_refusal
from governance.organisation.access import right_required

from ..forms import AdoptForm, DecideForm
from ..models import APPROVE, PROPOSE, Adoption, PlanRun
from ..services import adopting
from .common import FOLDER, run_of


@require_http_methods(["GET", "POST"])
@right_required(PROPOSE)
def adopt(request, pk):
    """Why this plan: put to the district's approval."""
    run = run_of(request, pk)
    request.user.scope.require(PROPOSE, run)
    form = AdoptForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            adopting.adopt(by=request.user, run=run, **form.cleaned_data)
        except NotAllowed:
            raise
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The plan was put to approval."))
            return redirect("planning:plan_detail", pk)
    return render(
        request,
        f"{FOLDER}/adopt.html",
        {
            "run": run,
            "form": form,
            "differences": adopting.differences(run).count(),
            "given_up": adopting.given_up(run).count(),
        },
    )


def _adoption_of(request, pk: int) -> Adoption:
    seen = PlanRun.objects.visible_to(request.user).values("pk")
    rows = Adoption.objects.filter(run__in=seen).select_related("run__area")
    return get_object_or_404(rows.defer("run__inputs"), pk=pk)


@require_http_methods(["GET", "POST"])
@right_required(APPROVE)
def decide(request, pk):
    """Approve by document, or refuse with a reason."""
    row = _adoption_of(request, pk)
    request.user.scope.require(APPROVE, row.run)
    form = DecideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            adopting.decide(
                by=request.user,
                adoption=row,
                version=typed_version(request),
                approves=request.POST.get("act") == "approve",
                **form.cleaned_data,
            )
        except NotAllowed:
            raise
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Your decision was recorded."))
            return redirect("planning:plan_detail", row.run_id)
    return render(
        request,
        f"{FOLDER}/decide.html",
        {
            "adoption": row,
            "run": row.run,
            "form": form,
            "differences": adopting.differences(row.run).count(),
            "given_up": adopting.given_up(row.run).count(),
        },
    )


@require_POST
@right_required(PROPOSE)
def withdraw(request, pk):
    row = _adoption_of(request, pk)
    return _act(
        request,
        row,
        lambda: adopting.withdraw(by=request.user, adoption=row, version=typed_version(request)),
        lambda _done: _("The plan was taken back."),
    )


@require_POST
@right_required(PROPOSE)
def propose(request, pk):
    """Make assignment proposals for what an approved plan changes."""
    row = _adoption_of(request, pk)
    return _act(
        request,
        row,
        lambda: adopting.propose_differences(
            by=request.user, adoption=row, version=typed_version(request)
        ),
        lambda done: (
            ngettext(
                "%(n)s proposal was made.", "%(n)s proposals were made.", done.outcome["proposed"]
            )
            % {"n": done.outcome["proposed"]}
        ),
    )


def _act(request, row: Adoption, write, said):
    try:
        done = write()
    except NotAllowed:
        raise
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said(done))
    return redirect("planning:plan_detail", row.run_id)
