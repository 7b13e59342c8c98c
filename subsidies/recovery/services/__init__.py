"""Verbs of the end of a subsidy: exit reviewed and approved, money claimed back and received."""

from .clawbacks import (
    appeal,
    cancel_clawback,
    decide_appeal,
    notify,
    propose_clawback,
    reckon,
)
from .exits import approve_exit, edit_exit, end_approved, propose_exit, refuse_exit
from .instalments import plan_instalments, receive
from .nightly import run_recovery

__all__ = [
    "appeal",
    "approve_exit",
    "cancel_clawback",
    "decide_appeal",
    "edit_exit",
    "end_approved",
    "notify",
    "plan_instalments",
    "propose_clawback",
    "propose_exit",
    "receive",
    "reckon",
    "refuse_exit",
    "run_recovery",
]
