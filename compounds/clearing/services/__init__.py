"""Verbs of the campaign."""

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
    "advance_case",
    "advance_many",
    "approve_many",
    "confirm_case",
    "confirm_many",
    "leave_campaign",
    "open_cases",
    "preview",
    "reenter_campaign",
    "resume_case",
    "return_case",
    "suspend_case",
]
