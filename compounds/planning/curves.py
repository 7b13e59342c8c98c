"""What the page of curves shows: a section for each dial, and the prices of rules and locks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from compounds.providers.models import Provider
from compounds.registry.models import Compound
from governance.foundation.drawing import grouped

from .core.inputs import Dials
from .curve_drawing import Line, Spot
from .models import PlanCurve
from .services.running import dials_of

TEN_THOUSAND = 10_000
LEAST_STEP = 1_000  # yuan of subsidy between two points whose worth is told
SEEN = 0.01  # of a drawing's height: two dots nearer than that are one
SAME = 1.0  # yuan: two plans that cost the same

Side = Mapping[str, Any]


@dataclass(frozen=True)
class Worth:
    """What 10,000 yuan more of subsidy bring, on the average of a stretch of the curve."""

    households: float  # out of fallback
    money: float  # of other public money, saved
    until: str  # the value of the dial the stretch leads to


@dataclass(frozen=True)
class Row:
    """A value of a dial and the best plan known under it; side None: no plan keeps the rules.

    is_plan: it is the plan's own value; is_itself: no point of the curve, but the plan itself.
    """

    at: float | None
    label: str
    short: str
    side: Side | None
    is_plan: bool
    worth: Worth | None = None  # of what would be spent beyond; None: no more would
    is_itself: bool = False

    @property
    def other(self) -> float:
        """Public money beside the subsidy."""
        return self.side["public"] - self.side["subsidy"]

    @property
    def unspent(self) -> float:
        """What of a budget is not used up, where it is worth telling."""
        left = 0 if self.at is None else self.at - self.side["subsidy"]
        return left if left >= TEN_THOUSAND else 0


@dataclass(frozen=True)
class Step:
    """From the plan's own value of a dial to the next looser one: money saved, households out."""

    here: str
    there: str
    money: float
    households: int

    @property
    def money_signed(self) -> str:
        return signed(-self.money)


@dataclass(frozen=True)
class Cost:
    """What would change without a rule; weights are in `saving` and in nothing else."""

    name: str
    href_code: str  # of the compound a lock is on
    public: float
    left: int
    households: int
    saving: float
    moved: int

    @property
    def public_signed(self) -> str:
        return signed(self.public)

    @property
    def left_signed(self) -> str:
        return signed(self.left)

    @property
    def households_signed(self) -> str:
        return signed(self.households)


def signed(value: float) -> str:
    """A change: less with a minus, more with a plus."""
    whole = round(value)
    sign = "+" if whole > 0 else "−" if whole < 0 else ""
    return f"{sign}{abs(whole):,}"


