"""The clerk's sentence: why a compound got its strategy, and what would change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from .. import rules
from ..rules import FACTS
from .values import (
    all_of,
    begin,
    change_in_words,
    clauses,
    either,
    quoted,
    statement,
    strategy_name,
)

# More changes than this at once are no advice to anybody.
MOST_CHANGES = 4


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why, what would change it, and what of that an office can bring about; each may be ""."""

    reason: str
    change: str = ""
    achievable: str = ""


def explain(decision: rules.Decision, found: rules.Counterfactual) -> Explanation:
    """The sentence above the evidence, from the decision alone."""
    trace = decision.trace()
    reason = {
        rules.DECIDED: _decided,
        rules.INCOMPLETE: _incomplete,
        rules.UNMATCHED: _unmatched,
    }[decision.outcome](decision, trace)
    if decision.outcome == rules.INCOMPLETE:
        # What to do is to find the facts out; other facts are beside the point until then.
        return Explanation(reason)
    nearest, achievable = found.nearest, _worth_trying(decision, found)
    if achievable == nearest:
        achievable = None
    is_decided = decision.outcome == rules.DECIDED
    return Explanation(
        reason,
        _move(nearest, is_decided) if nearest else "",
        _within_reach(achievable, is_decided) if achievable else "",
    )


def _worth_trying(decision: rules.Decision, found: rules.Counterfactual) -> rules.Move | None:
    """The smallest achievable move towards an earlier rule: nobody strives for the fallback."""
    moves = [
        move
        for move in found.achievable.values()
        if move is not None
        and (decision.hit is None or move.rule < decision.hit)
        and not any(_is_loss(change) for change in move.changes)
    ]
    return min(moves, key=lambda move: (len(move.changes), move.cost), default=None)


def _is_loss(change: rules.Change) -> bool:
    """Fewer firms, a withdrawn agreement: nothing an office works for."""
    return change.after is False or (change.difference is not None and change.difference < 0)


def _decided(decision: rules.Decision, trace: Sequence[rules.RuleTrace]) -> str:
    hit = trace[decision.hit]
    earlier = dict.fromkeys(
        strategy_name(rule.strategy)
        for rule in trace[: decision.hit]
        if rule.strategy != hit.strategy
    )
    held = [statement(row.fact, row.value) for row in hit.conditions if row.result]
    words = {
        "strategies": either(earlier),
        "facts": clauses(held),
        "number": decision.hit + 1,
    }
    if earlier:
        return _(
            "It does not meet the conditions of %(strategies)s; %(facts)s,"
            " so rule %(number)s decides."
        ) % words  # fmt: skip
    return begin(_("%(facts)s, so rule %(number)s decides.") % words)


def _incomplete(decision: rules.Decision, trace: Sequence[rules.RuleTrace]) -> str:
    first = next((n for n, rule in enumerate(trace) if rule.result), len(trace))
    open_rules = [n for n in range(first) if trace[n].result is None]
    words = {
        "facts": quoted(str(FACTS[key].label) for key in decision.missing),
        "strategies": quoted(dict.fromkeys(strategy_name(trace[n].strategy) for n in open_rules)),
    }
    said = _(
        "%(strategies)s cannot be judged yet: nobody has found out %(facts)s."
        " Until then no strategy is set."
    ) % words  # fmt: skip
    if first < len(trace):
        then = _("If it turns out not to fit, rule %(number)s, “%(strategy)s”, decides.") % {
            "number": first + 1,
            "strategy": strategy_name(trace[first].strategy),
        }
        said = pgettext("two sentences", "%(one)s %(two)s") % {"one": said, "two": then}
    return said


def _unmatched(decision: rules.Decision, trace: Sequence[rules.RuleTrace]) -> str:
    return ngettext(
        "The policy's only rule does not fit, so it gives no strategy.",
        "None of the policy's %(count)s rules fits, so it gives no strategy.",
        len(trace),
    ) % {"count": len(trace)}


def _move(move: rules.Move, is_decided: bool) -> str:
    """What would change the result, in one sentence."""
    strategy = strategy_name(move.strategy)
    if len(move.changes) > MOST_CHANGES:
        return _(
            "At least %(count)s facts would have to differ before it became “%(strategy)s”."
        ) % {
            "count": len(move.changes),
            "strategy": strategy,
        }
    words = {
        "conditions": all_of([change_in_words(change) for change in move.changes]),
        "strategy": strategy,
    }
    if is_decided:
        return _("If %(conditions)s, it would become “%(strategy)s”.") % words
    return _("If %(conditions)s, it would be “%(strategy)s”.") % words


def _within_reach(move: rules.Move, is_decided: bool) -> str:
    if len(move.changes) > MOST_CHANGES:
        return ""
    return _("Within an office's reach: %(sentence)s") % {
        "sentence": _lower(_move(move, is_decided))
    }


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
