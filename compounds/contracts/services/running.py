"""What happens to a signed contract: filed, notice given, renewal decided, ended."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.foundation.locks import for_update

from .. import rules
from ..models import Contract, ContractCompound
from .common import (
    EDIT,
    State,
    Verb,
    course_of,
    locked,
    may_file,
    not_to_come,
    record,
    refuse,
    step,
    store,
)
from .drafting import link_assignments

Renewal, EndReason = Contract.Renewal, Contract.EndReason
# A new contract follows, or a loss was confirmed: these ends come with another act.
NOT_BY_HAND = (EndReason.RENEWED, EndReason.LOST)


@transaction.atomic
def file_contract(
    *,
    by,
    contract: Contract,
    version: int,
    filed_on: dt.date,
    filing_number: str,
    document: str = "",
) -> Contract:
    """Put a signed contract on file (备案): it runs from now on.

    Filing is notice to the authorities, no approval: whoever prepared the contract may file it.
    The contract that this one follows ends the day before it begins.
    Raises NotAllowed, StaleRecord, DomainError (not signed, a wrong day, another main contract
    runs for one of the compounds).
    """
    row = for_update(Contract.objects).get(pk=contract.pk)
    if not may_file(by, row):
        raise NotAllowed
    if row.version != version:
        raise StaleRecord(current=row)
    if row.state != State.SIGNED:
        raise DomainError(_("Only a signed contract can be filed."))
    not_to_come(filed_on, "filed_on")
    if filed_on < row.signed_on:
        raise DomainError(_("It cannot be filed before it was signed."), field="filed_on")
    if not filing_number:
        raise DomainError(_("Give the filing number."), field="filing_number")
    if Contract.objects.filter(district=row.district_id, filing_number=filing_number).exists():
        raise DomainError(_("This filing number is taken."), field="filing_number")
    followed = _end_followed(row, by=by)
    _check_alone(row)
    row.state, row.filed_on, row.filed_by = State.FILED, filed_on, by
    row.filing_number = filing_number
    store(row, by=by)
    link_assignments(row)
    try:
        with transaction.atomic():
            row.covers.update(is_running=True)
    except IntegrityError as error:
        raise DomainError(_("Another contract already runs for this compound.")) from error
    step(row, Verb.FILED, by=by, on=filed_on, document=document or filing_number)
    changes = {
        "state": [State.SIGNED, State.FILED],
        "filed_on": [None, filed_on],
        "filing_number": [None, filing_number],
    }
    if followed is not None:
        changes["follows"] = [None, followed.number]
    record("file_contract", row, by=by, changes=changes)
    return row


def _end_followed(contract: Contract, *, by) -> Contract | None:
    """End the contract that the new one follows, the day before the new one begins."""
    if contract.follows_id is None:
        return None
    old = for_update(Contract.objects).get(pk=contract.follows_id)
    if old.state != State.FILED:
        return old
    last = max(contract.starts_on - dt.timedelta(days=1), old.starts_on)
    _end(old, by=by, on=last, end_reason=EndReason.RENEWED, reason=contract.number, document="")
    return old


def _check_alone(contract: Contract) -> None:
    """No compound has another main contract that runs."""
    mine = contract.covers.filter(is_main=True)
    other = (
        for_update(ContractCompound.objects)
        .filter(compound__in=mine.values("compound"), is_main=True, is_running=True)
        .exclude(contract=contract)
        .select_related("contract", "compound")
        .order_by("pk")
        .first()
    )
    if other is not None:
        raise DomainError(
            _(
                "For %(compound)s the contract %(number)s runs already. End it first, or let the "
                "new one follow it."
            )
            % {"compound": other.compound.name, "number": other.contract.number}
        )


@transaction.atomic
def give_notice(
    *,
    by,
    contract: Contract,
    version: int,
    notice_on: dt.date,
    by_provider: bool,
    document: str = "",
    reason: str = "",
) -> Contract:
    """Enter the written notice of one side, that it ends the contract or does not renew it.

    A notice given too late is entered as well, for it is a fact: the page says by how much.
    Raises NotAllowed, StaleRecord, DomainError (not running, given already, no document).
    Source: Civil Code 946, 947, 948.
    """
    row = locked(by, contract, version)
    if row.state != State.FILED:
        raise DomainError(_("Notice is given of a running contract only."))
    if row.notice_on is not None:
        raise DomainError(_("Notice has been given already."))
    if row.provider_id is None and by_provider:
        raise DomainError(_("There is no provider who could give notice."), field="by_provider")
    not_to_come(notice_on, "notice_on")
    if notice_on < row.signed_on:
        raise DomainError(_("Notice cannot come before the signing."), field="notice_on")
    if not document:
        raise DomainError(_("Name the written notice."), field="document")
    row.notice_on, row.notice_by_provider = notice_on, by_provider
    changes = {"notice_on": [None, notice_on], "notice_by_provider": [None, by_provider]}
    if by_provider and row.renewal == Renewal.OPEN:
        row.renewal, row.renewal_on = Renewal.LEAVE, notice_on
        changes["renewal"] = [Renewal.OPEN, Renewal.LEAVE]
    store(row, by=by, reason=reason)
    verb = Verb.NOTICE_PROVIDER if by_provider else Verb.NOTICE_OWNERS
    step(row, verb, by=by, on=notice_on, document=document, reason=reason)
    record("give_notice", row, by=by, changes=changes, reason=reason)
    return row


@transaction.atomic
def decide_renewal(
    *,
    by,
    contract: Contract,
    version: int,
    renewal: str,
    decided_on: dt.date,
    document: str = "",
    reason: str = "",
) -> Contract:
    """Enter what the owners have decided before the end: renew or change.

    That a provider does not renew is entered as its notice. A decision may be revised by a later
    one until the contract ends.
    Raises NotAllowed, StaleRecord, DomainError (not running, a wrong day, no document).
    Source: Civil Code 947.
    """
    row = locked(by, contract, version)
    if row.state != State.FILED:
        raise DomainError(_("Renewal is decided of a running contract only."))
    if renewal not in (Renewal.RENEW, Renewal.CHANGE):
        raise DomainError(_("Say whether to renew or to change."), field="renewal")
    if renewal == Renewal.RENEW and row.notice_on is not None:
        raise DomainError(
            _("Notice has been given: this contract is not renewed."), field="renewal"
        )
    not_to_come(decided_on, "decided_on")
    if decided_on < row.signed_on:
        raise DomainError(_("The decision cannot come before the signing."), field="decided_on")
    if row.renewal_on and decided_on < row.renewal_on:
        raise DomainError(_("A later decision is already entered."), field="decided_on")
    if not document:
        raise DomainError(_("Name the document of the decision."), field="document")
    before = [row.renewal, row.renewal_on]
    row.renewal, row.renewal_on = renewal, decided_on
    store(row, by=by, reason=reason)
    step(row, renewal, by=by, on=decided_on, document=document, reason=reason)
    changes = {"renewal": [before[0], renewal], "renewal_on": [before[1], decided_on]}
    record("decide_renewal", row, by=by, changes=changes, reason=reason)
    return row


@transaction.atomic
def end_contract(
    *,
    by,
    contract: Contract,
    version: int,
    ended_on: dt.date,
    end_reason: str,
    reason: str = "",
    document: str = "",
    without_notice: bool = False,
) -> Contract:
    """Enter that a running contract has ended.

    `without_notice`: it ended without the notice that the law asks for, or the contract allows
    less; `reason` says why. Raises NotAllowed, StaleRecord, DomainError, Refused.
    Source: Civil Code 946 to 948.
    """
    row = locked(by, contract, version)
    if row.state != State.FILED:
        raise DomainError(_("Only a running contract can end."))
    if end_reason not in EndReason.values or end_reason in NOT_BY_HAND:
        raise DomainError(_("Say why the contract ends."), field="end_reason")
    not_to_come(ended_on, "ended_on")
    ending = rules.Ending(ended_on, end_reason, reason, document, without_notice)
    refuse(rules.ending_refusals(course_of(row), ending))
    _end(row, by=by, on=ended_on, end_reason=end_reason, reason=reason, document=document)
    return row


def _end(row: Contract, *, by, on: dt.date, end_reason: str, reason: str, document: str) -> None:
    """Write the end of a locked contract: its covers run no more."""
    row.state, row.ended_on, row.end_reason = State.ENDED, on, end_reason
    store(row, by=by, reason=reason)
    row.covers.update(is_running=False)
    step(row, Verb.ENDED, by=by, on=on, document=document, reason=reason)
    changes = {
        "state": [State.FILED, State.ENDED],
        "ended_on": [None, on],
        "end_reason": ["", end_reason],
    }
    record("end_contract", row, by=by, changes=changes, reason=reason)


@transaction.atomic
def end_lost(*, by, compound_id: int, on: dt.date, reason: str, document: str = "") -> None:
    """The service of a compound is lost: its main contract ends, or goes on without it.

    Called by the room that confirms the loss, which has asked for the right and holds the
    compound.
    """
    covers = ContractCompound.objects.filter(
        compound=compound_id, is_main=True, is_running=True
    ).values("contract")
    rows = for_update(Contract.objects).filter(pk__in=covers).order_by("pk")
    for row in list(rows):
        day = max(on, row.starts_on)
        if row.covers.filter(is_running=True).exclude(compound=compound_id).exists():
            row.covers.filter(compound=compound_id).update(
                is_running=False, left_on=day, version=F("version") + 1
            )
            store(row, by=by, reason=reason)
            name = row.covers.select_related("compound").get(compound=compound_id).compound.name
            record("change", row, by=by, changes={"compounds": [name, None]}, reason=reason)
        else:
            _end(row, by=by, on=day, end_reason=EndReason.LOST, reason=reason, document=document)


def end_gone(row: Contract, *, by, on: dt.date, reason: str) -> None:
    """End a locked contract whose compounds are no longer there; nobody's right is asked."""
    _end(row, by=by, on=on, end_reason=EndReason.GONE, reason=reason, document="")


__all__ = [
    "EDIT",
    "NOT_BY_HAND",
    "decide_renewal",
    "end_contract",
    "end_gone",
    "end_lost",
    "file_contract",
    "give_notice",
]
