"""The campaign at size: a cleared case for every compound, its year of service, and the watch.

For each compound an assignment with three service stages, six monthly reports, complaints, two
inspections, an assessment and a contract: 20,000 compounds make some 400,000 rows. One in twenty
cases is still on its way.
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Sum
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from compounds.assignment.models import Assignment
from compounds.clearing.models import Case, Transition, WatchScore, WatchTask
from compounds.clearing.rules import watch as rules
from compounds.clearing.services.watch_policies import ensure_default
from compounds.clearing.services.watch_runs import run_watch
from compounds.contracts.models import Contract, ContractCompound
from compounds.fees.models import (
    Assessment,
    AssessmentRound,
    CollectionReport,
    ComplaintCount,
    Inspection,
    ServiceStage,
)
from compounds.providers.models import Provider
from compounds.registry.models import Compound
from governance.foundation import history
from governance.foundation.bulk import insert_values, renew_statistics
from governance.organisation.models import Area, Level, Post, User
from governance.organisation.scope import Role

from .measure import Line, measured, once, plus
from .party import PLACE, _many
from .scratch import DAY

CLEARED = dt.date(2025, 12, 1)
SERVED = dt.date(2025, 9, 1)
MONTHS = tuple(dt.date(2025 + (n + 9) // 12, (n + 9) % 12 + 1, 1) for n in range(7))
ON_THE_WAY = ("SURVEYED", "CLASSIFIED", "MATCHING", "CONSULTING", "CONTRACTED", "SERVING")
PAGE_SIZE = 50
COUNT_LIMIT = 10_001


def clearing(visitor, rounds: int) -> Iterator[Line]:
    """The board and its lists; the watch run against reading its inputs bare."""
    with transaction.atomic():
        _furnish(visitor.user)
    yield from _runs(visitor)
    empty = visitor.empty_page(rounds)
    yield from _pages(visitor, rounds, empty)


def _runs(visitor) -> Iterator[Line]:
    cases = Case.objects.filter(state="CLEARED").count()
    floor = measured(_inputs, rounds=3, warm=1)
    first = once(lambda: run_watch(by=visitor.user, as_of=DAY), rows=cases)
    yield Line(
        "clearing",
        "watch: first run, all is written",
        first,
        plus(floor, _inserting()),
        "its inputs as tuples, bulk insert",
        limit=4,
        most_statements=20 + 20 * (2 + cases // 2000),
    )
    yield Line(
        "clearing",
        "watch: again, nothing changed",
        once(lambda: run_watch(by=visitor.user, as_of=DAY), rows=cases),
        floor,
        "its inputs as tuples",
        limit=3,
        most_statements=40 + 3 * (cases // 2000),
    )
    ids = list(Case.objects.filter(state="CLEARED").order_by("pk").values_list("pk", flat=True))
    Inspection.objects.filter(compound__case__in=ids[: len(ids) // 50], staff_absent=False).update(
        staff_absent=True
    )
    yield Line(
        "clearing",
        "watch: again, 2 % changed",
        once(lambda: run_watch(by=visitor.user, as_of=DAY), rows=cases),
        floor,
        "its inputs as tuples",
        limit=3,
    )
    if WatchScore.objects.filter(is_current=True).count() != cases:
        raise RuntimeError("not every cleared case was judged once")


def _inserting():
    """The scores that were just written, once more by Django's own bulk insert; rolled back."""
    rows = list(WatchScore.objects.filter(is_current=True))
    for row in rows:
        row.pk, row.is_current = None, False

    def insert() -> None:
        with transaction.atomic():
            WatchScore.objects.bulk_create(rows, batch_size=500)
            transaction.set_rollback(True)

    return once(insert)


def _inputs() -> None:
    """What the watch cannot do without, row by row as it is stored, and nothing made of it."""
    ids = list(Case.objects.filter(state="CLEARED").values_list("compound_id", flat=True))
    list(
        Case.objects.filter(state="CLEARED").values_list(
            "pk", "compound_id", "compound__name", *PLACE, "band", "cleared_on", "watched_until"
        )
    )
    list(
        Assignment.objects.filter(state="ACTIVE", compound__among=ids).values_list(
            "compound_id", "pk", "provider_id", "strategy", "starts_on"
        )
    )
    list(
        ServiceStage.objects.filter(stage="CHARGE", assignment__compound__among=ids).values_list(
            "assignment_id", "began_on"
        )
    )
    list(
        CollectionReport.objects.filter(
            compound__among=ids, month__gte=MONTHS[0], month__lte=MONTHS[-1]
        ).values_list("compound_id", "month", "billed_amount", "paid_amount")
    )
    list(
        Assessment.objects.filter(compound__among=ids).values_list(
            "compound_id", "satisfaction_score", "assessed_on"
        )
    )
    list(
        ComplaintCount.objects.order_by()
        .values_list("compound_id", "compound__household_count")
        .annotate(n=Sum("count"))
    )
    list(
        Inspection.objects.filter(compound__among=ids).values_list(
            "compound_id", "on", "passed", "staff_absent", "statement_posted", "mended_on"
        )
    )
    list(
        ContractCompound.objects.filter(compound__among=ids, is_main=True).values_list(
            "compound_id",
            "contract__number",
            "contract__starts_on",
            "contract__ends_on",
            "contract__renewal",
        )
    )
    list(Provider.objects.values_list("pk", "rating", "blacklisted_until"))
    for row in WatchScore.objects.filter(is_current=True).values_list(
        "case_id", "pk", "digest", "band", "score"
    ):
        del row
    list(WatchTask.objects.filter(done_on=None).values_list("case_id", "kind"))


