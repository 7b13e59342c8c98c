"""The sheet 补贴申请表 / 审核汇总表 (K): applications come in as drafts, the way goes out with them.

Firm, contract, area, term and amount follow from register and programme; what a row says of them
is compared, never taken. Opinions, notice and account are read over: the account goes out masked.
"""
# ruff: noqa: E501 - tables of columns read better in one line each

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from compounds.fees.importing import month
from compounds.registry.importing import columns as c
from compounds.registry.importing.lookups import resolve_compounds, written_compounds
from compounds.registry.importing.sheets import Context, Plan, Sheet, register
from compounds.registry.models import Compound, ImportRow
from governance.audit import services as audit
from governance.foundation import spreadsheets
from governance.foundation.bulk import in_chunks
from governance.foundation.errors import DomainError
from governance.organisation.models import Area
from subsidies.payees.models import PayeeAccount
from subsidies.programmes import questions as programmes
from subsidies.programmes.models import Programme

from . import gathering, questions, wording
from .models import APPLY, Entitlement, EntitlementStep, YearShare
from .services import applying
from .services.common import State

# Whose opinions the sheet shows, in the order of its columns.
OPINIONS = (
    State.COMMUNITY_CHECKED,
    State.STREET_REVIEWED,
    State.DISTRICT_REVIEWED,
    State.APPROVED,
)
AGREED = "同意"


def _read_over(header: str, *aliases: str, width: float = 16, is_secret: bool = False) -> c.Column:
    """A column that goes out and is not read."""
    return c.Column(
        header, "", spreadsheets.TEXT, lambda value: None, aliases, width=width, is_secret=is_secret
    )


COLUMNS = (
    c.running_number(),
    c.text("企业名称", "provider_name", 100, ("企业", "申请单位", "申请企业"), width=26, samples=("样例物业",)),
    c.code("统一社会信用代码", "credit_code", ("信用代码", "社会信用代码"), width=22),
    _read_over("开户行", "开户银行", width=24),
    _read_over("账号", "银行账号", "帐号", width=16, is_secret=True),
    c.text("小区", "compound_name", 100, ("小区名称", "项目名称"), width=22, samples=("样例一院",)),
    c.code("小区编码", "compound_code", ("小区代码",), width=20),
    c.area("面积(㎡)", "area_m2", ("面积", "补贴面积(㎡)", "收费面积(㎡)"), width=12),
    c.text("标准(元/㎡·月)", "rate", 60, ("标准", "补贴标准(元/㎡·月)", "补贴标准"), width=12),
    month("起始月", "starts_month", ("起始月份", "补贴起始月"), width=10),
    c.integer("补贴月数", "months", ("月数",), maximum=120, width=10),
    c.money("申请金额(元)", "amount", ("申请金额", "金额"), width=14),
    _read_over("社区意见", width=20),
    _read_over("街道意见", "街道办事处意见", width=20),
    _read_over("区物业中心意见", "区级意见", width=20),
    _read_over("财政意见", "区级审批意见", width=24),
    _read_over("公示起止", "公示期", "公示时间", width=24),
    c.text("补贴项目", "programme_name", 110, ("项目名称及版本", "政策"), width=22),
    c.text("面积证明", "area_proof", 150, ("面积依据", "证明材料"), width=22, samples=("测绘报告 样例-1",)),
    _read_over("申领编号", "申请编号", width=20),
    _read_over("状态", width=12),
    _read_over("其中以后年度支出责任(元)", width=18),
)  # fmt: skip


