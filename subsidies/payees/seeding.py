"""Accounts of a scenario's firms: imported by one finance officer, confirmed by another."""

from pathlib import Path

from compounds.classification.seeding import holder_of
from compounds.registry.seeding import import_once
from governance.organisation.models import Area

from .models import CONFIRM, EDIT, PayeeAccount
from .services import confirm_account


def load(folder: Path, *, by, report) -> int:
    """Import `payees.xlsx` and confirm what waits; 0 if that was done before."""
    path = folder / "payees.xlsx"
    if by is None or not path.is_file():
        return 0
    district = Area.objects.get(code=by.scope.grants[0].area_code)
    finance = holder_of(EDIT, district, besides=by.pk)
    if finance is None:
        return 0
    count = import_once(path, by=finance, report=report)
    other = holder_of(CONFIRM, district, besides=finance.pk)
    if other is None:
        return count
    waiting = PayeeAccount.objects.filter(district=district, state=PayeeAccount.State.PROPOSED)
    for account in waiting:
        confirm_account(by=other, account=account, version=account.version)
    return count + len(waiting)
