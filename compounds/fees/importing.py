"""The sheets 收费月报 (M), 公共收益收支表 (N) and 双评打分表 (P).

What a sheet computes is checked against its own figures and never taken from it. Lines of a book
are added and marked as published; nothing of a book is changed or undone by a sheet.
"""
# ruff: noqa: E501 - tables of columns read better in one line each

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from compounds.providers.models import Provider
from compounds.registry.importing import columns as c
from compounds.registry.importing.compounds import first_compound
from compounds.registry.importing.lookups import resolve_compounds
from compounds.registry.importing.sheets import Context, Plan, Sheet, compound_links, register
from compounds.registry.models import Compound, ImportRow, Status
from compounds.registry.services.import_runs import Replan
from governance.foundation import cells, dates, spreadsheets
from governance.foundation.bulk import drafts, in_chunks, insert_many, update_many
from governance.foundation.errors import DomainError
from governance.foundation.locks import for_update
from governance.organisation.models import Area

from . import questions, rules
from .models import (
    Assessment,
    AssessmentRound,
    BookBalance,
    BookEntry,
    CollectionReport,
    ComplaintCount,
)
from .services import assessing, books, collecting

DOT = " · "
CODE = c.code("小区编码", "compound_code", ("小区代码", "小区编号"), clean=cells.code(20), width=19)


def _compound(samples: tuple = ("样例路1号院",)) -> c.Column:
    return c.text(
        "小区", "compound_name", 100, ("小区名称", "楼院", "项目名称"), width=22, samples=samples
    )


# -- cells -----------------------------------------------------------------------------------------
def month_cell():
    """A month: 2026-05, 2026年5月, 202605, or any day of it."""
    day = cells.date()

    def clean(value: object) -> dt.date | None:
        text = str(value).strip() if isinstance(value, (str, int)) else ""
        if len(text) == 6 and text.isascii() and text.isdigit():
            value = f"{text[:4]}-{text[4:]}"
        found = day(value)
        return None if found is None else rules.month_of(found)

    return clean


def percent_cell():
    """A rate in percent: 94.4, 94.4% or, as a cell of that format holds it, 0.944."""
    number = cells.decimal(units={"%"}, maximum=Decimal(10_000))

    def clean(value: object) -> Decimal | None:
        if isinstance(value, float) and 0 < value <= 1:
            return cells.decimal(places=4)(value) * 100
        return number(value)

    return clean


@dataclass(frozen=True, slots=True)
class Month(c.Column):
    """A month, written as 2026-05."""

    def shown(self, value: Any) -> Any:
        return f"{value:%Y-%m}" if value else None

    def out(self) -> spreadsheets.OutColumn:
        return spreadsheets.OutColumn(
            header=self.header,
            kind=spreadsheets.TEXT,
            width=self.width,
            is_required=self.is_required,
        )


def month(header: str, field: str, aliases: tuple[str, ...], **more) -> Month:
    return Month(header, field, spreadsheets.DATE, month_cell(), aliases, **more)


def percent(header: str, field: str, aliases: tuple[str, ...] = ()) -> c.Column:
    return c.Column(f"{header}(%)", field, spreadsheets.DECIMAL, percent_cell(), aliases, width=13)


def points(header: str, field: str, aliases: tuple[str, ...] = (), **more) -> c.Column:
    clean = cells.decimal(units={"分"}, maximum=Decimal(100))
    return c.Column(header, field, spreadsheets.DECIMAL, clean, aliases, width=13, **more)


