"""One subsidy on its way out: months, what its own fees bear, its exit review and decision."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from compounds.assignment.views.common import act_page
from compounds.contracts.gathering import from_record
from compounds.contracts.views.viability import sheet_context
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.forms import add_refusal
from subsidies.entitlements.models import ASSESS, Entitlement
from subsidies.entitlements.services import changes as term_changes
from subsidies.ledger import questions as ledger
from subsidies.ledger.models import Stage

from .. import gathering, rules, services
from ..forms import ExitApproveForm, ExitForm, ReasonForm
from ..models import CLAIM, EXIT_APPROVE, EXIT_REVIEW, ExitReview
from ..questions import OPEN
from ..services.exits import is_pending
from ..wording import CLAWBACK_CLASS, ENTITLEMENT_CLASS, EXIT_CLASS, OUTCOME_CLASS
from .common import FOLDER, entitlement_of, log_of, review_of

Reason = Entitlement.ExitReason
STAGES = ("COMMITTED", "PAYABLE", "IN_PAYMENT", "PAID", "TO_RECOVER", "RETURNED")


@login_required
@require_safe
def transition_detail(request, pk):
    """Where a subsidy stands: months, money, collection, what its own fees bear afterwards."""
    row = entitlement_of(request, pk)
    user, today = request.user, dates.today()
    is_open = row.state in OPEN
    context = {
        **_standing(row, today),
        "money": _money(row),
        "reviews": row.exit_reviews.select_related("prepared_by", "approved_by"),
        "changes": row.changes.order_by("-pk"),
        "clawbacks": row.clawbacks.order_by("-pk"),
        "review_classes": EXIT_CLASS,
        "claim_classes": CLAWBACK_CLASS,
        "may_review": is_open and user.scope.can(EXIT_REVIEW, row),
        "may_claim": user.scope.can(CLAIM, row),
        "may_change": is_open and user.scope.can(ASSESS, row),
    }
    return render(request, f"{FOLDER}/transition_detail.html", context)


def _standing(row: Entitlement, today) -> dict:
    months = rules.months_of(row.starts_on, row.ends_on, row.months, row.programme.counting, today)
    collection = gathering.collections_of([row.compound_id], today).get(row.compound_id)
    wanted = row.programme.exit_collection_percent
    return {
        "row": row,
        "today": today,
        "months": months,
        "is_over": today > row.ends_on,
        "is_last": months.used and not months.left and today <= row.ends_on,
        "warns_from": rules.warns_from(row.ends_on),
        "collection": collection,
        "wanted": wanted,
        "held": gathering.held_for(collection, wanted, today) if wanted is not None else None,
        "contract": gathering.contract_of(row, today),
        "evidence": gathering.evidence_of(row),
        "missing": gathering.not_accrued(row, min(today, row.ends_on)),
        "basis": term_changes.basis_at([row], today.replace(day=1))[row.pk],
        "state_class": ENTITLEMENT_CLASS[row.state],
        **sheet_context(gathering.account_of(row, today)),
    }


def _money(row: Entitlement) -> list[tuple]:
    """(stage, label, amount) of what stands on the ledger for it."""
    held = ledger.of_holders([row.number]).get(row.number, {})
    labels = dict(Stage.choices)
    found = []
    for stage in STAGES:
        amount = sum((one for (_i, at), one in held.items() if at == stage), Decimal(0))
        found.append((stage, labels[stage], amount))
    return found


# -- the review ------------------------------------------------------------------------------------
@login_required
def exit_add(request, pk):
    """Prepare the exit review of a subsidy."""
    row = entitlement_of(request, pk, EXIT_REVIEW)
    waiting = row.exit_reviews.filter(state=ExitReview.State.PREPARED).first()
    if waiting is not None and waiting.prepared_by_id is not None:
        messages.warning(request, _("An exit review of this subsidy waits for approval already."))
        return redirect("recovery:exit_detail", waiting.pk)
    initial = _first(row, waiting, dates.today())

    def write(form):
        return services.propose_exit(
            by=request.user,
            entitlement=row,
            version=form.cleaned_data["version"],
            typed=form.typed,
            **form.said,
        )

    return _form_page(request, row, None, initial, write)


@login_required
def exit_edit(request, pk):
    """Write a review that is not decided yet anew; complete one that the night run proposed."""
    review = review_of(request, pk, EXIT_REVIEW)
    if review.state != ExitReview.State.PREPARED:
        messages.warning(request, _("This exit review has been decided already."))
        return redirect("recovery:exit_detail", review.pk)
    names = ("exit_reason", "exit_on", "outcome", "findings", "document", "gives_up")
    initial = {name: getattr(review, name) for name in names} | {"version": review.version}
    if review.prepared_by_id is None:
        initial["findings"] = ""

    def write(form):
        return services.edit_exit(
            by=request.user,
            review=review,
            version=form.cleaned_data["version"],
            typed=form.typed,
            **form.said,
        )

    return _form_page(request, review.entitlement, review, initial, write)


def _first(row: Entitlement, waiting: ExitReview | None, today) -> dict:
    """What the form begins with: as the night run proposed, else by what is known."""
    found = {"version": row.version, "outcome": ExitReview.Outcome.CONTINUES}
    if waiting is not None:
        names = ("exit_reason", "exit_on", "outcome")
        return found | {name: getattr(waiting, name) for name in names}
    evidence = [one for one in gathering.evidence_of(row) if one.on < row.ends_on]
    if evidence:
        gone = all(one.kind == "GONE" for one in evidence)
        reason = Reason.GONE if gone else Reason.SERVICE_ENDED
        return found | {
            "exit_reason": reason,
            "exit_on": max(evidence[0].on, row.starts_on),
            "outcome": ExitReview.Outcome.LEAVES,
        }
    return found | {"exit_reason": Reason.TERM, "exit_on": row.ends_on}


def _form_page(request, row, review, initial, write):
    """The form with its account; it can be reckoned with typed inputs before it is sent."""
    today = dates.today()
    gathered = gathering.account_of(row, today)
    form = ExitForm(request.POST or None, gathered=gathered, initial=initial)
    if request.method == "POST" and form.is_valid():
        if "reckon" in request.POST:
            gathered = gathered.with_typed(form.typed, str(request.user))
        else:
            try:
                found = write(form)
            except StaleRecord as error:
                messages.warning(request, str(error))
                return redirect("recovery:transition_detail", row.pk)
            except (DomainError, ValidationError) as error:
                add_refusal(form, error)
            else:
                messages.success(
                    request, _("The exit review waits for the approver; it ends nothing yet.")
                )
                return redirect("recovery:exit_detail", found.pk)
    context = {
        **_standing(row, today),
        **sheet_context(gathered),
        "review": review,
        "form": form,
        "after_end": gathering.accrued_after(row, row.ends_on),
        "back": reverse("recovery:exit_detail", args=[review.pk])
        if review
        else reverse("recovery:transition_detail", args=[row.pk]),
    }
    return render(request, f"{FOLDER}/exit_form.html", context)


@login_required
@require_safe
def exit_detail(request, pk):
    """An exit review with the account it rests on, and what is to be done."""
    review = review_of(request, pk)
    user, row = request.user, review.entitlement
    is_prepared = review.state == ExitReview.State.PREPARED
    may_decide = is_prepared and user.scope.can(EXIT_APPROVE, review)
    months, sum_after = gathering.accrued_after(row, review.exit_on)
    context = {
        **kept_account(review),
        "review": review,
        "row": row,
        "state_class": EXIT_CLASS[review.state],
        "outcome_class": OUTCOME_CLASS[review.outcome],
        "is_proposed": is_prepared and review.prepared_by_id is None,
        "is_own": may_decide and review.prepared_by_id == user.pk,
        "may_decide": may_decide and review.prepared_by_id not in (None, user.pk),
        "may_edit": is_prepared and user.scope.can(EXIT_REVIEW, review),
        "is_pending": is_pending(review),
        "missing": gathering.not_accrued(row, review.exit_on),
        "months_after": months,
        "sum_after": sum_after,
        "evidence": gathering.evidence_of(row),
        "lines": log_of(user, "recovery.exitreview", review.pk),
        "today": dates.today(),
    }
    return render(request, f"{FOLDER}/exit_detail.html", context)


def kept_account(review: ExitReview) -> dict:
    """The account as it was kept with the review; nothing where there is none yet."""
    if not review.account:
        return {"kept": None}
    return {
        **sheet_context(from_record(review.account)),
        "kept": review.account,
        "kept_contract": review.account.get("contract"),
        "kept_inputs": from_record(review.account).inputs,
    }


@login_required
def exit_approve(request, pk):
    review = review_of(request, pk, EXIT_APPROVE)
    initial = {
        "version": review.version,
        "document": review.document,
        "on": dates.today(),
    }
    form = ExitApproveForm(request.POST or None, initial=initial)
    missing = gathering.not_accrued(review.entitlement, review.exit_on)
    if review.outcome == ExitReview.Outcome.EXTEND:
        note = _("An extension ends nothing: it is proposed as a change and approved by itself.")
    elif review.gives_up:
        note = _("The subsidy ends at once; what is served and not accrued is given up.")
    elif missing or review.exit_on >= dates.today():
        note = _("The subsidy ends by itself once its last day is over and all is accrued.")
    else:
        note = _("The subsidy ends at once; what is committed and not accrued is released.")
    return act_page(
        request,
        form,
        write=lambda: services.approve_exit(by=request.user, review=review, **form.cleaned_data),
        title=_("Approve the exit review"),
        button=_("Approve"),
        done=_("The exit review is approved."),
        back=reverse("recovery:exit_detail", args=[review.pk]),
        template=f"{FOLDER}/act.html",
        note=note,
        row=review.entitlement,
    )


@login_required
def exit_refuse(request, pk):
    review = review_of(request, pk, EXIT_APPROVE)
    form = ReasonForm(request.POST or None, initial={"version": review.version})
    return act_page(
        request,
        form,
        write=lambda: services.refuse_exit(by=request.user, review=review, **form.cleaned_data),
        title=_("Refuse the exit review"),
        button=_("Refuse"),
        done=_("The exit review is refused; the subsidy goes on."),
        back=reverse("recovery:exit_detail", args=[review.pk]),
        template=f"{FOLDER}/act.html",
        row=review.entitlement,
    )
