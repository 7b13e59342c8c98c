"""Writing facts one at a time: firms and their bases, party organisations, norms and scales."""

from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from governance.audit import services as audit
from governance.foundation import dates, history
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.foundation.locks import for_update

from . import rules
from .models import (
    CostNorm,
    FirmOrganisation,
    Provider,
    ProviderBase,
    RatingEntry,
    StaffGroup,
    Standard,
)

EDIT = "provider.edit"


@transaction.atomic
def add_provider(*, by, facts: dict[str, Any]) -> Provider:
    """Enter a provider. Raises NotAllowed, ValidationError."""
    provider = Provider(**facts)
    _require_district(by, provider)
    provider = _add(provider, by=by, facts=facts)
    _keep_rating(provider, by=by)
    return provider


def _keep_rating(provider: Provider, *, by) -> None:
    """A rating typed with the other facts is one that was issued: it joins the others."""
    newest = provider.ratings.order_by("-issued_on", "-pk").first()
    if provider.rating and (newest is None or newest.rating != provider.rating):
        RatingEntry.objects.create(
            provider=provider, rating=provider.rating, issued_on=dates.today(), by=by
        )


@transaction.atomic
def change_provider(*, by, provider: Provider, version: int, changes: dict[str, Any]) -> Provider:
    """Correct a provider. Raises NotAllowed, StaleRecord, ValidationError."""
    row = for_update(Provider.objects).get(pk=provider.pk)
    _require_district(by, row)
    if changes.get("party_form", row.party_form) != row.party_form and (
        "party_organisation" not in changes
    ):
        changes = {**changes, "party_organisation": None}
    if "rating" in changes and row.rating and not changes["rating"]:
        raise DomainError(_("A rating stays until a newer one is issued."), field="rating")
    row = _change(row, version, changes, by=by)
    _require_district(by, row)
    _keep_rating(row, by=by)
    return row


@transaction.atomic
def set_staff(*, by, provider: Provider, version: int, counts: dict[str, int | None]) -> Provider:
    """Say how many people of a firm do what; groups without a number are left out.

    Raises NotAllowed, StaleRecord.
    """
    row = _locked(provider.pk)
    _require_district(by, row)
    if row.version != version:
        raise StaleRecord(current=row)
    before = dict(row.staff_groups.values_list("group", "count"))
    after = {group: count for group, count in counts.items() if count is not None}
    if before == after:
        return row
    row.staff_groups.all().delete()
    StaffGroup.objects.bulk_create(
        StaffGroup(provider=row, group=group, count=count) for group, count in after.items()
    )
    _touch(row, by=by)
    changed = {
        str(StaffGroup.Group(group).label): [before.get(group), after.get(group)]
        for group in StaffGroup.Group.values
        if before.get(group) != after.get(group)
    }
    audit.record("staff", row, by=by, changes=changed)
    return row


@transaction.atomic
def remove_base(*, by, base: ProviderBase, version: int) -> None:
    """Take a base away.  Raises NotAllowed, StaleRecord."""
    owner = _locked(base.provider_id)  # the firm before what belongs to it
    row = for_update(ProviderBase.objects).get(pk=base.pk)
    _require_district(by, owner)
    if row.version != version:
        raise StaleRecord(current=row)
    name = row.name
    row.delete()
    _touch(owner, by=by)
    audit.record("remove_base", owner, by=by, changes={"base": [name, None]})


# -- what belongs to a whole district ------------------------------------------------------------
@transaction.atomic
def add_organisation(*, by, facts: dict[str, Any]) -> FirmOrganisation:
    """Enter a party organisation of firms.  Raises NotAllowed, ValidationError."""
    return _add_shared(FirmOrganisation(**facts), by=by, facts=facts)


@transaction.atomic
def change_organisation(
    *, by, organisation: FirmOrganisation, version: int, changes: dict[str, Any]
) -> FirmOrganisation:
    """Correct an organisation. Its form stays while firms are in it.

    Raises NotAllowed, StaleRecord, DomainError, ValidationError.
    """
    row = _locked_shared(organisation, by=by)
    if changes.get("form", row.form) != row.form and row.firms.exists():
        raise DomainError(
            _("Firms are in this organisation, so its form stays. Change the firms first."),
            field="form",
        )
    return _change(row, version, changes, by=by)


@transaction.atomic
def add_norm(*, by, facts: dict[str, Any]) -> CostNorm:
    """Enter a norm of cost.  Raises NotAllowed, ValidationError."""
    return _add_shared(CostNorm(**facts), by=by, facts=facts)


