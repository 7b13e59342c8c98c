"""Rows of the work lists, scoped and in words; each list is counted as its rows are shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from governance.foundation import dates
from governance.foundation.spreadsheets import DATE, DECIMAL, INTEGER, OutColumn, OutSheet

from . import rules, wording
from .models import Decision, Override
from .rules import FACTS as VOCABULARY
from .rules import OPERATORS
from .services.facts import COLUMN_OF
from .services.work_lists import (
    AskedHere,
    compounds_to_ask,
    facts_to_ask,
    facts_to_ask_by_community,
)

FACTS, NEAR, UNMATCHED, APPROVE, EXPIRING = "facts", "near", "unmatched", "approve", "expiring"
LISTS = (FACTS, NEAR, UNMATCHED, APPROVE, EXPIRING)

# Where a fact is entered: the register's column, or the first of those it follows from.
FIELD_OF = COLUMN_OF | {
    "foundation_score": "check_pipes",
    "contiguity_size": "is_contiguous",
    "contiguity_area_m2": "is_contiguous",
}


@dataclass(frozen=True)
class Desk:
    """Who asks, and for which place of their scope."""

    user: Any
    place: dict[str, int]

    @property
    def decisions(self):
        return Decision.objects.visible_to(self.user).filter(**self.place)

    @property
    def overrides(self):
        return Override.objects.visible_to(self.user).filter(**self.place)


@dataclass(frozen=True)
class WorkList:
    key: str
    name: str
    about: str
    count: int


def counted(desk: Desk) -> list[WorkList]:
    """All lists with the number of their rows: two queries."""
    today = dates.today()
    decisions = desk.decisions.current().order_by().aggregate(
        incomplete=Count("pk", filter=Q(outcome="INCOMPLETE")),
        unmatched=Count("pk", filter=Q(outcome="UNMATCHED")),
        near=Count(
            "pk",
            filter=Q(nearest_percent__lte=settings.NEAR_THRESHOLD_PERCENT)
            & ~Q(outcome="OVERRIDDEN"),
        ),
    )  # fmt: skip
    expiring = desk.overrides.expiring(today, settings.OVERRIDE_WARNING_DAYS)
    overrides = desk.overrides.order_by().aggregate(
        approve=Count("pk", filter=Q(state="PROPOSED")),
        expiring=Count("pk", filter=Q(pk__in=expiring.order_by().values("pk"))),
    )
    return [
        WorkList(
            FACTS,
            _("Facts to find out"),
            _("These compounds have no strategy because a fact is unknown."),
            decisions["incomplete"],
        ),
        WorkList(
            NEAR,
            _("Near a threshold"),
            _("A small correction of one figure would change the result: check it on site."),
            decisions["near"],
        ),
        WorkList(
            UNMATCHED,
            _("No rule fits"),
            _("All facts are known, but the policy has no rule for them."),
            decisions["unmatched"],
        ),
        WorkList(
            APPROVE,
            _("Overrides to approve"),
            _("Somebody else has to decide on these proposals."),
            overrides["approve"],
        ),
        WorkList(
            EXPIRING,
            _("Overrides about to expire"),
            _("After the last day the rules decide again. Propose anew, or let it end."),
            overrides["expiring"],
        ),
    ]


def facts(desk: Desk, fact: str) -> dict[str, Any]:
    """Facts to ask for, by fact and by community, and the compounds that wait."""
    if fact in VOCABULARY:
        waiting = compounds_to_ask(desk.decisions, fact)
    else:
        fact = ""
        waiting = desk.decisions.incomplete().order_by("street_id", "community_id", "pk")
    by_community = facts_to_ask_by_community(desk.decisions)
    if fact:
        by_community = [_only(fact, here) for here in by_community]
        by_community = sorted(
            (here for here in by_community if here.count), key=lambda here: -here.count
        )
    return {
        "by_fact": facts_to_ask(desk.decisions),
        "by_community": by_community,
        "fact": VOCABULARY.get(fact),
        "waiting": waiting.select_related("compound", "street", "community"),
    }


def _only(fact: str, here: AskedHere) -> AskedHere:
    """One community's part of one fact."""
    asked = tuple(asked for asked in here.facts if asked.fact.key == fact)
    return here._replace(count=sum(one.count for one in asked), facts=asked)


def rows(desk: Desk, key: str):
    """The rows of a list in the order in which they are worked on."""
    if key == NEAR:
        return (
            desk.decisions.near(settings.NEAR_THRESHOLD_PERCENT)
            .select_related("compound", "street", "community")
        )  # fmt: skip
    if key == UNMATCHED:
        return (
            desk.decisions.current()
            .filter(outcome="UNMATCHED")
            .select_related("compound", "street", "community")
            .order_by("street_id", "community_id", "pk")
        )
    people = ("compound", "street", "community", "prepared_by", "approved_by")
    if key == APPROVE:
        return (
            desk.overrides.filter(state=Override.State.PROPOSED)
            .select_related(*people)
            .order_by("prepared_at", "pk")
        )
    return desk.overrides.expiring(dates.today(), settings.OVERRIDE_WARNING_DAYS).select_related(
        *people
    )


