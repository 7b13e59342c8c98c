"""What the sheets of a plan show: a bundle, a firm, what changes, public money over the years."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, Q, Sum
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compounds.registry.models import Compound

from . import outcomes
from .balances import Balances
from .models import PlanBundle, PlanFirm, PlanPlace, PlanRun
from .services.running import paying_of
from .telling import blocks_in_words

Outcome = PlanPlace.Outcome
YEARS = (1, 3, 5)
MOVED_SHOWN = 40
NAMED = 5


class Stands:
    """How firmly a plan stands, for its own page."""

    likely = PlanBundle.LIKELY

    def __init__(self, run: PlanRun, user):
        self.run, self.user = run, user

    @cached_property
    def bundles(self) -> list[PlanBundle]:
        """Those whose risk was reckoned, the riskiest first."""
        rows = PlanBundle.objects.filter(run=self.run, over_cap_percent__isnull=False)
        return list(rows.only("number", "over_cap_percent").order_by("-over_cap_percent", "number"))

    @property
    def at_risk(self) -> int:
        return sum(row.is_at_risk for row in self.bundles)

    @property
    def riskiest(self) -> list[PlanBundle]:
        return [row for row in self.bundles if row.is_at_risk][:NAMED]

    @property
    def noise(self) -> Mapping[str, Any] | None:
        return noise_of(self.run)


def noise_of(run: PlanRun) -> Mapping[str, Any] | None:
    """Who moves when the data err a little; None where it was not reckoned."""
    found = run.stability
    if not found:
        return None
    places = PlanPlace.objects.filter(run=run).count()
    share = round(100 * found["moved"] / places, 1) if places else 0
    return {**found, "percent": share, "noise_percent": round(100 * found["noise"])}


@dataclass(frozen=True)
class Balance:
    """Who brings what to a bundle, and what it is used for; yuan, whole horizon."""

    givers: int
    brought: Decimal
    takers: int
    lacking: Decimal
    fixed: Decimal
    subsidy: Decimal

    @property
    def over(self) -> Decimal:
        """What is brought beyond what is needed."""
        return self.brought + self.subsidy - self.lacking - self.fixed


class BundleSheet:
    """A bundle for a reader: its members inside the reader's scope, its sums whole."""

    def __init__(self, run: PlanRun, bundle: PlanBundle, user):
        self.run, self.bundle, self.user = run, bundle, user

    @cached_property
    def members(self) -> list[PlanPlace]:
        """Those that carry first, the largest surplus first."""
        rows = PlanPlace.objects.visible_to(self.user).filter(run=self.run, bundle=self.bundle)
        found = list(
            rows.select_related("compound", "community").order_by("-counted", "compound__code")
        )
        stones = {row.stone_id for row in found if row.stone_id}
        seen = Compound.objects.visible_to(self.user).only("name").in_bulk(stones)
        for row in found:
            row.joined = self._joined(row, seen)
        return found

    def _joined(self, row: PlanPlace, seen: Mapping[int, Compound]) -> str:
        """Through whom a member is joined to the base, or why it needs nobody."""
        if row.stone_id:
            stone = seen.get(row.stone_id)
            return stone.name if stone else _("a compound outside your posts")
        if row.metres <= self.run.dials["near"]:
            return _("near the base")
        if row.today_id and row.today_id == self.bundle.provider_id:
            return _("served by this firm today, however far")
        return _("managed compounds lie between")

    @property
    def hidden(self) -> int:
        return self.bundle.compound_count - len(self.members)

    @cached_property
    def balance(self) -> Balance:
        carries = Q(counted__gte=0)
        sums = PlanPlace.objects.filter(bundle=self.bundle).aggregate(
            givers=Count("pk", filter=carries),
            brought=Sum("counted", filter=carries),
            takers=Count("pk", filter=~carries),
            lacking=Sum("counted", filter=~carries),
        )
        return Balance(
            sums["givers"],
            sums["brought"] or Decimal(0),
            sums["takers"],
            -(sums["lacking"] or Decimal(0)),
            self.bundle.fixed,
            self.bundle.subsidy,
        )

    @property
    def cap(self) -> Decimal:
        """The most this bundle may be paid, yuan."""
        return Decimal(str(self.run.dials["cap"])) * self.bundle.area_m2

    @property
    def course(self) -> Mapping[str, Any] | None:
        return self.bundle.account.get("course")

    @property
    def paid_months(self) -> int:
        """Over how many months the course has the subsidy paid."""
        return self.course.get("paid_months", self.run.norms.ramp_months)

    @property
    def drawing(self) -> Balances:
        return Balances(
            _("Balance of the bundle, subsidy included"), balances=self.course["balances"]
        )

    @cached_property
    def risk(self) -> Mapping[str, Any] | None:
        found = self.bundle.account.get("risk")
        if found is None:
            return None
        percent = {
            name: found[name] and round(100 * found[name], 1) for name in ("planned", "least")
        }
        return {
            **found,
            **percent,
            "is_likely": self.bundle.is_at_risk,
            "median": found["needs"][0],
            "worse": found["needs"][1],
            "bad": found["needs"][2],
        }

    @cached_property
    def leaving(self) -> Mapping[str, Any] | None:
        """What becomes of it without its largest member; names inside the reader's scope."""
        found = self.bundle.account.get("leaving")
        if found is None:
            return None
        asked = [found["compound"], *found["lost"]]
        seen = Compound.objects.visible_to(self.user).only("code", "name").in_bulk(asked)
        return {
            **found,
            "largest": seen.get(found["compound"]),
            "lost": [seen[pk] for pk in found["lost"] if pk in seen],
            "lost_count": len(found["lost"]),
        }


