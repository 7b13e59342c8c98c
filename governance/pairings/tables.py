"""The tables of pairings, of county-level cadres and of working groups."""

from html import escape

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from compounds.registry.tables import Place
from governance.foundation import tables
from governance.foundation.tables import UNKNOWN
from governance.people.tables import Home

from . import rules
from .models import Pairing


def _label(name):
    return Pairing._meta.get_field(name).verbose_name


class Person(tables.Column):
    """The name, which opens all pairings of the person."""

    css = "name"

    def writer(self, page):
        base = escape(reverse("pairings:pairing_list"))
        return lambda name, pk: f'<a href="{base}?person={pk}">{escape(name)}</a>'

    def in_words(self, page):
        return lambda name, pk: name


class Notice(tables.Column):
    """The photo of the posted notice."""

    def writer(self, page):
        base, _sep, tail = reverse("registry:attachment_file", args=[0]).partition("0")
        words, missing = escape(_("photo")), escape(_("not posted"))

        def write(pk, removed_at):
            if pk is None or removed_at is not None:
                return f'<span class="unk">{missing}</span>'
            return f'<a href="{base}{pk}{tail}">{words}</a>'

        return write

    def in_words(self, page):
        words = {True: _("photo"), False: None}
        return lambda pk, removed_at: words[pk is not None and removed_at is None]


class Acts(tables.Column):
    """The door to end a pairing; of one that has ended, when."""

    css = "nowrap"

    def writer(self, page):
        base, _sep, tail = reverse("pairings:pairing_end", args=[0]).partition("0")
        words, may_edit = escape(pgettext("of a pairing", "End")), page["may_edit"]
        ended = escape(_("ended"))

        def write(pk, ended_on):
            if ended_on is not None:
                return f'<span class="chip">{ended} {ended_on.isoformat()}</span>'
            return f'<a class="noprint" href="{base}{pk}{tail}">{words}</a>' if may_edit else ""

        return write

    def in_words(self, page):
        return lambda pk, ended_on: ended_on.isoformat() if ended_on else None


class PairingTable(tables.ListTable):
    """Pairings, one a row."""

    person = Person(
        _label("person"),
        reads=("person__name", "person_id"),
        sorts=("person__name",),
        is_fixed=True,
    )
    kind = tables.Choice(_label("kind"), choices=Pairing.Kind.choices)
    compound = Home(
        _label("compound"), reads=("compound__name", "compound__code"), sorts=("compound__code",)
    )
    household = tables.Column(_label("household"))
    work_unit = tables.Column(gettext_lazy("work unit and position"), reads=("person__work_unit",))
    phone_masked = tables.Column(
        gettext_lazy("telephone"), reads=("person__phone_masked",), sorts=(), css="nowrap"
    )
    street = Place(
        gettext_lazy("street"), reads=("street_id",), sorts=("street__code",), is_shown=False
    )
    community = Place(
        gettext_lazy("community"),
        reads=("community_id",),
        sorts=("community__code",),
        css="nowrap",
    )
    starts_on = tables.Day(_label("starts_on"))
    notice = Notice(_label("notice"), reads=("notice_id", "notice__removed_at"), sorts=())
    end_reason = tables.Column(_label("end_reason"), sorts=(), is_shown=False)
    acts = Acts(_label("ended_on"), reads=("pk", "ended_on"), sorts=("ended_on",))

    class Meta:
        order_by = ()


class Bounds(tables.Column):
    """How the number of compounds stands to the norm, in a word."""

    def writer(self, page):
        norms = page["norms"]
        chips = {
            "none": '<span class="chip">{}</span>'.format(escape(_("none yet"))),
            "few": '<span class="chip bad">{}</span>'.format(escape(_("too few"))),
            "many": '<span class="chip bad">{}</span>'.format(escape(_("too many"))),
            "": '<span class="chip ok">{}</span>'.format(escape(_("within the norm"))),
        }
        return lambda count, district: chips[rules.bounds(count, norms[district])]

    def in_words(self, page):
        norms = page["norms"]
        words = {
            "none": _("none yet"),
            "few": _("too few"),
            "many": _("too many"),
            "": _("within the norm"),
        }
        return lambda count, district: words[rules.bounds(count, norms[district])]


