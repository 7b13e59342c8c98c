"""Norms, plans and people for the tests of plans, without the optimiser."""

import datetime as dt
from decimal import Decimal

from compounds.planning.models import Norms, PlanBundle, PlanCurve, PlanFirm, PlanPlace, PlanRun
from compounds.planning.outcomes import COUNTS, Tally

DAY = dt.date(2026, 6, 1)
DIALS = {
    "carry": 0.25,
    "cap": 3.0,
    "budget": None,
    "reach": 500.0,
    "near": 600.0,
    "unit_reach": 800.0,
    "nearest": 12,
    "switching": 20.0,
    "provider_share": None,
    "street_fallback": None,
    "centres": True,
    "who": "NOT_REFUSED",
}
SIDE = {
    "subsidy": 1000.0,
    "setup": 0.0,
    "fallback": 500.0,
    "public": 1500.0,
    "objective": 1600.0,
    "penalty": 90.0,
    "ties": 1.0,
    "switching": 9.0,
    "left": 0,
    "left_households": 0,
    "bundles": 1,
}


def make_norms(district, **changes) -> Norms:
    facts = {"effective_from": dt.date(2026, 1, 1), "fixed": 6000, "fallback_each": 1500, **changes}
    return Norms.objects.create(district=district, **facts)


def make_run(area, by, norms=None, **changes) -> PlanRun:
    """A finished run with figures but no rows."""
    facts = {
        "state": PlanRun.State.DONE,
        "dials": DIALS,
        "as_of": DAY,
        "total": 100,
        "done": 100,
        "public_money": Decimal("1500.00"),
        "left_count": 0,
        "figures": {
            "plan": SIDE,
            "by_hand": {**SIDE, "public": 3000.0},
            "today": {**SIDE, "public": 2000.0},
            "moved": 0,
            "bound": 1500.0,
            "share": 0.93,
            "gap": 0.06,
            "streets": [],
            "sizes": [],
        },
        **changes,
    }
    norms = norms or Norms.objects.filter(district_id=area.district_id).first()
    return PlanRun.objects.create(area=area, by=by, norms=norms or make_norms(area), **facts)


def make_bundle(run, provider, number=1, **changes) -> PlanBundle:
    facts = {
        "longitude": 112.56,
        "latitude": 37.78,
        "compound_count": 1,
        "household_count": 80,
        "area_m2": Decimal("5500.00"),
        "income": Decimal("90000.00"),
        "cost": Decimal("60000.00"),
        "counted": Decimal("7500.00"),
        "fixed": Decimal("10000.00"),
        "subsidy": Decimal("2500.00"),
        **changes,
    }
    return PlanBundle.objects.create(run=run, provider=provider, number=number, **facts)


def make_firm(run, provider, **changes) -> PlanFirm:
    facts = {"capacity_m2": 20_000, "limit_m2": 20_000, "taken_m2": 5_500, **changes}
    return PlanFirm.objects.create(run=run, provider=provider, **facts)


def make_place(run, compound, bundle=None, outcome="", **changes) -> PlanPlace:
    outcome = outcome or ("TAKEN" if bundle else "LOST" if changes.get("today") else "STAYS")
    facts = {"households": 80, "area_m2": Decimal("5500.00")}
    if bundle:
        facts |= {
            "metres": 300,
            "income": Decimal("90000.00"),
            "cost": Decimal("60000.00"),
            "margin": Decimal("30000.00"),
            "counted": Decimal("7500.00"),
        }
    return PlanPlace.objects.create(
        run=run, compound=compound, bundle=bundle, outcome=outcome, **{**facts, **changes}
    )


def make_points(**changes) -> dict:
    """Curves of two or three points each; lifting the second rule brings less than the noise."""

    def side(**figures) -> dict:
        return {**SIDE, "moved": 0, **figures}

    loose = side(subsidy=31_000.0, fallback=0.0, public=31_000.0, objective=31_000.0)
    tight = side(subsidy=0.0, fallback=90_000.0, public=90_000.0, objective=120_000.0,
                 left=3, left_households=240)  # fmt: skip
    return {
        "plan": loose,
        "base": loose,
        "noise": 50.0,
        "curves": {
            "budget": [{"at": 0.0, "side": tight}, {"at": None, "side": loose}],
            "reach": [
                {"at": 300.0, "side": None},
                {"at": 500.0, "side": loose},
                {"at": None, "side": {**loose, "public": 11_000.0}},
            ],
            "carry": [{"at": 0.0, "side": tight}, {"at": 0.25, "side": loose}],
        },
        "prices": [
            {"kind": "contiguity", "saving": 20_000.0, "before": loose,
             "after": {**loose, "public": 11_000.0}},
            {"kind": "cap", "saving": 20.0, "before": loose, "after": loose},
        ],
        **changes,
    }  # fmt: skip


def make_curve(run, by, **changes) -> PlanCurve:
    """Finished curves of a plan."""
    facts = {
        "state": PlanCurve.State.DONE,
        "as_of": DAY,
        "points": make_points(),
        "finished_at": dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC),
        **changes,
    }
    return PlanCurve.objects.create(run=run, area=run.area, by=by, **facts)


def tally_of(run) -> Tally:
    """The partition of a plan's places, counted from its rows."""
    return Tally(**PlanPlace.objects.filter(run=run).aggregate(**COUNTS))
