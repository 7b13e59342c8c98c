"""The sheets 物业企业备案表 and 邀约记录表: providers with their bases, and who was asked."""
# ruff: noqa: E501 - tables of columns read better in one line each

from collections.abc import Iterable, Iterator, Sequence

from django.core.exceptions import ValidationError
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_noop as _

from compounds.registry.importing import columns as c
from compounds.registry.importing.compounds import first_compound
from compounds.registry.importing.lookups import resolve_compounds, written_compounds
from compounds.registry.importing.sheets import Context, Plan, Sheet, compound_links, register
from compounds.registry.models import ImportRow
from governance.foundation import cells, history
from governance.foundation.bulk import in_chunks, insert_many, update_many
from governance.foundation.fields import TagsField
from governance.foundation.texts import CellError
from governance.organisation.models import Area, Level

from .models import (
    BlacklistEntry,
    FirmOrganisation,
    Invitation,
    Provider,
    ProviderBase,
    RatingEntry,
    validate_credit_code,
)

KIND = {
    "物业企业": Provider.Kind.ENTERPRISE.value,
    "原单位企业": Provider.Kind.UNIT_COMPANY.value,
    "社区公司": Provider.Kind.COMMUNITY_COMPANY.value,
    "民办非企业": Provider.Kind.NON_PROFIT.value,
    "村集体企业": Provider.Kind.VILLAGE_COLLECTIVE.value,
    "流动物业": Provider.Kind.MOBILE.value,
    "兜底队伍": Provider.Kind.FALLBACK_TEAM.value,
}
PARTY_FORM = {
    "单独": Provider.PartyForm.OWN.value,
    "联合": Provider.PartyForm.JOINT.value,
    "无": Provider.PartyForm.NONE.value,
}
# Firms may have an instructor beside an organisation (S4-2): "联合+指导员".
INSTRUCTOR = "INSTRUCTOR"
CAPABILITIES = {
    "智慧物业": Provider.Capability.SMART.value,
    "流动服务": Provider.Capability.MOBILE.value,
    "共享物业": Provider.Capability.SHARED.value,
    "房屋维修": Provider.Capability.REPAIR.value,
    "电梯维保": Provider.Capability.LIFT.value,
    "养老服务": Provider.Capability.CARE.value,
    "停车充电": Provider.Capability.CHARGING.value,
}
RATING = {rating.value: rating.value for rating in Provider.Rating}
ANSWER = {
    "同意": Invitation.Answer.AGREED.value,
    "补贴下同意": Invitation.Answer.AGREED_WITH_SUBSIDY.value,
    "拒绝": Invitation.Answer.REFUSED.value,
    "未答复": Invitation.Answer.NO_ANSWER.value,
    "待答复": Invitation.Answer.WAITING.value,
}
SAMPLE_CODE = "91140105MA0000001E"
BASE = ("base_name", "longitude", "latitude")
ORGANISATION = "organisation_name"
PARTS = (*BASE, ORGANISATION)
OWN, JOINT = Provider.PartyForm.OWN.value, Provider.PartyForm.JOINT.value

_plain_code = cells.code(18)


def _credit_code(value: object) -> str | None:
    code = _plain_code(value)
    if code is None:
        return None
    try:
        validate_credit_code(code)
    except ValidationError as error:
        raise CellError(
            _("This is no valid unified social credit code (18 characters, check digit).")
        ) from error
    return code


_forms = cells.several(
    PARTY_FORM
    | {"指导员": INSTRUCTOR, "单独组建": OWN, "联合组建": JOINT, "党建指导员": INSTRUCTOR},
    separators="+＋、,，;；/ 和及",
)
_capabilities = cells.several(CAPABILITIES)


def _party_form(value: object) -> str | None:
    """The form of the organisation, and "+" where an instructor is named beside it."""
    said = set(_forms(value) or ())
    if not said:
        return None
    mark = "+" if INSTRUCTOR in said else ""
    forms = said - {INSTRUCTOR} or {Provider.PartyForm.NONE.value}
    if len(forms) > 1:
        raise CellError(_("A firm is in an organisation alone, jointly, or in none: give one."))
    return forms.pop() + mark


