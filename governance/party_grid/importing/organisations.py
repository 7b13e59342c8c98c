"""The sheet 党组织台账: committees, branches and groups, what they stand for, and who leads them.

Numbers of committee members, groups and centre households are compared with the register, never
stored. A row that names no organisation above gets the one that its place gives.
"""
# ruff: noqa: E501 - tables of columns read better in one line each

from collections.abc import Iterator, Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from compounds.registry.importing import columns as c
from compounds.registry.importing.compounds import first_compound
from compounds.registry.importing.sheets import Context, Plan, Sheet
from compounds.registry.models import ImportRow
from governance.foundation import cells, sealing
from governance.foundation.bulk import in_chunks
from governance.organisation.models import Area
from governance.people import matching
from governance.people.models import VIEW

from ..models import Norm, OrganisationCover, PartyOrganisation
from ..rules import (
    term_end,
)
from . import founding, holders, leaders, placing, scopes
from .ledger import ledger_rows
from .scopes import Scope
from .standing import (
    BRANCH,
    COMMUNITY,
    DISTRICT,
    FACTS,
    GROUP,
    REACH,
    STREET,
    TYPE_WORDS,
    TYPES,
    Index,
    Known,
    may_be_above,
)

# How the sheet calls a kind; the code is kept with rows.

COLUMNS = (
    c.running_number(),
    c.text("街道", "street_name", 60, ("街道名称", "镇街", "所属街道"), width=14, fills_down=True),
    c.text("社区", "community_name", 60, ("社区名称", "所属社区"), width=16, fills_down=True),
    c.code("区划代码", "community_code", ("社区代码", "社区编码"), clean=cells.code(digits=12), width=15, fills_down=True),
    c.text("小区/网格", "scope", 2000, ("小区或网格", "所属小区/网格", "小区（网格）", "覆盖小区/网格"), width=28),
    c.text("组织名称", "name", 100, ("党组织名称", "党组织", "支部名称"), is_required=True, width=30, samples=("样例社区党委", "样例小区党支部", "样例小区第一党小组")),
    c.choice("类型", "type", TYPES, ("类型(小区/网格/联合)", "组织类型", "党组织类型"), words=TYPE_WORDS, is_required=True, width=12, samples=("社区党委", "小区", "院落党小组")),
    c.text("上级组织", "parent", 100, ("上级党组织", "隶属党组织"), width=26, samples=(None, None, "样例小区党支部")),
    c.text("书记", "secretary", 50, ("党组织书记", "书记姓名", "负责人", "组长"), width=10, samples=("样例甲", "样例乙", "样例丙")),
    c.code("联系电话", "phone", ("书记电话", "电话"), clean=matching.phone_cell(), is_secret=True, width=15, samples=("13800000001", "13800000002", "13800000003")),
    c.integer("委员数", "committee_count", ("委员人数",), maximum=100),
    c.integer("正式党员数", "full_member_count", ("正式党员", "党员数"), maximum=100_000, width=11, samples=(86, 12, 5)),
    c.integer("党小组数", "group_count", ("党小组",), maximum=1000),
    c.integer("中心户数", "centre_count", ("党员中心户数", "党员中心户"), maximum=100_000),
    c.date("成立日期", "founded_on", ("成立时间",), width=12, samples=("2024-06-01", "2024-06-15", "2024-06-15")),
    c.text("批复文号", "document_number", 100, ("文号", "批准文号"), width=24, samples=("样例发〔2024〕1号", "样例发〔2024〕2号", None)),
    c.date("换届日期", "term_until", ("换届时间", "届满日期"), width=12),
)  # fmt: skip


