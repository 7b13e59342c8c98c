"""What a plan is reckoned from, taken from the register; each number with its source and quality.

A constant number of queries, however many compounds and firms.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import cos, radians
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _

from compounds.assignment.gathering import Facts, gather, needed_m2
from compounds.assignment.models import Assignment
from compounds.assignment.rules import FirmFacts
from compounds.contracts.models import ContractCompound
from compounds.contracts.questions import main_contracts
from compounds.fees import questions as fees
from compounds.fees import rules as fee_rules
from compounds.providers import questions as providers
from compounds.providers.models import Provider, ProviderBase
from compounds.providers.rules import METRES_PER_DEGREE, Norm
from compounds.registry.models import Adjacency, Compound
from governance.organisation.models import COLUMNS, Area, Level

from .core import inputs as core
from .models import Norms

Evidence = Norms.Evidence
WEIGHTS = {"AAA": 0.0, "AA": 0.25, "A": 0.5, "": 0.75, "B": 0.75, "C": 1.0}
ANYWHERE = 1e7  # m: a distance limit that limits nothing
AGREED = frozenset({"AGREED", "AGREED_WITH_SUBSIDY"})
# Who may be planned: only firms that agreed, or all that did not refuse.
ONLY_AGREED, NOT_REFUSED = "AGREED", "NOT_REFUSED"

# Why a row is not in the plan, or how its numbers came about.
NO_PLACE, NO_SIZE = "NO_PLACE", "NO_SIZE"
WORDS: dict[str, Any] = {
    NO_PLACE: _("no coordinates"),
    NO_SIZE: _("neither area nor households known"),
    "HELD": _("locked: nobody for the time being"),
    "area": _("area taken from the floor area"),
    "area_guess": _("area reckoned from households"),
    "households": _("households reckoned from area"),
    "fee": _("fee by the norm: no contract says it"),
    "collection": _("collection rate by the norm: nothing was reported"),
    "service": _("cost by norms whose measures are partly unknown"),
    "KEPT_FOR_NONE": _("locked for a provider that cannot be planned with: the lock is left aside"),
    "NO_BASE": _("no base with coordinates"),
    "NO_CAPACITY": _("capacity unknown"),
    "NO_ROOM": _("no capacity left"),
    "NO_REACH": _("distance limit unknown: goes anywhere"),
    "BLACKLISTED": _("blacklisted"),
    "RED_CARD": _("red card not yet corrected"),
    "RATING_C": _("credit rating C"),
    "NOT_ABLE": _("not able"),
    "NOT_WILLING": _("not willing"),
    "FALLBACK_ONLY": _("for fallback service only"),
}


def estimate(value: Decimal | float) -> float:
    """A number of the register for the optimiser: what is exact stays in the register."""
    return float(value)


@dataclass
class Readiness:
    """What is missing or estimated: codes with the rows they concern (id, code, name)."""

    left_out: dict[str, list[tuple[int, str, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    estimated: dict[str, list[tuple[int, str, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    firms_out: dict[str, list[tuple[int, str, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    firms_open: dict[str, list[tuple[int, str, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    planned: int = 0
    firms: int = 0
    bases: int = 0

    def as_json(self) -> dict[str, Any]:
        """Counts as a run keeps them."""
        return {
            "planned": self.planned,
            "firms": self.firms,
            "bases": self.bases,
            **{
                name: {code: len(rows) for code, rows in getattr(self, name).items()}
                for name in ("left_out", "estimated", "firms_out", "firms_open")
            },
        }

    @property
    def estimates(self) -> dict[int, tuple[str, ...]]:
        """By compound: what of it is estimated."""
        found: dict[int, list[str]] = defaultdict(list)
        for code, rows in self.estimated.items():
            for pk, _code, _name in rows:
                found[pk].append(code)
        return {pk: tuple(codes) for pk, codes in found.items()}


@dataclass(frozen=True)
class Gathered:
    """Inputs of the optimiser, and what its row numbers mean."""

    inputs: core.Inputs
    compounds: Sequence[Compound]
    firms: Sequence[FirmFacts | None]  # None: a street's centre that does not exist yet
    bases: Sequence[tuple[int | None, int | None, float, float]]  # base, street of a centre, place
    streets: Sequence[int]
    # By compound: the firm that serves it today, whether the plan knows that firm or not.
    serving: Sequence[int | None]
    readiness: Readiness
    teams: frozenset[int] = frozenset()  # firms that serve in fallback only

    @property
    def in_fallback(self) -> list[bool]:
        """By compound: does nobody serve it today, or a team of fallback service?"""
        return [firm is None or firm in self.teams for firm in self.serving]


def gather_inputs(area: Area, norms: Norms, as_of: dt.date, *, who: str = NOT_REFUSED) -> Gathered:
    """Everything a plan of an area is reckoned from, on a day."""
    ready = Readiness()
    column = COLUMNS[Level(area.level)]
    found = Compound.objects.unmanaged().filter(**{f"{column}_id": area.pk}).order_by("code")
    rows = list(found)
    open_ones = Assignment.objects.open().filter(compound_id__among=[row.pk for row in rows])
    facts = gather(rows, as_of, without=open_ones.values_list("pk", flat=True))
    rows = _planned(rows, facts, as_of, ready)
    streets = sorted({row.street_id for row in rows})
    plane = _Plane(rows)
    firms = _firms(facts.firms.get(area.district_id, {}).values(), as_of, ready)
    bases = _bases(firms)
    compounds = _compounds(rows, facts, norms, as_of, streets, plane, firms, ready)
    listed: list[FirmFacts | None] = list(firms)
    if norms.centre_capacity:
        for street in streets:
            inside = [row for row in rows if row.street_id == street]
            bases.append(_centre(len(listed), street, inside))
            listed.append(None)
    ready.planned, ready.firms, ready.bases = len(rows), len(firms), len(bases)
    pairs = _pairs(rows, facts, firms, as_of, who, ready)
    near = {row.pk: at for at, row in enumerate(rows)}
    inputs = core.Inputs(
        compounds=compounds,
        providers=_providers(listed, norms),
        bases=_base_arrays(bases, listed, norms, streets, plane),
        economy=core.Economy(
            months=norms.months,
            ramp_months=norms.ramp_months,
            ramp_share=float(norms.ramp_percent) / 100,
            travel=float(norms.travel) / 1000,
            profit=float(norms.profit_percent) / 100,
        ),
        unwilling=pairs["unwilling"],
        willing=pairs["willing"],
        locked=pairs["locked"],
        touching=_adjacent(near, True),
        apart=_adjacent(near, False),
        bridges=_bridges(area, plane),
    )
    return Gathered(
        inputs,
        rows,
        listed,
        [(base, street, longitude, latitude) for _firm, base, street, longitude, latitude in bases],
        streets,
        [facts.of(row).serving for row in rows],
        ready,
        frozenset(
            firm.pk
            for firm in facts.firms.get(area.district_id, {}).values()
            if firm.kind == Provider.Kind.FALLBACK_TEAM
        ),
    )


def _told(row) -> tuple[int, str, str]:
    return row.pk, row.code, row.name


# -- compounds -------------------------------------------------------------------------------------
def _planned(rows, facts: Facts, as_of: dt.date, ready: Readiness) -> list[Compound]:
    """Those a plan can speak of: with a place and a size, and not held back by a lock."""
    kept = []
    for row in rows:
        locks = facts.of(row).locks
        if any(lock.kind == "HOLD" and (lock.until or as_of) >= as_of for lock in locks):
            ready.left_out["HELD"].append(_told(row))
        elif row.longitude is None or row.latitude is None:
            ready.left_out[NO_PLACE].append(_told(row))
        elif not needed_m2(row) and not row.household_count:
            ready.left_out[NO_SIZE].append(_told(row))
        else:
            kept.append(row)
    return kept


class _Plane:
    """Metres in a plane round the middle of the compounds."""

    def __init__(self, rows: Sequence[Compound]):
        places = [(row.longitude, row.latitude) for row in rows] or [(0.0, 0.0)]
        self.east = sum(place[0] for place in places) / len(places)
        self.north = sum(place[1] for place in places) / len(places)
        self.squeeze = cos(radians(self.north))

    def metres(self, longitude: float, latitude: float) -> tuple[float, float]:
        x = (longitude - self.east) * METRES_PER_DEGREE * self.squeeze
        return x, (latitude - self.north) * METRES_PER_DEGREE


def _compounds(
    rows: Sequence[Compound],
    facts: Facts,
    norms: Norms,
    as_of: dt.date,
    streets: Sequence[int],
    plane: _Plane,
    firms: Sequence[FirmFacts],
    ready: Readiness,
) -> core.Compounds:
    ids = [row.pk for row in rows]
    areas, households = _sizes(rows, ready)
    place = [plane.metres(row.longitude, row.latitude) for row in rows]
    number = {firm.pk: at for at, firm in enumerate(firms)}
    street = {pk: at for at, pk in enumerate(streets)}
    fallback = norms.months * (
        float(norms.fallback_each) + float(norms.fallback_area) * np.array(areas)
    )
    return core.Compounds(
        ids=np.array(ids, dtype=np.int64),
        x=np.array([x for x, _y in place]),
        y=np.array([y for _x, y in place]),
        area=np.array(areas),
        households=np.array(households, dtype=np.int64),
        street=np.array([street[row.street_id] for row in rows], dtype=np.int64),
        front=_fronts(rows),
        fee=_fees(rows, norms, as_of, ready),
        collection=_collection(rows, norms, as_of, ready),
        revenue=np.full(len(rows), float(norms.revenue)),
        service=_service(rows, areas, households, norms, as_of, ready),
        fallback=np.asarray(fallback, dtype=float),
        penalty=float(norms.penalty) * np.array(households, dtype=float),
        today=_numbers([facts.of(row).serving for row in rows], number),
        unit=_units(rows, facts, firms),
    )


def _numbers(pks: Iterable[int | None], number: dict[int, int]) -> np.ndarray:
    return np.array([number.get(pk, core.NOBODY) for pk in pks], dtype=np.int64)


def _sizes(rows: Sequence[Compound], ready: Readiness) -> tuple[list[float], list[int]]:
    """Area and households; what is missing is reckoned from the mean m² of a household."""
    both = [(estimate(m2), row.household_count) for row in rows if (m2 := needed_m2(row))]
    known = [(m2, count) for m2, count in both if count]
    mean = sum(m2 for m2, _n in known) / sum(n for _m2, n in known) if known else 70.0
    areas, households = [], []
    for row in rows:
        m2 = needed_m2(row)
        if not m2:
            ready.estimated["area_guess"].append(_told(row))
        elif row.chargeable_area_m2 is None:
            ready.estimated["area"].append(_told(row))
        if not row.household_count:
            ready.estimated["households"].append(_told(row))
        areas.append(float(m2) if m2 else row.household_count * mean)
        households.append(row.household_count or max(1, round(areas[-1] / mean)))
    return areas, households


def _fronts(rows: Sequence[Compound]) -> np.ndarray:
    """Compounds of one contiguity group of a street touch."""
    groups = {
        key: at
        for at, key in enumerate(
            sorted({(row.street_id, row.contiguity_group) for row in rows if row.contiguity_group})
        )
    }
    return np.array(
        [groups.get((row.street_id, row.contiguity_group), core.NOBODY) for row in rows],
        dtype=np.int64,
    )


def _fees(rows, norms: Norms, as_of: dt.date, ready: Readiness) -> np.ndarray:
    """The fee of the running contract, else the norm's."""
    contracts = main_contracts([row.pk for row in rows], as_of)
    of_contract = dict(
        ContractCompound.objects.filter(
            contract_id__among={one.contract_id for one in contracts.values()}
        )
        .order_by()
        .values_list("contract_id", "contract__fee_per_m2")
        .distinct()
    )
    found = []
    for row in rows:
        one = contracts.get(row.pk)
        fee = of_contract.get(one.contract_id) if one else None
        if fee is None:
            ready.estimated["fee"].append(_told(row))
        found.append(float(norms.fee if fee is None else fee))
    return np.array(found)