def _tags(value: object) -> str | None:
    return TagsField.join(_capabilities(value) or ()) or None


PROVIDER_COLUMNS = (
    c.running_number(),
    c.text("企业名称", "name", 100, ("名称", "物业企业名称", "单位名称", "物业企业", "公司名称"), is_required=True, width=30, samples=("样例物业服务有限公司",)),
    c.code("统一社会信用代码", "credit_code", ("信用代码", "社会信用代码", "统一信用代码"), clean=_credit_code, is_required=True, width=22, samples=(SAMPLE_CODE,)),
    c.text("法定代表人", "legal_representative", 50, ("法人", "法人代表", "法人姓名"), samples=("样例甲",)),
    c.text("电话", "phone", 40, ("联系电话", "办公电话", "企业电话"), width=15, samples=("0351-0000000",)),
    c.choice("类型", "kind", KIND, ("企业类型", "单位类型"), words={"物业公司": "ENTERPRISE", "民非": "NON_PROFIT", "村集体": "VILLAGE_COLLECTIVE"}, width=12, samples=("物业企业",)),
    c.boolean("是否红色物业", "is_red", ("红色物业",), width=11, samples=("是",)),
    c.Column("党组织形式", "party_form", c.CHOICE, _party_form, ("党组织", "党建形式"), width=13, samples=("单独",), label_of={v: k for k, v in PARTY_FORM.items()}),
    c.text("党组织名称", ORGANISATION, 100, ("所在党组织", "党支部名称", "企业党组织"), width=24, samples=("样例物业党支部",)),
    c.boolean("党建指导员", "has_instructor", ("有无党建指导员", "是否有党建指导员", "指导员"), width=11, samples=("否",)),
    c.integer("从业人数", "staff_count", ("从业人员", "员工数", "员工人数", "职工人数"), samples=(36,)),
    c.integer("在管小区数", "served_count", ("在管项目数", "在管小区"), width=11, samples=(5,)),
    c.area("在管面积(㎡)", "served_area_m2", ("在管面积", "在管建筑面积"), width=13, samples=(70715,)),
    c.text("项目负责人", "project_manager", 50, ("项目经理",), samples=("样例乙",)),
    c.date("备案日期", "filed_on", ("备案时间",), width=12, samples=("2025-06-26",)),
    c.choice("信用等级", "rating", RATING, ("信用评级", "等级"), samples=("AA",)),
    c.boolean("是否辖区内", "is_in_district", ("辖区内",), samples=("是",)),
    c.boolean("有能力", "is_able", ("是否有能力",), samples=("是",)),
    c.boolean("有意愿", "is_willing", ("是否有意愿",), samples=("是",)),
    c.boolean("基础好", "is_well_founded", ("是否基础好",), samples=("是",)),
    c.Column("能力标签", "tags", c.TAGS, _tags, ("特色能力", "能力"), width=18, samples=("智慧物业、流动服务",), label_of={v: k for k, v in CAPABILITIES.items()}),
    c.area("承接能力(㎡)", "capacity_m2", ("承接能力", "可承接面积"), width=13, samples=(150000,)),
    c.integer("服务半径(m)", "distance_limit_m", ("服务半径",), width=11, samples=(3000,)),
    c.date("黑名单至", "blacklisted_until", ("黑名单截止", "黑名单期限"), width=12, samples=(None,)),
    c.text("基地名称", "base_name", 100, ("服务基地", "基地"), width=24, samples=("样例服务站",)),
    c.coordinate("经度", "longitude", 180, ("基地经度",), width=12, samples=(112.5765,)),
    c.coordinate("纬度", "latitude", 180, ("基地纬度",), width=12, samples=(37.8245,)),
)  # fmt: skip

