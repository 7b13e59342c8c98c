"""Invitations: the list, letters to several firms, rounds and their answers."""

import datetime as dt
from functools import cached_property

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, OuterRef, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from compounds.registry.models import Compound
from compounds.registry.places import places_of
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.forms import add_refusal
from governance.foundation.views import Listing, ListPage
from governance.organisation.scope import REGISTER_VIEW

from .. import services
from ..candidates import candidates
from ..filters import InvitationFilterSet, RoundFilterSet
from ..forms import AnswerForm, InvitationForm, RoundForm
from ..models import Invitation
from ..tables import InvitationTable, RoundTable

# The time to answer that a letter names.
ANSWER_DAYS = 14
WAITING = Invitation.Answer.WAITING


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


# -- rounds ----------------------------------------------------------------------------------------
class Rounds(Listing):
    """Rounds that wait, each by its first waiting invitation, with how many wait of how many."""

    @cached_property
    def rows(self) -> list[tuple]:
        shown = Invitation.objects.filter(pk__in=self.ids)
        counted = (
            Invitation.objects.filter(compound__in=shown.values("compound"))
            .order_by()
            .values_list("compound_id", "round")
            .annotate(n=Count("pk"), waiting=Count("pk", filter=Q(answer=WAITING)))
        )
        self.context["counts"] = {
            (compound, round): (waiting, n) for compound, round, n, waiting in counted
        }
        return super().rows


class RoundList(ListPage):
    """Rounds without all their answers, by street: the oldest first."""

    table = RoundTable
    filterset = RoundFilterSet
    template_name = "compounds/providers/round_list.html"
    default_sort = "invited_on"
    right = REGISTER_VIEW

    def visible(self):
        earlier = Invitation.objects.filter(
            compound=OuterRef("compound"), round=OuterRef("round"), answer=WAITING
        )
        rows = Invitation.objects.visible_to(self.request.user).filter(answer=WAITING)
        return rows.exclude(Exists(earlier.filter(pk__lt=OuterRef("pk"))))

    def page_context(self):
        user = self.request.user
        return {
            "places": places_of(user),
            "may_answer": user.scope.has(services.RIGHT),
            "today": dates.today(),
            "late_after": ANSWER_DAYS,
        }

    def listing(self):
        context = self.page_context()
        return Rounds(
            table=self.table,
            filterset=self.filterset(self.request.GET, self.visible(), page=context),
            query=self.request.GET,
            default_sort=self.default_sort,
            context=context,
        )


round_list = RoundList.as_view()


def _round_of(request, code: str, round: int) -> tuple[Compound, list[Invitation]]:
    compound = get_object_or_404(
        Compound.objects.visible_to(request.user).select_related("community", "street"), code=code
    )
    rows = compound.invitations.filter(round=round).select_related("provider", "compound")
    return compound, list(rows.order_by("provider__name", "pk"))


@login_required
def round_answer(request, code, round):
    """The answers of all firms of a round on one sheet: all are saved, or none."""
    compound, invitations = _round_of(request, code, round)
    request.user.scope.require(services.RIGHT, compound)
    if not invitations:
        raise Http404
    form = RoundForm(request.POST or None, invitations=invitations)
    if request.method == "POST" and form.is_valid():
        try:
            count = services.record_answers(by=request.user, answers=form.answers)
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect("providers:round_answer", code, round)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            words = ngettext("%(n)s answer was recorded.", "%(n)s answers were recorded.", count)
            messages.success(request, words % {"n": count})
            return redirect("dashboards:dossier_providers", compound.code)
    return render(
        request,
        "compounds/providers/round_answer.html",
        {
            "form": form,
            "compound": compound,
            "round": round,
            "today": dates.today(),
        },
    )


@login_required
@require_safe
def letter(request, code, round):
    """The letter of a round, a sheet for each firm, with its slip for the answer (A4)."""
    compound, invitations = _round_of(request, code, round)
    if not invitations:
        raise Http404
    answer_by = {one.pk: one.invited_on + dt.timedelta(days=ANSWER_DAYS) for one in invitations}
    return render(
        request,
        "compounds/providers/letter.html",
        {
            "compound": compound,
            "round": round,
            "letters": [(one, answer_by[one.pk]) for one in invitations],
        },
    )
