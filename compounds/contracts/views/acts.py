"""Acts on one contract: sign, file, return, cancel, notice, renewal, end; its files."""

from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.foundation.errors import NotAllowed

from .. import rules, services
from ..errors import in_words
from ..forms import (
    EndForm,
    FileForm,
    NoticeForm,
    ReasonForm,
    RemoveForm,
    RenewalForm,
    SignForm,
    UploadForm,
)
from ..models import Contract, ContractFile
from ..questions import notice_latest
from ..services import EDIT
from ..services.common import terms_of
from .common import act_page, contract_of


def _back(contract: Contract) -> str:
    return reverse("contracts:contract_detail", args=[contract.pk])


def _page(request, contract: Contract, form_class, service, **words):
    """The page of one act: the form is bound when it was sent."""
    form = form_class(request.POST or None, initial={"version": contract.version})

    def write():
        return service(by=request.user, contract=contract, **form.cleaned_data)

    return act_page(request, form, write=write, back=_back(contract), contract=contract, **words)


@login_required
def contract_sign(request, pk):
    contract = contract_of(request, pk, EDIT)
    reasons = []
    if contract.state == Contract.State.DRAFT:
        reasons = [in_words(one) for one in rules.signing_refusals(terms_of(contract))]
    return _page(
        request,
        contract,
        SignForm,
        services.sign_contract,
        title=_("Enter the signing"),
        button=_("The parties have signed"),
        done=_("The signing was entered. The contract is to be filed now."),
        note=_("Entered on the day the parties sign: from then on the time for filing runs."),
        reasons=reasons,
    )


@login_required
def contract_file(request, pk):
    contract = contract_of(request, pk)
    if not services.may_file(request.user, contract):
        raise NotAllowed
    note = _("Filing is notice to the authorities: whoever prepared the contract may file it.")
    if contract.follows_id:
        note += " " + _("The contract %(number)s ends the day before this one begins.") % {
            "number": contract.follows
        }
    return _page(
        request,
        contract,
        FileForm,
        services.file_contract,
        title=_("Put the contract on file"),
        button=_("Put on file"),
        done=_("The contract is on file and runs."),
        note=note,
    )


@login_required
def contract_return(request, pk):
    return _page(
        request,
        contract_of(request, pk, EDIT),
        ReasonForm,
        services.return_contract,
        title=_("Return to the draft"),
        button=_("Return to the draft"),
        done=_("The contract is a draft again."),
    )


@login_required
def contract_cancel(request, pk):
    return _page(
        request,
        contract_of(request, pk, EDIT),
        ReasonForm,
        services.cancel_contract,
        title=_("Cancel the contract"),
        button=_("Cancel the contract"),
        done=_("The contract was cancelled."),
        note=_("It stays readable, and its number stays taken."),
    )


@login_required
def contract_notice(request, pk):
    contract = contract_of(request, pk, EDIT)
    note = _("Without a fixed term either side gives 60 days' notice (Civil Code 948).")
    if contract.ends_on:
        note = _(
            "A provider who does not renew says so by %(provider)s (90 days, Civil Code 947); "
            "owners who dismiss it give 60 days' notice (946)."
        ) % {"provider": notice_latest(contract).isoformat()}
    return _page(
        request,
        contract,
        NoticeForm,
        services.give_notice,
        title=_("Enter a notice"),
        button=_("Enter the notice"),
        done=_("The notice was entered."),
        note=note,
    )


@login_required
def contract_renewal(request, pk):
    return _page(
        request,
        contract_of(request, pk, EDIT),
        RenewalForm,
        services.decide_renewal,
        title=_("Enter the owners' decision"),
        button=_("Enter the decision"),
        done=_("The decision was entered."),
        note=_("Owners decide jointly before the term ends (Civil Code 947)."),
    )


@login_required
def contract_end(request, pk):
    return _page(
        request,
        contract_of(request, pk, EDIT),
        EndForm,
        services.end_contract,
        title=_("Enter the end"),
        button=_("The contract has ended"),
        done=_("The end was entered."),
        note=_(
            "Until the next provider takes over, the former one bridges the service and hands "
            "everything over (Civil Code 949, 950)."
        ),
    )


# -- files -----------------------------------------------------------------------------------------
@login_required
def file_add(request, pk):
    contract = contract_of(request, pk)
    if not services.may_file(request.user, contract):
        request.user.scope.require(EDIT, contract)
    form = UploadForm(request.POST or None, request.FILES or None)
    return act_page(
        request,
        form,
        write=lambda: services.add_file(
            by=request.user,
            contract=contract,
            upload=form.cleaned_data["file"],
            note=form.cleaned_data["note"],
        ),
        title=_("Attach a document"),
        button=_("Attach"),
        done=_("The document was attached."),
        back=_back(contract),
        contract=contract,
        is_upload=True,
    )


def _visible(request, pk: int) -> ContractFile:
    rows = ContractFile.objects.visible_to(request.user).filter(removed_at=None)
    return get_object_or_404(rows.select_related("contract"), pk=pk)


@login_required
@require_safe
def file_show(request, pk):
    """The file: a picture in the page, anything else to be saved; never guessed at."""
    row = _visible(request, pk)
    try:
        opened = row.file.open()
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(opened, content_type=row.content_type)
    kind = "inline" if row.content_type.startswith("image/") else "attachment"
    response["Content-Disposition"] = f"{kind}; filename*=UTF-8''{quote(row.name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"  # nothing stays on a shared computer
    return response


@login_required
def file_remove(request, pk):
    row = _visible(request, pk)
    if not services.may_file(request.user, row.contract):
        request.user.scope.require(EDIT, row.contract)
    form = RemoveForm(request.POST or None)
    return act_page(
        request,
        form,
        write=lambda: services.remove_file(
            by=request.user, file=row, reason=form.cleaned_data["reason"]
        ),
        title=_("Remove the document"),
        button=_("Remove"),
        done=_("The document was removed."),
        note=row.name,
        back=_back(row.contract),
        contract=row.contract,
    )
