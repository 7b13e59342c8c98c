"""What a viability sheet is reckoned from: each input with its value, source and day."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from compounds.classification.models import Policy
from compounds.providers import questions as providers
from compounds.providers.rules import Norm
from compounds.registry.models import Compound, Strategy
from compounds.registry.sources import label_of
from governance.foundation.money import to_fen

from .models import Contract, Lot
from .questions import main_contracts
from .rules.viability import MEASURES, RATES, Key, Reckoning, reckon

REGISTER, CONTRACT, POLICY, COUNT, TYPED = "REGISTER", "CONTRACT", "POLICY", "COUNT", "TYPED"
LABELS: dict[str, Any] = {
    Key.HOUSEHOLDS: gettext_lazy("households"),
    Key.AREA: gettext_lazy("chargeable area (m²)"),
    Key.FLOOR_AREA: gettext_lazy("floor area (m²)"),
    Key.FEE: gettext_lazy("fee (yuan/m²·month)"),
    Key.COLLECTION: gettext_lazy("collection rate (%)"),
    Key.PARKING_SPACES: gettext_lazy("parking spaces that pay"),
    Key.PARKING_FEE: gettext_lazy("parking (yuan/space·month)"),
    Key.PUBLIC_REVENUE: gettext_lazy("public revenue, net (yuan/year)"),
    Key.PUBLIC_SHARE: gettext_lazy("share of it for service (%)"),
    Key.SUBSIDY: gettext_lazy("subsidy in the year (yuan)"),
    Key.GREEN_AREA: gettext_lazy("green area (m²)"),
    Key.GATES: gettext_lazy("gates"),
    Key.LIFTS: gettext_lazy("lifts"),
    Key.COMPOUNDS: gettext_lazy("compounds"),
}
PLACES = {Key.FEE: 4}
# Columns of the register by input.
FACTS = {
    Key.HOUSEHOLDS: "household_count",
    Key.AREA: "chargeable_area_m2",
    Key.FLOOR_AREA: "floor_area_m2",
    Key.PARKING_SPACES: "parking_spaces",
    Key.LIFTS: "lift_count",
}
ALWAYS = (
    Key.HOUSEHOLDS,
    Key.AREA,
    Key.FEE,
    Key.COLLECTION,
    Key.PARKING_SPACES,
    Key.PARKING_FEE,
    Key.PUBLIC_REVENUE,
    Key.PUBLIC_SHARE,
    Key.SUBSIDY,
)


@dataclass(frozen=True)
class Input:
    """One input: its value (None: unknown) and where it comes from."""

    key: str
    value: Decimal | None = None
    origin: str = ""
    words: str = ""
    on: dt.date | None = None

    @property
    def label(self):
        return LABELS[self.key]

    @property
    def places(self) -> int:
        return PLACES.get(self.key, 2)


@dataclass(frozen=True)
class Gathered:
    """Everything a sheet needs: inputs in the order of the form, and norms of cost."""

    inputs: tuple[Input, ...]
    norms: tuple[Norm, ...]

    @property
    def values(self) -> dict[str, Decimal | None]:
        return {one.key: one.value for one in self.inputs}

    def with_typed(self, typed: Mapping[str, Decimal | None], who: str) -> "Gathered":
        """The same with values typed over; what equals the gathered value keeps its source."""
        found = []
        for one in self.inputs:
            value = typed.get(one.key, one.value)
            if value == one.value:
                found.append(one)
            elif value is None:
                found.append(Input(one.key))
            else:
                words = _("typed by %(who)s") % {"who": who}
                found.append(replace(one, value=value, origin=TYPED, words=words, on=None))
        return replace(self, inputs=tuple(found))

    def reckon(self) -> Reckoning:
        return reckon(self.values, self.norms)


def of_compound(compound: Compound, *, as_of: dt.date, provider_id: int | None = None) -> Gathered:
    """The inputs of one compound: register, running contract, policy, norms."""
    return _gather([compound], as_of=as_of, provider_id=provider_id)


def of_lot(lot: Lot, *, as_of: dt.date, provider_id: int | None = None) -> Gathered:
    """The inputs of a lot: sums over its compounds; unknown where one of them is."""
    members = Compound.objects.filter(lots__lot=lot, lots__left_on=None).order_by("code")
    found = list(members)
    return _gather(
        found, as_of=as_of, provider_id=provider_id or lot.provider_id, district=lot.district_id
    )


def _gather(
    compounds: Sequence[Compound],
    *,
    as_of: dt.date,
    provider_id: int | None,
    district: int | None = None,
) -> Gathered:
    contracts = main_contracts([one.pk for one in compounds], as_of)
    own = {one.contract_id for one in contracts.values()}
    contract = Contract.objects.filter(pk__in=own).first() if len(own) == 1 else None
    if contract is not None and len(contracts) < len(compounds):
        contract = None
    if provider_id is None and contract is not None:
        provider_id = contract.provider_id
    district = district or (compounds[0].district_id if compounds else None)
    norms = providers.norms_for(district, provider_id, as_of=as_of)
    found = {key: _fact(key, column, compounds) for key, column in FACTS.items()}
    found[Key.COMPOUNDS] = Input(
        Key.COMPOUNDS, Decimal(len(compounds)), COUNT, _("counted here"), as_of
    )
    if contract is not None:
        for key, name in ((Key.FEE, "fee_per_m2"), (Key.PARKING_FEE, "parking_fee")):
            value = getattr(contract, name)
            if value is not None:
                words = _("contract %(number)s") % {"number": contract.number}
                found[key] = Input(key, value, CONTRACT, words, contract.signed_on)
    found[Key.SUBSIDY] = _subsidy(compounds, found, district, as_of)
    used = {MEASURES[norm.measure] for norm in norms if norm.measure in MEASURES}
    keys = [*ALWAYS, *(key for key in MEASURES.values() if key in used and key not in ALWAYS)]
    return Gathered(tuple(found.get(key, Input(key)) for key in keys), tuple(norms))


def _fact(key: str, column: str, compounds: Sequence[Compound]) -> Input:
    """A fact of the register, summed; unknown where one compound lacks it, and which."""
    values = [getattr(one, column) for one in compounds]
    lacking = [one.name for one, value in zip(compounds, values, strict=True) if value is None]
    if not compounds:
        return Input(key)
    if lacking:
        if len(compounds) == 1:
            return Input(key)
        names = pgettext("between names", ", ").join(lacking[:3])
        words = _("not known of %(names)s (%(count)s in all)") % {
            "names": names,
            "count": len(lacking),
        }
        return Input(key, words=words)
    total = sum((Decimal(value) for value in values), Decimal(0))
    if len(compounds) > 1:
        words = _("register, %(count)s compounds") % {"count": len(compounds)}
        days = [day for one in compounds if (day := _day_of(one, column)[1])]
        return Input(key, total, REGISTER, words, max(days, default=None))
    source, day = _day_of(compounds[0], column)
    return Input(key, total, REGISTER, _("register: %(source)s") % {"source": source}, day)


def _day_of(compound: Compound, column: str) -> tuple[str, dt.date | None]:
    """Source and day of a fact: its own note, else the survey."""
    own = compound.provenance.get(column)
    if own:
        return str(label_of(own[0])), dt.date.fromisoformat(own[1])
    return str(label_of("survey")), compound.surveyed_on


def _subsidy(
    compounds: Sequence[Compound], found: Mapping[str, Input], district, as_of: dt.date
) -> Input:
    """What the policy in force pays within the year; nothing where no strategy asks for it."""
    strategies = {one.strategy for one in compounds}
    if not compounds or "" in strategies:
        return Input(Key.SUBSIDY)
    paid = [one for one in compounds if one.strategy == Strategy.SUBSIDY_TRANSITION]
    if not paid:
        words = _("the strategy provides none")
        return Input(Key.SUBSIDY, Decimal("0.00"), POLICY, words, as_of)
    policy = Policy.objects.in_force(as_of).filter(district=district).first()
    if policy is None:
        return Input(Key.SUBSIDY)
    column = (
        "floor_area_m2" if policy.area_basis == Policy.AreaBasis.FLOOR else "chargeable_area_m2"
    )
    areas = [getattr(one, column) for one in paid]
    if None in areas:
        return Input(Key.SUBSIDY)
    months = min(policy.subsidy_months, 12)
    amount = to_fen(sum(areas) * policy.subsidy_rate * months)
    words = _("%(policy)s: %(rate)s yuan × %(months)s months, once") % {
        "policy": policy.document_number or policy.title,
        "rate": policy.subsidy_rate,
        "months": months,
    }
    return Input(Key.SUBSIDY, amount, POLICY, words, policy.effective_from)


# -- the record that is kept -----------------------------------------------------------------------
NUMBERS = ("quantity", "monthly_wage", "amount", "percent")


def record_of(gathered: Gathered, as_of: dt.date) -> dict[str, Any]:
    """Inputs, norms and result as they are kept: the record alone reckons to the same."""
    found = gathered.reckon()
    return {
        "as_of": as_of.isoformat(),
        "inputs": [
            {
                "key": str(one.key),
                "value": _text(one.value),
                "origin": one.origin,
                "words": one.words,
                "on": one.on.isoformat() if one.on else None,
            }
            for one in gathered.inputs
        ],
        "norms": [
            {
                "item": norm.item,
                "name": str(norm.name),
                "kind": norm.kind,
                "measure": norm.measure,
                "source": str(norm.source),
                "evidence": norm.evidence,
                **{name: _text(getattr(norm, name)) for name in NUMBERS},
            }
            for norm in gathered.norms
        ],
        "rates": [str(rate) for rate in RATES],
        "result": {
            "income": _text(found.income.amount),
            "cost": _text(found.cost.amount),
            "balance": _text(found.balance),
            "verdict": str(found.verdict),
            "households": found.households,
            "sensitivity": [
                [str(at.rate), _text(at.income), _text(at.balance), str(at.verdict), at.households]
                for at in found.sensitivity
            ],
        },
    }


def from_record(record: Mapping[str, Any]) -> Gathered:
    """A kept sheet's inputs and norms again."""
    inputs = tuple(
        Input(
            key=Key(one["key"]),
            value=_number(one["value"]),
            origin=one["origin"],
            words=one["words"],
            on=dt.date.fromisoformat(one["on"]) if one["on"] else None,
        )
        for one in record["inputs"]
    )
    norms = tuple(
        Norm(
            item=one["item"],
            name=one["name"],
            kind=one["kind"],
            measure=one["measure"],
            source=one["source"],
            evidence=one["evidence"],
            **{name: _number(one[name]) for name in NUMBERS},
        )
        for one in record["norms"]
    )
    return Gathered(inputs, norms)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def fits(values: Iterable[Decimal | None]) -> bool:
    """Whether amounts fit the columns that keep them."""
    largest = Decimal(10) ** 13
    return all(value is None or abs(value) < largest for value in values)