INVITATION_COLUMNS = (
    c.running_number(),
    c.integer("轮次", "round", ("邀约轮次", "第几轮"), maximum=99, is_required=True, samples=(1,)),
    c.code("小区编码", "compound_code", ("小区代码", "小区编号"), clean=cells.code(20), width=19, fills_down=True),
    c.text("小区名称", "compound_name", 100, ("小区",), width=24, fills_down=True, samples=("样例路1号院",)),
    c.text("企业名称", "provider_name", 100, ("物业企业", "企业", "邀约企业"), width=30, samples=("样例物业服务有限公司",)),
    c.code("统一社会信用代码", "credit_code", ("信用代码",), clean=_credit_code, width=22, samples=(SAMPLE_CODE,)),
    c.date("邀约日期", "invited_on", ("邀请日期", "发函日期"), is_required=True, width=12, samples=("2026-05-25",)),
    c.choice("答复", "answer", ANSWER, ("答复情况", "企业答复", "意见"), words={"愿意": "AGREED", "不同意": "REFUSED", "不愿意": "REFUSED", "无答复": "NO_ANSWER"}, width=11, samples=("同意",)),
    c.date("答复日期", "answered_on", ("回复日期",), width=12, samples=("2026-06-01",)),
    c.text("函号", "letter", 60, ("邀约函号", "文号"), width=24, samples=("样例函〔2026〕1号",)),
)  # fmt: skip


