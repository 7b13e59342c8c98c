"""Pages of payee accounts: the list, one account, typing, confirming, refusing, revealing."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from governance.audit import words
from governance.audit.models import AuditEntry
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.foundation.forms import add_refusal
from governance.foundation.views import ListPage
from governance.organisation.access import right_required

from . import services
from .filters import PayeeFilterSet
from .forms import AccountForm, ConfirmForm, RefuseForm, RevealForm
from .models import CONFIRM, EDIT, REVEAL, PayeeAccount
from .tables import STATE_CLASS, PayeeTable

FOLDER = "subsidies/payees"
VIEW = "ledger.view"
ENTRIES = 30
State = PayeeAccount.State


class PayeeList(ListPage):
    """Accounts of the districts whose ledger the reader sees."""

    table = PayeeTable
    filterset = PayeeFilterSet
    template_name = f"{FOLDER}/payee_list.html"
    default_sort = "provider"
    right = VIEW

    def visible(self):
        return PayeeAccount.objects.visible_to(self.request.user)

    def extra_context(self, listing):
        scope = self.request.user.scope
        return {
            "may_edit": scope.has(EDIT),
            "may_import": scope.has(EDIT) and scope.has("registry.import"),
        }


payee_list = PayeeList.as_view()


def account_of(request, pk: int, *rights: str) -> PayeeAccount:
    """An account in the reader's sight, for an act that needs one of the rights there."""
    rows = PayeeAccount.objects.visible_to(request.user).select_related(
        "provider", "district", "prepared_by", "confirmed_by"
    )
    account = get_object_or_404(rows, pk=pk)
    held = (account.district_id in request.user.scope.in_districts(right) for right in rights)
    if rights and not any(held):
        raise NotAllowed
    return account


def _detail(request, account: PayeeAccount, form: RevealForm, **more):
    scope = request.user.scope
    entries = AuditEntry.objects.history_for(request.user, "payees.payeeaccount", account.pk)
    is_open = account.state == State.PROPOSED
    may_confirm = account.district_id in scope.in_districts(CONFIRM)
    is_mine = account.prepared_by_id == request.user.pk
    response = render(
        request,
        f"{FOLDER}/payee_detail.html",
        {
            "account": account,
            "form": form,
            "state_class": STATE_CLASS[account.state],
            "others": account.provider.payee_accounts.exclude(pk=account.pk).order_by("-pk"),
            "lines": words.lines(entries[:ENTRIES], request.user),
            "may_confirm": is_open and may_confirm and not is_mine,
            "may_refuse": is_open and may_confirm,
            "is_mine": is_mine,
            "may_reveal": account.district_id in scope.in_districts(REVEAL),
            "may_replace": account.state == State.CONFIRMED
            and account.district_id in scope.in_districts(EDIT),
            **more,
        },
    )
    patch_cache_control(response, no_store=True, no_cache=True, private=True)
    return response


@login_required
@require_safe
def payee_detail(request, pk):
    return _detail(request, account_of(request, pk), RevealForm())


@login_required
@require_POST
def payee_reveal(request, pk):
    """The number in full, on this one answer.

    The form carries no token: an answer with 200 would be rolled back, and its entry with it.
    """
    account = account_of(request, pk, REVEAL)
    form, number = RevealForm(request.POST), ""
    if form.is_valid():
        try:
            number = services.reveal(
                by=request.user, account=account, reason=form.cleaned_data["reason"]
            )
        except DomainError as error:
            add_refusal(form, error)
    return _detail(request, account, form, number=number)


@right_required(EDIT)
def payee_add(request):
    chosen = request.GET.get("provider", "")
    initial = {"provider": chosen} if chosen.isdecimal() and len(chosen) < 12 else {}
    form = AccountForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            account = services.propose_account(by=request.user, **form.cleaned_data)
        except NotAllowed:
            raise
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The account waits to be confirmed by somebody else."))
            return redirect("payees:payee_detail", account.pk)
    response = render(request, f"{FOLDER}/payee_add.html", {"form": form})
    patch_cache_control(response, no_store=True, no_cache=True, private=True)
    return response


def _act(request, account: PayeeAccount, form, write, **words_):
    """The page of one act on an account."""
    back = reverse("payees:payee_detail", args=[account.pk])
    if request.method == "POST" and form.is_valid():
        try:
            write(by=request.user, account=account, **form.cleaned_data)
        except NotAllowed:
            raise
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect(back)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, words_["done"])
            return redirect(back)
    response = render(
        request, f"{FOLDER}/act.html", {"form": form, "account": account, "back": back, **words_}
    )
    patch_cache_control(response, no_store=True, no_cache=True, private=True)
    return response


@login_required
def payee_confirm(request, pk):
    account = account_of(request, pk, CONFIRM)
    return _act(
        request,
        account,
        ConfirmForm(request.POST or None, initial={"version": account.version}),
        services.confirm_account,
        title=_("Confirm the account"),
        button=_("It agrees with the proof: confirm"),
        done=_("The account was confirmed; payments go there from now on."),
        note=_("Compare holder, bank and number with the proof before you confirm."),
    )


@login_required
def payee_refuse(request, pk):
    account = account_of(request, pk, CONFIRM, EDIT)
    return _act(
        request,
        account,
        RefuseForm(request.POST or None, initial={"version": account.version}),
        services.refuse_account,
        title=_("Refuse the account"),
        button=_("Refuse"),
        done=_("The account was refused; it stays readable here."),
        note="",
    )
