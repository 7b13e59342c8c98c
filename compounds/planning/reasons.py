"""Why a compound stands where it stands, in sentences: what binds, what else, what would help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compounds.providers.models import Provider
from governance.foundation.drawing import grouped
from governance.organisation.models import Area, Level

from .models import PlanBundle, PlanFirm, PlanPlace, PlanRun
from .telling import blocks_in_words

CENTRE = gettext_lazy("street centre")
# Up to here another place is a real choice; from there on it is so dear that it must be said.
REAL_CHOICE, LOUD = Decimal(500), Decimal(15_000)
# What is used up to this share of its limit binds.
BINDS = Decimal("0.98")

CHANGES: Mapping[str, Any] = {
    "fee": gettext_lazy(
        "if the fee were %(needed).2f yuan per m² and month (today %(now).2f)"
    ),
    "collection": gettext_lazy("if %(needed).0f%% of the fees came in (planned %(now).0f%%)"),
    "distance": gettext_lazy("if it came %(needed).0f m from its base"),
    "willingness": gettext_lazy("if it agreed to serve it"),
    "capacity": gettext_lazy("if it had room for %(needed).0f m² more"),
    "size": gettext_lazy("if its bundle held one compound more"),
    "contiguity": gettext_lazy(
        "if the bundle might reach %(needed).0f m from compound to compound (today %(now).0f m)"
    ),
}  # fmt: skip


def name_of(bundle: PlanBundle) -> str:
    """Who runs a bundle: its firm, or the centre of a street that is to be opened."""
    if bundle.provider is not None:
        return bundle.provider.name
    return f"{bundle.centre_of.name} {CENTRE}"


class Names:
    """Who runs a bundle, by what a place keeps of it; asked of the database once."""

    def __init__(self, run: PlanRun):
        self.run = run

    @cached_property
    def firms(self) -> dict[int, str]:
        planned = PlanFirm.objects.filter(run=self.run).values("provider")
        return dict(Provider.objects.filter(pk__in=planned).values_list("pk", "name"))

    @cached_property
    def streets(self) -> dict[int, str]:
        inside = Area.objects.filter(district=self.run.district_id, level=Level.STREET)
        return dict(inside.values_list("pk", "name"))

    def of(self, one: Mapping[str, Any]) -> str:
        if "provider" not in one:
            return _("fallback service")
        if one["provider"] is None:
            return f"{self.streets.get(one['street'], '')} {CENTRE}"
        return self.firms.get(one["provider"], "—")


@dataclass(frozen=True)
class Else:
    """Another place of a compound in words: who, its price, what stands in the way.

    price: of the objective; public: of that, public money, None in plans that did not keep it.
    """

    name: str
    price: Decimal
    public: Decimal | None
    blocks: str
    is_today: bool = False

    @property
    def weights(self) -> Decimal | None:
        """What of the price is no money; None where it was not told apart."""
        return None if self.public is None else self.price - self.public

    @property
    def dearer(self) -> str:
        """How much dearer it is, money apart from weights."""
        if self.public is None:
            return _("%(price)s more, weights included") % {"price": grouped(round(self.price))}
        said = {"public": grouped(round(self.public)), "weights": grouped(round(self.weights))}
        if self.public <= 0:
            return _("no more public money, only weights are against it (%(weights)s)") % said
        if self.weights < 1:
            return _("%(public)s yuan more of public money") % said
        return _("%(public)s yuan more of public money, and %(weights)s of weights") % said


@dataclass(frozen=True)
class Limit:
    """A limit of the bundle or its firm, and how far it is used up."""

    label: str
    used: Decimal
    most: Decimal
    unit: str

    @property
    def binds(self) -> bool:
        return self.used >= BINDS * self.most


class PlaceSheet:
    """One compound's place in words."""

    def __init__(self, place: PlanPlace):
        self.place, self.run = place, place.run
        self.names = Names(self.run)

    @cached_property
    def others(self) -> list[Else]:
        """What else was possible, the best first."""
        return [
            Else(
                self.names.of(one),
                Decimal(str(one["price"])),
                Decimal(str(one["public"])) if "public" in one else None,
                blocks_in_words(one["blocks"]),
                is_today=one.get("provider") is not None and one["provider"] == self.place.today_id,
            )
            for one in self.place.account.get("options", ())
        ]

    @property
    def next_best(self) -> Else | None:
        """The best of what nothing stands in the way of."""
        return next((one for one in self.others if not one.blocks), None)

    @property
    def choice(self) -> str:
        """NONE, SAME, REAL, CLEAR or LOUD: how much dearer the next best is.

        Only money is said loudly; weights are the planner's own.
        """
        best = self.next_best
        if best is None:
            return "NONE"
        if best.price <= 0:
            return "SAME"
        if best.price <= REAL_CHOICE:
            return "REAL"
        return "LOUD" if (best.public or 0) >= LOUD else "CLEAR"

    @property
    def ways(self) -> list[str]:
        return ways_in_words(self.place.account, self.run, self.names)

    @cached_property
    def account(self) -> list[tuple[Any, Decimal, Decimal, bool]]:
        """(what, yuan over the horizon, yuan a month, is it a sum) of serving the compound."""
        place, months = self.place, self.run.norms.months
        lines = (
            (_("Fees and public revenue that come in, less normal profit"), place.income, False),
            (_("Cost of serving it"), -place.cost, False),
            (_("What is left"), place.margin, True),
        )
        return [(label, value, value / months, is_sum) for label, value, is_sum in lines]

    @cached_property
    def limits(self) -> list[Limit]:
        """Limits of the bundle it is in; none for one left to fallback."""
        bundle = self.place.bundle
        if bundle is None:
            return []
        found = [
            Limit(
                _("Subsidy of the bundle"),
                bundle.subsidy,
                Decimal(str(self.run.dials["cap"])) * bundle.area_m2,
                _("yuan"),
            ),
            Limit(
                _("Compounds of the bundle"),
                Decimal(bundle.compound_count),
                Decimal(self.run.norms.most),
                "",
            ),
        ]
        if bundle.provider_id is None:
            found.append(Limit(_("Room of the centre"), bundle.area_m2, self._centre_most, _("m²")))
        elif firm := PlanFirm.objects.filter(run=self.run, provider=bundle.provider_id).first():
            found.append(Limit(_("Room of the firm"), firm.taken_m2, firm.limit_m2, _("m²")))
        return found

    @property
    def _centre_most(self) -> Decimal:
        """What a centre that is to be opened may take: its room, or the share of one provider."""
        most, share = self.run.norms.centre_capacity, self.run.dials.get("provider_share")
        if share is None:
            return most
        whole = PlanPlace.objects.filter(run=self.run).aggregate(all=Sum("area_m2"))["all"]
        return min(most, Decimal(str(share)) * whole)


