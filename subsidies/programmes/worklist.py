"""Which drafts of programmes wait for a person."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from governance.notices import sources
from governance.notices.sources import Work

from . import rules
from .models import PUBLISH, Programme
from .questions import terms_of


def work_of(user) -> Iterator[Work]:
    """Drafts without a fault that somebody else has prepared and this person may publish."""
    if not user.scope.has(PUBLISH):
        return
    waiting = list(
        Programme.objects.filter(
            district_id__in=user.scope.in_districts(PUBLISH), state=Programme.State.DRAFT
        )
        .exclude(document_number="")
        .exclude(prepared_by=user)
        .values_list("pk", flat=True)
    )
    if not waiting:
        return
    sound = [pk for pk, terms in terms_of(waiting).items() if not rules.faults(terms)]
    if sound:
        yield Work(
            _("Programmes of subsidy to be published"),
            len(sound),
            False,
            reverse("programmes:programme_detail", args=sound)
            if len(sound) == 1
            else reverse("programmes:programme_list"),
            "",
            pgettext("duty", "read and publish"),
        )


def connect() -> None:
    sources.register("programmes", work_of)
