"""Providers: list, detail, invitations and their answers."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from compounds.registry.models import Compound
from compounds.registry.places import places_of
from governance.foundation import dates
from governance.foundation.errors import DomainError
from governance.foundation.forms import add_refusal
from governance.foundation.views import ListPage
from governance.organisation.scope import REGISTER_VIEW

from .. import rules, services
from ..candidates import candidates
from ..filters import InvitationFilterSet, ProviderFilterSet
from ..forms import AnswerForm, InvitationForm
from ..models import Invitation, Provider
from ..tables import InvitationTable, ProviderTable

SHOWN = 200


class ProviderList(ListPage):
    """Providers of the reader's districts."""

    table = ProviderTable
    filterset = ProviderFilterSet
    template_name = "compounds/providers/provider_list.html"
    right = REGISTER_VIEW

    def visible(self):
        return Provider.objects.visible_to(self.request.user)


provider_list = ProviderList.as_view()


class InvitationList(ListPage):
    """Invitations of the reader's places: at first those without an answer, the oldest first."""

    table = InvitationTable
    filterset = InvitationFilterSet
    template_name = "compounds/providers/invitation_list.html"
    default_sort = "invited_on"
    right = REGISTER_VIEW

    def visible(self):
        return Invitation.objects.visible_to(self.request.user)

    def page_context(self):
        user = self.request.user
        return {"places": places_of(user), "may_answer": user.scope.has(services.RIGHT)}


invitation_list = InvitationList.as_view()


@login_required
@require_safe
def provider_detail(request, pk):
    provider = get_object_or_404(
        Provider.objects.visible_to(request.user).select_related("district"), pk=pk
    )
    invitations = Invitation.objects.visible_to(request.user).filter(provider=provider)
    tally = dict(invitations.order_by().values_list("answer").annotate(Count("pk")))
    rows = list(
        invitations.select_related("compound", "compound__community").order_by(
            "-invited_on", "-pk"
        )[: SHOWN + 1]
    )
    return render(
        request,
        "compounds/providers/provider_detail.html",
        {
            "provider": provider,
            "lacks": provider.lacks(dates.today()),
            "is_blacklisted": rules.is_blacklisted(provider, dates.today()),
            "bases": provider.bases.order_by("pk"),
            "invitations": rows[:SHOWN],
            "is_cut": len(rows) > SHOWN,
            "answers": [
                (str(label), tally.get(code, 0)) for code, label in Invitation.Answer.choices
            ],
            "flags": [
                (_("in the district"), provider.is_in_district),
                (_("able"), provider.is_able),
                (_("willing"), provider.is_willing),
                (_("well founded"), provider.is_well_founded),
            ],
            "can_invite": request.user.scope.has(services.RIGHT),
        },
    )


@login_required
def invitation_add(request, code):
    """Ask several firms at once about one compound, eligible ones first."""
    compound = get_object_or_404(
        Compound.objects.visible_to(request.user).select_related("community"), code=code
    )
    request.user.scope.require(services.RIGHT, compound)
    round = services.next_round(compound)
    form = InvitationForm(
        request.POST or None,
        user=request.user,
        district=compound.district_id,
        initial={"round": round},
    )
    if request.method == "POST" and form.is_valid():
        letter = dict(form.cleaned_data)
        firms = letter.pop("provider")
        try:
            invited = services.invite_providers(
                by=request.user, compound=compound, providers=firms, **letter
            )
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            _say_invited(request, invited, len(firms))
            return redirect("dashboards:dossier_providers", compound.code)
    return render(
        request,
        "compounds/providers/invitation_add.html",
        {
            "form": form,
            "compound": compound,
            "round": round,
            "candidates": candidates(request.user, compound, round=round, as_of=dates.today()),
        },
    )


def _say_invited(request, invited, asked: int) -> None:
    count = len(invited)
    if count:
        words = ngettext("%(count)s firm was invited.", "%(count)s firms were invited.", count)
        messages.success(request, words % {"count": count})
    if count < asked:
        words = ngettext(
            "%(count)s firm had been invited in this round already; it was left as it is.",
            "%(count)s firms had been invited in this round already; they were left as they are.",
            asked - count,
        )
        messages.info(request, words % {"count": asked - count})


@login_required
def answer_record(request, pk):
    invitation = get_object_or_404(
        Invitation.objects.visible_to(request.user).select_related("compound", "provider"), pk=pk
    )
    request.user.scope.require(services.RIGHT, invitation)
    form = AnswerForm(
        request.POST or None,
        initial={
            "version": invitation.version,
            "answer": invitation.answer,
            "answered_on": invitation.answered_on or dates.today(),
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.record_answer(by=request.user, invitation=invitation, **form.cleaned_data)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The answer was recorded."))
            return redirect("dashboards:dossier_providers", invitation.compound.code)
    return render(
        request,
        "compounds/providers/answer_record.html",
        {"form": form, "invitation": invitation, "compound": invitation.compound},
    )
