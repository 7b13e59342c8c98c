"""Pages of proposals: prepare, compare, apply with a document, leave, undo."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from governance.foundation import dates
from governance.foundation.errors import DomainError
from governance.organisation.access import right_required
from governance.organisation.models import Area, Level
from governance.organisation.scope import REGISTER_VIEW

from ..comparing import Comparison
from ..errors import TouchedSince
from ..models import Proposal
from ..proposal_forms import ApplyForm, LeaveForm
from ..rules import Act
from ..services import proposals as services
from ..services.stating import APPLY, PROPOSE, State

PAGE_SIZE = 50


def _visible(request):
    return Proposal.objects.visible_to(request.user).select_related("area", "prepared_by")


def _seen_or_404(request, pk) -> Proposal:
    found = _visible(request).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_safe
@right_required(REGISTER_VIEW)
def proposal_list(request):
    """Proposals of the reader's places, latest first, and how far each has come."""
    draws = Q(steps__act=Act.DRAW_GRID)
    rows = (
        _visible(request)
        .with_newer()
        .order_by("-created_at", "-pk")
        .annotate(
            n_grids=Count("steps", filter=draws),
            **{
                f"n_{state.lower()}": Count("steps", filter=~draws & Q(steps__state=state))
                for state in State.values
            },
        )
    )
    is_waiting = request.GET.get("state") == "waiting"
    if is_waiting:
        rows = rows.waiting().exclude(prepared_by=request.user)
    context = {
        "is_waiting": is_waiting,
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "may_propose": request.user.scope.has(PROPOSE),
    }
    return render(request, "governance/party_grid/proposal_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@right_required(PROPOSE)
def proposal_new(request):
    """Choose a district, street or community; the proposal is prepared at once."""
    areas = list(
        Area.objects.active()
        .filter(request.user.scope.granted(PROPOSE), level__lte=Level.COMMUNITY)
        .order_by("code")
    )
    code = (request.POST if request.method == "POST" else request.GET).get("area", "")
    chosen = next((area for area in areas if area.code == code), None)
    if request.method == "POST":
        if chosen is not None:
            proposal = services.prepare_proposal(by=request.user, area=chosen)
            return redirect("party_grid:proposal_detail", proposal.pk)
        messages.error(request, _("Choose a district, street or community."))
    return render(
        request, "governance/party_grid/proposal_new.html", {"areas": areas, "chosen": chosen}
    )


@require_safe
@right_required(REGISTER_VIEW)
def proposal_detail(request, pk):
    """What the layout calls for beside what stands, the steps with their reasons."""
    return _page(request, _seen_or_404(request, pk))


def _page(request, proposal, form=None, leaving=None, chosen=None, touched=()):
    scope = request.user.scope
    is_preparer = proposal.prepared_by_id == request.user.pk
    context = {
        "proposal": proposal,
        "comparison": Comparison(proposal),
        "form": form or ApplyForm(initial={"document_on": dates.today()}),
        "leaving": leaving or LeaveForm(),
        "chosen": chosen,
        "touched": touched,
        "newer": _visible(request)
        .filter(area=proposal.area_id, pk__gt=proposal.pk)
        .order_by("-pk")
        .first(),
        "is_preparer": is_preparer,
        "may_apply": scope.can(APPLY, proposal) and not is_preparer,
        "may_leave": scope.can(APPLY, proposal) or scope.can(PROPOSE, proposal),
        "may_propose": scope.can(PROPOSE, proposal.area),
    }
    return render(request, "governance/party_grid/proposal_detail.html", context)


def _ids(request) -> set[int]:
    """The steps that were ticked."""
    return {
        int(text)
        for text in request.POST.getlist("steps")
        if text.isascii() and text.isdecimal() and len(text) < 16
    }


@require_POST
@right_required(APPLY)
def proposal_apply(request, pk):
    """Put the ticked steps into force with the document that orders them."""
    proposal = _seen_or_404(request, pk)
    request.user.scope.require(APPLY, proposal)
    ids, form = _ids(request), ApplyForm(request.POST)
    if form.is_valid():
        try:
            done = services.apply_steps(
                by=request.user, proposal=proposal, steps=ids, **form.cleaned_data
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _applied(len(done), len(ids)))
            return redirect("party_grid:proposal_detail", pk)
    return _page(request, proposal, form=form, chosen=ids)


def _applied(done: int, asked: int) -> str:
    text = ngettext("%(n)s step was applied.", "%(n)s steps were applied.", done) % {"n": done}
    if done > asked:
        text += " " + _("%(n)s of them because they belong with those chosen.") % {
            "n": done - asked
        }
    return text


@require_POST
@right_required(APPLY)
def proposal_undo(request, pk):
    """Take one batch back, whole."""
    proposal = _seen_or_404(request, pk)
    request.user.scope.require(APPLY, proposal)
    batch = request.POST.get("batch", "")
    known = {str(one) for one in proposal.steps.exclude(batch=None).values_list("batch", flat=True)}
    if batch not in known:
        messages.error(request, _("This batch has been undone already."))
        return redirect("party_grid:proposal_detail", pk)
    try:
        count = services.undo_batch(by=request.user, proposal=proposal, batch=batch)
    except TouchedSince as error:
        return _page(request, proposal, touched=error.rows)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        text = ngettext("%(n)s step was undone.", "%(n)s steps were undone.", count)
        messages.success(request, text % {"n": count})
    return redirect("party_grid:proposal_detail", pk)


@require_POST
@right_required(REGISTER_VIEW)
def proposal_leave(request, pk):
    """Note that the ticked steps are not taken, and why."""
    proposal = _seen_or_404(request, pk)
    scope = request.user.scope
    if not (scope.can(APPLY, proposal) or scope.can(PROPOSE, proposal)):
        raise PermissionDenied
    ids, form = _ids(request), LeaveForm(request.POST)
    steps = list(proposal.steps.filter(pk__in=ids).order_by("position"))
    if not steps:
        messages.error(request, _("Tick the steps that are left as they are."))
        return redirect("party_grid:proposal_detail", pk)
    if form.is_valid():
        try:
            with transaction.atomic():
                for step in steps:
                    services.leave_step(by=request.user, step=step, **form.cleaned_data)
        except DomainError as error:
            form.add_error("reason" if error.field == "reason" else None, str(error))
        else:
            text = ngettext("%(n)s step is left as it is.", "%(n)s steps are left.", len(steps))
            messages.success(request, text % {"n": len(steps)})
            return redirect("party_grid:proposal_detail", pk)
    return _page(request, proposal, leaving=form, chosen=ids)
