"""Proposing providers: for one compound, or for many of a street at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from compounds.classification.models import Decision
from compounds.providers.models import Provider
from compounds.registry.models import Compound, Status
from governance.audit import services as audit
from governance.foundation import bulk, dates, history
from governance.foundation.errors import DomainError, NotAllowed
from governance.foundation.locks import for_update

from .. import rules
from ..errors import Ineligible, NotOpen, Refused, RowsRefused
from ..gathering import Facts, gather
from ..models import PROPOSE, REVIEW, Assignment, AssignmentStep
from . import telling
from .common import State, clean, step_of


@dataclass(frozen=True)
class Proposal:
    """What is asked for one compound."""

    compound: Compound
    provider: Provider
    strategy: str = ""
    reason: str = ""
    exception_reason: str = ""
    document: str = ""
    planned_on: dt.date | None = None
    replaces: Assignment | None = None


class Judgement(NamedTuple):
    """What would come of a proposal: nothing stands in its way, or why it would be refused."""

    proposal: Proposal
    refusal: DomainError | None
    answer: str | None  # of the firm's last letter about the compound; None: it was never asked

    @property
    def reasons(self) -> tuple[rules.Reason, ...]:
        """The rules' reasons, where it is for these that it would be refused."""
        return getattr(self.refusal, "reasons", ())


def judge_many(proposals: Iterable[Proposal]) -> list[Judgement]:
    """What `propose_many` would make of some proposals now, rights aside; nothing is written.

    The order of the codes; what is refused uses up no capacity. A constant number of queries.
    """
    proposals = list(proposals)
    compounds = {one.compound.pk: one.compound for one in proposals}
    firms = {one.provider.pk: one.provider for one in proposals}
    if not compounds:
        return []
    facts, opened = gather(list(compounds.values()), dates.today()), _opened(compounds)

    def judge(wanted: Proposal) -> None:
        _judged(wanted, compounds, firms, opened, facts)

    return [
        Judgement(wanted, error, facts.of(wanted.compound).answers.get(wanted.provider.pk))
        for wanted, _row, error in _in_turn(proposals, compounds, facts, judge)
    ]


@transaction.atomic
def propose_assignment(
    *,
    by,
    compound: Compound,
    provider: Provider,
    strategy: str,
    reason: str = "",
    exception_reason: str = "",
    document: str = "",
    planned_on: dt.date | None = None,
    replaces: Assignment | None = None,
) -> Assignment:
    """Propose a provider for a classified compound; whoever reviews is told.

    `exception_reason` carries a firm that lacks something, never one that is barred. `replaces` is
    the active assignment that this one follows.
    Raises NotAllowed, NotOpen (one is prepared already; left), Ineligible, DomainError.
    """
    wanted = Proposal(
        compound,
        provider,
        strategy,
        reason.strip(),
        exception_reason.strip(),
        document.strip(),
        planned_on,
        replaces,
    )
    compounds, firms, opened = _lock([wanted])
    facts = gather(list(compounds.values()), dates.today())
    row = _checked(wanted, compounds, firms, opened, facts, by)
    _write([row], by=by)
    telling.waits([row], REVIEW, telling.TO_REVIEW, by=by)
    _record([row], facts, by=by)
    return row


@transaction.atomic
def propose_many(*, by, proposals: Iterable[Proposal], batch: str) -> list[Assignment]:
    """Propose providers for many compounds, all or none; capacity is used up as they go.

    One notice to whoever reviews. Raises NotAllowed, RowsRefused (which names every refused row).
    """
    proposals = list(proposals)
    if not proposals:
        raise DomainError(_("Pick at least one compound."))
    compounds, firms, opened = _lock(proposals)
    facts = gather(list(compounds.values()), dates.today())
    rows, refused = [], []

    def check(wanted: Proposal) -> Assignment:
        return _checked(wanted, compounds, firms, opened, facts, by)

    for wanted, row, error in _in_turn(proposals, compounds, facts, check):
        if error is None:
            rows.append(row)
        else:
            compound = compounds[wanted.compound.pk]
            refused.append(Refused(f"{compound.code} {compound.name}", error.message))
    if refused:
        raise RowsRefused(refused)
    _write(rows, by=by, batch=batch)
    telling.waits(rows, REVIEW, telling.TO_REVIEW, by=by, batch=batch)
    _record(rows, facts, by=by, batch=batch)
    return rows


def _in_turn(
    proposals: Sequence[Proposal],
    compounds: dict[int, Compound],
    facts: Facts,
    check: Callable[[Proposal], Any],
) -> Iterator[tuple[Proposal, Any, DomainError | None]]:
    """Each proposal in the order of the codes with its row, or why it is refused.

    What passes uses up capacity for those that follow. Raises NotAllowed.
    """
    seen = set()
    for wanted in sorted(proposals, key=lambda one: compounds[one.compound.pk].code):
        compound = compounds[wanted.compound.pk]
        try:
            if compound.pk in seen:
                raise NotOpen(_("This compound is named twice."))
            seen.add(compound.pk)
            row = check(wanted)
        except NotAllowed:
            raise
        except DomainError as error:
            yield wanted, None, error
        else:
            facts.take(compound, wanted.provider)
            yield wanted, row, None


