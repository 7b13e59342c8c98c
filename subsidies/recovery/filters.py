"""Filters of this room's lists."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.registry.filters import PlacedFilterSet
from governance.foundation import dates
from governance.foundation.filters import ChoiceFilter, WordsFilter
from subsidies.entitlements.models import Entitlement

from . import questions, rules
from .models import Clawback, ExitReview

NEAR, OVER, SERVICE, SELF, UNREVIEWED = "NEAR", "OVER", "SERVICE", "SELF", "UNREVIEWED"
RUNNING, EVERY, PROPOSED, PENDING, OVERDUE = "RUNNING", "ALL", "PROPOSED", "PENDING", "OVERDUE"
OPEN = "OPEN"


class StateFilter(ChoiceFilter):
    def filter(self, queryset, value):
        if value == RUNNING:
            return queryset.filter(state__in=questions.OPEN)
        return queryset if value in (None, "", EVERY) else queryset.filter(state=value)


class DueFilter(ChoiceFilter):
    """Why the end of a subsidy is on the agenda."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        today = dates.today()
        rows = queryset.filter(state__in=questions.OPEN)
        if value == NEAR:
            near = rows.filter(ends_on__lte=rules.latest_end_warned(today), ends_on__gte=today)
            return near.filter(~questions.is_reviewed())
        if value == OVER:
            return rows.filter(ends_on__lt=today).filter(~questions.is_reviewed())
        if value == SERVICE:
            return rows.filter(questions.service_ended()).filter(~questions.is_reviewed())
        if value == SELF:
            found = questions.self_sufficient(rows.filter(~questions.is_reviewed()), today)
            return rows.filter(pk__in=[row.pk for row in found])
        return rows.filter(~questions.is_reviewed())


class TransitionFilterSet(PlacedFilterSet):
    q = WordsFilter(
        "compound__name",
        "compound__code",
        "provider__name",
        "number",
        label=_("Compound, provider or number"),
    )
    due = DueFilter(
        choices=[
            (NEAR, _("last month is near")),
            (OVER, _("term over, not reviewed")),
            (SERVICE, _("service has ended")),
            (SELF, _("its own fees bear it")),
            (UNREVIEWED, _("not reviewed yet")),
        ],
        label=_("on the agenda"),
    )
    state = StateFilter(
        choices=[
            (RUNNING, _("running")),
            *((one.value, one.label) for one in map(Entitlement.State, questions.EVER)),
            (EVERY, pgettext_lazy("subsidies", "all")),
        ],
        label=_("state"),
    )
    line = ("q", "due", "state", "street")
    groups = ((_("Place"), ("community",)),)
    defaults = {"state": RUNNING}


class ExitStateFilter(ChoiceFilter):
    def filter(self, queryset, value):
        prepared = queryset.filter(state=ExitReview.State.PREPARED)
        if value == PROPOSED:
            return prepared.filter(prepared_by=None)
        if value == ExitReview.State.PREPARED:
            return prepared.exclude(prepared_by=None)
        if value == PENDING:
            return (
                queryset.filter(
                    state=ExitReview.State.APPROVED, entitlement__state__in=questions.OPEN
                )
                .exclude(outcome=ExitReview.Outcome.EXTEND)
                .exclude(questions.is_extended_since())
            )
        return queryset.filter(state=value) if value else queryset


class ExitFilterSet(PlacedFilterSet):
    q = WordsFilter(
        "entitlement__compound__name",
        "entitlement__provider__name",
        "entitlement__number",
        label=_("Compound, provider or number"),
    )
    state = ExitStateFilter(
        choices=[
            (PROPOSED, _("to be completed")),
            *ExitReview.State.choices,
            (PENDING, _("approved, not ended yet")),
        ],
        label=_("state"),
    )
    exit_reason = ChoiceFilter(
        choices=Entitlement.ExitReason.choices,
        label=pgettext_lazy("exit review", "reason of the end"),
    )
    outcome = ChoiceFilter(
        choices=ExitReview.Outcome.choices,
        label=pgettext_lazy("exit review", "outcome"),
    )
    line = ("q", "state", "exit_reason", "street")
    groups = ((_("Review"), ("outcome",)), (_("Place"), ("community",)))


class ClawbackStateFilter(ChoiceFilter):
    def filter(self, queryset, value):
        if value == OPEN:
            return queryset.exclude(state__in=["RECOVERED", "CANCELLED"])
        if value == OVERDUE:
            return queryset.filter(questions.has_overdue(dates.today()))
        if value == "STANDS":
            return queryset.filter(state__in=questions.IN_FORCE)
        return queryset.filter(state=value) if value else queryset


class ClawbackFilterSet(PlacedFilterSet):
    q = WordsFilter(
        "entitlement__compound__name",
        "entitlement__provider__name",
        "entitlement__number",
        "document",
        label=_("Compound, provider, number or document"),
    )
    state = ClawbackStateFilter(
        choices=[
            (OPEN, pgettext_lazy("clawbacks", "open")),
            (OVERDUE, _("instalment overdue")),
            ("STANDS", _("with notice")),
            *Clawback.State.choices,
        ],
        label=_("state"),
    )
    trigger = ChoiceFilter(
        choices=Clawback._meta.get_field("trigger").choices,
        label=pgettext_lazy("clawback", "reason"),
    )
    line = ("q", "state", "trigger", "street")
    groups = ((_("Place"), ("community",)),)
