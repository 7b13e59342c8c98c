"""The tables of organisations, grids, duties, and of what is missing."""

import datetime as dt
from html import escape

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from compounds.registry.tables import Place
from governance.foundation import dates, tables
from governance.foundation.tables import UNKNOWN, plain
from governance.organisation.models import Area, Level
from governance.people.models import Person

from .models import Duty, PartyOrganisation
from .models.organisations import KINDS, REACHES
from .rules import households_finding

LEVELS = [(Level.GRID, gettext_lazy("grid")), (Level.MICRO_GRID, gettext_lazy("micro-grid"))]
FINDING_CHIPS = {
    "few": ("warn", gettext_lazy("too few")),
    "many": ("bad", gettext_lazy("too many")),
    "unknown": ("", gettext_lazy("unknown")),
    "": ("ok", gettext_lazy("within the norm")),
}


def halves(name: str, sample) -> tuple[str, str]:
    """What stands before and behind the argument of an address; two empty texts if it has none."""
    try:
        address = reverse(name, args=[sample])
    except NoReverseMatch:
        return "", ""
    base, _sep, tail = address.partition(str(sample))
    return base, tail


def dossier() -> tuple[str, str]:
    return halves("dashboards:compound_dossier", "140000000000-0000")


def chip(css: str, words) -> str:
    return f'<span class="chip {css}">{plain(words)}</span>'


def term_chip(today: dt.date, until: dt.date):
    """A function from the end of a term to its cell: the day, and whether it is near or past."""
    past = chip("bad", _("term ended"))
    near = chip("warn", _("ends soon"))

    def write(day, is_open=True):
        if day is None:
            return UNKNOWN
        if not is_open or day > until:
            return day.isoformat()
        return f"{day.isoformat()} {past if day < today else near}"

    return write


class Linked(tables.Column):
    """A name as a link to a page that takes the second value."""

    css = "name"

    def __init__(self, label, page, sample, **kwargs):
        super().__init__(label, **kwargs)
        self.page_name, self.sample = page, sample

    def writer(self, page):
        base, tail = halves(self.page_name, self.sample)
        return lambda name, key, *_rest: (
            f'<a href="{base}{escape(str(key))}{tail}">{escape(name)}</a>' if name else UNKNOWN
        )

    def in_words(self, page):
        return lambda name, *_rest: name


class Beside(tables.Column):
    """A value that the view has read for all rows of the page, by the row's key."""

    def __init__(self, label, source, **kwargs):
        super().__init__(label, reads=("pk",), sorts=(), **kwargs)
        self.source = source

    def writer(self, page):
        found = page.get(self.source, {})
        return lambda pk: tables.write_text(found.get(pk))


class Number(Beside):
    css = "num"

    def writer(self, page):
        found = page.get(self.source, {})

        def write(pk):
            count = found.get(pk, 0)
            return UNKNOWN if count is None else f"{count:,}"

        return write


class Term(tables.Column):
    """The end of a term, with a chip when it is near or past."""

    css = "nowrap"

    def writer(self, page):
        return term_chip(dates.today(), page["until"])


class TermOfDuty(Term):
    def writer(self, page):
        write = term_chip(dates.today(), page["until"])
        return lambda day, ended_on: write(day, ended_on is None)


def _begin_with(table, *names: str) -> None:
    """Put some columns first: those of a subclass would stand behind its base's."""
    columns = table.base_columns
    ordered = {name: columns[name] for name in (*names, *columns)}
    columns.clear()
    columns.update(ordered)


def _of(model, name):
    return model._meta.get_field(name).verbose_name


class OrganisationName(Linked):
    def writer(self, page):
        write = super().writer(page)
        gone = chip("fallback", _("dissolved"))
        joint = chip("unit", _("joint"))

        def cell(name, key, dissolved_on, is_joint):
            marks = f" {joint}" * bool(is_joint) + f" {gone}" * bool(dissolved_on)
            return write(name, key) + marks

        return cell


