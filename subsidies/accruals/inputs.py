"""What the months of entitlements rest on, read for all of them at once.

A handful of statements for one entitlement as for twenty thousand, for one month as for several.
Nothing is decided here but what cannot be paid without a person: those are problems.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Case, F, Q, Sum, Value, When

from compounds.assignment.models import Assignment
from compounds.contracts.models import ContractCompound
from compounds.fees import questions as fees
from compounds.fees.models import Assessment, BookBalance, BookEntry, CollectionReport, Inspection
from compounds.fees.rules import may_bill
from compounds.providers.models import BlacklistEntry, Card
from subsidies.entitlements.gathering import basis_of
from subsidies.entitlements.models import Entitlement, EntitlementStep, Funding, TermChange
from subsidies.entitlements.rules import due as rule
from subsidies.entitlements.rules.due import Finding, Given, Inputs, Period, Problem
from subsidies.entitlements.rules.years import bears
from subsidies.ledger.models import Account
from subsidies.programmes import questions as programmes
from subsidies.programmes.models import Programme
from subsidies.programmes.rules import Terms

from .hooks import ends_of
from .models import Accrual, AccrualRun

# Amounts that stand: a line in a problem counts nothing, a reversed or dropped one no more.
STANDING = ("COMPUTED", "POSTED")
# Problems that a person may decide to pay in spite of, with a reason.
DECIDABLE = frozenset({"BLACKLISTED"})
FOREVER = dt.date(9999, 12, 31)
ZERO = Decimal(0)


class Claim(NamedTuple):
    """What is read of an entitlement itself."""

    pk: int
    number: str
    programme_id: int
    compound_id: int
    provider_id: int
    assignment_id: int
    state: str
    area_m2: Decimal | None
    household_count: int | None
    area_proof: str
    approved_on: dt.date | None
    starts_on: dt.date
    ends_on: dt.date
    exited_on: dt.date | None
    district_id: int
    street_id: int
    community_id: int
    version: int
    chargeable_area_m2: Decimal | None
    floor_area_m2: Decimal | None
    households_now: int | None
    surveyed_on: dt.date | None


_PATHS = (
    *Claim._fields[:18],
    "compound__chargeable_area_m2",
    "compound__floor_area_m2",
    "compound__household_count",
    "compound__surveyed_on",
)


def claims_of(entitlements: Iterable[int] | Any) -> list[Claim]:
    """The entitlements' own facts, by number. Ids, entitlements, or a queryset of ids."""
    if not hasattr(entitlements, "query"):
        ids = [getattr(one, "pk", one) for one in entitlements]
        rows = Entitlement.objects.filter(pk__among=ids)
    else:
        rows = Entitlement.objects.filter(pk__in=entitlements)
    found = rows.order_by("number").values_list(*_PATHS)
    return [Claim(*row) for row in found.iterator(chunk_size=5000)]


class Span(NamedTuple):
    """Days from one to another, both included."""

    first: dt.date
    last: dt.date


def overlap(spans: Iterable[Span], first: dt.date, last: dt.date) -> list[Span]:
    """The parts of the spans within two days, in order and without overlapping."""
    found: list[Span] = []
    spans = list(spans)
    if len(spans) == 1:
        (one,) = spans
        if one.first <= first and one.last >= last:
            return [Span(first, last)] if first <= last else []
    for one in sorted(spans):
        begin, end = max(one.first, first), min(one.last, last)
        if begin > end:
            continue
        if found and begin <= found[-1].last:
            found[-1] = Span(found[-1].first, max(found[-1].last, end))
        else:
            found.append(Span(begin, end))
    return found


def _both(some: list[Span], others: list[Span]) -> list[Span]:
    """The days that lie in both."""
    return [part for one in others for part in overlap(some, one.first, one.last)]


def days_of(spans: Iterable[Span]) -> int:
    return sum((one.last - one.first).days + 1 for one in spans)


def without(spans: Sequence[Span], gaps: Iterable[Span]) -> list[Span]:
    """The spans less the days of the gaps."""
    left = list(spans)
    day = dt.timedelta(1)
    for gap in gaps:
        after: list[Span] = []
        for one in left:
            if gap.last < one.first or gap.first > one.last:
                after.append(one)
                continue
            if one.first < gap.first:
                after.append(Span(one.first, gap.first - day))
            if one.last > gap.last:
                after.append(Span(gap.last + day, one.last))
        left = after
    return left


