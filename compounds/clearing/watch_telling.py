"""Who is told of the watch: those who visit, once a run; those who decide, that a loss waits."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from governance.notices import kinds, sources
from governance.notices.services import settle, tell, tell_holders

from .models import Loss, WatchRun, WatchTask
from .watch_worklist import work_of

WORK, CONFIRM = "watch.work", "loss.confirm"


def connect() -> None:
    sources.register("watch", work_of)
    kinds.register(
        "watch.tasks",
        ngettext_lazy(
            "Rebound watch: %(count)s visit or order is new",
            "Rebound watch: %(count)s visits or orders are new",
            "count",
        ),
    )
    kinds.waits("watch.tasks", open_tasks)
    kinds.register("loss.waiting", _("%(place)s: a reported loss of service waits for a decision"))
    kinds.register("loss.confirmed", _("%(place)s: the loss of service you reported is confirmed"))
    kinds.register("loss.rejected", _("%(place)s: the loss of service you reported was rejected"))


def open_tasks(user) -> int:
    """How many visits and orders are a person's."""
    return WatchTask.objects.open().filter(user.scope.granted(WORK)).count()


def tell_of_tasks(run: WatchRun, tasks: Sequence) -> None:
    """One notice a run to everybody whose compounds have new visits or orders."""
    if tasks:
        tell_holders(
            WORK,
            tasks,
            by=run.by,
            kind="watch.tasks",
            batch=f"watch-run-{run.pk}",
            url=reverse("clearing:watch_task_list"),
        )


def tell_loss_waiting(loss: Loss, *, by) -> None:
    tell_holders(
        CONFIRM,
        loss,
        by=by,
        kind="loss.waiting",
        batch=_batch(loss),
        url=_page(loss),
        count=1,
        values=_values(loss),
    )


def tell_loss_decided(loss: Loss) -> None:
    """Nobody need decide any more; whoever reported it reads how it ended."""
    settle(_batch(loss))
    kind = "loss.confirmed" if loss.state == Loss.State.CONFIRMED else "loss.rejected"
    tell(
        [loss.reported_by_id],
        kind=kind,
        batch=f"{kind}-{loss.pk}",
        url=_page(loss),
        values=_values(loss),
    )


def _batch(loss: Loss) -> str:
    return f"loss.waiting-{loss.pk}"


def _page(loss: Loss) -> str:
    return reverse("clearing:loss_detail", args=[loss.pk])


def _values(loss: Loss) -> dict[str, str]:
    return {"place": loss.community.name}