class CurvePage:
    """A reckoning of curves for a reader; names of firms and compounds are those of the run."""

    def __init__(self, curve: PlanCurve) -> None:
        self.curve, self.run = curve, curve.run
        self.dials: Dials = dials_of(curve.run)
        self.plan: Side = curve.points["plan"]
        self.base: Side = curve.points["base"]
        self.noise: float = curve.points["noise"]

    @property
    def found_better(self) -> float:
        """Yuan of the objective that searching on saves under the plan's own rules."""
        return self.curve.better_by

    @property
    def can_take_over(self) -> bool:
        """Was the better plan kept? Curves of before have its figures alone."""
        return bool(self.found_better and self.curve.points.get("better"))

    # sections

    @cached_property
    def budget(self) -> list[Row]:
        rows = self._rows("budget", _money, _in_ten_thousands)
        stretches = _stretches(rows)
        return [replace(row, worth=_worth(row, stretches)) for row in rows]

    @cached_property
    def reach(self) -> list[Row]:
        return self._rows("reach", _metres, _metres)

    @cached_property
    def carry(self) -> list[Row]:
        return self._rows("carry", _percent, _percent)

    def table(self, rows: Sequence[Row]) -> list[Row]:
        """The points, and the plan itself beside that of its own rules where they differ."""
        if not self.found_better:
            return list(rows)
        found = []
        for row in rows:
            if row.is_plan:
                found.append(replace(row, side=self.plan, worth=None, is_itself=True))
            found.append(row)
        return found

    @property
    def budget_table(self) -> list[Row]:
        return self.table(self.budget)

    @property
    def reach_table(self) -> list[Row]:
        return self.table(self.reach)

    @property
    def carry_table(self) -> list[Row]:
        return self.table(self.carry)

    def _rows(self, dial: str, label, short) -> list[Row]:
        own = self._own(dial)
        return [
            Row(one["at"], label(one["at"]), short(one["at"]), one["side"], one["at"] == own)
            for one in self.curve.points["curves"][dial]
        ]

    def _own(self, dial: str) -> float | None:
        if dial != "budget":
            return getattr(self.dials, dial)
        most = self.dials.subsidy_most
        return None if most == float("inf") else most

    # what the head says

    @cached_property
    def own_budget(self) -> Row | None:
        """The point of the plan's own budget; its worth is that of the next 10,000 yuan."""
        return next((row for row in self.budget if row.is_plan and row.side is not None), None)

    @cached_property
    def last_worth(self) -> Worth | None:
        """Of the last 10,000 yuan the plan spends."""
        spent = self.own_budget.side["subsidy"] if self.own_budget else 0
        stretches = _stretches(self.budget)
        last = [(here, there) for here, there in stretches if here.side["subsidy"] < spent]
        return _bring(*last[-1]) if last else None

    @cached_property
    def reach_step(self) -> Step | None:
        return _step(self.reach)

    @cached_property
    def carry_step(self) -> Step | None:
        return _step(self.carry)

    # drawings

    @cached_property
    def budget_lines(self) -> list[Line]:
        rows = [row for row in self.budget if row.side is not None]
        most = max((row.side["subsidy"] for row in rows), default=0) or 1
        places = [min(row.side["subsidy"] if row.at is None else row.at, most) for row in rows]
        places = [place / most for place in places]
        return [
            self._line(
                _("Other public money by budget, in 10,000 yuan"),
                rows,
                places,
                _other,
                TEN_THOUSAND,
            ),
            self._line(_("Households left by budget in 10,000 yuan"), rows, places, _households, 1),
        ]

    @cached_property
    def reach_lines(self) -> list[Line]:
        rows = [row for row in self.reach if row.side is not None]
        values = [row.at for row in rows if row.at is not None]
        return self._lines(rows, [*_spread(values, 0.8 if len(values) < len(rows) else 1), 1.0])

    @cached_property
    def carry_lines(self) -> list[Line]:
        rows = [row for row in self.carry if row.side is not None]
        return self._lines(rows, [row.at for row in rows])

    def _lines(self, rows: Sequence[Row], places: Sequence[float]) -> list[Line]:
        """Two drawings of a curve: public money, and households left to fallback."""
        return [
            self._line(_("Public money (10,000 yuan)"), rows, places, _public, TEN_THOUSAND),
            self._line(_("Households left to fallback"), rows, places, _households, 1),
        ]

    def _line(self, title: str, rows, places, value, unit: int) -> Line:
        spots = [
            Spot(x, value(row.side), row.short, grouped(round(value(row.side) / unit)),
                 f"{row.label}: {title} {grouped(round(value(row.side) / unit))}", row.is_plan,
                 row.at is None)
            for row, x in zip(rows, places, strict=False)
        ]  # fmt: skip
        here = next((spot for spot in spots if spot.is_plan), None)
        beside = None
        top = max((spot.y for spot in spots), default=0)
        if here and abs(value(self.plan) - here.y) > SEEN * top:
            shown = grouped(round(value(self.plan) / unit))
            said = _("this plan: %(value)s") % {"value": shown}
            beside = Spot(here.x, value(self.plan), "", shown, said)
        return Line(title, spots=spots, beside=beside, is_searched=bool(self.found_better))

    # prices

    @cached_property
    def _costs(self) -> list[Cost]:
        prices = self.curve.points["prices"]
        firms = Provider.objects.in_bulk([one["provider"] for one in prices if one.get("provider")])
        places = Compound.objects.only("name", "code").in_bulk(
            [one["compound"] for one in prices if "compound" in one]
        )
        found = [_cost(one, self._name(one, firms, places), places) for one in prices]
        return sorted(found, key=lambda one: -one.saving)

    @property
    def costs(self) -> list[Cost]:
        """Rules whose price stands out of the noise of the search, the dearest first."""
        return [one for one in self._costs if one.saving > max(self.noise, SAME)]

    @property
    def below_noise(self) -> list[Cost]:
        return [one for one in self._costs if one.saving <= max(self.noise, SAME)]

    @property
    def dearest(self) -> Cost | None:
        return self.costs[0] if self.costs else None

    def _name(self, one: Mapping[str, Any], firms, places) -> str:
        firm = firms.get(one.get("provider"))
        if one["kind"] == "lock":
            to = firm.name if firm else _("fallback service")
            place = places.get(one["compound"])
            return _("Lock: %(name)s to %(firm)s") % {"name": place or "—", "firm": to}
        if one["kind"] == "refusals":
            count = one["count"]
            return ngettext(
                "Refusals of %(firm)s (%(count)s compound)",
                "Refusals of %(firm)s (%(count)s compounds)",
                count,
            ) % {"firm": firm.name if firm else "—", "count": count}
        dials = self.dials
        return str(RULES[one["kind"]]) % {
            "count": one.get("count", 0),
            "reach": _metres(dials.reach),
            "unit_reach": _metres(dials.unit_reach),
            "cap": _plain(dials.cap),
            "switching": _plain(dials.switching),
            "provider_share": _percent(dials.provider_share or 0),
            "street_fallback": _percent(dials.street_fallback or 0),
            "must_serve": dials.must_serve,
        }


