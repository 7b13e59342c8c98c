"""What can be said before a plan is reckoned: is it worth it, how well is it known, what clashes.

Reads what `gathering` found; loads no solver, so that a page may ask.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compounds.registry.models import Compound
from compounds.registry.sources import Source

from .core.inputs import UNIT, Dials
from .core.pairing import allowed
from .gathering import Gathered
from .models import Norms, PlanRun
from .telling import CONFLICTS

Row = tuple[int, str, str]  # id, code, name
FREE = -2  # a compound without a lock
# Shares of the compounds from which on a plan is a trial only, and from which on none at all.
MUCH_ESTIMATED, MUCH_LEFT_OUT = 0.5, 0.2
MOST_PAIRS = 3_000_000  # compounds times bases: beyond, the page does not look who can be reached
MEASURED = frozenset({Source.SITE, Source.MAPPING, Source.TITLE})

YES, TRIAL, NO = "YES", "TRIAL", "NO"
VERDICTS: dict[str, Any] = {
    YES: gettext_lazy("A plan is worth reckoning."),
    TRIAL: gettext_lazy("A trial is worth it; do not decide on it yet."),
    NO: gettext_lazy("A plan is not worth reckoning yet."),
}
WORDS: dict[str, Any] = {
    "SAME_PLACE": gettext_lazy("at one point with another: check the coordinates"),
    "OUT_OF_REACH": gettext_lazy("no firm and no centre comes so far"),
    "NO_FIRM": gettext_lazy("whoever comes so far refused, or is too small"),
    "LOSES": gettext_lazy("does not bear its own cost by these norms: others or subsidy carry it"),
    **{f"LOCK_{cause}": words for cause, words in CONFLICTS.items()},
}


@dataclass(frozen=True)
class Quality:
    """One kind of input: how many rows are measured, stated, estimated; the newest date."""

    name: str
    measured: int
    stated: int
    estimated: int
    source: str
    newest: str = ""

    @property
    def estimated_percent(self) -> int:
        total = self.measured + self.stated + self.estimated
        return round(100 * self.estimated / total) if total else 0


@dataclass(frozen=True)
class Known:
    """How well the inputs of a plan are known, in counts, and whether it may be decided on.

    bearing: compounds that bear their own cost by the norms; same_place: compounds at one point
    with another. None: not kept by a plan of before.
    """

    planned: int
    left_out: int
    bases: int
    fee: int
    collection: int
    guesses: int
    bearing: int | None = None
    same_place: int | None = None
    is_clashing: bool = False

    @cached_property
    def reasons(self) -> list[tuple[str, str]]:
        """(verdict, sentence) of everything that speaks against a plan, the worst first."""
        planned, out = self.planned, self.left_out
        found = []
        if not planned:
            found.append((NO, _("There is no unmanaged compound with a place and a size.")))
        elif not self.bases:
            found.append((NO, _("No firm with a base, room and will: all would be fallback.")))
        if self.is_clashing:
            found.append((NO, _("Locks contradict each other or a rule: no plan can keep them.")))
        if planned and out > MUCH_LEFT_OUT * (planned + out):
            found.append(
                (NO, _("%(n)s of %(total)s compounds cannot be planned at all.")
                 % {"n": out, "total": planned + out})
            )  # fmt: skip
        if planned and self.bases and self.bearing == 0:
            found.append(
                (TRIAL, _("By these norms no compound bears its own cost: check the norms."))
            )  # fmt: skip
        for count, words in (
            (self.fee, _("The fee of %(n)s of %(total)s compounds is the norm's.")),
            (self.collection, _("The collection of %(n)s of %(total)s compounds is the norm's.")),
        ):
            if count > MUCH_ESTIMATED * planned:
                found.append((TRIAL, words % {"n": count, "total": planned}))
        if self.guesses > MUCH_ESTIMATED * len(Norms.NUMBERS):
            found.append(
                (TRIAL, _("%(n)s of %(total)s planning norms are assumptions.")
                 % {"n": self.guesses, "total": len(Norms.NUMBERS)})
            )  # fmt: skip
        if planned and (self.same_place or 0) > MUCH_LEFT_OUT * planned:
            found.append(
                (TRIAL, _("Many compounds lie at one point: who is near whom is guessed."))
            )
        return sorted(found, key=lambda one: one[0] != NO)

    @property
    def verdict(self) -> str:
        codes = {code for code, _words in self.reasons}
        return NO if NO in codes else TRIAL if TRIAL in codes else YES

    @property
    def verdict_words(self) -> str:
        return str(VERDICTS[self.verdict])


def known_of(run: PlanRun) -> Known:
    """How well the inputs of a finished plan were known when it was made."""
    kept = run.readiness
    estimated = kept.get("estimated", {})
    return Known(
        planned=kept.get("planned", 0),
        left_out=sum(kept.get("left_out", {}).values()),
        bases=kept.get("bases", 0),
        fee=estimated.get("fee", 0),
        collection=estimated.get("collection", 0),
        guesses=guesses_in(run.norms),
        bearing=kept.get("bearing"),
        same_place=kept.get("same_place"),
    )


def guesses_in(norms: Norms) -> int:
    """How many numbers of some norms are assumptions."""
    return sum(norms.evidence_of(name)[0] == Norms.Evidence.GUESS for name in Norms.NUMBERS)


def kept_of(gathered: Gathered, norms: Norms) -> dict[str, Any]:
    """What a run keeps of how well its inputs are known."""
    return {
        **gathered.readiness.as_json(),
        "bearing": int((margins(gathered, norms) >= 0).sum()),
        "same_place": len(_at_one_point(gathered.compounds)),
    }


def margins(gathered: Gathered, norms: Norms) -> np.ndarray:
    """float[n]: whole margin beside the base, yuan over the horizon."""
    one, economy = gathered.inputs.compounds, gathered.inputs.economy
    fees = one.area * one.fee * one.collection * economy.paying_months
    revenue = one.area * one.revenue * economy.months
    cost = one.service + float(norms.each)
    return (1 - economy.profit) * (fees + revenue) - economy.months * cost


def _at_one_point(rows: Sequence[Compound]) -> list[Row]:
    places = Counter((row.longitude, row.latitude) for row in rows)
    return [_told(row) for row in rows if places[row.longitude, row.latitude] > 1]


class Foresight:
    """All the readiness page says beside the lists of `gathering`."""

    def __init__(self, gathered: Gathered, norms: Norms) -> None:
        self.gathered, self.norms = gathered, norms
        self.ready, self.inputs = gathered.readiness, gathered.inputs
        self.doubts = self._doubts()

    # is it worth it

    @cached_property
    def known(self) -> Known:
        ready = self.ready
        return Known(
            planned=ready.planned,
            left_out=sum(len(rows) for rows in ready.left_out.values()),
            bases=ready.bases,
            fee=len(ready.estimated.get("fee", ())),
            collection=len(ready.estimated.get("collection", ())),
            guesses=guesses_in(self.norms),
            bearing=self.bearing,
            same_place=len(self.doubts.get("SAME_PLACE", ())),
            is_clashing=any(code.startswith("LOCK_") for code in self.doubts),
        )

    @property
    def reasons(self) -> list[tuple[str, str]]:
        return self.known.reasons

    @property
    def verdict(self) -> str:
        return self.known.verdict

    @property
    def verdict_words(self) -> str:
        return self.known.verdict_words

    @cached_property
    def bearing(self) -> int:
        """Compounds that bear their own cost by these norms, wherever they are served from."""
        return int((margins(self.gathered, self.norms) >= 0).sum())

    # what is doubtful

    def _doubts(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        rows = self.gathered.compounds
        found["SAME_PLACE"] = _at_one_point(rows)
        loses = np.flatnonzero(margins(self.gathered, self.norms) < 0)
        found["LOSES"] = [_told(rows[at]) for at in loses.tolist()]
        if len(rows) * len(self.gathered.bases) <= MOST_PAIRS:
            self._look_for_firms(found)
        return {code: told for code, told in found.items() if told}

    def _look_for_firms(self, found: dict[str, list[Row]]) -> None:
        """Compounds nobody may serve, and locks that cannot be kept; stepping stones left aside."""
        rows, inputs = self.gathered.compounds, self.inputs
        locks = np.full(len(rows), FREE, dtype=np.int64)
        for compound, provider in inputs.locked.tolist():
            if locks[compound] not in (FREE, provider):
                found["LOCK_two_providers"].append(_told(rows[compound]))
            locks[compound] = provider
        pairs = allowed(inputs, Dials(), locks)
        reached = np.isin(np.arange(len(rows)), pairs.compound)
        for at in np.flatnonzero(~reached).tolist():
            found[self._why_lone(at, int(locks[at]))].append(_told(rows[at]))
        for provider in np.unique(locks[locks >= 0]).tolist():
            held = np.flatnonzero((locks == provider) & reached).tolist()
            if inputs.compounds.area[held].sum() > inputs.providers.capacity[provider]:
                found["LOCK_capacity"] += [_told(rows[at]) for at in held]

    def _why_lone(self, at: int, lock: int) -> str:
        """Why a compound has nobody: the code of the list it goes to."""
        inputs, compounds = self.inputs, self.inputs.compounds
        if lock >= 0:
            if ((inputs.unwilling == (at, lock)).all(axis=1)).any():
                return "LOCK_refused"
            too_large = compounds.area[at] > inputs.providers.capacity[lock]
            return "LOCK_too_large" if too_large else "LOCK_out_of_reach"
        kind = inputs.providers.kind[inputs.bases.provider]
        metres = np.hypot(inputs.bases.x - compounds.x[at], inputs.bases.y - compounds.y[at])
        reach = inputs.providers.radius[inputs.bases.provider]
        open_to = (kind != UNIT) | (inputs.bases.provider == compounds.unit[at])
        return "NO_FIRM" if (open_to & (metres <= reach)).any() else "OUT_OF_REACH"

    # how well it is known

    @property
    def qualities(self) -> list[Quality]:
        """Measured, stated, estimated by kind of input."""
        rows, ready = self.gathered.compounds, self.ready
        lacking = {code: len(told) for code, told in ready.estimated.items()}
        area = lacking.get("area", 0) + lacking.get("area_guess", 0)
        fee, paid = lacking.get("fee", 0), lacking.get("collection", 0)
        firms = ready.firms
        return [
            _of_register(_("Location"), rows, "longitude", 0),
            _of_register(_("Area that is charged for"), rows, "chargeable_area_m2", area),
            _of_register(
                _("Households"), rows, "household_count", lacking.get("households", 0)
            ),
            Quality(_("Fee accepted"), 0, len(rows) - fee, fee, _("running contracts")),
            Quality(_("Collection"), len(rows) - paid, 0, paid, _("monthly reports, by money")),
            Quality(
                _("Cost of service"), 0, len(rows) - lacking.get("service", 0),
                lacking.get("service", 0), _("norms of cost"),
            ),
            Quality(_("What firms can take"), 0, firms, 0, _("filing of the firms")),
            Quality(
                _("How far firms go"), 0, firms - len(ready.firms_open.get("NO_REACH", ())),
                len(ready.firms_open.get("NO_REACH", ())), _("filing of the firms"),
            ),
            self._of_norms(),
        ]  # fmt: skip

    def _of_norms(self) -> Quality:
        counted = Counter(self.norms.evidence_of(name)[0] for name in Norms.NUMBERS)
        return Quality(
            _("Planning norms"),
            counted[Norms.Evidence.MEASURED],
            counted[Norms.Evidence.STATED],
            counted[Norms.Evidence.GUESS],
            self.norms.document,
            self.norms.effective_from.isoformat(),
        )


def _of_register(name: str, rows: Sequence[Compound], field: str, lacking: int) -> Quality:
    """A fact of the register by its own source; without any it counts as estimated."""
    sources = [row.source_of(field) for row in rows if getattr(row, field) is not None]
    measured = sum(source in MEASURED for source, _day in sources)
    stated = sum(bool(source) for source, _day in sources) - measured
    newest = max((day for _source, day in sources), default="")
    return Quality(
        name, measured, stated, len(rows) - measured - stated, _("register"), newest[:10]
    )


def _told(row) -> Row:
    return row.pk, row.code, row.name


def lists(ready, doubts: dict[str, list[Row]]) -> Iterator[tuple[Any, dict[str, list[Row]], bool]]:
    """(title, rows by code, are they compounds) in the order of the page."""
    clashes = {code: rows for code, rows in doubts.items() if code.startswith("LOCK_")}
    others = {code: rows for code, rows in doubts.items() if code not in clashes}
    yield _("Locks that cannot be kept"), clashes, True
    yield _("Left out of the plan"), ready.left_out, True
    yield _("Doubtful"), others, True
    yield _("Estimated"), ready.estimated, True
    yield _("Firms that are not planned with"), ready.firms_out, False
    yield _("Firms planned with, though something is open"), ready.firms_open, False
