"""Filters of the lists of the party grid. The register gains one on coverage."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.registry.filters import PlacedFilterSet, offer
from governance.foundation import dates
from governance.foundation.filters import ChoiceFilter, TextFilter, WordsFilter
from governance.organisation.models import Level
from governance.people.models import Person

from . import questions
from .models import Duty, DutyKind
from .models.duties import SEATS
from .models.organisations import KINDS, REACHES, is_covered
from .rules import BUILDING_HEAD

HELD, ENDED, EXPIRING, EVERY = "held", "ended", "expiring", "every"
STANDING, DISSOLVED = "standing", "dissolved"
YES_NO = (("true", _("yes")), ("false", _("no")))


class CoveredFilter(ChoiceFilter):
    """Whether a standing branch or group covers a compound."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        return queryset.filter(is_covered() if value == "true" else ~is_covered())


offer("is_covered", CoveredFilter(choices=YES_NO, label=_("covered by a branch or group")))


class AllFilter(ChoiceFilter):
    """Unmanaged compounds alone, or all of them; `asked` says what that is for the rows."""

    def __init__(self, asked=None, **kwargs):
        self.asked = asked
        super().__init__(
            choices=[("0", _("unmanaged only")), ("1", pgettext_lazy("compounds", "all"))],
            label=_("compounds"),
            **kwargs,
        )

    def filter(self, queryset, value):
        if value not in ("0", "1") or self.asked is None:
            return queryset
        return queryset.filter(self.asked(value == "1"))


class StateFilter(ChoiceFilter):
    """What holds today, what has ended, or what ends soon."""

    def filter(self, queryset, value):
        if value == EXPIRING:
            page = self.parent.page
            return queryset.expiring(questions.warned_until(dates.today(), page["norms"]))
        if value == HELD:
            return queryset.held()
        if value == STANDING:
            return queryset.standing()
        if value == ENDED:
            return queryset.filter(ended_on__isnull=False)
        return queryset.filter(dissolved_on__isnull=False) if value == DISSOLVED else queryset


class CodeFilter(TextFilter):
    """Rows of the compound with a code."""

    def filter(self, queryset, value):
        return queryset.filter(**{f"{self.field_name}__code": value}) if value else queryset


class CoverFilter(TextFilter):
    """Organisations or grids that cover the compound with a code."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        inside = queryset.model.objects.filter(covers__compound__code=value)
        return queryset.filter(pk__in=inside.values("pk"))


class FindingFilter(ChoiceFilter):
    """Grids by how their households stand to the norm."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        return questions.by_finding(queryset, value, self.parent.page["norms"])


class OrganisationFilterSet(PlacedFilterSet):
    q = WordsFilter("name", "document_number", label=_("Name or document"))
    kind = ChoiceFilter(choices=KINDS, label=_("kind"))
    reach = ChoiceFilter(choices=REACHES, label=_("organised by"))
    is_joint = ChoiceFilter(choices=YES_NO, label=_("joint"))
    state = StateFilter(
        choices=[
            (STANDING, pgettext_lazy("organisation", "standing")),
            (EXPIRING, _("term ended or ending soon")),
            (DISSOLVED, _("dissolved")),
            (EVERY, pgettext_lazy("organisations", "all")),
        ],
        label=_("state"),
    )
    all = AllFilter(questions.reaches)
    compound = CoverFilter(label=_("compound code"))

    line = ("q", "street", "community", "kind", "state", "all")
    groups = ((_("More"), ("reach", "is_joint", "compound")),)
    scoped = ("street", "community")
    defaults = {"state": STANDING, "all": "1"}


class GridFilterSet(PlacedFilterSet):
    q = WordsFilter("name", "code", "extent", label=_("Name, code or extent"))
    level = ChoiceFilter(
        choices=[(str(Level.GRID), _("grid")), (str(Level.MICRO_GRID), _("micro-grid"))],
        label=_("level"),
    )
    finding = FindingFilter(
        choices=[
            ("few", _("too few households")),
            ("many", _("too many households")),
            ("unknown", _("households unknown")),
            ("fit", _("within the norm")),
        ],
        label=_("households against the norm"),
    )
    all = AllFilter(questions.holds)
    compound = CoverFilter(label=_("compound code"))

    line = ("q", "street", "community", "level", "finding", "all")
    groups = ((_("More"), ("compound",)),)
    scoped = ("street", "community")
    defaults = {"all": "1"}