def _pages(visitor, rounds: int, empty) -> Iterator[Line]:
    cases = Case.objects.filter(visitor.user.scope.seen())
    scores = WatchScore.objects.filter(visitor.user.scope.seen(), is_current=True)
    tasks = WatchTask.objects.filter(visitor.user.scope.seen(), done_on=None)
    warned = scores.exclude(band="GREEN")
    pages = (
        ("board", "clearing:overview", "", _grouped(cases, "state", "strategy")),
        ("list by deadline", "clearing:case_list", "", _first(cases.order_by("due_on", "pk"))),
        ("watch list", "clearing:watch_list", "", _first(warned.order_by("-score", "-pk"))),
        ("visits and orders", "clearing:watch_task_list", "", _first(tasks.order_by("due_on"))),
        ("workbench", "dashboards:home", "", _grouped(cases, "state", "strategy")),
    )
    for case, name, query, bare in pages:
        try:
            url = reverse(name) + query
        except NoReverseMatch:
            continue
        yield Line(
            "clearing",
            case,
            measured(visitor.get(url), rounds=rounds, rows=cases.count()),
            plus(measured(bare, rounds=rounds), empty),
            "ids, tuples, counts, empty page",
            most_statements=25,
        )
    one = scores.order_by("-score").values_list("case_id", flat=True)[0]
    yield Line(
        "clearing",
        "one compound under watch",
        measured(visitor.get(reverse("clearing:watch_detail", args=[one])), rounds=rounds),
        plus(measured(lambda: list(scores.filter(case=one).values_list()), rounds=rounds), empty),
        "its tuple, empty page",
        most_statements=20,
    )


def _first(found):
    """The ids of a page on an index, its rows as tuples, a count up to the limit."""

    def ask() -> None:
        ids = list(found.values_list("pk", flat=True)[:PAGE_SIZE])
        list(found.model.objects.filter(pk__in=ids).values_list())
        found.order_by()[:COUNT_LIMIT].count()

    return ask


def _grouped(found, *columns):
    return lambda: list(found.order_by().values_list(*columns).annotate(n=Count("pk")))