@dataclass
class Usage:
    """What was accrued already, by what the caps speak of; grows as a run goes on."""

    compounds: dict[tuple[int, int], Decimal]  # programme family, compound
    firms: dict[tuple[int, int, int], Decimal]  # programme family, firm, year
    families: dict[tuple[int, int], Decimal]  # programme family, year
    family: dict[int, int]  # by programme

    def of(self, claim: Claim, period: Period) -> tuple[Decimal, Decimal, Decimal]:
        family = self.family.get(claim.programme_id, claim.programme_id)
        year = period.month.year
        return (
            self.compounds.get((family, claim.compound_id), ZERO),
            self.firms.get((family, claim.provider_id, year), ZERO),
            self.families.get((family, year), ZERO),
        )

    def add(self, claim: Claim, period: Period, gross: Decimal) -> None:
        family = self.family.get(claim.programme_id, claim.programme_id)
        year = period.month.year
        firm, whole = (family, claim.provider_id, year), (family, year)
        compound = family, claim.compound_id
        self.compounds[compound] = self.compounds.get(compound, ZERO) + gross
        self.firms[firm] = self.firms.get(firm, ZERO) + gross
        self.families[whole] = self.families.get(whole, ZERO) + gross


class Commitments:
    """What is left of each approval: committed, not accrued, and in no other open line.

    Shrinks as a run goes on. By entitlement number and indicator, in yuan.
    """

    def __init__(self, run: AccrualRun, numbers: Iterable[str], without: Iterable[int] = ()):
        numbers = frozenset(numbers)
        accounts = Account.objects.filter(stage="COMMITTED", holder__among=numbers)
        self._left: dict[tuple[str, int], Decimal] = {
            (number, indicator): balance
            for number, indicator, balance in accounts.filter(district=run.district_id)
            .order_by()
            .values_list("holder", "indicator_id", "balance")
        }
        if run.line_count:
            lines = run.lines.filter(state="COMPUTED").exclude(pk__among=frozenset(without))
            for number, shares in (
                lines.filter(entitlement__number__among=numbers)
                .order_by()
                .values_list("entitlement__number", "shares")
            ):
                for _payer, indicator, gross, _deducted in shares:
                    self._take(number, indicator, Decimal(gross))

    def of(self, number: str, payers: Sequence[str], indicators: Mapping[str, int]):
        """What is left of a month's payers, in their order."""
        return tuple(
            max(ZERO, self._left.get((number, indicators.get(payer)), ZERO)) for payer in payers
        )

    def take(self, number: str, shares: Iterable[rule.Share], indicators: Mapping[str, int]):
        for share in shares:
            self._take(number, indicators[share.payer], share.gross)

    def _take(self, number: str, indicator: int, gross: Decimal) -> None:
        key = number, indicator
        self._left[key] = self._left.get(key, ZERO) - gross


