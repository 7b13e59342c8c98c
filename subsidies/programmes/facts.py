"""What is known of served compounds when a subsidy is asked for: each value, its source and day.

Set-based: the statements are the same for one compound as for a thousand. A fact that nobody knows
is None; it is never guessed.

Shapes: `facts_of(...)[compound_id] == (values, sources)`, `values[fact]` in the fact's kind (see
`rules.FACTS`), `sources[fact] == (code of the source, ISO day)`, `sources[""]` where none is noted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Max, Sum

from compounds.assignment.models import Assignment
from compounds.classification.services.facts import CHUNK, FactGatherer
from compounds.contracts.models import Contract
from compounds.contracts.questions import MainContract, all_main_contracts
from compounds.fees import questions as fees
from compounds.fees.rules import CHARGE, month_of, months_later
from compounds.providers.models import CreditEvent, Provider
from compounds.registry.models import Compound
from governance.foundation.bulk import in_chunks

from .rules import FACTS, SERVICE_FACTS

YEAR = 12

Known = tuple[dict[str, Any], dict[str, tuple[str, str]]]
# provider id → (last day of the bar, where it is written)
Bars = Callable[[Collection[int], dt.date], Mapping[int, tuple[dt.date, str]]]

_bars: list[Bars] = []


def register_bars(source: Bars) -> None:
    """Let a later room say which firms are barred from applying, and until when (called once)."""
    if source not in _bars:
        _bars.append(source)


class _Service(NamedTuple):
    assignment: int
    provider: int
    strategy: str
    starts_on: dt.date | None


def facts_of(
    compound_ids: Iterable[int],
    as_of: dt.date,
    *,
    providers: Mapping[int, int] | None = None,
    keys: Collection[str] | None = None,
) -> dict[int, Known]:
    """The facts of compounds on a day.

    `providers` (compound id → provider id) names the firm that asks; without it, the one in
    service. `keys` are the facts wanted, all by default: what is not wanted is not read.
    """
    found: dict[int, Known] = {}
    wanted = set(FACTS if keys is None else keys)
    for chunk in in_chunks(sorted(set(compound_ids)), CHUNK):
        found |= _facts(list(chunk), as_of, providers or {}, wanted)
    return found


def _facts(
    ids: list[int], as_of: dt.date, providers: Mapping[int, int], wanted: set[str]
) -> dict[int, Known]:
    found: dict[int, Known] = {pk: ({}, {}) for pk in ids}
    if wanted - set(SERVICE_FACTS):
        _of_the_register(found, ids, as_of)
    services = _services(ids, as_of, providers)
    firms = {pk: service.provider for pk, service in services.items()} | {
        pk: providers[pk] for pk in ids if pk in providers
    }
    _of_the_service(found, services, as_of)
    _of_the_strategy(found, ids, services)
    if wanted & {"contract_is_filed", "contract_kind", "fee_per_m2"}:
        _of_the_contract(found, ids, firms, as_of)
    if "collection_percent" in wanted:
        _of_the_collection(found, ids, as_of)
    if "assessment_score" in wanted:
        _of_the_assessment(found, ids, as_of)
    _of_the_firm(found, firms, as_of)
    return found


def _note(known: Known, fact: str, value: Any, source: str, on: dt.date | str | None) -> None:
    values, sources = known
    values[fact] = value
    if value is not None:
        sources[fact] = (source, on.isoformat() if isinstance(on, dt.date) else on or "")


def _of_the_register(found: dict[int, Known], ids: list[int], as_of: dt.date) -> None:
    rows = Compound.objects.filter(pk__among=ids)
    districts = set(rows.order_by().values_list("district_id", flat=True).distinct())
    gatherer = FactGatherer(districts=districts, as_of=as_of)
    for row in gatherer.gather(ids, compounds=Compound.objects.all()):
        values, sources = found[row.pk]
        values.update(row.values)
        sources.update(row.sources)


def _services(ids: list[int], as_of: dt.date, providers: Mapping[int, int]) -> dict[int, _Service]:
    """Who serves each compound on a day: the firm that asks, where it is one of several."""
    rows = (
        Assignment.objects.filter(
            compound__among=ids,
            state__in=(Assignment.State.ACTIVE, Assignment.State.ENDED),
            starts_on__lte=as_of,
        )
        .exclude(ended_on__lt=as_of)
        .order_by("starts_on", "pk")
        .values_list("compound_id", "pk", "provider_id", "strategy", "starts_on")
    )
    found: dict[int, _Service] = {}
    for compound, *rest in rows:
        service = _Service(*rest)
        wanted = providers.get(compound)
        if wanted is None or service.provider == wanted:
            found[compound] = service
    return found


def _of_the_service(
    found: dict[int, Known], services: Mapping[int, _Service], as_of: dt.date
) -> None:
    stages = fees.stage_of([service.assignment for service in services.values()])
    for pk, known in found.items():
        service = services.get(pk)
        months = stage = None
        if service:
            months = months_between(service.starts_on, as_of)
            stage = stages.get(service.assignment)
        _note(known, "months_served", months, "assignment", service and service.starts_on)
        # Without any stage recorded nobody knows whether it charges.
        charges = None if stage is None else stage.stage == CHARGE and stage.began_on <= as_of
        _note(known, "is_charging", charges, "stage", stage and stage.began_on)


def _of_the_strategy(
    found: dict[int, Known], ids: list[int], services: Mapping[int, _Service]
) -> None:
    rows = Compound.objects.filter(pk__among=ids).values_list("pk", "strategy", "updated_at")
    for pk, strategy, _at in rows:
        service = services.get(pk)
        if service:
            _note(found[pk], "strategy", service.strategy, "assignment", service.starts_on)
        else:
            _note(found[pk], "strategy", strategy or None, "classification", None)


def _of_the_contract(
    found: dict[int, Known], ids: list[int], firms: Mapping[int, int], as_of: dt.date
) -> None:
    contracts: dict[int, MainContract] = {}
    for pk, rows in all_main_contracts(ids, as_of).items():
        mine = [row for row in rows if pk not in firms or row.provider_id == firms[pk]]
        if mine:
            contracts[pk] = mine[0]
    fee_of = dict(
        Contract.objects.filter(
            pk__among=sorted({contract.contract_id for contract in contracts.values()})
        ).values_list("pk", "fee_per_m2")
    )
    for pk, known in found.items():
        contract = contracts.get(pk)
        if contract is None:
            _note(known, "contract_is_filed", False, "contract", None)
            _note(known, "contract_kind", None, "contract", None)
            _note(known, "fee_per_m2", None, "contract", None)
            continue
        filed_on = contract.filed_on if contract.filed_on and contract.filed_on <= as_of else None
        on = filed_on or contract.signed_on
        _note(known, "contract_is_filed", filed_on is not None, "contract", on)
        _note(known, "contract_kind", contract.kind, "contract", contract.signed_on)
        fee = fee_of.get(contract.contract_id)
        _note(known, "fee_per_m2", fee, "contract", contract.signed_on)


def _of_the_collection(found: dict[int, Known], ids: list[int], as_of: dt.date) -> None:
    """Money paid of money billed in the twelve full months before a day.

    Unknown while a month that was charged for is not reported: a rate of chosen months proves
    nothing.
    """
    until = month_of(as_of)
    last = months_later(until, -1)
    collected = fees.collected(ids, months_later(until, -YEAR), last)
    missing = fees.missing_months(ids, as_of, YEAR)
    for pk, known in found.items():
        rate = collected[pk].rate if pk in collected and not missing.get(pk) else None
        _note(known, "collection_percent", rate, "collection", last)


def _of_the_assessment(found: dict[int, Known], ids: list[int], as_of: dt.date) -> None:
    latest = fees.latest_assessment(ids, as_of)
    for pk, known in found.items():
        one = latest.get(pk)
        _note(
            known,
            "assessment_score",
            one.total if one else None,
            "assessment",
            one.assessed_on if one else None,
        )


def _of_the_firm(found: dict[int, Known], firms: Mapping[int, int], as_of: dt.date) -> None:
    ids = sorted(set(firms.values()))
    rows = {
        pk: rest
        for pk, *rest in Provider.objects.filter(pk__among=ids).values_list(
            "pk", "is_red", "blacklisted_until", "filed_on"
        )
    }
    points = {
        pk: (Decimal(total), last)
        for pk, total, last in CreditEvent.objects.filter(
            provider__among=ids, points__lt=0, on__gt=_a_year_before(as_of), on__lte=as_of
        )
        .order_by()
        .values_list("provider_id")
        .annotate(total=Sum("points"), last=Max("on"))
    }
    bars = barred(ids, as_of)
    for pk, known in found.items():
        firm = firms.get(pk)
        if firm not in rows:
            for fact in FIRM_FACTS:
                _note(known, fact, None, "", None)
            continue
        is_red, blacklisted_until, filed_on = rows[firm]
        is_listed = bool(blacklisted_until and blacklisted_until >= as_of)
        _note(known, "firm_is_red", is_red, "filing", filed_on)
        _note(
            known,
            "firm_is_blacklisted",
            is_listed,
            "blacklist",
            blacklisted_until if is_listed else as_of,
        )
        total, last = points.get(firm, (Decimal(0), as_of))
        _note(known, "deducted_points", -total, "credit", last)
        until, source = bars.get(firm, (as_of, "clawback"))
        _note(known, "firm_is_banned", firm in bars, source, until)


FIRM_FACTS = ("firm_is_red", "firm_is_blacklisted", "deducted_points", "firm_is_banned")


def barred(ids: Collection[int], as_of: dt.date) -> dict[int, tuple[dt.date, str]]:
    """Firms that may not apply on a day: the last day of the bar, and where it is written."""
    found: dict[int, tuple[dt.date, str]] = {}
    for source in _bars:
        for pk, (until, where) in source(ids, as_of).items():
            if until >= as_of and (pk not in found or until > found[pk][0]):
                found[pk] = (until, where)
    return found


def _a_year_before(day: dt.date) -> dt.date:
    """The same day a year earlier; 28 February for 29 February."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def months_between(first: dt.date, day: dt.date) -> int:
    """Complete months served from a first day up to the end of a day.

    From 16 March up to 15 April is one month.
    """
    after = day + dt.timedelta(days=1)
    months = (after.year - first.year) * 12 + after.month - first.month
    return max(months - (after.day < first.day), 0)
