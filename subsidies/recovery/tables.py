"""Tables of this room: subsidies by their end, exit reviews, claims."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from compounds.clearing.watch_tables import Chips, Linked, chip
from compounds.registry.tables import Place
from governance.foundation import dates, tables
from governance.foundation.tables import UNKNOWN, plain
from subsidies.entitlements.models import Entitlement

from . import rules
from .models import Clawback, ExitReview
from .wording import (
    CLAWBACK_CLASS,
    ENTITLEMENT_CLASS,
    EXIT_CLASS,
    OUTCOME_CLASS,
)


def _of(model, name):
    return model._meta.get_field(name).verbose_name


class Money(tables.Column):
    """Yuan with two decimals."""

    css = "num"

    def writer(self, page):
        return lambda value: UNKNOWN if value is None else f"{value:,.2f}"


class MonthsUsed(tables.Column):
    """Months of the term that have begun, of how many."""

    css = "num nowrap"

    def writer(self, page):
        today = dates.today()

        def write(starts_on, ends_on, months, counting):
            found = rules.months_of(starts_on, ends_on, months, counting, today)
            return f"{found.used} / {found.total}"

        return write

    def in_words(self, page):
        return self.writer(page)


class MonthsLeft(tables.Column):
    """Months of the term that have not begun; the last one says so, and one that is over."""

    css = "num nowrap"

    def writer(self, page):
        today = dates.today()
        last = chip("warn", _("last month"))
        over = chip("bad", _("term over"))

        def write(starts_on, ends_on, months, counting):
            if today > ends_on:
                return over
            found = rules.months_of(starts_on, ends_on, months, counting, today)
            return last if found.used and not found.left else str(found.left)

        return write

    def in_words(self, page):
        today = dates.today()
        return lambda *term: rules.months_of(*term, today).left


class Collected(tables.Column):
    """Collection by the last reports, read beside the rows by their compound."""

    css = "num"

    def writer(self, page):
        found = page["collections"]

        def write(compound):
            one = found.get(compound)
            return UNKNOWN if one is None or one.percent is None else f"{one.percent} %"

        return write

    def in_words(self, page):
        found = page["collections"]
        return lambda compound: found[compound].percent if compound in found else None


class Review(tables.Column):
    """The last exit review of a subsidy, read beside the rows."""

    css = "nowrap"

    def writer(self, page):
        found, words = page["reviews"], dict(ExitReview.State.choices)
        base, _sep, tail = reverse("recovery:exit_detail", args=[0]).partition("0")

        def write(pk):
            if pk not in found:
                return UNKNOWN
            review, state, is_proposed = found[pk]
            label = plain(_("to be completed") if is_proposed else words[state])
            return f'<a href="{base}{review}{tail}">{label}</a>'

        return write

    def in_words(self, page):
        found, words = page["reviews"], dict(ExitReview.State.choices)
        return lambda pk: str(words[found[pk][1]]) if pk in found else None


TERM = ("starts_on", "ends_on", "months", "programme__counting")


class TransitionTable(tables.ListTable):
    """Subsidies that run or ran, by their end."""

    name = Linked(
        gettext_lazy("compound"),
        "recovery:transition_detail",
        reads=("compound__name", "pk"),
        sorts=("compound__name",),
        is_fixed=True,
    )
    number = tables.Column(_of(Entitlement, "number"), css="nowrap aside", is_shown=False)
    provider = tables.Column(
        gettext_lazy("provider"), reads=("provider__name",), sorts=(), css="aside"
    )
    street = Place(gettext_lazy("street"), reads=("street_id",), sorts=(), css="nowrap aside")
    community = Place(gettext_lazy("community"), reads=("community_id",), sorts=(), is_shown=False)
    starts_on = tables.Day(_of(Entitlement, "starts_on"), is_shown=False)
    used = MonthsUsed(gettext_lazy("months used"), reads=TERM, sorts=())
    left = MonthsLeft(gettext_lazy("months left"), reads=TERM, sorts=("ends_on",))
    ends_on = tables.Day(_of(Entitlement, "ends_on"))
    collection = Collected(
        pgettext_lazy("fees", "collection rate"), reads=("compound_id",), sorts=()
    )
    amount = Money(_of(Entitlement, "amount"))
    review = Review(gettext_lazy("exit review"), reads=("pk",), sorts=())
    state = Chips(
        _of(Entitlement, "state"),
        choices=Entitlement.State.choices,
        classes=ENTITLEMENT_CLASS,
        sorts=(),
    )

    class Meta:
        order_by = ()


class ExitState(tables.Column):
    """Where a review stands; one that the night run proposed is to be completed."""

    css = "nowrap"

    def writer(self, page):
        words = {code: chip(EXIT_CLASS[code], label) for code, label in ExitReview.State.choices}
        proposed = chip("warn", _("to be completed"))
        return lambda state, person: (
            proposed if state == "PREPARED" and person is None else words[state]
        )

    def in_words(self, page):
        words = {code: str(label) for code, label in ExitReview.State.choices}
        return lambda state, person: words[state]


class ExitTable(tables.ListTable):
    """Exit reviews, one a row."""

    name = Linked(
        gettext_lazy("compound"),
        "recovery:exit_detail",
        reads=("entitlement__compound__name", "pk"),
        sorts=("entitlement__compound__name",),
        is_fixed=True,
    )
    provider = tables.Column(
        gettext_lazy("provider"), reads=("entitlement__provider__name",), sorts=(), css="aside"
    )
    street = Place(gettext_lazy("street"), reads=("street_id",), sorts=(), css="nowrap aside")
    exit_reason = tables.Choice(
        _of(ExitReview, "exit_reason"), choices=Entitlement.ExitReason.choices, sorts=()
    )
    exit_on = tables.Day(_of(ExitReview, "exit_on"))
    collection_percent = Money(_of(ExitReview, "collection_percent"))
    contract_until = tables.Day(_of(ExitReview, "contract_until"), is_shown=False)
    outcome = Chips(
        _of(ExitReview, "outcome"),
        choices=ExitReview.Outcome.choices,
        classes=OUTCOME_CLASS,
        sorts=(),
    )
    state = ExitState(_of(ExitReview, "state"), reads=("state", "prepared_by_id"), sorts=())
    approved_on = tables.Day(_of(ExitReview, "approved_on"), is_shown=False)

    class Meta:
        order_by = ()


class Came(tables.Column):
    """What came in of a claim, read beside the rows."""

    css = "num"

    def writer(self, page):
        found = page["received"]
        return lambda pk: f"{found.get(pk, 0):,.2f}"

    def in_words(self, page):
        found = page["received"]
        return lambda pk: found.get(pk, 0)


class NextDue(tables.Column):
    """The next instalment, and whether it is late."""

    css = "nowrap"

    def writer(self, page):
        today, found, late = dates.today(), page["next_due"], chip("bad", _("overdue"))

        def write(pk, state):
            due_on = found.get(pk)
            if due_on is None:
                return UNKNOWN
            is_late = due_on < today and state != "APPEALED"
            return f"{due_on.isoformat()} {late}" if is_late else due_on.isoformat()

        return write

    def in_words(self, page):
        found = page["next_due"]
        return lambda pk, state: found.get(pk)


class ClawbackTable(tables.ListTable):
    """Claims, one a row."""

    name = Linked(
        gettext_lazy("compound"),
        "recovery:clawback_detail",
        reads=("entitlement__compound__name", "pk"),
        sorts=("entitlement__compound__name",),
        is_fixed=True,
    )
    provider = tables.Column(
        gettext_lazy("provider"), reads=("entitlement__provider__name",), sorts=(), css="aside"
    )
    street = Place(gettext_lazy("street"), reads=("street_id",), sorts=(), css="nowrap aside")
    trigger = tables.Choice(
        _of(Clawback, "trigger"), choices=Clawback._meta.get_field("trigger").choices, sorts=()
    )
    happened_on = tables.Day(_of(Clawback, "happened_on"), is_shown=False)
    amount = Money(_of(Clawback, "amount"))
    received = Came(pgettext_lazy("money", "received (yuan)"), reads=("pk",), sorts=())
    next_due = NextDue(gettext_lazy("next instalment"), reads=("pk", "state"), sorts=())
    notified_on = tables.Day(_of(Clawback, "notified_on"), is_shown=False)
    document = tables.Column(_of(Clawback, "document"), sorts=(), is_shown=False)
    fine = Money(_of(Clawback, "fine"), sorts=(), is_shown=False)
    bans_until = tables.Day(_of(Clawback, "bans_until"), is_shown=False)
    state = Chips(
        _of(Clawback, "state"),
        choices=Clawback.State.choices,
        classes=CLAWBACK_CLASS,
        sorts=(),
    )

    class Meta:
        order_by = ()
