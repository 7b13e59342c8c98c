"""What of the watch waits for a person: visits, orders, losses to decide, drafts to publish."""

from collections.abc import Iterator

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from governance.foundation import dates

from .models import Loss, WatchPolicy, WatchTask
from .services.watch_losses import CONFIRM
from .services.watch_policies import PUBLISH
from .services.watch_tasks import WORK


def work_of(user) -> Iterator[tuple[str, int, bool, str]]:
    """Lines for the head of the page and the digest: title, count, late, address."""
    yield from (line for line in _lines(user) if line[1])


def _lines(user) -> Iterator[tuple[str, int, bool, str]]:
    scope = user.scope
    if scope.has(WORK):
        url = reverse("clearing:watch_task_list")
        kinds = (
            (WatchTask.Kind.ORDER, _("Orders of the rebound watch")),
            (
                WatchTask.Kind.VISIT,
                _("Visits of the rebound watch"),
            ),
        )
        rows = WatchTask.objects.open().filter(scope.granted(WORK)).order_by()
        late = Q(due_on__lt=dates.today())
        found = {
            kind: (n, overdue)
            for kind, n, overdue in rows.values_list("kind").annotate(
                n=Count("pk"), overdue=Count("pk", filter=late)
            )
        }
        for kind, title in kinds:
            count, overdue = found.get(kind, (0, 0))
            yield title, count, bool(overdue), f"{url}?kind={kind.value}"
    if scope.has(CONFIRM):
        waiting = Loss.objects.open().filter(scope.granted(CONFIRM)).exclude(reported_by=user)
        url = f"{reverse('clearing:loss_list')}?state=REPORTED"
        yield _("Lost services to decide"), waiting.count(), False, url
    if scope.has(PUBLISH):
        drafts = WatchPolicy.objects.filter(
            state=WatchPolicy.State.DRAFT, district_id__in=scope.in_districts(PUBLISH)
        )
        ready = drafts.exclude(document="").exclude(prepared_by=user)
        url = reverse("clearing:watch_policy_list")
        yield _("Watch policies to publish"), ready.count(), False, url
