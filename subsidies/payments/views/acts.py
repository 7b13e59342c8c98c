"""Acts on a batch: submit, release, return, cancel."""

from django.contrib.auth.decorators import login_required
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from governance.foundation import dates

from .. import services
from ..forms import ReasonForm, ReleaseForm, SubmitForm
from ..models import PREPARE, RELEASE, Disbursement
from .common import act_page, batch_of


def _page(request, batch: Disbursement, form_class, service, initial=None, **words):
    """The page of one act: the form is bound when it was sent."""
    form = form_class(request.POST or None, initial={"version": batch.version, **(initial or {})})

    def write():
        return service(by=request.user, disbursement=batch, **form.cleaned_data)

    back = reverse("payments:disbursement_detail", args=[batch.pk])
    return act_page(request, form, write=write, back=back, batch=batch, **words)


@login_required
def disbursement_submit(request, pk):
    batch = batch_of(request, pk, PREPARE)
    return _page(
        request,
        batch,
        SubmitForm,
        services.submit_disbursement,
        {"document": batch.document},
        title=_("Submit for release"),
        button=_("Submit"),
        done=_("The batch waits to be released by another finance officer."),
    )


@login_required
def disbursement_release(request, pk):
    batch = batch_of(request, pk, RELEASE)
    return _page(
        request,
        batch,
        ReleaseForm,
        services.release_disbursement,
        {"on": dates.today(), "document": batch.document},
        title=_("Release the payments"),
        button=pgettext("payment", "Release"),
        done=_("The batch is released. Take the file for the bank now."),
        note=_(
            "From now on the money is in payment. The accounts confirmed at this moment are fixed; "
            "the file for the bank can be taken afterwards."
        ),
        warning=_blacklisted(batch),
    )


def _blacklisted(batch: Disbursement) -> str:
    """Firms of the batch that stand on the blacklist today, as a sentence; empty without."""
    names = (
        batch.orders.filter(provider__blacklisted_until__gte=dates.today())
        .order_by("provider__name")
        .values_list("provider__name", flat=True)
    )
    if not names:
        return ""
    return _("On the blacklist: %(names)s. Release only what is owed all the same.") % {
        "names": "、".join(names)
    }


@login_required
def disbursement_return(request, pk):
    return _page(
        request,
        batch_of(request, pk, RELEASE),
        ReasonForm,
        services.return_disbursement,
        title=_("Return it"),
        button=_("Return it"),
        done=_("The batch is a draft again."),
    )


@login_required
def disbursement_cancel(request, pk):
    return _page(
        request,
        batch_of(request, pk, PREPARE, RELEASE),
        ReasonForm,
        services.cancel_disbursement,
        title=_("Cancel the batch"),
        button=_("Cancel the batch"),
        done=_("The batch was cancelled; its months are payable again."),
        note=_("It stays readable, and its number stays taken."),
    )
