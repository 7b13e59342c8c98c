"""What verbs of this room share: locks, the place of a contract, its steps and its next version."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from compounds.assignment.models import Assignment
from compounds.providers.models import BlacklistEntry, Provider
from compounds.registry.models import Compound
from governance.audit import services as audit
from governance.foundation import dates, history
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.locks import for_update

from .. import rules
from ..errors import Refused
from ..models import Contract, ContractCompound, ContractStep

EDIT = "contract.edit"
FILE = "contract.file"
LOT = "contract.lot"

State, Kind, Verb = Contract.State, Contract.Kind, ContractStep.Verb
PLACE = ("district_id", "street_id", "community_id")
# What the parties write down; state, clocks and steps are set by acts.
EDITABLE = (
    "number",
    "kind",
    "provider",
    "lot",
    "party_a",
    "party_a_name",
    "starts_on",
    "ends_on",
    "fee_mode",
    "fee_per_m2",
    "fee_note",
    "parking_fee",
    "yearly_price",
    "quality",
    "repair_fund",
    "service_rooms",
    "handover_terms",
    "dunning",
    "document",
)
ITEM_FACTS = ("kind", "description", "frequency", "quality", "unit_price", "subcontractor")
TEXTS = ("fee_note", "quality", "repair_fund", "service_rooms", "handover_terms")
# The states of an assignment by which a contract may be signed.
ASSIGNED = (Assignment.State.DISTRICT_APPROVED, Assignment.State.ACTIVE)


def may_file(user, contract: Contract) -> bool:
    """The street files; what covers several streets is filed by the district's officer."""
    if contract.street_id is None:
        return user.scope.can(LOT, contract)
    return user.scope.can(FILE, contract)


def locked(by, contract: Contract, version: int, right: str = EDIT) -> Contract:
    """The contract's row, locked, for who may. Raises NotAllowed, StaleRecord."""
    row = for_update(Contract.objects).get(pk=contract.pk)
    by.scope.require(right, row)
    if row.version != version:
        raise StaleRecord(current=row)
    return row


def place_together(row, compounds: Iterable[Compound]) -> None:
    """Put a row where all its compounds lie: their community, else street, else district."""
    places = [tuple(getattr(one, name) for name in PLACE) for one in compounds]
    for index, name in enumerate(PLACE):
        ids = {place[index] for place in places}
        setattr(row, name, next(iter(ids)) if len(ids) == 1 else None)


def not_to_come(day: dt.date | None, field: str) -> None:
    if day is not None and day > dates.today():
        raise DomainError(_("This day lies in the future."), field=field)


def course_of(contract: Contract) -> rules.Course:
    """The contract as its clocks read it."""
    return rules.Course(
        state=contract.state,
        signed_on=contract.signed_on,
        starts_on=contract.starts_on,
        ends_on=contract.ends_on,
        renewal=contract.renewal,
        notice_on=contract.notice_on,
        notice_by_provider=contract.notice_by_provider,
        ended_on=contract.ended_on,
    )


def settle(contract: Contract) -> None:
    """Set what follows from the rest: the day by which the next duty is due."""
    contract.due_on = rules.due_day(course_of(contract), settings.CONTRACT_FILING_DAYS)


def store(contract: Contract, *, by, reason: str = "") -> None:
    """Write a contract with its next version; its covers grow along, so that imports notice."""
    settle(contract)
    if contract.pk:
        contract.version += 1
    contract.clean_fields(exclude=PLACE_FIELDS)
    try:
        contract.validate_constraints()
    except ValidationError as error:
        raise ValidationError({_field_of(error): error.messages}) from error
    try:
        with transaction.atomic():
            history.signed(contract, by=by, reason=reason).save()
    except IntegrityError as error:
        raise ValidationError(
            {"number": _("A contract of this number is already there.")}
        ) from error
    contract.covers.update(version=F("version") + 1)


PLACE_FIELDS = ("district", "street", "community")


def _field_of(error: ValidationError) -> str:
    words = str(error)
    return "ends_on" if str(_("The contract would end before it begins.")) in words else "number"


