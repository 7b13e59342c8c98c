"""The table of the register: its columns, how each is written, sorted and exported."""

from html import escape

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.foundation import tables
from governance.foundation.tables import UNKNOWN, plain
from governance.foundation.templatetags.look import STAGE_CLASS, STATE_CLASS, STRATEGY_CLASS

from .models import Compound, DecisionState, ProblemTag, Stage, Status, Strategy


def _label(field):
    return Compound._meta.get_field(field).verbose_name


def _choices(field):
    return [choice for choice in Compound._meta.get_field(field).choices if choice[0]]


class Name(tables.Column):
    """The name as a link to the dossier, its address small below."""

    css = "name"

    def writer(self, page):
        base, _sep, tail = reverse(
            "dashboards:compound_dossier", args=["140000000000-0000"]
        ).partition("140000000000-0000")
        words = {
            Status.MERGED: f' <span class="chip">{plain(Status.MERGED.label)}</span>',
            Status.DEMOLISHED: f' <span class="chip">{plain(Status.DEMOLISHED.label)}</span>',
        }

        def write(name, code, status):
            return f'<a href="{base}{escape(code)}{tail}">{escape(name)}</a>{words.get(status, "")}'

        return write

    def in_words(self, page):
        return lambda name, code, status: name


class Place(tables.Column):
    """A street or community by its name, read from the places of the scope."""

    def writer(self, page):
        names = {pk: escape(name) for pk, name in page["places"].names.items()}
        return lambda pk: names.get(pk, UNKNOWN)

    def in_words(self, page):
        return lambda pk: page["places"].names.get(pk)


class StrategyChip(tables.Column):
    """The strategy as its chip; where there is none, where classification stands."""

    def writer(self, page):
        chips = {
            (value, state): f'<span class="chip {STRATEGY_CLASS[value]}">{plain(label)}</span>'
            for value, label in Strategy.choices
            for state in (DecisionState.DECIDED.value, "")
        }
        by_hand = escape(_("override"))
        chips |= {
            (value, DecisionState.OVERRIDDEN.value): (
                f'<span class="chip {STRATEGY_CLASS[value]}">{plain(label)} · {by_hand}</span>'
            )
            for value, label in Strategy.choices
        }
        chips |= {
            ("", value): f'<span class="chip {STATE_CLASS[value]}">{plain(label)}</span>'
            for value, label in DecisionState.choices
        }
        return lambda strategy, decision: chips.get((strategy, decision), UNKNOWN)

    def in_words(self, page):
        strategies, states = dict(Strategy.choices), dict(DecisionState.choices)

        def words(strategy, decision):
            found = strategies.get(strategy) or states.get(decision)
            return str(found) if found else None

        return words


class Unmanaged(tables.Column):
    """Managed or not, as a word in a chip."""

    def writer(self, page):
        words = {
            True: '<span class="chip bad">{}</span>'.format(escape(_("unmanaged"))),
            False: '<span class="chip ok">{}</span>'.format(escape(_("managed"))),
            None: '<span class="chip warn">{}</span>'.format(escape(_("unknown"))),
        }
        return lambda value: words[value]

    def in_words(self, page):
        words = {True: _("unmanaged"), False: _("managed")}
        return lambda value: words.get(value)


class StageChip(tables.Column):
    """Where the campaign stands; that a service was lost again is said with it."""

    def writer(self, page):
        chips = {
            value: f'<span class="chip {STAGE_CLASS.get(value, "")}">{plain(label)}</span>'
            for value, label in Stage.choices
        }
        again = ' <span class="chip bad">{}</span>'.format(escape(_("rebound")))

        def write(stage, first_cleared_on):
            fell_back = first_cleared_on and stage not in (Stage.CLEARED, Stage.REBOUND)
            return chips.get(stage, UNKNOWN) + (again if fell_back else "")

        return write

    def in_words(self, page):
        words = dict(Stage.choices)
        return lambda stage, first_cleared_on: str(words[stage]) if stage else None


class Completeness(tables.Column):
    """How many key facts are missing, as a link to fill them in."""

    css = "num"

    def writer(self, page):
        whole = '<span class="pass">{}</span>'.format(escape(_("complete")))
        lacking = escape(_("%s missing"))
        sample = "140000000000-0000"
        base, _sep, tail = reverse("registry:compound_edit", args=[sample]).partition(sample)
        may_edit = page.get("may_edit")

        def write(count, code):
            if not count:
                return whole
            words = lacking % count
            if may_edit:
                return f'<a class="unk" href="{base}{escape(code)}{tail}?missing=1">{words}</a>'
            return f'<span class="unk">{words}</span>'

        return write

    def in_words(self, page):
        return lambda count, code: count


