"""What a change by document must meet, when it is proposed and once more when it is approved."""

from __future__ import annotations

from django.utils.translation import gettext as _

from governance.foundation.errors import DomainError
from subsidies.ledger import questions as ledger_questions

from .. import rules
from ..models import Entitlement, TermChange
from .courses import Kind, State, accrued_months, basis_at, fundings_at

CHANGEABLE = (Entitlement.State.APPROVED, Entitlement.State.SUSPENDED)
LONGEST = 120  # months of a term, as a programme's own


def check_proposal(row: Entitlement, change: TermChange, terms) -> None:
    """Raise DomainError unless a change may be proposed, and approved still."""
    if change.kind == Kind.EXTENSION:
        if not change.months:
            raise DomainError(_("Say how many months more."), field="months")
        if row.months + change.months > LONGEST:
            raise DomainError(
                _("A term has %(most)s months at most.") % {"most": LONGEST}, field="months"
            )
        if change.from_month != rules.add_months(rules.first_of(row.ends_on), 1):
            raise DomainError(_("The term has been changed meanwhile: propose it anew."))
        return
    first, last = rules.first_of(row.starts_on), rules.first_of(row.ends_on)
    if not first <= change.from_month <= last:
        raise DomainError(_("This month is not within the term."), field="from_month")
    accrued = accrued_months(row.number, row.district_id)
    if any(month >= change.from_month for month in accrued):
        raise DomainError(
            _("The month %(month)s is accrued already; a change begins after it.")
            % {"month": f"{max(accrued):%Y-%m}"},
            field="from_month",
        )
    later = row.changes.filter(
        kind=change.kind, state=State.APPROVED, from_month__gte=change.from_month
    ).exclude(pk=change.pk)
    if change.kind == Kind.FUNDING:
        later = later.filter(payer=change.payer, from_month__year=change.from_month.year)
    if later.exists():
        raise DomainError(
            _("A later change of this kind is approved already: begin after it."),
            field="from_month",
        )
    (_check_basis if change.kind == Kind.BASIS else _check_funding)(row, change, terms)


def _check_basis(row: Entitlement, change: TermChange, terms) -> None:
    if change.area_m2 is None and change.household_count is None:
        raise DomainError(_("Give the new area or number of households."), field="area_m2")
    area, households = basis_at([row], change.from_month)[row.pk]
    if change.area_m2 in (None, area) and change.household_count in (None, households):
        raise DomainError(_("Nothing changes: this basis holds already."), field="area_m2")


def _check_funding(row: Entitlement, change: TermChange, terms) -> None:
    indicator = change.indicator
    if indicator is None or indicator.district_id != row.district_id:
        raise DomainError(_("Name the indicator that pays from then on."), field="indicator")
    if change.payer not in {share.payer for share in terms.shares}:
        raise DomainError(_("By the programme this payer bears no share of it."), field="payer")
    if indicator.payer != change.payer:
        raise DomainError(
            _("The indicator %(number)s is money of another payer.") % {"number": indicator.number},
            field="indicator",
        )
    if indicator.street_id is not None and indicator.street_id != row.street_id:
        raise DomainError(
            _("The indicator %(number)s is money of another street.")
            % {"number": indicator.number},
            field="indicator",
        )
    year = change.from_month.year
    if year not in ledger_questions.years_borne([indicator.pk])[indicator.pk]:
        raise DomainError(
            _(
                "Months of %(year)s are paid by an indicator of %(year)s: %(number)s is of the"
                " budget of %(other)s."
            )
            % {"year": year, "number": indicator.number, "other": indicator.line.year},
            field="indicator",
        )
    now = {one.payer: one for one in fundings_at([row.pk], change.from_month).get(row.pk, ())}
    if change.payer not in now:
        raise DomainError(
            _("The year %(year)s is not committed yet: commit the year first.") % {"year": year},
            field="from_month",
        )
    if now[change.payer].indicator_id == indicator.pk:
        raise DomainError(_("This indicator pays for it already."), field="indicator")
