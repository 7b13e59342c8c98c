"""The one door of the ledger: business acts are posted, and taken back by their mirror.

Callers check rights, write their own rows and record the act in the audit log; this module keeps
the order of acts, the keys under which each happens once, and the chain of digests. Balances are
kept by the database itself.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.foundation import bulk
from governance.foundation.errors import DomainError
from governance.foundation.locks import for_update

from .. import rules
from ..errors import BooksClosed, KeyTaken, Overdrawn
from ..models import OF_INDICATOR, Account, Book, BudgetIndicator, Closing, Posting, Stage
from ..models import Transaction as Voucher
from ..rules import Holder, Line, Place

# So many numbers are asked for by name; for more the accounts of the indicators are read whole.
NAMED = 500
ZERO = Decimal(0)
# Id and balance of accounts, by their place.
Found = tuple[dict[Place, int], dict[Place, Decimal]]
POSTED = ("transaction", "source", "target", "amount", "month", "key", "reverses")


def lock_book(district_id: int) -> Book:
    """The head of a district's ledger, held until the transaction ends.

    Whatever posts or closes takes it first, so acts follow one another and cannot deadlock.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("the book is held within a transaction")
    Book.objects.get_or_create(district_id=district_id)
    return for_update(Book.objects).get(district_id=district_id)


@transaction.atomic
def post(
    *,
    by,
    district_id: int,
    kind: str,
    on: dt.date,
    key: str,
    lines: Sequence[Line],
    document: str = "",
    reason: str = "",
    holders: Mapping[str, Holder] | None = None,
) -> Voucher:
    """Post one business act; the same act again finds what was posted.

    `key` is the act's own within the district; keys of lines are their own over all districts.
    `holders` are the entitlements whose accounts may have to be opened, by number.
    Raises Overdrawn, BooksClosed, KeyTaken. Source: reliability.md I1–I5.
    """
    lines = list(lines)
    if not lines or (wrong := rules.faults(lines)):
        raise ValueError(f"{key}: {wrong if lines else 'nothing to post'}")
    book = lock_book(district_id)
    done = Voucher.objects.filter(district=district_id, key=key).first()
    if done is not None:
        if _as_posted(lines) != _as_posted(lines_of(done)):
            raise KeyTaken(key)
        return done
    refuse_closed(district_id, on)
    _refuse_posted(lines)
    accounts, balances = _accounts_for(district_id, lines, holders or {})
    lines, shortages = rules.in_order(lines, balances)
    if shortages:
        raise Overdrawn(_said(shortages), shortages)
    voucher = _number(
        book, by=by, kind=kind, on=on, key=key, document=document, reason=reason, lines=lines
    )
    rows = (
        (voucher.pk, accounts[source], accounts[target], amount, month, key, reverses)
        for source, target, amount, key, month, reverses in lines
    )
    try:
        with transaction.atomic():
            bulk.insert_values(Posting, POSTED, rows)
    except IntegrityError as error:
        if "account_not_overdrawn" in str(error):
            raise Overdrawn(_("The account would be overdrawn.")) from error
        raise
    return voucher


@transaction.atomic
def reverse(
    *,
    by,
    postings: Iterable[Posting],
    on: dt.date,
    key: str,
    reason: str,
    document: str = "",
) -> Voucher:
    """Take postings back: the same amounts the other way, each once, for a stated reason.

    Raises Overdrawn where the money has gone on meanwhile, DomainError where it was reversed.
    """
    if not reason.strip():
        raise DomainError(_("Say why it is reversed."), field="reason")
    ids = sorted({one.pk for one in postings})
    rows = list(
        Posting.objects.filter(pk__in=ids).select_related("source", "target", "transaction")
    )
    districts = {row.transaction.district_id for row in rows}
    if len(districts) != 1 or len(rows) != len(ids):
        raise ValueError(f"{key}: postings of one district are reversed together")
    lines = [
        Line(
            source=place_of(row.target),
            target=place_of(row.source),
            amount=row.amount,
            key=f"reverse:{row.pk}",
            month=row.month,
            reverses=row.pk,
        )
        for row in rows
    ]
    (district_id,) = districts
    lock_book(district_id)
    if not Voucher.objects.filter(district=district_id, key=key).exists():
        if any(row.reverses_id for row in rows):
            raise DomainError(_("A reversal is not reversed: post anew what is due."))
        again = Posting.objects.filter(reverses__in=ids).select_related("transaction").first()
        if again is not None:
            raise DomainError(
                _("This was reversed already, by voucher %(number)s.")
                % {"number": again.transaction.number}
            )
    return post(
        by=by,
        district_id=district_id,
        kind=Voucher.Kind.REVERSAL,
        on=on,
        key=key,
        lines=lines,
        document=document,
        reason=reason,
    )


# -- reading what stands ---------------------------------------------------------------------------
def place_of(account: Account) -> Place:
    return Place(account.indicator_id, account.stage, account.holder)


def lines_of(voucher: Voucher) -> list[Line]:
    """The postings of a voucher as lines."""
    rows = voucher.postings.select_related("source", "target").order_by("pk")
    return [
        Line(
            source=place_of(row.source),
            target=place_of(row.target),
            amount=row.amount,
            key=row.key,
            month=row.month,
            reverses=row.reverses_id,
        )
        for row in rows
    ]


def _as_posted(lines: Iterable[Line]) -> list[tuple]:
    return sorted(
        (line.key, line.source, line.target, line.amount, str(line.month), line.reverses or 0)
        for line in lines
    )