class ApplicationSheet(Sheet):
    """Rows of applications: one open entitlement for each compound."""

    key = "entitlements"
    titles = ("补贴申请表", "补贴审核汇总表", "补贴申请审核汇总表", "审核汇总表")
    name = gettext_lazy("subsidy applications")
    columns = COLUMNS
    model = Entitlement
    right = APPLY
    stored = ("area_proof",)
    only_new = ("provider_name", "area_m2", "starts_month", "months", "amount", "programme_name")
    list_url = "entitlements:entitlement_list"
    keeps_file = False  # it has a column of account numbers, which is read over

    # -- planning ------------------------------------------------------------------------------
    def resolve(self, plans: Sequence[Plan], context: Context) -> None:
        for plan in plans:
            said = plan.record.values
            if "compound_code" not in said and "compound_name" not in said:
                plan.refuse(_("Give the compound's code or name."), "compound_name")
        resolve_compounds(list(plans), context, self.right)
        ready = []
        for plan in plans:
            plan.shown_key = plan.context.get("code", "")
            if plan.record.is_refused:
                continue
            if not plan.context.get("compound"):
                plan.refuse(
                    _("This compound is not in the register yet: import it first."),
                    "compound_name",
                )
                continue
            ready.append(plan)
        ids = sorted({plan.context["compound"] for plan in ready})
        open_ones = self._open(ids)
        compounds = Compound.objects.in_bulk(ids)
        known = self._programmes(context)
        facts = gathering.gather(ids, [one.pk for one in known], context.today)
        for plan in ready:
            pk = plan.context["compound"]
            plan.key = pk
            plan.existing = open_ones.get(pk)
            if plan.existing:
                self._compare(plan)
            else:
                self._draft(plan, compounds[pk], known, facts, context)

    def _open(self, ids: Sequence[int]) -> dict[int, dict]:
        """Open entitlements by compound, with the values of the sheet's columns."""
        found = {}
        for chunk in in_chunks(ids):
            rows = Entitlement.objects.open().filter(compound__in=chunk).values(
                "pk", "version", "compound_id", "state", "area_proof", "area_m2", "months",
                "amount", "starts_on", "provider__name", "provider__credit_code",
            )  # fmt: skip
            found |= {row["compound_id"]: row for row in rows}
        return found

    def _programmes(self, context: Context) -> list[Programme]:
        if "open_programmes" not in context.known:
            rows = Programme.objects.open_on(context.today).filter(
                district=context.batch.district_id
            )
            context.known["open_programmes"] = list(rows.order_by("name", "-edition"))
        return context.known["open_programmes"]

    def _compare(self, plan: Plan) -> None:
        """A row about what is applied for already may only complete its draft."""
        said, there = plan.record.values, plan.existing
        if there["state"] != State.DRAFT:
            proof = said.get("area_proof")
            if proof is not None and proof != there["area_proof"]:
                plan.refuse(
                    _("This application was handed in: have it returned before it is changed."),
                    "area_proof",
                )
        firm = said.get("provider_name")
        if firm and firm != there["provider__name"]:
            plan.refuse(
                _("The application under way is of %(name)s."),
                "provider_name",
                name=there["provider__name"],
            )
        self._warn_where_apart(
            plan, there["area_m2"], there["starts_on"], there["months"], there["amount"]
        )

    def _draft(self, plan: Plan, compound: Compound, known, facts, context: Context) -> None:
        """What a new application would say; why it cannot be, where it cannot."""
        said = plan.record.values
        programme = self._programme_of(plan, known)
        if programme is None:
            return
        assignment = facts.assignments.get(compound.pk)
        if assignment is None:
            plan.refuse(
                _("No firm serves this compound: it has to be in service first."), "compound_name"
            )
            return
        firm = assignment.provider
        if said.get("provider_name") and said["provider_name"] != firm.name:
            plan.refuse(_("This compound is served by %(name)s."), "provider_name", name=firm.name)
        if said.get("credit_code") and said["credit_code"] != firm.credit_code:
            plan.refuse(_("This compound is served by %(name)s."), "credit_code", name=firm.name)
        for words in applying.firm_bars(firm, facts, context.today):
            plan.refuse(str(words), "provider_name")
        terms = facts.terms[programme.pk]
        basis = gathering.basis_of(terms, compound)
        if not basis.is_known:
            plan.refuse(
                _("The register does not know the area or the households: have it surveyed."),
                "area_m2",
            )
        elif said.get("area_m2") is not None and basis.area_m2 != said["area_m2"]:
            plan.refuse(
                _("The register says %(area)s m²: correct it there first, or leave this empty."),
                "area_m2",
                area=str(basis.area_m2),
            )
        stated = said.get("starts_month")
        draft = Entitlement(
            programme=programme, area_m2=basis.area_m2, household_count=basis.household_count
        )
        try:
            draft.starts_on, draft.ends_on, draft.months = facts.term(
                terms, assignment, facts.contracts.get(compound.pk), stated
            )
        except DomainError as error:
            plan.refuse(str(error.message), "starts_month")
        if plan.record.is_refused:
            return
        contract = facts.contracts.get(compound.pk)
        fee = facts.fees.get(contract.contract_id) if contract else None
        amount = gathering.forecast_of(draft, terms, fee).total
        self._warn_where_apart(plan, basis.area_m2, draft.starts_on, draft.months, amount)
        rates = wording.plain_rates(terms.steps)
        if said.get("rate") and said["rate"].rstrip("0").rstrip(".") not in (rates, said["rate"]):
            plan.warn(_("By programme and register this is %(right)s."), "rate", right=rates)
        said |= {
            "provider_name": firm.name,
            "area_m2": basis.area_m2,
            "starts_month": draft.starts_on.replace(day=1),
            "months": draft.months,
            "amount": amount,
            "programme_name": str(programme),
        }
        plan.context |= {"programme": programme.pk, "starts_on": str(stated) if stated else None}

    def _programme_of(self, plan: Plan, known: Sequence[Programme]) -> Programme | None:
        name = plan.record.values.get("programme_name")
        found = [one for one in known if name in (None, one.name, str(one))]
        if len(found) == 1:
            return found[0]
        if not known:
            plan.refuse(_("No programme of the district takes applications today."))
        elif not found:
            plan.refuse(_("No open programme has this name."), "programme_name")
        else:
            plan.refuse(_("Several programmes are open: say which."), "programme_name")
        return None

    def _warn_where_apart(self, plan: Plan, area, starts_on: dt.date, months: int, amount) -> None:
        """What the row says of figures that follow from elsewhere."""
        right: dict[str, Any] = {
            "area_m2": area,
            "starts_month": starts_on.replace(day=1),
            "months": months,
            "amount": amount,
        }
        for name, value in right.items():
            told = plan.record.values.get(name)
            if told is None or told == value:
                continue
            shown = f"{value:%Y-%m}" if isinstance(value, dt.date) else str(value)
            plan.warn(_("By programme and register this is %(right)s."), name, right=shown)

    # -- writing -------------------------------------------------------------------------------
    def is_taken(self, rows: Sequence[ImportRow], context: Context) -> bool:
        ids = [row.context["compound"] for row in rows]
        if Entitlement.objects.open().filter(compound__in=ids).exists():
            return True
        serving = gathering.active_assignments(ids)
        return len(serving) != len(set(ids))

    def build(self, rows: Sequence[ImportRow], context: Context) -> list[Entitlement]:
        compounds = written_compounds(rows, context)
        known = {one.pk: one for one in self._programmes(context)}
        full = Compound.objects.in_bulk([compound.pk for compound in compounds.values()])
        facts = gathering.gather(full, {row.context["programme"] for row in rows}, context.today)
        made = []
        for row in rows:
            stated = row.context.get("starts_on")
            wanted = applying.Application(
                full[compounds[row.pk].pk],
                known[row.context["programme"]],
                self.values_of(row).get("area_proof") or "",
                (),
                dt.date.fromisoformat(stated) if stated else None,
            )
            made.append(
                applying.draft_of(
                    wanted, wanted.compound, facts, by=context.by, batch=context.batch.batch[:40]
                )
            )
        applying.number(made, context.today)
        return made

    def settle(self, obj: Entitlement, changed: Iterable[str]) -> None:
        if obj.state != State.DRAFT:
            raise DomainError(_("Only a draft can be changed: have it returned first."))

    def links(self, rows: Sequence[ImportRow]) -> dict[int, str]:
        return {
            row.object_id: reverse("entitlements:entitlement_detail", args=[row.object_id])
            for row in rows
        }

    # -- showing -------------------------------------------------------------------------------
    def placed_sample(self, row: dict, area: Area) -> dict | None:
        waiting = questions.may_apply().filter(compound__district_id=area.district_id)
        column = {1: "district", 2: "street", 3: "community"}.get(area.level)
        if column:
            waiting = waiting.filter(**{f"{column}_id": area.pk})
        found = waiting.first()
        if found is None:
            return None
        return row | {
            "企业名称": found.provider.name,
            "小区": found.compound.name,
            "小区编码": found.compound.code,
        }

    def export_rows(self, queryset: QuerySet) -> Iterator[list]:
        """Every application with its way: what was said where and when, and its notice."""
        terms = programmes.terms_of(
            queryset.order_by().values_list("programme_id", flat=True).distinct()
        )
        rates = {pk: wording.plain_rates(one.steps) for pk, one in terms.items()}
        number = 0
        ids = queryset.order_by("compound__code", "pk").values_list("pk", flat=True)
        for chunk in in_chunks(ids):
            rows = (
                Entitlement.objects.filter(pk__in=chunk)
                .select_related("provider", "compound", "programme", "notice")
                .order_by("compound__code", "pk")
            )
            accounts = {
                one.provider_id: one
                for one in PayeeAccount.objects.filter(
                    provider__in={row.provider_id for row in rows},
                    state=PayeeAccount.State.CONFIRMED,
                )
            }
            said = _opinions(chunk)
            # Blank is not nought: what all is committed for has none.
            later = dict(
                YearShare.objects.obligations()
                .filter(entitlement__in=chunk)
                .order_by()
                .values_list("entitlement_id")
                .annotate(total=Sum("amount"))
            )
            for row in rows:
                number += 1
                account = accounts.get(row.provider_id)
                notice = row.notice
                own = said.get(row.pk, {})
                yield [
                    number,
                    row.provider.name,
                    row.provider.credit_code,
                    account.bank if account else None,
                    account.number_masked if account else None,
                    row.compound.name,
                    row.compound.code,
                    row.area_m2,
                    rates[row.programme_id],
                    f"{row.starts_on:%Y-%m}",
                    row.months,
                    row.amount,
                    *(own.get(state) for state in OPINIONS),
                    f"{notice.starts_on}至{notice.ends_on}" if notice else None,
                    str(row.programme),
                    row.area_proof or None,
                    row.number,
                    str(row.get_state_display()),
                    later.get(row.pk),
                ]


def _opinions(ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """By entitlement and state: that it was agreed to, when, and by which document."""
    found: dict[int, dict[str, str]] = {}
    rows = EntitlementStep.objects.filter(entitlement__in=ids).order_by("pk")
    columns = ("entitlement_id", "act", "from_state", "to_state", "on", "document")
    for pk, act, before, state, on, document in rows.values_list(*columns):
        own = found.setdefault(pk, {})
        if act == EntitlementStep.Act.RETURN:
            own.pop(before, None)  # taken back, and not said again yet
        elif act == EntitlementStep.Act.FORWARD:
            own[state] = " ".join(filter(None, (AGREED, str(on), document)))
    return found


def recorded(count: int, filters: str, *, place) -> audit.Act:
    """The export of the sheet, for the log."""
    return audit.Act(
        verb="export",
        object_type=Entitlement._meta.label_lower,
        object_label=f"{APPLICATIONS.titles[0]} xlsx",
        changes=audit.plain({"rows": [None, count], "filter": [None, filters]}),
        place=place,
    )


APPLICATIONS = register(ApplicationSheet())
