"""What other dials and rules would give: curves about a plan, and the price of what binds it.

Each variant of the rules is searched from a plan known already, with the same effort. All plans
found are pooled, and a variant shows the best of the pool that it allows: looser rules can keep
the plan of tighter ones, so that no curve goes the wrong way by the noise of the search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .annealing import anneal
from .district import District, derive
from .errors import PlanningError
from .inputs import CENTRE, NOBODY, UNIT, Dials, Inputs
from .pairing import in_reach
from .plan import Plan, Split, is_feasible, plan_of, split_of

Tell = Callable[[int, int], None]  # searches done, of how many; may raise to stop

SHARES = (0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85)  # of the subsidy that is paid without a limit
REACHES = (300.0, 400.0, 500.0, 800.0)  # m
CARRIES = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
ANYWHERE = 1e9  # m or yuan: a limit that limits nothing
# Prices of a yuan of subsidy beside itself: plans found under them spend less and less, and are
# where the search under a budget begins; a hard budget alone leads it astray.
DEARER = (1.0, 2.0, 4.0, 8.0, 16.0, 64.0, 1e4)
ROUNDS = 3  # searches under the plan's own rules: what the second finds on is the noise
PARTS = {"all_refusals": "refusals", "locks": "lock"}
MOST_ALONE = 20  # locks or refusing firms that are priced one by one


@dataclass(frozen=True, eq=False)
class Variant:
    """Rules to plan by: inputs and dials that differ from the plan's in one thing."""

    inputs: Inputs
    dials: Dials


@dataclass(frozen=True, eq=False)
class Outcome:
    """The best plan known under a variant, and what it comes to."""

    variant: Variant
    plan: Plan
    split: Split
    left_households: int
    moved: int  # compounds another provider serves than in the plan that is asked about

    @property
    def objective(self) -> float:
        return self.split.objective


@dataclass(frozen=True)
class Point:
    """One value of a dial and the best plan under it; None where no plan keeps every rule."""

    at: float | None  # None: no limit
    outcome: Outcome | None


@dataclass(frozen=True, eq=False)
class Rule:
    """A constraint that can be lifted: its kind, the rows it is about, and the rules without it.

    Kinds: `lock` (compound, provider), `locks` (how many), `refusals` (provider, how many),
    `all_refusals` (how many), `only_agreed`, `provider_share`, `street_fallback`,
    `must_serve`, `unit_reach`, `centres`, `contiguity`, `cap`, `switching`.
    """

    kind: str
    rows: tuple[int, ...]
    without: Variant


@dataclass(frozen=True, eq=False)
class Price:
    """What lifting a rule changes, both judged without it: before is never better than after."""

    rule: Rule
    before: Outcome
    after: Outcome

    @property
    def saving(self) -> float:
        """Yuan of the objective, weights included."""
        return self.before.objective - self.after.objective


@dataclass(frozen=True, eq=False)
class Findings:
    """Curves and prices about a plan; `base` is the best plan known under its own rules.

    noise: yuan of the objective that searching on found although no rule was changed.
    """

    plan: Outcome
    base: Outcome
    noise: float
    curves: dict[str, list[Point]]  # budget, reach, carry: the tightest value first
    prices: list[Price]

    @property
    def outcomes(self) -> Iterable[Outcome]:
        """Every plan a figure is taken from; looser rules allow what the plan's own allow."""
        yield from (self.plan, self.base)
        for points in self.curves.values():
            yield from (one.outcome for one in points if one.outcome is not None)
        for price in self.prices:
            yield price.after


def explore(
    inputs: Inputs, dials: Dials, plan: Plan, *, seed: int, moves: int, tell: Tell
) -> Findings:
    """Curves and prices about a plan, each search of so many moves; the same seed, the same answer.

    Raises ValueError where the plan does not keep the rules it is said to keep.
    """
    return _Exploring(inputs, dials, plan, seed=seed, moves=moves, tell=tell).findings()