RULES: dict[str, Any] = {
    "contiguity": gettext_lazy("Contiguity: a stepping stone within %(reach)s"),
    "provider_share": gettext_lazy("One provider at most %(provider_share)s of the area"),
    "street_fallback": gettext_lazy(
        "At most %(street_fallback)s of a street's compounds left to fallback"
    ),
    "must_serve": gettext_lazy("No compound of %(must_serve)s households or more is left"),
    "unit_reach": gettext_lazy("A unit's company serves its compounds within %(unit_reach)s only"),
    "centres": gettext_lazy("No street centre may be opened"),
    "cap": gettext_lazy("Subsidy at most %(cap)s yuan/m²"),
    "switching": gettext_lazy("Switching charge of %(switching)s per household"),
    "only_agreed": gettext_lazy("Only firms that agreed"),
    "all_refusals": gettext_lazy("All refusals together (%(count)s)"),
    "locks": gettext_lazy("All locks together (%(count)s)"),
}


def _cost(one: Mapping[str, Any], name: str, places) -> Cost:
    before, after = one["before"], one["after"]
    place = places.get(one.get("compound"))
    return Cost(
        name,
        place.code if place else "",
        after["public"] - before["public"],
        after["left"] - before["left"],
        after["left_households"] - before["left_households"],
        one["saving"],
        after["moved"],
    )


def _stretches(rows: Sequence[Row]) -> list[tuple[Row, Row]]:
    return list(pairwise(_corners([row for row in rows if row.side is not None])))


def _corners(rows: Sequence[Row]) -> list[Row]:
    """The points between which the worth of subsidy only falls: what lies above them is noise."""
    found: list[Row] = []
    for row in rows:
        if found and row.side["subsidy"] - found[-1].side["subsidy"] < LEAST_STEP:
            continue
        while len(found) > 1 and _fall(found[-2], found[-1]) <= _fall(found[-1], row):
            found.pop()
        found.append(row)
    return found


def _fall(first: Row, second: Row) -> float:
    """How much the objective falls with each yuan of subsidy from one point to another."""
    more = second.side["subsidy"] - first.side["subsidy"]
    return (first.side["objective"] - second.side["objective"]) / more


def _worth(row: Row, stretches: Sequence[tuple[Row, Row]]) -> Worth | None:
    """Of 10,000 yuan more than a point spends; None where no more would be spent."""
    if row.side is None:
        return None
    beyond = (
        (first, second)
        for first, second in stretches
        if second.side["subsidy"] - row.side["subsidy"] >= LEAST_STEP
    )
    found = next(beyond, None)
    return _bring(*found) if found else None


def _bring(first: Row, second: Row) -> Worth:
    """What 10,000 yuan bring on the way from one point to another."""
    more = second.side["subsidy"] - first.side["subsidy"]
    households = first.side["left_households"] - second.side["left_households"]
    return Worth(
        households / more * TEN_THOUSAND,
        (first.other - second.other) / more * TEN_THOUSAND,
        second.label,
    )


def _step(rows: Sequence[Row]) -> Step | None:
    """To the next looser value of a dial."""
    known = [row for row in rows if row.side is not None]
    at = next((number for number, row in enumerate(known) if row.is_plan), None)
    if at is None or at + 1 == len(known):
        return None
    here, there = known[at], known[at + 1]
    return Step(
        here.label,
        there.label,
        here.side["public"] - there.side["public"],
        here.side["left_households"] - there.side["left_households"],
    )


def _spread(values: Sequence[float], to: float) -> list[float]:
    """Values from 0 to `to`, at their distances."""
    if not values:
        return []
    width = (values[-1] - values[0]) or 1
    return [(value - values[0]) / width * to for value in values]


def _other(side: Side) -> float:
    return side["public"] - side["subsidy"]


def _public(side: Side) -> float:
    return side["public"]


def _households(side: Side) -> int:
    return side["left_households"]


def _plain(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _no_limit() -> str:
    return pgettext("of a dial", "no limit")


def _money(at: float | None) -> str:
    return _no_limit() if at is None else grouped(round(at))


def _in_ten_thousands(at: float | None) -> str:
    return _no_limit() if at is None else _plain(at / TEN_THOUSAND)


def _metres(at: float | None) -> str:
    return _no_limit() if at is None else _("%(metres)s m") % {"metres": f"{at:.0f}"}


def _percent(at: float) -> str:
    return f"{_plain(at * 100)}%"
