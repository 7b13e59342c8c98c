"""The blacklist: proposed, the street's opinion, the firm heard, decided, lifted (S4-20, §5.6)."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from governance.audit import services as audit
from governance.foundation import dates, history
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.foundation.locks import for_update
from governance.organisation.models import Area, Level

from .. import rules
from ..models import BlacklistEntry, Provider
from .common import DECIDE, REVIEW, SANCTION, locked, not_to_come, require_district, told

State = BlacklistEntry.State


def derive(provider: Provider, *, by) -> list | None:
    """Set the firm's last blacklisted day from the entries in force; the change, if any."""
    entries = provider.blacklistings.filter(state=State.IN_FORCE)
    until = entries.aggregate(last=Max("term_until"))["last"]
    before = provider.blacklisted_until
    provider.blacklisted_until = until
    provider.version += 1
    history.signed(provider, by=by).save()
    return [before, until] if before != until else None


@transaction.atomic
def propose(
    *, by, provider: Provider, reason: str, document: str = "", street: Area
) -> BlacklistEntry:
    """Propose to blacklist a firm and ask a street for its opinion.

    Raises NotAllowed, DomainError (one is open already, another district's street).
    """
    firm = locked(by, SANCTION, provider)
    if street.level != Level.STREET or street.district_id != firm.district_id:
        raise DomainError(_("Choose a street of the firm's district."), field="street")
    today = dates.today()
    over = list(firm.blacklistings.filter(state=State.IN_FORCE, term_until__lt=today))
    for one in over:  # its term ran out; the state follows when somebody looks
        one.state, one.version = State.ENDED, one.version + 1
        one.save()
    if firm.blacklistings.open().exists():
        raise DomainError(_("A blacklisting of this firm is open already."))
    entry = BlacklistEntry(
        provider=firm,
        reason=reason,
        document=document,
        street=street,
        proposed_by=by,
        proposed_on=today,
    )
    entry.clean_fields(exclude=["provider", "street", "proposed_by"])
    try:
        with transaction.atomic():
            entry.save()
    except IntegrityError as error:
        raise DomainError(_("A blacklisting of this firm is open already.")) from error
    derive(firm, by=by)
    changes = told(reason=reason, document=document, street=street)
    audit.record("propose_blacklisting", firm, by=by, changes=changes)
    return entry


def may_give_opinion(by, entry: BlacklistEntry) -> bool:
    """Whether a post of the street that was asked is held (its leader's, S4-20)."""
    return any(
        REVIEW in grant.rights and grant.level == Level.STREET and grant.area == entry.street_id
        for grant in by.scope.grants
    )


def _locked(entry: BlacklistEntry, version: int, after: str) -> BlacklistEntry:
    # The firm before its entries, as whoever proposes one holds it.
    for_update(Provider.objects).get(pk=entry.provider_id)
    row = for_update(BlacklistEntry.objects).select_related("provider", "street").get(pk=entry.pk)
    if row.version != version:
        raise StaleRecord(current=row)
    if after and not rules.may_move(row.state, after):
        raise DomainError(
            _("This step does not follow: the blacklisting is “%(state)s”.")
            % {"state": row.get_state_display()}
        )
    return row


def _save(row: BlacklistEntry, verb: str, *, by, changes: dict, reason: str = "") -> BlacklistEntry:
    row.version += 1
    row.clean_fields(exclude=["provider", "street"])
    row.save()
    audit.record(verb, row.provider, by=by, changes=changes, reason=reason)
    return row


@transaction.atomic
def give_opinion(
    *, by, entry: BlacklistEntry, version: int, is_supported: bool, opinion: str
) -> BlacklistEntry:
    """Give the street's opinion. It does not bind the district.

    Raises NotAllowed (no post in that street), StaleRecord, DomainError (given already).
    """
    if not may_give_opinion(by, entry):
        raise NotAllowed(_("The opinion is given by the street that was asked."))
    row = _locked(entry, version, State.OPINION)
    row.state, row.is_supported, row.opinion = State.OPINION, is_supported, opinion
    row.opinion_by, row.opinion_on = by, dates.today()
    changes = told(is_supported=is_supported, opinion=opinion)
    return _save(row, "give_opinion", by=by, changes=changes)


