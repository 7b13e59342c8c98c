"""Accruals at size: an entitlement for every compound, three years of months into the ledger.

Each month is computed, confirmed by the streets, handed to finance, approved and posted; beside
it Django's own bulk insert of the same postings, with the balances that the database keeps.
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Sum
from django.urls import reverse
from django.utils import timezone

from compounds.assignment.models import Assignment
from compounds.contracts.models import Contract
from compounds.fees.models import ServiceStage
from compounds.providers.models import Provider
from compounds.registry.models import Compound
from governance.foundation.bulk import renew_statistics, roomy_cache
from governance.organisation.models import Area, Level, Post, User
from governance.organisation.scope import Role
from subsidies.accruals import services
from subsidies.accruals.models import Accrual, AccrualRun
from subsidies.entitlements.models import Entitlement, Funding
from subsidies.entitlements.rules.due import months_after
from subsidies.ledger import services as ledger
from subsidies.ledger.models import BudgetIndicator, BudgetLine, Posting, Stage
from subsidies.ledger.models import Transaction as Voucher
from subsidies.ledger.services import Holder, Place
from subsidies.ledger.services import Line as Entry
from subsidies.programmes.models import FundingShare, Programme, RateStep

from .clearing import _contracts, _first
from .measure import Cost, Line, measured, once, plus
from .party import PLACE, _many

FIRST = dt.date(2022, 9, 1)
MONTHS = 36
RATES = (Decimal("0.3"), Decimal("0.2"), Decimal("0.1"))  # falling from year to year (§4.4)


def accruals(visitor, rounds: int) -> Iterator[Line]:
    """Three years of months against the bare bulk insert of their postings; then the pages."""
    with transaction.atomic():
        people = _furnish(visitor.user)
    ours, bare, both, computing = [], [], [], []
    for number in range(MONTHS):
        month = months_after(FIRST, number)
        run = _open(people, month)
        computing.append(once(lambda run=run: services.execute(run)))
        ours.append(computing[-1])
        ours.append(once(lambda run=run: _finish(people, run)))
        bare.append(_inserting(run))
        both.append(plus(bare[-1], _inserting_lines(run)))
    lines = Accrual.objects.filter(state="POSTED").count()
    if lines != Entitlement.objects.count() * MONTHS:
        raise RuntimeError("not every month was posted once")
    floor, whole = _sum(bare, lines), _sum(ours, lines)
    said = "bulk insert of the same postings"
    yield Line("accruals", f"{MONTHS} months into the ledger", whole, floor, said, limit=5)
    yield Line("accruals", "of it computing and writing lines", _sum(computing, lines), floor, said)
    yield Line("accruals", "the last month", plus(*ours[-2:]), bare[-1], said)
    said = "bulk insert of the same postings and lines"
    yield Line("accruals", "against all its rows", whole, _sum(both, lines), said, limit=5)
    yield from _pages(visitor, rounds)


def _sum(costs: list[Cost], rows: int) -> Cost:
    whole = plus(*costs)
    whole.rows = rows
    return whole


def _open(people, month: dt.date) -> AccrualRun:
    """An empty run; its computing is not left to a worker but measured."""
    run = AccrualRun(month=month, prepared_by=people["officer"])
    run.place_in(people["district"])
    run.save()
    return run


def _finish(people, run: AccrualRun) -> None:
    services.confirm_all(by=people["clerk"], run=run)
    services.submit_run(by=people["officer"], run=run)
    services.approve_run(by=people["finance"], run=run, document="基准〔2026〕3号")


def _inserting(run: AccrualRun) -> Cost:
    """The postings just made, once more by Django's own bulk insert; rolled back.

    The database keeps their balances and indexes as it does ours, with as much room for pages.
    """
    voucher = Voucher.objects.get(key=f"accrue:run{run.pk}")
    rows = list(Posting.objects.filter(transaction=voucher))
    for row in rows:
        row.key = f"bare:{row.key}"
    return _once_more(Posting, rows)


def _inserting_lines(run: AccrualRun) -> Cost:
    """As `_inserting`, the lines of the run; of a state that no month is held by."""
    rows = list(run.lines.all())
    for row in rows:
        row.state = Accrual.State.REVERSED
    return _once_more(Accrual, rows)


def _once_more(model, rows) -> Cost:
    for row in rows:
        row.pk, row._state.adding = None, True

    def insert() -> None:
        with transaction.atomic(), roomy_cache():
            model.objects.bulk_create(rows, batch_size=500)

    with transaction.atomic():
        cost = once(insert, rows=len(rows))
        transaction.set_rollback(True)
    return cost


def _pages(visitor, rounds: int) -> Iterator[Line]:
    empty = visitor.empty_page(rounds)
    run = AccrualRun.objects.order_by("-month").first()
    lines = Accrual.objects.filter(visitor.user.scope.seen(), run=run)
    line = lines.order_by("pk").values_list("pk", flat=True)[0]
    sums = lines.order_by().values_list("street").annotate(n=Count("pk"), s=Sum("due"))
    ids = _first(lines.order_by("entitlement__compound__code"))
    pages = (
        ("a month's table", "run_detail", run.pk, lambda: (ids(), list(sums)), 35),
        ("one line", "accrual_detail", line, lambda: Accrual.objects.get(pk=line), 25),
    )
    for case, name, pk, work, most in pages:
        yield Line(
            "accruals",
            case,
            measured(visitor.get(reverse(f"accruals:{name}", args=[pk])), rounds=rounds),
            plus(measured(work, rounds=rounds), empty),
            "ids, tuples, sums, empty page",
            most_statements=most,
        )


# -- what is needed for it -------------------------------------------------------------------------
def _furnish(officer) -> dict:
    """People, a programme of three years, money, and an approved entitlement for each compound."""
    now = timezone.now()
    stamps = {"version": 1, "created_at": now, "updated_at": now}
    district = Area.objects.get(level=Level.DISTRICT)
    people = {"officer": officer, "district": district}
    for name, role in (
        ("clerk", Role.STREET_CLERK),
        ("finance", Role.FINANCE_OFFICER),
        ("leader", Role.STREET_LEADER),
        ("worker", Role.COMMUNITY_WORKER),
        ("approver", Role.DISTRICT_APPROVER),
    ):
        people[name] = User.objects.create(username=f"accrual_{name}", display_name=name)
        Post.objects.create(
            user=people[name], role=role, area=district, valid_from=dt.date(2022, 1, 1)
        )
    programme = _programme(district, people, now)
    firms = list(Provider.objects.order_by("pk").values_list("pk", flat=True))
    steps = {
        "prepared_by_id": people["clerk"].pk,
        "reviewed_by_id": people["leader"].pk,
        "approved_by_id": people["approver"].pk,
    }
    if not Assignment.objects.exists():
        _serve(firms, officer, stamps, steps)
    # The part before has let them serve for a year only.
    Assignment.objects.update(starts_on=FIRST)
    Contract.objects.update(starts_on=FIRST, signed_on=FIRST, filed_on=FIRST)
    ServiceStage.objects.update(began_on=FIRST)
    served = list(
        Assignment.objects.filter(state="ACTIVE")
        .order_by("compound_id")
        .values_list("compound_id", *PLACE, "provider_id", "pk", "compound__chargeable_area_m2")
    )
    _many(
        Entitlement,
        stamps
        | steps
        | {
            "checked_by_id": people["worker"].pk,
            "assessed_by_id": officer.pk,
            "programme_id": programme.pk,
            "area_proof": "基准测绘",
            "starts_on": FIRST,
            "ends_on": months_after(FIRST, MONTHS) - dt.timedelta(days=1),
            "months": MONTHS,
            "amount": Decimal(0),
            "state": "APPROVED",
            "document": "基准〔2022〕1号",
            "approved_on": FIRST,
        },
        ("number", "compound_id", *PLACE, "provider_id", "assignment_id", "area_m2"),
        ((f"基准-{pk}", pk, *rest) for pk, *rest in served),
    )
    indicators = _money(district, people, programme)
    _many(
        Funding,
        {"payer": "DISTRICT", "percent": Decimal(100)},
        ("entitlement_id", "indicator_id", "from_month"),
        (
            (pk, indicators[year].pk, max(FIRST, dt.date(year, 1, 1)))
            for pk in Entitlement.objects.order_by("pk").values_list("pk", flat=True)
            for year in indicators
        ),
    )
    renew_statistics("registry", "assignment", "contracts", "entitlements", "ledger", "accruals")
    return people


def _serve(firms, officer, stamps, steps) -> None:
    """A firm in service of every compound, with its contract on file."""
    rows = list(
        Compound.objects.order_by("community_id", "pk").values_list("pk", *PLACE, "household_count")
    )
    _many(
        Assignment,
        stamps | steps | {"state": "ACTIVE", "starts_on": FIRST, "strategy": "SUBSIDY_TRANSITION"},
        ("compound_id", *PLACE, "provider_id"),
        ((pk, *place, firms[pk % len(firms)]) for pk, *place, _homes in rows),
    )
    _contracts(rows, firms, officer, stamps)


def _programme(district, people, now) -> Programme:
    programme = Programme.objects.create(
        district=district,
        name="基准补贴",
        edition=1,
        effective_from=FIRST,
        months=MONTHS,
        prepared_by=people["officer"],
    )
    for position, rate in enumerate(RATES, 1):
        RateStep.objects.create(
            programme=programme,
            position=position,
            from_month=12 * position - 11,
            to_month=12 * position,
            basis="CHARGEABLE_AREA",
            rate=rate,
        )
    FundingShare.objects.create(
        programme=programme, position=1, payer="DISTRICT", percent=Decimal(100)
    )
    programme.state, programme.published_by = "PUBLISHED", people["approver"]
    programme.published_at = now
    programme.save()
    return programme


def _money(district, people, programme) -> dict[int, BudgetIndicator]:
    """An indicator a year with twice what its months cost: the bare work needs as much as ours."""
    indicators, costs = {}, {}
    for number in range(MONTHS):
        year = months_after(FIRST, number).year
        costs[year] = costs.get(year, 0) + 2 * RATES[number // 12]
    for year in costs:
        line = BudgetLine.objects.create(district=district, year=year, code="基准", name="基准补贴")
        indicators[year] = BudgetIndicator.objects.create(
            district_id=district.pk,
            line=line,
            number=f"基准指标{year}",
            name="基准",
            document="基准〔2022〕2号",
            document_on=FIRST,
        )
    entitlements = list(Entitlement.objects.select_related("compound").order_by("pk"))
    holders = {
        row.number: Holder(programme.pk, row.provider_id, row.compound) for row in entitlements
    }
    acts = {"by": people["finance"], "district_id": district.pk, "on": FIRST}
    for year, indicator in indicators.items():
        entries = [
            Entry(
                Place(indicator.pk, Stage.AVAILABLE),
                Place(indicator.pk, Stage.COMMITTED, row.number),
                (row.area_m2 * costs[year]).quantize(Decimal("0.01")),
                f"commit:{row.number}:{year}",
                FIRST,
            )
            for row in entitlements
        ]
        granted = Entry(
            Place(indicator.pk, Stage.GRANTED),
            Place(indicator.pk, Stage.AVAILABLE),
            sum(entry.amount for entry in entries),
            f"grant:bench{year}",
        )
        ledger.post(kind="MOVEMENT", key=f"grant:bench{year}", lines=[granted], **acts)
        key = f"commit:bench{year}"
        ledger.post(kind="COMMITMENT", key=key, lines=entries, holders=holders, **acts)
    return indicators