# -- what the three have in common -----------------------------------------------------------------
class FeeSheet(Sheet):
    """Rows about a compound of the register, named by code or name; firms by name."""

    right = "fees.import"

    def resolve_places(self, plans: Sequence[Plan], context: Context) -> list[Plan]:
        """Find the compounds; the plans whose compound is in the register and not refused."""
        for plan in plans:
            said = plan.record.values
            if "compound_code" not in said and "compound_name" not in said:
                plan.refuse(_("Give the compound's code or name."), "compound_name")
        resolve_compounds(list(plans), context, self.right)
        for plan in plans:
            if not plan.record.is_refused and not plan.context.get("compound"):
                plan.refuse(
                    _("This compound is not in the register yet: import it first."),
                    "compound_name",
                )
            plan.shown_key = plan.context.get("code", "")
        return [plan for plan in plans if not plan.record.is_refused]

    def firms(self, context: Context) -> dict[str, list[int]]:
        """Providers of the district by name, read once."""
        if "fee_firms" not in context.known:
            found: dict[str, list[int]] = defaultdict(list)
            rows = Provider.objects.filter(district=context.batch.district_id)
            for pk, name in rows.values_list("pk", "name"):
                found[name].append(pk)
            context.known["fee_firms"] = found
        return context.known["fee_firms"]

    def firm_of(self, plan: Plan, context: Context, serving: int | None) -> int | None:
        """The provider a row names, or who serves the compound."""
        name = plan.record.values.get("provider_name")
        if not name:
            return serving
        found = self.firms(context).get(name, [])
        if not found:
            plan.refuse(_("There is no provider of this name in the district."), "provider_name")
        elif len(found) > 1 and serving not in found:
            plan.refuse(_("Several providers have this name."), "provider_name")
        if serving in found:
            return serving
        return found[0] if found else None

    def places(self, rows: Sequence[ImportRow]) -> dict[int, tuple[int, int, int]]:
        """Where the compounds of rows lie."""
        found = {}
        for chunk in in_chunks(sorted({row.context["compound"] for row in rows})):
            values = Compound.objects.filter(pk__in=chunk, status=Status.ACTIVE).values_list(
                "pk", "district_id", "street_id", "community_id"
            )
            found.update((pk, tuple(place)) for pk, *place in values)
        return found

    def placed_sample(self, row: dict, area: Area) -> dict | None:
        compound = first_compound(area)
        return row | {"小区编码": compound.code, "小区": compound.name} if compound else None

    def links(self, rows: Sequence[ImportRow]) -> dict[int, str]:
        found = self.model.objects.filter(pk__in=[row.object_id for row in rows])
        return compound_links(dict(found.values_list("pk", "compound__code")))


# -- M 收费月报 ------------------------------------------------------------------------------------
COLLECTION = (
    c.running_number(),
    CODE,
    _compound(),
    c.text("企业", "provider_name", 100, ("企业名称", "物业企业", "服务企业"), width=24),
    month("年月", "month", ("月份", "所属月份", "账期"), is_required=True, width=10, samples=("2026-05",)),
    c.integer("应收户数", "billed_households", ("应缴户数",), is_required=True, samples=(80,)),
    c.money("应收金额", "billed_amount", ("应收", "应收物业费"), is_required=True, width=14, samples=(2800,)),
    c.integer("实收户数", "paid_households", ("已收户数", "已缴户数"), is_required=True, samples=(66,)),
    c.money("实收金额", "paid_amount", ("实收", "已收金额", "实收物业费"), is_required=True, width=14, samples=(2310,)),
    percent("户收费率", "household_rate", ("户数收费率", "户收缴率")),
    percent("金额收费率", "money_rate", ("收费率", "收缴率", "金额收缴率")),
    percent("上年同期", "", ("上年同期收费率", "去年同期")),
    c.integer("欠费户数", "unpaid_households", ("未缴户数",)),
    c.integer("投诉件数", "complaints", ("投诉数", "投诉量")),
    c.text("备注", "note", 200, ("说明",), width=24),
)  # fmt: skip
FIGURES = collecting.FIGURES
TENTH = Decimal("0.1")


