"""Verbs of accruals."""

from .computing import carry_out, compute_run, continue_run, execute, recompute
from .confirming import Stated, confirm_all, confirm_days, decide_problem
from .deciding import approve_run, cancel_run, keys_of, return_run, submit_run
from .reversing import postings_of, reverse_line

__all__ = [
    "Stated",
    "approve_run",
    "cancel_run",
    "carry_out",
    "compute_run",
    "confirm_all",
    "confirm_days",
    "continue_run",
    "decide_problem",
    "execute",
    "keys_of",
    "postings_of",
    "recompute",
    "return_run",
    "reverse_line",
    "submit_run",
]
