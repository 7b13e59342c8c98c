"""The sheet 党组织台账: committees, branches and groups, what they stand for, and who leads them.

Numbers of committee members, groups and centre households are compared with the register, never
stored. A row that names no organisation above gets the one that its place gives.
"""
# ruff: noqa: E501 - tables of columns read better in one line each

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_noop as _

from compounds.registry.importing import columns as c
from compounds.registry.importing.compounds import first_compound
from compounds.registry.importing.sheets import Context, Plan, Sheet, plain_name
from compounds.registry.models import ImportRow
from governance.foundation import cells, sealing
from governance.foundation.bulk import drafts, in_chunks, insert_many
from governance.foundation.errors import DomainError
from governance.organisation.models import Area, Level
from governance.people import matching
from governance.people.matching import Named, Register
from governance.people.models import VIEW, Person

from ..models import Duty, GridCover, Norm, OrganisationCover, PartyOrganisation
from ..rules import (
    CENTRE_HOUSEHOLD,
    COMMITTEE_MEMBER,
    GROUP_LEADER,
    SECRETARY,
    OrganisationKind,
    Reach,
    term_end,
)
from . import holders
from .parts import STROKE, Homes, Parts, listed, pick

DISTRICT, STREET, COMMUNITY, BRANCH, GROUP = OrganisationKind
# How the sheet calls a kind; the code is kept with rows.
TYPES = {
    "区委": "1",
    "街道党工委": "2",
    "社区党委": "3",
    "小区": "4C",
    "网格": "4G",
    "联合": "4J",
    "网格党小组": "5G",
    "院落党小组": "5C",
    "楼栋党小组": "5B",
    "联合党小组": "5J",
    "党小组": "5",
}
TYPE_WORDS = {
    "小区党支部": "4C",
    "网格党支部": "4G",
    "联合党支部": "4J",
    "党工委": "2",
    "社区党总支": "3",
    "社区党组织": "3",
    "小组": "5",
}
REACH = {"4C": Reach.COMPOUND, "4G": Reach.GRID, "5G": Reach.GRID, "5J": Reach.GRID}
REACH |= {"5C": Reach.COURTYARD, "5B": Reach.BUILDING}
LEADS = frozenset({SECRETARY, GROUP_LEADER})
FACTS = ("full_member_count", "founded_on", "document_number", "term_until")
RELATIONS = ("parent_id", "reach", "is_joint", "grid_id", "compound_id", "building_id")

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


@dataclass(slots=True)
class Known:
    """An organisation of the register, or of a row above (`row`), as rows look it up."""

    kind: int
    name: str
    place: tuple[int, int | None, int | None]
    pk: int | None = None
    row: int = 0
    parent: int | None = None
    reach: str = ""
    is_joint: bool = False
    grid: str | None = None  # its code
    compound: int | None = None
    building: int | None = None
    covers: frozenset[int] = frozenset()
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def type(self) -> str:
        if self.kind < BRANCH:
            return str(self.kind)
        if self.is_joint:
            return f"{self.kind}J"
        return next(t for t, r in REACH.items() if t[0] == str(self.kind) and r == self.reach)


@dataclass(slots=True)
class Scope:
    """What a row stands for. `covers` None: not said, what the grid covers."""

    grid: str | None = None
    compounds: list[int] = field(default_factory=list)
    building: int | None = None

    def plain(self) -> dict:
        return {"grid": self.grid, "compounds": self.compounds, "building": self.building}


@dataclass(slots=True)
class Where:
    """Street and community of a row; the district alone where both are missing."""

    district_id: int
    street_id: int | None = None
    community_id: int | None = None

    @property
    def ids(self) -> tuple[int, int | None, int | None]:
        return self.district_id, self.street_id, self.community_id