class _Exploring:
    """The plans found so far, as bundles of compounds, and the searches made."""

    def __init__(self, inputs: Inputs, dials: Dials, plan: Plan, *, seed, moves, tell) -> None:
        self.own = Variant(inputs, dials)
        self.plan, self.seed, self.moves, self.tell = plan, seed, moves, tell
        self.provider = _serving(inputs, plan.bundle)
        self.pool = {plan.bundle.tobytes(): plan.bundle}  # each plan once
        self.rules = rules_of(inputs, dials)
        self.done = 0
        # At most: values of a dial that fall together are searched once.
        values = 2 * (len(SHARES) + len(REACHES) + len(CARRIES)) + 4
        self.total = ROUNDS + len(DEARER) + values + len(self.rules)

    def findings(self) -> Findings:
        dials = self.own.dials
        known = derive(self.own.inputs, dials)
        asked = self._outcome(self.own, known, self.plan.bundle)
        if asked is None:
            raise ValueError("the plan does not keep its own rules")
        rounds = []
        for _round in range(ROUNDS):
            self._search(self.own, self._best(self.own).plan)
            rounds.append(self._best(self.own).objective)
        walked = {
            "budget": self._walk("budget", self._budgets()),
            "reach": self._walk("reach", [*_with_own(REACHES, dials.reach), None]),
            "carry": self._walk("carry", _with_own(CARRIES, dials.carry)),
        }
        start = self._best(self.own).plan
        for rule in self.rules:
            self._search(rule.without, start)
        self.done = self.total
        base = self._best(self.own)
        return Findings(
            plan=asked,
            base=base,
            # What the first round finds finishes the plan; later ones tell how sure a figure is.
            noise=float(-np.diff([*rounds, base.objective]).min()),
            curves={
                name: [Point(at, self._best(variant)) for at, variant in steps]
                for name, steps in walked.items()
            },
            prices=self._prices(base),
        )

    # searching

    def _search(self, variant: Variant, start: Plan, *, dearer: float = 0.0) -> Plan:
        """Search a variant, half from a plan and half from nothing; returns the former's find.

        Where the rules allow no plan, or none is found, that is the start.
        """
        self.done += 1
        near = self._annealed(variant, start, dearer)
        self._annealed(variant, None, dearer)
        return start if near is None else near

    def _annealed(self, variant: Variant, start: Plan | None, dearer: float) -> Plan | None:
        """What half the moves find, kept in the pool; None for nothing."""
        done = self.done - 1
        self.tell(done, self.total)
        try:
            found = anneal(
                _with_dear_subsidy(derive(variant.inputs, variant.dials), dearer),
                seed=self.seed + self.done,
                moves=self.moves // 2,
                start=start,
                progress=lambda _share, _best: self.tell(done, self.total),
            )
        except PlanningError:
            return None
        self.pool.setdefault(found.bundle.tobytes(), found.bundle)
        return found

    def _walk(self, dial: str, values: Sequence[float | None]) -> list[tuple]:
        """Search the values of a dial outwards from the plan's own, and back from the tightest.

        Each search begins at the best plan known under its value, or near it.
        """
        own = value_of(self.own.dials, dial)
        steps = [(at, Variant(self.own.inputs, turned(self.own.dials, dial, at))) for at in values]
        middle = values.index(own)
        for way in (steps[middle + 1 :], steps[:middle][::-1], steps[1:middle]):
            near = self._best(self.own)
            for _at, variant in way:
                near = self._best(variant) or near
                self._search(variant, near.plan)
        return steps

    def _budgets(self) -> list[float | None]:
        """From nothing to no limit, by shares of what a plan without a limit is paid."""
        own = value_of(self.own.dials, "budget")
        free = Variant(self.own.inputs, turned(self.own.dials, "budget", None))
        if own is not None:
            self._search(free, self._best(self.own).plan)
        near = self._best(free).plan
        for price in DEARER:
            near = self._search(free, near, dearer=price)
        paid = self._best(free).split.subsidy
        steps = {_even(share * paid) for share in SHARES} | {0.0}
        return [*sorted(steps | ({own} if own is not None else set())), None]

    # judging

    def _best(self, variant: Variant) -> Outcome | None:
        """The best plan of the pool under a variant; None where it allows none of them."""
        try:
            district = derive(variant.inputs, variant.dials)
        except PlanningError:
            return None
        found = (self._outcome(variant, district, bundle) for bundle in self.pool.values())
        return min(
            (one for one in found if one is not None), key=lambda one: one.objective, default=None
        )

    def _outcome(self, variant: Variant, district: District, bundle: np.ndarray) -> Outcome | None:
        self.tell(self.done, self.total)  # judging a large pool takes minutes: a sign of life
        try:
            plan = plan_of(district, bundle)
        except KeyError:  # a place that these rules do not offer
            return None
        if not is_feasible(district, plan):
            return None
        return Outcome(
            variant,
            plan,
            split_of(district, plan),
            int(district.households[bundle == NOBODY].sum()),
            int((_serving(variant.inputs, bundle) != self.provider).sum()),
        )

    def _prices(self, base: Outcome) -> list[Price]:
        """Of every rule; lifting all of a kind can keep what lifting one of them found."""
        found: list[Price] = []
        for rule in self.rules:
            parts = [one.after for one in found if one.rule.kind == PARTS.get(rule.kind)]
            before = self._kept(rule.without, base)
            options = [self._best(rule.without) or before, before, *parts]
            found.append(Price(rule, before, min(options, key=lambda one: one.objective)))
        return found

    def _kept(self, without: Variant, base: Outcome) -> Outcome:
        """The plan under looser rules: it stays possible, and only charges that fall away count."""
        kept = self._outcome(without, derive(without.inputs, without.dials), base.plan.bundle)
        # Where the cut to the nearest bases hides one of its places, its money is the same.
        return kept or replace(base, variant=without)


def _with_dear_subsidy(district: District, price: float) -> District:
    """A yuan of subsidy costs so much more than itself: all else costs that much less."""
    costs = ("fallback", "penalty", "arc_cost", "bundle_setup", "switching")
    return replace(district, **{name: getattr(district, name) / (1 + price) for name in costs})