class OrganisationTable(tables.ListTable):
    """Party organisations, one a row."""

    name = OrganisationName(
        _of(PartyOrganisation, "name"),
        "party_grid:organisation_detail",
        0,
        reads=("name", "pk", "dissolved_on", "is_joint"),
        sorts=("name",),
        is_fixed=True,
    )
    kind = tables.Choice(_of(PartyOrganisation, "kind"), choices=KINDS, sorts=("kind", "name"))
    reach = tables.Choice(_of(PartyOrganisation, "reach"), choices=REACHES, sorts=())
    street = Place(gettext_lazy("street"), reads=("street_id",), sorts=(), css="nowrap aside")
    community = Place(gettext_lazy("community"), reads=("community_id",), sorts=())
    parent = tables.Column(_of(PartyOrganisation, "parent"), reads=("parent__name",), sorts=())
    covers = Number(gettext_lazy("compounds covered"), "covers")
    full_member_count = tables.Number(
        _of(PartyOrganisation, "full_member_count"), sorts=(), css="num aside"
    )
    head = Beside(gettext_lazy("secretary or leader"), "heads")
    term_until = Term(_of(PartyOrganisation, "term_until"), sorts=("term_until", "name"))
    founded_on = tables.Day(_of(PartyOrganisation, "founded_on"), sorts=(), is_shown=False)
    document_number = tables.Column(
        _of(PartyOrganisation, "document_number"), sorts=(), is_shown=False
    )

    class Meta:
        order_by = ()


class NamelessOrganisationTable(OrganisationTable):
    """For readers who see no people."""

    class Meta(OrganisationTable.Meta):
        exclude = ("head",)


class Households(Beside):
    """How many households a grid holds, and how that stands to the norm."""

    css = "nowrap"

    def __init__(self, label):
        super().__init__(label, "households")
        self.reads = ("pk", "level")

    def writer(self, page):
        found, norms = page.get("households", {}), page["norms"]
        chips = {key: chip(css, words) for key, (css, words) in FINDING_CHIPS.items()}

        def write(pk, level):
            count = found.get(pk)
            text = "" if count is None else f"{count:,}"
            if level == Level.MICRO_GRID:
                return text or UNKNOWN
            return f"{text} {chips[households_finding(count, norms)]}".strip()

        return write


class GridTable(tables.ListTable):
    """Grids and micro-grids, one a row."""

    name = Linked(
        _of(Area, "name"),
        "party_grid:grid_detail",
        "140000000000000",
        reads=("name", "code"),
        sorts=("name",),
        is_fixed=True,
    )
    code = tables.Column(_of(Area, "code"), css="nowrap")
    level = tables.Choice(_of(Area, "level"), choices=LEVELS, sorts=("level", "code"))
    street = Place(gettext_lazy("street"), reads=("street_id",), sorts=(), css="nowrap aside")
    community = Place(gettext_lazy("community"), reads=("community_id",), sorts=())
    households = Households(gettext_lazy("households"))
    covers = Number(gettext_lazy("compounds"), "covers")
    micro_grids = Number(gettext_lazy("micro-grids"), "micro_grids")
    head = Beside(gettext_lazy("grid head"), "heads")
    assistants = Number(gettext_lazy("assistants"), "assistants")
    extent = tables.Column(_of(Area, "extent"), sorts=(), is_shown=False)

    unique_paths = ("code",)

    class Meta:
        order_by = ()


class NamelessGridTable(GridTable):
    class Meta(GridTable.Meta):
        exclude = ("head",)


PLACES_READ = (
    "organisation__name",
    "organisation_id",
    "grid__name",
    "grid__code",
    "compound__name",
    "compound__code",
    "building__number",
    "entrance__number",
)


class HeldFor(tables.Column):
    """What a duty is held for, as a link to its page."""

    css = "name"

    def __init__(self, label):
        super().__init__(label, reads=PLACES_READ, sorts=(), is_fixed=True)

    def writer(self, page):
        organisation = halves("party_grid:organisation_detail", 0)
        grid = halves("party_grid:grid_detail", "140000000000000")
        heads = halves("party_grid:compound_heads", "140000000000-0000")

        def link(parts, key, words):
            return f'<a href="{parts[0]}{escape(str(key))}{parts[1]}">{escape(words)}</a>'

        def write(org, org_id, cell, cell_code, compound, code, building, entrance):
            if org_id:
                return link(organisation, org_id, org)
            if cell_code:
                return link(grid, cell_code, cell)
            return link(heads, code, " ".join(x for x in (compound, building, entrance) if x))

        return write

    def in_words(self, page):
        return lambda org, _id, cell, _code, *rest: (
            org or cell or " ".join(x for x in (rest[0], rest[2], rest[3]) if x)
        )


