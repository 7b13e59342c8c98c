"""One compound under one policy: rules, override and subsidy together, with its evidence."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Any, NamedTuple

from compounds.registry.models import DecisionState, Strategy
from governance.foundation.bulk import Encoded
from governance.foundation.money import half_up

from .. import rules
from ..models import Override
from .facts import Gathered, basis_area

FARTHEST = Decimal("99999.99")
NOTHING = Decimal("0.00")
_encode = json.JSONEncoder(ensure_ascii=False).encode


class Overriding(NamedTuple):
    """An approved, unexpired override."""

    pk: int
    strategy: str
    document: str
    expires_on: dt.date

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.pk,
            "strategy": self.strategy,
            "document": self.document,
            "expires_on": self.expires_on.isoformat(),
        }


class Judgement(NamedTuple):
    """What holds for a compound: by rule, or by an override that stands above the rules."""

    outcome: str
    strategy: str
    subsidy: Decimal | None
    decision: rules.Decision


def overrides_of(ids: Iterable[int], as_of: dt.date) -> dict[int, Overriding]:
    """Effective overrides by compound."""
    rows = Override.objects.effective(as_of).filter(compound_id__among=ids)
    return {
        compound: Overriding(*rest)
        for compound, *rest in rows.values_list(
            "compound_id", "pk", "strategy", "document", "expires_on"
        )
    }


class Judge:
    """A policy made ready: rules compiled, the subsidy's terms at hand."""

    def __init__(
        self,
        policy_rules: Sequence[rules.Rule],
        *,
        rate: Decimal,
        months: int,
        area_basis: str,
        key: Any,
    ) -> None:
        """`key` is what tells this policy from others in digests."""
        self.compiled = rules.compile_policy(policy_rules)
        self.rate, self.months, self.area_basis = rate, months, area_basis
        self._key = repr(key)
        self._keys = self.compiled.keys
        self._used = frozenset({"", *self._keys})
        self._rules = _encode(self.compiled.json)

    def digest(self, row: Gathered) -> str:
        """Fingerprint of all that the decision by rule rests on."""
        values, used = row.values, self._used
        content = (
            self._key,
            row.community,
            [values[key] for key in self._keys],
            basis_area(values, self.area_basis),
            [item for item in row.sources.items() if item[0] in used],
        )
        return blake2b(repr(content).encode(), digest_size=16).hexdigest()

    def judge(self, row: Gathered, override: Overriding | None) -> Judgement:
        """Decide by rule; an effective override then takes the rule's place."""
        decision = self.compiled.decide(row.values, row.sources)
        area = basis_area(row.values, self.area_basis)
        if override is not None:
            outcome, strategy = DecisionState.OVERRIDDEN.value, override.strategy
        else:
            outcome, strategy = decision.outcome, decision.strategy
        return Judgement(outcome, strategy, self.subsidy(strategy, area), decision)

    def subsidy(self, strategy: str, area: Decimal | None) -> Decimal | None:
        """Subsidy of a compound under a strategy; None where its area is unknown."""
        if strategy != Strategy.SUBSIDY_TRANSITION:
            return NOTHING
        return rules.subsidy_of(area, self.rate, self.months)

    def record(self, row: Gathered, judged: Judgement, override: Overriding | None) -> dict:
        """The stored evidence: replays to the same decision without anything else."""
        used = self._used
        record = judged.decision.record()
        record["sources"] = {
            key: list(source) for key, source in row.sources.items() if key in used
        }
        area = basis_area(row.values, self.area_basis)
        record["subsidy"] = [
            None if area is None else str(area),
            str(self.rate),
            self.months,
        ]
        if override is not None:
            record["override"] = override.as_json()
        return record

    def written_record(
        self, row: Gathered, judged: Judgement, override: Overriding | None
    ) -> Encoded:
        """The record as JSON text; the rules, its longest part, are written down once for all."""
        record = self.record(row, judged, override)
        del record["rules"]
        return Encoded(f'{_encode(record)[:-1]}, "rules": {self._rules}}}')


def nearest_percent(decision: rules.Decision) -> tuple[Decimal | None, str]:
    """Distance to the nearest deciding threshold in percent, and its fact."""
    nearest = decision.nearest
    if nearest is None:
        return None, ""
    return min(half_up(nearest[0] * 100, 2), FARTHEST), nearest[1]


def stated(record: dict[str, Any]) -> tuple[str, str, Decimal | None]:
    """(outcome, strategy, subsidy) that a stored record calls for, override included."""
    override = record.get("override")
    if override:
        outcome, strategy = DecisionState.OVERRIDDEN.value, override["strategy"]
    else:
        outcome, strategy = record["outcome"], record["strategy"]
    if strategy != Strategy.SUBSIDY_TRANSITION:
        return outcome, strategy, NOTHING
    area, rate, months = record["subsidy"]
    amount = None if area is None else rules.subsidy_of(Decimal(area), Decimal(rate), months)
    return outcome, strategy, amount