class KindFilter(ChoiceFilter):
    """One of the district's kinds of duties, read when it is needed."""

    def __init__(self, **kwargs):
        super().__init__(choices=[], label=_("duty"), **kwargs)

    @property
    def field(self):
        self.extra["choices"] = self.parent.page["kinds"]
        return super().field


def kinds_of_duties() -> list[tuple[str, str]]:
    return [(kind.key, str(kind)) for kind in DutyKind.objects.order_by("position", "key")]


class DutyFilterSet(PlacedFilterSet):
    """Filters of duties that say nothing about who holds them."""

    kind = KindFilter(field_name="kind")
    seat = ChoiceFilter(choices=SEATS, label=_("held for"))
    state = StateFilter(
        choices=[
            (HELD, _("held")),
            (EXPIRING, _("term ended or ending soon")),
            (ENDED, pgettext_lazy("duty", "ended")),
            (EVERY, pgettext_lazy("duties", "all")),
        ],
        label=_("state"),
    )
    chosen = ChoiceFilter(choices=Duty.Chosen.choices, label=_("how chosen"))
    compound = CodeFilter(field_name="compound", max_length=20, label=_("compound code"))
    all = AllFilter(questions.of_any_seat)

    line = ("street", "community", "kind", "state", "all")
    groups = ((_("More"), ("seat", "chosen", "compound")),)
    scoped = ("street", "community", "kind")
    defaults = {"state": HELD, "all": "1"}

    def choices_of(self, name):
        return self.page["kinds"] if name == "kind" else super().choices_of(name)


class PersonFilter(TextFilter):
    """Duties of one person by their key."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        is_number = value.isascii() and value.isdigit()
        return queryset.filter(person=int(value)) if is_number else queryset.none()


class NamedDutyFilterSet(DutyFilterSet):
    """Filters of duties for whoever sees people."""

    q = WordsFilter(
        "person__name", "compound__name", "organisation__name", label=_("Person or place")
    )
    person = PersonFilter(max_length=18, label=_("person"))

    line = ("q", *DutyFilterSet.line)

    def in_words(self, name, value):
        if name != "person" or not value.isdecimal():
            return super().in_words(name, value)
        found = Person.objects.filter(pk=int(value), pk__in=self.queryset.values("person")).first()
        return found.name if found else value


class VacancyFilterSet(PlacedFilterSet):
    """Filters of the seats of one kind that nobody holds."""

    kind = ChoiceFilter(choices=[(key, key) for key in questions.VACANCIES], label=_("duty"))
    all = AllFilter()

    line = ("q", "street", "community", "all", "kind")
    scoped = ("street", "community", "kind")
    defaults = {"all": "0", "kind": BUILDING_HEAD}

    def filter_queryset(self, queryset):
        """Both say which seats the page begins with (see the view)."""
        for name, value in self.form.cleaned_data.items():
            if name not in ("all", "kind"):
                queryset = self.filters[name].filter(queryset, value)
        return queryset

    def choices_of(self, name):
        if name == "kind":
            return [pair for pair in self.page["kinds"] if pair[0] in questions.VACANCIES]
        return super().choices_of(name)


class BuildingVacancies(VacancyFilterSet):
    q = WordsFilter("compound__name", "compound__code", "number", label=_("Compound or building"))


class EntranceVacancies(VacancyFilterSet):
    q = WordsFilter(
        "building__compound__name",
        "building__compound__code",
        "building__number",
        label=_("Compound or building"),
    )


class OrganisationVacancies(VacancyFilterSet):
    q = WordsFilter("name", label=_("Name"))


class GridVacancies(VacancyFilterSet):
    q = WordsFilter("name", "code", label=_("Name or code"))


class UncoveredFilterSet(PlacedFilterSet):
    q = WordsFilter("name", "address", "code", label=_("Name, address or code"))
    all = AllFilter(questions.counted)

    line = ("q", "street", "community", "all")
    scoped = ("street", "community")
    defaults = {"all": "0"}


class OverloadFilterSet(PlacedFilterSet):
    q = WordsFilter("name", "compound__name", label=_("Name or compound"))

    line = ("q", "street", "community")
    scoped = ("street", "community")