class KindOfDuty(tables.Column):
    """The kind in the reader's language, from the code table."""

    css = "nowrap"

    def writer(self, page):
        words = {key: escape(name) for key, name in page["kinds"]}
        return lambda key: words.get(key, escape(key))

    def in_words(self, page):
        words = dict(page["kinds"])
        return lambda key: words.get(key, key)


class PersonName(tables.Column):
    """The person, as a link to their page where it is built."""

    css = "nowrap"

    def writer(self, page):
        base, tail = halves("people:person_detail", 0)
        erased = str(Person())

        def write(name, pk):
            text = escape(name or erased)
            return f'<a href="{base}{pk}{tail}">{text}</a>' if base else text

        return write

    def in_words(self, page):
        erased = str(Person())
        return lambda name, pk: name or erased


class ActsOnDuty(tables.Column):
    """Doors to end a held duty or to replace its holder."""

    css = "nowrap noprint do"

    def __init__(self):
        super().__init__(gettext_lazy("acts"), reads=("pk", "ended_on"), sorts=())

    def writer(self, page):
        if not page.get("may_edit"):
            return lambda pk, ended_on: ""
        end, replace = halves("party_grid:duty_end", 0), halves("party_grid:duty_replace", 0)
        words = escape(_("Replace")), escape(pgettext("a duty", "End"))

        def write(pk, ended_on):
            if ended_on:
                return ""
            return (
                f'<a class="btn small" href="{replace[0]}{pk}{replace[1]}">{words[0]}</a> '
                f'<a class="btn small" href="{end[0]}{pk}{end[1]}">{words[1]}</a>'
            )

        return write


class DutyTable(tables.ListTable):
    """Duties, one a row, without the people who hold them."""

    place = HeldFor(gettext_lazy("held for"))
    kind = KindOfDuty(_of(Duty, "kind"), reads=("kind_id",), sorts=("kind_id",))
    street = Place(gettext_lazy("street"), reads=("street_id",), sorts=(), css="nowrap aside")
    community = Place(
        gettext_lazy("community"), reads=("community_id",), sorts=("community_id", "kind_id")
    )
    chosen = tables.Choice(
        _of(Duty, "chosen"), choices=Duty.Chosen.choices, sorts=(), is_shown=False
    )
    starts_on = tables.Day(_of(Duty, "starts_on"), sorts=("starts_on",))
    term_until = TermOfDuty(
        _of(Duty, "term_until"), reads=("term_until", "ended_on"), sorts=("term_until",)
    )
    ended_on = tables.Day(_of(Duty, "ended_on"), sorts=(), is_shown=False)

    class Meta:
        order_by = ()


class NamedDutyTable(DutyTable):
    """Duties with their holders, for whoever sees people."""

    person = PersonName(
        _of(Duty, "person"), reads=("person__name", "person_id"), sorts=("person__name",)
    )
    political_status = tables.Choice(
        _of(Person, "political_status"),
        reads=("person__political_status",),
        choices=Person.PoliticalStatus.choices,
        sorts=(),
        is_shown=False,
    )
    standing = tables.Choice(
        _of(Person, "standing"),
        reads=("person__standing",),
        choices=Person.Standing.choices,
        sorts=(),
        is_shown=False,
    )
    phone = tables.Column(
        _of(Person, "phone_masked"), reads=("person__phone_masked",), sorts=(), css="nowrap"
    )
    end_reason = tables.Column(_of(Duty, "end_reason"), sorts=(), is_shown=False)
    acts = ActsOnDuty()

    class Meta(DutyTable.Meta):
        pass


_begin_with(NamedDutyTable, "place", "kind", "person", "phone")


class Fill(tables.Column):
    """The door to fill a seat."""

    css = "nowrap noprint do"

    def __init__(self, seat):
        super().__init__(gettext_lazy("acts"), reads=("pk",), sorts=())
        self.seat = seat

    def writer(self, page):
        if not page.get("may_edit"):
            return lambda pk: ""
        base, _sep, tail = reverse("party_grid:duty_add", args=[self.seat, 0]).partition("0")
        kind, words = escape(page["kind"]), escape(_("Seat somebody"))
        return lambda pk: f'<a class="btn small" href="{base}{pk}{tail}?kind={kind}">{words}</a>'