@dataclass(frozen=True, slots=True)
class Near:
    """A compound near a threshold: value, threshold, what is between, what it would become."""

    decision: Decision
    fact: str
    value: str
    threshold: str
    difference: str
    percent: Decimal
    outcome: str
    strategy: str

    @property
    def would_be(self) -> str:
        return wording.result_name(self.outcome, self.strategy)


def near_rows(decisions: Iterable[Decision]) -> list[Near]:
    """From each decision's own record; the threshold is the nearest that changes the result."""
    return [found for found in map(_near, decisions) if found]


def _near(decision: Decision) -> Near | None:
    by_rule = rules.replay(decision.record)
    pivots = [
        (abs(by_rule.values[pivot.fact] - pivot.target) / pivot.scale, pivot)
        for pivot in by_rule.summary.pivots
    ]
    if not pivots:
        return None
    pivot = min(pivots, key=lambda found: found[0])[1]
    condition = by_rule.policy.conditions[pivot.position]
    fact = VOCABULARY[pivot.fact]
    value = by_rule.values[pivot.fact]
    moved = by_rule.policy.decide({**by_rule.values, pivot.fact: pivot.target})
    return Near(
        decision,
        str(fact.label),
        wording.in_words(fact, value),
        f"{OPERATORS[condition.operator].sign} "
        f"{wording.in_words(fact, condition.value, trim=True)}",
        wording.difference(fact, value - condition.value),
        decision.nearest_percent,
        moved.outcome,
        moved.strategy,
    )


# ---------------------------------------------------------------- workbook


def sheet(desk: Desk, key: str, fact: str) -> OutSheet:
    """A list as a sheet, with the same rows in the same order."""
    place = [
        OutColumn(_("Street"), width=14),
        OutColumn(_("Community"), width=16),
        OutColumn(_("Compound code"), "code", width=20),
        OutColumn(_("Compound"), width=24),
    ]
    title = next(one.name for one in counted(desk) if one.key == key)
    columns, lines = {
        FACTS: _facts_sheet,
        NEAR: _near_sheet,
        UNMATCHED: _unmatched_sheet,
        APPROVE: _overrides_sheet,
        EXPIRING: _overrides_sheet,
    }[key](desk, key, fact)
    return OutSheet(
        name=title,
        columns=[*place, *columns],
        rows=lines,
        title=title,
        above=[(_("As of"), dates.today().isoformat()), (_("Made by"), str(desk.user))],
    )


def _where(row) -> tuple[str, str, str, str]:
    return row.street.name, row.community.name, row.compound.code, row.compound.name


def _facts_sheet(desk, key, fact):
    waiting = facts(desk, fact)["waiting"].iterator(chunk_size=2000)
    comma = pgettext("between names", ", ")
    lines = (
        (*_where(row), comma.join(str(one.label) for one in row.missing_facts)) for row in waiting
    )
    return [OutColumn(_("Facts to find out"), width=40)], lines


def _near_sheet(desk, key, fact):
    lines = (
        (
            *_where(near.decision),
            wording.result_name(near.decision.outcome, near.decision.strategy),
            near.fact,
            near.value,
            near.threshold,
            near.difference,
            near.percent,
            near.would_be,
        )
        for near in map(_near, rows(desk, key).iterator(chunk_size=2000))
        if near
    )
    columns = [
        OutColumn(_("Now"), width=14),
        OutColumn(pgettext("rule", "Condition"), width=16),
        OutColumn(_("This compound"), width=14),
        OutColumn(_("Threshold"), width=14),
        OutColumn(_("Difference"), width=12),
        OutColumn(_("Distance (%)"), DECIMAL, width=10),
        OutColumn(_("It would become"), width=14),
    ]
    return columns, lines


def _unmatched_sheet(desk, key, fact):
    lines = (
        (*_where(row), row.compound.household_count, row.compound.floor_area_m2)
        for row in rows(desk, key).iterator(chunk_size=2000)
    )
    columns = [
        OutColumn(_("Households"), INTEGER, width=10),
        OutColumn(_("Floor area (m²)"), DECIMAL, width=14),
    ]
    return columns, lines


def _overrides_sheet(desk, key, fact):
    lines = (
        (
            *_where(row),
            row.get_strategy_display(),
            row.document,
            row.reason,
            str(row.prepared_by),
            row.expires_on,
        )
        for row in rows(desk, key).iterator(chunk_size=2000)
    )
    columns = [
        OutColumn(_("Strategy by override"), width=14),
        OutColumn(_("Document"), width=20),
        OutColumn(pgettext("override", "Reason"), width=40),
        OutColumn(_("Proposed by"), width=12),
        OutColumn(_("Last day"), DATE, width=12),
    ]
    return columns, lines
