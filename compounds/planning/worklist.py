"""What of plans waits for a person, and what they are told."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy, pgettext

from governance.notices import kinds, sources
from governance.notices.sources import Work

from .models import APPROVE, PROPOSE, Adoption
from .services.adopting import DECIDED, TO_APPROVE

State = Adoption.State


def waiting(user):
    """Plans that wait for this person's decision; their own do not."""
    return Adoption.objects.filter(
        state=State.PROPOSED, run__district_id__in=user.scope.in_districts(APPROVE)
    ).exclude(prepared_by=user)


def to_propose(user):
    """Approved plans whose proposals were not made yet."""
    return Adoption.objects.filter(
        state=State.APPROVED, batch="", run__district_id__in=user.scope.in_districts(PROPOSE)
    )


def work_of(user) -> Iterator[Work]:
    """Plans to decide on, and approved plans to be turned into proposals."""
    scope, page = user.scope, reverse("planning:plan_list")
    if scope.has(APPROVE) and (count := waiting(user).count()):
        yield Work(
            _("Plans put to approval"), count, False, f"{page}?waits=decision", "",
            pgettext("duty", "decide"),
        )  # fmt: skip
    if scope.has(PROPOSE) and (count := to_propose(user).count()):
        yield Work(
            _("Approved plans without their proposals"), count, False, f"{page}?waits=proposals",
            "", _("Make the proposals"),
        )  # fmt: skip


def connect() -> None:
    kinds.register(
        TO_APPROVE,
        ngettext_lazy(
            "A plan waits for your approval.", "%(count)s plans wait for your approval.", "count"
        ),
    )
    kinds.register(
        DECIDED,
        ngettext_lazy(
            "Your plan was decided on.", "%(count)s of your plans were decided on.", "count"
        ),
    )
    kinds.waits(TO_APPROVE, lambda user: waiting(user).count())
    sources.register("planning", work_of)
