"""Values, conditions and strategies in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, npgettext, pgettext

from .. import rules
from ..rules import FACTS, OPERATORS, STRATEGIES, Fact

MINUS = "\N{MINUS SIGN}"

# What is so when a yes/no fact is true, and when it is false.
STATES: dict[str, tuple[Any, Any]] = {
    "has_affiliated_unit": (
        gettext_lazy("there is an affiliated unit"),
        gettext_lazy("there is no affiliated unit"),
    ),
    "unit_is_active": (
        gettext_lazy("the affiliated unit still exists"),
        gettext_lazy("the affiliated unit no longer exists"),
    ),
    "unit_agreed": (
        gettext_lazy("the unit's company has agreed in writing"),
        gettext_lazy("the unit's company has not agreed in writing"),
    ),
    "is_renovated": (
        gettext_lazy("it is renovated or scheduled"),
        gettext_lazy("it is neither renovated nor scheduled"),
    ),
    "is_enclosed": (gettext_lazy("it is enclosed"), gettext_lazy("it is not enclosed")),
    "has_committee": (gettext_lazy("it has a committee"), gettext_lazy("it has no committee")),
    "is_three_none": (
        gettext_lazy("it is a three-none compound"),
        gettext_lazy("it is not a three-none compound"),
    ),
}


def _firms(count: int) -> str:
    return npgettext("amount", "%(n)s firm", "%(n)s firms", count)


# Amounts whose unit has a singular.
AMOUNTS = {
    "willing_red_firms": _firms,
    "willing_firms_with_subsidy": _firms,
    "failed_rounds": lambda n: npgettext("amount", "%(n)s round", "%(n)s rounds", n),
    "contiguity_size": lambda n: npgettext("amount", "%(n)s compound", "%(n)s compounds", n),
    "foundation_score": lambda n: npgettext("amount", "%(n)s point", "%(n)s points", n),
    "parking_spaces": lambda n: npgettext("amount", "%(n)s space", "%(n)s spaces", n),
}


def plain_number(fact: Fact, value: Any, *, trim: bool = False) -> str:
    if fact.key == "built_year":
        return str(value)
    places = 2 if fact.kind == "decimal" else 0
    if trim and value == int(value):
        places = 0
    return number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True)


def with_unit(fact: Fact, number: str) -> str:
    """A number and its fact's unit, unless the fact is named like its unit."""
    if fact.key in AMOUNTS:
        return AMOUNTS[fact.key](1 if number == "1" else 2) % {"n": number}
    unit = str(fact.unit)
    return f"{number} {unit}" if unit and unit != str(fact.label) else number


def in_words(fact: Fact, value: Any, *, trim: bool = False, unit: bool = True) -> str:
    """A fact's value as a page prints it; unknown is said, not left blank."""
    if value is None:
        return _("unknown")
    if fact.kind == "bool":
        return _("yes") if value else _("no")
    if fact.kind == "choice":
        names = dict(fact.choices)
        codes = [value] if isinstance(value, str) else value
        return named(str(names.get(code, code)) for code in codes)
    number = plain_number(fact, value, trim=trim)
    return with_unit(fact, number) if unit else number


def requirement(fact: Fact, operator: str, threshold: Any, *, unit: bool = True) -> str:
    """What a condition asks for: "≥ 300", "yes", "one of self-built, public housing"."""
    wanted = in_words(fact, threshold, trim=True, unit=unit)
    if operator == "is":
        return wanted
    return f"{OPERATORS[operator].sign} {wanted}"


def condition_in_words(condition: rules.Condition) -> str:
    """A condition as a regulation prints it: "households ≥ 300"."""
    fact = FACTS[condition.fact]
    if fact.kind == "bool":
        return str(STATES[fact.key][0 if condition.value else 1])
    wanted = requirement(fact, condition.operator, condition.value)
    return f"{fact.label} {wanted}"


def difference(fact: Fact, distance: Any) -> str:
    """Value minus threshold with its sign: "+12", "−214", "0"."""
    if distance is None:
        return "—"
    if not distance:
        return "0"
    shown = plain_number(fact, abs(distance)) if fact.key != "built_year" else str(abs(distance))
    return f"{'+' if distance > 0 else MINUS}{shown}"


def strategy_name(code: str) -> str:
    return str(STRATEGIES[code])