class OrganisationSheet(Sheet):
    """Rows of organisations: matched by place, level and name, where need be by what is above."""

    key = "organisations"
    titles = ("党组织台账", "党组织", "党组织信息")
    name = gettext_lazy("party organisations")
    columns = COLUMNS
    model = PartyOrganisation
    right = placing.RIGHT
    view_right = VIEW
    stored = FACTS
    parts = ("scope", "parent", "secretary", "phone", "type")
    only_new = ("name",)
    own_relations = ("covers", "duties")
    list_url = "party_grid:organisation_list"

    # -- planning ------------------------------------------------------------------------------
    def resolve(self, plans: Sequence[Plan], context: Context) -> None:
        numbers = {id(plan): self._tidy(plan, context) for plan in plans}
        for plan in plans:
            plan.label = plan.record.values.get("name", "")
            if not plan.record.is_refused:
                plan.context["place"] = placing.place_of(plan, context)
        scopes.read(plans, context)
        named = {}
        for plan in plans:
            if not plan.record.is_refused:
                named[id(plan)] = scopes.scope_of(plan, context)
        fresh = context.known.setdefault("new_organisations", [])
        ready = [plan for plan in plans if not plan.record.is_refused]
        known = {id(plan): self._announce(plan, named[id(plan)], context, fresh) for plan in ready}
        index = Index([*context.known["organisations"], *fresh])
        for plan in ready:
            self._parent(plan, named[id(plan)], known[id(plan)], context, index)
        for plan in ready:
            if not plan.record.is_refused:
                self._match(plan, named[id(plan)], known[id(plan)], context, index)
        leaders.appoint_leaders(ready, context, numbers)
        leaders.compare(ready, known, context)

    def _tidy(self, plan: Plan, context: Context) -> dict[str, str]:
        said = plan.record.values
        # From here on no row holds a number in clear.
        number = matching.number_of(said.pop("phone", None))
        if number:
            said["phone"] = number["masked"]
            if "secretary" not in said:
                plan.refuse(_("Whose number is this? Name the secretary."), "phone")
        if said.get("founded_on") and said["founded_on"] > context.today:
            plan.refuse(_("This date lies in the future."), "founded_on")
        return number

    def _announce(self, plan: Plan, scope: Scope | None, context: Context, fresh: list) -> Known:
        """Make the row known to others as if it were new; `_match` takes it back."""
        said = plan.record.values
        one = Known(
            kind=int(said["type"][0]),
            name=said["name"],
            place=plan.context["place"],
            row=plan.record.number,
            grid=scope.grid if scope else None,
            covers=frozenset(scopes.covered(scope, context)) if scope else frozenset(),
        )
        fresh.append(one)
        return one

    def _parent(self, plan: Plan, scope, own: Known, context: Context, index: Index) -> None:
        said = plan.record.values
        name = said.get("parent")
        if own.kind == DISTRICT:
            said.pop("parent", None)
            return
        if name:
            found = [o for o in index.named(name) if may_be_above(o, own)]
            nearest = [o for o in found if o.place == own.place] or found
            if own.kind == GROUP:
                nearest = [o for o in nearest if o.kind == BRANCH]
            if len(nearest) == 1:
                self._below(plan, nearest[0])
            elif nearest:
                plan.refuse(
                    _("Several organisations have this name: rename one of them first."), "parent"
                )
            else:
                plan.refuse(_("There is no such organisation above this one."), "parent")
            return
        found = self._usual_parent(own, index) if own.kind == GROUP else None
        existing = [] if found else index.like(own)
        if len(existing) == 1:
            own.parent = existing[0].parent
            return
        if existing:
            plan.refuse(
                _("Several organisations of this name stand here: name the one above."), "parent"
            )
            return
        found = found or self._usual_parent(own, index)
        if found:
            self._below(plan, found)
        elif own.kind == GROUP:
            plan.refuse(_("A group belongs to a branch: name it."), "parent")
        else:
            plan.warn(_("The organisation above is not in the register yet."), "parent")

    def _below(self, plan: Plan, above: Known) -> None:
        plan.context |= {"parent": above.pk, "parent_row": above.row, "parent_name": above.name}

    def _usual_parent(self, own: Known, index: Index) -> Known | None:
        district, street, community = own.place
        if own.kind == GROUP:
            branches = [o for o in index.inside(own.place) if o.kind == BRANCH]
            found = [o for o in branches if own.covers and own.covers <= o.covers]
            least = min((len(o.covers) for o in found), default=0)
            found = [o for o in found if len(o.covers) == least]
            found = found or [o for o in branches if own.grid and o.grid == own.grid]
        else:
            place = {
                BRANCH: (district, street, community),
                COMMUNITY: (district, street, None),
                STREET: (district, None, None),
            }[own.kind]
            found = [o for o in index.inside(place) if o.kind == own.kind - 1]
        return found[0] if len(found) == 1 else None

    def _match(self, plan: Plan, scope, own: Known, context: Context, index: Index) -> None:
        found = index.like(own)
        if own.kind == GROUP and plan.context.get("parent_name"):
            # Groups are numbered in every branch: those of another one are others.
            found = [one for one in found if one.parent == plan.context["parent"]]
        elif len(found) > 1:
            found = [one for one in found if one.parent == plan.context.get("parent")]
        existing = found[0] if found else None
        parent = (
            existing.pk
            if existing
            else (plan.context.get("parent"), plan.context.get("parent_row"))
        )
        plan.key = (own.place, own.kind, own.name, parent)
        if existing:
            self._take(plan, scope, own, existing, context)
        else:
            self._new(plan, scope, own, context, index)

    def _new(self, plan: Plan, scope, own: Known, context: Context, index: Index) -> None:
        said = plan.record.values
        if scope is None and own.kind >= BRANCH:
            plan.refuse(_("Name the compound or grid that it stands for."), "scope")
            return
        twins = [
            one
            for one in index.named(own.name)
            if one.pk and plan.context.get("parent") and one.parent == plan.context["parent"]
        ]
        if twins:
            plan.refuse(_("An organisation of this name stands there already."), "name")
        if scope:
            self._refuse_second(plan, scope, own, context, index)
            plan.context["scope"] = scope.plain()
            plan.context["scope"]["covers"] = sorted(scopes.covered(scope, context)) or None
        if said.get("parent") is None and plan.context.get("parent_name"):
            said["parent"] = plan.context["parent_name"]
        if "term_until" not in said and "founded_on" in said:
            norms = context.known.get("norms")
            if norms is None:
                norms = Norm.objects.in_force(context.batch.district_id, context.today)
                context.known["norms"] = norms
            said["term_until"] = term_end(said["founded_on"], own.kind, norms)

    def _refuse_second(self, plan: Plan, scope: Scope, own: Known, context, index: Index) -> None:
        """One branch for a compound, and one for a grid."""
        kind = plan.record.values["type"]
        place = (kind, scope.compounds[0] if kind == "4C" else scope.grid)
        if kind not in ("4C", "4G"):
            return
        column = "compound" if kind == "4C" else "grid"
        reach = REACH[kind]
        for one in index.inside(own.place):
            if (
                one.pk
                and one.kind == BRANCH
                and one.reach == reach
                and getattr(one, column) == place[1]
            ):
                plan.refuse(_("%(name)s stands for it already."), "scope", name=one.name)
                return
        first = context.known.setdefault("branches", {}).setdefault(place, plan.record.number)
        if first != plan.record.number:
            plan.refuse(
                _("Row %(row)s of this sheet is a branch for it already."), "scope", row=first
            )

    def _take(self, plan: Plan, scope, own: Known, existing: Known, context: Context) -> None:
        """The row means an organisation that stands."""
        said, known = plan.record.values, context.known
        by_pk = known.setdefault("by_pk", {o.pk: o for o in known["organisations"]})
        above = by_pk.get(existing.parent)
        plan.existing = existing.values | {
            "type": existing.type,
            "parent": above.name if above else None,
            "scope": scopes.shown(existing, context),
        }
        if plan.context.get("parent_row"):
            plan.refuse(
                _("The organisation above is new in this sheet: import it first."), "parent"
            )
        if "parent" in said and plan.context.get("parent") == existing.parent:
            said["parent"] = plan.existing["parent"]
        if scope is None:
            said["type"] = existing.type if said["type"][0] == existing.type[0] else said["type"]
            if said["type"] != existing.type:
                plan.refuse(_("Name the compound or grid that it stands for."), "scope")
            return
        covers = frozenset(scopes.covered(scope, context))
        is_same = said["type"] == existing.type and (not covers or covers == existing.covers)
        is_same = (
            is_same and scope.grid in (existing.grid, None) and scope.building == existing.building
        )
        if is_same:
            said["scope"] = plan.existing["scope"]
            return
        for one in known["organisations"]:
            column = {"4C": "compound", "4G": "grid"}.get(said["type"])
            wanted = scope.compounds[0] if column == "compound" else scope.grid
            if (
                column
                and one.pk != existing.pk
                and one.kind == BRANCH
                and one.type == said["type"]
                and getattr(one, column) == wanted
            ):
                plan.refuse(_("%(name)s stands for it already."), "scope", name=one.name)
        plan.context["scope"] = scope.plain()
        plan.context["scope"]["covers"] = sorted(covers) or None

    def check(self, plan: Plan, merged: dict, context: Context) -> None:
        founded, until = merged.get("founded_on"), merged.get("term_until")
        if founded and until and until <= founded:
            plan.refuse(_("The term ends after the founding."), "term_until")

    # -- writing -------------------------------------------------------------------------------

    def lock(self, context: Context, rows: QuerySet) -> None:
        founding.make_all(self, context, rows)

    def is_taken(self, rows: Sequence[ImportRow], context: Context) -> bool:
        return context.known["is_taken"]

    def build(self, rows: Sequence[ImportRow], context: Context) -> list:
        return [context.known["made_organisations"][row.pk] for row in rows]

    def store_new(self, objects: Sequence, context: Context) -> None:
        """They were made in `lock`."""

    def written(self, rows, objects: Sequence, context: Context) -> None:
        founding.write(rows, objects, context)

    # -- undoing -------------------------------------------------------------------------------
    def forget(self, person) -> None:
        holders.forget(self.key, "organisation", ("secretary",), person)

    def used_by_others(self, ids, batch):
        return holders.used_by_others(batch, self.key, ids, "organisation")

    def delete_parts(self, ids: Sequence[int], context: Context) -> None:
        holders.unmake(context.batch, self.key, ids, context)
        for chunk in in_chunks(ids):
            OrganisationCover.objects.filter(organisation_id__in=chunk).delete()

    def restore(self, obj: PartyOrganisation, row: ImportRow, context: Context) -> None:
        super().restore(obj, row, context)
        founding.restore_links(obj, row, context)

    def finish(self, context: Context) -> None:
        holders.finish(context)

    def further_acts(self, context: Context):
        return holders.further_acts(context)

    def told(self, label: str, changes: dict[str, list]) -> tuple[str, dict[str, list]]:
        masked = {
            "secretary": lambda value: sealing.mask_name(value),
            "phone": lambda value: "****",
        }
        return label, {
            name: [masked[name](v) if v else None for v in pair] if name in masked else pair
            for name, pair in changes.items()
        }

    # -- showing -------------------------------------------------------------------------------
    def placed_sample(self, row: dict, area: Area) -> dict | None:
        compound = first_compound(area)
        if compound is None:
            return None
        community = compound.community
        row |= {"街道": community.street.name, "社区": community.name, "区划代码": community.code}
        if row["类型"] != "社区党委":
            row["小区/网格"] = compound.code
        return row

    def export_rows(self, queryset: QuerySet) -> Iterator[list]:
        """Standing organisations, the higher ones first; numbers of secretaries masked."""
        named = [column for column in self.columns if column.field]
        for number, row in enumerate(ledger_rows(queryset), 1):
            yield [number, *(column.shown(row.get(column.field)) for column in named)]
