"""The sheet 企业收款账户表: accounts of firms, each proposed and then confirmed by somebody else.

A number leaves its cell sealed, as telephone numbers do: rows of the preview hold it masked, and
what is sealed in them goes when they are written.
"""
# ruff: noqa: E501 - tables of columns read better in one line each

from collections.abc import Iterator, Sequence

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from compounds.providers.models import Provider
from compounds.registry.importing import columns as c
from compounds.registry.importing.sheets import Context, Plan, Sheet, register
from compounds.registry.models import ImportRow
from governance.foundation import cells, sealing
from governance.foundation.bulk import insert_many, update_many
from governance.foundation.locks import for_update
from governance.foundation.texts import CellError
from governance.notices.services.notices import tell_holders
from governance.organisation.models import Area, Level

from . import rules, services
from .models import CONFIRM, EDIT, PayeeAccount

WRONG = _("An account number of 6 to 30 digits is expected here; masked ones cannot be read.")
State = PayeeAccount.State


def account_cell() -> cells.Cleaner:
    """An account number as its digits."""
    as_code = cells.code(60)

    def clean(value: object) -> str | None:
        text = as_code(value)
        if text is None:
            return None
        try:
            return rules.clean_number(text)
        except rules.NumberError as error:
            raise CellError(WRONG) from error

    return clean


COLUMNS = (
    c.running_number(),
    c.text("企业名称", "provider_name", 100, ("企业", "单位名称", "公司名称", "收款单位"), width=28),
    c.code("统一社会信用代码", "credit_code", ("信用代码", "社会信用代码"), clean=cells.code(18), width=22),
    c.text("开户名", "holder", 100, ("户名", "账户名称", "收款人", "收款人名称", "收款户名"), is_required=True, width=28),
    c.text("开户行", "bank", 100, ("开户银行", "收款银行", "开户行名称", "银行"), is_required=True, width=30, samples=("样例银行样例支行",)),
    c.code("账号", "number", ("帐号", "银行账号", "收款账号", "银行卡号"), clean=account_cell(), is_required=True, width=26, is_secret=True, samples=("6200000000000000001",)),
    c.text("户名不一致说明", "reason", 200, ("户名说明", "说明"), width=24),
)  # fmt: skip