class CollectionSheet(FeeSheet):
    """Rows of monthly reports: matched by compound and month."""

    key = "collection"
    titles = ("收费月报", "物业费收费月报", "收费率月报")
    name = gettext_lazy("collection reports")
    columns = COLLECTION
    model = CollectionReport
    stored = ("month", *FIGURES, "note")
    parts = ("complaints",)
    list_url = "fees:report_list"

    def resolve(self, plans: Sequence[Plan], context: Context) -> None:
        ready = self.resolve_places(plans, context)
        ids = {plan.context["compound"] for plan in ready}
        months = {p.record.values["month"] for p in ready if "month" in p.record.values}
        existing = self._existing(ids, months)
        counts = self._counts(ids, months)
        services = questions.services_of(sorted(ids))
        households = dict(
            Compound.objects.filter(pk__among=sorted(ids)).values_list("pk", "household_count")
        )
        for plan in ready:
            said, pk = plan.record.values, plan.context["compound"]
            day = said.get("month")
            if day is None:
                continue
            plan.key = (pk, day)
            plan.label = f"{plan.label}{DOT}{day:%Y-%m}"
            plan.existing = existing.get(plan.key)
            count = counts.get(plan.key)
            plan.context["complaints_before"] = count
            if plan.existing:
                plan.existing["complaints"] = count
            there = services.get(pk, ())
            serving = collecting.provider_of(there, day)
            plan.context["provider"] = self.firm_of(plan, context, serving)
            self._judge(plan, there, households.get(pk), context)

    def _existing(self, ids, months) -> dict[tuple, dict]:
        found = {}
        for chunk in in_chunks(sorted(ids)):
            rows = CollectionReport.objects.filter(compound__in=chunk, month__in=sorted(months))
            for row in rows.values("pk", "version", "compound_id", "provider_id", *self.stored):
                found[row["compound_id"], row["month"]] = row
        return found

    def _counts(self, ids, months) -> dict[tuple, int]:
        found = {}
        for chunk in in_chunks(sorted(ids)):
            rows = ComplaintCount.objects.filter(compound__in=chunk, month__in=sorted(months))
            for pk, day, count in rows.values_list("compound_id", "month", "count"):
                found[pk, day] = count
        return found

    def _judge(self, plan: Plan, services, households: int | None, context: Context) -> None:
        said = plan.record.values
        if any(name not in said for name in FIGURES):
            return
        figures = [said[name] for name in FIGURES]
        before = [plan.existing[name] for name in FIGURES] if plan.existing else None
        if figures != before:
            for code in collecting.refusals(figures, said["month"], services, context.today):
                words, field = collecting.WORDS[code]
                plan.refuse(words, field)
        if said["paid_amount"] > said["billed_amount"] > 0:
            plan.warn(_("More money was paid than billed."), "paid_amount")
        if households and said["billed_households"] > households:
            plan.warn(
                _("The register has %(count)s households here."),
                "billed_households",
                count=households,
            )
        if plan.existing and plan.context["provider"] not in (None, plan.existing["provider_id"]):
            plan.warn(_("The report that is there names another provider."), "provider_name")
        computed = {
            "household_rate": rules.rate(said["paid_households"], said["billed_households"]),
            "money_rate": rules.rate(said["paid_amount"], said["billed_amount"]),
        }
        for name, right in computed.items():
            if name in said and right is not None and abs(said[name] - right) > TENTH:
                plan.warn(_("By the figures of the row this is %(right)s."), name, right=str(right))
        left = said["billed_households"] - said["paid_households"]
        if said.get("unpaid_households", left) != left:
            plan.warn(
                _("By the figures of the row this is %(right)s."),
                "unpaid_households",
                right=str(left),
            )

    # -- writing -------------------------------------------------------------------------------
    def is_taken(self, rows: Sequence[ImportRow], context: Context) -> bool:
        ids = {row.context["compound"] for row in rows}
        if len(self.places(rows)) != len(ids):
            return True
        wanted = {(row.context["compound"], self.values_of(row)["month"]) for row in rows}
        return not wanted.isdisjoint(self._existing(ids, {day for _pk, day in wanted}))

    def build(self, rows: Sequence[ImportRow], context: Context) -> list:
        places, draft = self.places(rows), drafts(CollectionReport)
        made = []
        for row in rows:
            values = self.values_of(row)
            values.pop("complaints", None)
            values["note"] = values.get("note") or ""
            district, street, community = places[row.context["compound"]]
            made.append(
                draft(
                    compound_id=row.context["compound"],
                    provider_id=row.context["provider"],
                    district_id=district,
                    street_id=street,
                    community_id=community,
                    **values,
                )
            )
        return made

    def written(self, rows, objects: Sequence, context: Context) -> None:
        counts = {}
        for row, report in zip(rows, objects, strict=True):
            said = self.values_of(row)
            if said.get("complaints") is not None:
                counts[report.compound_id, report.month] = (said["complaints"], report)
        self._set_counts(counts)

    def _set_counts(self, wanted: dict[tuple, tuple]) -> None:
        """Complaints by compound and month: (count or None, the report they stand with)."""
        rows = ComplaintCount.objects.filter(
            compound__among=sorted({pk for pk, _day in wanted}),
            month__in=sorted({day for _pk, day in wanted}),
        )
        held = {(row.compound_id, row.month): row for row in rows}
        draft, new, changed, gone = drafts(ComplaintCount), [], [], []
        for key, (count, report) in wanted.items():
            row = held.get(key)
            if count is None:
                gone += [row.pk] if row else []
            elif row is None:
                new.append(
                    draft(
                        compound_id=key[0],
                        month=key[1],
                        count=count,
                        district_id=report.district_id,
                        street_id=report.street_id,
                        community_id=report.community_id,
                    )
                )
            elif row.count != count:
                row.count = count
                row.version += 1
                changed.append(row)
        insert_many(ComplaintCount, new)
        update_many(ComplaintCount, changed, ["count", "version", "updated_at"])
        ComplaintCount.objects.filter(pk__in=gone).delete()

    # -- undoing -------------------------------------------------------------------------------
    def delete_parts(self, ids: Sequence[int], context: Context) -> None:
        rows = context.batch.rows.filter(sheet=self.key, object_id__in=list(ids))
        reports = CollectionReport.objects.in_bulk(list(ids))
        self._set_counts(
            {
                (reports[row.object_id].compound_id, reports[row.object_id].month): (
                    row.context.get("complaints_before"),
                    reports[row.object_id],
                )
                for row in rows
                if "complaints" in row.changes
            }
        )

    def restore(self, obj: CollectionReport, row: ImportRow, context: Context) -> None:
        super().restore(obj, row, context)
        if "complaints" in row.changes:
            self._set_counts({(obj.compound_id, obj.month): (row.changes["complaints"][0], obj)})

    # -- showing -------------------------------------------------------------------------------
    def export_rows(self, queryset: QuerySet) -> Iterator[list]:
        names = ("compound_id", "compound__code", "compound__name", "provider__name", *self.stored)
        rows = queryset.order_by("month", "compound__code", "pk").values(*names)
        number = 0
        for chunk in in_chunks(rows.iterator(chunk_size=2000), 2000):
            keys = [(row["compound_id"], row["month"]) for row in chunk]
            earlier = questions.same_month_last_year(keys)
            counts = self._counts({pk for pk, _day in keys}, {day for _pk, day in keys})
            for row, key in zip(chunk, keys, strict=True):
                number += 1
                billed, paid = earlier.get(key, (None, None))
                yield [
                    number,
                    row["compound__code"],
                    row["compound__name"],
                    row["provider__name"],
                    f"{row['month']:%Y-%m}",
                    *(row[name] for name in FIGURES),
                    rules.rate(row["paid_households"], row["billed_households"]),
                    rules.rate(row["paid_amount"], row["billed_amount"]),
                    rules.rate(paid, billed),
                    row["billed_households"] - row["paid_households"],
                    counts.get(key),
                    row["note"] or None,
                ]