def _collection(rows, norms: Norms, as_of: dt.date, ready: Readiness) -> np.ndarray:
    """What came in over the last twelve months by money, else the norm's share."""
    until = fee_rules.month_of(as_of)
    known = fees.collected(
        [row.pk for row in rows],
        fee_rules.months_later(until, -12),
        fee_rules.months_later(until, -1),
    )
    found = []
    for row in rows:
        rate = known[row.pk].rate if row.pk in known else None
        if rate is None:
            ready.estimated["collection"].append(_told(row))
            rate = norms.collection_percent
        found.append(min(float(rate), 100.0) / 100)
    return np.array(found)


# The measure of a norm by what is known of a compound.
_MEASURED = {
    "HOUSEHOLDS": lambda row, m2, count: count,
    "FLOOR_AREA": lambda row, m2, count: estimate(row.floor_area_m2 or m2),
    "LIFTS": lambda row, m2, count: row.lift_count,
    "COMPOUNDS": lambda row, m2, count: 1,
}


def _service(rows, areas, households, norms: Norms, as_of: dt.date, ready: Readiness) -> np.ndarray:
    """Yuan per month by the district's norms of cost; unknown measures are told, and left out."""
    if not rows:
        return np.zeros(0)
    costs = providers.norms_for(rows[0].district_id, as_of=as_of)
    each: Counter[str] = Counter()
    for cost in costs:
        if cost.kind != "PERCENT":
            each[cost.measure] += _yearly(cost, costs)
    share = float(norms.service_percent) / 100
    found = []
    for row, m2, count in zip(rows, areas, households, strict=True):
        total, lacking = 0.0, False
        for measure, yuan in each.items():
            reader = _MEASURED.get(measure)
            measured = reader(row, m2, count) if reader else None
            lacking = lacking or measured is None
            total += yuan * (measured or 0)
        if lacking:
            ready.estimated["service"].append(_told(row))
        found.append(share * total / 12)
    return np.array(found)


