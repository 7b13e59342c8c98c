"""Gathering the facts of many compounds at once: tuples in chunks, never objects.

A fact that nobody knows is None.  Each fact has a source and a date: the survey's, unless the
register notes another, or the last answer to an invitation.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from compounds.providers.models import Invitation, Provider
from compounds.registry import rules as register
from compounds.registry.models import Compound
from governance.foundation.locks import for_update

from .contiguity import Clusters

CHUNK = 2000

# Fact → the register's column whose source and date it has.
COLUMN_OF = {
    "households": "household_count",
    "floor_area_m2": "floor_area_m2",
    "chargeable_area_m2": "chargeable_area_m2",
    "built_year": "built_year",
    "building_count": "building_count",
    "entrance_count": "entrance_count",
    "has_affiliated_unit": "ownership",
    "unit_is_active": "unit_state",
    "unit_distance_m": "unit_distance_m",
    "is_renovated": "renovation",
    "foundation_score": "foundation_score",
    "is_enclosed": "is_enclosed",
    "has_committee": "has_committee",
    "is_three_none": "is_three_none",
    "lift_count": "lift_count",
    "parking_spaces": "parking_spaces",
    "ownership": "ownership",
    "kind": "kind",
}
_CHECKED = (*register.CHECKS, "renovation")
FROM_INVITATIONS = (
    "unit_agreed",
    "willing_red_firms",
    "willing_firms_with_subsidy",
    "failed_rounds",
)
FROM_CONTIGUITY = ("contiguity_size", "contiguity_area_m2")

_COLUMNS = (
    "pk",
    "district_id",
    "street_id",
    "community_id",
    "code",
    "name",
    "strategy",
    "decision",
    "surveyed_on",
    "provenance",
    "household_count",
    "floor_area_m2",
    "chargeable_area_m2",
    "built_year",
    "building_count",
    "entrance_count",
    "ownership",
    "unit_name",
    "unit_state",
    "unit_distance_m",
    "renovation",
    "foundation_score",
    "is_enclosed",
    "has_committee",
    "is_three_none",
    "lift_count",
    "parking_spaces",
    "kind",
)


class Gathered(NamedTuple):
    """One compound's place, present classification, facts and their sources."""

    pk: int
    district: int
    street: int
    community: int
    code: str
    name: str
    strategy: str
    decision: str
    values: dict[str, Any]
    sources: dict[str, tuple[str, str]]
    cluster: int


class _Firm(NamedTuple):
    is_eligible_red: bool
    is_unit_company: bool
    is_blacklisted: bool


class Answers(NamedTuple):
    """What the invitations of one compound say."""

    unit_agreed: bool | None
    willing_red_firms: int | None
    willing_firms_with_subsidy: int | None
    failed_rounds: int
    newest: str


NOT_ASKED = Answers(None, None, None, 0, "")


