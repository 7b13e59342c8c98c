"""Verbs of the assignment room."""

from ..models import APPROVE, PROPOSE, REVIEW
from .bindings import add_lock, record_refusal, release_lock, release_refusal
from .chain import (
    approve_assignment,
    approve_many,
    return_assignment,
    return_many,
    review_assignment,
    review_many,
    withdraw_assignment,
)
from .handover import edit_handover, start_handover
from .past import PastAssignment, PastStep, record_past, take_back_past
from .proposing import Judgement, Proposal, judge_many, propose_assignment, propose_many
from .serving import activate_assignment, end_assignment, replace_assignment

__all__ = [
    "APPROVE",
    "PROPOSE",
    "REVIEW",
    "Judgement",
    "PastAssignment",
    "PastStep",
    "Proposal",
    "activate_assignment",
    "add_lock",
    "approve_assignment",
    "approve_many",
    "edit_handover",
    "end_assignment",
    "judge_many",
    "propose_assignment",
    "propose_many",
    "record_past",
    "record_refusal",
    "release_lock",
    "release_refusal",
    "replace_assignment",
    "return_assignment",
    "return_many",
    "review_assignment",
    "review_many",
    "start_handover",
    "take_back_past",
    "withdraw_assignment",
]
