"""Verbs of the providers' room."""

from .invitations import (
    RIGHT,
    check_answer,
    invite_many,
    invite_providers,
    next_round,
    record_answer,
    record_answers,
)

__all__ = [
    "RIGHT",
    "check_answer",
    "invite_many",
    "invite_providers",
    "next_round",
    "record_answer",
    "record_answers",
]