def step(
    contract: Contract,
    verb: str,
    *,
    by,
    on: dt.date,
    document: str = "",
    reason: str = "",
    batch: str = "",
) -> ContractStep:
    """Write down what has happened; never changed afterwards."""
    row = ContractStep(
        contract=contract,
        verb=verb,
        on=on,
        at=timezone.now(),
        by=by,
        post=post_of(by, contract),
        document=document,
        reason=reason,
        batch=batch,
    )
    row.clean_fields(exclude=["contract", "by"])
    row.save()
    return row


def post_of(by, row) -> str:
    """The post by which somebody acts on a placed row."""
    for grant in by.scope.grants:
        if grant.area in (row.district_id, row.street_id, row.community_id):
            return f"{grant.area_name}·{grant.role}"
    return by.scope.title[:200]


def told(values: dict[str, Any]) -> dict[str, Any]:
    """Values as the log keeps them: other records by their names."""
    return {
        name: str(value) if hasattr(value, "_meta") else value for name, value in values.items()
    }


def refuse(reasons: Sequence[rules.Reason]) -> None:
    if reasons:
        raise Refused(reasons)


# -- what the register, the assignments and the firms say ------------------------------------------
def is_blacklisted(provider: Provider, on: dt.date) -> bool:
    """Whether a firm stood on the blacklist on a day, whatever has become of it since."""
    rows = BlacklistEntry.objects.filter(
        provider=provider, term_from__lte=on, term_until__gte=on
    ).filter(Q(state__in=["IN_FORCE", "ENDED"]) | Q(state="LIFTED", lifted_on__gt=on))
    return rows.exists()


def assignments_for(provider_id: int | None, compound_ids: Iterable[int]) -> dict[int, Assignment]:
    """By compound: the approved or active assignment that names a provider."""
    if provider_id is None:
        return {}
    rows = Assignment.objects.filter(
        compound__in=list(compound_ids), provider=provider_id, state__in=ASSIGNED
    ).order_by("pk")
    return {row.compound_id: row for row in rows}


def covers_of(contract: Contract) -> list[ContractCompound]:
    return list(
        contract.covers.select_related("compound", "assignment").order_by("compound__code", "pk")
    )


def terms_of(contract: Contract) -> rules.Terms:
    """The contract as it would be signed, with what other rooms know of its compounds."""
    covers = covers_of(contract)
    items = list(contract.items.order_by("pk"))
    found = assignments_for(contract.provider_id, [cover.compound_id for cover in covers])
    members = (
        set(contract.lot.members.filter(left_on=None).values_list("compound_id", flat=True))
        if contract.lot_id
        else set()
    )
    texts = {name: getattr(contract, name) for name in TEXTS}
    texts["items"] = "。".join(f"{item.description}，{item.quality}" for item in items)
    return rules.Terms(
        kind=contract.kind,
        fee_mode=contract.fee_mode,
        starts_on=contract.starts_on,
        ends_on=contract.ends_on,
        has_provider=contract.provider_id is not None,
        fee_per_m2=contract.fee_per_m2,
        yearly_price=contract.yearly_price,
        items=tuple(
            rules.Item(item.kind, item.unit_price, item.subcontractor.strip()) for item in items
        ),
        covers=tuple(
            rules.Cover(
                name=cover.compound.name,
                area_m2=cover.area_m2,
                strategy=found[cover.compound_id].strategy if cover.compound_id in found else "",
                is_assigned=cover.compound_id in found,
                is_of_lot=cover.compound_id in members,
            )
            for cover in covers
        ),
        has_lot=contract.lot_id is not None,
        lot_is_awarded=contract.lot_id is not None
        and contract.lot.taken_on is not None
        and contract.lot.provider_id == contract.provider_id,
        texts=texts,
        **{name: getattr(contract, name) for name in TEXTS},
    )


def record(verb: str, contract: Contract, *, by, changes: dict, reason: str = "") -> None:
    audit.record(verb, contract, by=by, changes=told_changes(changes), reason=reason)


def told_changes(changes: dict) -> dict:
    return {name: [_plain(a), _plain(b)] for name, (a, b) in changes.items()}


def _plain(value):
    return str(value) if hasattr(value, "_meta") else value
