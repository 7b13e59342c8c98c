"""Verbs of the campaign."""

from .deadlines import set_deadline
from .papers import add_consultation, change_consultation, record_acceptance, write_plan
from .steps import (
    advance_case,
    advance_many,
    approve_many,
    confirm_case,
    confirm_many,
    leave_campaign,
    open_cases,
    preview,
    reenter_campaign,
    resume_case,
    return_case,
    suspend_case,
)

__all__ = [
    "add_consultation",
    "advance_case",
    "advance_many",
    "approve_many",
    "change_consultation",
    "confirm_case",
    "confirm_many",
    "leave_campaign",
    "open_cases",
    "preview",
    "record_acceptance",
    "reenter_campaign",
    "resume_case",
    "return_case",
    "set_deadline",
    "suspend_case",
    "write_plan",
]