def firms_of(run: PlanRun) -> list[PlanFirm]:
    """Firms that were planned with, those with most to do first."""
    rows = PlanFirm.objects.filter(run=run).select_related("provider")
    return sorted(rows, key=lambda row: (-row.taken_m2, -row.limit_m2, row.provider_id))


class FirmSheet:
    """A firm in a plan: its room, its bundles, who comes and goes, what more room is worth."""

    def __init__(self, firm: PlanFirm, user):
        self.firm, self.run, self.user = firm, firm.run, user

    @property
    def left_m2(self) -> Decimal:
        return max(self.firm.limit_m2 - self.firm.taken_m2, Decimal(0))

    @property
    def share_most(self) -> float | None:
        """The most one firm may have of the area, percent; None: no such limit."""
        most = self.run.dials.get("provider_share")
        return None if most is None else 100 * most

    @cached_property
    def share_percent(self) -> Decimal | None:
        """Its part of all area the plan speaks of."""
        whole = PlanPlace.objects.filter(run=self.run).aggregate(all=Sum("area_m2"))["all"]
        return round(100 * self.firm.taken_m2 / whole, 1) if whole else None

    @cached_property
    def bundles(self) -> list[PlanBundle]:
        rows = PlanBundle.objects.filter(run=self.run, provider_id=self.firm.provider_id)
        return list(
            rows.select_related("base").annotate(farthest=Max("places__metres")).order_by("number")
        )

    @cached_property
    def comes(self) -> list[PlanPlace]:
        """Compounds it has in the plan and does not serve today, inside the reader's scope."""
        mine = Q(bundle__provider=self.firm.provider_id)
        return self._places(mine & (Q(today=None) | ~Q(today=self.firm.provider_id)))

    @cached_property
    def goes(self) -> list[PlanPlace]:
        """Compounds it serves today and no longer has in the plan."""
        elsewhere = Q(bundle=None) | ~Q(bundle__provider=self.firm.provider_id)
        elsewhere |= Q(bundle__provider=None)
        return self._places(Q(today=self.firm.provider_id) & elsewhere)

    def _places(self, wanted: Q) -> list[PlanPlace]:
        rows = PlanPlace.objects.visible_to(self.user).filter(wanted, run=self.run)
        return with_whys(
            self.run,
            rows.select_related("compound", "today", "bundle__provider", "bundle__centre_of")
            .defer("bundle__centre_of__boundary", "bundle__account")
            .order_by("compound__code"),
        )


