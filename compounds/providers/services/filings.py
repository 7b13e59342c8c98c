"""Filing: a firm applies, three levels review, all three must pass (S3-5, S4-18)."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.foundation.locks import for_update
from governance.organisation import models as organisation
from governance.organisation.models import Area

from .. import rules
from ..models import Filing, FilingReview, Provider
from .common import INVITE, REVIEW, not_to_come, told, touch

State = Filing.State
# The level of a review is the level of the post that carries the right, no higher one.
POSTS = {
    rules.Level.COMMUNITY: (organisation.Level.COMMUNITY, "community_id"),
    rules.Level.STREET: (organisation.Level.STREET, "street_id"),
    rules.Level.DISTRICT: (organisation.Level.DISTRICT, "district_id"),
}


def levels_of(by, filing: Filing) -> list[str]:
    """The levels at which a person's own posts review this application."""
    held = {(grant.level, grant.area) for grant in by.scope.grants if REVIEW in grant.rights}
    return [
        level.value
        for level, (height, column) in POSTS.items()
        if (int(height), getattr(filing, column)) in held
    ]


@transaction.atomic
def apply_for_filing(
    *,
    by,
    provider: Provider,
    community: Area,
    applied_on: dt.date,
    document: str = "",
    note: str = "",
) -> Filing:
    """Enter a firm's application, from the community it works from.

    Raises NotAllowed, DomainError (one is under review, another district's, a day to come).
    """
    by.scope.require(INVITE, community)
    firm = for_update(Provider.objects).get(pk=provider.pk)
    if firm.district_id != community.district_id:
        raise DomainError(
            _("%(name)s belongs to another district.") % {"name": firm.name}, field="community"
        )
    not_to_come(applied_on, "applied_on")
    if Filing.objects.open().filter(provider=firm).exists():
        raise DomainError(_("An application of this firm is under review already."))
    filing = Filing(
        provider=firm,
        community=community,
        applied_on=applied_on,
        applied_by=by,
        document=document,
        note=note,
    )
    filing.place()
    filing.clean_fields(exclude=["district", "street"])
    filing.save()
    changes = told(
        provider=firm, community=community, applied_on=applied_on, document=document, note=note
    )
    audit.record("apply_filing", filing, by=by, changes=changes)
    return filing


def _locked(filing: Filing, version: int) -> Filing:
    row = for_update(Filing.objects).select_related("provider", "applied_by").get(pk=filing.pk)
    if row.version != version:
        raise StaleRecord(current=row)
    return row


@transaction.atomic
def review_filing(
    *,
    by,
    filing: Filing,
    version: int,
    level: str,
    is_passed: bool,
    opinion: str = "",
    document: str = "",
) -> Filing:
    """Give one level's verdict. The third pass files the firm; one refusal refuses it.

    Raises NotAllowed (no post of this level there), StaleRecord, DomainError (reviewed already,
    the same person twice, who entered it, a refusal without its reason).
    """
    row = Filing.objects.get(pk=filing.pk)
    if level not in levels_of(by, row):
        raise NotAllowed(_("This level is reviewed by whoever holds the post there."))
    row = _locked(filing, version)
    if row.state != State.APPLIED:
        raise DomainError(_("The review of this application is over."))
    if row.applied_by_id == by.pk:
        raise DomainError(_("Who entered the application cannot review it."))
    reviews = {one.level: one for one in row.reviews.all()}
    if level in reviews:
        raise DomainError(_("This level has given its verdict already."))
    if any(one.by_id == by.pk for one in reviews.values()):
        raise DomainError(_("You have reviewed this application at another level already."))
    if not is_passed and not opinion:
        raise DomainError(_("Give the reason why it is refused."), field="opinion")
    review = FilingReview(
        filing=row,
        level=level,
        is_passed=is_passed,
        opinion=opinion,
        document=document,
        by=by,
        applied_by=row.applied_by,
        on=dates.today(),
    )
    review.clean_fields(exclude=["filing", "by", "applied_by"])
    try:
        with transaction.atomic():
            review.save()
    except IntegrityError as error:
        raise DomainError(_("This level has given its verdict already.")) from error
    verdicts = {one.level: one.is_passed for one in reviews.values()} | {level: is_passed}
    row.state = State(rules.outcome_of(verdicts).value)
    if row.state != State.APPLIED:
        row.ended_on = dates.today()
        row.reason = "" if is_passed else opinion
    row.version += 1
    row.save()
    changes = told(level=level, is_passed=is_passed, opinion=opinion, document=document)
    if row.state != State.APPLIED:
        changes["state"] = [State.APPLIED.value, row.state.value]
    acts = [audit.act_on("review", row, changes)]
    if row.state == State.FILED:
        acts.append(_file(row, by=by))
    audit.record_many(acts, by=by)
    return row


def _file(filing: Filing, *, by) -> audit.Act:
    firm = for_update(Provider.objects).get(pk=filing.provider_id)
    before, firm.filed_on = firm.filed_on, filing.ended_on
    touch(firm, by=by)
    return audit.act_on("file", firm, {"filed_on": [before, firm.filed_on]})


@transaction.atomic
def withdraw_filing(*, by, filing: Filing, version: int, reason: str) -> Filing:
    """Take an application back.  Raises NotAllowed, StaleRecord, DomainError (over already)."""
    row = _locked(filing, version)
    by.scope.require(INVITE, row)
    if row.state != State.APPLIED:
        raise DomainError(_("The review of this application is over."))
    row.state, row.ended_on, row.reason = State.WITHDRAWN, dates.today(), reason
    row.version += 1
    row.save()
    changes = {"state": [State.APPLIED.value, row.state.value]}
    audit.record("withdraw", row, by=by, changes=changes, reason=reason)
    return row