def _furnish(officer) -> None:
    now = timezone.now()
    stamps = {"version": 1, "created_at": now, "updated_at": now}
    approver = User.objects.get(username=Role.DISTRICT_APPROVER.value)
    street = Area.objects.filter(level=Level.STREET).order_by("code")[0]
    leader = User.objects.create(username="street_leader", display_name="street_leader")
    Post.objects.create(
        user=leader, role=Role.STREET_LEADER, area=street, valid_from=dt.date(2026, 1, 1)
    )
    rows = list(
        Compound.objects.order_by("community_id", "pk").values_list("pk", *PLACE, "household_count")
    )
    cleared = [row for number, row in enumerate(rows) if number % 20]
    waiting = [row for number, row in enumerate(rows) if not number % 20]
    firms = list(Provider.objects.order_by("pk").values_list("pk", flat=True))
    facts = stamps | {"strategy": "RED_TAKEOVER", "registered_on": dt.date(2025, 3, 3)}
    _many(
        Case,
        facts
        | {
            "state": "CLEARED",
            "entered_on": CLEARED,
            "served_from": SERVED,
            "cleared_on": CLEARED,
            "first_cleared_on": CLEARED,
            "watched_until": rules.months_later(CLEARED, 24),
        },
        ("compound_id", *PLACE, "provider_id"),
        ((pk, *place, firms[pk % len(firms)]) for pk, *place, _homes in cleared),
    )
    _many(
        Case,
        facts | {"entered_on": DAY},
        ("compound_id", *PLACE, "state", "due_on"),
        (
            (pk, *place, ON_THE_WAY[pk % len(ON_THE_WAY)], DAY + dt.timedelta(days=pk % 60 - 20))
            for pk, *place, _homes in waiting
        ),
    )
    Compound.objects.filter(pk__among=[row[0] for row in cleared]).update(
        stage="CLEARED", first_cleared_on=CLEARED, is_unmanaged=True
    )
    cases = list(Case.objects.order_by("pk").values_list("pk", *PLACE, "state"))
    _many(
        Transition,
        {"kind": "OPEN", "to_state": "REGISTERED", "on": CLEARED, "at": now, "by_id": officer.pk},
        ("case_id", *PLACE),
        ((pk, *place) for pk, *place, _state in cases),
    )
    people = {
        "prepared_by_id": officer.pk,
        "reviewed_by_id": leader.pk,
        "approved_by_id": approver.pk,
    }
    _many(
        Assignment,
        stamps | people | {"state": "ACTIVE", "starts_on": SERVED},
        ("compound_id", *PLACE, "provider_id", "strategy"),
        (
            (
                pk,
                *place,
                firms[pk % len(firms)],
                "SUBSIDY_TRANSITION" if pk % 3 == 0 else "RED_TAKEOVER",
            )
            for pk, *place, _homes in cleared
        ),
    )
    served = list(Assignment.objects.order_by("pk").values_list("pk", *PLACE))
    _many(
        ServiceStage,
        stamps | {"recorded_by_id": officer.pk},
        ("assignment_id", *PLACE, "stage", "position", "began_on"),
        (
            (*row, stage, position, dt.date(2025, 8 + position, 1))
            for row in served
            for position, stage in enumerate(("SERVE", "CONSULT", "CHARGE"), 1)
        ),
    )
    _many(
        CollectionReport,
        stamps | {"billed_households": 80, "billed_amount": Decimal(10_000), "paid_households": 40},
        ("compound_id", *PLACE, "month", "paid_amount"),
        (
            (pk, *place, month, Decimal(4000 + pk * 37 % 6000))
            for pk, *place, _homes in cleared
            for month in MONTHS[: 5 + pk % 3]
        ),
    )
    _many(
        ComplaintCount,
        stamps,
        ("compound_id", *PLACE, "month", "count"),
        (
            (pk, *place, month, pk * 13 % 7)
            for pk, *place, _homes in cleared
            for month in MONTHS[-2:]
        ),
    )
    _many(
        Inspection,
        stamps | {"inspected_by_id": officer.pk, "findings": "样例"},
        ("compound_id", *PLACE, "on", "passed", "staff_absent", "statement_posted"),
        (
            (pk, *place, dt.date(2026, month, 6), bool(pk % 9), pk % 23 == 0, bool(pk % 11))
            for pk, *place, _homes in cleared
            for month in (2, 4)
        ),
    )
    turn = AssessmentRound.objects.create(
        district_id=rows[0][1], name="基准双评", starts_on=DAY, ends_on=DAY
    )
    _many(
        Assessment,
        stamps
        | {
            "round_id": turn.pk,
            "sampled_households": 20,
            "collection_score": Decimal(80),
            "total": Decimal(80),
            "grade": "GOOD",
            "assessed_on": DAY,
        },
        ("compound_id", *PLACE, "satisfaction_score"),
        ((pk, *place, Decimal(60 + pk % 40)) for pk, *place, _homes in cleared),
    )
    _contracts(cleared, firms, officer, stamps)
    ids = [pk for pk, *_rest in cases]
    history.record_versions(Case, ids, kind=history.CREATED, by=None)
    ensure_default(
        district=Area.objects.get(level=Level.DISTRICT),
        prepared_by=officer,
        published_by=approver,
        valid_from=dt.date(2026, 1, 1),
        document="基准〔2026〕2号",
    )
    renew_statistics("registry", "assignment", "contracts", "fees", "clearing", "providers")


def _contracts(cleared, firms, officer, stamps) -> None:
    _many(
        Contract,
        stamps
        | {
            "kind": "TAKEOVER",
            "party_a": "COMMUNITY",
            "party_a_name": "样例",
            "signed_on": SERVED,
            "filed_on": SERVED,
            "starts_on": SERVED,
            "fee_mode": "LUMP_SUM",
            "state": "FILED",
            "prepared_by_id": officer.pk,
        },
        ("number", *PLACE, "provider_id", "ends_on"),
        (
            (f"基准合同{pk}", *place, firms[pk % len(firms)], DAY + dt.timedelta(days=pk % 900))
            for pk, *place, _homes in cleared
        ),
    )
    made = list(Contract.objects.order_by("pk").values_list("pk", flat=True))
    insert_values(
        ContractCompound,
        (
            "contract",
            "compound",
            "district",
            "street",
            "community",
            "assignment",
            "area_m2",
            "is_main",
            "is_running",
            *stamps,
        ),
        (
            (contract, pk, *place, None, None, True, True, *stamps.values())
            for contract, (pk, *place, _homes) in zip(made, cleared, strict=True)
        ),
    )