def with_whys(run: PlanRun, rows: Iterable[PlanPlace]) -> list[PlanPlace]:
    """Places that say in `why_not` what stands in the way of staying as today."""
    planned = set(PlanFirm.objects.filter(run=run).values_list("provider", flat=True))
    found = list(rows)
    for row in found:
        row.why_not = _why_not(row, planned) if row.stay_price is None else ""
    return found


def _why_not(row: PlanPlace, planned: Container[int]) -> str:
    if row.today_id and row.today_id not in planned:
        return _("its firm could not be planned with")
    same = (
        one["blocks"]
        for one in row.account.get("options", ())
        if one.get("provider") == row.today_id and ("provider" in one) == bool(row.today_id)
    )
    return blocks_in_words(next(same, ())) or _("the rules of the plan do not allow it")


class Changes:
    """A plan against today's: how many stay, who moves, and what it would cost to leave them."""

    GIVEN_UP = (PlanPlace.Outcome.MOVED, PlanPlace.Outcome.LOST)  # by the firm of today

    def __init__(self, run: PlanRun, user):
        self.run, self.user = run, user

    @cached_property
    def counts(self) -> list[outcomes.Fate]:
        """Each of the five outcomes; they sum to every compound."""
        rows = PlanPlace.objects.visible_to(self.user).filter(run=self.run)
        return outcomes.fates(rows)

    @property
    def moved_count(self) -> int:
        """Who is served today and would not be by the same firm; the list shows the dearest."""
        return sum(one.count for one in self.counts if one.code in self.GIVEN_UP)

    @cached_property
    def moved(self) -> list[PlanPlace]:
        """Who has a provider today and another one, or none, in the plan; the dearest first."""
        rows = PlanPlace.objects.visible_to(self.user).filter(run=self.run)
        return with_whys(
            self.run,
            rows.filter(outcome__in=self.GIVEN_UP)
            .select_related(
                "compound", "community", "today", "bundle__provider", "bundle__centre_of"
            )
            .defer("bundle__centre_of__boundary", "bundle__account")
            .order_by(F("stay_price").desc(nulls_last=True), "compound__code")[:MOVED_SHOWN],
        )

    @property
    def noise(self) -> Mapping[str, Any] | None:
        return noise_of(self.run)


@dataclass(frozen=True)
class OverYears:
    """Public money of one way of serving, after so many years each; yuan."""

    name: str
    once: float
    yearly: float
    after: list[float]
    is_plan: bool = False


SIDES = (
    ("today", gettext_lazy("Today, by the rule")),
    ("by_hand", gettext_lazy("By hand, carefully")),
    ("plan", gettext_lazy("This plan")),
)


def over_years(run: PlanRun, years: Sequence[int] = YEARS) -> list[OverYears]:
    """Public money of today, of the by-hand office and of the plan after so many years.

    Set-up is paid at once, the subsidy over its months, fallback service month by month for as
    long as it lasts. A side that found no plan is left out.
    """
    paid = [min(1.0, 12 * year / paying_of(run).months) for year in years]
    found = []
    for key, label in SIDES:
        if side := run.figures.get(key):
            subsidy, setup = side["subsidy"], side.get("setup", 0.0)
            yearly = side["fallback"] * 12 / run.norms.months
            after = [
                subsidy * share + setup + yearly * year
                for share, year in zip(paid, years, strict=True)
            ]
            found.append(OverYears(str(label), subsidy + setup, yearly, after, key == "plan"))
    return found
