"""Filters of vouchers and postings: by whose money it is, by kind, by month."""

import calendar
import datetime as dt

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.fees.filters import month_named
from governance.foundation import dates
from governance.foundation.filters import (
    ChoiceFilter,
    DayFilter,
    ListFilterSet,
    TextFilter,
    WordsFilter,
)
from governance.foundation.texts import spellings

from . import questions
from .models import Account, Movement, Posting, Stage, Transaction

OWED_OR_PAID = "ACCRUED"
STAGES = (*Stage.choices, (OWED_OR_PAID, _("accrued (payable, in payment or paid)")))
MONTHS = 36


class Kept(ChoiceFilter):
    """One of a list; the set of filters applies it together with others."""

    def filter(self, queryset, value):
        return queryset


class KeptText(TextFilter):
    def filter(self, queryset, value):
        return queryset


class KeptSelect(KeptText):
    """One of what the reader's districts have (`choices_of`)."""

    kind = "select"


class MonthFilter(TextFilter):
    """Vouchers of a month, by their day."""

    kind = "select"

    def __init__(self, *, path: str, **kwargs):
        self.path = path
        super().__init__(**kwargs)

    def filter(self, queryset, value):
        month = month_named(value) if value else None
        if month is None:
            return queryset
        last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
        return queryset.filter(**{f"{self.path}__gte": month, f"{self.path}__lte": last})


class ServiceMonthFilter(TextFilter):
    def filter(self, queryset, value):
        month = month_named(value) if value else None
        return queryset.filter(month=month) if month else queryset


def months_back() -> list[tuple[str, str]]:
    """The last three years' months, this one first."""
    day, found = dates.today().replace(day=1), []
    for _month in range(MONTHS):
        found.append((f"{day:%Y-%m}",) * 2)
        day = (day - dt.timedelta(days=1)).replace(day=1)
    return found


class OfAccounts(ListFilterSet):
    """Filters by account: year, line, indicator, stage, entitlement, compound and firm together."""

    q = WordsFilter("transaction__document", "transaction__key", "key", label=_("Document or key"))
    year = KeptSelect(label=_("budget year"))
    line_of_budget = KeptText(label=_("budget line"))
    indicator = KeptSelect(label=_("indicator"))
    stage = Kept(choices=STAGES, label=_("stage"))
    holder = KeptText(label=_("entitlement"))
    compound = KeptText(label=_("compound code"))
    firm = KeptText(label=_("firm"))

    scoped = ("year", "indicator", "month")

    def choices_of(self, name):
        if name == "month":
            return months_back()
        if name in ("year", "indicator"):
            return self.page[f"{name}s"]
        return super().choices_of(name)

    @property
    def accounts(self):
        """The accounts that are asked for; None where all are."""
        found = Q()
        if year := self._whole("year"):
            found &= Q(indicator__line__year=year)
        if line := self._whole("line_of_budget"):
            found &= Q(indicator__line=line)
        if indicator := self._whole("indicator"):
            found &= Q(indicator=indicator)
        if stage := self.value("stage"):
            stages = questions.ACCRUED if stage == OWED_OR_PAID else (stage,)
            found &= Q(stage__in=stages)
        if holder := self.value("holder"):
            found &= Q(holder__in=spellings(holder.strip()))
        if compound := self.value("compound"):
            found &= Q(compound__code__in=spellings(compound.strip()))
        for word in (self.value("firm") or "").split()[:3]:
            found &= Q(provider__name__icontains=word)
        if not found:
            return None
        return Account.objects.filter(found, district__in=self.page["districts"])

    def _whole(self, name: str) -> int | None:
        text = str(self.value(name) or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    @property
    def applied(self):
        return [one for one in super().applied if one.names != ("q",)]


class PostingFilterSet(OfAccounts):
    kind = ChoiceFilter(
        field_name="transaction__kind", choices=Transaction.Kind.choices, label=_("kind")
    )
    month = MonthFilter(path="transaction__on", label=_("month"))
    service_month = ServiceMonthFilter(label=_("month of service"))

    line = ("q", "indicator", "stage", "kind", "month")
    groups = ((_("Whose money"), ("holder", "compound", "firm", "service_month")),)

    def filter_queryset(self, queryset):
        queryset = super().filter_queryset(queryset)
        accounts = self.accounts
        if accounts is None:
            return queryset
        ids = accounts.order_by().values("pk")
        return queryset.filter(Q(source__in=ids) | Q(target__in=ids))


class TransactionFilterSet(OfAccounts):
    q = WordsFilter("document", "key", "reason", label=_("Document or key"))
    kind = ChoiceFilter(choices=Transaction.Kind.choices, label=_("kind"))
    month = MonthFilter(path="on", label=_("month"))
    since = DayFilter(field_name="on", lookup_expr="gte", label=_("from the day"))
    until = DayFilter(field_name="on", lookup_expr="lte", label=_("until the day"))

    line = ("q", "kind", "month", "indicator")
    groups = (
        (_("Whose money"), ("stage", "holder", "compound", "firm")),
        (_("Days"), ("since", "until")),
    )

    def filter_queryset(self, queryset):
        queryset = super().filter_queryset(queryset)
        accounts = self.accounts
        if accounts is None:
            return queryset
        ids = accounts.order_by().values("pk")
        rows = Posting.objects.filter(transaction=OuterRef("pk"))
        return queryset.filter(Exists(rows.filter(Q(source__in=ids) | Q(target__in=ids))))


class MovementFilterSet(ListFilterSet):
    q = WordsFilter("indicator__number", "document", label=_("Indicator or document"))
    kind = ChoiceFilter(choices=Movement.Kind.choices, label=_("kind"))
    state = ChoiceFilter(
        choices=Movement.State.choices, label=pgettext_lazy("of a movement", "state")
    )

    line = ("q", "kind", "state")