class ProviderSheet(Sheet):
    """Rows of providers: matched by credit code; the base is the provider's first one.

    A rating that is new joins those issued; a blacklist taken over is an entry in force.
    """

    key = "providers"
    titles = ("物业企业备案表", "物业企业", "企业备案表", "企业名录")
    name = gettext_lazy("providers")
    columns = PROVIDER_COLUMNS
    model = Provider
    right = "provider.edit"
    levels = frozenset({Level.DISTRICT})
    stored = tuple(col.field for col in PROVIDER_COLUMNS if col.field and col.field not in PARTS)
    parts = PARTS
    kept = ("party_organisation_id",)
    own_relations = ("bases", "ratings", "blacklistings")
    list_url = "providers:provider_list"

    # -- planning ------------------------------------------------------------------------------
    def resolve(self, plans: Sequence[Plan], context: Context) -> None:
        found = self._existing(p.record.values.get("credit_code") for p in plans)
        new = context.known.setdefault("new_providers", set())
        for plan in plans:
            said = plan.record.values
            plan.label, code = said.get("name", ""), said.get("credit_code", "")
            plan.shown_key = plan.key = code or None
            self._split_form(plan)
            if plan.record.is_refused:
                continue
            if not context.by.scope.can(self.right, context.batch.area):
                plan.refuse(_("Your post does not let you enter providers."), "name")
            existing = found.get(code)
            if existing and existing["district_id"] != context.batch.district_id:
                plan.refuse(_("This provider is filed in another district."), "credit_code")
                continue
            plan.existing = existing
            if existing is None:
                new.add(code)
        self._note_decided(found, context)

    @staticmethod
    def _split_form(plan: Plan) -> None:
        """ "联合+指导员" says two things."""
        said = plan.record.values
        form = said.get("party_form", "")
        if not form.endswith("+"):
            return
        said["party_form"] = form[:-1]
        if said.setdefault("has_instructor", True) is False:
            plan.refuse(
                _("One column names an instructor, the other says there is none."),
                "has_instructor",
            )

    @staticmethod
    def _note_decided(found: dict[str, dict], context: Context) -> None:
        """Firms whose blacklisting is being decided, or was decided, here."""
        ids = [row["pk"] for row in found.values()]
        decided = context.known.setdefault("decided_here", set())
        rows = BlacklistEntry.objects.open().filter(
            source=BlacklistEntry.Source.PROCEDURE, provider__among=ids
        )
        decided.update(rows.values_list("provider_id", flat=True))

    def _existing(self, codes: Iterable[str | None]) -> dict[str, dict]:
        found = {}
        for chunk in in_chunks(sorted({code for code in codes if code})):
            rows = _with_parts(Provider.objects.filter(credit_code__in=chunk)).values(
                "pk", "version", "district_id", *self.stored, *PARTS
            )
            found.update((row["credit_code"], row) for row in rows)
        return found

    def check(self, plan: Plan, merged: dict, context: Context) -> None:
        if (merged.get("longitude") is None) != (merged.get("latitude") is None):
            plan.refuse(_("Give both longitude and latitude, or neither."), "latitude")
        if merged.get("longitude") is not None and not merged.get("base_name"):
            plan.refuse(_("Give the name of the base that lies there."), "base_name")
        if merged.get("filed_on") and merged["filed_on"] > context.today:
            plan.refuse(_("This date lies in the future."), "filed_on")
        is_alone = merged.get("party_form") in (None, "", "NONE")
        if merged.get("is_red") and is_alone and not merged.get("has_instructor"):
            plan.warn(_("Red property, but without a party organisation."), "party_form")
        self._check_organisation(plan, merged, context)
        existing, until = plan.existing or {}, plan.record.values.get("blacklisted_until")
        if (
            until
            and until != existing.get("blacklisted_until")
            and existing.get("pk") in context.known["decided_here"]
        ):
            plan.refuse(
                _("The blacklisting of this firm is decided on its page, not by a sheet."),
                "blacklisted_until",
            )

    def _check_organisation(self, plan: Plan, merged: dict, context: Context) -> None:
        name, form = plan.record.values.get(ORGANISATION), merged.get("party_form")
        if not name:
            return
        if form not in (OWN, JOINT):
            plan.refuse(
                _("Say in the form whether the organisation is of this firm alone or joint."),
                "party_form",
            )
            return
        known = self._organisations(context)
        found, code = known.get(name), merged["credit_code"]
        if found and found[0] != form:
            plan.refuse(
                _("There is an organisation of this name, and its form is the other one."),
                ORGANISATION,
            )
        elif found and form == OWN and found[1] not in ("", code):
            plan.refuse(_("This organisation belongs to one other firm alone."), ORGANISATION)
        else:
            known[name] = (form, code)

    @staticmethod
    def _organisations(context: Context) -> dict[str, tuple[str, str]]:
        """Organisations of the district: their form, and the code of a firm in them."""
        if "firm_organisations" not in context.known:
            rows = FirmOrganisation.objects.filter(district_id=context.batch.district_id)
            context.known["firm_organisations"] = {
                name: (form, code or "")
                for name, form, code in rows.values_list("name", "form", "firms__credit_code")
            }
        return context.known["firm_organisations"]

    # -- writing -------------------------------------------------------------------------------
    def is_taken(self, rows: Sequence[ImportRow], context: Context) -> bool:
        return bool(self._existing(row.changes["credit_code"][1] for row in rows))

    def build(self, rows: Sequence[ImportRow], context: Context) -> list[Provider]:
        made = []
        for row in rows:
            values = {k: v for k, v in self.values_of(row).items() if k not in PARTS}
            made.append(Provider(district_id=context.batch.district_id, **values))
        return made

    def settle(self, obj: Provider, changed: Iterable[str]) -> None:
        """Whoever changes the form leaves the organisation; the sheet may name another one."""
        if "party_form" in changed:
            obj.party_organisation = None

    def settled_columns(self) -> tuple[str, ...]:
        return ("party_organisation",)

    def written(self, rows, objects: Sequence[Provider], context: Context) -> None:
        pairs = list(zip(rows, objects, strict=True))
        self._write_bases([pair for pair in pairs if set(BASE) & set(pair[0].changes)])
        self._write_organisations([p for p in pairs if ORGANISATION in p[0].changes], context)
        self._write_ratings([p for p in pairs if "rating" in p[0].changes], context)
        self._write_blacklist([p for p in pairs if "blacklisted_until" in p[0].changes], context)

    def _write_bases(self, pairs: list[tuple]) -> None:
        first: dict[int, ProviderBase] = {}
        for base in ProviderBase.objects.filter(provider__in=[obj for _row, obj in pairs]).order_by(
            "-pk"
        ):
            first[base.provider_id] = base
        made = []
        for row, provider in pairs:
            values = {k: v for k, v in self.values_of(row).items() if k in BASE}
            if "base_name" in values:
                values["name"] = values.pop("base_name")
            base = first.get(provider.pk)
            if base is None:
                made.append(ProviderBase(provider=provider, **values))
                continue
            for name, value in values.items():
                setattr(base, name, value)
            base.version += 1
            base.save()
        insert_many(ProviderBase, made)

    def _write_organisations(self, pairs: list[tuple], context: Context) -> None:
        if not pairs:
            return
        names = {row.changes[ORGANISATION][1]: obj.party_form for row, obj in pairs}
        district = context.batch.district_id
        rows = FirmOrganisation.objects.filter(district_id=district, name__in=list(names))
        known = dict(rows.values_list("name", "pk"))
        made = [
            FirmOrganisation(district_id=district, name=name, form=form, batch=context.batch.batch)
            for name, form in names.items()
            if name not in known
        ]
        insert_many(FirmOrganisation, made)
        known |= {one.name: one.pk for one in made}
        for row, obj in pairs:
            obj.party_organisation_id = known[row.changes[ORGANISATION][1]]
        objects = [obj for _row, obj in pairs]
        update_many(Provider, objects, ["party_organisation"])
        history.record_versions(
            Provider,
            [obj.pk for obj in objects],
            kind=history.CHANGED,
            by=context.by,
            reason=context.batch.batch,
        )

    def _write_ratings(self, pairs: list[tuple], context: Context) -> None:
        made = [
            RatingEntry(
                provider=obj,
                rating=obj.rating,
                issued_on=context.today,
                by=context.by,
                batch=context.batch.batch,
            )
            for _row, obj in pairs
            if obj.rating
        ]
        insert_many(RatingEntry, made)

    def _write_blacklist(self, pairs: list[tuple], context: Context) -> None:
        open_ones = {
            one.provider_id: one
            for one in BlacklistEntry.objects.open().filter(provider__in=[o for _r, o in pairs])
        }
        made = []
        for _row, obj in pairs:
            until, entry = obj.blacklisted_until, open_ones.get(obj.pk)
            first = min(context.today, until)
            if entry is None:
                made.append(
                    BlacklistEntry(
                        provider=obj,
                        state=BlacklistEntry.State.IN_FORCE,
                        source=BlacklistEntry.Source.IMPORT,
                        reason=_told_by(context.batch.file_name),
                        proposed_by=context.by,
                        proposed_on=first,
                        term_from=first,
                        term_until=until,
                        batch=context.batch.batch,
                    )
                )
                continue
            entry.term_from, entry.term_until = min(entry.term_from, until), until
            entry.version += 1
            entry.save()
        insert_many(BlacklistEntry, made)

    # -- undoing -------------------------------------------------------------------------------
    def delete_parts(self, ids: Sequence[int], context: Context) -> None:
        ProviderBase.objects.filter(provider_id__in=ids).delete()
        RatingEntry.objects.filter(provider_id__in=ids).delete()
        BlacklistEntry.objects.filter(provider_id__in=ids).delete()
        context.known["is_undoing"] = True

    def restore(self, obj: Provider, row: ImportRow, context: Context) -> None:
        super().restore(obj, row, context)
        context.known["is_undoing"] = True
        mine = context.batch.batch
        if ORGANISATION in row.changes:
            name = row.changes[ORGANISATION][0]
            rows = FirmOrganisation.objects.filter(district_id=obj.district_id, name=name)
            obj.party_organisation_id = rows.values_list("pk", flat=True).first()
        if "rating" in row.changes:
            obj.ratings.filter(batch=mine).delete()
        if "blacklisted_until" in row.changes:
            obj.blacklistings.filter(batch=mine).delete()
            if obj.blacklisted_until:
                obj.blacklistings.open().update(term_until=obj.blacklisted_until)
        self._restore_base(obj, row)

    def _restore_base(self, obj: Provider, row: ImportRow) -> None:
        before = {k: v for k, v in self.values_of(row, side=0).items() if k in BASE}
        base = obj.bases.order_by("pk").first()
        if not before or base is None:
            return
        if "base_name" in before and before["base_name"] is None:
            base.delete()
            return
        if "base_name" in before:
            before["name"] = before.pop("base_name")
        for name, value in before.items():
            setattr(base, name, value)
        base.version += 1
        base.save()

    def finish(self, context: Context) -> None:
        """Organisations that this import made go with it, unless somebody else uses them."""
        if context.known.get("is_undoing"):
            FirmOrganisation.objects.filter(
                district_id=context.batch.district_id,
                batch=context.batch.batch,
                version=1,
                firms=None,
            ).delete()

    # -- showing -------------------------------------------------------------------------------
    def told(self, label: str, changes: dict[str, list]) -> tuple[str, dict[str, list]]:
        noted = dict(changes)
        if ORGANISATION in noted:
            noted["party_organisation"] = noted.pop(ORGANISATION)
        return label, noted

    def export_rows(self, queryset: QuerySet) -> Iterator[list]:
        yield from self.cells_of(_with_parts(queryset))