def result_name(outcome: str, strategy: str) -> str:
    """A strategy, or the outcome that left none; a dash for what was never classified."""
    if strategy:
        return strategy_name(strategy)
    return str(rules.OUTCOMES.get(outcome, "")) or _("not classified")


def named(parts: Iterable[str]) -> str:
    return pgettext("between names", ", ").join(parts)


def quoted(parts: Iterable[str]) -> str:
    return pgettext("between quoted names", ", ").join(_("“%s”") % part for part in parts)


def either(parts: Iterable[str]) -> str:
    """Quoted names, any of which was not met."""
    quoted = [_("“%s”") % part for part in parts]
    if len(quoted) < 2:
        return "".join(quoted)
    return pgettext("between quoted names", ", ").join(quoted[:-1]) + (
        pgettext("before the last name", " or ") + quoted[-1]
    )


def clauses(parts: Sequence[str]) -> str:
    return pgettext("between clauses", ", ").join(parts)


def all_of(parts: Sequence[str]) -> str:
    return pgettext("between conditions that must all hold", " and ").join(parts)


def begin(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _of_households(value):
    return ngettext("it has %(n)s household", "it has %(n)s households", value)


def _of_red_firms(value):
    if not value:
        return _("no eligible red-property firm is willing")
    return ngettext(
        "%(n)s eligible red-property firm is willing",
        "%(n)s eligible red-property firms are willing",
        value,
    )


def _of_subsidised_firms(value):
    if not value:
        return _("no firm is willing to come, not even with the subsidy")
    return ngettext(
        "%(n)s firm is willing to come with the subsidy",
        "%(n)s firms are willing to come with the subsidy",
        value,
    )


def _of_failed_rounds(value):
    if not value:
        return _("no round of invitations has failed yet")
    return ngettext(
        "%(n)s round of invitations has failed", "%(n)s rounds of invitations have failed", value
    )


def _of_contiguity(value):
    if value == 1:
        return _("it adjoins no other compound")
    return ngettext(
        "%(n)s compound lies together", "%(n)s contiguous compounds lie together", value
    )


PHRASES = {
    "households": _of_households,
    "willing_red_firms": _of_red_firms,
    "willing_firms_with_subsidy": _of_subsidised_firms,
    "failed_rounds": _of_failed_rounds,
    "contiguity_size": _of_contiguity,
}


def statement(key: str, value: Any) -> str:
    """What is so: "1 firm is willing to come with the subsidy", "foundation score is 80"."""
    fact = FACTS[key]
    if fact.kind == "bool":
        return str(STATES[key][0 if value else 1])
    if key in PHRASES:
        return PHRASES[key](value) % {"n": plain_number(fact, value)}
    return _("%(fact)s is %(value)s") % {"fact": fact.label, "value": in_words(fact, value)}


def change_in_words(change: rules.Change) -> str:
    """What would have to be so: "households reached 300 (214 short)"."""
    fact = FACTS[change.fact]
    if fact.kind == "bool":
        return str(STATES[change.fact][0 if change.after else 1])
    words = {"fact": fact.label, "value": in_words(fact, change.after, trim=True)}
    if change.difference is None:
        if change.before is None:
            return _("%(fact)s turned out to be %(value)s") % words
        return _("%(fact)s were %(value)s") % words
    words["gap"] = plain_number(fact, abs(change.difference), trim=True)
    if change.difference > 0:
        return _("%(fact)s reached %(value)s (%(gap)s short)") % words
    return _("%(fact)s fell to %(value)s (%(gap)s over)") % words


def trigger(fact: str, value: Any, operator: str, threshold: Any) -> str:
    """A condition with the value that met or failed it: "households 292, required ≥ 300"."""
    known = FACTS[fact]
    return _("%(fact)s %(value)s, required %(wanted)s") % {
        "fact": known.label,
        "value": in_words(known, value),
        "wanted": requirement(known, operator, threshold),
    }


def percent_in_words(value: Decimal | None) -> str:
    return "—" if value is None else f"{number_format(value, decimal_pos=1)}%"


def money(value: Decimal) -> str:
    """An amount in yuan with its fen: "17,802.60"."""
    return number_format(value, decimal_pos=2, use_l10n=True, force_grouping=True)


def policy_name(policy) -> str:
    """Title and edition of a policy."""
    return _("%(title)s, edition %(n)s") % {"title": policy.title, "n": policy.edition}
