"""Rounds of the double assessment (双评, S3-9): opened with weights and bands, closed for good.

The total and the grade follow from the points by the rule of the round; nobody types them.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compounds.registry.models import Compound, Status
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update
from governance.organisation.models import Area

from .. import questions, rules
from ..models import Assessment, AssessmentRound
from .collecting import provider_of

MANAGE = "assessment.manage"
CLOSED = gettext_lazy("This round is closed; its results stand.")
OF_ROUND = (
    "name",
    "starts_on",
    "ends_on",
    "satisfaction_weight",
    "sample_percent",
    "sample_minimum",
    "excellent_from",
    "good_from",
    "passed_from",
    "document",
)
OF_ASSESSMENT = (
    "sampled_households",
    "satisfaction_score",
    "collection_score",
    "reward",
    "assessed_on",
)


@dataclass(frozen=True, slots=True)
class Hint:
    """Points that the monthly reports of the round's time give a compound."""

    points: Decimal
    months: int
    billed: Decimal
    paid: Decimal


def grade_of(round_: AssessmentRound, total: Decimal) -> str:
    return rules.grade(
        total,
        excellent_from=round_.excellent_from,
        good_from=round_.good_from,
        passed_from=round_.passed_from,
    )


def settle(assessment: Any, round_: AssessmentRound) -> None:
    """Set the total and the grade by the rule of the round."""
    assessment.total = rules.total_points(
        assessment.satisfaction_score, assessment.collection_score, round_.satisfaction_weight
    )
    assessment.grade = grade_of(round_, assessment.total)


def suggested(round_: AssessmentRound, compound_ids: Iterable[int]) -> dict[int, Hint]:
    """Collection points by the reports of the months that lie in the round."""
    first, last = rules.month_of(round_.starts_on), rules.month_of(round_.ends_on)
    found = {}
    for pk, sums in questions.collected(compound_ids, first, last).items():
        points = rules.collection_points(sums.paid_amount, sums.billed_amount)
        if points is not None:
            found[pk] = Hint(points, sums.months, sums.billed_amount, sums.paid_amount)
    return found


@transaction.atomic
def add_round(*, by, district: Area, **values: Any) -> AssessmentRound:
    """Open a round with its weights, sample and bands.

    Raises NotAllowed, ValidationError (a name that is there, bands that do not descend).
    """
    by.scope.require(MANAGE, district)
    round_ = AssessmentRound(district=district, **{name: values[name] for name in OF_ROUND})
    round_.full_clean()
    round_.save()
    changes = {name: [None, values[name]] for name in OF_ROUND if values[name] not in ("", None)}
    audit.record("create", round_, by=by, changes=changes)
    return round_


@transaction.atomic
def close_round(
    *, by, round_: AssessmentRound, version: int, closed_on: dt.date | None = None
) -> AssessmentRound:
    """Fix a round: from now on nothing of it changes.

    Raises NotAllowed, StaleRecord, DomainError (closed already, or nothing was assessed).
    """
    row = for_update(AssessmentRound.objects).select_related("district").get(pk=round_.pk)
    by.scope.require(MANAGE, row.district)
    if row.version != version:
        raise StaleRecord(current=row)
    if row.state == AssessmentRound.State.CLOSED:
        raise DomainError(str(CLOSED))
    if not row.assessments.exists():
        raise DomainError(_("Nothing was assessed in this round yet."))
    day = closed_on or dates.today()
    if day > dates.today():
        raise DomainError(_("This date lies in the future."), field="closed_on")
    row.state, row.closed_on = AssessmentRound.State.CLOSED, day
    row.version += 1
    row.save()
    changes = {"state": ["OPEN", "CLOSED"], "assessments": [None, row.assessments.count()]}
    audit.record("close", row, by=by, changes=changes)
    return row


@transaction.atomic
def save_assessment(
    *, by, round_: AssessmentRound, compound: Compound, version: int, **values: Any
) -> Assessment:
    """Enter or correct what a round found in a compound. `version` is 0 for a new one.

    Raises NotAllowed, StaleRecord, DomainError (a closed round, another district, a sample or a
    day that cannot be, no points of collection), ValidationError.
    """
    row = for_update(AssessmentRound.objects).get(pk=round_.pk)
    place = for_update(Compound.objects).get(pk=compound.pk)
    by.scope.require(MANAGE, place)
    if row.state == AssessmentRound.State.CLOSED:
        raise DomainError(str(CLOSED))
    if place.district_id != row.district_id:
        raise DomainError(
            _("%(name)s belongs to another district.") % {"name": place.name}, field="compound"
        )
    if place.status != Status.ACTIVE:
        raise DomainError(_("This compound is no longer there."))
    held = Assessment.objects.filter(round=row, compound=place).first()
    if held and not version:
        raise DomainError(_("This compound was already assessed in this round."), field="compound")
    if (held.version if held else 0) != version:
        raise StaleRecord(current=held)
    hint = suggested(row, [place.pk]).get(place.pk)
    if values.get("collection_score") is None:
        if hint is None:
            raise DomainError(
                _("No report of the round's months gives these points: enter them."),
                field="collection_score",
            )
        values["collection_score"] = hint.points
    _check_sample(row, place, values["sampled_households"])
    if not row.starts_on <= values["assessed_on"] <= dates.today():
        raise DomainError(
            _("The day lies before the round, or in the future."), field="assessed_on"
        )
    one = held or Assessment(round=row, compound=place)
    before = {name: getattr(one, name) for name in OF_ASSESSMENT} if held else {}
    for name in OF_ASSESSMENT:
        setattr(one, name, values[name])
    if not held:
        services = questions.services_of([place.pk]).get(place.pk, ())
        one.provider_id = provider_of(services, rules.month_of(row.ends_on))
    is_reported = hint is not None and hint.points == one.collection_score
    one.collection_source = Assessment.Source.REPORTS if is_reported else Assessment.Source.TYPED
    settle(one, row)
    one.clean_fields(exclude=["round", "compound", "provider", "community", "district", "street"])
    changes = {
        name: [before.get(name), values[name]]
        for name in OF_ASSESSMENT
        if before.get(name) != values[name]
    }
    if held:
        one.version += 1
    try:
        with transaction.atomic():
            one.save()
    except IntegrityError as error:
        raise StaleRecord() from error
    changes |= {"total": [None, one.total], "grade": [None, one.grade]}
    audit.record("change" if held else "create", one, by=by, changes=changes)
    return one


def _check_sample(round_: AssessmentRound, compound: Compound, sampled: int) -> None:
    if not sampled:
        raise DomainError(_("Nobody was asked: that is no assessment."), field="sampled_households")
    if compound.household_count and sampled > compound.household_count:
        raise DomainError(
            _("The register has %(count)s households here.") % {"count": compound.household_count},
            field="sampled_households",
        )