def _told_by(file: str) -> str:
    return gettext("Taken over from the sheet %(name)s") % {"name": file[:200]}


def _with_parts(rows: QuerySet) -> QuerySet:
    """Providers with what their sheet says beside their own columns."""
    base = ProviderBase.objects.filter(provider=OuterRef("pk")).order_by("pk")
    return rows.annotate(
        base_name=Subquery(base.values("name")[:1]),
        longitude=Subquery(base.values("longitude")[:1]),
        latitude=Subquery(base.values("latitude")[:1]),
        organisation_name=F("party_organisation__name"),
    )


class InvitationSheet(Sheet):
    """Rows of invitations: matched by compound, provider and round."""

    key = "invitations"
    titles = ("邀约记录表", "邀约记录", "邀约表")
    name = gettext_lazy("invitations")
    columns = INVITATION_COLUMNS
    model = Invitation
    right = "provider.invite"
    stored = ("round", "invited_on", "answer", "answered_on", "letter")

    def resolve(self, plans: Sequence[Plan], context: Context) -> None:
        for plan in plans:
            said = plan.record.values
            if "compound_code" not in said and "compound_name" not in said:
                plan.refuse(_("Give the compound's code or name."), "compound_name")
            if "credit_code" not in said and "provider_name" not in said:
                plan.refuse(_("Give the provider's credit code or name."), "provider_name")
        resolve_compounds(plans, context, self.right)
        self._resolve_providers(plans, context)
        found = self._existing(
            plan.context["compound"] for plan in plans if plan.context.get("compound")
        )
        for plan in plans:
            said = plan.record.values
            plan.label = f"{plan.label} · {said.get('provider_name', said.get('credit_code', ''))}"
            if plan.record.is_refused:
                continue
            where = plan.context
            plan.shown_key = where["code"]
            compound = where["compound"] or where["code"] or where["name"]
            plan.key = (str(compound), where["credit_code"], said["round"])
            plan.existing = found.get((where["compound"], where["credit_code"], said["round"]))

    def _resolve_providers(self, plans: Sequence[Plan], context: Context) -> None:
        known = self._providers(context)
        new = context.known.get("new_providers", set())
        for plan in plans:
            said = plan.record.values
            if plan.record.is_refused:
                continue
            code, name = said.get("credit_code"), said.get("provider_name")
            if code is None:
                codes = known["by_name"].get(name, [])
                if len(codes) != 1:
                    plan.refuse(
                        _("There is not exactly one provider of this name: give its credit code."),
                        "provider_name",
                    )
                    continue
                code = codes[0]
            elif code not in known["by_code"] and code not in new:
                plan.refuse(_("There is no provider of this credit code."), "credit_code")
                continue
            elif name and known["by_code"].get(code, name) != name:
                plan.refuse(
                    _("The credit code belongs to %(name)s, not to this provider."),
                    "provider_name",
                    name=known["by_code"][code],
                )
                continue
            plan.context["credit_code"] = code

    def _providers(self, context: Context) -> dict:
        if "providers" not in context.known:
            by_code = dict(
                Provider.objects.filter(district_id=context.batch.district_id).values_list(
                    "credit_code", "name"
                )
            )
            by_name: dict[str, list[str]] = {}
            for code, name in by_code.items():
                by_name.setdefault(name, []).append(code)
            context.known["providers"] = {"by_code": by_code, "by_name": by_name}
        return context.known["providers"]

    def _existing(self, compound_ids: Iterable[int]) -> dict[tuple, dict]:
        found = {}
        for chunk in in_chunks(sorted(set(compound_ids))):
            rows = Invitation.objects.filter(compound_id__in=chunk).values(
                "pk", "version", "compound_id", "provider__credit_code", *self.stored
            )
            found.update(
                ((row["compound_id"], row["provider__credit_code"], row["round"]), row)
                for row in rows
            )
        return found

    def check(self, plan: Plan, merged: dict, context: Context) -> None:
        if merged["round"] < 1:
            plan.refuse(_("Rounds are counted from 1."), "round")
        invited, answered = merged.get("invited_on"), merged.get("answered_on")
        if invited > context.today:
            plan.refuse(_("This date lies in the future."), "invited_on")
        if answered and answered < invited:
            plan.refuse(_("The answer cannot be earlier than the invitation."), "answered_on")
        if answered and answered > context.today:
            plan.refuse(_("This date lies in the future."), "answered_on")
        if answered and merged.get("answer", "WAITING") == "WAITING":
            plan.refuse(_("A day of the answer is given, but no answer."), "answer")
        if merged.get("answer") in ("AGREED", "AGREED_WITH_SUBSIDY", "REFUSED") and not answered:
            plan.warn(_("There is an answer, but not its date."), "answered_on")

    def is_taken(self, rows: Sequence[ImportRow], context: Context) -> bool:
        compounds = written_compounds(rows, context)
        if any(compound is None for compound in compounds.values()):
            return True
        wanted = {
            (compounds[row.pk].pk, row.context["credit_code"], row.changes["round"][1])
            for row in rows
        }
        return not wanted.isdisjoint(self._existing(key[0] for key in wanted))

    def build(self, rows: Sequence[ImportRow], context: Context) -> list[Invitation]:
        compounds = written_compounds(rows, context)
        codes = {row.context["credit_code"] for row in rows}
        providers = dict(
            Provider.objects.filter(credit_code__in=codes).values_list("credit_code", "pk")
        )
        return [
            Invitation(
                compound_id=compounds[row.pk].pk,
                provider_id=providers[row.context["credit_code"]],
                community_id=compounds[row.pk].community_id,
                street_id=compounds[row.pk].street_id,
                district_id=compounds[row.pk].district_id,
                **self.values_of(row),
            )
            for row in rows
        ]

    def placed_sample(self, row: dict, area: Area) -> dict | None:
        compound = first_compound(area)
        provider = Provider.objects.filter(district_id=area.district_id).order_by("pk").first()
        if compound is None or provider is None:
            return None
        return row | {
            "小区编码": compound.code,
            "小区名称": compound.name,
            "企业名称": provider.name,
            "统一社会信用代码": provider.credit_code,
        }

    def links(self, rows: Sequence[ImportRow]) -> dict[int, str]:
        found = Invitation.objects.filter(pk__in=[row.object_id for row in rows])
        return compound_links(dict(found.values_list("pk", "compound__code")))

    def export_rows(self, queryset: QuerySet) -> Iterator[list]:
        rows = queryset.annotate(
            compound_code=F("compound__code"),
            compound_name=F("compound__name"),
            provider_name=F("provider__name"),
            credit_code=F("provider__credit_code"),
        )
        yield from self.cells_of(rows)


PROVIDERS = register(ProviderSheet())
INVITATIONS = register(InvitationSheet())