def _yearly(norm: Norm, norms: Sequence[Norm]) -> float:
    """Yuan a year for one of the norm's measure; wages with what is paid on top of them."""
    if norm.kind != "POSTS":
        return float(norm.amount)
    on_top = sum((one.percent for one in norms if one.kind == "PERCENT"), Decimal(0))
    return float(norm.monthly_wage / norm.quantity * 12 * (1 + on_top / 100))


def _units(rows, facts: Facts, firms: Sequence[FirmFacts]) -> np.ndarray:
    """The company of a compound's own unit: the one that bears its name, or agreed as asked."""
    companies = [(at, firm) for at, firm in enumerate(firms) if firm.kind == "UNIT_COMPANY"]
    found = []
    for row in rows:
        known = facts.of(row)
        own = [
            at
            for at, firm in companies
            if (known.unit_name and known.unit_name in firm.name)
            or known.answers.get(firm.pk) == "AGREED"
        ]
        found.append(own[0] if own else core.NOBODY)
    return np.array(found, dtype=np.int64)


# -- firms and bases -------------------------------------------------------------------------------
def _firms(firms: Iterable[FirmFacts], as_of: dt.date, ready: Readiness) -> list[FirmFacts]:
    """Firms that can be planned with, and why the others cannot."""
    kept = []
    for firm in firms:
        why = _why_not(firm, as_of)
        if why:
            ready.firms_out[why].append((firm.pk, "", firm.name))
            continue
        if firm.distance_limit_m is None:
            ready.firms_open["NO_REACH"].append((firm.pk, "", firm.name))
        kept.append(firm)
    return kept


