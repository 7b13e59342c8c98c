"""The book of a compound: entering, reversing, publishing. It can never be overdrawn.

Owners' money: public revenue less reasonable cost belongs to the owners of that compound (Civil
Code 282), is spent on that compound alone (S3-4) and is published (943). It never touches another
compound's book or public money.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.utils.translation import gettext as _

from compounds.registry.models import Compound, Status
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError
from governance.foundation.fields import FixedPointField
from governance.foundation.locks import for_update

from ..models import BookBalance, BookEntry
from .collecting import EDIT

Kind = BookEntry.Kind


class Overdrawn(DomainError):  # noqa: N818 - as DomainError's other kinds
    """A book does not hold so much."""

    def __init__(self, held: Decimal, wanted: Decimal, name: str = ""):
        words = {"held": f"{held:,.2f}", "wanted": f"{wanted:,.2f}", "name": name}
        super().__init__(
            _("%(name)s: the book holds %(held)s yuan and cannot give %(wanted)s.") % words
            if name
            else _("The book of this compound holds %(held)s yuan and cannot give %(wanted)s.")
            % words,
            field="amount",
        )


def shift(compound_id: int, amount: Decimal) -> None:
    """Add to the balance of a book, or take from it; it is opened by its first income.

    One conditional statement: whoever comes second finds what the first has left. Raises
    Overdrawn.
    """
    if amount >= 0:
        BookBalance.objects.bulk_create(
            [BookBalance(compound_id=compound_id, amount=0)], ignore_conflicts=True
        )
    rows = BookBalance.objects.filter(compound_id=compound_id)
    if amount < 0:
        rows = rows.filter(amount__gte=-amount)
    if not rows.update(amount=F("amount") + Value(amount, FixedPointField())):
        held = BookBalance.objects.filter(compound_id=compound_id).values_list("amount", flat=True)
        name = Compound.objects.values_list("name", flat=True).get(pk=compound_id)
        raise Overdrawn(next(iter(held), Decimal(0)), -amount, name)


def shift_many(amounts: Mapping[int, Decimal]) -> None:
    """The same for many books, in the order of their ids so that two writers do not cross."""
    for compound_id, amount in sorted(amounts.items()):
        if amount:
            shift(compound_id, amount)


def check_entry(kind: str, amount: Decimal, on: dt.date, purpose: str, document: str) -> None:
    """What no entry may be. Raises DomainError beside its field."""
    if amount is None or amount <= 0:
        raise DomainError(_("The amount must be above zero."), field="amount")
    if on > dates.today():
        raise DomainError(_("This date lies in the future."), field="on")
    if kind == Kind.SPENT and not purpose:
        raise DomainError(_("Say what it was spent on."), field="purpose")
    if kind in (Kind.COST, Kind.SPENT) and not document:
        raise DomainError(_("What goes out needs a voucher."), field="document")


@transaction.atomic
def add_entry(
    *,
    by,
    compound: Compound,
    kind: str,
    source: str,
    on: dt.date,
    amount: Decimal,
    purpose: str = "",
    document: str = "",
) -> BookEntry:
    """Enter income, reasonable cost, or what was spent on the compound.

    Raises NotAllowed, Overdrawn, DomainError (beside its field), ValidationError.
    """
    place = for_update(Compound.objects).get(pk=compound.pk)
    by.scope.require(EDIT, place)
    if place.status != Status.ACTIVE:
        raise DomainError(_("This compound is no longer there."))
    check_entry(kind, amount, on, purpose, document)
    entry = BookEntry(
        compound=place,
        kind=kind,
        source=source,
        on=on,
        amount=amount,
        purpose=purpose,
        document=document,
        entered_by=by,
    )
    entry.clean_fields(exclude=["community", "street", "district", "compound", "entered_by"])
    shift(place.pk, entry.signed)
    entry.save()
    audit.record("create", entry, by=by, changes=_told(entry))
    return entry


@transaction.atomic
def reverse_entry(*, by, entry: BookEntry, reason: str, on: dt.date | None = None) -> BookEntry:
    """Take an entry back by one of the opposite amount; both stay in the book.

    Raises NotAllowed, Overdrawn (what came in was spent already), DomainError.
    """
    # The compound is held first, as by publishing and by a merge, which moves the whole book.
    for_update(Compound.objects).get(book=entry.pk)
    row = for_update(BookEntry.objects).select_related("compound").get(pk=entry.pk)
    by.scope.require(EDIT, row)
    on = on or dates.today()
    if row.reverses_id:
        raise DomainError(_("This is a reversal itself: enter the line anew instead."))
    if BookEntry.objects.filter(reverses=row).exists():
        raise DomainError(_("This line has been reversed already."))
    if not reason.strip():
        raise DomainError(_("Say why the line is reversed."), field="reason")
    if on > dates.today():
        raise DomainError(_("This date lies in the future."), field="on")
    if on < row.on:
        raise DomainError(_("A line cannot be reversed before its own day."), field="on")
    back = BookEntry(
        compound=row.compound,
        kind=row.kind,
        source=row.source,
        on=on,
        amount=-row.amount,
        purpose=row.purpose,
        document=row.document,
        reverses=row,
        reason=reason.strip(),
        entered_by=by,
    )
    shift(row.compound_id, back.signed)
    try:
        with transaction.atomic():
            back.save()
    except IntegrityError as error:
        raise DomainError(_("This line has been reversed already.")) from error
    changes = {**_told(back), "reverses": [None, row.pk]}
    audit.record("reverse", back, by=by, changes=changes, reason=reason)
    return back


@transaction.atomic
def publish_entries(
    *, by, compound: Compound, until: dt.date, published_on: dt.date
) -> list[BookEntry]:
    """Mark all lines up to a day as published, which is done once for each line.

    Raises NotAllowed, DomainError (nothing waits, a day that cannot be).
    """
    place = for_update(Compound.objects).get(pk=compound.pk)
    by.scope.require(EDIT, place)
    if published_on > dates.today():
        raise DomainError(_("This date lies in the future."), field="published_on")
    if published_on < until:
        raise DomainError(
            _("Lines cannot be published before their own day."), field="published_on"
        )
    rows = list(
        for_update(BookEntry.objects)
        .filter(compound=place, published_on=None, on__lte=until)
        .order_by("pk")
    )
    if not rows:
        raise DomainError(_("No line up to this day waits to be published."), field="until")
    BookEntry.objects.filter(pk__in=[row.pk for row in rows]).update(
        published_on=published_on, version=F("version") + 1
    )
    audit.record(
        "publish",
        place,
        by=by,
        changes={
            "published_on": [None, published_on],
            "until": [None, until],
            "entries": [None, len(rows)],
        },
    )
    for row in rows:
        row.published_on = published_on
    return rows


def move_book(source: Compound, target: Compound) -> int:
    """The book of a merged compound goes over whole: its lines and its balance.

    Called with both compounds locked, when the merge is written. Returns the number of lines.
    """
    moved = BookEntry.objects.filter(compound=source).update(
        compound=target,
        community=target.community_id,
        street=target.street_id,
        district=target.district_id,
    )
    held = for_update(BookBalance.objects).filter(compound=source).first()
    if held is not None:
        amount = held.amount
        BookBalance.objects.filter(compound=source).update(amount=0)
        shift(target.pk, amount)
    return moved


def sums_of(entries: Iterable[BookEntry]) -> dict[str, Decimal]:
    """Income, cost and spent of some lines, and what they leave."""
    found = dict.fromkeys(Kind.values, Decimal(0))
    for entry in entries:
        found[entry.kind] += entry.amount
    found["net"] = found[Kind.INCOME] - found[Kind.COST]
    found["balance"] = found["net"] - found[Kind.SPENT]
    return found


def _told(entry: BookEntry) -> dict:
    names = ("kind", "source", "on", "amount", "purpose", "document")
    return {name: [None, getattr(entry, name)] for name in names if getattr(entry, name)}
