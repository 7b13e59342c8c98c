"""Norms of cost and staff: which is in force, and what a district starts from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

POSTS, COST, PERCENT = "POSTS", "COST", "PERCENT"


@dataclass(frozen=True)
class Norm:
    """One norm, of a district or of one firm.

    POSTS: one post for every `quantity` of `measure` at `monthly_wage`. COST: `amount` yuan a
    year for one of `measure`. PERCENT: `percent` of all wages (insurance, overhead, tax).
    `evidence`: VERIFIED (a published table), GUESS (to be replaced by the district's own).
    """

    item: str
    name: Any
    kind: str
    measure: str
    quantity: Decimal | None = None
    monthly_wage: Decimal | None = None
    amount: Decimal | None = None
    percent: Decimal | None = None
    source: Any = ""
    evidence: str = "STATED"
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None
    is_own: bool = False  # of the firm itself
    pk: int | None = None


def posts_for(norm: Norm, measured: Decimal | int) -> Decimal:
    """Posts that so much needs, unrounded: whole people are the reader's business."""
    return Decimal(measured) / norm.quantity if norm.quantity else Decimal(0)


def in_force(norms: Iterable[Norm], as_of: dt.date) -> tuple[Norm, ...]:
    """One norm an item: a firm's own before the district's, and the newest of those in force."""
    found: dict[str, Norm] = {}
    for norm in norms:
        if norm.valid_from and norm.valid_from > as_of:
            continue
        if norm.valid_until and norm.valid_until < as_of:
            continue
        known = found.get(norm.item)
        if known is None or _rank(norm) > _rank(known):
            found[norm.item] = norm
    return tuple(found.values())


def _rank(norm: Norm) -> tuple:
    return (norm.is_own, norm.valid_from or dt.date.min, norm.pk or 0)


TABLE = _("industry reference table, level 4 (lowest)")
ASSUMED = _("assumption; replace it by the district's own figure")
WAGE = Decimal("2800.00")  # within 2,200 to 3,500 yuan a month (§4.2)


def _posts(item: str, name, measure: str, quantity: str) -> Norm:
    return Norm(
        item, name, POSTS, measure, quantity=Decimal(quantity), monthly_wage=WAGE, source=TABLE,
        evidence="VERIFIED",
    )  # fmt: skip


def _cost(item: str, name, measure: str, amount: str) -> Norm:
    return Norm(item, name, COST, measure, amount=Decimal(amount), source=ASSUMED, evidence="GUESS")


# What a district starts from. Staff: the middle of the ranges of level 4 (§4.2); the rest are
# guesses that stand until the district enters its own.
DEFAULTS = (
    _posts("CUSTOMER_SERVICE", _("customer service"), "HOUSEHOLDS", "750"),
    _posts("CLEANING", _("cleaning"), "FLOOR_AREA", "15000"),
    _posts("ORDER", _("order keeping"), "FLOOR_AREA", "13500"),
    _posts("GREENING", _("greening"), "GREEN_AREA", "27500"),
    _posts("REPAIR", _("repair"), "FLOOR_AREA", "37500"),
    _cost("MATERIALS", _("materials"), "FLOOR_AREA", "0.20"),
    _cost("UTILITIES", _("water and electricity"), "FLOOR_AREA", "0.15"),
    _cost("REFUSE", _("refuse removal"), "HOUSEHOLDS", "36.00"),
    _cost("LIFT", _("upkeep of lifts"), "LIFTS", "4800.00"),
    _cost("INSURANCE", _("insurance"), "COMPOUNDS", "500.00"),
    Norm("OVERHEAD", _("social insurance and overhead"), PERCENT, "WAGES", percent=Decimal("20.00"),
         source=ASSUMED, evidence="GUESS"),
    Norm("TAX", _("taxes"), PERCENT, "WAGES", percent=Decimal("1.00"), source=ASSUMED,
         evidence="GUESS"),
)  # fmt: skip