def _why_not(firm: FirmFacts, as_of: dt.date) -> str:
    if firm.kind == Provider.Kind.FALLBACK_TEAM:
        return "FALLBACK_ONLY"
    if firm.blacklisted_until is not None and firm.blacklisted_until >= as_of:
        return "BLACKLISTED"
    if firm.has_red_card:
        return "RED_CARD"
    if firm.rating == Provider.Rating.C:
        return "RATING_C"
    if firm.is_able is False:
        return "NOT_ABLE"
    if firm.is_willing is False:
        return "NOT_WILLING"
    if not any(None not in base for base in firm.bases):
        return "NO_BASE"
    if firm.room_left_m2 is None:
        return "NO_CAPACITY"
    return "" if firm.room_left_m2 > 0 else "NO_ROOM"


def _bases(firms: Sequence[FirmFacts]) -> list[tuple]:
    """(number of the firm, base, street of a centre, longitude, latitude)."""
    number = {firm.pk: at for at, firm in enumerate(firms)}
    rows = ProviderBase.objects.filter(
        provider_id__in=number, longitude__isnull=False, latitude__isnull=False
    ).order_by("provider_id", "pk")
    found = rows.values_list("provider_id", "pk", "longitude", "latitude")
    return [(number[firm], pk, None, east, north) for firm, pk, east, north in found]


def _centre(number: int, street: int, rows: Sequence[Compound]) -> tuple:
    """A street centre that could be opened: in the middle of the street's compounds."""
    east = sum(row.longitude for row in rows) / len(rows)
    north = sum(row.latitude for row in rows) / len(rows)
    return number, None, street, east, north


