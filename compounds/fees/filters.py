"""Filters of the lists of this room."""

import datetime as dt

from django.db.models import BigIntegerField, ExpressionWrapper, F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.registry.filters import PlacedFilterSet
from governance.foundation import dates
from governance.foundation.filters import ChoiceFilter, TextFilter, WordsFilter
from governance.party_grid.filters import CodeFilter

from . import figures, rules
from .models import Assessment

EVERY = "ALL"
MONTHS = 36


def month_named(text: str) -> dt.date | None:
    """The month written as 2026-05."""
    try:
        return dt.datetime.strptime(text, "%Y-%m").date()
    except (TypeError, ValueError):
        return None


class MonthFilter(TextFilter):
    """Reports of a month."""

    kind = "select"

    def filter(self, queryset, value):
        if value in (None, "", EVERY):
            return queryset
        month = month_named(value)
        return queryset.filter(month=month) if month else queryset.none()


class FeeFilterSet(PlacedFilterSet):
    """Filters with a month, which is the last one at first."""

    scoped = ("street", "community", "month")

    def __init__(self, data, queryset, *, page=None):
        self.last = figures.last_month()
        self.defaults = {**self.defaults, **self.own_defaults()}
        super().__init__(data, queryset, page=page)

    def own_defaults(self) -> dict[str, str]:
        return {"month": f"{self.last:%Y-%m}"}

    def choices_of(self, name):
        if name != "month":
            return super().choices_of(name)
        first = rules.months_later(self.last, 1)
        months = [f"{rules.months_later(first, -back):%Y-%m}" for back in range(MONTHS)]
        return [*((one, one) for one in months), (EVERY, pgettext_lazy("months", "all"))]

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]


class BelowFilter(ChoiceFilter):
    """Collection by money below a share; integers on both sides, so that nothing is rounded."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        short = F("billed_amount") * int(value) - F("paid_amount") * 100
        return queryset.alias(
            short=ExpressionWrapper(short, output_field=BigIntegerField())
        ).filter(short__gt=0)


class ReportFilterSet(FeeFilterSet):
    q = WordsFilter("compound__name", "provider__name", label=_("Compound or provider"))
    month = MonthFilter(label=_("month"))
    below = BelowFilter(
        choices=[("60", _("below 60 %")), ("80", _("below 80 %")), ("90", _("below 90 %"))],
        label=_("rate by money"),
    )
    compound = CodeFilter(field_name="compound", max_length=20, label=_("compound code"))

    line = ("q", "street", "community", "month", "below")


class MissingMonthFilter(MonthFilter):
    """The view has chosen the compounds by it."""

    def filter(self, queryset, value):
        return queryset


class MissingFilterSet(FeeFilterSet):
    q = WordsFilter("name", "code", label=_("Name or code"))
    month = MissingMonthFilter(label=_("month"))

    line = ("q", "street", "community", "month")

    def choices_of(self, name):
        if name != "month":
            return super().choices_of(name)
        months = [f"{rules.months_later(self.last, -back):%Y-%m}" for back in range(12)]
        return [(one, one) for one in months]


class PublishedFilter(ChoiceFilter):
    def filter(self, queryset, value):
        if not value:
            return queryset
        waits = Q(waiting__isnull=False)
        return queryset.filter(waits if value == "waiting" else ~waits)


class BookFilterSet(PlacedFilterSet):
    q = WordsFilter("name", "code", label=_("Name or code"))
    published = PublishedFilter(
        choices=[("waiting", _("something waits")), ("done", _("all published"))],
        label=_("publication"),
    )

    line = ("q", "street", "community", "published")
    scoped = ("street", "community")

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]


class OrderFilter(ChoiceFilter):
    """What became of what was ordered."""

    def filter(self, queryset, value):
        if value in (None, "", EVERY):
            return queryset
        if value == "failed":
            return queryset.filter(passed=False)
        open_ = queryset.filter(order_due_on__isnull=False, mended_on=None)
        return open_.filter(order_due_on__lt=dates.today()) if value == "late" else open_


class InspectionFilterSet(PlacedFilterSet):
    q = WordsFilter("compound__name", "findings", label=_("Compound or findings"))
    state = OrderFilter(
        choices=[
            ("open", _("still to be mended")),
            ("late", _("overdue")),
            ("failed", _("all that failed")),
        ],
        label=_("state"),
    )
    compound = CodeFilter(field_name="compound", max_length=20, label=_("compound code"))

    line = ("q", "street", "community", "state")
    scoped = ("street", "community")

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]


class AssessmentFilterSet(PlacedFilterSet):
    q = WordsFilter("compound__name", "provider__name", label=_("Compound or provider"))
    grade = ChoiceFilter(choices=Assessment.Grade.choices, label=_("grade"))

    line = ("q", "street", "community", "grade")
    scoped = ("street", "community")

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]
