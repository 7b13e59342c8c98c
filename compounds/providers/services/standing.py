"""Ratings as they are issued, points for good and bad, yellow and red cards (§5.6)."""

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from compounds.registry.models import Compound
from governance.audit import services as audit
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update

from ..models import Card, CreditEvent, Provider, RatingEntry
from .common import EDIT, SANCTION, locked, not_to_come, require_district, told, touch


@transaction.atomic
def add_rating(
    *,
    by,
    provider: Provider,
    rating: str,
    issued_on: dt.date,
    score: Decimal | None = None,
    issuer: str = "",
    document: str = "",
) -> RatingEntry:
    """Enter a rating as it was issued; the newest one is the firm's.

    Raises NotAllowed, DomainError (a day to come), ValidationError.
    """
    firm = locked(by, EDIT, provider)
    not_to_come(issued_on, "issued_on")
    entry = RatingEntry(
        provider=firm,
        rating=rating,
        score=score,
        issuer=issuer,
        issued_on=issued_on,
        document=document,
        by=by,
    )
    entry.clean_fields(exclude=["provider", "by"])
    entry.save()
    changes = told(issued_on=issued_on, score=score, issuer=issuer, document=document)
    before, firm.rating = firm.rating, newest_rating(firm)
    changes["rating"] = [before, firm.rating] if before != firm.rating else [None, rating]
    touch(firm, by=by)
    audit.record("rate", firm, by=by, changes=changes)
    return entry


def newest_rating(provider: Provider) -> str:
    """The rating issued last; empty where there is none."""
    rows = provider.ratings.order_by("-issued_on", "-pk")
    return rows.values_list("rating", flat=True).first() or ""


@transaction.atomic
def add_credit_event(
    *, by, provider: Provider, points: Decimal, reason: str, on: dt.date, document: str = ""
) -> CreditEvent:
    """Enter points for something good or bad.  Raises NotAllowed, DomainError, ValidationError."""
    firm = locked(by, SANCTION, provider)
    not_to_come(on, "on")
    if not points:
        raise DomainError(_("An event without points changes nothing."), field="points")
    event = CreditEvent(
        provider=firm, points=points, reason=reason, on=on, document=document, by=by
    )
    event.clean_fields(exclude=["provider", "by"])
    event.save()
    touch(firm, by=by)
    changes = told(points=points, on=on, document=document)
    audit.record("credit", firm, by=by, changes=changes, reason=reason)
    return event


@transaction.atomic
def give_card(
    *,
    by,
    provider: Provider,
    colour: str,
    reason: str,
    given_on: dt.date,
    document: str = "",
    compound: Compound | None = None,
    correct_by: dt.date | None = None,
) -> Card:
    """Give a firm a yellow or red card, for one compound or as a whole.

    Raises NotAllowed, DomainError (a day to come, another district's compound), ValidationError.
    """
    firm = locked(by, SANCTION, provider)
    not_to_come(given_on, "given_on")
    if compound is not None and compound.district_id != firm.district_id:
        raise DomainError(
            _("%(name)s belongs to another district.") % {"name": compound.name}, field="compound"
        )
    if correct_by is not None and correct_by < given_on:
        raise DomainError(_("The time to correct cannot end before it begins."), field="correct_by")
    card = Card(
        provider=firm,
        colour=colour,
        compound=compound,
        reason=reason,
        document=document,
        given_on=given_on,
        given_by=by,
        correct_by=correct_by,
    )
    card.clean_fields(exclude=["provider", "compound", "given_by"])
    card.save()
    touch(firm, by=by)
    changes = told(colour=colour, given_on=given_on, correct_by=correct_by, document=document)
    acts = [audit.act_on("give_card", firm, changes)]
    if compound is not None:  # who does not see the compound does not read its name at the firm
        noted = audit.plain({"provider": [None, firm.name], **changes})
        acts.append(audit.act_on("give_card", compound, noted))
    audit.record_many(acts, by=by, reason=reason)
    return card


@transaction.atomic
def correct_card(*, by, card: Card, version: int, corrected_on: dt.date, correction: str) -> Card:
    """Note that what a card was given for has been put right.

    Raises NotAllowed, StaleRecord, DomainError.
    """
    row = for_update(Card.objects).select_related("provider").get(pk=card.pk)
    require_district(by, SANCTION, row.provider.district_id)
    if row.version != version:
        raise StaleRecord(current=row)
    if row.corrected_on:
        raise DomainError(_("This card has been noted as corrected already."))
    not_to_come(corrected_on, "corrected_on")
    if corrected_on < row.given_on:
        raise DomainError(
            _("It cannot be corrected before the card was given."), field="corrected_on"
        )
    row.corrected_on, row.correction = corrected_on, correction
    row.version += 1
    row.save()
    changes = told(corrected_on=corrected_on, correction=correction)
    audit.record("correct_card", row.provider, by=by, changes=changes)
    return row
