"""Entering ratings, points and cards; the steps of a blacklisting; the list of blacklistings."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from governance.foundation import dates
from governance.foundation.errors import NotAllowed
from governance.foundation.views import ListPage
from governance.organisation.scope import REGISTER_VIEW

from .. import rules
from ..filters import BlacklistFilterSet
from ..forms import (
    CardForm,
    CorrectionForm,
    CreditEventForm,
    DecisionForm,
    HearingForm,
    NoticeForm,
    OpinionForm,
    ProposalForm,
    RatingForm,
    ReasonForm,
)
from ..models import BlacklistEntry, Card
from ..services import blacklist, common, standing
from ..tables import BlacklistTable
from .common import FOLDER, act_page, provider_of, shared_of

State = BlacklistEntry.State


def _standing(pk: int) -> str:
    return reverse("providers:provider_standing", args=[pk])


@login_required
def rating_add(request, pk):
    provider = provider_of(request, pk, common.EDIT)
    form = RatingForm(request.POST or None, initial={"issued_on": dates.today()})
    return act_page(
        request,
        form,
        write=lambda: standing.add_rating(by=request.user, provider=provider, **form.facts),
        title=_("Enter a rating"),
        button=_("Save"),
        done=_("The rating was entered."),
        back=_standing(pk),
        provider=provider,
        note=_("The rating issued last is the firm's; older ones stay in its history."),
    )


@login_required
def credit_event_add(request, pk):
    provider = provider_of(request, pk, common.SANCTION)
    form = CreditEventForm(request.POST or None, initial={"on": dates.today()})
    return act_page(
        request,
        form,
        write=lambda: standing.add_credit_event(by=request.user, provider=provider, **form.facts),
        title=_("Enter points"),
        button=_("Save"),
        done=_("The points were entered."),
        back=_standing(pk),
        provider=provider,
        note=_("What was entered by mistake is undone by the same points of the other sign."),
    )


@login_required
def card_give(request, pk):
    provider = provider_of(request, pk, common.SANCTION)
    form = CardForm(
        request.POST or None,
        user=request.user,
        district=provider.district_id,
        initial={"given_on": dates.today(), "colour": Card.Colour.YELLOW},
    )
    return act_page(
        request,
        form,
        write=lambda: standing.give_card(by=request.user, provider=provider, **form.facts),
        title=_("Give a card"),
        button=_("Give the card"),
        done=_("The card was given."),
        back=_standing(pk),
        provider=provider,
    )


@login_required
def card_correct(request, pk):
    card = shared_of(request, Card.objects.select_related("provider"), pk, common.SANCTION)
    form = CorrectionForm(
        request.POST or None, initial={"version": card.version, "corrected_on": dates.today()}
    )
    return act_page(
        request,
        form,
        write=lambda: standing.correct_card(by=request.user, card=card, **form.cleaned_data),
        title=_("Note the correction"),
        button=_("Save"),
        done=_("The correction was noted."),
        back=_standing(card.provider_id),
        provider=card.provider,
        note=f"{card.get_colour_display()} · {card.given_on.isoformat()} · {card.reason}",
    )


# -- blacklist -------------------------------------------------------------------------------------
class BlacklistList(ListPage):
    """Blacklistings of the reader's districts: at first those that are open."""

    table = BlacklistTable
    filterset = BlacklistFilterSet
    template_name = f"{FOLDER}/blacklist_list.html"
    default_sort = "-proposed_on"
    right = REGISTER_VIEW

    def visible(self):
        return BlacklistEntry.objects.visible_to(self.request.user)


blacklist_list = BlacklistList.as_view()


def _back(pk: int) -> str:
    return reverse("providers:provider_blacklist", args=[pk])


@login_required
def blacklist_propose(request, pk):
    provider = provider_of(request, pk, common.SANCTION)
    form = ProposalForm(request.POST or None, district=provider.district_id)
    return act_page(
        request,
        form,
        write=lambda: blacklist.propose(by=request.user, provider=provider, **form.cleaned_data),
        title=_("Propose for the blacklist"),
        button=_("Propose"),
        done=_("The street is asked for its opinion."),
        back=_back(pk),
        provider=provider,
        note=_(
            "The street gives its opinion, the firm may be heard, and somebody else decides. "
            "In force, it blocks new invitations, assignments and contracts and ends none."
        ),
    )


def _entry_of(request, pk: int, right: str) -> BlacklistEntry:
    rows = BlacklistEntry.objects.select_related("provider", "street")
    return shared_of(request, rows, pk, right)


def _step(request, entry, form, *, after: str, write, **words):
    """One step of a blacklisting; whoever comes too late is told so."""
    back = _back(entry.provider_id)
    if request.method == "GET" and after and not rules.may_move(entry.state, after):
        messages.warning(request, _("This step has been taken, or is not due yet."))
        return HttpResponseRedirect(back)
    return act_page(
        request,
        form,
        write=lambda: write(by=request.user, entry=entry, **form.cleaned_data),
        back=back,
        provider=entry.provider,
        note=f"{entry.get_state_display()} · {entry.proposed_on.isoformat()} · {entry.reason}",
        **words,
    )


@login_required
def blacklist_opinion(request, pk):
    rows = BlacklistEntry.objects.visible_to(request.user).select_related("provider", "street")
    entry = get_object_or_404(rows, pk=pk)
    if not blacklist.may_give_opinion(request.user, entry):
        raise NotAllowed(_("The opinion is given by the street that was asked."))
    form = OpinionForm(request.POST or None, initial={"version": entry.version})
    return _step(
        request,
        entry,
        form,
        after=State.OPINION,
        write=blacklist.give_opinion,
        title=_("The street's opinion"),
        button=_("Give the opinion"),
        done=_("The opinion was given."),
    )


@login_required
def blacklist_notify(request, pk):
    entry = _entry_of(request, pk, common.SANCTION)
    form = NoticeForm(
        request.POST or None,
        initial={"version": entry.version, "notified_on": dates.today()},
    )
    return _step(
        request,
        entry,
        form,
        after=State.HEARING,
        write=blacklist.notify_firm,
        title=_("Notify the firm"),
        button=_("Save"),
        done=_("The notice was noted; the firm may be heard."),
    )


@login_required
def blacklist_hear(request, pk):
    entry = _entry_of(request, pk, common.SANCTION)
    initial = {
        "version": entry.version,
        "heard_on": entry.heard_on or dates.today(),
        "hearing": entry.hearing,
    }
    form = HearingForm(request.POST or None, initial=initial)
    return _step(
        request,
        entry,
        form,
        after=State.IN_FORCE,
        write=blacklist.record_hearing,
        title=_("What the firm said"),
        button=_("Save"),
        done=_("What the firm said was written down."),
    )


@login_required
def blacklist_decide(request, pk):
    entry = _entry_of(request, pk, common.DECIDE)
    form = DecisionForm(request.POST or None, initial={"version": entry.version})
    return _step(
        request,
        entry,
        form,
        after=State.IN_FORCE,
        write=blacklist.decide,
        title=_("Decide on the blacklisting"),
        button=pgettext("blacklisting", "Decide"),
        done=_("The decision was entered."),
    )


@login_required
def blacklist_lift(request, pk):
    entry = _entry_of(request, pk, common.DECIDE)
    form = ReasonForm(request.POST or None, initial={"version": entry.version})
    return _step(
        request,
        entry,
        form,
        after=State.LIFTED,
        write=blacklist.lift,
        title=_("Lift the blacklisting"),
        button=_("Lift"),
        done=_("The blacklisting was lifted."),
    )