class Gathered:
    """Everything that the months from one to another of some entitlements rest on."""

    def __init__(
        self, claims: Sequence[Claim], first: dt.date, last: dt.date, run: AccrualRun | None = None
    ):
        """`first` and `last` are the first and last day of all periods concerned.

        Of a `run` no month is due more than what is left of the approval.
        """
        self.claims = {one.pk: one for one in claims}
        self.first, self.last = first, last
        self.terms: dict[int, Terms] = programmes.terms_of({one.programme_id for one in claims})
        # Sets: Django would look into every value of a list.
        compounds = frozenset(one.compound_id for one in claims)
        ids = frozenset(self.claims)
        self._read_service(claims, compounds, ids)
        self._read_fees(compounds)
        self._read_firms({one.provider_id for one in claims})
        self._read_fundings(ids)
        self.ends = ends_of(ids)
        self.commitments = Commitments(run, {one.number for one in claims}) if run else None
        self.usage = usage_of(claims, self.terms, first, last)

    # -- reading -----------------------------------------------------------------------------------
    def _read_service(self, claims, compounds, ids) -> None:
        """When each firm served each compound, under which contracts, and when it was suspended."""
        self.served: dict[tuple[int, int], list[Span]] = defaultdict(list)
        rows = Assignment.objects.filter(
            compound__among=compounds, state__in=["ACTIVE", "ENDED"], starts_on__lte=self.last
        ).filter(Q(ended_on=None) | Q(ended_on__gte=self.first))
        for compound, provider, starts, ended in rows.order_by().values_list(
            "compound_id", "provider_id", "starts_on", "ended_on"
        ):
            self.served[compound, provider].append(Span(starts, ended or FOREVER))
        self.contracts: dict[tuple[int, int], list[tuple[Span, Decimal | None, str]]] = defaultdict(
            list
        )
        covers = ContractCompound.objects.filter(
            compound__among=compounds,
            is_main=True,
            contract__state__in=["FILED", "ENDED"],
            contract__starts_on__lte=self.last,
        )
        for compound, provider, starts, ended, left, fee, number in covers.order_by(
            "contract__starts_on", "pk"
        ).values_list(
            "compound_id",
            "contract__provider_id",
            "contract__starts_on",
            "contract__ended_on",
            "left_on",
            "contract__fee_per_m2",
            "contract__number",
        ):
            end = min(ended or FOREVER, left or FOREVER)
            if end >= self.first:
                self.contracts[compound, provider].append((Span(starts, end), fee, number))
        self.suspended: dict[int, list[Span]] = defaultdict(list)
        steps = EntitlementStep.objects.filter(
            entitlement__among=ids, act__in=["SUSPEND", "RESUME"]
        )
        since: dict[int, dt.date] = {}
        for pk, act, on in steps.order_by("entitlement_id", "pk").values_list(
            "entitlement_id", "act", "on"
        ):
            if act == "SUSPEND":
                since[pk] = on
            elif pk in since:
                begun = since.pop(pk)
                if begun < on:
                    self.suspended[pk].append(Span(begun, on - dt.timedelta(1)))
        for pk, begun in since.items():
            self.suspended[pk].append(Span(begun, FOREVER))

    def _read_fees(self, compounds) -> None:
        """Reports, books, assessments and inspections of the compounds."""
        month = rule.month_of(self.first)
        self.reports: dict[tuple[int, dt.date], tuple[int, int, Decimal]] = {}
        for compound, on, paid, billed, amount in CollectionReport.objects.filter(
            compound__among=compounds, month__gte=month, month__lte=self.last
        ).values_list("compound_id", "month", "paid_households", "billed_households",
                      "billed_amount").order_by():  # fmt: skip
            self.reports[compound, on] = (paid, billed, amount)
        # Only where something was billed, or a missing report takes money off.
        asked = compounds if any(one.deductions for one in self.terms.values()) else frozenset()
        asked = asked or frozenset(compound for compound, _month in self.reports)
        self.services = fees.services_of(asked) if asked else {}
        self.books: set[int] = set()
        self.revenue: dict[tuple[int, dt.date], Decimal] = defaultdict(Decimal)
        if any(one.offset_percent for one in self.terms.values()):
            self.books = set(
                BookBalance.objects.filter(compound__among=compounds).values_list("pk", flat=True)
            )
            signed = Case(When(kind="INCOME", then=F("amount")), default=Value(0))
            cost = Case(When(kind="COST", then=F("amount")), default=Value(0))
            for compound, on, income, spent in (
                BookEntry.objects.filter(
                    compound__among=compounds,
                    on__gte=self.first,
                    on__lte=self.last,
                    kind__in=["INCOME", "COST"],
                )
                .order_by()
                .values_list("compound_id", "on")
                .annotate(income=Sum(signed), spent=Sum(cost))
            ):
                self.revenue[compound, on] += income - spent
        self.scores: dict[int, list[tuple[dt.date, Decimal, str, int | None]]] = defaultdict(list)
        if any(one.bands or one.needs_assessment for one in self.terms.values()):
            for compound, *rest in (
                Assessment.objects.filter(compound__among=compounds)
                .order_by("assessed_on", "pk")
                .values_list("compound_id", "assessed_on", "total", "round__name", "provider_id")
            ):
                self.scores[compound].append(tuple(rest))
        self.inspections: dict[int, list[tuple]] = defaultdict(list)
        self.deducts = any(one.deductions for one in self.terms.values())
        if self.deducts:
            for compound, *rest in (
                Inspection.objects.filter(compound__among=compounds)
                .filter(
                    Q(on__range=(self.first, self.last))
                    | Q(order_due_on__range=(self.first, self.last))
                )
                .order_by("on", "pk")
                .values_list(
                    "compound_id",
                    "on",
                    "passed",
                    "staff_absent",
                    "statement_posted",
                    "order_due_on",
                    "mended_on",
                )
            ):
                self.inspections[compound].append(tuple(rest))

    def _read_firms(self, providers) -> None:
        """Blacklistings and cards of the firms."""
        self.barred: dict[int, list[tuple[Span, str]]] = defaultdict(list)
        rows = BlacklistEntry.objects.filter(
            provider__among=sorted(providers),
            state__in=["IN_FORCE", "LIFTED", "ENDED"],
            term_from__lte=self.last,
        )
        for provider, first, until, lifted, document in rows.values_list(
            "provider_id", "term_from", "term_until", "lifted_on", "decision_document"
        ):
            end = min(until or FOREVER, lifted or FOREVER)
            if end >= self.first:
                self.barred[provider].append((Span(first, end), document))
        self.cards: dict[int, list[tuple[dt.date, int | None, str]]] = defaultdict(list)
        if self.deducts:
            for provider, on, compound, document in (
                Card.objects.filter(
                    provider__among=sorted(providers), given_on__range=(self.first, self.last)
                )
                .order_by("given_on", "pk")
                .values_list("provider_id", "given_on", "compound_id", "document")
            ):
                self.cards[provider].append((on, compound, document))

    def _read_fundings(self, ids) -> None:
        self.fundings: dict[int, list[tuple[dt.date, str, int]]] = defaultdict(list)
        for pk, payer, indicator, from_month in (
            Funding.objects.filter(entitlement__among=ids)
            .order_by("from_month", "pk")
            .values_list("entitlement_id", "payer", "indicator_id", "from_month")
        ):
            self.fundings[pk].append((from_month, payer, indicator))
        # A new basis counts from its month on; before it the one first approved.
        self.bases: dict[int, list[tuple]] = defaultdict(list)
        for pk, *rest in (
            TermChange.objects.filter(entitlement__among=ids, kind="BASIS", state="APPROVED")
            .order_by("from_month", "pk")
            .values_list(
                "entitlement_id",
                "from_month",
                "area_m2",
                "household_count",
                "document",
                "approved_on",
            )
        ):
            self.bases[pk].append(tuple(rest))

    def basis(self, claim: Claim, month: dt.date) -> tuple[Given, Given]:
        """Area and households as approved for a month, with their papers."""
        area, households = claim.area_m2, claim.household_count
        source, on = claim.area_proof, claim.approved_on
        for from_month, new_area, new_count, document, approved_on in self.bases.get(claim.pk, ()):
            if from_month > month:
                break
            area = area if new_area is None else new_area
            households = households if new_count is None else new_count
            source, on = document, approved_on
        return (
            rule.UNKNOWN if area is None else Given(area, source, on),
            rule.UNKNOWN if households is None else Given(households, source, on),
        )

    def count(self, claim: Claim, period: Period, due: rule.Due, indicators) -> None:
        """What a month was found to be due counts for those computed after it."""
        if due.gross is not None:
            self.usage.add(claim, period, due.gross)
            if self.commitments is not None:
                self.commitments.take(claim.number, due.shares, indicators)

    # -- answering ---------------------------------------------------------------------------------
    def indicators(self, claim: Claim, month: dt.date) -> dict[str, int]:
        """By payer: the indicator that pays for a month; one of another year never does."""
        return {
            payer: indicator
            for from_month, payer, indicator in self.fundings.get(claim.pk, ())
            if bears(from_month, month)
        }

    def days(self, claim: Claim, period: Period) -> tuple[Given, list[Problem]]:
        """Days of a period in which the firm served under its contract and was not suspended."""
        key = claim.compound_id, claim.provider_id
        problems: list[Problem] = []
        last = min(period.last, claim.exited_on or FOREVER, self.ends.get(claim.pk, FOREVER))
        served = overlap(self.served.get(key, ()), period.first, last)
        if not served:
            problems.append(Problem("NOT_IN_SERVICE"))
        terms = self.contracts.get(key, ())
        under = overlap((span for span, _fee, _number in terms), period.first, last)
        if not under:
            problems.append(Problem("NO_CONTRACT"))
        both = served if under == served else _both(served, under)
        if claim.pk in self.suspended:
            both = without(both, self.suspended[claim.pk])
        return Given(days_of(both), "SERVICE", both[-1].last if both else None), problems

    def inputs(
        self, claim: Claim, period: Period, decisions: Mapping[str, Mapping] | None = None
    ) -> Inputs:
        """What one month of one entitlement rests on."""
        terms = self.terms[claim.programme_id]
        days, problems = self.days(claim, period)
        notes: list[Problem] = []
        area, households = self.basis(claim, period.month)
        self._compare(claim, terms, area, households, problems, notes)
        self._judge_firm(claim, period, decisions or {}, problems, notes)
        report = self.reports.get((claim.compound_id, period.month))
        if (
            report
            and report[2]
            and not may_bill(self.services.get(claim.compound_id, ()), period.month)
        ):
            problems.append(Problem("STAGE_ORDER"))
        payers = self.indicators(claim, period.month)
        if any(str(share.payer) not in payers for share in terms.shares):
            year = str(period.month.year)
            known = self.fundings.get(claim.pk)
            problems.append(
                Problem("YEAR_NOT_COMMITTED", (("year", year),))
                if known
                else Problem("FUNDING_MISSING")
            )
        accrued, firm_year, programme_year = self.usage.of(claim, period)
        fee = next(
            (
                Given(fee, number, span.first)
                for span, fee, number in reversed(
                    self.contracts.get((claim.compound_id, claim.provider_id), ())
                )
                if span.first <= period.last and fee is not None
            ),
            rule.UNKNOWN,
        )
        return Inputs(
            period,
            days,
            area,
            households,
            fee,
            Given(report[0], "REPORT", period.month) if report else rule.UNKNOWN,
            Given(report[1], "REPORT", period.month) if report else rule.UNKNOWN,
            self._revenue(claim, period, terms),
            self._score(claim, period, terms),
            self._findings(claim, period, report) if terms.deductions else (),
            accrued,
            firm_year,
            programme_year,
            self._committed(claim, terms, payers),
            tuple(problems),
            tuple(notes),
        )

    def _committed(self, claim: Claim, terms: Terms, payers) -> tuple[Decimal, ...] | None:
        if self.commitments is None:
            return None
        return self.commitments.of(claim.number, [str(one.payer) for one in terms.shares], payers)

    def _compare(self, claim, terms: Terms, area, households, problems, notes) -> None:
        """The register now against what was approved: less is a problem, more changes nothing."""
        now = basis_of(terms, _Register(claim))
        for name, approved, present in (
            ("AREA", area.value, now.area_m2),
            ("HOUSEHOLDS", households.value, now.household_count),
        ):
            if approved is None or present is None or approved == present:
                continue
            values = (("approved", f"{approved}"), ("now", f"{present}"))
            if present < approved:
                problems.append(Problem(f"{name}_FELL", values))
            else:
                notes.append(Problem(f"{name}_ROSE", values))

    def _judge_firm(self, claim, period, decisions, problems, notes) -> None:
        for span, document in self.barred.get(claim.provider_id, ()):
            if span.first <= period.last and span.last >= period.first:
                decided = decisions.get("BLACKLISTED")
                if decided:
                    notes.append(Problem("BLACKLISTED_PAID", (("reason", decided["reason"]),)))
                else:
                    until = "" if span.last == FOREVER else span.last.isoformat()
                    problems.append(
                        Problem("BLACKLISTED", (("document", document), ("until", until)))
                    )
                return

    def _revenue(self, claim, period, terms) -> Given:
        if not terms.offset_percent or claim.compound_id not in self.books:
            return rule.UNKNOWN
        day, net = period.first, ZERO
        while day <= period.last:
            net += self.revenue.get((claim.compound_id, day), ZERO)
            day += dt.timedelta(1)
        return Given(net, "BOOK", period.month)

    def _score(self, claim, period, terms) -> Given:
        if not (terms.bands or terms.needs_assessment):
            return rule.UNKNOWN
        found = rule.UNKNOWN
        # The last one of its time; where there was none yet, the first that followed.
        for on, total, name, provider in self.scores.get(claim.compound_id, ()):
            if provider not in (None, claim.provider_id):
                continue  # another firm's marks
            if on <= period.last or found is rule.UNKNOWN:
                found = Given(total, name, on)
        return found

    def _findings(self, claim, period, report) -> tuple[Finding, ...]:
        found: list[Finding] = []
        first, last = period.first, period.last
        for on, passed, absent, posted, due_on, mended in self.inspections.get(
            claim.compound_id, ()
        ):
            if first <= on <= last:
                if not passed:
                    found.append(Finding("INSPECTION_FAILED", "INSPECTION", on))
                if absent:
                    found.append(Finding("STAFF_ABSENT", "INSPECTION", on))
                if posted is False:
                    found.append(Finding("NOT_POSTED", "INSPECTION", on))
            if due_on and first <= due_on <= last and (mended is None or mended > due_on):
                found.append(Finding("ORDER_LATE", "INSPECTION", due_on))
        for on, compound, document in self.cards.get(claim.provider_id, ()):
            if first <= on <= last and compound in (None, claim.compound_id):
                found.append(Finding("CARD", document or "CARD", on))
        if report is None and any(
            one.charges_from is not None
            and one.charges_from <= period.month
            and one.provider == claim.provider_id
            and (one.ended_on is None or one.ended_on > rule.month_end(period.month))
            for one in self.services.get(claim.compound_id, ())
        ):
            found.append(Finding("REPORT_MISSING", "REPORT", period.month))
        return tuple(found)


