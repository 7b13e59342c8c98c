"""What must hold of providers and invitations on a live database."""

from collections.abc import Iterator

from django.db.models import F, Q
from stdnum.cn import uscc

from governance.foundation.checking import gone_wrong, misplaced, unfaithful_history
from governance.organisation.models import Level

from .models import Invitation, Provider


def credit_codes() -> Iterator[str]:
    """Every provider has a well-formed credit code and belongs to a district."""
    for pk, code in Provider.objects.order_by("pk").values_list("pk", "credit_code"):
        if not uscc.is_valid(code):
            yield f"provider {pk} has the wrong credit code {code}"
    yield from gone_wrong(
        Provider.objects, ~Q(district__level=Level.DISTRICT), "belongs to no district"
    )


def invitations() -> Iterator[str]:
    """Invitations lie where their compound lies; answers have a day that follows the invitation."""
    yield from misplaced(Invitation.objects, "compound")
    yield from gone_wrong(
        Invitation.objects, ~Q(provider__district_id=F("district_id")), "went to another district"
    )
    yield from gone_wrong(
        Invitation.objects,
        Q(answer="WAITING", answered_on__isnull=False) | Q(answered_on__lt=F("invited_on")),
        "was answered on an impossible day",
    )


def history() -> Iterator[str]:
    """The newest version of each row equals the row, and versions have no gaps."""
    for model in (Provider, Invitation):
        yield from unfaithful_history(model)


CHECKS = {"credit_codes": credit_codes, "invitations": invitations, "history": history}