def _lock(
    proposals: Sequence[Proposal],
) -> tuple[dict[int, Compound], dict[int, Provider], dict[int, list[Assignment]]]:
    """Compounds, then firms, then what is open there: nobody takes the same room meanwhile."""
    compounds = {
        row.pk: row
        for row in for_update(Compound.objects)
        .filter(pk__in={one.compound.pk for one in proposals})
        .order_by("pk")
    }
    firms = {
        row.pk: row
        for row in for_update(Provider.objects)
        .filter(pk__in={one.provider.pk for one in proposals})
        .order_by("pk")
    }
    return compounds, firms, _opened(compounds)


def _opened(compounds: Iterable[int]) -> dict[int, list[Assignment]]:
    """What is open for compounds, by compound."""
    found: dict[int, list[Assignment]] = {}
    for row in Assignment.objects.open().filter(compound_id__among=list(compounds)):
        found.setdefault(row.compound_id, []).append(row)
    return found


def _checked(wanted: Proposal, compounds, firms, opened, facts: Facts, by) -> Assignment:
    """The row to be written. Raises what `propose_assignment` raises."""
    compound, provider = compounds[wanted.compound.pk], firms[wanted.provider.pk]
    by.scope.require(PROPOSE, compound)
    active, lacking = _judged(wanted, compounds, firms, opened, facts)
    row = Assignment(
        compound=compound,
        provider=provider,
        strategy=compound.strategy,
        replaces=active,
        reason=wanted.reason,
        # Where nothing is lacking there is no exception.
        exception_reason=wanted.exception_reason if lacking else "",
        document=wanted.document,
        planned_on=wanted.planned_on,
        prepared_by=by,
    )
    row.place()
    clean(row)
    return row


def _judged(
    wanted: Proposal, compounds, firms, opened, facts: Facts
) -> tuple[Assignment | None, tuple[rules.Reason, ...]]:
    """The assignment it follows, and what the firm lacks; whoever asks.

    Raises what `propose_assignment` raises but NotAllowed.
    """
    compound, provider = compounds[wanted.compound.pk], firms[wanted.provider.pk]
    if compound.status != Status.ACTIVE:
        raise NotOpen(_("This compound was merged or demolished."))
    if not compound.strategy:
        raise NotOpen(_("Classify this compound first: it has no strategy."))
    if wanted.strategy and wanted.strategy != compound.strategy:
        raise DomainError(
            _("The compound is classified otherwise: %(strategy)s. An override changes that.")
            % {"strategy": compound.get_strategy_display()},
            field="strategy",
        )
    active = _check_open(wanted, opened.get(compound.pk, ()))
    reasons = facts.reasons(compound, provider)
    if barred := rules.bars(reasons):
        raise Ineligible(
            _("%(firm)s cannot be given this compound: %(reasons)s.")
            % {"firm": provider.name, "reasons": told(barred)},
            barred,
            field="provider",
        )
    lacking = rules.lacks(reasons)
    if lacking and not wanted.exception_reason:
        raise Ineligible(
            _("%(firm)s is not eligible: %(reasons)s. Give a reason for going without.")
            % {"firm": provider.name, "reasons": told(lacking)},
            lacking,
            field="exception_reason",
        )
    return active, lacking


def told(reasons: Iterable[rules.Reason]) -> str:
    """Reasons in one line."""
    return "; ".join(reason.words for reason in reasons)


def _check_open(wanted: Proposal, opened: Sequence[Assignment]) -> Assignment | None:
    """The active assignment that the new one follows, if any."""
    active = None
    for one in opened:
        if one.state != State.ACTIVE:
            raise NotOpen(_("For this compound an assignment is already prepared."))
        active = one
    replaced = wanted.replaces.pk if wanted.replaces else None
    if active is not None and replaced is None:
        raise NotOpen(_("Another provider serves this compound: propose the new one to follow it."))
    if replaced is not None and (active is None or active.pk != replaced):
        raise NotOpen(_("What is to be replaced does not serve this compound."))
    return active


def _write(rows: Sequence[Assignment], *, by, batch: str = "") -> None:
    decisions = dict(
        Decision.objects.filter(
            is_current=True, compound_id__among=[row.compound_id for row in rows]
        ).values_list("compound_id", "pk")
    )
    for row in rows:
        row.decision_id = decisions.get(row.compound_id)
    try:
        with transaction.atomic():
            bulk.insert_many(Assignment, rows)
    except IntegrityError as error:
        raise NotOpen(_("For this compound an assignment is already prepared.")) from error
    history.record_versions(Assignment, [row.pk for row in rows], kind=history.CREATED, by=by)
    AssignmentStep.objects.bulk_create(
        [
            step_of(
                row,
                "",
                State.PROPOSED,
                by=by,
                right=PROPOSE,
                document=row.document,
                reason=row.exception_reason or row.reason,
                batch=batch,
            )
            for row in rows
        ],
        batch_size=500,
    )


def _record(rows: Sequence[Assignment], facts: Facts, *, by, batch: str = "") -> None:
    acts = []
    for row in rows:
        changes = {
            "provider": [None, row.provider.name],
            "strategy": [None, row.strategy],
            "reason": [None, row.reason],
            "exception_reason": [None, row.exception_reason],
            "document": [None, row.document],
            "planned_on": [None, row.planned_on],
        }
        if row.replaces_id:
            changes["replaces"] = [None, str(row.replaces)]
        if row.exception_reason:
            lacking = rules.lacks(facts.reasons(row.compound, row.provider))
            changes["lacks"] = [None, [reason.code for reason in lacking]]
        changes = {name: pair for name, pair in changes.items() if pair[1]}
        acts.append(audit.act_on("propose", row, changes))
    audit.record_many(acts, by=by, batch=batch)
