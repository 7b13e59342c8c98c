"""What must hold of payee accounts on a live database."""

from collections.abc import Iterator

from django.db.models import F, Q

from compounds.registry.services.import_files import ended_with_file
from governance.foundation import sealing
from governance.foundation.checking import gone_wrong

from . import rules
from .models import PayeeAccount


def places() -> Iterator[str]:
    """An account belongs to the district of its firm."""
    yield from gone_wrong(
        PayeeAccount.objects, ~Q(district=F("provider__district")), "lies elsewhere than its firm"
    )


def numbers() -> Iterator[str]:
    """The sealed number is a number; its fingerprint and its mask follow from it."""
    for account in PayeeAccount.objects.order_by("pk").iterator():
        number = sealing.unseal(account.number_sealed)
        try:
            is_plain = rules.clean_number(number) == number
        except rules.NumberError:
            is_plain = False
        if not is_plain or sealing.fingerprint(number) != account.number_hash:
            yield f"payeeaccount {account.pk} does not hold the number of its fingerprint"
        elif account.number_masked != rules.masked(number):
            yield f"payeeaccount {account.pk} is not masked as its number"


def files() -> Iterator[str]:
    """No workbook with account numbers is left of an import that has ended."""
    for batch in ended_with_file().order_by("pk"):
        yield f"import {batch.pk} has ended, and its file with account numbers is there still"


CHECKS = {"places": places, "numbers": numbers, "files": files}