# -- N 公共收益收支表 ------------------------------------------------------------------------------
KINDS = {
    "收入": BookEntry.Kind.INCOME.value,
    "合理成本": BookEntry.Kind.COST.value,
    "支出": BookEntry.Kind.SPENT.value,
}
KIND_WORDS = {
    "收": "INCOME",
    "公共收益": "INCOME",
    "成本": "COST",
    "支": "SPENT",
    "反哺": "SPENT",
    "反哺支出": "SPENT",
    "使用": "SPENT",
}
SOURCES = {
    "停车": BookEntry.Source.PARKING.value,
    "广告": BookEntry.Source.ADVERTISING.value,
    "场地": BookEntry.Source.SITE.value,
    "充电桩": BookEntry.Source.CHARGING.value,
    "结余反哺": BookEntry.Source.SURPLUS.value,
    "其他": BookEntry.Source.OTHER.value,
}
SOURCE_WORDS = {
    "停车费": "PARKING",
    "停车收入": "PARKING",
    "车位": "PARKING",
    "广告费": "ADVERTISING",
    "广告收入": "ADVERTISING",
    "场地占用": "SITE",
    "场地租赁": "SITE",
    "场地使用": "SITE",
    "充电": "CHARGING",
    "充电桩收入": "CHARGING",
    "反哺": "SURPLUS",
    "盈余反哺": "SURPLUS",
    "其它": "OTHER",
}
BOOK = (
    c.running_number(),
    CODE,
    _compound(("样例路1号院", "样例路1号院")),
    c.date("日期", "on", ("发生日期", "收支日期"), is_required=True, width=12, samples=("2026-05-25", "2026-05-25")),
    c.choice("收支类别", "kind", KINDS, ("类别", "收支"), words=KIND_WORDS, is_required=True, width=11, samples=("收入", "支出")),
    c.choice("项目", "source", SOURCES, ("收益项目", "收入项目"), words=SOURCE_WORDS, width=11, samples=("停车", "其他")),
    c.money("金额", "amount", (), minimum=Decimal("-999999999.99"), is_required=True, width=14, samples=(1200, 300)),
    c.text("支出用途", "purpose", 200, ("用途", "摘要"), width=28, samples=("", "更换门禁")),
    c.text("凭证号", "document", 100, ("凭证", "凭证编号"), width=16, samples=("", "样例凭证1号")),
    c.date("公示日期", "published_on", ("公示时间",), width=12),
)  # fmt: skip
LINE = ("on", "kind", "source", "amount", "purpose", "document")


