"""Claims: proposed with their arithmetic, decided with notice, appealed against, decided again."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from compounds.assignment.views.common import act_page
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed
from governance.foundation.forms import add_refusal
from governance.foundation.money import to_fen
from subsidies.ledger.models import BudgetIndicator, Posting
from subsidies.programmes.questions import terms_of

from .. import rules, services
from ..forms import AppealForm, ClawbackForm, DecideForm, NotifyForm, ReasonForm
from ..models import CLAIM, DECIDE, RECEIVE, Clawback
from ..rules.claims import FINE_HIGH, FINE_LOW
from ..services.clawbacks import in_words, lines_of
from ..services.common import calendar_due
from ..services.instalments import PAYABLE, received_of
from ..wording import CLAWBACK_CLASS, STAGES, TAKES
from .common import FOLDER, clawback_of, entitlement_of, log_of

State = Clawback.State


@login_required
def clawback_add(request, pk):
    """Propose a claim: the amount is shown line by line before it is sent."""
    row = entitlement_of(request, pk, CLAIM)
    terms = terms_of([row.programme_id])[row.programme_id]
    triggers = [one.trigger for one in terms.clawbacks]
    form = ClawbackForm(
        request.POST or None, triggers=triggers, initial={"happened_on": dates.today()}
    )
    claim = None
    # An amount can be reckoned before the facts are written down.
    form.fields["facts"].required = "reckon" not in request.POST
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if "reckon" in request.POST:
            claim = services.reckon(row, said["trigger"], said["happened_on"])
        else:
            try:
                found = services.propose_clawback(by=request.user, entitlement=row, **said)
            except NotAllowed:
                raise
            except (DomainError, ValidationError) as error:
                add_refusal(form, error)
            else:
                messages.success(request, _("The clawback is proposed. Somebody else decides it."))
                return redirect("recovery:clawback_detail", found.pk)
    context = {
        "row": row,
        "form": form,
        "claim": claim,
        "refusal": in_words(claim) if claim is not None and claim.refusal else "",
        "claim_rows": arithmetic(claim.lines) if claim is not None else [],
        "terms": [(one, TAKES[one.takes], _trigger(one.trigger)) for one in terms.clawbacks],
        "back": reverse("recovery:transition_detail", args=[row.pk]),
        "today": dates.today(),
    }
    return render(request, f"{FOLDER}/clawback_form.html", context)


def _trigger(code: str) -> str:
    return dict(Clawback._meta.get_field("trigger").choices)[code]


def arithmetic(lines) -> list[dict]:
    """The lines of a claim with the names of their indicators."""
    ids = {line.indicator_id for line in lines}
    names = dict(BudgetIndicator.objects.filter(pk__in=ids).values_list("pk", "number"))
    return [
        {
            "line": line,
            "indicator": names.get(line.indicator_id, ""),
            "is_part": line.part != line.whole,
            "part": f"{line.part.normalize():f}",
            "whole": f"{line.whole.normalize():f}",
        }
        for line in lines
    ]


@login_required
@require_safe
def clawback_detail(request, pk):
    """A claim: its time line, its money line by line, its instalments, and what is to be done."""
    row = clawback_of(request, pk)
    user, today = request.user, dates.today()
    received = received_of(row)
    stands = row.state in (*PAYABLE, State.APPEALED, State.RECOVERED)
    context = {
        "claim": row,
        "row": row.entitlement,
        "state_class": CLAWBACK_CLASS[row.state],
        "claim_rows": arithmetic(lines_of(row)),
        "takes": TAKES.get(row.computation.get("takes", ""), ""),
        "before_appeal": _before_appeal(row),
        "sent_back": sum(
            (Decimal(one["amount"]) for one in row.computation.get("sent_back", ())), Decimal(0)
        ),
        "course": course(row),
        "stands": stands,
        "received": received,
        "left": row.amount - received if stands else Decimal(0),
        "instalments": _instalments(row, today),
        "postings": _postings(row),
        "acts": _acts(row, user),
        "may_receive": row.state in PAYABLE and user.scope.can(RECEIVE, row),
        "is_own": row.state == State.PROPOSED
        and user.scope.can(DECIDE, row)
        and row.proposed_by_id == user.pk,
        "lines": log_of(user, "recovery.clawback", row.pk),
        "today": today,
    }
    return render(request, f"{FOLDER}/clawback_detail.html", context)


def _before_appeal(row: Clawback) -> Decimal | None:
    kept = row.computation.get("before_appeal")
    return Decimal(kept["amount"]) if kept else None


def _instalments(row: Clawback, today) -> list[dict]:
    rows = row.instalments.select_related("indicator", "received_by").order_by("due_on", "position")
    waits = row.state == State.APPEALED
    return [
        {
            "row": one,
            "is_late": one.received_on is None and one.due_on < today and not waits,
            "days": (today - one.due_on).days,
        }
        for one in rows
    ]


def _postings(row: Clawback) -> list[Posting]:
    """What stands on the ledger for a claim, oldest first."""
    ids = [f"receive:{pk}" for pk in row.instalments.values_list("pk", flat=True)]
    keys = [f"clawback:{row.pk}", f"clawback:{row.pk}:2", f"appeal:{row.pk}", *ids]
    own = Q(transaction__key__in=keys) | Q(transaction__key__startswith=f"sent-back:{row.pk}:")
    return list(
        Posting.objects.filter(own, transaction__district=row.district_id)
        .select_related("transaction", "source", "target", "source__indicator")
        .order_by("transaction__number", "pk")
    )


def course(row: Clawback) -> list[dict]:
    """The way of a claim as steps: past, present and to come."""
    stages = ["PROPOSED", "NOTIFIED"]
    if row.appealed_on is not None:
        stages.append("APPEALED")
    stages += ["CONFIRMED", "RECOVERED"]
    days = {
        "PROPOSED": (row.created_at, row.proposed_by),
        "NOTIFIED": (row.notified_on, row.decided_by),
        "APPEALED": (row.appealed_on, row.appeal_decided_by),
    }
    at = stages.index(row.state) if row.state in stages else -1
    found = []
    for number, stage in enumerate(stages):
        day, person = days.get(stage, (None, None))
        css = "past" if number < at or row.state == "RECOVERED" else "next"
        found.append(
            {
                "label": STAGES[stage],
                "css": "now" if number == at and row.state != "RECOVERED" else css,
                "is_now": number == at,
                "day": day if number <= at or at < 0 else None,
                "person": person if number <= at or at < 0 else None,
            }
        )
    return found


def _acts(row: Clawback, user) -> list[dict]:
    """What the reader may do next."""
    can, state = user.scope.can, row.state
    decides = can(DECIDE, row)
    acts = []

    def add(name: str, label: str, is_first: bool = False) -> None:
        url = reverse(f"recovery:{name}", args=[row.pk])
        acts.append({"url": url, "label": label, "is_first": is_first})

    if state == State.PROPOSED:
        if decides and row.proposed_by_id != user.pk:
            add("clawback_notify", _("Decide and give notice"), True)
        if decides or can(CLAIM, row):
            add("clawback_cancel", _("Drop the clawback"))
    if state == State.NOTIFIED and can(CLAIM, row):
        add("clawback_appeal", _("Enter an appeal"))
    is_new = user.pk not in (row.proposed_by_id, row.decided_by_id)
    if state == State.APPEALED and decides and is_new:
        add("appeal_decide", _("Decide the appeal"), True)
    if state in PAYABLE and can(CLAIM, row):
        add("plan_edit", _("Plan instalments"))
    return acts


# -- acts ------------------------------------------------------------------------------------------
def _page(request, row, form, service, **words):
    return act_page(
        request,
        form,
        write=lambda: service(by=request.user, clawback=row, **form.cleaned_data),
        back=reverse("recovery:clawback_detail", args=[row.pk]),
        template=f"{FOLDER}/act.html",
        row=row.entitlement,
        claim=row,
        **words,
    )


@login_required
def clawback_cancel(request, pk):
    row = clawback_of(request, pk)
    if not request.user.scope.can(DECIDE, row):
        request.user.scope.require(CLAIM, row)
    form = ReasonForm(request.POST or None, initial={"version": row.version})
    return _page(
        request,
        row,
        form,
        services.cancel_clawback,
        title=_("Cancel the clawback"),
        button=_("Cancel the clawback"),
        done=_("The clawback is cancelled."),
    )


@login_required
def clawback_notify(request, pk):
    row = clawback_of(request, pk, DECIDE)
    today, programme = dates.today(), row.entitlement.programme
    form = NotifyForm(request.POST or None, initial={"version": row.version, "on": today})
    due_on = calendar_due(today, programme.appeal_days)
    note = _("It is due on %(day)s; until then the firm may appeal.") % {"day": due_on}
    if row.trigger == "FALSE_DATA":
        until = rules.months_later(today, 12 * programme.ban_years)
        note += " " + _("The firm may not apply again until %(day)s.") % {"day": until}
        form.fields["fine"].help_text = _(
            "None, or %(low)s to %(high)s yuan (10 to 50 %%). It is not part of the claim."
        ) % {
            "low": f"{to_fen(row.amount * FINE_LOW / 100):,.2f}",
            "high": f"{to_fen(row.amount * FINE_HIGH / 100):,.2f}",
        }
    else:
        del form.fields["fine"]
    return _page(
        request,
        row,
        form,
        services.notify,
        title=_("Decide the clawback and give notice"),
        button=_("Give notice"),
        done=_("Notice is given: the claim stands on the ledger."),
        note=note,
    )


@login_required
def clawback_appeal(request, pk):
    row = clawback_of(request, pk, CLAIM)
    initial = {"version": row.version, "appealed_on": dates.today()}
    form = AppealForm(request.POST or None, initial=initial)
    note = ""
    if row.notified_on is not None:
        last = calendar_due(row.notified_on, row.entitlement.programme.appeal_days)
        note = _("The time for an appeal ends on %(day)s.") % {"day": last}
    return _page(
        request,
        row,
        form,
        services.appeal,
        title=_("Enter an appeal"),
        button=_("Enter the appeal"),
        done=_("The appeal is entered: nothing is due until it is decided."),
        note=note,
    )


@login_required
def appeal_decide(request, pk):
    row = clawback_of(request, pk, DECIDE)
    initial = {
        "version": row.version,
        "amount": row.amount,
        "fine": row.fine,
        "on": dates.today(),
    }
    form = DecideForm(request.POST or None, initial=initial)
    if row.trigger != "FALSE_DATA":
        del form.fields["fine"]
    return _page(
        request,
        row,
        form,
        services.decide_appeal,
        title=_("Decide the appeal"),
        button=_("Decide the appeal"),
        done=_("The appeal is decided."),
        note=row.appeal,
    )
