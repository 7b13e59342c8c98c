"""Long work in small steps: progress that others can see, and a way to stop it."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator, Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compounds.registry.models import Compound
from governance.audit import services as audit
from governance.foundation.errors import DomainError, NotAllowed
from governance.foundation.locks import for_update
from governance.organisation.models import Area, Level

from ..errors import NotOpen
from ..models import Run, Trial
from ..models.work import Work

Progress = Callable[[int, int], None]
_COLUMN = {
    Level.DISTRICT: "district_id",
    Level.STREET: "street_id",
    Level.COMMUNITY: "community_id",
}


class Cancelled(Exception):  # noqa: N818 - not an error
    """Somebody asked to stop; what was finished stays."""


class _GivenUp(Exception):  # noqa: N818 - an outcome, not an error
    """The work was marked as failed meanwhile; whoever still carries it out writes no more."""


def area_for(by, right: str, area: Area | None) -> Area:
    """The area to work on: the given one, else that of the writer's posts.

    Raises NotAllowed outside the posts that carry the right, DomainError where they are several.
    """
    if area is not None:
        by.scope.require(right, area)
        return area
    grants = by.scope.areas(right)
    if not grants:
        raise NotAllowed()
    if len(grants) > 1 and grants[0].level != Level.DISTRICT:
        raise DomainError(_("Your posts lie in several areas. Choose one."), field="area")
    return Area.objects.get(pk=grants[0].area)


def within(by, right: str, area: Area):
    """Condition on compounds: inside the area and inside the writer's posts."""
    return {_COLUMN[Level(area.level)]: area.pk}, by.scope.granted(right)


def compound_ids(by, right: str, area: Area) -> array:
    """Ids of the unmanaged active compounds, by community: neighbours share a chunk."""
    column, posts = within(by, right, area)
    return array(
        "q",
        Compound.objects.unmanaged()
        .filter(posts, **column)
        .order_by("community_id", "pk")
        .values_list("pk", flat=True)
        .iterator(chunk_size=10_000),
    )


def chunks(ids: Sequence[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(ids), size):
        yield list(ids[start : start + size])


def execute(work: Work, steps: Callable[[Callable[[int], None]], None], progress=None) -> None:
    """Carry `steps` out once; it is given a function to report how many compounds are done.

    A failure is stored with the work and raised again.
    """
    model = type(work)
    taken = model.objects.filter(pk=work.pk, state=Work.State.QUEUED).update(
        state=Work.State.RUNNING, heartbeat_at=timezone.now()
    )
    if not taken:
        raise NotOpen(_("This task has already been started."))
    work.state = Work.State.RUNNING
    began = time.monotonic()
    own = model.objects.filter(pk=work.pk, state=Work.State.RUNNING)

    def report(done: int) -> None:
        work.done, work.heartbeat_at = done, timezone.now()
        if not own.update(done=done, total=work.total, heartbeat_at=work.heartbeat_at):
            raise _GivenUp
        if progress:
            progress(done, work.total)
        if own.filter(cancel_requested=True).exists():
            raise Cancelled

    try:
        steps(report)
        work.state = Work.State.DONE
    except Cancelled:
        work.state = Work.State.CANCELLED
        work.cancel_requested = True
    except _GivenUp:
        pass
    except Exception as error:
        work.state = Work.State.FAILED
        work.error = str(error)[:500] if isinstance(error, DomainError) else type(error).__name__
        raise
    finally:
        work.finished_at = timezone.now()
        work.elapsed_ms = int((time.monotonic() - began) * 1000)
        with transaction.atomic():
            if for_update(own).exists():
                work.save()
            else:
                work.refresh_from_db()


def fail_stale(*kinds: type[Work]) -> int:
    """Mark runs and what-ifs that give no sign of life as failed; returns how many.

    They have no error: pages say in the reader's language that the worker stopped.
    What finished chunks of a run wrote stays, and another run does the rest.
    """
    return sum(
        kind.objects.silent().update(
            state=Work.State.FAILED,
            finished_at=timezone.now(),
        )
        for kind in kinds or (Run, Trial)
    )


@transaction.atomic
def cancel(*, by, work: Work) -> Work:
    """Ask a waiting or running task to stop after its present step.

    Only whoever started it, or who holds a post with the same reach.  Raises NotAllowed, NotOpen.
    """
    row = for_update(type(work).objects).get(pk=work.pk)
    if row.by_id != by.pk:
        by.scope.require(row.RIGHT, row)
    if row.is_finished:
        raise NotOpen(_("This task has already ended."))
    row.cancel_requested = True
    if row.state == Work.State.QUEUED:
        row.state, row.finished_at = Work.State.CANCELLED, timezone.now()
    row.save(update_fields=["cancel_requested", "state", "finished_at"])
    audit.record("cancel", row, by=by)
    return row
