"""The short form of a what-if: each numeric threshold of a policy, and the subsidy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import rules, wording
from ..rules import FACTS, OPERATORS
from .cleaning import ExactField, WholeField, shown


class TrialForm(forms.Form):
    """Present thresholds as a start; `rules` and `terms` give what was asked for."""

    subsidy_rate = ExactField(
        label=gettext_lazy("Subsidy rate"),
        unit=gettext_lazy("yuan/m²·month"),
        min_value=0,
        max_value=1000,
    )
    subsidy_months = WholeField(
        label=gettext_lazy("Months of subsidy"),
        unit=gettext_lazy("months"),
        min_value=0,
        max_value=120,
    )

    def __init__(self, *args, policy, policy_rules: Sequence[rules.Rule], **kwargs):
        initial = {
            "subsidy_rate": policy.subsidy_rate,
            "subsidy_months": policy.subsidy_months,
        }
        super().__init__(*args, initial=initial, **kwargs)
        self.policy = policy
        self.policy_rules = tuple(policy_rules)
        for name, _rule, condition in self._thresholds():
            self.fields[name] = _threshold_field(condition)
            self.initial[name] = shown(condition.value)

    def _thresholds(self):
        for r, rule in enumerate(self.policy_rules):
            for c, condition in enumerate(rule.conditions):
                if FACTS[condition.fact].is_number:
                    yield f"t{r}c{c}", rule, condition

    @property
    def groups(self) -> list[dict[str, Any]]:
        """Rules with their threshold fields, and what else each asks for, in words."""
        groups = []
        for r, rule in enumerate(self.policy_rules):
            fields = []
            fixed = []
            for c, condition in enumerate(rule.conditions):
                if FACTS[condition.fact].is_number:
                    fields.append(self[f"t{r}c{c}"])
                else:
                    fixed.append(wording.condition_in_words(condition))
            groups.append(
                {
                    "number": r + 1,
                    "strategy": rule.strategy,
                    "name": wording.strategy_name(rule.strategy),
                    "fields": fields,
                    "fixed": fixed,
                }
            )
        return groups

    @property
    def subsidy_fields(self):
        return [self["subsidy_rate"], self["subsidy_months"]]

    def changed_rules(self) -> tuple[rules.Rule, ...]:
        """The policy's rules with the thresholds of the form."""
        changed = []
        for r, rule in enumerate(self.policy_rules):
            conditions = tuple(
                replace(condition, value=self.cleaned_data[f"t{r}c{c}"])
                if FACTS[condition.fact].is_number
                else condition
                for c, condition in enumerate(rule.conditions)
            )
            changed.append(replace(rule, conditions=conditions))
        return tuple(changed)

    def clean(self):
        cleaned = super().clean()
        if self.errors:
            return cleaned
        for problem in rules.check_policy(self.changed_rules()):
            if problem.rule is None:
                continue
            conditions = self.policy_rules[problem.rule].conditions
            place = problem.condition
            if place is None or not FACTS[conditions[place].fact].is_number:
                place = next(
                    (c for c, row in enumerate(conditions) if FACTS[row.fact].is_number), None
                )
            message = _("Rule %(number)s: %(problem)s") % {
                "number": problem.rule + 1,
                "problem": problem.message,
            }
            self.add_error(f"t{problem.rule}c{place}" if place is not None else None, message)
        return cleaned


def _threshold_field(condition: rules.Condition) -> forms.Field:
    fact = FACTS[condition.fact]
    kind = WholeField if fact.kind == "int" else ExactField
    return kind(
        label=f"{fact.label} {OPERATORS[condition.operator].sign}",
        unit=fact.unit,
        min_value=fact.minimum,
        max_value=fact.maximum if fact.maximum is not None else 10**11,
        help_text=_("Now %(value)s")
        % {"value": wording.in_words(fact, condition.value, trim=True)},
    )
