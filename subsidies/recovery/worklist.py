"""What of ends, changes and claims waits for a person; each line equals the list it opens."""

from collections.abc import Iterator

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from governance.foundation import dates
from governance.notices import sources
from governance.notices.sources import Work
from subsidies.entitlements.models import APPROVE as CHANGE
from subsidies.entitlements.models import TermChange

from . import questions
from .models import CLAIM, DECIDE, EXIT_APPROVE, EXIT_REVIEW, RECEIVE, Clawback, ExitReview


def work_of(user) -> Iterator[Work]:
    """Lines for the head of the page and the digest, without those that are empty."""
    scope = user.scope
    sources_of = (
        (EXIT_REVIEW, _to_review),
        (EXIT_APPROVE, _to_approve),
        (CHANGE, _changes),
        (CLAIM, _to_propose),
        (DECIDE, _to_decide),
        (RECEIVE, _to_receive),
    )
    for right, lines in sources_of:
        if scope.has(right):
            yield from (line for line in lines(user, scope, dates.today()) if line.count)


def _to_review(user, scope, today) -> Iterator[Work]:
    mine, url = scope.granted(EXIT_REVIEW), reverse("recovery:transition_list")
    near = questions.near_their_end(today).filter(mine)
    yield Work(
        _("Subsidies whose last month is near"), near.count(), False, f"{url}?due=NEAR", "",
        _("Prepare the exit review"),
    )  # fmt: skip
    over = questions.over_without_review(today).filter(mine)
    yield Work(
        _("Subsidies whose term is over, not reviewed"), over.count(), True, f"{url}?due=OVER",
        "", _("Prepare the exit review"),
    )  # fmt: skip
    ended = questions.with_service_ended(questions.unreviewed()).filter(mine)
    yield Work(
        _("Subsidies whose service has ended"), ended.count(), True, f"{url}?due=SERVICE", "",
        _("Prepare the exit review"),
    )  # fmt: skip
    proposed = ExitReview.objects.filter(mine, state=ExitReview.State.PREPARED, prepared_by=None)
    yield Work(
        _("Exit reviews proposed at night, to be completed"), proposed.count(), False,
        f"{reverse('recovery:exit_list')}?state=PROPOSED", "", _("Complete it"),
    )  # fmt: skip


def _to_approve(user, scope, today) -> Iterator[Work]:
    rows = ExitReview.objects.filter(
        scope.granted(EXIT_APPROVE), state=ExitReview.State.PREPARED, prepared_by__isnull=False
    )
    yield Work(
        _("Exit reviews to approve"), rows.exclude(prepared_by=user).count(), False,
        f"{reverse('recovery:exit_list')}?state=PREPARED", "", pgettext("duty", "decide"),
    )  # fmt: skip


def _changes(user, scope, today) -> Iterator[Work]:
    rows = TermChange.objects.filter(scope.granted(CHANGE), state=TermChange.State.PREPARED)
    yield Work(
        _("Changes of subsidies to approve"), rows.exclude(prepared_by=user).count(), False,
        f"{reverse('entitlements:change_list')}?state=PREPARED", "", pgettext("duty", "decide"),
    )  # fmt: skip


def _to_propose(user, scope, today) -> Iterator[Work]:
    """Claims overdue are pressed by those who claimed, too."""
    yield _overdue(scope.granted(CLAIM), today, _("Clawbacks with an overdue instalment"))


def _to_decide(user, scope, today) -> Iterator[Work]:
    url = reverse("recovery:clawback_list")
    rows = Clawback.objects.filter(scope.granted(DECIDE)).order_by()
    is_new = ~Q(proposed_by=user)
    found = rows.aggregate(
        proposed=Count("pk", filter=Q(state="PROPOSED") & is_new),
        appealed=Count("pk", filter=Q(state="APPEALED") & is_new & ~Q(decided_by=user)),
    )
    decide = pgettext("duty", "decide")
    yield Work(
        _("Clawbacks to decide"), found["proposed"], False, f"{url}?state=PROPOSED", "", decide
    )
    yield Work(
        _("Appeals against clawbacks to decide"), found["appealed"], False,
        f"{url}?state=APPEALED", "", decide,
    )  # fmt: skip


def _to_receive(user, scope, today) -> Iterator[Work]:
    mine = scope.granted(RECEIVE)
    yield _overdue(mine, today, _("Clawbacks with an overdue instalment to come in"))


def _overdue(mine: Q, today, title: str) -> Work:
    rows = Clawback.objects.filter(mine).filter(questions.has_overdue(today))
    count = rows.count()
    late = questions.overdue_instalments(today).filter(clawback__in=rows.values("pk")).count()
    words = ngettext("%(n)s instalment overdue", "%(n)s instalments overdue", late) % {"n": late}
    url = f"{reverse('recovery:clawback_list')}?state=OVERDUE"
    return Work(title, count, True, url, words if late else "", _("Record the receipt"))


def connect() -> None:
    sources.register("recovery", work_of)