def refuse_closed(district_id: int, on: dt.date) -> None:
    """Raises BooksClosed where the books are closed until this day or a later one."""
    closing = (
        Closing.objects.filter(district=district_id, reopened_at=None, until__gte=on)
        .order_by("-until")
        .first()
    )
    if closing is not None:
        raise BooksClosed(on, closing.until)


def _refuse_posted(lines: Sequence[Line]) -> None:
    for chunk in bulk.in_chunks([line.key for line in lines]):
        taken = Posting.objects.filter(key__among=chunk).values_list("key", flat=True).first()
        if taken is not None:
            raise KeyTaken(taken)


# -- accounts --------------------------------------------------------------------------------------
def _accounts_for(district_id: int, lines: Sequence[Line], holders: Mapping[str, Holder]) -> Found:
    """Id and balance of every place of the lines; missing accounts are opened."""
    places = {line.source for line in lines} | {line.target for line in lines}
    indicators = {place.indicator_id for place in places}
    own = set(
        BudgetIndicator.objects.filter(pk__in=indicators, district=district_id).values_list(
            "pk", flat=True
        )
    )
    if own != indicators:
        raise ValueError(f"indicators of another district: {sorted(indicators - own)}")
    ids, balances = _read(places, indicators)
    missing = sorted(places - ids.keys())
    if missing:
        for place, pk in zip(missing, _open(district_id, missing, holders), strict=True):
            ids[place], balances[place] = pk, ZERO
    return ids, balances


def _read(places: set[Place], indicators: set[int]) -> Found:
    rows = Account.objects.filter(
        indicator__in=indicators, stage__in={place.stage for place in places}
    )
    numbers = {place.holder for place in places}
    if len(numbers) <= NAMED:
        rows = rows.filter(holder__in=numbers)
    ids: dict[Place, int] = {}
    balances: dict[Place, Decimal] = {}
    values = rows.order_by().values_list("indicator_id", "stage", "holder", "pk", "balance")
    for indicator, stage, holder, pk, balance in values.iterator():
        place = Place(indicator, stage, holder)
        if place in places:
            ids[place], balances[place] = pk, balance
    return ids, balances


def _open(
    district_id: int, places: Sequence[Place], holders: Mapping[str, Holder]
) -> Iterator[int]:
    """Open accounts at some places; their ids in the same order."""
    draft = bulk.drafts(Account)
    unknown = {place.holder for place in places} - holders.keys() - {""}
    known = {**_known(district_id, unknown), **holders}
    rows = []
    for place in places:
        if place.stage in OF_INDICATOR:
            if place.holder:
                raise ValueError(f"{place}: money at this stage is nobody's")
            rows.append(
                draft(
                    indicator_id=place.indicator_id,
                    stage=str(place.stage),
                    district_id=district_id,
                )
            )
            continue
        holder = known[place.holder]
        if holder.compound.district_id != district_id:
            raise ValueError(f"{place}: the compound lies in another district")
        rows.append(
            draft(
                indicator_id=place.indicator_id,
                stage=str(place.stage),
                holder=place.holder,
                programme_id=holder.programme_id,
                provider_id=holder.provider_id,
                compound_id=holder.compound.pk,
                district_id=holder.compound.district_id,
                street_id=holder.compound.street_id,
                community_id=holder.compound.community_id,
            )
        )
    bulk.insert_many(Account, rows)
    return (row.pk for row in rows)


def _known(district_id: int, numbers: set[str]) -> dict[str, Holder]:
    """Holders that have accounts already, by number."""
    found = {}
    for chunk in bulk.in_chunks(sorted(numbers)):
        rows = Account.objects.filter(district=district_id, holder__in=chunk)
        for row in rows.select_related("compound"):
            found[row.holder] = Holder(row.programme_id, row.provider_id, row.compound)
    return found


# -- the voucher -----------------------------------------------------------------------------------
def _number(book: Book, *, by, kind, on, key, document, reason, lines) -> Voucher:
    """Write the next voucher of the book and chain it to the one before."""
    at = timezone.now()
    content = rules.content_of(
        district_id=book.district_id,
        number=book.last_number + 1,
        kind=str(kind),
        on=on,
        key=key,
        document=document,
        reason=reason,
        by_id=by.pk,
        at=at,
        lines=lines,
    )
    values = {
        "district": book.district_id,
        "number": book.last_number + 1,
        "kind": str(kind),
        "on": on,
        "key": key,
        "document": document,
        "reason": reason,
        "by": by.pk,
        "at": at,
        "previous": book.digest,
        "digest": rules.digest_of(book.digest, content),
    }
    bulk.insert_values(Voucher, values, [tuple(values.values())])
    book.last_number += 1
    book.digest = values["digest"]
    book.save(update_fields=["last_number", "digest"])
    return Voucher.objects.get(district=book.district_id, number=book.last_number)


def _said(shortages: Sequence[rules.Shortage]) -> str:
    """In words, the first place that is short, and how many there are."""
    first = shortages[0]
    indicator = BudgetIndicator.objects.get(pk=first.place.indicator_id)
    words = {
        "indicator": indicator.number,
        "holder": first.place.holder,
        "stage": Stage(first.place.stage).label,
        "left": f"{first.left:,.2f}",
        "asked": f"{first.asked:,.2f}",
        "others": len(shortages) - 1,
    }
    if first.place.holder:
        said = _(
            "Indicator %(indicator)s, entitlement %(holder)s: %(left)s yuan are left"
            " (%(stage)s), %(asked)s yuan were asked for."
        )
    else:
        said = _(
            "Indicator %(indicator)s: %(left)s yuan are left (%(stage)s),"
            " %(asked)s yuan were asked for."
        )
    if len(shortages) > 1:
        said = f"{said} {_('%(others)d more accounts are short.')}"
    return said % words
