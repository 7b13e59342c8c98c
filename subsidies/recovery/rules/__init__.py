"""Pure rules of the end of a subsidy: months left, self-sufficiency, claims, instalments."""

from .claims import Claim, ClaimLine, Paid, Refusal, claim_amount, fine_refusal, reduced
from .instalments import Part, plan_refusals
from .terms import (
    WARN_DAYS,
    Months,
    end_refusal,
    held_for,
    last_month_from,
    latest_end_warned,
    months_later,
    months_of,
    warns_from,
)

__all__ = [
    "WARN_DAYS",
    "Claim",
    "ClaimLine",
    "Months",
    "Paid",
    "Part",
    "Refusal",
    "claim_amount",
    "end_refusal",
    "fine_refusal",
    "held_for",
    "last_month_from",
    "latest_end_warned",
    "months_later",
    "months_of",
    "plan_refusals",
    "reduced",
    "warns_from",
]
