"""Verbs of the contracts' room."""

from .common import EDIT, FILE, LOT, may_file
from .drafting import (
    cancel_contract,
    create_contract,
    edit_contract,
    return_contract,
    sign_contract,
)
from .running import decide_renewal, end_contract, end_gone, file_contract, give_notice

__all__ = [
    "EDIT",
    "FILE",
    "LOT",
    "cancel_contract",
    "create_contract",
    "decide_renewal",
    "edit_contract",
    "end_contract",
    "end_gone",
    "file_contract",
    "give_notice",
    "may_file",
    "return_contract",
    "sign_contract",
]
