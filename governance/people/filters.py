"""Filters of the list of people. Numbers are never looked for here: see `services.find_people`."""

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from compounds.registry.filters import PlacedFilterSet
from governance.foundation.filters import ChoiceFilter, KnownFilter, TextFilter, WordsFilter
from governance.foundation.texts import fold

from .models import MemberClass, Person

MEMBER, PRESENT, LEFT, ALL = "MEMBER", "PRESENT", "LEFT", "ALL"
DIGITS_OF_A_NUMBER = 5


def is_number(text: str) -> bool:
    """Whether somebody looks for a number where names are looked for."""
    return sum(char.isdigit() for char in fold(text)) >= DIGITS_OF_A_NUMBER


def noted(filterset: PlacedFilterSet) -> list[str]:
    """The filters of a list as the log keeps them: of whom was looked for, at most a number."""
    return [
        f"{one.label} #{filterset.value('person')}"
        if one.names == ("person",)
        else f"{one.label} {one.value}"
        for one in filterset.applied
        if one.names != ("q",)
    ]


class NameFilter(WordsFilter):
    """Every word in the name; nobody is sought by a number."""

    def filter(self, queryset, value):
        if value and is_number(value):
            return queryset.none()
        return super().filter(queryset, value)


class StatusFilter(ChoiceFilter):
    """A political status, or party members of both kinds."""

    def filter(self, queryset, value):
        if value == MEMBER:
            return queryset.filter(political_status__in=Person.MEMBERS)
        return super().filter(queryset, value)


class ClassFilter(TextFilter):
    """A class of party members by its code; `unknown` for members without one."""

    kind = "select"

    def filter(self, queryset, value):
        if not value:
            return queryset
        if value == "unknown":
            return queryset.filter(member_class=None, political_status__in=Person.MEMBERS)
        return queryset.filter(member_class=value)


class CompoundFilter(TextFilter):
    """A compound by its code, or by words of its name."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        return queryset.filter(Q(compound__code=value) | Q(compound__name__icontains=value))


class SaidFilter(KnownFilter):
    """Whether a text is there."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        empty = {self.field_name: ""}
        return queryset.exclude(**empty) if value == "true" else queryset.filter(**empty)


class PresenceFilter(ChoiceFilter):
    def filter(self, queryset, value):
        if value == LEFT:
            return queryset.exclude(left_on=None)
        return queryset if value == ALL else queryset.present()


class PersonFilterSet(PlacedFilterSet):
    q = NameFilter("name", label=pgettext_lazy("of a person", "name"))
    member_class = ClassFilter(label=gettext_lazy("class of party member"))
    political_status = StatusFilter(
        choices=[(MEMBER, gettext_lazy("all party members")), *Person.PoliticalStatus.choices],
        with_unknown=True,
        label=gettext_lazy("political status"),
    )
    compound = CompoundFilter(label=gettext_lazy("Compound: name or code"))
    standing = ChoiceFilter(
        choices=Person.Standing.choices, with_unknown=True, label=gettext_lazy("standing")
    )
    reported = KnownFilter(field_name="reported_on", label=gettext_lazy("reported (双报到)"))
    has_post = SaidFilter(field_name="post_claimed", label=gettext_lazy("has claimed a post"))
    has_phone = SaidFilter(field_name="phone_hash", label=gettext_lazy("telephone known"))
    presence = PresenceFilter(
        choices=[
            (PRESENT, gettext_lazy("in the register")),
            (LEFT, gettext_lazy("has left")),
            (ALL, pgettext_lazy("people", "all")),
        ],
        label=gettext_lazy("whether still here"),
    )

    line = ("q", "street", "community", "political_status", "member_class")
    groups = (
        (gettext_lazy("Where and who"), ("compound", "standing", "presence")),
        (gettext_lazy("Double reporting"), ("reported", "has_post", "has_phone")),
    )
    scoped = ("street", "community", "member_class")
    defaults = {"presence": PRESENT}

    def choices_of(self, name):
        if name == "member_class":
            found = [(one.code, str(one)) for one in MemberClass.objects.all()]
            return [*found, ("unknown", _("class not known"))]
        return super().choices_of(name)

    @property
    def problems(self) -> list[str]:
        found = super().problems
        if is_number(str(self.data.get("q") or "")):
            found.append(
                _("Numbers are not looked for by the address of a page: use “Find by number”.")
            )
        return found

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]
