"""Questions about entitlements that pages and other rooms ask: set-based, plain answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from compounds.assignment.models import Assignment
from compounds.contracts.questions import contracts_with
from compounds.registry.models import Status
from subsidies.payees.models import PayeeAccount
from subsidies.programmes import questions as programmes

from . import gathering
from .models import (
    APPLY,
    APPROVE,
    ASSESS,
    CHECK,
    PUBLICISE,
    REVIEW,
    Entitlement,
    EntitlementStep,
    Objection,
)
from .services.courses import basis_at

State = Entitlement.State
# Whose turn it is: the state, the right, and who may not be the same person.
TURNS = (
    (State.DRAFT, APPLY, ()),
    (State.SUBMITTED, CHECK, ("prepared_by",)),
    (State.COMMUNITY_CHECKED, REVIEW, ("prepared_by", "checked_by")),
    (State.STREET_REVIEWED, ASSESS, ("prepared_by", "checked_by", "reviewed_by")),
    (State.DISTRICT_REVIEWED, PUBLICISE, ()),
    (State.PUBLICISED, APPROVE, ("prepared_by", "checked_by", "reviewed_by", "assessed_by")),
)


def handed_in_by(user) -> Exists:
    """Whether a person has handed an entitlement in: none of the later steps is his then."""
    steps = EntitlementStep.objects.filter(
        entitlement=OuterRef("pk"), act="FORWARD", to_state=State.SUBMITTED, by=user
    )
    return Exists(steps)


def waits_for(user, state: str = "", today: dt.date | None = None) -> Q:
    """Condition on entitlements whose next step is this person's.

    What is under notice waits from the day after it; the others from the step before.
    """
    found = Q(pk__in=())
    for one, right, others in TURNS:
        if (state and one != state) or not user.scope.has(right):
            continue
        own = Q(state=one) & user.scope.granted(right)
        for name in others:
            own &= ~Q(**{name: user})
        if others:
            own &= ~handed_in_by(user)
        if one == State.PUBLICISED and today is not None:
            own &= Q(notice__ends_on__lt=today)
        found |= own
    return found


# An assignment that has had its term is not offered once more.
HAD = (State.EXITED, State.CLOSED)


class Mismatch(NamedTuple):
    """Something that does not fit what was applied for or approved; an end is for people."""

    code: str
    words: str
    is_grave: bool = False


def exceptions_of(rows: Sequence[Entitlement], as_of: dt.date) -> dict[int, list[Mismatch]]:
    """By entitlement: what has changed since it was applied for. A handful of queries.

    Rows come with compound, provider, programme and assignment.
    """
    open_rows = [row for row in rows if row.state not in Entitlement.OVER]
    terms = programmes.terms_of({row.programme_id for row in open_rows})
    firms = {row.provider_id for row in open_rows}
    bars = gathering.barred_firms(firms, as_of)
    serving = gathering.active_assignments({row.compound_id for row in open_rows})
    contracts = contracts_with({row.compound_id: row.provider_id for row in open_rows}, as_of)
    accounts = set(
        PayeeAccount.objects.filter(
            provider__in=firms, state=PayeeAccount.State.CONFIRMED
        ).values_list("provider_id", flat=True)
    )
    objected = set(
        Objection.objects.filter(
            entitlement__in=[row.pk for row in open_rows], state=Objection.State.OPEN
        ).values_list("entitlement_id", flat=True)
    )
    # What was approved since by document counts, not what was applied for first.
    bases = basis_at(open_rows, dt.date.max)
    found: dict[int, list[Mismatch]] = {}
    for row in open_rows:
        own: list[Mismatch] = []
        if row.compound.status != Status.ACTIVE:
            own.append(Mismatch("GONE", _("The compound is no longer there."), True))
        active = serving.get(row.compound_id)
        if active is None or active.provider_id != row.provider_id:
            own.append(Mismatch("FIRM", _("The firm no longer serves this compound."), True))
        contract = contracts.get(row.compound_id)
        if row.state != State.DRAFT and (contract is None or not contract.is_in_force(as_of)):
            own.append(Mismatch("CONTRACT", _("No contract with the firm is in force."), True))
        until = row.provider.blacklisted_until
        if until and until >= as_of:
            own.append(
                Mismatch(
                    "BLACKLIST", _("The firm is blacklisted until %(day)s.") % {"day": until}, True
                )
            )
        if row.provider_id in bars:
            own.append(
                Mismatch(
                    "BARRED",
                    _("The firm may not apply until %(day)s.") % {"day": bars[row.provider_id]},
                    True,
                )
            )
        own += _basis(row, terms[row.programme_id], *bases.get(row.pk, (None, None)))
        if row.pk in objected:
            own.append(Mismatch("OBJECTION", _("An objection is not settled yet."), True))
        if row.provider_id not in accounts:
            own.append(Mismatch("ACCOUNT", _("The firm has no confirmed payee account yet.")))
        if own:
            found[row.pk] = own
    return found


def _basis(row: Entitlement, terms, area_m2, household_count) -> list[Mismatch]:
    """Area or households of the register that are no longer those that hold for it."""
    known = gathering.basis_of(terms, row.compound)
    found = []
    if known.needs_area and area_m2 is not None and known.area_m2 != area_m2:
        found.append(
            Mismatch(
                "AREA",
                _("The register says %(now)s m², the application %(then)s m².")
                % {"now": known.area_m2 if known.area_m2 else "—", "then": area_m2},
            )
        )
    if known.needs_households and known.household_count != household_count:
        found.append(
            Mismatch(
                "HOUSEHOLDS",
                _("The register says %(now)s households, the application %(then)s.")
                % {"now": known.household_count or "—", "then": household_count},
            )
        )
    return found


def may_apply():
    """Assignments in service by transition with subsidy that have none under way and had none."""
    taken = Entitlement.objects.open().values("compound")
    return (
        Assignment.objects.active()
        .filter(strategy="SUBSIDY_TRANSITION", compound__status=Status.ACTIVE)
        .exclude(compound__in=taken)
        .exclude(pk__in=Entitlement.objects.filter(state__in=HAD).values("assignment"))
        .select_related("compound", "compound__community", "provider")
        .order_by("compound__code")
    )


def applicable(user, right: str = APPLY):
    """Those of them for which somebody may apply."""
    return may_apply().filter(user.scope.granted(right))


def numbers_of(ids: Iterable[int]) -> dict[int, str]:
    """Application numbers by id."""
    return dict(Entitlement.objects.filter(pk__in=list(ids)).values_list("pk", "number"))