@transaction.atomic
def notify_firm(
    *, by, entry: BlacklistEntry, version: int, notified_on: dt.date, heard_until: dt.date
) -> BlacklistEntry:
    """Note that the firm was told what is held against it, and until when it may be heard.

    Raises NotAllowed, StaleRecord, DomainError.
    """
    require_district(by, SANCTION, entry.provider.district_id)
    row = _locked(entry, version, State.HEARING)
    not_to_come(notified_on, "notified_on")
    if notified_on < row.proposed_on:
        raise DomainError(
            _("The firm cannot be notified before it was proposed."), field="notified_on"
        )
    if heard_until < notified_on:
        raise DomainError(
            _("The time to be heard cannot end before the notice."), field="heard_until"
        )
    row.state, row.notified_on, row.heard_until = State.HEARING, notified_on, heard_until
    changes = told(notified_on=notified_on, heard_until=heard_until)
    return _save(row, "notify", by=by, changes=changes)


@transaction.atomic
def record_hearing(
    *, by, entry: BlacklistEntry, version: int, heard_on: dt.date, hearing: str
) -> BlacklistEntry:
    """Write down what the firm said.  Raises NotAllowed, StaleRecord, DomainError."""
    require_district(by, SANCTION, entry.provider.district_id)
    row = _locked(entry, version, "")
    if row.state != State.HEARING:
        raise DomainError(_("The firm is heard after it was notified and before the decision."))
    not_to_come(heard_on, "heard_on")
    if heard_on < row.notified_on:
        raise DomainError(_("The firm cannot be heard before the notice."), field="heard_on")
    changes = {"hearing": [row.hearing or None, hearing], "heard_on": [row.heard_on, heard_on]}
    row.hearing, row.heard_on = hearing, heard_on
    return _save(row, "hear", by=by, changes=changes)


@transaction.atomic
def decide(
    *,
    by,
    entry: BlacklistEntry,
    version: int,
    is_granted: bool,
    decision: str,
    decision_document: str = "",
    term_until: dt.date | None = None,
) -> BlacklistEntry:
    """Put the blacklisting in force from today until a day, or reject it.

    Raises NotAllowed, StaleRecord, DomainError (who proposed it; the firm may still be heard; no
    term, or one that has passed).
    """
    require_district(by, DECIDE, entry.provider.district_id)
    row = _locked(entry, version, State.IN_FORCE if is_granted else State.REJECTED)
    today = dates.today()
    if row.proposed_by_id == by.pk:
        raise DomainError(_("Who proposed it cannot decide it."))
    if not row.hearing and today <= row.heard_until:
        raise DomainError(
            _("The firm may be heard until %(day)s; nothing is decided before.")
            % {"day": row.heard_until.isoformat()}
        )
    if is_granted and (term_until is None or term_until < today):
        raise DomainError(_("Give the last day of the term, not before today."), field="term_until")
    row.decided_by, row.decided_on = by, today
    row.decision, row.decision_document = decision, decision_document
    row.state = State.IN_FORCE if is_granted else State.REJECTED
    changes = told(decision=decision, decision_document=decision_document)
    if is_granted:
        row.term_from, row.term_until = today, term_until
        changes |= told(term_from=today, term_until=term_until)
    return _ended(row, "blacklist" if is_granted else "reject_blacklisting", by=by, changes=changes)


def _ended(row: BlacklistEntry, verb: str, *, by, changes: dict, reason: str = ""):
    row.version += 1
    row.clean_fields(exclude=["provider", "street"])
    row.save()
    firm = for_update(Provider.objects).get(pk=row.provider_id)
    moved = derive(firm, by=by)
    if moved:
        changes["blacklisted_until"] = moved
    audit.record(verb, firm, by=by, changes=changes, reason=reason)
    row.provider = firm
    return row


@transaction.atomic
def lift(*, by, entry: BlacklistEntry, version: int, reason: str) -> BlacklistEntry:
    """End a blacklisting before its term.  Raises NotAllowed, StaleRecord, DomainError."""
    require_district(by, DECIDE, entry.provider.district_id)
    row = _locked(entry, version, State.LIFTED)
    row.state, row.lifted_by, row.lifted_on = State.LIFTED, by, dates.today()
    row.lift_reason = reason
    return _ended(row, "lift_blacklisting", by=by, changes={}, reason=reason)
