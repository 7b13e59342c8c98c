"""Verbs of entitlements: applied for, checked, reviewed, publicised, approved, ended."""

from .annual import approve_annual, prepare_annual, refuse_annual
from .applying import Application, apply, apply_many, edit_application, submit
from .approving import approve
from .chain import (
    assess,
    check,
    reject,
    return_entitlement,
    return_many,
    review,
    withdraw,
)
from .notices import publicise, record_objection, settle_objection
from .running import close, end, resume, suspend

__all__ = [
    "Application",
    "apply",
    "apply_many",
    "approve",
    "approve_annual",
    "assess",
    "check",
    "close",
    "edit_application",
    "end",
    "prepare_annual",
    "publicise",
    "record_objection",
    "refuse_annual",
    "reject",
    "resume",
    "return_entitlement",
    "return_many",
    "review",
    "settle_objection",
    "submit",
    "suspend",
    "withdraw",
]
