"""What the watch looks at, read for all compounds under watch in a fixed number of statements.

Every value comes with the day it is of and the figures behind it. Nothing is decided here.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Subquery,
    Sum,
)

from compounds.assignment.models import Assignment
from compounds.classification.models import Policy as ClassificationPolicy
from compounds.contracts.models import Contract, ContractCompound
from compounds.fees.models import (
    Assessment,
    CollectionReport,
    ComplaintCount,
    Inspection,
    ServiceStage,
)
from compounds.providers.models import BlacklistEntry, Card, Provider
from compounds.registry.models import Stage, Strategy

from ..models import Case
from ..rules import watch as rules
from ..rules.watch import Reading

# An inspection speaks for the present so long.
INSPECTION_DAYS = 180
SUBSIDY_MONTHS = 6  # where no classification policy says otherwise
_UNKNOWN = Reading(None)
_NOT_APPLICABLE = Reading(None, applies=False)
_NO = Reading(False)
_FOUND = (Contract.State.SIGNED, Contract.State.FILED)


class Watched(NamedTuple):
    """A case under watch and where it lies."""

    pk: int
    compound: int
    name: str
    place: tuple[int, int, int]
    band: str
    cleared_on: dt.date
    watched_until: dt.date | None


def under_watch(inside: Q, as_of: dt.date, months: int):
    """Cases cleared within the months before a day."""
    return Case.objects.filter(
        inside,
        state=Stage.CLEARED,
        cleared_on__lte=as_of,
        cleared_on__gte=rules.months_later(as_of, -months),
    )


def watched(inside: Q, as_of: dt.date, months: int) -> list[Watched]:
    """One statement."""
    rows = under_watch(inside, as_of, months).order_by("community_id", "pk")
    return [
        Watched(pk, compound, name, (district, street, community), *rest)
        for pk, compound, name, district, street, community, *rest in rows.values_list(
            "pk",
            "compound_id",
            "compound__name",
            "district_id",
            "street_id",
            "community_id",
            "band",
            "cleared_on",
            "watched_until",
        )
    ]


class Served(NamedTuple):
    """The active assignment of a compound."""

    assignment: int
    provider: int
    strategy: str
    starts_on: dt.date


Readings = dict[str, Reading]


class Reader:
    """Readings of compounds of one district on a day, for the signals of a policy."""

    def __init__(self, *, district: int, as_of: dt.date, keys: Iterable[str]) -> None:
        self.district, self.as_of, self.keys = district, as_of, frozenset(keys)

    def read(self, compounds: Sequence[int]) -> dict[int, Readings]:
        """Readings by compound and signal; what is not there is unknown."""
        self.found: dict[int, Readings] = {pk: {} for pk in compounds}
        self.ids = list(compounds)
        if not self.ids:
            return self.found
        self.served = self._served()
        for keys, read in self._sources():
            if keys & self.keys:
                read()
        return self.found

    def _sources(self) -> tuple[tuple[set[str], Callable[[], None]], ...]:
        return (
            ({"collection_low", "reports_missing"}, self._collection),
            ({"satisfaction_low"}, self._satisfaction),
            ({"complaints_high"}, self._complaints),
            ({"statement_missing", "inspection_failed", "staff_absent"}, self._inspections),
            ({"contract_ending", "contract_missing"}, self._contracts),
            ({"subsidy_ended"}, self._subsidies),
            ({"rating_low", "provider_sanctioned"}, self._providers),
            ({"provider_share"}, self._shares),
        )

    # -- who serves ----------------------------------------------------------------------------
    def _served(self) -> dict[int, Served]:
        rows = Assignment.objects.active().filter(compound__among=self.ids)
        return {
            compound: Served(*rest)
            for compound, *rest in rows.order_by().values_list(
                "compound_id", "pk", "provider_id", "strategy", "starts_on"
            )
        }

    def _subsidies(self) -> None:
        policy = ClassificationPolicy.objects.filter(district=self.district).in_force(self.as_of)
        months = policy.values_list("subsidy_months", flat=True).first() or SUBSIDY_MONTHS
        ends: dict[dt.date, Reading] = {}
        for pk, readings in self.found.items():
            row = self.served.get(pk)
            if row is None:
                continue
            if row.strategy != Strategy.SUBSIDY_TRANSITION:
                readings["subsidy_ended"] = _NOT_APPLICABLE
                continue
            reading = ends.get(row.starts_on)
            if reading is None:
                end = rules.months_later(row.starts_on, months)
                reading = ends[row.starts_on] = Reading(end, row.starts_on)
            readings["subsidy_ended"] = reading

    def _shares(self) -> None:
        rows = (
            Assignment.objects.active()
            .filter(district=self.district)
            .order_by()
            .values_list("provider_id")
            .annotate(n=Count("pk"))
        )
        counts = dict(rows)
        total = sum(counts.values())
        shares = {
            provider: Reading(-(-count * 10_000 // total), self.as_of, f"{count} / {total}")
            for provider, count in counts.items()
        }
        for pk, row in self.served.items():
            self.found[pk]["provider_share"] = shares.get(row.provider, _UNKNOWN)

    # -- fees ----------------------------------------------------------------------------------
    def _collection(self) -> None:
        charging = dict(
            ServiceStage.objects.filter(
                assignment__among=[row.assignment for row in self.served.values()],
                stage=ServiceStage.Stage.CHARGE,
                began_on__lte=self.as_of,
            ).values_list("assignment_id", "began_on")
        )
        months = rules.reported_months(self.as_of, 3)
        first, second = rules.quarters_before(self.as_of)
        # Sum in Python: six rows a compound cost less than nine conditional sums in SQL.
        places: dict[str, int] = {}
        for month in (rules.months_later(first, n) for n in range(6)):
            places[month.isoformat()] = 0 if month < second else 2
        due_at = {month.isoformat(): 4 + n for n, month in enumerate(months)}
        rows = CollectionReport.objects.filter(
            compound__among=self.ids, month__gte=min(first, months[0]), month__lte=months[-1]
        ).order_by()
        found: dict[int, list] = {}
        fen, text = BigIntegerField(), CharField()
        for pk, month, billed, paid in rows.values_list(
            "compound_id",
            ExpressionWrapper(F("month"), output_field=text),
            ExpressionWrapper(F("billed_amount"), output_field=fen),
            ExpressionWrapper(F("paid_amount"), output_field=fen),
        ):
            sums = found.get(pk)
            if sums is None:
                sums = found[pk] = [0, 0, 0, 0, 0, 0, 0, ""]
            day = str(month)
            place = places.get(day)
            if place is not None:
                sums[place] += billed
                sums[place + 1] += paid
            if day in due_at:
                sums[due_at[day]] = 1
            sums[7] = max(sums[7], day)
        days = {day: dt.date.fromisoformat(day) for day in {*places, *due_at}}
        for sums in found.values():
            sums[7] = days.get(sums[7])
        words = [_quarter(first), _quarter(second)]
        for pk, readings in self.found.items():
            row = self.served.get(pk)
            since = charging.get(row.assignment) if row else None
            sums = found.get(pk)
            readings["collection_low"] = _rate(sums, words, since is None)
            if since is None:
                readings["reports_missing"] = _NOT_APPLICABLE if row else _UNKNOWN
                continue
            counts = sums[4:7] if sums else (0, 0, 0)
            due = [m for m in range(3) if months[m] >= since.replace(day=1)]
            missing = [months[m] for m in due if not counts[m]]
            detail = " ".join(f"{month:%Y-%m}" for month in missing)
            readings["reports_missing"] = Reading(len(missing), sums[7] if sums else None, detail)

    def _satisfaction(self) -> None:
        newest = (
            Assessment.objects.filter(compound=OuterRef("compound"), assessed_on__lte=self.as_of)
            .order_by("-assessed_on", "-pk")
            .values("pk")
        )
        rows = Assessment.objects.filter(
            compound__among=self.ids, assessed_on__lte=self.as_of, pk=Subquery(newest[:1])
        )
        stored = ExpressionWrapper(F("satisfaction_score"), output_field=BigIntegerField())
        for pk, hundredths, on, name in rows.values_list(
            "compound_id", stored, "assessed_on", "round__name"
        ):
            self.found[pk]["satisfaction_low"] = Reading(hundredths, on, name)

    def _complaints(self) -> None:
        """Three months' complaints per household against the mean of all that were counted."""
        months = rules.reported_months(self.as_of, 3)
        rows = (
            ComplaintCount.objects.filter(
                district=self.district, month__gte=months[0], month__lte=months[-1]
            )
            .filter(compound__household_count__gt=0)
            .order_by()
            .values_list("compound_id", "compound__household_count")
            .annotate(n=Sum("count"))
        )
        counted = {pk: (count, households) for pk, households, count in rows}
        total = sum(count for count, _households in counted.values())
        households = sum(homes for _count, homes in counted.values())
        for pk in counted.keys() & self.found.keys():
            count, homes = counted[pk]
            share = -(-count * households * 10_000 // (homes * total)) if total else 0
            detail = f"{count} / {homes} · {total} / {households}"
            self.found[pk]["complaints_high"] = Reading(share, months[-1], detail)

    # -- on site -------------------------------------------------------------------------------
    def _inspections(self) -> None:
        """The newest inspection says who was there; a failed one stays until it is mended."""
        since = self.as_of - dt.timedelta(days=INSPECTION_DAYS)
        failed = Q(passed=False) & (Q(mended_on=None) | Q(mended_on__gt=self.as_of))
        rows = (
            Inspection.objects.filter(compound__among=self.ids, on__lte=self.as_of)
            .filter(Q(on__gte=since) | failed)
            .order_by("on", "pk")
            .values_list(
                "compound_id", "on", "passed", "staff_absent", "statement_posted", "mended_on"
            )
        )
        open_failures: dict[int, dt.date] = {}
        for pk, on, passed, is_absent, is_posted, mended_on in rows.iterator(chunk_size=5000):
            readings = self.found[pk]
            is_open = mended_on is None or mended_on > self.as_of
            if not passed and is_open:
                open_failures.setdefault(pk, on)
            if on < since:
                continue
            readings["staff_absent"] = Reading(is_absent and is_open, on)
            if is_posted is not None:
                readings["statement_missing"] = Reading(not is_posted and is_open, on)
            readings["inspection_failed"] = Reading(False, on)
        for pk, on in open_failures.items():
            self.found[pk]["inspection_failed"] = Reading(True, on)

    # -- contracts -----------------------------------------------------------------------------
    def _contracts(self) -> None:
        rows = (
            ContractCompound.objects.filter(
                compound__among=self.ids, is_main=True, contract__state__in=_FOUND
            )
            .order_by("contract__starts_on", "pk")
            .values_list(
                "compound_id",
                "contract__number",
                "contract__starts_on",
                "contract__ends_on",
                "contract__renewal",
            )
        )
        by_compound: dict[int, list[tuple]] = defaultdict(list)
        for pk, *rest in rows:
            by_compound[pk].append(rest)
        for pk, readings in self.found.items():
            row = self.served.get(pk)
            since = row.starts_on if row else None
            ending, missing = self._contract(by_compound.get(pk, ()), since)
            readings["contract_ending"], readings["contract_missing"] = ending, missing

    def _contract(
        self, rows: Sequence[tuple], served_since: dt.date | None
    ) -> tuple[Reading, Reading]:
        begun = [row for row in rows if row[1] <= self.as_of]
        running = [row for row in begun if row[2] is None or row[2] >= self.as_of]
        if not running:
            last = max((row for row in begun), key=lambda row: row[2], default=None)
            number, _starts, ended, _renewal = last or ("", None, served_since, None)
            # What has run out, or was never made, is no better than what ends tomorrow.
            return Reading(ended, ended, number), Reading(True, ended, number)
        number, starts, ends, renewal = max(running, key=lambda row: row[2] or dt.date.max)
        there = Reading(False, starts, number)
        is_followed = any(row[1] > self.as_of for row in rows)
        if ends is None or is_followed or renewal != Contract.Renewal.OPEN:
            return Reading(None, ends, number, applies=False), there
        return Reading(ends, ends, number), there

    # -- providers -----------------------------------------------------------------------------
    def _providers(self) -> None:
        ids = {row.provider for row in self.served.values()}
        rated = dict(Provider.objects.filter(pk__among=ids).values_list("pk", "rating"))
        barred = dict(
            BlacklistEntry.objects.in_force(self.as_of)
            .filter(provider__among=ids)
            .order_by("term_from")
            .values_list("provider_id", "term_from")
        )
        cards: dict[int, list[tuple[int | None, dt.date]]] = defaultdict(list)
        red = Card.objects.filter(
            Q(corrected_on=None) | Q(corrected_on__gt=self.as_of),
            provider__among=ids,
            colour=Card.Colour.RED,
            given_on__lte=self.as_of,
        ).order_by("given_on", "pk")
        for provider, compound, on in red.values_list("provider_id", "compound_id", "given_on"):
            cards[provider].append((compound, on))
        ratings = {
            pk: Reading(rating == Provider.Rating.C, None, rating) if rating else _UNKNOWN
            for pk, rating in rated.items()
        }
        for pk, row in self.served.items():
            readings = self.found[pk]
            readings["rating_low"] = ratings.get(row.provider, _UNKNOWN)
            if row.provider not in barred and row.provider not in cards:
                readings["provider_sanctioned"] = _NO
                continue
            days = [on for compound, on in cards.get(row.provider, ()) if compound in (None, pk)]
            if row.provider in barred:
                days.append(barred[row.provider])
            readings["provider_sanctioned"] = Reading(bool(days), max(days, default=None))


def _quarter(first: dt.date) -> str:
    return f"{first.year}Q{(first.month + 2) // 3}"


def _rate(sums: list | None, words: list[str], is_free: bool) -> Reading:
    """The better of two quarters in hundredths of a percent, rounded down."""
    if sums and sums[0] and sums[2]:
        rates = [sums[1] * 10_000 // sums[0], sums[3] * 10_000 // sums[2]]
        detail = " · ".join(
            f"{name} {rate // 100}.{rate % 100:02d}%"
            for name, rate in zip(words, rates, strict=True)
        )
        return Reading(max(rates), sums[7], detail)
    return _NOT_APPLICABLE if is_free and not sums else _UNKNOWN
