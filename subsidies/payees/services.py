"""Verbs of payee accounts: one finance officer types, another confirms; a reveal is recorded.

What the log keeps of a number is its last four digits.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from compounds.providers.models import Provider
from governance.audit import services as audit
from governance.foundation import sealing
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.foundation.locks import for_update
from governance.foundation.texts import render
from governance.notices.services.notices import settle, tell_holders

from . import rules
from .models import CONFIRM, EDIT, REVEAL, PayeeAccount

State = PayeeAccount.State


class Firm(NamedTuple):
    """A firm as accounts are judged by it."""

    pk: int
    name: str


class Known(NamedTuple):
    """A confirmed account of some firm."""

    provider: int
    name: str
    holder: str
    bank: str


WAITING = "payee.waiting"


def occasion(pk: int) -> str:
    """The batch under which finance officers are told of an account."""
    return f"payee-{pk}"


def read_number(text: str, field: str = "number") -> str:
    """The digits of what was typed.  Raises DomainError."""
    try:
        return rules.clean_number(text)
    except rules.NumberError as error:
        raise DomainError(
            _("An account number has %(least)s to %(most)s digits and nothing else.")
            % {"least": rules.SHORTEST, "most": rules.LONGEST},
            field=field,
        ) from error


def refuse_accounts(*, account: str = "", **texts: str) -> None:
    """Keep account numbers out of texts that are stored in clear.  Raises DomainError."""
    for name, text in texts.items():
        if rules.holds_account(text, account):
            raise DomainError(
                _("An account number seems to stand here: it has a field of its own."), field=name
            )


@transaction.atomic
def propose_account(
    *,
    by,
    provider: Provider,
    holder: str,
    bank: str,
    number: str,
    number_again: str,
    document: str = "",
    reason: str = "",
) -> PayeeAccount:
    """Type the account of a firm; another finance officer confirms it.

    The number is typed twice; the holder is the firm, or `reason` says why not.
    Raises NotAllowed, DomainError.  Source: §5.2 (bank account of the application).
    """
    firm = for_update(Provider.objects).get(pk=provider.pk)
    if firm.district_id not in by.scope.in_districts(EDIT):
        raise NotAllowed
    plain = read_number(number)
    if read_number(number_again, "number_again") != plain:
        raise DomainError(_("Both numbers must be the same."), field="number_again")
    if not bank:
        raise DomainError(_("Name the bank and its branch."), field="bank")
    refuse_accounts(account=plain, holder=holder, bank=bank, document=document, reason=reason)
    judge(firm, holder, sealing.fingerprint(plain), bank, reason)
    if PayeeAccount.objects.filter(provider=firm, state=State.PROPOSED).exists():
        raise DomainError(_("An account of this firm already waits for confirmation."))
    account = PayeeAccount(
        district_id=firm.district_id,
        provider=firm,
        holder=holder,
        bank=bank,
        document=document,
        prepared_by=by,
        reason=reason,
    )
    account.set_number(plain)
    account.save()
    tell_waiting(account, by=by)
    audit.record("propose", account, by=by, changes=told(account), reason=reason)
    return account


class Objection(NamedTuple):
    """What speaks against an account: a sentence to be translated, its values and its field."""

    message: str
    values: dict
    field: str


def objections(
    *, firm: Firm, holder: str, bank: str, reason: str, known: Iterable[Known]
) -> Iterator[Objection]:
    """A holder who is not the firm, an account that is known already; `known`: of its number."""
    if not rules.is_same_holder(holder, firm.name) and not reason:
        yield Objection(
            gettext_noop("The holder is not the firm “%(name)s”: give the reason."),
            {"name": firm.name},
            "reason",
        )
    for other in known:
        if other.provider != firm.pk and not reason:
            yield Objection(
                gettext_noop("Another firm, %(name)s, is paid on this account: give the reason."),
                {"name": other.name},
                "reason",
            )
        elif (other.provider, other.holder, other.bank) == (firm.pk, holder, bank):
            yield Objection(
                gettext_noop("This account of the firm is confirmed already."), {}, "number"
            )


def confirmed_by_number(hashes: Iterable[str]) -> dict[str, list[Known]]:
    """Confirmed accounts by the fingerprint of their number."""
    found: dict[str, list[Known]] = {}
    rows = PayeeAccount.objects.filter(
        number_hash__among=sorted(set(hashes)), state=State.CONFIRMED
    ).order_by("pk")
    for number_hash, *values in rows.values_list(
        "number_hash", "provider_id", "provider__name", "holder", "bank"
    ):
        found.setdefault(number_hash, []).append(Known(*values))
    return found


def judge(firm: Provider, holder: str, number_hash: str, bank: str, reason: str) -> None:
    """Raise the first objection to an account as a DomainError."""
    known = confirmed_by_number([number_hash]).get(number_hash, ())
    whose = Firm(firm.pk, firm.name)
    for one in objections(firm=whose, holder=holder, bank=bank, reason=reason, known=known):
        raise DomainError(render(one.message, one.values), field=one.field)


def told(account: PayeeAccount) -> dict:
    """What the log may keep of an account."""
    return {
        "provider": [None, account.provider.name],
        "holder": [None, account.holder],
        "bank": [None, account.bank],
        "number_masked": [None, account.number_masked],
    }


def tell_waiting(account: PayeeAccount, *, by) -> None:
    """Everybody who may confirm it hears of it, but for whoever typed it."""
    tell_holders(
        CONFIRM,
        account.district,
        by=by,
        kind=WAITING,
        batch=occasion(account.pk),
        url=reverse("payees:payee_detail", args=[account.pk]),
        count=1,
    )


def _locked(by, account: PayeeAccount, version: int | None, *rights: str) -> PayeeAccount:
    """The account, its firm held first: whoever proposes comes to it the same way."""
    list(for_update(Provider.objects).filter(pk=account.provider_id))
    row = for_update(PayeeAccount.objects).select_related("provider", "district").get(pk=account.pk)
    if not any(row.district_id in by.scope.in_districts(right) for right in rights):
        raise NotAllowed
    if version is not None and row.version != version:
        raise StaleRecord(current=row)
    return row


@transaction.atomic
def confirm_account(*, by, account: PayeeAccount, version: int, number: str = "") -> PayeeAccount:
    """Confirm a proposed account: it replaces the firm's present one.

    `number`: typed again from the proof, where the confirming person does so; it must agree.
    Raises NotAllowed, StaleRecord, DomainError (typed by the same person, not proposed).
    """
    row = _locked(by, account, version, CONFIRM)
    if row.state != State.PROPOSED:
        raise DomainError(_("Only a proposed account can be confirmed."))
    if row.prepared_by_id == by.pk:
        raise DomainError(_("Whoever typed an account cannot confirm it."))
    if number and sealing.fingerprint(read_number(number)) != row.number_hash:
        raise DomainError(_("This is not the number that was typed."), field="number")
    judge(row.provider, row.holder, row.number_hash, row.bank, row.reason)
    old = (
        for_update(PayeeAccount.objects)
        .filter(provider=row.provider_id, state=State.CONFIRMED)
        .first()
    )
    if old is not None:
        old.state = State.REPLACED
        old.version += 1
        old.save(update_fields=["state", "version", "updated_at"])
    row.state, row.confirmed_by, row.confirmed_at = State.CONFIRMED, by, timezone.now()
    row.version += 1
    row.save()
    settle(occasion(row.pk))
    changes = {
        "state": [State.PROPOSED, State.CONFIRMED],
        "number_masked": [old.number_masked if old else None, row.number_masked],
    }
    audit.record("confirm", row, by=by, changes=changes)
    return row


@transaction.atomic
def refuse_account(*, by, account: PayeeAccount, version: int, reason: str) -> PayeeAccount:
    """Refuse a proposed account; whoever typed it takes it back the same way.

    Raises NotAllowed, StaleRecord, DomainError (not proposed, no reason).
    """
    row = _locked(by, account, version, CONFIRM, EDIT)
    if row.state != State.PROPOSED:
        raise DomainError(_("Only a proposed account can be refused."))
    if not reason:
        raise DomainError(_("Give the reason."), field="reason")
    refuse_accounts(account=row.number(), reason=reason)
    row.state, row.reason = State.REFUSED, reason
    row.version += 1
    row.save()
    settle(occasion(row.pk))
    changes = {"state": [State.PROPOSED, State.REFUSED]}
    audit.record("reject", row, by=by, changes=changes, reason=reason)
    return row


@transaction.atomic
def reveal(*, by, account: PayeeAccount, reason: str) -> str:
    """The account number in full, once; who saw it and why is recorded.

    Raises NotAllowed, DomainError (no reason).
    """
    row = PayeeAccount.objects.select_related("district").get(pk=account.pk)
    if row.district_id not in by.scope.in_districts(REVEAL):
        raise NotAllowed
    if not reason:
        raise DomainError(_("Say what the number is needed for."), field="reason")
    number = row.number()
    refuse_accounts(account=number, reason=reason)
    audit.record("reveal_account", row, by=by, reason=reason)
    return number