class Tags(tables.Column):
    def writer(self, page):
        words = {code: plain(label) for code, label in ProblemTag.choices}
        return lambda value: (
            "、".join(words.get(code, escape(code)) for code in value.split()) or UNKNOWN
        )

    def in_words(self, page):
        words = dict(ProblemTag.choices)
        return lambda value: "、".join(str(words.get(code, code)) for code in value.split())


class Survey(tables.Column):
    """Date of the survey, and whether the street has verified it."""

    css = "num"

    def writer(self, page):
        done = '<span class="pass">✓ {}</span>'.format(escape(_("verified")))
        late = '<span class="fail">{}</span>'.format(escape(_("not surveyed")))

        def write(surveyed_on, verified_on):
            if surveyed_on is None:
                return late
            return f"{surveyed_on.isoformat()} {done}" if verified_on else surveyed_on.isoformat()

        return write

    def in_words(self, page):
        return lambda surveyed_on, verified_on: surveyed_on


class Code(tables.Column):
    def writer(self, page):
        return lambda value: f'<span class="nowrap">{escape(value)}</span>'


class Moment(tables.Column):
    """A time in the district."""

    css = "num"

    def writer(self, page):
        return lambda value: f"{timezone.localtime(value):%Y-%m-%d %H:%M}"

    def in_words(self, page):
        return lambda value: f"{timezone.localtime(value):%Y-%m-%d %H:%M}"


def _number(name, cls=tables.Number):
    return cls(_label(name), reads=(name,), is_shown=False)


def _choice(name, is_shown=False):
    return tables.Choice(_label(name), choices=_choices(name), is_shown=is_shown)


def _yes_no(name):
    return tables.YesNo(_label(name), is_shown=False)


class CompoundTable(tables.ListTable):
    """The register, one compound a row."""

    name = Name(gettext_lazy("compound name"), reads=("name", "code", "status"), is_fixed=True)
    code = Code(_label("code"), is_shown=False)
    street = Place(gettext_lazy("street"), reads=("street_id",), sorts=("code",), css="aside")
    community = Place(gettext_lazy("community"), reads=("community_id",), sorts=("code",))
    is_unmanaged = Unmanaged(_label("is_unmanaged"))
    strategy = StrategyChip(_label("strategy"), reads=("strategy", "decision"))
    stage = StageChip(_label("stage"), reads=("stage", "first_cleared_on"))
    household_count = tables.Number(_label("household_count"))
    floor_area_m2 = tables.Area(_label("floor_area_m2"))
    first_cleared_on = tables.Day(_label("first_cleared_on"), is_shown=False)
    built_year = _number("built_year", tables.Year)
    missing_count = Completeness(_label("missing_count"), reads=("missing_count", "code"))
    surveyed_on = Survey(
        _label("surveyed_on"), reads=("surveyed_on", "verified_on"), css="num aside"
    )
    address = tables.Column(_label("address"), is_shown=False)
    kind = _choice("kind")
    building_count = _number("building_count")
    entrance_count = _number("entrance_count")
    resident_count = _number("resident_count")
    chargeable_area_m2 = _number("chargeable_area_m2", tables.Area)
    ownership = _choice("ownership")
    unit_name = tables.Column(_label("unit_name"), is_shown=False)
    unit_state = _choice("unit_state")
    unit_distance_m = _number("unit_distance_m")
    renovation = _choice("renovation")
    renovation_year = _number("renovation_year", tables.Year)
    is_enclosed = _yes_no("is_enclosed")
    is_contiguous = _yes_no("is_contiguous")
    contiguity_group = tables.Column(_label("contiguity_group"), is_shown=False)
    management_mode = _choice("management_mode")
    property_rooms_m2 = _number("property_rooms_m2", tables.Area)
    parking_spaces = _number("parking_spaces")
    lift_count = _number("lift_count")
    has_committee = _yes_no("has_committee")
    is_three_none = _yes_no("is_three_none")
    lacks_unit = _yes_no("lacks_unit")
    lacks_service = _yes_no("lacks_service")
    lacks_defence = _yes_no("lacks_defence")
    foundation_score = _number("foundation_score")
    check_pipes = _yes_no("check_pipes")
    check_power = _yes_no("check_power")
    check_road = _yes_no("check_road")
    check_gate = _yes_no("check_gate")
    problems = tables.Column(_label("problems"), is_shown=False)
    problem_tags = Tags(_label("problem_tags"), is_shown=False)
    surveyor = tables.Column(_label("surveyor"), is_shown=False)
    status = _choice("status")
    updated_at = Moment(gettext_lazy("last changed"), is_shown=False)

    unique_paths = ("code",)

    class Meta:
        order_by = ()
