"""The working group of a compound (S3-2): its roles are duties of the party grid."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from compounds.registry.models import Compound
from governance.party_grid.models import Duty, DutyKind
from governance.party_grid.rules import Seat


@dataclass(frozen=True)
class Role:
    """A role of the group and who holds it."""

    kind: DutyKind
    holders: list[Duty]

    @property
    def has_room(self) -> bool:
        most = self.kind.seats_max
        return most is None or len(self.holders) < most


def roles() -> list[DutyKind]:
    """The roles in use, in order: seven unless the district has changed the table."""
    return list(
        DutyKind.objects.filter(is_working_group=True, seat=Seat.COMPOUND, is_active=True).order_by(
            "position", "key"
        )
    )


def held() -> QuerySet:
    """Held duties of working groups."""
    return Duty.objects.held().filter(
        kind__is_working_group=True, kind__is_active=True, seat=Seat.COMPOUND
    )


def group_of(compound: Compound) -> list[Role]:
    """Every role of a compound's group, filled or not."""
    found: dict[str, list[Duty]] = {}
    rows = held().filter(compound=compound).select_related("person", "kind").order_by("pk")
    for duty in rows:
        found.setdefault(duty.kind_id, []).append(duty)
    return [Role(kind, found.get(kind.pk, [])) for kind in roles()]


def filled(compounds: Iterable[int]) -> dict[int, set[str]]:
    """Which roles are filled, by compound."""
    found: dict[int, set[str]] = {}
    rows = held().filter(compound__in=list(compounds)).values_list("compound_id", "kind_id")
    for compound, kind in rows:
        found.setdefault(compound, set()).add(kind)
    return found
