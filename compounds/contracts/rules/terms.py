"""What a contract must hold, and must not, before it is signed (Civil Code 938, 941, 944)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as default
from decimal import Decimal

from django.utils.translation import gettext_noop as _

from .clocks import add_months

# S0-13: what fallback service holds at the least.
FALLBACK_ITEMS = ("REFUSE", "FACILITIES")
# §5.6: emergency service bridges a gap, no more.
EMERGENCY_MONTHS = 6
# Kinds that need no approved assignment: nobody comes from outside, single uses, an emergency.
WITHOUT_ASSIGNMENT = frozenset({"SELF", "SHARED", "EMERGENCY"})
FALLBACK_KINDS = frozenset({"PURCHASE"})


@dataclass(frozen=True)
class Item:
    """One service item: what kind, its price per use, and to whom it is passed on."""

    kind: str
    unit_price: Decimal | None = None
    subcontractor: str = ""


@dataclass(frozen=True)
class Cover:
    """A compound of the contract as the register and the assignment know it."""

    name: str
    area_m2: Decimal | None
    strategy: str = ""
    is_assigned: bool = False  # an approved or active assignment names this provider
    is_of_lot: bool = False


@dataclass(frozen=True)
class Terms:
    """A contract as it would be signed."""

    kind: str
    fee_mode: str
    starts_on: dt.date
    ends_on: dt.date | None
    has_provider: bool
    fee_per_m2: Decimal | None = None
    yearly_price: Decimal | None = None
    fee_note: str = ""
    quality: str = ""
    repair_fund: str = ""
    service_rooms: str = ""
    handover_terms: str = ""
    items: tuple[Item, ...] = ()
    covers: tuple[Cover, ...] = ()
    has_lot: bool = False
    lot_is_awarded: bool = False  # to this provider
    # Free texts by the name of their field; item descriptions under "items".
    texts: Mapping[str, str] = default(default_factory=dict)


@dataclass(frozen=True)
class Reason:
    """Why a contract cannot be signed: an English sentence, its values, its field, its law."""

    code: str
    words: str
    field: str = ""
    law: str = ""
    values: Mapping[str, object] = default(default_factory=dict)


# -- 944: no pressure by cutting supply ------------------------------------------------------------
_SUPPLY = r"(?:水|电|热|暖|气|燃气|煤气|供水|供电|供热|供暖|供气|门禁|电梯)"
_CUT = re.compile(
    rf"(?:停止?|断|限|切断|掐断|关停|中断|拉闸|关闭)(?:供应|提供|用|掉|其|该户|业主)?{_SUPPLY}"
    rf"|拉闸|限制用[水电热气]|(?:水|电|热|暖|气)(?:卡|表)?(?:停|断)(?:供|用|充)"
    r"|(?:cut|shut|turn|switch)(?:s|ting|ning)?\s+(?:off\s+)?(?:the\s+)?"
    r"(?:water|power|electricity|heat(?:ing)?|gas)",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"不得|不准|不许|不能|不应|不可|禁止|严禁|不以|不采取|不采用|绝不|不会|不再"
    r"|must not|never|may not|not (?:be )?(?:allowed|cut)",
    re.IGNORECASE,
)
_ARREARS = re.compile(
    r"欠|催[缴交费]|拖欠|逾期|拒[缴交不]|未[缴交]|不[缴交]|物业费|服务费|收费|追缴"
    r"|arrears|unpaid|overdue|does not pay|not paid|refuses? to pay",
    re.IGNORECASE,
)
_CLAUSES = re.compile(r"[。；;！!\n]+|\.\s")
_PARTS = re.compile(r"[，,]")
_OTHERWISE = re.compile(r"否则|or else|otherwise", re.IGNORECASE)


def cuts_supply(text: str, *, is_about_fees: bool = False) -> str:
    """The clause of a text that threatens to cut water, power, heat or gas over fees; else "".

    A clause that forbids it, or tells of works on the mains, is none. `is_about_fees`: the text
    as a whole speaks of fees, so that the threat alone is enough.
    Source: Civil Code 944.
    """
    for clause in _CLAUSES.split(text):
        if not (is_about_fees or _ARREARS.search(clause)):
            continue
        if any(_threatens(part) for part in _PARTS.split(clause)):
            return clause.strip()
    return ""


def _threatens(part: str) -> bool:
    """Whether words between two commas speak of cutting supply without forbidding it."""
    found = _CUT.search(part)
    if found is None:
        return False
    before = part[: found.start()]
    never = None
    for never in _NEVER.finditer(before):  # noqa: B007 - the last one counts
        pass
    return never is None or bool(_OTHERWISE.search(before[never.end() :]))


def edit_refusals(terms: Terms) -> tuple[Reason, ...]:
    """What not even a draft may say."""
    found = []
    for name, text in terms.texts.items():
        if clause := cuts_supply(text, is_about_fees=name == "fee_note"):
            found.append(
                Reason(
                    "CUTS_SUPPLY",
                    _(
                        "Fees are never collected by cutting water, power, heat or gas: "
                        "“%(clause)s” must go."
                    ),
                    name,
                    "944",
                    {"clause": clause[:60]},
                )
            )
    for name, value in (
        ("fee_per_m2", terms.fee_per_m2),
        ("yearly_price", terms.yearly_price),
    ):
        if value is not None and value < 0:
            found.append(Reason("NEGATIVE", _("A price cannot be below zero."), name))
    if terms.ends_on and terms.ends_on < terms.starts_on:
        found.append(
            Reason("ENDS_BEFORE", _("The contract would end before it begins."), "ends_on")
        )
    if terms.kind == "EMERGENCY" and _is_longer_than(terms, EMERGENCY_MONTHS):
        found.append(
            Reason(
                "EMERGENCY_TERM",
                _("Emergency service lasts %(months)s months at most."),
                "ends_on",
                values={"months": EMERGENCY_MONTHS},
            )
        )
    if terms.has_provider and terms.kind == "SELF":
        found.append(
            Reason("SELF_ALONE", _("Residents who manage themselves have no party B."), "provider")
        )
    if not terms.has_provider and terms.kind != "SELF":
        found.append(Reason("NO_PROVIDER", _("Say who the provider is."), "provider"))
    return tuple(found)


def _is_longer_than(terms: Terms, months: int) -> bool:
    if terms.ends_on is None:
        return True
    return terms.ends_on >= add_months(terms.starts_on, months)


def signing_refusals(terms: Terms) -> tuple[Reason, ...]:
    """Everything that keeps a contract from being signed; empty if it may be.

    Source: Civil Code 938 (content), 941 (no full transfer, no splitting of all), S0-13.
    """
    return (*edit_refusals(terms), *_content(terms), *_price(terms), *_passing_on(terms),
            *_covered(terms))  # fmt: skip


def _content(terms: Terms) -> Iterable[Reason]:
    if not terms.items:
        yield Reason("NO_ITEMS", _("Say which services are provided."), "items", "938")
    if not terms.quality:
        yield Reason("NO_QUALITY", _("Say to which quality."), "quality", "938")
    asked = (
        ("repair_fund", _("Say how the repair fund is used, or that there is none.")),
        ("service_rooms", _("Say which rooms serve the service, or that there are none.")),
        ("handover_terms", _("Say how the compound is handed over, at the start and at the end.")),
    )
    # Single uses and self-management hand nothing over and touch no fund.
    if terms.kind in ("SHARED", "SELF"):
        return
    for name, words in asked:
        if not getattr(terms, name):
            yield Reason(f"NO_{name.upper()}", words, name, "938")


def _price(terms: Terms) -> Iterable[Reason]:
    """The fee standard and how it is collected, by the way of charging."""
    if terms.fee_mode in ("LUMP_SUM", "REMUNERATION"):
        if terms.fee_per_m2 is None:
            yield Reason("NO_FEE", _("Give the fee standard."), "fee_per_m2", "938")
    elif terms.fee_mode == "PURCHASED":
        if terms.yearly_price is None:
            yield Reason("NO_PRICE", _("Give the price a year."), "yearly_price", "938")
    elif any(item.unit_price is None for item in terms.items) and terms.fee_mode == "PER_USE":
        yield Reason("NO_UNIT_PRICE", _("Give each item its price per use."), "items", "938")
    if terms.fee_mode in ("LUMP_SUM", "REMUNERATION", "PER_USE") and not terms.fee_note:
        yield Reason(
            "NO_COLLECTION", _("Say how and when the fee is collected."), "fee_note", "938"
        )


def _passing_on(terms: Terms) -> Iterable[Reason]:
    passed = {item.subcontractor for item in terms.items if item.subcontractor}
    if not terms.items or any(not item.subcontractor for item in terms.items):
        return
    words = (
        _("The whole service would pass to %(name)s. Only single items may be passed on.")
        if len(passed) == 1
        else _("Every item would pass to somebody else. Only single items may be passed on.")
    )
    yield Reason("PASSED_ON", words, "items", "941", {"name": next(iter(passed))})


def _covered(terms: Terms) -> Iterable[Reason]:
    if not terms.covers:
        yield Reason("NO_COMPOUND", _("Say which compounds the contract covers."), "compounds")
    if terms.fee_mode in ("LUMP_SUM", "REMUNERATION"):
        for cover in terms.covers:
            if cover.area_m2 is None:
                yield Reason(
                    "NO_AREA",
                    _("The chargeable area of %(name)s is not known. Enter it."),
                    "compounds",
                    "938",
                    {"name": cover.name},
                )
    if terms.kind not in WITHOUT_ASSIGNMENT:
        for cover in terms.covers:
            if not cover.is_assigned:
                yield Reason(
                    "NOT_ASSIGNED",
                    _("No approved assignment names this provider for %(name)s."),
                    "compounds",
                    values={"name": cover.name},
                )
    yield from _of_lot(terms)
    is_fallback = terms.kind in FALLBACK_KINDS or any(
        cover.strategy == "FALLBACK" for cover in terms.covers
    )
    missing = [kind for kind in FALLBACK_ITEMS if kind not in {item.kind for item in terms.items}]
    if is_fallback and missing and terms.kind != "SHARED":
        yield Reason(
            "FALLBACK_ITEMS",
            _("Fallback service holds at least refuse removal and upkeep of facilities."),
            "items",
        )


def _of_lot(terms: Terms) -> Iterable[Reason]:
    """A contract of a lot comes after the award and covers compounds of the lot alone (S4-10)."""
    if terms.kind == "LOT" and not terms.has_lot:
        yield Reason("NO_LOT", _("Say which lot the contract is for."), "lot")
    if not terms.has_lot:
        return
    if terms.kind == "LOT" and not terms.lot_is_awarded:
        yield Reason("NOT_AWARDED", _("The lot has not been awarded to this provider."), "lot")
    for cover in terms.covers:
        if not cover.is_of_lot:
            yield Reason(
                "NOT_OF_LOT",
                _("%(name)s does not belong to the lot."),
                "compounds",
                values={"name": cover.name},
            )
