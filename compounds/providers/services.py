"""Verbs of the providers' room: invite a provider, record its answer."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from compounds.registry.models import Compound, Status
from governance.audit import services as audit
from governance.foundation import dates, history
from governance.foundation.errors import DomainError, StaleRecord

from .models import Invitation, Provider

RIGHT = "provider.invite"


def next_round(compound: Compound) -> int:
    """The round a new invitation belongs to: the running one while an answer is awaited."""
    last = compound.invitations.aggregate(last=Max("round"))["last"]
    if last is None:
        return 1
    waiting = compound.invitations.filter(round=last, answer=Invitation.Answer.WAITING)
    return last if waiting.exists() else last + 1


@transaction.atomic
def invite_provider(
    *,
    by,
    compound: Compound,
    provider: Provider,
    round: int,
    invited_on: dt.date,
    letter: str = "",
) -> Invitation:
    """Record that a provider was asked whether it would serve a compound.

    Raises NotAllowed, DomainError (managed, merged, another district's, blacklisted, a day to
    come), ValidationError.
    """
    row = Compound.objects.select_for_update().get(pk=compound.pk)
    by.scope.require(RIGHT, row)
    if row.status != Status.ACTIVE or row.is_unmanaged is False:
        raise DomainError(_("Only for an unmanaged compound can providers be invited."))
    if provider.district_id != row.district_id:
        raise DomainError(_("This provider belongs to another district."), field="provider")
    _check_invited(provider, invited_on)
    if row.invitations.filter(provider=provider, round=round).exists():
        raise DomainError(_("This provider was already invited in this round."), field="provider")
    invitation = Invitation(
        compound=row, provider=provider, round=round, invited_on=invited_on, letter=letter
    )
    invitation.place()
    invitation.full_clean(exclude=["street", "district", "community"])
    history.signed(invitation, by=by).save()
    audit.record(
        "invite",
        row,
        by=by,
        changes={"provider": [None, provider.name], "round": [None, round]},
    )
    return invitation


def _check_invited(provider: Provider, invited_on: dt.date) -> None:
    if provider.blacklisted_until and provider.blacklisted_until >= invited_on:
        raise DomainError(
            _("%(name)s is blacklisted until %(day)s.")
            % {"name": provider.name, "day": provider.blacklisted_until.isoformat()},
            field="provider",
        )
    if invited_on > dates.today():
        raise DomainError(_("This day lies in the future."), field="invited_on")


def check_answer(answer: str, answered_on: dt.date | None, invited_on: dt.date) -> None:
    """Raise ValidationError unless the day of an answer can be."""
    if answer == Invitation.Answer.WAITING:
        problem = answered_on and _("Nothing was answered yet, so there is no day of it.")
    elif answered_on is None:
        problem = _("Give the day of the answer.")
    elif answered_on < invited_on:
        problem = _("The answer cannot be earlier than the invitation.")
    else:
        problem = answered_on > dates.today() and _("This day lies in the future.")
    if problem:
        raise ValidationError({"answered_on": problem})


@transaction.atomic
def record_answer(
    *,
    by,
    invitation: Invitation,
    version: int,
    answer: str,
    answered_on: dt.date | None,
    invited_on: dt.date | None = None,
    letter: str | None = None,
) -> Invitation:
    """Record what an invited provider answered; day and letter number may be corrected along.

    Raises NotAllowed, StaleRecord, DomainError (the corrected day: blacklisted, in the future),
    ValidationError (an answer without its day, or too early).
    """
    row = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("compound", "provider")
        .get(pk=invitation.pk)
    )
    by.scope.require(RIGHT, row)
    if row.version != version:
        raise StaleRecord(current=row)
    if answer == Invitation.Answer.WAITING:
        answered_on = None
    told = {"invited_on": invited_on or row.invited_on, "answer": answer}
    told |= {"answered_on": answered_on, "letter": row.letter if letter is None else letter}
    changed = {name: value for name, value in told.items() if getattr(row, name) != value}
    if not changed:
        return row
    if "invited_on" in changed:
        _check_invited(row.provider, changed["invited_on"])
    if changed.keys() - {"letter"}:  # an old answer without its day may get a letter number
        check_answer(answer, answered_on, told["invited_on"])
    changes = {"provider": [None, row.provider.name]}
    for name, value in changed.items():
        before = row.get_answer_display() if name == "answer" else getattr(row, name)
        setattr(row, name, value)
        after = row.get_answer_display() if name == "answer" else value
        changes[name] = [str(before), str(after)] if name == "answer" else [before, after]
    row.version += 1
    history.signed(row, by=by).save()
    audit.record("answer", row.compound, by=by, changes=changes)
    return row
