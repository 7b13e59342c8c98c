"""What a page says of one stored decision: sentence, evidence, subsidy, override.

Reads the decision's own record and the rows it names, so the caller selects `policy`, `override`
and `compound` along with it; asks the database nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from governance.foundation.money import to_fen

from . import rules, wording
from .models import Decision


@dataclass(frozen=True)
class SubsidySum:
    """The arithmetic of a transition subsidy, from the record: area × rate × months = total."""

    basis: str
    area: Decimal | None
    rate: Decimal
    months: int

    @property
    def monthly(self) -> Decimal | None:
        return rules.subsidy_of(self.area, self.rate, 1)

    @property
    def total(self) -> Decimal | None:
        return rules.subsidy_of(self.area, self.rate, self.months)

    @property
    def is_rounded_once(self) -> bool:
        """Do the months add up to another sum than the whole, which is rounded only once?"""
        return self.total is not None and to_fen(self.monthly * self.months) != self.total


class Reasons:
    """Why a compound has its strategy, ready to be printed."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision

    @cached_property
    def _by_rule(self) -> rules.Decision:
        return rules.replay(self.decision.record)

    @cached_property
    def title(self) -> str:
        name = wording.result_name(self._by_rule.outcome, self.decision.strategy)
        if self.decision.strategy:
            return _("Why “%(strategy)s”") % {"strategy": name}
        return _("Why no strategy yet: %(state)s") % {"state": name}

    @cached_property
    def explanation(self) -> wording.Explanation:
        return wording.explain(self._by_rule, self.decision.counterfactual())

    @cached_property
    def rules(self) -> tuple[wording.RuleRow, ...]:
        return wording.evidence(self._by_rule.trace())

    @property
    def rule_number(self) -> int | None:
        hit = self._by_rule.hit
        return None if hit is None or self.is_overridden else hit + 1

    @property
    def is_overridden(self) -> bool:
        return self.decision.outcome == "OVERRIDDEN"

    @property
    def by_rule(self) -> str:
        """What the rules alone would say."""
        return wording.result_name(self._by_rule.outcome, self._by_rule.strategy)

    @cached_property
    def missing(self) -> str:
        return pgettext("between names", ", ").join(
            str(fact.label) for fact in self.decision.missing_facts
        )

    @cached_property
    def subsidy(self) -> SubsidySum | None:
        """Only where the strategy is the transition subsidy."""
        if self.decision.strategy != rules.SUBSIDY_TRANSITION:
            return None
        area, rate, months = self.decision.record["subsidy"]
        return SubsidySum(
            self.decision.policy.get_area_basis_display(),
            None if area is None else Decimal(area),
            Decimal(rate),
            months,
        )