class Compounds(tables.Column):
    """The compounds that a cadre answers for; those out of the reader's sight as a number."""

    def writer(self, page):
        base, _sep, tail = reverse("dashboards:compound_dossier", args=[Home.SAMPLE]).partition(
            Home.SAMPLE
        )
        seen = page["compounds"]

        def write(pk, count):
            links = [
                f'<a href="{base}{escape(code)}{tail}">{escape(name)}</a>'
                for code, name in seen.get(pk, ())
            ]
            if count > len(links):
                others = count - len(links)
                words = ngettext("%(n)s elsewhere", "%(n)s elsewhere", others) % {"n": others}
                links.append(f'<span class="muted">{escape(words)}</span>')
            return escape(pgettext("between names", ", ")).join(links) if links else UNKNOWN

        return write

    def in_words(self, page):
        comma = pgettext("between names", ", ")
        return lambda pk, count: comma.join(name for _code, name in page["compounds"].get(pk, ()))


class CadreActs(tables.Column):
    css = "nowrap"

    def writer(self, page):
        base, _sep, tail = reverse("pairings:cadre_edit", args=[0]).partition("0")
        words, may_edit = escape(_("Change the compounds")), page["may_edit"]
        return lambda pk: (
            f'<a class="noprint" href="{base}{pk}{tail}">{words}</a>' if may_edit else ""
        )


class CadreTable(tables.ListTable):
    """County-level cadres, one a row."""

    name = Person(
        pgettext_lazy("of a person", "name"), reads=("name", "pk"), sorts=("name",), is_fixed=True
    )
    work_unit = tables.Column(gettext_lazy("work unit and position"))
    compound_count = tables.Number(gettext_lazy("compounds"), css="num")
    bounds = Bounds(
        gettext_lazy("against the norm"), reads=("compound_count", "district_id"), sorts=()
    )
    compounds = Compounds(
        gettext_lazy("answers for"), reads=("pk", "compound_count"), sorts=(), css=""
    )
    phone_masked = tables.Column(gettext_lazy("telephone"), sorts=(), css="nowrap")
    acts = CadreActs("", reads=("pk",), sorts=())

    class Meta:
        order_by = ()


class Group(tables.Column):
    """The compound, which opens its working group."""

    css = "name"

    def writer(self, page):
        base, _sep, tail = reverse("pairings:group_detail", args=[Home.SAMPLE]).partition(
            Home.SAMPLE
        )
        return lambda name, code: f'<a href="{base}{escape(code)}{tail}">{escape(name)}</a>'

    def in_words(self, page):
        return lambda name, code: name


class Roles(tables.Column):
    """Which roles are filled: a mark and a word for each that is not."""

    def writer(self, page):
        roles, filled = page["roles"], page["filled"]
        every, comma = len(roles), escape(pgettext("between names", ", "))
        complete, nobody = escape(_("all filled")), escape(_("nobody yet"))

        def write(pk):
            have = filled.get(pk, set())
            if not have:
                return f'<b>0/{every}</b> <span class="unk">{nobody}</span>'
            missing = [escape(str(role)) for role in roles if role.pk not in have]
            if not missing:
                return f'<span class="pass">✓ {complete}</span>'
            words = comma.join(missing)
            return f'<b>{every - len(missing)}/{every}</b> <span class="muted">{words}</span>'

        return write

    def in_words(self, page):
        roles, filled = page["roles"], page["filled"]
        return lambda pk: f"{len(filled.get(pk, ()))}/{len(roles)}"


class GroupTable(tables.ListTable):
    """Compounds with their working groups."""

    name = Group(gettext_lazy("compound"), reads=("name", "code"), sorts=("name",), is_fixed=True)
    street = Place(gettext_lazy("street"), reads=("street_id",), sorts=("street__code",))
    community = Place(
        gettext_lazy("community"), reads=("community_id",), sorts=("community__code",)
    )
    household_count = tables.Number(gettext_lazy("households"))
    roles = Roles(gettext_lazy("roles filled; still empty"), reads=("pk",), sorts=(), css="")

    class Meta:
        order_by = ()