def value_of(dials: Dials, dial: str) -> float | None:
    """Where a dial stands; of the budget and its years the one that limits, None for no limit."""
    if dial == "budget":
        return dials.subsidy_most if np.isfinite(dials.subsidy_most) else None
    return getattr(dials, dial)


def turned(dials: Dials, dial: str, at: float | None) -> Dials:
    """The dials with one at another value; a stepping stone without limit is not needed at all."""
    if dial == "budget":
        return replace(dials, budget=at, years=())
    if dial == "reach" and at is None:
        return replace(dials, near=ANYWHERE)
    return replace(dials, **{dial: at})


def rules_of(inputs: Inputs, dials: Dials) -> list[Rule]:
    """The constraints in force that can be lifted one by one."""
    return [
        *_rules_of_dials(inputs, dials),
        *_rules_of_refusals(inputs, dials),
        *_rules_of_locks(inputs, dials),
    ]


def _rules_of_dials(inputs: Inputs, dials: Dials) -> list[Rule]:
    is_served, kind = inputs.compounds.today != NOBODY, inputs.providers.kind
    changes = [
        ("contiguity", dials.near < ANYWHERE, {"near": ANYWHERE}),
        ("provider_share", dials.provider_share is not None, {"provider_share": None}),
        ("street_fallback", dials.street_fallback is not None, {"street_fallback": None}),
        ("must_serve", dials.must_serve is not None, {"must_serve": None}),
        ("unit_reach", (kind == UNIT).any(), {"unit_reach": ANYWHERE}),
        ("centres", not dials.centres and (kind == CENTRE).any(), {"centres": True}),
        ("cap", True, {"cap": ANYWHERE}),
        ("switching", dials.switching > 0 and is_served.any(), {"switching": 0.0}),
    ]
    return [
        Rule(kind, (), Variant(inputs, replace(dials, **change)))
        for kind, holds, change in changes
        if holds
    ]


def _rules_of_refusals(inputs: Inputs, dials: Dials) -> list[Rule]:
    """Refusals that stand in a way: of each firm, those with most area first, and of all."""
    found = []
    if inputs.willing is not None:
        found.append(Rule("only_agreed", (), Variant(replace(inputs, willing=None), dials)))
    pairs = inputs.unwilling[_stands_in_the_way(inputs, dials)]
    firms = np.unique(pairs[:, 1])
    area = [inputs.compounds.area[pairs[pairs[:, 1] == firm, 0]].sum() for firm in firms]
    for firm in firms[np.argsort(area)[::-1][:MOST_ALONE]]:
        kept = inputs.unwilling[inputs.unwilling[:, 1] != firm]
        rows = (int(firm), int((pairs[:, 1] == firm).sum()))
        found.append(Rule("refusals", rows, Variant(replace(inputs, unwilling=kept), dials)))
    if len(firms) > 1:
        without = Variant(replace(inputs, unwilling=inputs.unwilling[:0]), dials)
        found.append(Rule("all_refusals", (len(pairs),), without))
    return found


def _stands_in_the_way(inputs: Inputs, dials: Dials) -> np.ndarray:
    """bool per refusal: the firm has a base the compound could be served from."""
    free = np.full(len(inputs.compounds.ids), -2, dtype=np.int64)
    near = in_reach(inputs, dials, free)
    firms = max(len(inputs.providers.ids), 1)
    could = near.compound * firms + inputs.bases.provider[near.base]
    return np.isin(inputs.unwilling[:, 0] * firms + inputs.unwilling[:, 1], could)


def _rules_of_locks(inputs: Inputs, dials: Dials) -> list[Rule]:
    """Each lock, where they are few, and all of them together."""
    locks, found = np.unique(inputs.locked, axis=0), []
    if len(locks) <= MOST_ALONE:
        for lock in locks:
            kept = inputs.locked[(inputs.locked != lock).any(axis=1)]
            without = Variant(replace(inputs, locked=kept), dials)
            found.append(Rule("lock", (int(lock[0]), int(lock[1])), without))
    if len(locks) > 1:
        without = Variant(replace(inputs, locked=inputs.locked[:0]), dials)
        found.append(Rule("locks", (len(locks),), without))
    return found


def _serving(inputs: Inputs, bundle: np.ndarray) -> np.ndarray:
    """int[n]: the provider of each compound, NOBODY for fallback."""
    found = np.full(len(bundle), NOBODY, dtype=np.int64)
    served = bundle != NOBODY
    found[served] = inputs.bases.provider[bundle[served]]
    return found


def _with_own(values: Sequence[float], own: float) -> list[float]:
    return sorted({*values, own})


def _even(yuan: float) -> float:
    """A sum as people would name it: to two figures."""
    if yuan <= 0:
        return 0.0
    step = 10.0 ** max(np.floor(np.log10(yuan)) - 1, 2)
    return float(np.rint(yuan / step) * step)