class _Register:
    """What the register knows of a compound now, as `basis_of` reads it."""

    __slots__ = ("chargeable_area_m2", "floor_area_m2", "household_count")

    def __init__(self, claim: Claim):
        self.chargeable_area_m2 = claim.chargeable_area_m2
        self.floor_area_m2 = claim.floor_area_m2
        self.household_count = claim.households_now


def usage_of(
    claims: Sequence[Claim], terms: Mapping[int, Terms], first: dt.date, last: dt.date
) -> Usage:
    """What stands accrued already, as far as a cap of these programmes asks for it.

    Editions of one programme share its caps of the year. Sums leave out lines with problems.
    """
    capped = {
        pk for pk, one in terms.items() if one.cap_firm_year is not None or one.cap_year is not None
    }
    per_compound = {pk for pk, one in terms.items() if one.cap_compound is not None}
    usage = Usage({}, {}, {}, {})
    standing = Accrual.objects.filter(state__in=STANDING)
    if capped or per_compound:
        names = dict(
            Programme.objects.filter(pk__in=capped | per_compound).values_list("pk", "name")
        )
        district = next(iter(claims)).district_id if claims else 0
        family = {}
        editions = Programme.objects.filter(district=district, name__in=set(names.values()))
        for pk, name in editions.order_by("pk").values_list("pk", "name"):
            family.setdefault(name, pk)
            usage.family[pk] = family[name]
    if per_compound:
        compounds = frozenset(one.compound_id for one in claims if one.programme_id in per_compound)
        rows = standing.filter(
            entitlement__compound__among=compounds, entitlement__programme__in=list(usage.family)
        )
        for programme, compound, total in (
            rows.order_by()
            .values_list("entitlement__programme_id", "entitlement__compound_id")
            .annotate(total=Sum("gross"))
        ):
            key = usage.family[programme], compound
            usage.compounds[key] = usage.compounds.get(key, ZERO) + total
    if capped:
        sums = (
            standing.filter(
                entitlement__programme__in=list(usage.family),
                month__gte=dt.date(first.year, 1, 1),
                month__lte=dt.date(last.year, 12, 31),
            )
            .order_by()
            .values_list("entitlement__programme_id", "entitlement__provider_id", "month")
            .annotate(total=Sum("gross"))
        )
        for programme, provider, month, total in sums:
            head, year = usage.family[programme], month.year
            firm = usage.firms.get((head, provider, year), ZERO)
            usage.firms[head, provider, year] = firm + total
            usage.families[head, year] = usage.families.get((head, year), ZERO) + total
    return usage


def inputs_of(entitlements: Iterable, month: dt.date) -> dict[int, Inputs]:
    """By entitlement: what its period of a month rests on; without one it is left out.

    Caps are those that stand before the month: of several lines computed together, each after the
    other, `Gathered.usage` has to grow (as `services.computing` does).
    """
    claims = claims_of(entitlements)
    terms = programmes.terms_of({one.programme_id for one in claims})
    wanted: list[tuple[Claim, Period]] = []
    for claim in claims:
        for period in rule.periods(terms[claim.programme_id], claim.starts_on, claim.ends_on):
            if period.month == month:
                wanted.append((claim, period))
    if not wanted:
        return {}
    first = min(period.first for _claim, period in wanted)
    last = max(period.last for _claim, period in wanted)
    gathered = Gathered([claim for claim, _period in wanted], first, last)
    return {claim.pk: gathered.inputs(claim, period) for claim, period in wanted}


def with_days(inputs: Inputs, days: int, source: str, on: dt.date | None) -> Inputs:
    """The same month with days that a person has stated."""
    return replace(inputs, days=Given(days, source, on))
