"""Writing down what a run found: its figures, its bundles, and every compound's place."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from decimal import Decimal
from importlib import metadata
from itertools import islice

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.foundation import bulk
from governance.foundation.errors import DomainError
from governance.foundation.locks import for_update
from governance.foundation.money import to_fen

from .. import foreseeing
from ..core import explaining, keeping
from ..core.inputs import NOBODY
from ..core.plan import chosen_arcs
from ..figures import Results, figures_of
from ..models import PlanBundle, PlanFirm, PlanPlace, PlanRun
from . import sheeting

OPTIONS = 3  # other places that are kept for each compound


def store(run: PlanRun, results: Results, began: float) -> None:
    """Keep a plan whole: its rows, its figures and that it is finished, or nothing at all.

    `began` is monotonic time. A run that was given up meanwhile keeps nothing.
    """
    try:
        with transaction.atomic():
            _write(run, results, began)
    except Exception:
        run.refresh_from_db()  # it is saved once more, as failed
        raise


def _write(run: PlanRun, results: Results, began: float) -> None:
    rows = for_update(PlanRun.objects)
    if not rows.filter(pk=run.pk, state=PlanRun.State.RUNNING).exists():
        raise DomainError(_("The run was given up meanwhile; its plan was not kept."))
    inputs = results.gathered.inputs
    run.inputs, run.digest = keeping.pack(inputs), keeping.digest(inputs, results.dials)
    run.versions = versions()
    run.readiness = foreseeing.kept_of(results.gathered, run.norms)
    run.figures = figures_of(results)
    run.bound = _plain(results.bound)
    run.public_money = yuan(run.figures["plan"]["public"])
    run.left_count = run.figures["plan"]["left"]
    book = _Book(results, chosen_arcs(results.district, results.plan.bundle))
    bundles = book.bundles(run)
    sheeting.tell_bundles(run, results, bundles)
    bulk.insert_many(PlanBundle, list(bundles.values()))
    bulk.insert_many(PlanPlace, book.places(run, bundles))
    bulk.insert_many(PlanFirm, list(sheeting.firms_of(run, results)))
    run.state, run.done, run.finished_at = PlanRun.State.DONE, run.total, timezone.now()
    run.elapsed_ms = int((time.monotonic() - began) * 1000)
    run.save()


def _plain(bound) -> dict:
    """A bound and its prices as plain numbers; a limit that is not there has no price."""
    return {
        name: {key: _numbers(price) for key, price in value.items()}
        if isinstance(value, dict)
        else value
        for name, value in asdict(bound).items()
    }


def _numbers(value):
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def versions() -> dict[str, str]:
    """What reckoned: the same versions, inputs, dials and seed give the same plan."""
    return {name: metadata.version(name) for name in ("numpy", "numba", "highspy")}


def yuan(value: float) -> Decimal:
    """A reckoned sum as money."""
    return to_fen(Decimal(repr(float(value))))


@dataclass(frozen=True)
class _Book:
    """Money of chosen arcs, over the horizon."""

    results: Results
    arcs: np.ndarray

    def _incomes(self) -> np.ndarray:
        """float[n]: fees and public revenue after the firm's normal profit."""
        inputs = self.results.gathered.inputs
        one, economy = inputs.compounds, inputs.economy
        fees = one.area * one.fee * one.collection * economy.paying_months
        revenue = one.area * one.revenue * economy.months
        return (1 - economy.profit) * (fees + revenue)

    def bundles(self, run: PlanRun) -> dict[int, PlanBundle]:
        """A row for each bundle in use, by its number in the arrays; the largest first."""
        district, gathered = self.results.district, self.results.gathered
        plan = self.results.plan.bundle
        incomes = self._incomes()
        used = [int(bundle) for bundle in np.unique(plan) if bundle != NOBODY]
        areas = {bundle: float(district.area[plan == bundle].sum()) for bundle in used}
        found = {}
        for number, bundle in enumerate(sorted(used, key=lambda one: -areas[one]), start=1):
            members = plan == bundle
            arcs = self.arcs[members]
            firm = gathered.firms[district.bundle_provider[bundle]]
            base, street, longitude, latitude = gathered.bases[bundle]
            income, full = float(incomes[members].sum()), float(district.arc_full[arcs].sum())
            fixed = float(district.bundle_fixed[bundle])
            found[bundle] = PlanBundle(
                run=run,
                number=number,
                provider_id=firm.pk if firm else None,
                base_id=base,
                centre_of_id=street if firm is None else None,
                longitude=longitude,
                latitude=latitude,
                compound_count=int(members.sum()),
                household_count=int(district.households[members].sum()),
                area_m2=yuan(areas[bundle]),
                income=yuan(income),
                cost=yuan(income - full),
                counted=yuan(district.arc_margin[arcs].sum()),
                fixed=yuan(fixed),
                setup=yuan(district.bundle_setup[bundle]),
                subsidy=yuan(self.results.plan.subsidy[bundle]),
                break_even_percent=_break_even(
                    income, income - full + fixed, float(self.results.plan.subsidy[bundle])
                ),
            )
        return found

    def places(self, run: PlanRun, bundles: dict[int, PlanBundle]) -> list[PlanPlace]:
        """A row for each compound of the plan."""
        district, gathered = self.results.district, self.results.gathered
        incomes = self._incomes()
        unserved = self.results.unserved
        stones = _stones(district, self.arcs)
        standing = explaining.Standing(district, self.results.plan)
        ways = sheeting.ways_of(self.results)
        found = []
        for at, compound in enumerate(gathered.compounds):
            arc, today = int(self.arcs[at]), gathered.serving[at]
            row = PlanPlace(
                run=run,
                compound=compound,
                today_id=today,
                outcome=self.results.outcomes[at],
                households=int(district.households[at]),
                area_m2=yuan(district.area[at]),
            )
            row.place()
            if arc != NOBODY:
                full = float(district.arc_full[arc])
                row.bundle = bundles[int(district.arc_bundle[arc])]
                row.metres = round(float(district.arc_metres[arc]))
                row.income, row.margin = yuan(incomes[at]), yuan(full)
                row.cost = yuan(incomes[at] - full)
                row.counted = yuan(district.arc_margin[arc])
                if stones[at] != NOBODY:
                    row.stone_id = gathered.compounds[stones[at]].pk
            options = standing.options(at)
            best = explaining.next_best(options)
            if best is not None and best.is_open:
                row.next_price = yuan(best.price)
            if unserved[at] or district.today[at] != NOBODY:
                row.stay_price = sheeting.price_of_staying(self.results, at, options)
            row.account = {"options": [self._told(one) for one in self._worth_telling(at, options)]}
            if at in ways:
                row.account |= {"ways": ways[at], "now": self._now(at)}
            found.append(row)
        return found

    def _worth_telling(self, at: int, options: list[explaining.Option]) -> list[explaining.Option]:
        """The best, and in any case the firm that serves it today: residents ask for that first."""
        district, today = self.results.district, int(self.results.district.today[at])
        if today == NOBODY:
            return options[:OPTIONS]
        theirs = (
            one
            for one in options
            if one.bundle != NOBODY and int(district.bundle_provider[one.bundle]) == today
        )
        best = [one for one in islice(theirs, 1) if one not in options[:OPTIONS]]
        return [*options[:OPTIONS], *best]

    def _now(self, at: int) -> dict[str, float]:
        """What the ways out of fallback would change, as it is."""
        one = self.results.gathered.inputs.compounds
        return {"fee": float(one.fee[at]), "collection": float(one.collection[at])}

    def _told(self, one: explaining.Option) -> dict:
        """Another place as it is kept: who, at which price, what stands in the way."""
        who = sheeting.served_by(self.results, one.bundle) if one.bundle != NOBODY else {}
        blocks = [[block.code, round(block.by, 2)] for block in one.blocks]
        prices = {"price": round(one.price, 2), "public": round(one.public, 2)}
        return {**prices, **who, "blocks": blocks}


def _break_even(income: float, cost: float, subsidy: float) -> Decimal | None:
    """At which percent of the planned income the bundle bears itself; None where there is none."""
    return yuan(max(0.0, cost - subsidy) / income * 100) if income > 0 else None


def _stones(district, arcs: np.ndarray) -> np.ndarray:
    """int[n]: the nearest chosen stepping stone of each compound that needs one, else NOBODY."""
    chosen = set(arcs[arcs >= 0].tolist())
    found = np.full(district.n, NOBODY, dtype=np.int64)
    for at, arc in enumerate(arcs):
        if arc == NOBODY or district.arc_direct[arc]:
            continue
        options = district.stone_arc[district.stone_ptr[arc] : district.stone_ptr[arc + 1]]
        mine = [int(one) for one in options if int(one) in chosen]
        nearest = min(mine, key=lambda one: district.arc_metres[one])
        found[at] = district.arc_compound[nearest]
    return found
