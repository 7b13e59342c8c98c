"""Lines and indicators of a budget, and the movements of their money: one prepares, another posts.

Nothing but a movement changes what an indicator holds of its own; what entitlements hold moves
by their acts.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from governance.organisation.models import Area

from .. import questions, rules
from ..models import CONFIRM, PREPARE, BudgetIndicator, BudgetLine, Movement, Stage, Transaction
from .posting import lock_book, post, refuse_closed, reverse

Kind, State = Movement.Kind, Movement.State
OF_LINE = ("year", "code", "name", "note")
OF_INDICATOR = ("number", "name", "payer", "street", "document", "document_on", "note")
# What tells an indicator's money apart stays once there is some.
FIXED_WITH_MONEY = ("number", "payer", "street", "document", "document_on")
ENDS = (Kind.LAPSE, Kind.CARRY_OVER)


def require(by, right: str, district: Area) -> None:
    """Raise NotAllowed unless a post grants the right in the district."""
    by.scope.require(right, district)


def _locked(model, row, version: int):
    found = for_update(model.objects).get(pk=row.pk)
    if found.version != version:
        raise StaleRecord(current=found)
    return found


def _store(row, *, by, verb: str, before: Mapping[str, Any], names, reason: str = ""):
    """Write a row with its next version; what the database would refuse is said first."""
    if row.pk:
        row.version += 1
    try:
        row.clean_fields(exclude=["district", "prepared_by"])
        row.validate_unique()
        row.validate_constraints(exclude=["district"] if not row.district_id else None)
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ValidationError(_("Somebody has just entered the same.")) from error
    after = {name: _plain(getattr(row, name)) for name in names}
    audit.record(verb, row, by=by, changes=audit.changes_between(before, after), reason=reason)
    return row


def _plain(value):
    return str(value) if hasattr(value, "_meta") else value


def _told(row, names) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in names}


@transaction.atomic
def add_line(*, by, district: Area, facts: Mapping[str, Any]) -> BudgetLine:
    """A line of a year's budget. Raises NotAllowed, ValidationError."""
    require(by, PREPARE, district)
    row = BudgetLine(district=district, **{name: facts[name] for name in OF_LINE if name in facts})
    return _store(row, by=by, verb="add", before={}, names=OF_LINE)


@transaction.atomic
def edit_line(*, by, line: BudgetLine, version: int, facts: Mapping[str, Any]) -> BudgetLine:
    """Mend a line; its year stays once indicators hang on it."""
    row = _locked(BudgetLine, line, version)
    require(by, PREPARE, row.district)
    before = _told(row, OF_LINE)
    if facts.get("year", row.year) != row.year and row.indicators.exists():
        raise DomainError(_("A line with indicators keeps its year."), field="year")
    for name in OF_LINE:
        setattr(row, name, facts.get(name, getattr(row, name)))
    return _store(row, by=by, verb="change", before=before, names=OF_LINE)


@transaction.atomic
def add_indicator(*, by, line: BudgetLine, facts: Mapping[str, Any]) -> BudgetIndicator:
    """An indicator of a line, without money: that comes by a movement."""
    require(by, PREPARE, line.district)
    row = BudgetIndicator(district=line.district, line=line)
    _fill(row, facts)
    return _store(row, by=by, verb="add", before={}, names=OF_INDICATOR)


@transaction.atomic
def edit_indicator(
    *, by, indicator: BudgetIndicator, version: int, facts: Mapping[str, Any]
) -> BudgetIndicator:
    """Mend what is said of an indicator; what papers print of it stays once money was posted."""
    row = _locked(BudgetIndicator, indicator, version)
    require(by, PREPARE, row.district)
    before = _told(row, OF_INDICATOR)
    has_money = row.accounts.exists()
    for name in FIXED_WITH_MONEY:
        if has_money and name in facts and facts[name] != getattr(row, name):
            raise DomainError(
                _("Money was posted under this indicator: its number, payer and document stay."),
                field=name,
            )
    _fill(row, facts)
    return _store(row, by=by, verb="change", before=before, names=OF_INDICATOR)


def _fill(row: BudgetIndicator, facts: Mapping[str, Any]) -> None:
    for name in OF_INDICATOR:
        if name in facts:
            setattr(row, name, facts[name])
    if row.street_id and row.street.district_id != row.district_id:
        raise DomainError(_("This street lies in another district."), field="street")


# -- movements -------------------------------------------------------------------------------------
@transaction.atomic
def prepare_movement(
    *,
    by,
    indicator: BudgetIndicator,
    kind: str,
    amount: Decimal,
    on: dt.date,
    document: str,
    reason: str = "",
    to_indicator: BudgetIndicator | None = None,
) -> Movement:
    """Write down a movement of an indicator's money (yuan); nothing is posted yet.

    Raises NotAllowed, DomainError (years that do not fit, closed books, more than there is),
    ValidationError.
    """
    require(by, PREPARE, indicator.district)
    if not document.strip():
        raise DomainError(_("Name the document."), field="document")
    _refuse_years(kind, on, indicator, to_indicator)
    refuse_closed(indicator.district_id, on)
    row = Movement(
        district=indicator.district,
        indicator=indicator,
        kind=kind,
        to_indicator=to_indicator,
        amount=amount,
        on=on,
        document=document.strip(),
        reason=reason.strip(),
        prepared_by=by,
    )
    if amount is None or amount <= 0:
        raise DomainError(_("The amount must be more than nothing."), field="amount")
    _refuse_more_than_there_is(row)
    names = ("kind", "indicator", "to_indicator", "amount", "on", "document")
    return _store(row, by=by, verb="prepare", before={}, names=names, reason=row.reason)


