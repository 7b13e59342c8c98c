"""Lost services: the list, reporting one, deciding it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from compounds.classification.views.common import seen_or_404
from compounds.registry.places import places_of
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.forms import add_refusal
from governance.foundation.views import ListPage
from governance.organisation.access import right_required
from governance.organisation.scope import REGISTER_VIEW

from ..models import Case, Loss
from ..services import watch_losses
from ..services.watch_losses import CONFIRM, REPORT
from ..watch_figures import watching
from ..watch_filters import LossFilterSet
from ..watch_forms import ConfirmForm, LossForm, RejectForm
from ..watch_tables import LossTable
from .watch import FOLDER, _case_url


class LossList(ListPage):
    """Lost services of the reader's places, the newest first."""

    template_name = f"{FOLDER}/loss_list.html"
    right = REGISTER_VIEW
    table = LossTable
    filterset = LossFilterSet
    default_sort = "-lost_on"

    def visible(self):
        return Loss.objects.visible_to(self.request.user)

    def page_context(self):
        return {"places": places_of(self.request.user)}

    def listing(self):
        listing = super().listing()
        if len(listing.context["places"].streets) == 1 and "columns" not in self.request.GET:
            listing.names = [name for name in listing.names if name != "street"]
        return listing

    def extra_context(self, listing):
        return {"today": dates.today(), "figures": watching(self.request.user)}


loss_list = LossList.as_view()


@require_http_methods(["GET", "POST"])
@right_required(REPORT)
def loss_report(request, pk):
    """Report that nobody serves a cleared compound any more."""
    cases = Case.objects.visible_to(request.user).select_related("compound", "community", "street")
    case = seen_or_404(cases, pk=pk)
    request.user.scope.require(REPORT, case)
    form = LossForm(request.POST or None, initial={"lost_on": dates.today()})
    if request.method == "POST" and form.is_valid():
        try:
            loss = watch_losses.report_loss(by=request.user, case=case, **form.cleaned_data)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(
                request, _("The loss is reported. Somebody else decides whether it is one.")
            )
            return redirect("clearing:loss_detail", loss.pk)
    return render(request, f"{FOLDER}/loss_report.html", {"form": form, "case": case})


def _loss(request, pk) -> Loss:
    rows = Loss.objects.visible_to(request.user).select_related(
        "case",
        "case__compound",
        "street",
        "community",
        "district",
        "reported_by",
        "decided_by",
        "emergency_provider",
    )
    return seen_or_404(rows, pk=pk)


@require_GET
@right_required(REGISTER_VIEW)
def loss_detail(request, pk):
    return _page(request, _loss(request, pk))


def _page(request, loss, confirm=None, reject=None):
    user = request.user
    may_decide = user.scope.can(CONFIRM, loss) and loss.state == Loss.State.REPORTED
    is_reporter = loss.reported_by_id == user.pk
    if may_decide and not is_reporter:
        initial = {"version": loss.version, "document": loss.document}
        confirm = confirm or ConfirmForm(loss=loss, initial={**initial, "on": dates.today()})
        reject = reject or RejectForm(initial=initial)
    return render(
        request,
        f"{FOLDER}/loss_detail.html",
        {
            "loss": loss,
            "case": loss.case,
            "case_url": _case_url(loss.case),
            "confirm": confirm,
            "reject": reject,
            "may_decide": may_decide,
            "is_reporter": is_reporter,
        },
    )


@require_POST
@right_required(CONFIRM)
def loss_confirm(request, pk):
    loss = _loss(request, pk)
    request.user.scope.require(CONFIRM, loss)
    form = ConfirmForm(request.POST, loss=loss)
    if not form.is_valid():
        return _page(request, loss, confirm=form)
    return _decided(
        request,
        loss,
        form,
        lambda: watch_losses.confirm_loss(by=request.user, loss=loss, **form.cleaned_data),
        _("The loss is confirmed; the compound re-enters the campaign."),
        confirm=form,
    )


@require_POST
@right_required(CONFIRM)
def loss_reject(request, pk):
    loss = _loss(request, pk)
    request.user.scope.require(CONFIRM, loss)
    form = RejectForm(request.POST)
    if not form.is_valid():
        return _page(request, loss, reject=form)
    return _decided(
        request,
        loss,
        form,
        lambda: watch_losses.reject_loss(by=request.user, loss=loss, **form.cleaned_data),
        _("The report is rejected; the compound stays cleared and under watch."),
        reject=form,
    )


def _decided(request, loss, form, act, done, **forms):
    try:
        act()
    except StaleRecord as error:
        messages.warning(request, str(error))
    except (DomainError, ValidationError) as error:
        if loss.reported_by_id == request.user.pk or loss.state != Loss.State.REPORTED:
            messages.error(request, str(error))
        else:
            add_refusal(form, error)
            return _page(request, loss, **forms)
    else:
        messages.success(request, done)
    return redirect("clearing:loss_detail", loss.pk)
