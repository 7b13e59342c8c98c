"""Questions that other rooms ask about contracts: set-based, plain answers."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Q

from governance.foundation.bulk import in_chunks
from governance.organisation.calendar import calendar

from . import rules
from .models import Contract, ContractCompound


class MainContract(NamedTuple):
    """A main contract of a compound; the first eight values are the promise to other rooms."""

    contract_id: int
    number: str
    state: str
    signed_on: dt.date | None
    filed_on: dt.date | None
    starts_on: dt.date
    ends_on: dt.date | None
    renewal: str
    provider_id: int | None
    kind: str
    notice_on: dt.date | None
    ended_on: dt.date | None
    follows_id: int | None

    def is_in_force(self, as_of: dt.date) -> bool:
        return (
            self.filed_on is not None
            and self.starts_on <= as_of
            and (self.ended_on is None or self.ended_on >= as_of)
        )

    def is_indefinite(self, as_of: dt.date) -> bool:
        """Run out undecided while service goes on (948)."""
        course = rules.Course(
            state=self.state, ends_on=self.ends_on, renewal=self.renewal, notice_on=self.notice_on
        )
        return rules.is_indefinite(course, as_of)


_READ = tuple(f"contract__{name}" for name in MainContract._fields[1:])


def all_main_contracts(
    compound_ids: Iterable[int], as_of: dt.date
) -> dict[int, list[MainContract]]:
    """By compound: its main contracts signed by a day and not ended before it, the running first.

    One query for a thousand compounds.
    """
    found: dict[int, list[MainContract]] = defaultdict(list)
    for chunk in in_chunks(sorted(set(compound_ids))):
        rows = (
            ContractCompound.objects.filter(
                compound__among=chunk, is_main=True, contract__signed_on__lte=as_of
            )
            .filter(contract__state__in=["SIGNED", "FILED", "ENDED"])
            .filter(Q(left_on=None) | Q(left_on__gte=as_of))
            .filter(Q(contract__ended_on=None) | Q(contract__ended_on__gte=as_of))
            .order_by("contract__starts_on", "contract_id")
        )
        for compound, contract, *values in rows.values_list("compound_id", "contract_id", *_READ):
            found[compound].append(MainContract(contract, *values))
    order = {"FILED": 0, "ENDED": 1, "SIGNED": 2}
    for contracts in found.values():
        contracts.sort(key=lambda one: (not one.is_in_force(as_of), order[one.state]))
    return dict(found)


def main_contracts(compound_ids: Iterable[int], as_of: dt.date) -> dict[int, MainContract]:
    """By compound: the main contract that runs on a day, else the one that is signed for it."""
    found = all_main_contracts(compound_ids, as_of)
    return {compound: contracts[0] for compound, contracts in found.items()}


def contracts_with(providers: dict[int, int], as_of: dt.date) -> dict[int, MainContract]:
    """By compound: its main contract with one provider (`providers`: compound → provider).

    While a former provider's contract still runs, this finds the one signed with the next.
    """
    found = {}
    for compound, contracts in all_main_contracts(providers, as_of).items():
        mine = [one for one in contracts if one.provider_id == providers[compound]]
        if mine:
            found[compound] = mine[0]
    return found


# -- deadlines of one contract ---------------------------------------------------------------------
def filing_due(contract: Contract) -> dt.date | None:
    """The last day to file a signed contract, moved to a working day (Civil Code 203)."""
    if contract.state != Contract.State.SIGNED or contract.due_on is None:
        return None
    return calendar().rolled(contract.due_on)


def renewal_reminder(contract: Contract) -> dt.date | None:
    """The day from which renewal is on the agenda: six months before the end."""
    return rules.reminder_on(contract.ends_on) if contract.ends_on else None


def notice_latest(contract: Contract, *, by_provider: bool = True) -> dt.date | None:
    """The last day for a notice before the end: 90 days by the provider, 60 by the owners."""
    if contract.ends_on is None:
        return None
    days = rules.NON_RENEWAL_DAYS if by_provider else rules.DISMISSAL_DAYS
    return calendar().latest_notice(contract.ends_on, days)


def due_on(contract: Contract) -> dt.date | None:
    """The day by which the next duty is due, as shown: filing rolls over rest days."""
    return filing_due(contract) if contract.state == Contract.State.SIGNED else contract.due_on
