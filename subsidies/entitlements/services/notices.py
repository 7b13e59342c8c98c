"""公示: many entitlements put under public notice at once, objections, how they are settled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from governance.audit import services as audit
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from governance.organisation.models import Area
from subsidies.programmes import questions as programmes

from ..errors import NotOpen, SamePerson
from ..models import APPROVE, PUBLICISE, Entitlement, Objection, PublicNotice
from . import telling
from .chain import require_any, step_back
from .common import (
    State,
    all_or_none,
    business_day,
    check_move,
    last_days,
    locked,
    move,
    need,
    taken_by,
    working_due,
)


def earliest_end(starts_on: dt.date, days: int) -> dt.date:
    """The first day on which a notice of so many working days may come down (§5.2)."""
    return working_due(starts_on, days)


@transaction.atomic
def publicise(
    *, by, entitlements: Iterable[Entitlement], number: str, title: str = "",
    starts_on: dt.date | None = None, ends_on: dt.date | None = None, place_posted: str = "",
    on: dt.date | None = None, batch: str = "",
) -> PublicNotice:  # fmt: skip
    """One public notice for many entitlements: at least as many working days as they ask for.

    Without an end it is the earliest allowed. Whoever examined them may post them. All or none.
    Raises NotAllowed, StaleRecord, NotOpen, DomainError (number taken, too short), RowsRefused.
    """
    day = business_day(on)
    number = need(number, _("Give the notice its number."), "number")

    def may(row: Entitlement) -> None:
        by.scope.require(PUBLICISE, row)
        check_move(row, State.PUBLICISED)
        if row.state != State.DISTRICT_REVIEWED:
            check_move(row, State.DISTRICT_REVIEWED)

    rows = all_or_none(entitlements, may)
    if len({row.district_id for row in rows}) != 1:
        raise DomainError(_("A notice is one district's."))
    terms = programmes.terms_of({row.programme_id for row in rows})
    first = starts_on or day
    reviewed = max(last_days(rows).values())
    if first < reviewed:
        raise DomainError(
            _("The last of them was reviewed on %(day)s: the notice cannot hang before.")
            % {"day": reviewed},
            field="starts_on",
        )
    least = max(terms[row.programme_id].notice_days for row in rows)
    earliest = earliest_end(first, least)
    last = ends_on or earliest
    if last < earliest:
        raise DomainError(
            _("The notice hangs for at least %(days)s working days: until %(day)s.")
            % {"days": least, "day": earliest},
            field="ends_on",
        )
    notice = PublicNotice(
        number=number,
        title=title.strip() or _usual_title(),
        starts_on=first,
        ends_on=last,
        place_posted=place_posted.strip(),
        prepared_by=by,
    )
    notice.place_in(Area.objects.get(pk=_common_area(rows)))
    notice.clean_fields(
        exclude=[one.name for one in PublicNotice._meta.concrete_fields if one.is_relation]
    )
    try:
        with transaction.atomic():
            notice.save()
    except IntegrityError as error:
        raise DomainError(_("A notice of this number is already there."), field="number") from error
    for row in rows:
        row.notice = notice
        row.due_on = working_due(last, terms[row.programme_id].approval_days)
    acts = move(
        rows, State.PUBLICISED, by=by, verb="publicise", on=day, right=PUBLICISE,
        document=number, fields=("notice", "due_on"), tell=("amount",),
    )  # fmt: skip
    telling.forward(rows, by=by, batch=batch)
    words = {
        "number": [None, number],
        "starts_on": [None, first],
        "ends_on": [None, last],
        "rows": [None, len(rows)],
    }
    audit.record_many([audit.act_on("publicise", notice, words), *acts], by=by, batch=batch)
    return notice


def _usual_title() -> str:
    """What a notice is called where nobody says: in the language of the office's papers."""
    with translation.override(settings.LANGUAGE_CODE):
        return _("Public notice of subsidies for property service")


def _common_area(rows: Sequence[Entitlement]) -> int:
    """The street all of them lie in, else the district."""
    streets = {row.street_id for row in rows}
    return streets.pop() if len(streets) == 1 else rows[0].district_id


@transaction.atomic
def record_objection(
    *, by, entitlement: Entitlement, said: str, received_on: dt.date | None = None,
    on: dt.date | None = None,
) -> Objection:  # fmt: skip
    """Record what somebody objects to an entitlement under notice; not who it was.

    Raises NotAllowed, StaleRecord, NotOpen, DomainError.
    """
    day = business_day(received_on or on, "received_on")
    said = need(said, _("Write down what was objected."), "said")

    def may(row: Entitlement) -> None:
        by.scope.require(PUBLICISE, row)
        if row.state != State.PUBLICISED:
            raise NotOpen(_("Objections are taken while the notice hangs."))
        if day < row.notice.starts_on:
            raise DomainError(_("The notice was not posted yet."), field="received_on")

    (row,) = all_or_none([entitlement], may)
    objection = Objection(
        entitlement=row, notice=row.notice, received_on=day, said=said[:500], recorded_by=by
    )
    objection.save()
    row.version += 1
    row.save(update_fields=["version", "updated_at"])
    for right in (PUBLICISE, APPROVE):
        telling.waits(
            row, right, telling.OBJECTION, by=by, batch=f"objection-{objection.pk}-{right}"
        )
    words = {"said": [None, objection.said], "received_on": [None, day]}
    audit.record("object", objection, by=by, changes=words)
    return objection


@transaction.atomic
def settle_objection(
    *, by, objection: Objection, is_upheld: bool, answer: str, on: dt.date | None = None
) -> Objection:
    """Settle an objection; an upheld one returns the entitlement.

    By somebody who has neither recorded it nor taken a step of what is objected to.

    Raises NotAllowed, SamePerson, StaleRecord, NotOpen, DomainError (no answer).
    """
    day = business_day(on)
    answer = need(answer, _("Answer the objection."), "answer")
    (row,) = locked([objection.entitlement])
    found = for_update(Objection.objects).get(pk=objection.pk)
    require_any(by, (PUBLICISE, APPROVE), row)
    if found.version != objection.version:
        raise StaleRecord(current=found)
    if found.state != Objection.State.OPEN:
        raise NotOpen(_("This objection is settled already."))
    if by.pk in {found.recorded_by_id, *taken_by([row])[row.pk]}:
        raise SamePerson
    found.state = Objection.State.UPHELD if is_upheld else Objection.State.DISMISSED
    found.answer, found.settled_by, found.settled_on = answer[:500], by, day
    found.version += 1
    found.save()
    if is_upheld and row.state == State.PUBLICISED:
        reason = _("Objection upheld: %(answer)s") % {"answer": answer}
        step_back([row], by=by, reason=reason[:300], on=day)
    audit.record(
        "settle",
        found,
        by=by,
        changes={"state": [Objection.State.OPEN.value, found.state], "answer": [None, answer]},
    )
    return found
