"""What the bank answers: its file read, shown, confirmed; one order's result entered by hand.

Between preview and confirmation nothing is kept here: the rows that were read travel in the page,
signed, so that what is confirmed is what was read.
"""

import dataclasses
import datetime as dt
import os
import tempfile
from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed

from .. import services
from ..errors import ResultRefused, in_words
from ..forms import BackForm, OrderForm, ResultForm
from ..models import RECONCILE, BankResult, Disbursement
from ..rules import Answer, Outcome
from ..services.settling import Preview
from .common import FOLDER, act_page, batch_of, order_of

SALT = "subsidies.payments.result"
KEPT_SECONDS = 24 * 3600


def _signed(batch: Disbursement, found: Preview) -> str:
    rows = [
        [str(value) if isinstance(value, Decimal | dt.date) else value
         for value in dataclasses.astuple(answer)]
        for answer in found.read.answers
    ]  # fmt: skip
    content = {
        "batch": batch.pk,
        "digest": found.read.digest,
        "name": found.read.name,
        "rows": rows,
    }
    return signing.dumps(content, salt=SALT, compress=True)


def _answers(rows) -> list[Answer]:
    return [
        Answer(
            number=number,
            reference=reference,
            outcome=Outcome(outcome),
            amount=None if amount is None else Decimal(amount),
            voucher=voucher,
            on=None if on is None else dt.date.fromisoformat(on),
            failure=failure,
        )
        for number, reference, outcome, amount, voucher, on, failure in rows
    ]


@login_required
def result_read(request, pk):
    """Read the bank's file and show what it would do; nothing is written yet."""
    batch = batch_of(request, pk, RECONCILE)
    is_sent = request.method == "POST"
    form = ResultForm(request.POST if is_sent else None, request.FILES if is_sent else None)
    found = None
    if is_sent and form.is_valid():
        try:
            found = _preview(request, batch, form.cleaned_data["file"])
        except NotAllowed:
            raise
        except DomainError as error:
            form.add_error("file", str(error))
    context = {"batch": batch, "form": form}
    if found is not None:
        context |= _shown(batch, found)
    return render(request, f"{FOLDER}/result_read.html", context)


def _preview(request, batch: Disbursement, upload) -> Preview:
    handle, path = tempfile.mkstemp()
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in upload.chunks():
                file.write(piece)
        return services.preview_result(
            by=request.user, disbursement=batch, path=path, name=_name(upload.name)
        )
    finally:
        os.unlink(path)


def _name(name: str) -> str:
    name = name.replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in name if char.isprintable())[-150:] or "result"


def _shown(batch: Disbursement, found: Preview) -> dict:
    """The preview as the page shows it."""
    judged, read = found.judged, found.read
    faults = [(one.number, one.reference, in_words(one)) for one in judged.faults]
    faults += [
        (one.number, f"{one.column} {one.value}".strip(), one.sentence) for one in read.unread
    ]
    firms = dict(batch.orders.values_list("pk", "provider__name"))
    is_clean = not faults
    return {
        "found": found,
        "taken": found.taken,
        "faults": sorted(faults),
        "notes": read.notes,
        "paid": [(order, answer, firms[order.pk]) for order, answer in judged.paid],
        "failed": [(order, answer, firms[order.pk]) for order, answer in judged.failed],
        "back": [(order, answer, firms[order.pk]) for order, answer in judged.back],
        "missing": [(order, firms[order.pk]) for order in judged.missing],
        "pending": [(order, firms[order.pk]) for order in judged.pending],
        "unchanged": judged.unchanged,
        "paid_total": sum((order.amount for order, _answer in judged.paid), Decimal(0)),
        "failed_total": sum((order.amount for order, _answer in judged.failed), Decimal(0)),
        "back_total": sum((order.amount for order, _answer in judged.back), Decimal(0)),
        "payload": _signed(batch, found) if is_clean and judged.changes and not found.taken else "",
    }


@login_required
@require_POST
def result_confirm(request, pk):
    """Take over what was shown."""
    batch = batch_of(request, pk, RECONCILE)
    back = reverse("payments:result_read", args=[pk])
    try:
        content = signing.loads(request.POST.get("payload", ""), salt=SALT, max_age=KEPT_SECONDS)
    except signing.BadSignature:
        messages.error(request, _("This page is too old. Read the file again."))
        return redirect(back)
    if content["batch"] != batch.pk:
        raise NotAllowed
    before = BankResult.objects.filter(disbursement=batch, digest=content["digest"]).exists()
    try:
        result = services.confirm_result(
            by=request.user,
            disbursement=batch,
            answers=_answers(content["rows"]),
            digest=content["digest"],
            name=content["name"],
        )
    except ResultRefused:
        messages.error(request, _("Something has changed meanwhile. Read the file again."))
        return redirect(back)
    except NotAllowed:
        raise
    except DomainError as error:
        messages.error(request, str(error))
        return redirect(back)
    if before:
        messages.info(request, _("This file was read in before: nothing was changed."))
    else:
        messages.success(
            request,
            _("Taken over: %(paid)s paid, %(failed)s failed, %(back)s sent back.")
            % {
                "paid": result.paid_count,
                "failed": result.failed_count,
                "back": result.back_count,
            },
        )
    return redirect("payments:disbursement_detail", pk)


@login_required
def order_result(request, pk):
    """Enter what became of one order."""
    order = order_of(request, pk, RECONCILE)
    form = OrderForm(request.POST or None, initial={"version": order.version, "outcome": "PAID"})
    return act_page(
        request,
        form,
        write=lambda: services.record_result(by=request.user, order=order, **form.cleaned_data),
        title=_("Enter the result of an order"),
        button=_("Enter the result"),
        done=_("The result was entered."),
        back=reverse("payments:order_detail", args=[order.pk]),
        batch=order.disbursement,
        order=order,
        note=_("An order is paid whole or not at all; a part of it is not taken."),
    )


@login_required
def order_back(request, pk):
    """Enter that the bank sent a paid order back."""
    order = order_of(request, pk, RECONCILE)
    form = BackForm(request.POST or None, initial={"version": order.version, "on": dates.today()})
    return act_page(
        request,
        form,
        write=lambda: services.record_return(by=request.user, order=order, **form.cleaned_data),
        title=_("Enter a return by the bank"),
        button=_("Enter the return"),
        done=_("The return was entered: what it paid is payable again."),
        back=reverse("payments:order_detail", args=[order.pk]),
        batch=order.disbursement,
        order=order,
        note=_(
            "The whole order is payable again, out of the same indicator, also after the year's "
            "end. A claim on it gives way. Confirm a new account first if this one was wrong. In "
            "closed books it is posted today; the bank's day stays with the order."
        ),
    )