class BookSheet(FeeSheet):
    """Lines of books: matched as they are, alike ones by how many there are."""

    key = "book"
    titles = ("公共收益收支表", "公共收益台账", "公共收益及反哺台账")
    name = gettext_lazy("entries of the book")
    columns = BOOK
    model = BookEntry
    stored = (*LINE, "published_on")
    list_url = "fees:book_list"
    looks_ahead = True
    cannot_undo = gettext_lazy(
        "This import has entered lines into books. They are reversed in the book of the compound, "
        "never taken out."
    )

    # -- planning ------------------------------------------------------------------------------
    def look_ahead(self, plans: Iterable[Plan], context: Context) -> None:
        """Sum up what new lines bring in, so that the order of rows does not matter."""
        income: dict[int, Decimal] = defaultdict(Decimal)
        seen: Counter = Counter()
        for chunk in in_chunks(plans):
            for plan, new in self._matched(chunk, context, seen):
                if new and plan.record.values["kind"] == rules.INCOME:
                    income[plan.context["compound"]] += plan.record.values["amount"]
        context.known["book_room"] = dict(income)

    def resolve(self, plans: Sequence[Plan], context: Context) -> None:
        seen = context.known.setdefault("book_seen", Counter())
        matched = self._matched(plans, context, seen)
        left = context.known.setdefault("book_left", {})
        ids = {plan.context["compound"] for plan, _new in matched} - left.keys()
        held = dict(
            BookBalance.objects.filter(compound__among=sorted(ids)).values_list(
                "compound_id", "amount"
            )
        )
        for pk in ids:
            left[pk] = held.get(pk, Decimal(0)) + context.known["book_room"].get(pk, Decimal(0))
        for plan, new in matched:
            self._judge(plan, new, left, context)

    def _matched(
        self, plans: Sequence[Plan], context: Context, seen: Counter
    ) -> list[tuple[Plan, bool]]:
        """Plans with their line of the book, if it stands there; whether they are new."""
        for plan in plans:
            said = plan.record.values
            if said.get("kind") == rules.SPENT:
                said.setdefault("source", BookEntry.Source.OTHER.value)
            elif "kind" in said and "source" not in said:
                plan.refuse(_("Say from which item this comes."), "source")
        ready = [
            plan
            for plan in self.resolve_places(plans, context)
            if all(name in plan.record.values for name in ("on", "kind", "source", "amount"))
        ]
        lines = self._lines({plan.context["compound"] for plan in ready})
        found = []
        for plan in ready:
            mark = self._mark(plan.context["compound"], plan.record.values)
            nth = seen[mark]
            seen[mark] += 1
            there = lines.get(mark, [])
            plan.context["nth"] = nth
            plan.key = (*mark, nth)
            plan.label = f"{plan.label}{DOT}{mark[1]}"
            plan.existing = there[nth] if nth < len(there) else None
            found.append((plan, plan.existing is None))
        return found

    def _mark(self, compound: int, said: dict) -> tuple:
        return (
            compound,
            said["on"],
            said["kind"],
            said["source"],
            said["amount"],
            said.get("purpose") or "",
            said.get("document") or "",
        )

    def _lines(self, ids: Iterable[int]) -> dict[tuple, list[dict]]:
        found: dict[tuple, list[dict]] = defaultdict(list)
        for chunk in in_chunks(sorted(ids)):
            rows = BookEntry.objects.filter(compound__in=chunk).order_by("pk")
            for row in rows.values("pk", "version", "compound_id", *self.stored):
                found[self._mark(row["compound_id"], row)].append(row)
        return found

    def _judge(self, plan: Plan, new: bool, left: dict, context: Context) -> None:
        said, pk = plan.record.values, plan.context["compound"]
        published = said.get("published_on")
        if said["on"] > context.today:
            plan.refuse(_("This date lies in the future."), "on")
        if published and (published > context.today or published < said["on"]):
            plan.refuse(
                _("A line is published on its day or later, and not in advance."), "published_on"
            )
        if not new:
            held = plan.existing["published_on"]
            if published and held and held != published:
                plan.refuse(
                    _("This line was published on %(day)s; that is not changed."),
                    "published_on",
                    day=held.isoformat(),
                )
            return
        if said["amount"] <= 0:
            plan.refuse(
                _("The amount must be above zero. A line is reversed in the book of the compound."),
                "amount",
            )
            return
        if said["kind"] == rules.SPENT and not said.get("purpose"):
            plan.refuse(_("Say what it was spent on."), "purpose")
        if said["kind"] != rules.INCOME:
            if not said.get("document"):
                plan.warn(_("What goes out needs a voucher."), "document")
            if plan.record.is_refused:
                return
            if said["amount"] > left[pk]:
                plan.refuse(
                    _("The book of this compound has %(left)s yuan left for this row."),
                    "amount",
                    left=f"{left[pk]:,.2f}",
                )
            else:
                left[pk] -= said["amount"]

    # -- writing -------------------------------------------------------------------------------
    def lock(self, context: Context, rows: QuerySet) -> None:
        """The compounds in order: who enters a line holds them too."""
        ids = {kept["compound"] for kept in rows.values_list("context", flat=True).iterator()}
        for chunk in in_chunks(sorted(ids)):
            locked = for_update(Compound.objects).filter(pk__in=chunk)
            list(locked.order_by("pk").values_list("pk"))

    def is_taken(self, rows: Sequence[ImportRow], context: Context) -> bool:
        places = self.places(rows)
        if len(places) != len({row.context["compound"] for row in rows}):
            return True
        lines = self._lines(places)
        for row in rows:
            mark = self._mark(row.context["compound"], self.values_of(row))
            # Lines of this import come in order: of alike ones the first makes the second's place.
            if len(lines.get(mark, ())) > row.context["nth"]:
                return True
        return False

    def build(self, rows: Sequence[ImportRow], context: Context) -> list:
        places, draft = self.places(rows), drafts(BookEntry)
        sums = context.known.setdefault("book_sums", defaultdict(Decimal))
        made = []
        for row in rows:
            values, pk = self.values_of(row), row.context["compound"]
            for name in ("purpose", "document"):
                values[name] = values.get(name) or ""
            district, street, community = places[pk]
            made.append(
                draft(
                    compound_id=pk,
                    entered_by_id=context.by.pk,
                    batch=context.batch.batch,
                    district_id=district,
                    street_id=street,
                    community_id=community,
                    **values,
                )
            )
            sums[pk] += rules.signed(values["kind"], values["amount"])
        return made

    def store_changed(self, objects, columns: Iterable[str], context: Context) -> None:
        update_many(BookEntry, objects, ["published_on", "version"])

    def finish(self, context: Context) -> None:
        try:
            books.shift_many(context.known.pop("book_sums", {}))
        except books.Overdrawn as error:
            raise Replan from error  # somebody has spent it meanwhile

    # -- showing -------------------------------------------------------------------------------
    def export_rows(self, queryset: QuerySet) -> Iterator[list]:
        """All lines, reversals too: importing them changes nothing."""
        rows = queryset.annotate(
            compound_code=F("compound__code"), compound_name=F("compound__name")
        )
        yield from self.cells_of(rows.order_by("compound__code", "on", "pk"))