class OrganisationSheet(Sheet):
    """Rows of organisations: matched by place, level and name, where need be by what is above."""

    key = "organisations"
    titles = ("党组织台账", "党组织", "党组织信息")
    name = gettext_lazy("party organisations")
    columns = COLUMNS
    model = PartyOrganisation
    right = "party.import"
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
                plan.context["place"] = self._where(plan, context)
        self._read(plans, context)
        scopes = {}
        for plan in plans:
            if not plan.record.is_refused:
                scopes[id(plan)] = self._scope(plan, context)
        fresh = context.known.setdefault("new_organisations", [])
        ready = [plan for plan in plans if not plan.record.is_refused]
        known = {id(plan): self._announce(plan, scopes[id(plan)], context, fresh) for plan in ready}
        index = _Index([*context.known["organisations"], *fresh])
        for plan in ready:
            self._parent(plan, scopes[id(plan)], known[id(plan)], context, index)
        for plan in ready:
            if not plan.record.is_refused:
                self._match(plan, scopes[id(plan)], known[id(plan)], context, index)
        self._leaders(ready, context, numbers)
        self._compare(ready, known, context, index)

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

    def _where(self, plan: Plan, context: Context) -> tuple | None:
        """Ids of the place the organisation belongs to; refuses what lies outside."""
        said, kind = plan.record.values, int(plan.record.values["type"][0])
        if kind == DISTRICT:
            where = Where(context.batch.district_id)
        elif kind == STREET:
            street = self._street(plan, context)
            where = Where(context.batch.district_id, street) if street else None
        else:
            where = self._community(plan, context)
        if where is None:
            return None
        if not self._allows(where, context):
            name = "community_name" if where.community_id else "street_name"
            plan.refuse(_("This place lies outside the area you may import for."), name)
            return None
        code = context.communities_by_id[where.community_id].code if where.community_id else ""
        plan.shown_key = code or said.get("street_name", "")
        return where.ids

    def _allows(self, where: Where, context: Context) -> bool:
        batch = context.batch
        if batch.community_id and where.community_id != batch.community_id:
            return False
        if batch.street_id and where.street_id != batch.street_id:
            return False
        return context.by.scope.can(self.right, where)

    def _street(self, plan: Plan, context: Context) -> int | None:
        streets = context.known.get("streets")
        if streets is None:
            rows = Area.objects.active().filter(
                level=Level.STREET, district_id=context.batch.district_id
            )
            streets = context.known["streets"] = {
                plain_name(name): pk for pk, name in rows.values_list("pk", "name")
            }
        name = plan.record.values.get("street_name")
        found = streets.get(plain_name(name)) if name else None
        if found is None:
            plan.refuse(_("Give the name of a street of the district."), "street_name")
        return found

    def _community(self, plan: Plan, context: Context) -> Where | None:
        said = plan.record.values
        code, name, street = (
            said.get(f) for f in ("community_code", "community_name", "street_name")
        )
        if code:
            found = [context.communities[code]] if code in context.communities else []
        else:
            found = context.communities_by_name.get(plain_name(name or ""), [])
        if street:
            found = [one for one in found if plain_name(one.street_name) == plain_name(street)]
        if code and name:
            found = [one for one in found if plain_name(one.name) == plain_name(name)]
        found = [one for one in found if not one.is_merged]
        if len(found) == 1:
            return Where(found[0].district_id, found[0].street_id, found[0].id)
        column = "community_code" if code else "community_name"
        if found:
            plan.refuse(_("Several communities have this name: give the community's code."), column)
        elif code or name:
            plan.refuse(
                _("There is no such community in the district, or not in this street."), column
            )
        else:
            plan.refuse(_("Give the community's code, or the names of street and community."))
        return None

    def _read(self, plans: Sequence[Plan], context: Context) -> None:
        known = context.known
        communities = {p.context["place"][2] for p in plans if p.context.get("place")} - {None}
        homes: Homes = known.setdefault("homes", Homes())
        homes.read(communities)
        known.setdefault("parts", Parts())
        if "organisations" not in known:
            known["organisations"] = self._standing(context.batch.district_id)
            known["grids"], known["grid_names"], known["grid_covers"] = {}, {}, defaultdict(set)
            rows = Area.objects.active().filter(
                level=Level.GRID, district_id=context.batch.district_id
            )
            for pk, code, name, community in rows.values_list("pk", "code", "name", "community_id"):
                known["grids"][code] = pk
                known["grid_names"].setdefault((community, name), []).append(code)
                known.setdefault("grid_labels", {})[code] = name
            covers = GridCover.objects.filter(
                district_id=context.batch.district_id, grid__level=Level.GRID
            )
            for code, compound in covers.values_list("grid__code", "compound_id"):
                known["grid_covers"][code].add(compound)
            by_code = context.communities
            for code, name in known.get("new_grids", {}).items():
                community = by_code[code[:12]].id
                known["grids"].setdefault(code, None)
                known["grid_names"].setdefault((community, name), []).append(code)
                known.setdefault("grid_labels", {})[code] = name
        known.setdefault("grid_labels", {})

    def _standing(self, district: int) -> list[Known]:
        covers: dict[int, set[int]] = defaultdict(set)
        rows = OrganisationCover.objects.filter(
            organisation__district_id=district, organisation__dissolved_on=None
        )
        for organisation, compound in rows.values_list("organisation_id", "compound_id"):
            covers[organisation].add(compound)
        rows = PartyOrganisation.objects.standing().filter(district_id=district).order_by("pk")
        names = (
            "pk",
            "version",
            "kind",
            "name",
            "district_id",
            "street_id",
            "community_id",
            "grid__code",
            *RELATIONS,
            *FACTS,
        )
        return [
            Known(
                kind=row["kind"],
                name=row["name"],
                place=(row["district_id"], row["street_id"], row["community_id"]),
                pk=row["pk"],
                parent=row["parent_id"],
                reach=row["reach"],
                is_joint=row["is_joint"],
                grid=row["grid__code"],
                compound=row["compound_id"],
                building=row["building_id"],
                covers=frozenset(covers[row["pk"]]),
                values=row,
            )
            for row in rows.values(*names)
        ]

    def _scope(self, plan: Plan, context: Context) -> Scope | None:
        """What 小区/网格 names; None where it says nothing."""
        said, known = plan.record.values, context.known
        text, kind = said.get("scope"), said["type"]
        if not text:
            return None
        if kind[0] < "4":
            plan.warn(_("A committee covers no compounds; this is not kept."), "scope")
            del said["scope"]
            return None
        scope, homes = Scope(), known["homes"]
        community = plan.context["place"][2]
        for item in listed(text):
            home_text, stroke, number = STROKE.sub("/", item).rpartition("/")
            home = self._home(plan, home_text if stroke else item, community, homes)
            if home is False:
                continue
            grids = known["grid_names"].get((community, item), [])
            if item in known["grids"] and item[:12] == context.communities_by_id[community].code:
                grids = [item]
            if home and stroke:
                known["parts"].read([home.pk])
                part = pick(known["parts"].buildings[home.pk], number)
                if part is None:
                    plan.refuse(
                        _("“%(item)s” is no building of these compounds in the register."),
                        "scope",
                        item=item,
                    )
                    continue
                scope.building, scope.compounds = part.pk, [*scope.compounds, home.pk]
            elif home and (not grids or kind in ("4C", "5C")):
                scope.compounds.append(home.pk)
            elif len(grids) == 1 and scope.grid is None:
                scope.grid = grids[0]
            elif grids:
                plan.refuse(
                    _("One grid at most is named here, by a name of its own or by its code."),
                    "scope",
                )
            else:
                plan.refuse(
                    _("“%(item)s” is no compound or grid of this community."), "scope", item=item
                )
        scope.compounds = list(dict.fromkeys(scope.compounds))
        if kind == "5":
            kind = "5B" if scope.building else "5G" if scope.grid else "5C"
            said["type"] = "5J" if kind != "5B" and len(scope.compounds) > 1 else kind
        self._fits(plan, scope)
        return scope

    def _home(self, plan: Plan, text: str, community: int, homes: Homes):
        home = homes.by_code.get(text.upper())
        named = homes.by_name.get((community, text), ())
        if home is None and len(named) > 1:
            plan.refuse(_("Several compounds have this name: give the compound's code."), "scope")
            return False
        home = home or (named[0] if named else None)
        return home if home and home.community_id == community else None

    def _fits(self, plan: Plan, scope: Scope) -> None:
        kind = plan.record.values["type"]
        if plan.record.is_refused:
            return
        if kind in ("4C", "5C") and len(scope.compounds) != 1:
            plan.refuse(_("Exactly one compound belongs here."), "scope")
        elif kind == "4G" and scope.grid is None:
            plan.refuse(_("Exactly one grid belongs here."), "scope")
        elif kind == "5B" and scope.building is None:
            plan.refuse(_("A building belongs here: write 小区名/楼栋."), "scope")
        elif kind in ("4J", "5J") and scope.grid is None and len(scope.compounds) < 2:
            plan.refuse(_("A joint organisation names several compounds, or a grid."), "scope")

    def _announce(self, plan: Plan, scope: Scope | None, context: Context, fresh: list) -> Known:
        """Make the row known to others as if it were new; `_match` takes it back."""
        said = plan.record.values
        one = Known(
            kind=int(said["type"][0]),
            name=said["name"],
            place=plan.context["place"],
            row=plan.record.number,
            grid=scope.grid if scope else None,
            covers=frozenset(self._covered(scope, context)) if scope else frozenset(),
        )
        fresh.append(one)
        return one

    def _covered(self, scope: Scope, context: Context) -> Iterable[int]:
        if scope.compounds or scope.grid is None:
            return scope.compounds
        return sorted(context.known["grid_covers"][scope.grid])

    def _parent(self, plan: Plan, scope, own: Known, context: Context, index: "_Index") -> None:
        said = plan.record.values
        name = said.get("parent")
        if own.kind == DISTRICT:
            said.pop("parent", None)
            return
        if name:
            found = [o for o in index.named(name) if _may_be_above(o, own)]
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

    def _usual_parent(self, own: Known, index: "_Index") -> Known | None:
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

    def _match(self, plan: Plan, scope, own: Known, context: Context, index: "_Index") -> None:
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

    def _new(self, plan: Plan, scope, own: Known, context: Context, index: "_Index") -> None:
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
            plan.context["scope"]["covers"] = sorted(self._covered(scope, context)) or None
        if said.get("parent") is None and plan.context.get("parent_name"):
            said["parent"] = plan.context["parent_name"]
        if "term_until" not in said and "founded_on" in said:
            norms = context.known.get("norms")
            if norms is None:
                norms = Norm.objects.in_force(context.batch.district_id, context.today)
                context.known["norms"] = norms
            said["term_until"] = term_end(said["founded_on"], own.kind, norms)

    def _refuse_second(
        self, plan: Plan, scope: Scope, own: Known, context, index: "_Index"
    ) -> None:
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
            "scope": self._shown(existing, context),
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
        covers = frozenset(self._covered(scope, context))
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

    def _shown(self, one: Known, context: Context) -> str:
        """小区/网格 as exports write it."""
        known = context.known
        return self._words(one.grid, one.building, one.compound, one.covers, known)

    def _words(self, grid, building, compound, covers, known) -> str:
        homes: Homes = known["homes"]
        if building:
            known["parts"].read([compound])
            number = next(
                (p.number for p in known["parts"].buildings[compound] if p.pk == building), ""
            )
            home = homes.by_id.get(compound)
            return f"{homes.shown(home)}/{number}" if home else ""
        items = []
        if grid:
            name = known["grid_labels"].get(grid, "")
            community = next(
                (k[0] for k, codes in known["grid_names"].items() if grid in codes), None
            )
            is_plain = len(known["grid_names"].get((community, name), ())) == 1
            is_plain = (
                is_plain and listed(name) == [name] and not homes.by_name.get((community, name))
            )
            items.append(name if is_plain else grid)
        found = sorted(
            (homes.by_id[pk] for pk in covers if pk in homes.by_id), key=lambda h: h.code
        )
        return "、".join([*items, *(homes.shown(home) for home in found)])

    def check(self, plan: Plan, merged: dict, context: Context) -> None:
        founded, until = merged.get("founded_on"), merged.get("term_until")
        if founded and until and until <= founded:
            plan.refuse(_("The term ends after the founding."), "term_until")

    def _leaders(self, plans: Sequence[Plan], context: Context, numbers: dict[int, dict]) -> None:
        ready = [plan for plan in plans if not plan.record.is_refused]
        ids = [plan.existing["pk"] for plan in ready if plan.existing]
        held = holders.held("organisation", ids, LEADS)
        names = {plan.record.values.get("secretary") for plan in ready} - {None}
        register = Register(context.by, context.batch.district_id, names)
        for plan in ready:
            said = plan.record.values
            number = numbers[id(plan)]
            kind = holders.kinds(context)[GROUP_LEADER if said["type"][0] == "5" else SECRETARY]
            if plan.existing:
                plan.existing |= {"secretary": None, "phone": None}
            if "secretary" not in said:
                continue
            there = held.get((kind.key, plan.existing["pk"]), []) if plan.existing else []
            known, _unclear = holders.same_person(there, said["secretary"], number, is_single=False)
            if known:
                del said["secretary"]
                said.pop("phone", None)
                continue
            if there:
                holder = sealing.mask_name(there[0].name)
                plan.refuse(holders.SEAT_TAKEN, "secretary", kind=kind.name, holder=holder)
                continue
            self._appoint(plan, kind, number, register)

    def _appoint(self, plan: Plan, kind, number: dict[str, str], register: Register) -> None:
        said = plan.record.values
        full = Person.PoliticalStatus.FULL_MEMBER.value
        named = Named(said["secretary"], plan.context["place"], **number)
        match = holders.person_for(plan, named, register, kind, "secretary")
        found = match.person
        if found and kind.key == SECRETARY and found.is_member and found.political_status != full:
            plan.refuse(
                _(
                    "A secretary is a full party member. Correct the political status or choose another."
                ),
                "secretary",
            )
        if not number.get("hash"):
            said.pop("phone", None)
        plan.context["seats"] = [
            holders.Appointment(
                kind.key,
                said["secretary"],
                found.pk if found else None,
                number.get("sealed", ""),
                full,
            ).plain()
        ]

    def _compare(self, plans: Sequence[Plan], known, context: Context, index: "_Index") -> None:
        """Warn where the sheet's numbers are not the register's with this sheet."""
        ready = [plan for plan in plans if not plan.record.is_refused]
        asked = [
            p
            for p in ready
            if {"group_count", "centre_count", "committee_count"} & p.record.values.keys()
        ]
        if not asked:
            return
        groups: dict[int, int] = defaultdict(int)
        for one in context.known["organisations"]:
            if one.kind == GROUP:
                groups[one.parent] += 1
        for plan in ready:
            if plan.record.values["type"][0] == "5" and plan.existing is None:
                row = plan.context.get("parent_row")
                groups[plan.context.get("parent") or -(row or 0)] += 1
        covers = {id(p): self._covers_of(p, known[id(p)], context) for p in asked}
        centre = self._counts(
            CENTRE_HOUSEHOLD, "compound_id", {pk for s in covers.values() for pk in s}
        )
        ids = {plan.existing["pk"] for plan in asked if plan.existing}
        members = self._counts(COMMITTEE_MEMBER, "organisation_id", ids)
        for plan in asked:
            pk = plan.existing["pk"] if plan.existing else -plan.record.number
            said = plan.record.values
            seated = members.get(pk, 0)
            numbers = {
                "group_count": groups[pk],
                "centre_count": sum(centre.get(c_, 0) for c_ in covers[id(plan)]),
            }
            if seated and said.get("committee_count") not in (seated, seated + 1):
                numbers["committee_count"] = seated  # the secretary is often counted too
            for name, ours in numbers.items():
                if name in said and said[name] != ours:
                    plan.warn(
                        _("The register has %(ours)s here, the sheet %(theirs)s."),
                        name,
                        ours=ours,
                        theirs=said[name],
                    )

    def _covers_of(self, plan: Plan, own: Known, context: Context) -> Iterable[int]:
        if own.covers or not plan.existing:
            return own.covers
        return context.known["by_pk"][plan.existing["pk"]].covers

    def _counts(self, kind: str, column: str, ids: Iterable[int]) -> dict[int, int]:
        found = {}
        for chunk in in_chunks(sorted(ids)):
            rows = Duty.objects.held().filter(kind=kind, **{f"{column}__in": chunk}).order_by()
            found.update(rows.values(column).annotate(n=Count("pk")).values_list(column, "n"))
        return found

    # -- writing -------------------------------------------------------------------------------
    def lock(self, context: Context, rows: QuerySet) -> None:
        """Make all new organisations, the higher ones first: rows stand in any order."""
        found = list(rows.values_list("pk", "number", "changes", "context", named=True))
        context.known["made_organisations"] = made = {}
        context.known["is_taken"] = self._stand_already(found)
        if not found or context.known["is_taken"]:
            return
        places = {pk for row in found for pk in row.context["place"] if pk}
        list(Area.objects.select_for_update().filter(pk__in=places).order_by("pk"))
        grids = self._grids(found)
        by_number: dict[int, int] = {}
        draft = drafts(PartyOrganisation)
        for kind in OrganisationKind:
            level = [row for row in found if int(row.changes["type"][1][0]) == kind]
            objects = []
            for row in level:
                where = row.context
                parent = where.get("parent") or by_number.get(where.get("parent_row"))
                if parent is None and (kind == GROUP or where.get("parent_row")):
                    raise DomainError(
                        gettext("“%(above)s” is not imported, and “%(name)s” belongs to it.")
                        % {"above": where.get("parent_name"), "name": row.changes["name"][1]}
                    )
                district, street, community = where["place"]
                values = {n: v for n, v in self.values_of(row).items() if n in FACTS}
                values["document_number"] = values.get("document_number") or ""
                objects.append(
                    draft(
                        kind=int(kind),
                        name=row.changes["name"][1],
                        parent_id=parent,
                        district_id=district,
                        street_id=street,
                        community_id=community,
                        **values,
                        **self._columns(row, grids),
                    )
                )
            insert_many(PartyOrganisation, objects)
            by_number |= {row.number: obj.pk for row, obj in zip(level, objects, strict=True)}
            made.update((row.pk, obj) for row, obj in zip(level, objects, strict=True))

    def _stand_already(self, rows: Sequence) -> bool:
        """Whether one of the new organisations has been founded since the preview."""
        new = {
            (*row.context["place"], int(row.changes["type"][1][0]), row.changes["name"][1])
            for row in rows
        }
        names = sorted({key[-1] for key in new})
        for chunk in in_chunks(names):
            standing = PartyOrganisation.objects.standing().filter(
                name__among=chunk, kind__lt=GROUP
            )
            found = standing.values_list("district_id", "street_id", "community_id", "kind", "name")
            if not new.isdisjoint(found):
                return True
        return False

    def _grids(self, rows: Iterable) -> dict[str, int]:
        codes = {(row.context.get("scope") or {}).get("grid") for row in rows} - {None}
        return dict(Area.objects.filter(code__in=codes).values_list("code", "pk"))

    def _columns(self, row, grids: dict[str, int]) -> dict[str, Any]:
        """Reach and what the organisation is tied to."""
        scope = row.context.get("scope")
        kind = row.context.get("type") or row.changes["type"][1]
        if scope is None:
            return {}
        lone = scope["compounds"][0] if len(scope["compounds"]) == 1 else None
        joint_reach = Reach.GRID if scope["grid"] else Reach.COMPOUND
        reach = joint_reach if kind == "4J" else REACH[kind]
        return {
            "reach": str(reach),
            "is_joint": kind.endswith("J"),
            "grid_id": None if kind in ("4C", "4J") else grids.get(scope["grid"]),
            "compound_id": lone if kind in ("4C", "5C", "5G", "5B") else None,
            "building_id": scope["building"] if kind == "5B" else None,
        }

    def is_taken(self, rows: Sequence[ImportRow], context: Context) -> bool:
        return context.known["is_taken"]

    def build(self, rows: Sequence[ImportRow], context: Context) -> list:
        return [context.known["made_organisations"][row.pk] for row in rows]

    def store_new(self, objects: Sequence, context: Context) -> None:
        """They were made in `lock`."""

    def written(self, rows, objects: Sequence, context: Context) -> None:
        draft, covers, seatings, noted = drafts(OrganisationCover), [], [], []
        kinds, grids = holders.kinds(context), self._grids(rows)
        covered = self._covered_by_grids([row for row in rows if row.context.get("scope")])
        for row, one in zip(rows, objects, strict=True):
            is_changed = row.object_id is not None
            if is_changed and self._change(row, one, grids):
                noted.append(row)
            if scope := row.context.get("scope"):
                if is_changed:
                    OrganisationCover.objects.filter(organisation_id=one.pk).delete()
                wanted = scope["covers"] or sorted(covered.get(scope["grid"], ()))
                covers += [draft(organisation_id=one.pk, compound_id=pk) for pk in wanted]
            place = tuple(row.context["place"])
            for seat in row.context.get("seats", ()):
                named = holders.named_for(seat, place)
                columns = {"organisation_id": one.pk}
                seatings.append(holders.Seating(row, named, kinds[seat["kind"]], columns))
        insert_many(OrganisationCover, covers)
        if seatings:
            holders.seat_all(seatings, context)
        holders.note(noted)

    def _covered_by_grids(self, rows: Iterable) -> dict[str, set[int]]:
        codes = {r.context["scope"]["grid"] for r in rows if not r.context["scope"]["covers"]} - {
            None
        }
        found: dict[str, set[int]] = defaultdict(set)
        for code, compound in GridCover.objects.filter(grid__code__in=codes).values_list(
            "grid__code", "compound_id"
        ):
            found[code].add(compound)
        return found

    def _change(self, row, one: PartyOrganisation, grids: dict[str, int]) -> bool:
        """Change what a standing organisation stands for and is below; keeps what it was."""
        wanted = {}
        if row.context.get("scope"):
            if "type" not in row.changes:
                row.context["type"] = Known(
                    one.kind, "", (0, None, None), reach=one.reach, is_joint=one.is_joint
                ).type
            wanted = self._columns(row, grids)
            if one.is_joint and wanted["is_joint"]:
                wanted["reach"] = one.reach
        if "parent" in row.changes:
            wanted["parent_id"] = row.context.get("parent")
        if not wanted:
            return False
        row.context["before"] = {name: getattr(one, name) for name in wanted}
        if row.context.get("scope"):
            row.context["before"]["covers"] = list(one.covers.values_list("compound_id", flat=True))
        PartyOrganisation.objects.filter(pk=one.pk).update(**wanted)
        return True

    # -- undoing -------------------------------------------------------------------------------
    def used_by_others(self, ids, batch):
        return holders.used_by_others(batch, self.key, ids, "organisation")

    def delete_parts(self, ids: Sequence[int], context: Context) -> None:
        holders.unmake(context.batch, self.key, ids, context)
        for chunk in in_chunks(ids):
            OrganisationCover.objects.filter(organisation_id__in=chunk).delete()

    def restore(self, obj: PartyOrganisation, row: ImportRow, context: Context) -> None:
        super().restore(obj, row, context)
        holders.remember_made(row, context)
        before = dict(row.context.get("before", {}))
        covers = before.pop("covers", None)
        if covers is not None:
            OrganisationCover.objects.filter(organisation=obj).delete()
            draft = drafts(OrganisationCover)
            insert_many(
                OrganisationCover, [draft(organisation_id=obj.pk, compound_id=pk) for pk in covers]
            )
        if before:
            PartyOrganisation.objects.filter(pk=obj.pk).update(**before)

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
        ids = list(
            queryset.standing()
            .order_by("kind", "district__code", "street__code", "community__code", "name", "pk")
            .values_list("pk", flat=True)
        )
        areas = {}
        known: dict[str, Any] = {
            "homes": Homes(),
            "parts": Parts(),
            "grid_names": {},
            "grid_labels": {},
        }
        standing = {}
        for district in queryset.order_by().values_list("district_id", flat=True).distinct():
            standing |= {one.pk: one for one in self._standing(district)}
            rows = Area.objects.active().filter(level=Level.GRID, district_id=district)
            for code, name, community in rows.values_list("code", "name", "community_id"):
                known["grid_labels"][code] = name
                known["grid_names"].setdefault((community, name), []).append(code)
            places = Area.objects.filter(district_id=district, level__lte=Level.COMMUNITY)
            areas |= {
                pk: (code, name) for pk, code, name in places.values_list("pk", "code", "name")
            }
        groups: dict[int | None, int] = defaultdict(int)
        for one in standing.values():
            groups[one.parent] += one.kind == GROUP
        known["homes"].read({standing[pk].place[2] for pk in ids} - {None})
        held = holders.held("organisation", ids, LEADS)
        members = self._counts(COMMITTEE_MEMBER, "organisation_id", ids)
        centre = self._counts(
            CENTRE_HOUSEHOLD, "compound_id", {pk for i in ids for pk in standing[i].covers}
        )
        named = [column for column in self.columns if column.field]
        for number, pk in enumerate(ids, 1):
            one = standing[pk]
            _district, street, community = one.place
            leader = held.get((GROUP_LEADER if one.kind == GROUP else SECRETARY, pk), [None])[0]
            shown = one.values | {
                "street_name": areas[street][1] if street else None,
                "community_name": areas[community][1] if community else None,
                "community_code": areas[community][0] if community else None,
                "scope": self._words(one.grid, one.building, one.compound, one.covers, known),
                "type": one.type,
                "parent": standing[one.parent].name if one.parent in standing else None,
                "secretary": leader.name if leader else None,
                "phone": leader.phone_masked if leader else None,
                "committee_count": members.get(pk),
                "group_count": groups[pk] if one.kind == BRANCH else None,
                "centre_count": sum(centre.get(c_, 0) for c_ in one.covers)
                if one.kind == BRANCH
                else None,
            }
            yield [number, *(column.shown(shown.get(column.field)) for column in named)]


class _Index:
    """Organisations of the register and of the rows so far, as rows look them up."""

    def __init__(self, organisations: Iterable[Known]):
        self._named: dict[str, list[Known]] = defaultdict(list)
        self._inside: dict[tuple, list[Known]] = defaultdict(list)
        for one in organisations:
            self._named[one.name].append(one)
            self._inside[one.place].append(one)

    def named(self, name: str) -> list[Known]:
        return _once(self._named.get(name, []))

    def inside(self, place: tuple) -> list[Known]:
        """Those that belong to this very place."""
        return _once(self._inside.get(place, []))

    def like(self, own: Known) -> list[Known]:
        """Standing ones of the same place, level and name."""
        return [
            one
            for one in self.named(own.name)
            if one.pk and one.place == own.place and one.kind == own.kind
        ]


def _once(found: Sequence[Known]) -> list[Known]:
    """Rows about what stands do not count beside it."""
    standing = {(one.place, one.kind, one.name) for one in found if one.pk}
    return [one for one in found if one.pk or (one.place, one.kind, one.name) not in standing]


def _may_be_above(one: Known, own: Known) -> bool:
    if one.kind >= own.kind or one is own:
        return False
    return all(above in (None, below) for above, below in zip(one.place, own.place, strict=True))