def _compound(path="", label=None):
    return Linked(
        label or gettext_lazy("compound"),
        "party_grid:compound_heads",
        "140000000000-0000",
        reads=(f"{path}name", f"{path}code"),
        sorts=(f"{path}code",),
        is_fixed=True,
    )


def _places():
    return (
        Place(gettext_lazy("street"), reads=("street_id",), sorts=(), css="nowrap aside"),
        Place(gettext_lazy("community"), reads=("community_id",), sorts=()),
    )


class BuildingVacancyTable(tables.ListTable):
    compound = _compound("compound__")
    number = tables.Column(gettext_lazy("building"), sorts=(), css="nowrap")
    street, community = _places()
    household_count = tables.Number(gettext_lazy("households"), sorts=())
    acts = Fill("building")

    class Meta:
        order_by = ()


class EntranceVacancyTable(tables.ListTable):
    compound = _compound("building__compound__")
    building = tables.Column(gettext_lazy("building"), reads=("building__number",), sorts=())
    number = tables.Column(pgettext_lazy("stairwell", "entrance"), sorts=(), css="nowrap")
    street, community = _places()
    household_count = tables.Number(gettext_lazy("households"), sorts=())
    acts = Fill("entrance")

    class Meta:
        order_by = ()


class OrganisationVacancyTable(tables.ListTable):
    compound = Linked(
        _of(PartyOrganisation, "name"),
        "party_grid:organisation_detail",
        0,
        reads=("name", "pk"),
        sorts=("name",),
        is_fixed=True,
    )
    kind = tables.Choice(_of(PartyOrganisation, "kind"), choices=KINDS, sorts=())
    street, community = _places()
    acts = Fill("organisation")

    class Meta:
        order_by = ()


class GridVacancyTable(tables.ListTable):
    compound = Linked(
        _of(Area, "name"),
        "party_grid:grid_detail",
        "140000000000000",
        reads=("name", "code"),
        sorts=("code",),
        is_fixed=True,
    )
    code = tables.Column(_of(Area, "code"), css="nowrap", sorts=())
    street, community = _places()
    acts = Fill("grid")

    class Meta:
        order_by = ()


class AssistantVacancyTable(GridVacancyTable):
    """Micro-grids with how many assistants they have."""

    assistants = Number(gettext_lazy("assistants"), "assistants")

    class Meta(GridVacancyTable.Meta):
        pass


_begin_with(AssistantVacancyTable, "compound", "code", "street", "community", "assistants")


class UncoveredTable(tables.ListTable):
    """Compounds that no standing branch or group covers."""

    name = Linked(
        gettext_lazy("compound"),
        "dashboards:compound_dossier",
        "140000000000-0000",
        reads=("name", "code"),
        sorts=("name",),
        is_fixed=True,
    )
    street, community = _places()
    address = tables.Column(gettext_lazy("address"), sorts=(), css="nowrap aside")
    household_count = tables.Number(gettext_lazy("households"))
    building_count = tables.Number(gettext_lazy("buildings"), sorts=())
    grids = Beside(gettext_lazy("grids"), "grids")

    class Meta:
        order_by = ()


class DutiesOf(tables.Column):
    """The duties of a person as a list."""

    def writer(self, page):
        base, words = reverse("party_grid:duty_list"), escape(_("Their duties"))
        return lambda pk: f'<a class="btn small" href="{base}?person={pk}">{words}</a>'


class OverloadTable(tables.ListTable):
    """People who head more places than the norm."""

    name = PersonName(
        pgettext_lazy("of a person", "name"), reads=("name", "pk"), is_fixed=True, css="name"
    )
    street, community = _places()
    compound = tables.Column(gettext_lazy("compound"), reads=("compound__name",), sorts=())
    posts = Number(gettext_lazy("head posts"), "posts")
    places = Beside(gettext_lazy("heads"), "seats")
    duties = DutiesOf(gettext_lazy("acts"), reads=("pk",), sorts=(), css="nowrap noprint do")

    class Meta:
        order_by = ()