# -- P 双评打分表 ----------------------------------------------------------------------------------
GRADES = {"优秀": "EXCELLENT", "良好": "GOOD", "合格": "PASSED", "不合格": "FAILED"}
GRADE_WORDS = {"优": "EXCELLENT", "良": "GOOD", "及格": "PASSED", "不及格": "FAILED"}
ASSESSMENTS = (
    c.running_number(),
    c.text("轮次", "round_name", 60, ("评定轮次", "双评轮次", "年度"), is_required=True, width=16),
    CODE,
    _compound(),
    c.text("企业", "provider_name", 100, ("企业名称", "物业企业", "服务企业"), width=24),
    c.integer("抽样户数", "sampled_households", ("样本户数", "调查户数"), is_required=True, samples=(20,)),
    points("满意度得分", "satisfaction_score", ("满意度", "满意度评分"), is_required=True, samples=(88,)),
    points("收费率得分", "collection_score", ("收费率评分",), samples=(82,)),
    points("总分", "total", ("综合得分", "总得分")),
    c.choice("等次", "grade", GRADES, ("评定等次", "等级"), words=GRADE_WORDS, width=10),
    c.text("奖惩", "reward", 200, ("奖惩措施",), width=24),
    c.date("评定日期", "assessed_on", ("评分日期",), width=12, samples=("2026-05-25",)),
)  # fmt: skip
SCORES = ("sampled_households", "satisfaction_score", "collection_score", "reward", "assessed_on")