@transaction.atomic
def change_norm(*, by, norm: CostNorm, version: int, changes: dict[str, Any]) -> CostNorm:
    """Correct or end a norm.  Raises NotAllowed, StaleRecord, ValidationError."""
    return _change(_locked_shared(norm, by=by), version, changes, by=by)


@transaction.atomic
def adopt_norms(*, by, district, valid_from) -> int:
    """Take the reference norms over as the district's own, to be corrected; how many.

    Raises NotAllowed, DomainError (the district has norms already).
    """
    if district.pk not in by.scope.in_districts(EDIT):
        raise NotAllowed
    for_update(type(district).objects).get(pk=district.pk)
    if CostNorm.objects.filter(district=district, provider=None).exists():
        raise DomainError(_("The district has norms already."))
    rows = [
        CostNorm(
            district=district,
            item=norm.item,
            kind=norm.kind,
            measure=norm.measure,
            quantity=norm.quantity,
            monthly_wage=norm.monthly_wage,
            amount=norm.amount,
            percent=norm.percent,
            source=str(norm.source),
            evidence=norm.evidence,
            valid_from=valid_from,
        )
        for norm in rules.DEFAULTS
    ]
    for row in rows:
        row.full_clean()
    CostNorm.objects.bulk_create(rows)
    acts = [
        audit.act_on("add", row, {"source": [None, row.source]})
        for row in CostNorm.objects.filter(district=district, provider=None).order_by("pk")
    ]
    audit.record_many(acts, by=by)
    return len(rows)


@transaction.atomic
def add_standard(*, by, facts: dict[str, Any]) -> Standard:
    """Enter a scale of standing from a day on.  Raises NotAllowed, ValidationError."""
    return _add_shared(Standard(**facts), by=by, facts=facts)


@transaction.atomic
def change_standard(*, by, standard: Standard, version: int, changes: dict[str, Any]) -> Standard:
    """Correct a scale.  Raises NotAllowed, StaleRecord, ValidationError."""
    return _change(_locked_shared(standard, by=by), version, changes, by=by)


def _add_shared(row, *, by, facts: dict[str, Any]):
    _require_district(by, row)
    return _add(row, by=by, facts=facts)


def _locked_shared(row, *, by):
    found = for_update(type(row).objects).get(pk=row.pk)
    _require_district(by, found)
    return found


@transaction.atomic
def add_base(*, by, facts: dict[str, Any]) -> ProviderBase:
    """Enter a place a provider works from. Raises NotAllowed, ValidationError."""
    base = ProviderBase(**facts)
    owner = _locked(base.provider_id)
    _require_district(by, owner)
    base = _add(base, by=by, facts=facts)
    _touch(owner, by=by)
    return base


@transaction.atomic
def change_base(*, by, base: ProviderBase, version: int, changes: dict[str, Any]) -> ProviderBase:
    """Correct a base. Raises NotAllowed, StaleRecord, ValidationError."""
    row = for_update(ProviderBase.objects).get(pk=base.pk)
    former, opened = row.provider_id, row.version
    _require_district(by, row.provider)
    row = _change(row, version, changes, by=by)
    _require_district(by, row.provider)
    if row.version != opened:
        for pk in sorted({former, row.provider_id}):
            _touch(_locked(pk), by=by)
    return row


def _require_district(by, row) -> None:
    if row.district_id not in by.scope.in_districts(EDIT):
        raise NotAllowed


def _locked(pk: int) -> Provider:
    return for_update(Provider.objects).get(pk=pk)


def _touch(provider: Provider, *, by) -> None:
    """A new version of the provider: its bases are part of what an import wrote and may undo."""
    provider.version += 1
    history.signed(provider, by=by).save()


def _add(row: models.Model, *, by, facts: dict[str, Any]):
    if hasattr(row, "place"):
        row.place()
    row.full_clean()
    row.save()
    changes = {name: [None, _plain(value)] for name, value in facts.items() if value not in ("",)}
    audit.record("add", row, by=by, changes=changes)
    return row


def _change(row, version: int, changes: dict[str, Any], *, by):
    if row.version != version:
        raise StaleRecord(current=row)
    before = {name: getattr(row, name) for name in changes}
    changed = {name: value for name, value in changes.items() if before[name] != value}
    if not changed:
        return row
    for name, value in changed.items():
        setattr(row, name, value)
    row.version += 1
    row.full_clean()
    row.save()
    noted = {name: [_plain(before[name]), _plain(value)] for name, value in changed.items()}
    audit.record("change", row, by=by, changes=noted)
    return row


def _plain(value):
    return str(value) if isinstance(value, models.Model) else value