class FactGatherer:
    """Everything that is read once for a whole run: clusters and the standing of firms."""

    def __init__(self, *, districts: Iterable[int], as_of: dt.date) -> None:
        districts = sorted(set(districts))
        self.as_of = as_of
        self.clusters = Clusters(districts)
        # Firms of other districts may have been invited as well: few rows, read all.
        self._firms = {
            firm.pk: _Firm(
                not firm.lacks(as_of),
                firm.kind == Provider.Kind.UNIT_COMPANY,
                bool(firm.blacklisted_until and firm.blacklisted_until >= as_of),
            )
            for firm in Provider.objects.all().iterator(chunk_size=CHUNK)
        }

    def gather(
        self,
        ids: Sequence[int],
        *,
        within: Q | None = None,
        lock: bool = False,
        compounds: QuerySet | None = None,
    ) -> Iterator[Gathered]:
        """Facts of unmanaged active compounds (or of `compounds`) among these ids, by community.

        With `lock` the rows stay locked until the transaction ends, so nobody changes a fact
        between reading and deciding.  Only the clusters were read before, once for all.
        """
        if compounds is None:
            compounds = Compound.objects.unmanaged()
        queryset = compounds.filter(within or Q(), pk__among=ids)
        queryset = queryset.order_by("community_id", "pk")
        if lock:
            queryset = for_update(queryset)
        rows = list(queryset.values_list(*_COLUMNS))
        answers = self._answers([row[0] for row in rows])
        for row in rows:
            yield self._gathered(row, answers.get(row[0], NOT_ASKED))

    def _gathered(self, row: tuple, answers: Answers) -> Gathered:
        (
            pk,
            district,
            street,
            community,
            code,
            name,
            strategy,
            decision,
            surveyed_on,
            provenance,
            households,
            floor_area,
            chargeable_area,
            built_year,
            buildings,
            entrances,
            ownership,
            unit_name,
            unit_state,
            unit_distance,
            renovation,
            score,
            is_enclosed,
            has_committee,
            is_three_none,
            lifts,
            parking,
            kind,
        ) = row
        cluster = self.clusters.of(pk)
        has_unit = register.has_affiliated_unit(ownership, unit_name)
        if has_unit is False:
            unit_is_active: bool | None = False
            unit_agreed: bool | None = answers.unit_agreed or False
        else:
            unit_is_active = unit_state == "ACTIVE" if unit_state else None
            unit_agreed = answers.unit_agreed
        values = {
            "households": households,
            "floor_area_m2": floor_area,
            "chargeable_area_m2": chargeable_area,
            "built_year": built_year,
            "building_count": buildings,
            "entrance_count": entrances,
            "has_affiliated_unit": has_unit,
            "unit_is_active": unit_is_active,
            "unit_distance_m": unit_distance,
            "unit_agreed": unit_agreed,
            "is_renovated": renovation in register.RENOVATED if renovation else None,
            "foundation_score": score,
            "is_enclosed": is_enclosed,
            "contiguity_size": cluster.size,
            "contiguity_area_m2": cluster.area_m2,
            "willing_red_firms": answers.willing_red_firms,
            "willing_firms_with_subsidy": answers.willing_firms_with_subsidy,
            "failed_rounds": answers.failed_rounds,
            "has_committee": has_committee,
            "is_three_none": is_three_none,
            "lift_count": lifts,
            "parking_spaces": parking,
            "ownership": ownership or None,
            "kind": kind or None,
        }
        surveyed = ("survey", surveyed_on.isoformat()) if surveyed_on else ("", "")
        sources = {"": surveyed}
        if provenance:
            _note_own_sources(sources, provenance)
        if cluster.source and cluster.source != "survey":
            noted = (cluster.source, surveyed[1])
            sources["contiguity_size"] = sources["contiguity_area_m2"] = noted
        if answers.newest:
            invited = ("invitation", answers.newest)
            for key in FROM_INVITATIONS:
                if values[key] is not None:
                    sources[key] = invited
        return Gathered(
            pk,
            district,
            street,
            community,
            code,
            name,
            strategy,
            decision,
            values,
            sources,
            cluster.cluster,
        )

    def _answers(self, ids: Sequence[int]) -> dict[int, Answers]:
        found: dict[int, list[tuple]] = {}
        rows = (
            Invitation.objects.filter(compound_id__among=ids)
            .order_by("compound_id", "round", "pk")
            .values_list(
                "compound_id", "round", "provider_id", "answer", "answered_on", "invited_on"
            )
        )
        for compound_id, *letter in rows:
            if letter[1] in self._firms:  # not one entered since the run began
                found.setdefault(compound_id, []).append(letter)
        return {compound_id: self._read(letters) for compound_id, letters in found.items()}

    def _read(self, letters: list) -> Answers:
        last: dict[int, str] = {}
        rounds: dict[int, bool] = {}
        newest = ""
        for number, firm, answer, answered_on, invited_on in letters:
            # A firm asked again and still silent stands by its last answer.
            if answer != Invitation.Answer.WAITING or firm not in last:
                last[firm] = answer
            has_failed = answer in _FAILURES
            rounds[number] = rounds.get(number, True) and has_failed
            newest = max(newest, (answered_on or invited_on).isoformat())
        unit = [last[firm] for firm in last if self._firms[firm].is_unit_company]
        red = [last[firm] for firm in last if self._firms[firm].is_eligible_red]
        others = [
            last[firm]
            for firm in last
            if not (self._firms[firm].is_unit_company or self._firms[firm].is_blacklisted)
        ]
        return Answers(
            _agreed(unit),
            _count(red, _YES),
            _count(others, _YES_WITH_SUBSIDY),
            sum(rounds.values()),
            newest,
        )


_YES = frozenset({Invitation.Answer.AGREED})
_YES_WITH_SUBSIDY = frozenset({Invitation.Answer.AGREED, Invitation.Answer.AGREED_WITH_SUBSIDY})
_FAILURES = frozenset({Invitation.Answer.REFUSED, Invitation.Answer.NO_ANSWER})


def _agreed(answers: list[str]) -> bool | None:
    """Has the unit's company agreed?  Unknown while it was not asked or has not answered."""
    if Invitation.Answer.AGREED in answers:
        return True
    if not answers or Invitation.Answer.WAITING in answers:
        return None
    return False


def _count(answers: list[str], wanted: frozenset[str]) -> int | None:
    """How many agree; unknown as long as none does and an answer is still awaited."""
    number = sum(answer in wanted for answer in answers)
    return None if number == 0 and Invitation.Answer.WAITING in answers else number


def _note_own_sources(sources: dict, provenance: dict) -> None:
    for key, column in COLUMN_OF.items():
        own = provenance.get(column)
        if own:
            sources[key] = (own[0], own[1])
    checks = [provenance[name] for name in _CHECKED if name in provenance]
    if checks:
        newest = max(checks, key=lambda own: own[1])
        sources["foundation_score"] = (newest[0], newest[1])
    if "unit_name" in provenance:
        own = provenance["unit_name"]
        sources["has_affiliated_unit"] = (own[0], own[1])
    for column in ("contiguity_group", "is_contiguous"):
        if column in provenance:
            own = provenance[column]
            for key in FROM_CONTIGUITY:
                sources[key] = (own[0], own[1])


def basis_area(values: dict[str, Any], area_basis: str) -> Decimal | None:
    """The area a policy pays its subsidy for."""
    return values["chargeable_area_m2" if area_basis == "CHARGEABLE" else "floor_area_m2"]
