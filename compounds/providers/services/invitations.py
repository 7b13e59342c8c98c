"""Verbs of the providers' room: invite providers, record an answer."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from compounds.registry.models import Compound, Status
from governance.audit import services as audit
from governance.foundation import bulk, dates, history
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update

from .. import rules
from ..models import Invitation, Provider

RIGHT = "provider.invite"
PLACE = ("district", "street", "community")


def next_round(compound: Compound) -> int:
    """The round a new invitation belongs to: the running one while an answer is awaited."""
    return next_rounds([compound.pk])[compound.pk]


def next_rounds(compounds: Collection[int]) -> Mapping[int, int]:
    """The round a new invitation belongs to, by the key of its compound. One query."""
    waiting = Count("pk", filter=Q(answer=Invitation.Answer.WAITING))
    rows = Invitation.objects.filter(compound__among=list(compounds)).order_by("compound", "round")
    found = dict.fromkeys(compounds, 1)
    for compound, number, count in (
        rows.values("compound", "round").annotate(n=waiting).values_list("compound", "round", "n")
    ):
        found[compound] = number if count else number + 1
    return found


@transaction.atomic
def invite_providers(
    *,
    by,
    compound: Compound,
    providers: Iterable[Provider],
    round: int,
    invited_on: dt.date,
    letter: str = "",
) -> list[Invitation]:
    """Record that providers were asked whether they would serve a compound, by one letter.

    All or none; returns the new invitations. Who was invited in this round before is left as it
    is, so that the same form sent twice writes nothing more. The number of statements does not
    depend on the number of firms.
    Raises NotAllowed, DomainError (managed, merged, another district's, blacklisted, a day to
    come), ValidationError.
    """
    rows = _locked([compound.pk], by=by)
    pairs = [(compound.pk, firm) for firm in providers]
    return _write(rows, pairs, {compound.pk: round}, by=by, invited_on=invited_on, letter=letter)


@transaction.atomic
def invite_many(
    *, by, pairs: Iterable[tuple[Compound, Provider]], invited_on: dt.date, letter: str = ""
) -> list[Invitation]:
    """Ask many providers, each about its compound, by one letter; each in that compound's round.

    All or none. The number of statements does not depend on the number of pairs. Raises as
    `invite_providers`.
    """
    wanted = [(compound.pk, firm) for compound, firm in pairs]
    rows = _locked({compound for compound, _firm in wanted}, by=by)
    rounds = next_rounds(list(rows))  # behind the lock: two letters at once make no two rounds
    return _write(rows, wanted, rounds, by=by, invited_on=invited_on, letter=letter)


def _locked(compounds: Collection[int], *, by) -> dict[int, Compound]:
    rows = for_update(Compound.objects).filter(pk__among=list(compounds)).order_by("pk")
    found = {row.pk: row for row in rows}
    for row in found.values():
        by.scope.require(RIGHT, row)
        if row.status != Status.ACTIVE or row.is_unmanaged is False:
            raise DomainError(_("Only for an unmanaged compound can providers be invited."))
    return found


def _write(
    rows: Mapping[int, Compound],
    pairs: Iterable[tuple[int, Provider]],
    rounds: Mapping[int, int],
    *,
    by,
    invited_on: dt.date,
    letter: str,
) -> list[Invitation]:
    wanted = {(compound, firm.pk): firm for compound, firm in pairs}
    for (compound, _firm), firm in wanted.items():
        _check_invited(rows[compound], [firm], invited_on)
    known = Invitation.objects.filter(compound__among=list(rows)).values_list(
        "compound", "provider", "round"
    )
    before = {(compound, firm) for compound, firm, at in known if at == rounds[compound]}
    invitations = [
        Invitation(
            compound=rows[pair[0]],
            provider=firm,
            round=rounds[pair[0]],
            invited_on=invited_on,
            letter=letter,
        )
        for pair, firm in wanted.items()
        if pair not in before
    ]
    for invitation in invitations:
        invitation.place()
        invitation.clean_fields(exclude=["compound", "provider", *PLACE])
    bulk.insert_many(Invitation, invitations)
    history.record_versions(
        Invitation, [one.pk for one in invitations], kind=history.CREATED, by=by
    )
    audit.record_many((_invited(one) for one in invitations), by=by)
    return invitations


def _invited(one: Invitation) -> audit.Act:
    asked = {"provider": one.provider.name, "round": one.round}
    asked |= {"invited_on": one.invited_on, "letter": one.letter or None}
    changes = {name: [None, value] for name, value in asked.items() if value is not None}
    return audit.act_on("invite", one.compound, changes)


def _check_invited(compound: Compound, firms: Iterable[Provider], invited_on: dt.date) -> None:
    for firm in firms:
        if firm.district_id != compound.district_id:
            raise DomainError(
                _("%(name)s belongs to another district.") % {"name": firm.name}, field="provider"
            )
    _check_day(firms, invited_on)


def _check_day(firms: Iterable[Provider], invited_on: dt.date) -> None:
    for firm in firms:
        if rules.is_blacklisted(firm, invited_on):
            raise DomainError(
                _("%(name)s is blacklisted until %(day)s.")
                % {"name": firm.name, "day": firm.blacklisted_until.isoformat()},
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
        for_update(Invitation.objects).select_related("compound", "provider").get(pk=invitation.pk)
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
        _check_day([row.provider], changed["invited_on"])
    if changed.keys() - {"letter"}:  # an old answer without its day may get a letter number
        check_answer(answer, answered_on, told["invited_on"])
    changes = {"provider": [None, row.provider.name]}
    for name, value in changed.items():
        changes[name] = [getattr(row, name), value]  # codes: readers have languages
        setattr(row, name, value)
    row.version += 1
    history.signed(row, by=by).save()
    audit.record("answer", row.compound, by=by, changes=changes)
    return row


@transaction.atomic
def record_answers(*, by, answers: Iterable[dict]) -> int:
    """Record what several firms answered, all or none; how many answers are new.

    Each of `answers` names an invitation, its version, the answer and its day.
    Raises NotAllowed, StaleRecord, ValidationError (keyed by the id of the invitation).
    """
    count = 0
    for one in answers:
        before = one["invitation"].version
        try:
            row = record_answer(by=by, **one)
        except ValidationError as error:
            pk = one["invitation"].pk
            raise ValidationError({f"day_{pk}": error.messages}) from error
        count += row.version != before
    return count
