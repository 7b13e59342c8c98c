"""Putting a plan to approval, deciding on it, and making its proposals."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from compounds.classification.views.common import typed_version
from compounds.providers.services import RIGHT as INVITE
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed
from governance.foundation.forms import add_refusal
from governance.organisation.access import right_required

from ..briefing import Brief
from ..forms import AdoptForm, ApproveForm, InviteForm, RefuseForm
from ..models import APPROVE, PROPOSE, Adoption, PlanRun
from ..services import adopting, inviting
from .common import FOLDER, finished_run_of, run_of


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
        {"run": run, "form": form, "brief": _brief(request, run)},
    )


def _brief(request, run: PlanRun, adoption: Adoption | None = None) -> Brief | None:
    """What must be known of a plan; one that came to nothing has none."""
    return Brief(run, request.user, adoption) if run.state == PlanRun.State.DONE else None


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
    sent = request.POST if request.method == "POST" else None
    approves = sent is None or sent.get("act") == "approve"
    # Each way has a form of its own, so that it asks for what it needs and nothing else.
    approval = ApproveForm(sent if approves else None)
    refusal = RefuseForm(None if approves else sent)
    form = approval if approves else refusal
    if request.method == "POST" and form.is_valid():
        try:
            adopting.decide(
                by=request.user,
                adoption=row,
                version=typed_version(request),
                approves=approves,
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
            "approval": approval,
            "refusal": refusal,
            "brief": _brief(request, row.run, row),
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
        _said_of_proposals,
    )


def _said_of_proposals(done: Adoption) -> str:
    """How many were made, with the way to them, and how many still wait."""
    made, left = done.outcome["last"], len(done.outcome["left_over"])
    words = ngettext("%(n)s proposal was made.", "%(n)s proposals were made.", made) % {"n": made}
    if left:
        words += " " + ngettext(
            "%(n)s change cannot be proposed yet: see what stands in the way.",
            "%(n)s changes cannot be proposed yet: see what stands in the way.",
            left,
        ) % {"n": left}
    if not made:
        return words
    return format_html(
        '{} <a href="{}?plan={}&amp;state=ALL">{}</a>',
        words,
        reverse("assignment:assignment_list"),
        done.pk,
        _("To the proposals"),
    )


@require_http_methods(["GET", "POST"])
@right_required(INVITE)
def invite(request, pk):
    """Firms of a plan that were not asked about their compounds yet, invited by one letter."""
    run = finished_run_of(request, pk)
    form = InviteForm(request.POST or None, initial={"invited_on": dates.today()})
    picked = {
        int(one) for one in request.POST.getlist("place") if one.isdecimal() and len(one) < 10
    }
    if request.method == "POST" and form.is_valid():
        try:
            count = inviting.invite_for(
                by=request.user, run=run, places=picked, **form.cleaned_data
            )
        except NotAllowed:
            raise
        except DomainError as error:
            add_refusal(form, error)
        else:
            words = ngettext("%(n)s firm was invited.", "%(n)s invitations were made.", count)
            messages.success(request, words % {"n": count})
            return redirect("planning:plan_detail", pk)
    may = request.user.scope.can
    rows = [one for one in inviting.to_invite(run) if may(INVITE, one.place.compound)]
    return render(
        request,
        f"{FOLDER}/invite.html",
        {
            "run": run,
            "form": form,
            "rows": rows[: inviting.MOST],
            "more": max(len(rows) - inviting.MOST, 0),
            "picked": picked,
            "is_sent": request.method == "POST",
        },
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
