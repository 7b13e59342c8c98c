"""Many at once: a step for picked rows, with what would be refused named before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from governance.foundation.errors import DomainError
from governance.foundation.forms import add_refusal
from subsidies.ledger.models import BudgetIndicator

from .. import services
from ..errors import Refused, RowsRefused
from ..forms import (
    ApproveForm,
    CheckForm,
    PubliciseForm,
    ReasonForm,
    StepForm,
    SubmitForm,
)
from ..models import APPLY, APPROVE, ASSESS, CHECK, PUBLICISE, REVIEW, Entitlement
from . import funding
from .common import FOLDER, new_batch

MOST = 1000
REHEARSAL = "…"


class Many(NamedTuple):
    rights: tuple[str, ...]
    form: Any
    write: Callable[..., Any]  # (by, rows, batch, said)
    title: Any
    button: Any
    done: Any
    rehearsed: dict  # what a rehearsal says where the form is not filled in yet


def _step(service):
    def write(by, rows, batch, said):
        said.pop("is_confirmed", None)
        return service(by=by, entitlements=rows, batch=batch, **said)

    return write


def _approve(by, rows, batch, said):
    chosen = BudgetIndicator.objects.filter(pk__in=said["fundings"])
    return services.approve(
        by=by, entitlements=rows, document=said["document"], on=said.get("on"),
        fundings=list(chosen), batch=batch,
    )  # fmt: skip


MANY = {
    "submit": Many(
        (APPLY,),
        SubmitForm,
        _step(services.submit),
        gettext_lazy("Hand in applications"),
        pgettext_lazy("entitlements", "Hand them in"),
        gettext_lazy("The applications were handed in; the communities are told."),
        {},
    ),
    "check": Many(
        (CHECK,),
        CheckForm,
        _step(services.check),
        gettext_lazy("Check for the community"),
        pgettext_lazy("entitlements", "Confirmed: pass them on"),
        gettext_lazy("The applications were checked; the street is told."),
        {},
    ),
    "review": Many(
        (REVIEW,),
        StepForm,
        _step(services.review),
        gettext_lazy("Review for the street"),
        pgettext_lazy("entitlements", "Reviewed: pass them on"),
        gettext_lazy("The applications were reviewed; the district is told."),
        {},
    ),
    "assess": Many(
        (ASSESS,),
        StepForm,
        _step(services.assess),
        gettext_lazy("Review for the district"),
        pgettext_lazy("entitlements", "Conditions met: pass them on"),
        gettext_lazy("The applications were examined; the answers are kept."),
        {},
    ),
    "publicise": Many(
        (PUBLICISE,),
        PubliciseForm,
        _step(services.publicise),
        gettext_lazy("Put under public notice"),
        pgettext_lazy("entitlements", "Post the notice"),
        gettext_lazy("The notice is posted."),
        {"number": REHEARSAL},
    ),
    "approve": Many(
        (APPROVE,),
        ApproveForm,
        _approve,
        gettext_lazy("Approve subsidies"),
        pgettext_lazy("entitlements", "Approve and commit"),
        gettext_lazy("The subsidies were approved and their money is committed."),
        {"document": REHEARSAL},
    ),
    "return": Many(
        (CHECK, REVIEW, ASSESS, PUBLICISE, APPROVE),
        ReasonForm,
        _step(services.return_many),
        gettext_lazy("One step back"),
        gettext_lazy("Return them"),
        gettext_lazy("The applications were returned by one step."),
        {"reason": REHEARSAL},
    ),
}


class Line(NamedTuple):
    """A row of the table: with why it would be refused, if it would."""

    row: Entitlement
    refusal: str
    is_picked: bool


@login_required
def bulk_step(request):
    """One step for the rows picked in the list: all of them, or none."""
    sent = request.POST if request.method == "POST" else request.GET
    act = sent.get("act", "")
    scope = request.user.scope
    every = {right for one in MANY.values() for right in one.rights}
    many = MANY.get(act)
    if not any(scope.has(right) for right in (many.rights if many else every)):
        raise PermissionDenied
    if many is None:
        return redirect("entitlements:entitlement_list")
    rows = _rows(request.user, sent.getlist("ids"))
    shown = _rows(request.user, sent.getlist("shown")) or rows
    if not shown:
        messages.warning(request, _("Pick rows of the list first."))
        return redirect("entitlements:entitlement_list")
    form = _form(request, act, many, shown)
    refused: Sequence[Refused] = ()
    problem = ""
    if request.method == "POST":
        seen = _versions(sent.getlist("seen"))
        for row in rows:
            row.version = seen.get(row.pk, 0)
        if form.is_valid():
            try:
                many.write(request.user, rows, new_batch(), _said(form))
            except RowsRefused as error:
                refused = error.rows
                form.add_error(None, str(error))
            except DomainError as error:
                add_refusal(form, error)
            else:
                words = ngettext("%(n)s row", "%(n)s rows", len(rows)) % {"n": len(rows)}
                messages.success(request, f"{many.done} ({words})")
                if act == "publicise":  # what was posted is printed next
                    posted = Entitlement.objects.only("notice_id").get(pk=rows[0].pk)
                    return redirect("entitlements:notice_detail", posted.notice_id)
                return redirect("entitlements:entitlement_list")
        picked = {row.pk for row in rows}
    else:
        refused, problem = _rehearse(request.user, rows, many, form)
        picked = {row.pk for row in rows} - {one.pk for one in refused}
    told = {one.pk: one.message for one in refused}
    lines = [Line(row, told.get(row.pk, ""), row.pk in picked) for row in shown]
    return render(
        request,
        f"{FOLDER}/bulk_step.html",
        {
            "form": form,
            "lines": lines,
            "act": act,
            "many": many,
            "refused": refused,
            "problem": problem,
            "total": sum(line.row.amount for line in lines if line.is_picked),
            "picked": len(picked),
            "years": funding.by_year([line.row for line in lines if line.is_picked])
            if act == "approve"
            else [],
        },
    )


def _rows(user, values) -> list[Entitlement]:
    ids = [int(value) for value in values if value.isdecimal() and len(value) < 10][:MOST]
    return list(
        Entitlement.objects.visible_to(user)
        .filter(pk__in=ids)
        .select_related("compound", "compound__community", "provider", "notice")
        .order_by("compound__code", "pk")
    )


def _versions(values) -> dict[int, int]:
    """What the person saw, of "id:version"."""
    found = {}
    for value in values:
        pk, _sep, version = value.partition(":")
        if pk.isdecimal() and version.isdecimal() and len(value) < 20:
            found[int(pk)] = int(version)
    return found


def _form(request, act: str, many: Many, rows: Sequence[Entitlement]):
    sent = request.POST if request.method == "POST" else None
    if act != "approve":
        return many.form(sent)
    districts = {row.district_id for row in rows}
    return many.form(sent, choices=funding.choices_of(funding.asked_at_approval(rows), districts))


def _said(form) -> dict[str, Any]:
    said = dict(form.cleaned_data)
    if isinstance(form, ApproveForm):
        return {**said, "fundings": form.chosen}
    return said


class _TakenBack(Exception):  # noqa: N818 - no error: the rehearsal is over
    pass


def _rehearse(user, rows, many: Many, form) -> tuple[Sequence[Refused], str]:
    """What the same act would refuse now: it is done and taken back at once."""
    said = dict(many.rehearsed)
    if isinstance(form, ApproveForm):
        said["fundings"] = form.usual
    try:
        with transaction.atomic():
            many.write(user, rows, "", said)
            raise _TakenBack
    except _TakenBack:
        return (), ""
    except RowsRefused as error:
        return error.rows, str(error)
    except DomainError as error:
        refused = [Refused(rows[0].pk, str(rows[0]), str(error))] if len(rows) == 1 else ()
        return refused, str(error)
