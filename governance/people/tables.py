"""The table of people: numbers masked, never in full."""

from html import escape

from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from compounds.registry.tables import Place
from governance.foundation import tables
from governance.foundation.tables import UNKNOWN

from .models import Person


def _label(name):
    return Person._meta.get_field(name).verbose_name


def _choices(name):
    return [choice for choice in Person._meta.get_field(name).choices if choice[0]]


class Name(tables.Column):
    """The name as a link to the person's page; who has left is marked."""

    css = "name"

    def writer(self, page):
        base, _sep, tail = reverse("people:person_detail", args=[0]).partition("0")
        left = ' <span class="chip">{}</span>'.format(escape(_("has left")))
        return lambda name, pk, left_on: (
            f'<a href="{base}{pk}{tail}">{escape(name)}</a>{left if left_on else ""}'
        )

    def in_words(self, page):
        return lambda name, pk, left_on: name


class Home(tables.Column):
    """The compound as a link to its dossier."""

    SAMPLE = "140000000000-0000"

    def writer(self, page):
        base, _sep, tail = reverse("dashboards:compound_dossier", args=[self.SAMPLE]).partition(
            self.SAMPLE
        )

        def write(name, code):
            if not code:
                return UNKNOWN
            return f'<a href="{base}{escape(code)}{tail}">{escape(name)}</a>'

        return write

    def in_words(self, page):
        return lambda name, code: name


class ClassOfMember(tables.Column):
    """The class in the reader's language."""

    css = "nowrap"

    def writer(self, page):
        words = self.in_words(page)
        return lambda name, name_en: escape(words(name, name_en) or "") or UNKNOWN

    def in_words(self, page):
        is_chinese = (get_language() or "").startswith("zh")
        return lambda name, name_en: name if is_chinese else name_en or name


class PersonTable(tables.ListTable):
    """People, one a row."""

    name = Name(_label("name"), reads=("name", "pk", "left_on"), is_fixed=True)
    political_status = tables.Choice(
        _label("political_status"), choices=_choices("political_status")
    )
    member_class = ClassOfMember(
        _label("member_class"),
        reads=("member_class__name", "member_class__name_en"),
        sorts=("member_class__position",),
    )
    standing = tables.Choice(_label("standing"), choices=_choices("standing"))
    compound = Home(
        _label("compound"),
        reads=("compound__name", "compound__code"),
        sorts=("compound__code",),
    )
    street = Place(gettext_lazy("street"), reads=("street_id",), sorts=("street__code",))
    community = Place(
        gettext_lazy("community"), reads=("community_id",), sorts=("community__code",)
    )
    phone_masked = tables.Column(_label("phone_masked"), sorts=(), css="nowrap")
    reported_on = tables.Day(_label("reported_on"))
    post_claimed = tables.Column(_label("post_claimed"))
    sex = tables.Choice(_label("sex"), choices=_choices("sex"), is_shown=False)
    birth_year = tables.Year(_label("birth_year"), is_shown=False)
    work_unit = tables.Column(_label("work_unit"), is_shown=False)
    left_on = tables.Day(_label("left_on"), is_shown=False)

    class Meta:
        order_by = ()
