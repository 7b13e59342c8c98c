"""The parts of the benchmark: each yields our work beside the bare work it stands on.

"Bare" is what nobody can do without: the statements a page needs as tuples plus an empty page of
ours; reading a workbook and a bulk insert; the rule over tuples and a bulk insert.
"""

import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import python_calamine
import xlsxwriter
from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.db.models import Count, Sum
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse

from compounds.classification import services as classification
from compounds.classification.models import Decision, Policy
from compounds.classification.services.classify import judge_of
from compounds.classification.services.facts import FactGatherer
from compounds.registry.importing.compound_columns import COLUMNS
from compounds.registry.models import CommunityTally, Compound
from compounds.registry.services import bulk, imports
from governance.audit import verify
from governance.foundation.checking import all_checks
from governance.organisation.models import Area, Level, User
from governance.organisation.scope import Role

from .accruals import accruals
from .clearing import clearing
from .ledger import ledger
from .measure import Cost, Line, measured, once, plus
from .party import party
from .scratch import DAY, facts_of

SHOWN = (
    "code",
    "name",
    "street__name",
    "community__name",
    "household_count",
    "floor_area_m2",
    "built_year",
    "is_unmanaged",
    "strategy",
    "updated_at",
)
PAGE_SIZE = 50
COUNT_LIMIT = 10_001
CHUNK = 2000


class Visitor:
    """A signed-in district officer."""

    def __init__(self):
        self.user = User.objects.get(username=Role.DISTRICT_OFFICER.value)
        self.client = Client(SERVER_NAME=settings.ALLOWED_HOSTS[0].lstrip("."))
        self.client.force_login(self.user, settings.AUTHENTICATION_BACKENDS[-1])

    def get(self, url: str, *statuses: int) -> Callable[[], int]:
        """A visit to a page, read to its end; other statuses than 200 are failures."""

        def visit() -> int:
            answer = self.client.get(url, secure=True)
            if answer.status_code != 200:
                raise RuntimeError(f"{url} answered {answer.status_code}")
            if answer.streaming:
                return sum(len(chunk) for chunk in answer.streaming_content)
            return len(answer.content)

        return visit

    def empty_page(self, rounds: int) -> Cost:
        return measured(self.get(reverse("organisation:password_change")), rounds=rounds)


