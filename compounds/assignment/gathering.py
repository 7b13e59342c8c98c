"""Facts for the rules, of many compounds and all firms of their districts at once.

Nine queries, however many compounds and firms.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from compounds.providers.models import Card, Invitation, Provider, ProviderBase, Standard
from compounds.providers.rules import Scale, has_party_work, room_left
from compounds.registry.models import Compound

from . import rules
from .models import Assignment, AssignmentLock, Refusal

Loads = dict[int, tuple[int, Decimal]]
AREA = Coalesce("compound__chargeable_area_m2", "compound__floor_area_m2")


def needed_m2(compound: Compound) -> Decimal | None:
    """The area a compound takes of a firm's capacity: what is charged, else what is built."""
    return compound.chargeable_area_m2 or compound.floor_area_m2


def loads(rows) -> Loads:
    """Compounds and m² by firm, of some assignments."""
    found = (
        rows.order_by().values("provider_id").annotate(count=Count("pk"), area=Sum(AREA))
    ).values_list("provider_id", "count", "area")
    return {firm: (count, area or Decimal(0)) for firm, count, area in found}


@dataclass(frozen=True)
class Facts:
    """What the rules read."""

    as_of: dt.date
    firms: dict[int, dict[int, rules.FirmFacts]]
    compounds: dict[int, rules.CompoundFacts]
    campaigns: dict[int, rules.Campaign]

    def of(self, compound: Compound) -> rules.CompoundFacts:
        return self.compounds[compound.pk]

    def ranked(self, compound: Compound) -> list[rules.Candidate]:
        """Every firm of the district for a compound, the best first."""
        district = compound.district_id
        return rules.ranked(
            self.firms[district].values(),
            self.of(compound),
            self.as_of,
            self.campaigns[district],
        )

    def reasons(
        self, compound: Compound, provider: Provider, strategy: str = ""
    ) -> tuple[rules.Reason, ...]:
        """Every reason against one pairing."""
        known = self.firms[compound.district_id].get(provider.pk)
        firm = known or rules.FirmFacts(provider.pk, provider.name, district=provider.district_id)
        facts = self.of(compound)
        return rules.eligibility(
            firm,
            facts,
            strategy or facts.strategy,
            self.as_of,
            self.campaigns[compound.district_id],
        )

    def take(self, compound: Compound, provider: Provider) -> None:
        """Count a compound as given to a firm, for the rows that follow."""
        district = compound.district_id
        firm, campaign = rules.taken(
            self.firms[district][provider.pk], self.of(compound), self.campaigns[district]
        )
        self.firms[district][provider.pk] = firm
        self.campaigns[district] = campaign


def gather(compounds: Sequence[Compound], as_of: dt.date, *, without: Iterable[int] = ()) -> Facts:
    """Facts of compounds and of every firm of their districts.

    `without` are ids of assignments that are not counted as given: those being judged.
    """
    districts = sorted({compound.district_id for compound in compounds})
    given: dict[int, Loads] = defaultdict(dict)
    opened = Assignment.objects.open().filter(district_id__in=districts)
    rows = (
        opened.exclude(pk__in=list(without))
        .order_by()
        .values("district_id", "provider_id")
        .annotate(count=Count("pk"), area=Sum(AREA))
    )
    for district, firm, count, area in rows.values_list(
        "district_id", "provider_id", "count", "area"
    ):
        given[district][firm] = (count, area or Decimal(0))
    shares = _shares(districts, as_of)
    campaigns = {
        district: rules.Campaign(
            sum(count for count, _area in given[district].values()),
            sum((area for _count, area in given[district].values()), Decimal(0)),
            shares.get(district, Scale().share_percent),
        )
        for district in districts
    }
    return Facts(as_of, _firms(districts, given), _compounds(compounds, as_of), campaigns)


def _shares(districts: Sequence[int], as_of: dt.date) -> dict[int, int]:
    rows = Standard.objects.filter(district_id__in=districts, effective_from__lte=as_of)
    return dict(rows.order_by("effective_from").values_list("district_id", "share_percent"))


