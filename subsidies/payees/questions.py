"""What other rooms ask of payee accounts."""

from collections.abc import Iterable

from .models import PayeeAccount


def confirmed_of(provider_ids: Iterable[int]) -> dict[int, PayeeAccount]:
    """The confirmed account of each firm that has one: one query."""
    rows = PayeeAccount.objects.filter(
        provider__among=set(provider_ids), state=PayeeAccount.State.CONFIRMED
    )
    return {row.provider_id: row for row in rows}