def ways_in_words(account: Mapping[str, Any], run: PlanRun, names: Names) -> list[str]:
    """What would take a compound out of fallback, a sentence a way."""
    now = {**account.get("now", {}), "contiguity": run.dials["reach"]}
    return [
        _("%(name)s would take it %(changes)s.")
        % {"name": names.of(way), "changes": _changes(way["changes"], now)}
        for way in account.get("ways", ())
    ]


def _changes(changes: Sequence[tuple[str, float]], now: Mapping[str, float]) -> str:
    and_ = _(" and ")
    return and_.join(
        str(CHANGES[code])
        % {"needed": _shown(code, needed), "now": _shown(code, now.get(code, 0.0))}
        for code, needed in changes
    )


def _shown(code: str, value: float) -> float:
    return 100 * value if code == "collection" else value


def reason_in_words(account: Mapping[str, Any], outcome: str, run: PlanRun, names: Names) -> str:
    """One line for a workbook: the next best and its price, or what would help."""
    if outcome in PlanPlace.LEFT:
        return " ".join(ways_in_words(account, run, names)) or _(
            "No single change would take it out of fallback."
        )
    options = account.get("options", ())
    best = next((one for one in options if not one["blocks"]), None)
    if best is None:
        return _("There was no other place for it.")
    return _("Next best: %(name)s, %(price)s yuan dearer.") % {
        "name": names.of(best),
        "price": grouped(round(best["price"])),
    }
