"""Two editions of a policy side by side: pure, in words, with what differs marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from . import rules, wording
from .models import Policy
from .services.policies import EDITABLE


@dataclass(frozen=True, slots=True)
class Side:
    """A rule in one of two editions; requirements as (text, whether only here)."""

    number: int
    strategy: str
    requirements: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A rule of the old edition beside its counterpart; either may be missing."""

    old: Side | None
    new: Side | None

    @property
    def is_same(self) -> bool:
        """Equal requirements in the same place of the order."""
        if self.old is None or self.new is None:
            return False
        return self.old.number == self.new.number and not any(
            is_only_here for _text, is_only_here in (*self.old.requirements, *self.new.requirements)
        )


def terms(old: Policy, new: Policy) -> list[tuple[str, str, str, bool]]:
    """(label, old, new, whether it differs) for each term of a policy."""
    rows = []
    for name in EDITABLE:
        field = Policy._meta.get_field(name)
        before, after = (_shown(policy, name) for policy in (old, new))
        rows.append((str(field.verbose_name), before, after, before != after))
    return rows


def _shown(policy: Policy, name: str) -> str:
    value = getattr(policy, name)
    if name == "area_basis":
        return policy.get_area_basis_display()
    if name == "subsidy_rate":
        return wording.money(value)
    return str(value) if value not in (None, "") else "—"


def rules_side_by_side(old: Sequence[rules.Rule], new: Sequence[rules.Rule]) -> list[Pair]:
    """Rules matched by strategy in their order; what has no counterpart stands alone."""
    before, after = wording.in_regulation(old), wording.in_regulation(new)
    matcher = SequenceMatcher(
        None, [rule.strategy for rule in before], [rule.strategy for rule in after], autojunk=False
    )
    pairs = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            pairs += [_pair(x, y) for x, y in zip(before[a:b], after[c:d], strict=True)]
        else:
            pairs += [_pair(rule, None) for rule in before[a:b]]
            pairs += [_pair(None, rule) for rule in after[c:d]]
    return pairs


def _pair(old, new) -> Pair:
    return Pair(old and _side(old, new), new and _side(new, old))


def _side(rule, other) -> Side:
    known = {requirement.conditions for requirement in other.requirements} if other else set()
    return Side(
        rule.number,
        rule.strategy,
        tuple(
            (requirement.in_words, requirement.conditions not in known)
            for requirement in rule.requirements
        ),
    )