def _providers(firms: Sequence[FirmFacts | None], norms: Norms) -> core.Providers:
    def kind(firm) -> int:
        if firm is None:
            return core.CENTRE
        return core.UNIT if firm.kind == Provider.Kind.UNIT_COMPANY else core.COMPANY

    return core.Providers(
        ids=np.array([firm.pk if firm else core.NOBODY for firm in firms], dtype=np.int64),
        kind=np.array([kind(firm) for firm in firms], dtype=np.int64),
        capacity=np.array(
            [estimate(firm.room_left_m2 if firm else norms.centre_capacity) for firm in firms]
        ),
        radius=np.array(
            [
                ANYWHERE if firm is None or firm.distance_limit_m is None else firm.distance_limit_m
                for firm in firms
            ],
            dtype=float,
        ),
        running=np.zeros(len(firms)),
        each=np.full(len(firms), float(norms.each)),
        rating=np.array([WEIGHTS[firm.rating] if firm else 0.5 for firm in firms]),
    )


def _base_arrays(bases, firms, norms: Norms, streets: Sequence[int], plane) -> core.Bases:
    number = {pk: at for at, pk in enumerate(streets)}
    places = [plane.metres(east, north) for *_rest, east, north in bases]
    monthly = [_monthly(firms[row[0]], norms) for row in bases]
    is_centre = np.array([firms[row[0]] is None for row in bases], dtype=bool)
    return core.Bases(
        provider=np.array([row[0] for row in bases], dtype=np.int64),
        x=np.array([x for x, _y in places], dtype=float),
        y=np.array([y for _x, y in places], dtype=float),
        street=np.array([number.get(row[2], core.NOBODY) for row in bases], dtype=np.int64),
        fixed=norms.months * np.array(monthly, dtype=float),
        setup=np.where(is_centre, float(norms.centre_setup), 0.0),
        most=np.full(len(bases), norms.most, dtype=np.int64),
    )


def _monthly(firm: FirmFacts | None, norms: Norms) -> float:
    """Yuan per month of running a bundle: a centre's, a unit's own company's, any other firm's."""
    if firm is None:
        return float(norms.centre_fixed)
    is_unit = firm.kind == Provider.Kind.UNIT_COMPANY
    return float(norms.unit_fixed if is_unit else norms.fixed)


# -- who with whom, what touches what --------------------------------------------------------------
def _pairs(
    rows, facts: Facts, firms: Sequence[FirmFacts], as_of: dt.date, who: str, ready: Readiness
) -> dict[str, np.ndarray | None]:
    """Refused pairs, agreed pairs (where only these may be planned), and locks."""
    number = {firm.pk: at for at, firm in enumerate(firms)}
    unwilling, willing, locked = [], [], []
    for at, row in enumerate(rows):
        known = facts.of(row)
        said_no = {firm for firm, answer in known.answers.items() if answer == "REFUSED"}
        barred = {
            lock.provider
            for lock in known.locks
            if lock.kind == "BAR" and (lock.until or as_of) >= as_of
        }
        refused = (said_no | barred | set(known.refusals)) - {known.serving}
        unwilling += [(at, number[firm]) for firm in refused if firm in number]
        agreed = {firm for firm, answer in known.answers.items() if answer in AGREED}
        willing += [
            (at, number[firm]) for firm in (agreed | {known.serving}) - refused if firm in number
        ]
        for lock in known.locks:
            if lock.kind != "KEEP" or (lock.until or as_of) < as_of:
                continue
            if lock.provider in number:
                locked.append((at, number[lock.provider]))
            else:
                ready.estimated["KEPT_FOR_NONE"].append(_told(row))
    return {
        "unwilling": _array(unwilling),
        "willing": _array(willing) if who == ONLY_AGREED else None,
        "locked": _array(locked),
    }


def _array(pairs: Sequence[tuple[int, int]]) -> np.ndarray:
    return np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)


def _adjacent(near: dict[int, int], is_adjacent: bool) -> np.ndarray:
    rows = Adjacency.objects.filter(is_adjacent=is_adjacent, compound_id__among=list(near))
    pairs = rows.values_list("compound_id", "other_id")
    return _array([(near[one], near[two]) for one, two in pairs if two in near])


def _bridges(area: Area, plane: _Plane) -> np.ndarray:
    """Managed compounds: their ground may be crossed."""
    column = COLUMNS[Level(area.level)]
    rows = Compound.objects.filter(
        **{f"{column}_id": area.pk},
        is_unmanaged=False,
        status="ACTIVE",
        longitude__isnull=False,
        latitude__isnull=False,
    ).values_list("longitude", "latitude")
    found = [plane.metres(east, north) for east, north in rows]
    return np.array(found, dtype=float).reshape(-1, 2)