class PayeeSheet(Sheet):
    """Rows of accounts: the firm by its credit code, else by its name in the district."""

    key = "payees"
    titles = ("企业收款账户表", "收款账户表", "收款账户")
    name = gettext_lazy("payee accounts")
    columns = COLUMNS
    model = PayeeAccount
    right = EDIT
    view_right = EDIT
    stored = ("holder", "bank")
    parts = ("number",)
    only_new = ("reason",)
    list_url = "payees:payee_list"
    keeps_file = False
    levels = frozenset({Level.DISTRICT})
    cannot_undo = gettext_lazy("Payee accounts stay for ever: refuse those that are wrong.")

    # -- planning ------------------------------------------------------------------------------
    def resolve(self, plans: Sequence[Plan], context: Context) -> None:
        for plan in plans:
            said = plan.record.values
            plan.label = said.get("provider_name", said.get("credit_code", ""))
            self._seal(plan)
            self._firm(plan, context)
        ready = [plan for plan in plans if not plan.record.is_refused]
        accounts = PayeeAccount.objects.filter(
            provider__among=[plan.context["provider"] for plan in ready],
            state__in=[State.PROPOSED, State.CONFIRMED],
        )
        own: dict[int, list[PayeeAccount]] = {}
        for account in accounts:
            own.setdefault(account.provider_id, []).append(account)
        known = services.confirmed_by_number(plan.context["hash"] for plan in ready)
        for plan in ready:
            self._compare(plan, own.get(plan.context["provider"], ()), known)

    def _seal(self, plan: Plan) -> None:
        said = plan.record.values
        number = said.pop("number", None)
        for name in ("holder", "bank", "reason"):
            if rules.holds_account(said.get(name, ""), number or ""):
                said[name] = rules.without_accounts(said[name], number or "")
                plan.refuse(
                    _("An account number seems to stand here: it has a column of its own."), name
                )
        if number:
            said["number"] = rules.masked(number)
            plan.context["sealed"] = sealing.seal(number)
            plan.context["hash"] = sealing.fingerprint(number)

    def _firm(self, plan: Plan, context: Context) -> None:
        said, known = plan.record.values, self._firms(context)
        code, name = said.get("credit_code"), said.get("provider_name")
        if not code and not name:
            plan.refuse(_("Give the provider's credit code or name."), "provider_name")
            return
        if code:
            found = known["by_code"].get(code)
            if found is None:
                plan.refuse(_("There is no provider of this credit code."), "credit_code")
                return
        else:
            firms = known["by_name"].get(rules.plain_holder(name), [])
            if len(firms) != 1:
                plan.refuse(
                    _("There is not exactly one provider of this name: give its credit code."),
                    "provider_name",
                )
                return
            found = firms[0]
        if name and not rules.is_same_holder(name, found.name):
            plan.refuse(
                _("The credit code belongs to %(name)s, not to this provider."),
                "provider_name",
                name=found.name,
            )
        if context.batch.district_id not in context.by.scope.in_districts(self.right):
            plan.refuse(_("This firm lies outside the area you may import for."), "provider_name")
        plan.context["provider"] = plan.key = found.pk
        plan.label = plan.context["name"] = found.name

    def _firms(self, context: Context) -> dict:
        if "payee_firms" not in context.known:
            by_code, by_name = {}, {}
            rows = Provider.objects.filter(district=context.batch.district_id)
            for pk, code, name in rows.values_list("pk", "credit_code", "name"):
                by_code[code] = services.Firm(pk, name)
                by_name.setdefault(rules.plain_holder(name), []).append(by_code[code])
            context.known["payee_firms"] = {"by_code": by_code, "by_name": by_name}
        return context.known["payee_firms"]

    def _compare(self, plan: Plan, own: Sequence[PayeeAccount], known: dict) -> None:
        said, where = plan.record.values, plan.context
        for account in own:
            same = account.number_hash == where["hash"]
            if same and (account.holder, account.bank) == (said["holder"], said["bank"]):
                plan.existing = {
                    "pk": account.pk,
                    "version": account.version,
                    "holder": account.holder,
                    "bank": account.bank,
                    "number": account.number_masked,
                }
                del where["sealed"]
                return
        if any(account.state == State.PROPOSED for account in own):
            plan.refuse(_("An account of this firm already waits for confirmation."))
            return
        found = services.objections(
            firm=services.Firm(where["provider"], where["name"]),
            holder=said["holder"],
            bank=said["bank"],
            reason=said.get("reason", ""),
            known=known.get(where["hash"], ()),
        )
        for one in found:
            field = "holder" if one.field == "reason" else one.field
            plan.refuse(one.message, field, **one.values)

    # -- writing -------------------------------------------------------------------------------
    def lock(self, context: Context, rows: QuerySet) -> None:
        ids = sorted({where["provider"] for where in rows.values_list("context", flat=True)})
        list(for_update(Provider.objects).filter(pk__in=ids).order_by("pk"))

    def is_taken(self, rows: Sequence[ImportRow], context: Context) -> bool:
        ids = [row.context["provider"] for row in rows]
        return PayeeAccount.objects.filter(provider__in=ids, state=State.PROPOSED).exists()

    def build(self, rows: Sequence[ImportRow], context: Context) -> list[PayeeAccount]:
        return [
            PayeeAccount(
                district_id=context.batch.district_id,
                provider_id=row.context["provider"],
                holder=row.changes["holder"][1],
                bank=row.changes["bank"][1],
                reason=row.changes.get("reason", [None, ""])[1],
                number_sealed=row.context["sealed"],
                number_hash=row.context["hash"],
                number_masked=row.changes["number"][1],
                prepared_by=context.by,
            )
            for row in rows
        ]

    def store_new(self, objects: Sequence[PayeeAccount], context: Context) -> None:
        insert_many(PayeeAccount, objects)

    def written(self, rows, objects: Sequence[PayeeAccount], context: Context) -> None:
        for row in rows:
            row.context.pop("sealed", None)
            row.context.pop("hash", None)
        update_many(ImportRow, rows, ["context"])
        context.known["payees_written"] = context.known.get("payees_written", 0) + len(objects)

    def finish(self, context: Context) -> None:
        count = context.known.get("payees_written", 0)
        if count:
            tell_holders(
                CONFIRM,
                context.batch.area,
                by=context.by,
                kind=services.WAITING,
                batch=f"payees-{context.batch.batch}",
                url=f"{reverse('payees:payee_list')}?state=PROPOSED",
                count=count,
            )

    # -- showing -------------------------------------------------------------------------------
    def told(self, label: str, changes: dict[str, list]) -> tuple[str, dict[str, list]]:
        noted = dict(changes)
        if "number" in noted:
            noted["number_masked"] = noted.pop("number")
        return label, noted

    def placed_sample(self, row: dict, area: Area) -> dict | None:
        firm = Provider.objects.filter(district=area.district_id).order_by("pk").first()
        if firm is None:
            return None
        return row | {
            "企业名称": firm.name,
            "统一社会信用代码": firm.credit_code,
            "开户名": firm.name,
        }

    def links(self, rows: Sequence[ImportRow]) -> dict[int, str]:
        return {row.object_id: reverse("payees:payee_detail", args=[row.object_id]) for row in rows}

    def export_rows(self, queryset: QuerySet) -> Iterator[list]:
        """Cells with masked numbers: a sheet to look at, which is not imported again."""
        rows = queryset.values_list(
            "provider__name", "provider__credit_code", "holder", "bank", "number_masked", "reason"
        )
        for number, values in enumerate(rows.iterator(chunk_size=2000), 1):
            yield [number, *values]


PAYEES = register(PayeeSheet())