def pages(rounds: int, rows: int) -> Iterator[Line]:
    """The register as a list, against its ids on an index, 50 tuples, a count and an empty page."""
    visitor = Visitor()
    empty = visitor.empty_page(rounds)
    base = reverse("registry:compound_list")
    seen = Compound.objects.filter(visitor.user.scope.seen(), status="ACTIVE")
    total = seen.count()
    last = max(1, total * 9 // 10 // PAGE_SIZE)
    street = Area.objects.filter(level=Level.STREET).order_by("code")[1]
    word = facts_of(total // 2)["name"]
    filtered = seen.filter(street=street, is_unmanaged=True)
    cases = (
        ("first page", "", seen.order_by("code"), 0),
        ("at 90 %", f"?page={last}", seen.order_by("code"), (last - 1) * PAGE_SIZE),
        (
            "filtered",
            f"?street={street.code}&is_unmanaged=true",
            filtered.order_by("code"),
            0,
        ),
        ("sorted", "?sort=-household_count", seen.order_by("-household_count", "-pk"), 0),
        ("searched", f"?q={word}", seen.filter(search_text__contains=word).order_by("code"), 0),
    )
    for case, query, found, offset in cases:
        bare = measured(_bare_page(found, offset), rounds=rounds)
        yield Line(
            "list",
            case,
            measured(visitor.get(base + query), rounds=rounds, rows=total),
            plus(bare, empty),
            "ids, tuples, count, empty page",
            most_statements=10,
        )
    yield Line(
        "list",
        "first page against Django's own changelist",
        measured(visitor.get(base), rounds=rounds, rows=total),
        measured(_stock_changelist(), rounds=rounds),
        "stock admin, same columns",
        limit=0.6,
    )


class _StockAdmin(admin.ModelAdmin):
    """What Django offers for the same list: columns, filters, search, pages."""

    list_display = tuple(name.removesuffix("__name") for name in SHOWN)
    list_select_related = ("street", "community")
    list_filter = ("street", "is_unmanaged", "strategy", "ownership", "management_mode")
    search_fields = ("name", "address", "code")
    list_per_page = PAGE_SIZE


def _stock_changelist() -> Callable[[], None]:
    user = User.objects.create(username="stock", is_superuser=True, is_staff=True)
    view = _StockAdmin(Compound, admin.AdminSite()).changelist_view

    def visit() -> None:
        request = RequestFactory().get("/")
        request.user = user
        if view(request).render().status_code != 200:
            raise RuntimeError("the stock changelist did not open")

    return visit


def _bare_page(found, offset: int) -> Callable[[], None]:
    def ask() -> None:
        ids = list(found.values_list("pk", flat=True)[offset : offset + PAGE_SIZE])
        list(Compound.objects.filter(pk__in=ids).values_list(*SHOWN))
        found.order_by()[:COUNT_LIMIT].count()

    return ask


def dossier(rounds: int, rows: int) -> Iterator[Line]:
    """One compound with its news, against its row as a tuple and an empty page."""
    visitor = Visitor()
    empty = visitor.empty_page(rounds)
    code = Compound.objects.filter(is_unmanaged=True).order_by("pk").values_list("code", flat=True)
    url = reverse("dashboards:compound_dossier", args=[code[0]])

    def bare() -> None:
        (row,) = Compound.objects.filter(code=code[0]).values_list()
        list(Decision.objects.filter(compound_id=row[0], is_current=True).values_list())

    yield Line(
        "dossier",
        "unmanaged compound",
        measured(visitor.get(url), rounds=rounds),
        plus(measured(bare, rounds=rounds), empty),
        "two tuples, empty page",
        most_statements=15,
    )


def dashboards(rounds: int, rows: int) -> Iterator[Line]:
    """Pages of figures, against one grouped question to the summary and an empty page."""
    visitor = Visitor()
    empty = visitor.empty_page(rounds)
    street = Area.objects.filter(level=Level.STREET).order_by("code")[1]
    community = Area.objects.filter(level=Level.COMMUNITY).order_by("code")[1]

    def bare(**place) -> Callable[[], None]:
        def ask() -> None:
            grouped = CommunityTally.objects.filter(**place).order_by()
            list(
                grouped.values("street_id", "is_unmanaged", "strategy", "decision").annotate(
                    n=Sum("compounds"), households=Sum("households"), area=Sum("floor_area_m2")
                )
            )

        return ask

    cases = (
        ("workbench", "dashboards:home", (), {}),
        ("street", "dashboards:area_detail", (street.code,), {"street": street}),
        ("community", "dashboards:area_detail", (community.code,), {"community": community}),
        ("wall screen", "dashboards:wall", (), {}),
        ("map", "registry:compound_map", (), {}),
        ("classification", "classification:overview", (), {}),
        ("providers", "providers:provider_list", (), {}),
    )
    for case, name, args, place in cases:
        try:
            url = reverse(name, args=args)
        except NoReverseMatch:
            continue
        yield Line(
            "dashboards",
            case,
            measured(visitor.get(url), rounds=rounds),
            plus(measured(bare(**place), rounds=rounds), empty),
            "summary grouped, empty page",
            most_statements=20,
        )
    try:
        url = reverse("registry:map_data")
    except NoReverseMatch:
        return
    located = Compound.objects.filter(visitor.user.scope.seen(), longitude__isnull=False)

    def points() -> None:
        list(located.values_list("code", "name", "longitude", "latitude", "strategy", "decision"))

    yield Line(
        "dashboards",
        "points of the map",
        measured(visitor.get(url), rounds=max(1, rounds // 4), rows=located.count()),
        measured(points, rounds=max(1, rounds // 4)),
        "tuples",
    )


def export(rounds: int, rows: int) -> Iterator[Line]:
    """The register as a workbook, against xlsxwriter with the same cells."""
    visitor = Visitor()
    url = reverse("registry:export")
    seen = Compound.objects.filter(visitor.user.scope.seen(), status="ACTIVE").order_by("code")
    total = seen.count()
    columns = [column.field for column in COLUMNS if column.field]
    own = [name for name in columns if name in _fields()]

    def bare() -> None:
        with tempfile.TemporaryFile() as file:
            book = xlsxwriter.Workbook(file, {"constant_memory": True})
            sheet = book.add_worksheet()
            for number, values in enumerate(seen.values_list(*own).iterator(chunk_size=CHUNK)):
                for column, value in enumerate(values):
                    if value is None:
                        continue
                    if isinstance(value, int | float | Decimal):
                        sheet.write_number(number, column, float(value))
                    else:
                        sheet.write_string(number, column, str(value))
            book.close()

    yield Line(
        "export",
        f"{total} rows",
        once(visitor.get(url), rows=total),
        once(bare),
        f"xlsxwriter, {len(own)} columns",
        limit=2.0,
    )


def _fields() -> set[str]:
    return {field.name for field in Compound._meta.concrete_fields}


SHEET = (
    "区划代码",
    "小区名称",
    "地址",
    "建成年份",
    "楼栋数",
    "单元数",
    "户数",
    "常住人口",
    "建筑面积(㎡)",
    "应收费面积(㎡)",
    "产权性质",
    "是否改造",
    "是否围合",
    "现管理方式",
    "停车位数",
    "电梯数",
    "有无物管会",
    "摸底人",
    "摸底日期",
    "管网完好",
)


def _workbook(rows: int, communities: list[str]) -> bytes:
    """A register sheet of new compounds."""
    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet("小区摸底台账")
    sheet.write_row(0, 0, SHEET)
    by_header = {column.header: column for column in COLUMNS}
    for number in range(rows):
        facts = facts_of(number)
        for place, header in enumerate(SHEET):
            column = by_header[header]
            if header == "区划代码":
                value = communities[number % len(communities)]
            elif header == "小区名称":
                value = f"新录{number}号院"
            elif header == "摸底日期":
                value = DAY.isoformat()
            else:
                value = column.shown(facts[column.field])
            if isinstance(value, Decimal):
                value = float(value)
            sheet.write(number + 1, place, value)
    book.close()
    return file.getvalue()


def import_(rounds: int, rows: int) -> Iterator[Line]:
    """A workbook of new rows with checks, history and audit, against reading and inserting."""
    visitor = Visitor()
    communities = list(Area.objects.filter(level=Level.COMMUNITY).order_by("code"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "register.xlsx"
        path.write_bytes(_workbook(rows, [community.code for community in communities]))

        def bare() -> None:
            book = python_calamine.CalamineWorkbook.from_path(str(path))
            read = book.get_sheet_by_index(0).to_python(skip_empty_area=True)
            made = []
            for number, _cells in enumerate(read[1:]):
                community = communities[number % len(communities)]
                made.append(
                    Compound(
                        community_id=community.pk,
                        street_id=community.street_id,
                        district_id=community.district_id,
                        code=f"bare-{number}",
                        **facts_of(number) | {"name": f"bare-{number}"},
                    )
                )
            with transaction.atomic():
                Compound.objects.bulk_create(made, batch_size=CHUNK)
                transaction.set_rollback(True)

        floor = once(bare)

        def ours() -> None:
            imports.import_file(by=visitor.user, path=path)

        cost = once(ours, rows=rows)
    yield Line(
        "import",
        f"{rows} new rows of {len(SHEET)} columns",
        cost,
        floor,
        "calamine and bulk insert",
    )


def edit(rounds: int, rows: int) -> Iterator[Line]:
    """One fact of many compounds set at once, against the same rows updated in one statement."""
    visitor = Visitor()
    ids = list(Compound.objects.order_by("pk").values_list("pk", flat=True)[:rows])

    def ours() -> None:
        bulk.change_many(by=visitor.user, ids=ids, changes={"has_committee": None})

    def bare() -> None:
        with transaction.atomic():
            for start in range(0, len(ids), CHUNK):
                Compound.objects.filter(pk__in=ids[start : start + CHUNK]).update(is_enclosed=None)
            transaction.set_rollback(True)

    floor = once(bare)
    yield Line("edit", f"{len(ids)} rows", once(ours, rows=len(ids)), floor, "updates alone")


def classify(rounds: int, rows: int) -> Iterator[Line]:
    """Classifying every unmanaged compound, against the rule over tuples and a bulk insert."""
    visitor = Visitor()
    policy = Policy.objects.get()
    ids = list(Compound.objects.unmanaged().order_by("pk").values_list("pk", flat=True))
    judge = judge_of(policy)
    gatherer = FactGatherer(districts=[policy.district_id], as_of=DAY)
    facts = [
        (row.pk, (row.district, row.street, row.community), row.values)
        for start in range(0, len(ids), CHUNK)
        for row in gatherer.gather(ids[start : start + CHUNK])
    ]
    names = ("pk", "household_count", "floor_area_m2", "foundation_score", "unit_distance_m")

    def bare() -> None:
        read = list(Compound.objects.unmanaged().order_by("pk").values_list(*names))
        made = []
        for _row, (pk, place, values) in zip(read, facts, strict=True):
            decision = judge.compiled.decide(values, {})
            made.append(
                Decision(
                    compound_id=pk,
                    district_id=place[0],
                    street_id=place[1],
                    community_id=place[2],
                    policy_id=policy.pk,
                    outcome=decision.outcome,
                    strategy=decision.strategy,
                    record=decision.record(),
                    digest="",
                    decided_at=policy.published_at,
                )
            )
        with transaction.atomic():
            Decision.objects.bulk_create(made, batch_size=500)
            transaction.set_rollback(True)

    floor = once(bare)

    def ours() -> None:
        classification.run_classification(by=visitor.user, as_of=DAY)

    yield Line(
        "classify",
        f"{len(ids)} compounds, first run",
        once(ours, rows=len(ids)),
        floor,
        "tuples, rule, bulk insert",
        limit=4.0,
    )
    yield Line("classify", "again, nothing changed", once(ours, rows=len(ids)), floor, "the same")
    counted = Decision.objects.order_by().values("outcome").annotate(n=Count("pk"))
    if sum(row["n"] for row in counted) != len(ids):
        raise RuntimeError("not every compound was decided once")


def prove(rounds: int, rows: int) -> Iterator[Line]:
    """The checks of the register and of the audit chain; a breach is a failure."""
    for name, check in all_checks().items():
        breaches: list[str] = []
        cost = once(lambda check=check, found=breaches: found.extend(check()))
        if breaches:
            raise RuntimeError(f"{name}: {breaches[0]}")
        yield Line("prove", name, cost)
    yield Line("prove", "audit chain", once(lambda: list(verify.breaches())))


# In the order in which they change the scratch database least.
PARTS: dict[str, Callable[[int, int], Iterator[Line]]] = {
    "list": pages,
    "dossier": dossier,
    "dashboards": dashboards,
    "export": export,
    "party": lambda rounds, rows: party(Visitor(), rounds),
    "classify": classify,
    "edit": edit,
    "import": import_,
    "clearing": lambda rounds, rows: clearing(Visitor(), rounds),
    "accruals": lambda rounds, rows: accruals(Visitor(), rounds),
    "ledger": lambda rounds, rows: ledger(Visitor(), rounds, rows),
    "prove": prove,
}
