"""The application: a draft by the street clerk for the firm, changed, submitted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from compounds.registry.models import Compound, Status
from governance.audit import services as audit
from governance.foundation import bulk
from governance.foundation.errors import DomainError, NotAllowed
from governance.foundation.fields import TagsField
from governance.foundation.locks import for_update
from governance.organisation.calendar import CALENDAR, calendar
from governance.organisation.models import Area
from subsidies.programmes.models import Programme

from .. import gathering
from ..errors import NotOpen, NotReady, Refused, RowsRefused
from ..gathering import Facts, gather
from ..models import APPLY, Entitlement, EntitlementStep
from ..wording import document_names
from . import telling
from .common import (
    Act,
    State,
    all_or_none,
    business_day,
    check_move,
    move,
    name_of,
    step_of,
    working_due,
)

CHANGEABLE = ("area_proof", "documents", "starts_on")


@dataclass(frozen=True)
class Application:
    """What is asked for: a compound under a programme, and what proves it.

    Area and households are those of the register; firm and contract those in force.
    """

    compound: Compound
    programme: Programme
    area_proof: str = ""
    documents: Iterable[str] = field(default_factory=tuple)
    starts_on: dt.date | None = None  # only where the programme's term begins on a stated day


@transaction.atomic
def apply(
    *,
    by,
    compound: Compound,
    programme: Programme,
    area_proof: str = "",
    documents: Iterable[str] = (),
    starts_on: dt.date | None = None,
    on: dt.date | None = None,
) -> Entitlement:
    """Draft an application for one compound. Raises NotAllowed, NotOpen, DomainError."""
    wanted = Application(compound, programme, area_proof, tuple(documents), starts_on)
    (row,) = apply_many(by=by, applications=[wanted], on=on)
    return row


@transaction.atomic
def apply_many(
    *, by, applications: Sequence[Application], on: dt.date | None = None, batch: str = ""
) -> list[Entitlement]:
    """Draft applications for many compounds, all or none, in a handful of statements.

    Raises RowsRefused, which names every compound that was refused (a single one's own refusal).
    """
    day = business_day(on)
    wanted = list(applications)
    if not wanted:
        raise DomainError(_("Pick rows of the list first."))
    ids = sorted({one.compound.pk for one in wanted})
    compounds = {
        row.pk: row for row in for_update(Compound.objects).filter(pk__in=ids).order_by("pk")
    }
    open_ones = dict(
        Entitlement.objects.open().filter(compound__in=ids).values_list("compound_id", "number")
    )
    facts = gather(ids, {one.programme.pk for one in wanted}, day)
    rows, refused, errors = [], [], []
    for one in wanted:
        compound = compounds[one.compound.pk]
        try:
            by.scope.require(APPLY, compound)
            _check_applicable(compound, one.programme, facts, open_ones, day)
            draft = draft_of(one, compound, facts, by=by, batch=batch)
            gathering.refuse_twice(draft, facts.had)
            rows.append(draft)
            open_ones[compound.pk] = ""
        except DomainError as error:
            refused.append(Refused(compound.pk, compound.name, str(error)))
            errors.append(error)
    if refused and (len(wanted) == 1 or all(isinstance(one, NotAllowed) for one in errors)):
        raise errors[0]
    if refused:
        raise RowsRefused(refused)
    number(rows, day)
    try:
        with transaction.atomic():
            bulk.insert_many(Entitlement, rows)
    except IntegrityError as error:
        raise NotOpen(_("A subsidy for this compound is already under way.")) from error
    bulk.insert_many(
        EntitlementStep,
        [step_of(row, Act.FORWARD, "", State.DRAFT, by=by, on=day, right=APPLY) for row in rows],
    )
    audit.record_many([audit.act_on("apply", row, _told(row)) for row in rows], by=by, batch=batch)
    return rows


@transaction.atomic
def edit_application(
    *, by, entitlement: Entitlement, facts: Mapping[str, Any], on: dt.date | None = None
) -> Entitlement:
    """Change a draft: proof, documents, the stated beginning; the rest is read anew.

    Raises NotAllowed, StaleRecord, NotOpen, DomainError.
    """
    day = business_day(on)

    def check(row: Entitlement) -> None:
        by.scope.require(APPLY, row)
        if row.state != State.DRAFT:
            raise NotOpen(_("Only a draft can be changed: have it returned first."))

    (row,) = all_or_none([entitlement], check)
    read = gather([row.compound_id], [row.programme_id], day)
    before = {name: getattr(row, name) for name in CHANGEABLE}
    row.area_proof = (facts.get("area_proof", row.area_proof) or "").strip()
    documents = facts.get("documents", row.documents)
    row.documents = TagsField.join(
        documents.split() if isinstance(documents, str) else documents or ()
    )
    _renew(row, read, facts.get("starts_on") or row.starts_on)
    row.clean_fields(exclude=_relations())
    row.version += 1
    row.save()
    changes = audit.changes_between(before, {name: getattr(row, name) for name in CHANGEABLE})
    audit.record("edit", row, by=by, changes=changes)
    return row


@transaction.atomic
def submit(
    *, by, entitlements: Iterable[Entitlement], reason: str = "", on: dt.date | None = None,
    batch: str = "",
) -> list[Entitlement]:  # fmt: skip
    """Hand in applications: the firm serves, its contract is filed, what is asked for is there.

    After the days allowed since entry a reason is needed (§5.2: 30 d). All or none.
    Raises NotAllowed, StaleRecord, NotOpen, NotReady, RowsRefused.
    """
    day = business_day(on)
    reason = reason.strip()
    read: list[Facts] = []

    def prepare(found: Sequence[Entitlement]) -> None:
        read.append(
            gather([row.compound_id for row in found], {row.programme_id for row in found}, day)
        )

    def check(row: Entitlement) -> None:
        by.scope.require(APPLY, row)
        check_move(row, State.SUBMITTED)
        problems = lacking(row, read[0], day, has_reason=bool(reason))
        if problems:
            raise NotReady(problems)

    rows = all_or_none(entitlements, check, prepare)
    for row in rows:
        _renew(row, read[0], row.starts_on)
        row.due_on = working_due(day, read[0].terms[row.programme_id].check_days)
    acts = move(
        rows, State.SUBMITTED, by=by, verb="submit", on=day, right=APPLY, reason=reason,
        fields=("due_on", "assignment", "provider", "contract", "area_m2", "household_count",
                "starts_on", "ends_on", "months", "amount"),
        tell=("amount",),
    )  # fmt: skip
    telling.forward(rows, by=by, batch=batch)
    audit.record_many(acts, by=by, reason=reason, batch=batch)
    return rows


# -- what is asked ---------------------------------------------------------------------------------
def _check_applicable(
    compound: Compound, programme: Programme, facts: Facts, open_ones: Mapping, day: dt.date
) -> None:
    if compound.status != Status.ACTIVE:
        raise DomainError(_("The compound is no longer there."))
    if programme.district_id != compound.district_id:
        raise DomainError(_("The programme is another district's."), field="programme")
    _check_programme(programme, day)
    if compound.pk in open_ones:
        raise NotOpen(_("A subsidy for this compound is already under way."))
    assignment = facts.assignments.get(compound.pk)
    if assignment is None:
        raise DomainError(_("No firm serves this compound: it has to be in service first."))
    for words in firm_bars(assignment.provider, facts, day):
        raise DomainError(words)


def _check_stated(stated_on: dt.date | None, entry_on: dt.date) -> None:
    """A stated day lies between the entry into service and a year after. Raises DomainError."""
    if stated_on is None:
        return
    latest = entry_on + dt.timedelta(days=366)
    if not entry_on <= stated_on <= latest:
        raise DomainError(
            _("The stated day lies between %(first)s, when service began, and %(last)s.")
            % {"first": entry_on, "last": latest},
            field="starts_on",
        )


def _check_programme(programme: Programme, day: dt.date) -> None:
    is_open = (
        programme.state == Programme.State.PUBLISHED
        and programme.effective_from <= day
        and (programme.effective_until is None or programme.effective_until >= day)
    )
    if not is_open:
        raise DomainError(_("The programme takes no applications on this day."), field="programme")


def firm_bars(provider, facts: Facts, day: dt.date) -> list[str]:
    """Why a firm may not apply: blacklisted, or barred after a false claim."""
    found = []
    if provider.blacklisted_until and provider.blacklisted_until >= day:
        found.append(
            _("%(firm)s is blacklisted until %(until)s: it cannot apply.")
            % {"firm": provider.name, "until": provider.blacklisted_until}
        )
    if until := facts.barred.get(provider.pk):
        found.append(
            _("%(firm)s may not apply until %(until)s: money was claimed back from it.")
            % {"firm": provider.name, "until": until}
        )
    return found


def apply_by(entry_on: dt.date, days: int) -> dt.date:
    """The last day to apply after entry, in calendar days; a rest day rolls on (203)."""
    return calendar().due_on(entry_on, days, CALENDAR)


def lacking(row: Entitlement, facts: Facts, day: dt.date, *, has_reason: bool = False) -> list[str]:
    """What keeps an application from being handed in, in sentences; nothing if it may."""
    terms = facts.terms[row.programme_id]
    if row.programme_id not in facts.open_programmes:
        return [
            _("The programme takes no applications any more: withdraw this and apply anew."),
        ]
    assignment = facts.assignments.get(row.compound_id)
    if assignment is None or assignment.pk != row.assignment_id:
        return [_("The firm no longer serves this compound: withdraw this and apply anew.")]
    found = firm_bars(assignment.provider, facts, day)
    try:
        gathering.refuse_twice(row, facts.had)
    except DomainError as error:
        found.append(str(error))
    contract = facts.contract_of(row)
    if contract is None or contract.filed_on is None:
        found.append(_("The contract with this firm is not on file."))
    basis = gathering.basis_of(terms, row.compound)
    if basis.needs_area and not basis.area_m2:
        found.append(_("The register does not know the area: have it surveyed first."))
    if basis.needs_households and not basis.household_count:
        found.append(_("The register does not know the households: have them counted first."))
    if not row.area_proof:
        found.append(_("Name what proves the area or the households."))
    missing = [code for code in terms.documents if code not in TagsField.split(row.documents)]
    if missing:
        found.append(
            _("Documents asked for are missing: %(names)s.")
            % {"names": _(", ").join(document_names(missing))}
        )
    latest = apply_by(assignment.starts_on, terms.apply_days)
    if day > latest and not has_reason:
        found.append(
            _("It had to be handed in by %(day)s: give the reason of the delay.") % {"day": latest}
        )
    return found


def warnings(row: Entitlement, facts: Facts) -> list[str]:
    """What does not hinder the application, but later steps."""
    if row.provider_id in facts.with_account:
        return []
    return [_("The firm has no confirmed payee account yet: nothing can be paid without.")]


# -- writing ---------------------------------------------------------------------------------------
def draft_of(wanted: Application, compound: Compound, facts: Facts, *, by, batch: str):
    """An application as a row that is not written yet. Raises DomainError."""
    assignment = facts.assignments[compound.pk]
    row = Entitlement(
        programme=wanted.programme,
        compound=compound,
        provider=assignment.provider,
        assignment=assignment,
        area_proof=wanted.area_proof.strip(),
        documents=TagsField.join(wanted.documents),
        amount=Decimal(0),
        prepared_by=by,
        batch=batch,
    )
    _renew(row, facts, wanted.starts_on)
    row.due_on = apply_by(assignment.starts_on, facts.terms[row.programme_id].apply_days)
    row.place()
    row.clean_fields(exclude=_relations())
    return row


def _relations() -> list[str]:
    relations = [field.name for field in Entitlement._meta.concrete_fields if field.is_relation]
    return [*relations, "number", "trace"]


def _renew(row: Entitlement, facts: Facts, stated_on: dt.date | None) -> None:
    """Set what follows from register, contract and programme: basis, term, amount."""
    terms = facts.terms[row.programme_id]
    assignment = facts.assignments.get(row.compound_id)
    if assignment is None:
        raise DomainError(_("No firm serves this compound: it has to be in service first."))
    contract = facts.contract_of(row)
    row.assignment, row.provider = assignment, assignment.provider
    row.contract_id = contract.contract_id if contract else None
    basis = gathering.basis_of(terms, row.compound)
    row.area_m2, row.household_count = basis.area_m2, basis.household_count
    if terms.start_rule == Programme.StartRule.STATED:
        _check_stated(stated_on, assignment.starts_on)
    row.starts_on, row.ends_on, row.months = facts.term(terms, assignment, contract, stated_on)
    fee = facts.fees.get(row.contract_id) if row.contract_id else None
    row.amount = gathering.forecast_of(row, terms, fee).total or Decimal(0)


def number(rows: Sequence[Entitlement], day: dt.date) -> None:
    """Number the rows on from the last of their district and year, nobody else meanwhile."""
    for district in sorted({row.district_id for row in rows}):
        area = for_update(Area.objects).get(pk=district)
        prefix = f"{area.code}-{day.year}-"
        last = (
            Entitlement.objects.filter(district=district, number__startswith=prefix)
            .order_by("-pk")
            .values_list("number", flat=True)
            .first()
        )
        serial = int(last.removeprefix(prefix)) if last else 0
        for row in rows:
            if row.district_id == district:
                serial += 1
                row.number = f"{prefix}{serial:04d}"


def _told(row: Entitlement) -> dict[str, list]:
    return {
        "number": [None, row.number],
        "programme": [None, str(row.programme)],
        "provider": [None, row.provider.name],
        "amount": [None, row.amount],
        "starts_on": [None, row.starts_on],
        "ends_on": [None, row.ends_on],
    }


__all__ = [
    "Application",
    "apply",
    "apply_by",
    "apply_many",
    "draft_of",
    "edit_application",
    "firm_bars",
    "lacking",
    "name_of",
    "number",
    "submit",
    "warnings",
]