class AssessmentSheet(FeeSheet):
    """Rows of assessments: matched by round and compound."""

    key = "assessments"
    titles = ("双评打分表", "双评结果", "满意度收费率双评表")
    name = gettext_lazy("assessments")
    columns = ASSESSMENTS
    model = Assessment
    right = "assessment.manage"
    stored = SCORES
    list_url = "fees:round_list"

    def resolve(self, plans: Sequence[Plan], context: Context) -> None:
        ready = self.resolve_places(plans, context)
        rounds = self._rounds(context)
        for plan in ready:
            name = plan.record.values.get("round_name")
            if name and name not in rounds:
                plan.refuse(_("There is no round of this name: add the round first."), "round_name")
        ready = [plan for plan in ready if not plan.record.is_refused]
        ids = {plan.context["compound"] for plan in ready}
        existing = self._existing(ids, [one.pk for one in rounds.values()])
        services = questions.services_of(sorted(ids))
        households = dict(
            Compound.objects.filter(pk__among=sorted(ids)).values_list("pk", "household_count")
        )
        suggested = {}
        for name in {plan.record.values["round_name"] for plan in ready}:
            suggested[name] = assessing.suggested(rounds[name], sorted(ids))
        for plan in ready:
            said, pk = plan.record.values, plan.context["compound"]
            one = rounds[said["round_name"]]
            plan.key = (one.pk, pk)
            plan.label = f"{plan.label}{DOT}{one.name}"
            plan.context["round"] = one.pk
            plan.existing = existing.get(plan.key)
            serving = collecting.provider_of(services.get(pk, ()), rules.month_of(one.ends_on))
            plan.context["provider"] = self.firm_of(plan, context, serving)
            hint = suggested[one.name].get(pk)
            if "collection_score" not in said and not plan.existing:
                if hint is None:
                    plan.refuse(
                        _("No report of the round's months gives these points: enter them."),
                        "collection_score",
                    )
                else:
                    said["collection_score"] = hint.points
            plan.context["hint"] = str(hint.points) if hint else None
            if "assessed_on" not in said and not plan.existing:
                said["assessed_on"] = min(one.ends_on, context.today)
            self._judge(plan, one, households.get(pk), context)

    def _rounds(self, context: Context) -> dict[str, AssessmentRound]:
        if "fee_rounds" not in context.known:
            rows = AssessmentRound.objects.filter(district=context.batch.district_id)
            context.known["fee_rounds"] = {row.name: row for row in rows}
        return context.known["fee_rounds"]

    def _existing(self, ids, rounds) -> dict[tuple, dict]:
        found = {}
        for chunk in in_chunks(sorted(ids)):
            rows = Assessment.objects.filter(compound__in=chunk, round__in=rounds)
            for row in rows.values("pk", "version", "compound_id", "round_id", *self.stored):
                found[row["round_id"], row["compound_id"]] = row
        return found

    def _judge(self, plan: Plan, one: AssessmentRound, households, context: Context) -> None:
        said = plan.record.values
        if plan.record.is_refused or any(
            name not in said for name in ("sampled_households", "satisfaction_score")
        ):
            return
        merged = {**(plan.existing or {}), **said}
        is_changed = plan.existing is None or any(
            said.get(name, plan.existing[name]) != plan.existing[name] for name in SCORES
        )
        if is_changed and one.state == AssessmentRound.State.CLOSED:
            plan.refuse(_("This round is closed; its results stand."), "round_name")
        if is_changed and not one.starts_on <= merged["assessed_on"] <= context.today:
            plan.refuse(_("The day lies before the round, or in the future."), "assessed_on")
        if households and said["sampled_households"] > households:
            plan.refuse(
                _("The register has %(count)s households here."),
                "sampled_households",
                count=households,
            )
        least = rules.sample_size(households, one.sample_percent, one.sample_minimum)
        if said["sampled_households"] < least:
            plan.warn(
                _("By the round at least %(count)s households are to be asked here."),
                "sampled_households",
                count=least,
            )
        total = rules.total_points(
            merged["satisfaction_score"], merged["collection_score"], one.satisfaction_weight
        )
        if abs(said.get("total", total) - total) > Decimal("0.05"):
            plan.warn(
                _("By the weights of the round this is %(right)s."), "total", right=str(total)
            )
        grade = assessing.grade_of(one, total)
        if said.get("grade", grade) != grade:
            words = {value: label for label, value in GRADES.items()}
            plan.warn(
                _("By the bands of the round this is %(right)s."), "grade", right=words[grade]
            )

    # -- writing -------------------------------------------------------------------------------
    def lock(self, context: Context, rows: QuerySet) -> None:
        """A round is not closed while its rows are written."""
        ids = {kept["round"] for kept in rows.values_list("context", flat=True).iterator()}
        locked = for_update(AssessmentRound.objects).filter(pk__in=ids)
        if any(one.state == AssessmentRound.State.CLOSED for one in locked.order_by("pk")):
            raise Replan

    def is_taken(self, rows: Sequence[ImportRow], context: Context) -> bool:
        ids = {row.context["compound"] for row in rows}
        if len(self.places(rows)) != len(ids):
            return True
        wanted = {(row.context["round"], row.context["compound"]) for row in rows}
        found = self._existing(ids, sorted({pk for pk, _compound in wanted}))
        return not wanted.isdisjoint(found)

    def build(self, rows: Sequence[ImportRow], context: Context) -> list:
        places, draft = self.places(rows), drafts(Assessment)
        rounds = AssessmentRound.objects.in_bulk([row.context["round"] for row in rows])
        made = []
        for row in rows:
            district, street, community = places[row.context["compound"]]
            values = self.values_of(row)
            values["reward"] = values.get("reward") or ""
            one = draft(
                round_id=row.context["round"],
                compound_id=row.context["compound"],
                provider_id=row.context["provider"],
                district_id=district,
                street_id=street,
                community_id=community,
                **values,
            )
            if row.context["hint"] == str(one.collection_score):
                one.collection_source = Assessment.Source.REPORTS.value
            assessing.settle(one, rounds[one.round_id])
            made.append(one)
        return made

    def store_changed(self, objects, columns: Iterable[str], context: Context) -> None:
        rounds = for_update(AssessmentRound.objects).in_bulk({obj.round_id for obj in objects})
        for obj in objects:
            if rounds[obj.round_id].state == AssessmentRound.State.CLOSED:
                raise DomainError(str(assessing.CLOSED))
            assessing.settle(obj, rounds[obj.round_id])
        super().store_changed(objects, [*columns, "total", "grade"], context)

    # -- undoing -------------------------------------------------------------------------------
    def delete_parts(self, ids: Sequence[int], context: Context) -> None:
        """What a closed round holds stands."""
        closed = Assessment.objects.filter(
            Q(round__state=AssessmentRound.State.CLOSED), pk__among=list(ids)
        )
        if closed.exists():
            raise DomainError(str(assessing.CLOSED))

    # -- showing -------------------------------------------------------------------------------
    def placed_sample(self, row: dict, area: Area) -> dict | None:
        row = super().placed_sample(row, area)
        one = AssessmentRound.objects.filter(
            district=area.district_id or area.pk, state=AssessmentRound.State.OPEN
        ).first()
        if row is None or one is None:
            return None
        return row | {"轮次": one.name, "评定日期": min(one.ends_on, dates.today()).isoformat()}

    def export_rows(self, queryset: QuerySet) -> Iterator[list]:
        rows = queryset.annotate(
            round_name=F("round__name"),
            compound_code=F("compound__code"),
            compound_name=F("compound__name"),
            provider_name=F("provider__name"),
        )
        yield from self.cells_of(rows.order_by("-round", "-total", "compound__code"))


REPORTS = register(CollectionSheet())
BOOKS = register(BookSheet())
POINTS = register(AssessmentSheet())