def _firms(
    districts: Sequence[int], given: dict[int, Loads]
) -> dict[int, dict[int, rules.FirmFacts]]:
    bases: dict[int, list] = defaultdict(list)
    places = ProviderBase.objects.filter(provider__district_id__in=districts)
    for firm, *place in places.values_list("provider_id", "longitude", "latitude"):
        bases[firm].append(tuple(place))
    carded = set(
        Card.objects.filter(
            provider__district_id__in=districts, colour=Card.Colour.RED, corrected_on=None
        ).values_list("provider_id", flat=True)
    )
    found: dict[int, dict[int, rules.FirmFacts]] = {district: {} for district in districts}
    for firm in Provider.objects.filter(district_id__in=districts).order_by("pk"):
        load = given[firm.district_id].get(firm.pk, (0, Decimal(0)))
        found[firm.district_id][firm.pk] = rules.FirmFacts(
            pk=firm.pk,
            name=firm.name,
            kind=firm.kind,
            district=firm.district_id,
            is_red=firm.is_red,
            is_in_district=firm.is_in_district,
            is_well_founded=firm.is_well_founded,
            is_able=firm.is_able,
            is_willing=firm.is_willing,
            has_party=has_party_work(firm),
            is_filed=firm.filed_on is not None,
            rating=firm.rating,
            has_red_card=firm.pk in carded,
            blacklisted_until=firm.blacklisted_until,
            room_left_m2=room_left(firm, load[1]),
            distance_limit_m=firm.distance_limit_m,
            bases=tuple(bases[firm.pk]),
            load=load,
        )
    return found


def _compounds(compounds: Sequence[Compound], as_of: dt.date) -> dict[int, rules.CompoundFacts]:
    ids = [compound.pk for compound in compounds]
    letters: dict[int, list] = defaultdict(list)
    agreed_on: dict[tuple[int, int], dt.date] = {}
    rows = Invitation.objects.filter(compound_id__among=ids).order_by("compound_id", "round", "pk")
    for compound, number, firm, answer, day in rows.values_list(
        "compound_id", "round", "provider_id", "answer", "answered_on"
    ):
        letters[compound].append((number, firm, answer))
        if answer.startswith("AGREED") and day:
            agreed_on[compound, firm] = day
    refusals: dict[int, dict] = defaultdict(dict)
    rows = Refusal.objects.standing().filter(compound_id__among=ids).order_by("on", "pk")
    for compound, firm, party, day in rows.values_list("compound_id", "provider_id", "party", "on"):
        # A firm that agreed when asked again has changed its mind.
        if party == Refusal.Party.PROVIDER and agreed_on.get((compound, firm), day) > day:
            continue
        refusals[compound][firm] = (party, day)
    locks: dict[int, list] = defaultdict(list)
    rows = AssignmentLock.objects.standing().filter(compound_id__among=ids).order_by("pk")
    for compound, kind, firm, until in rows.values_list(
        "compound_id", "kind", "provider_id", "until"
    ):
        locks[compound].append(rules.LockFacts(kind, firm, until))
    serving = dict(
        Assignment.objects.active()
        .filter(compound_id__among=ids)
        .values_list("compound_id", "provider_id")
    )
    return {
        compound.pk: rules.CompoundFacts(
            pk=compound.pk,
            code=compound.code,
            name=compound.name,
            district=compound.district_id,
            place=(compound.longitude, compound.latitude),
            needed_m2=needed_m2(compound),
            strategy=compound.strategy,
            unit_name=compound.unit_name,
            failed_rounds=rules.failed_rounds(letters[compound.pk]),
            serving=serving.get(compound.pk),
            answers=rules.last_answers(letters[compound.pk]),
            refusals=refusals[compound.pk],
            locks=tuple(locks[compound.pk]),
        )
        for compound in compounds
    }