def _refuse_more_than_there_is(row: Movement) -> None:
    """What the indicator does not have now is not even prepared; the posting asks once more."""
    stage = rules.MOVES[row.kind][0][0]
    there = getattr(questions.left([row.indicator_id])[row.indicator_id], stage.lower())
    if stage != Stage.GRANTED and row.amount > there:
        raise DomainError(
            _("Indicator %(indicator)s has only %(there)s yuan: %(stage)s.")
            % {
                "indicator": row.indicator.number,
                "there": f"{there:,.2f}",
                "stage": Stage(stage).label,
            },
            field="amount",
        )


def _refuse_years(kind, on: dt.date, indicator: BudgetIndicator, other) -> None:
    year = indicator.line.year
    if on > dates.today():
        raise DomainError(_("This day lies in the future."), field="on")
    if on.year > year and kind not in ENDS:
        raise DomainError(
            _("The budget of %(year)s moves within its year; then it lapses or is carried over.")
            % {"year": year},
            field="on",
        )
    if on.year < year and kind in ENDS:
        raise DomainError(_("A year's money is ended in that year or later."), field="on")
    if other is None:
        return
    if other.district_id != indicator.district_id:
        raise DomainError(_("Money does not move to another district."), field="to_indicator")
    if (other.payer, other.street_id) != (indicator.payer, indicator.street_id):
        raise DomainError(
            _("Money moves between indicators of one payer: the other one is %(payer)s's.")
            % {"payer": other.street or other.get_payer_display()},
            field="to_indicator",
        )
    if kind == Kind.TRANSFER and other.line.year != year:
        raise DomainError(
            _("To another year's indicator money is carried over, not transferred."),
            field="to_indicator",
        )
    if kind == Kind.CARRY_OVER and other.line.year <= year:
        raise DomainError(
            _("Money is carried over to an indicator of a later year."), field="to_indicator"
        )


@transaction.atomic
def confirm_movement(*, by, movement: Movement, version: int) -> Movement:
    """Post a movement that somebody else has prepared.

    Raises NotAllowed, StaleRecord, Overdrawn, BooksClosed.
    """
    lock_book(movement.district_id)
    row = _decided_by(by, movement, version)
    post(
        by=by,
        district_id=row.district_id,
        kind=Transaction.Kind.MOVEMENT,
        on=row.on,
        key=key_of(row),
        lines=rules.lines_of_movement(
            row.kind, row.amount, row.indicator_id, row.to_indicator_id, key_of(row)
        ),
        document=row.document,
        reason=row.reason,
    )
    return _decide(row, by, State.POSTED, "confirm")


@transaction.atomic
def refuse_movement(*, by, movement: Movement, version: int, reason: str) -> Movement:
    """Turn a prepared movement down, with the reason; nothing is posted."""
    row = _decided_by(by, movement, version)
    if not reason.strip():
        raise DomainError(_("Say why it is refused."), field="reason")
    row.refusal = reason.strip()
    return _decide(row, by, State.REFUSED, "refuse", row.refusal)


@transaction.atomic
def reverse_movement(*, by, movement: Movement, on: dt.date, document: str, reason: str):
    """Take back what a movement posted, by document; not by whoever confirmed it.

    Raises NotAllowed, Overdrawn (the money has gone on), BooksClosed, DomainError.
    """
    lock_book(movement.district_id)
    row = for_update(Movement.objects).get(pk=movement.pk)
    require(by, CONFIRM, row.district)
    if row.state != State.POSTED:
        raise DomainError(_("Only what is posted can be reversed."))
    if row.confirmed_by_id == by.pk:
        raise DomainError(_("Whoever confirmed a movement does not reverse it."))
    if not document.strip():
        raise DomainError(_("Name the document."), field="document")
    voucher = Transaction.objects.get(district=row.district_id, key=key_of(row))
    if on > dates.today():
        raise DomainError(_("This day lies in the future."), field="on")
    if on < voucher.on:
        raise DomainError(_("Nothing is reversed before its own day."), field="on")
    back = reverse(
        by=by,
        postings=voucher.postings.all(),
        on=on,
        key=f"reverse:{key_of(row)}",
        reason=reason,
        document=document.strip(),
    )
    changes = {"voucher": [voucher.number, back.number], "amount": [None, row.amount]}
    audit.record("reverse", row, by=by, changes=changes, reason=reason)
    return back


def key_of(movement: Movement) -> str:
    return f"movement:{movement.pk}"


def _decided_by(by, movement: Movement, version: int) -> Movement:
    """The row, locked, for who may decide on it."""
    row = for_update(Movement.objects).get(pk=movement.pk)
    require(by, CONFIRM, row.district)
    if row.state != State.PREPARED:
        raise StaleRecord(
            _("This movement was decided already: %(state)s.") % {"state": row.get_state_display()},
            current=row,
        )
    if row.version != version:
        raise StaleRecord(current=row)
    if row.prepared_by_id == by.pk:
        raise DomainError(_("Whoever prepared a movement cannot confirm it."))
    return row


def _decide(row: Movement, by, state: str, verb: str, reason: str = "") -> Movement:
    row.state, row.confirmed_by, row.confirmed_at = state, by, timezone.now()
    row.version += 1
    row.save()
    audit.record(
        verb,
        row,
        by=by,
        changes={"state": [State.PREPARED, state], "amount": [None, row.amount]},
        reason=reason,
    )
    return row
