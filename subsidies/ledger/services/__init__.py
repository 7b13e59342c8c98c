"""Verbs of the ledger."""

from ..errors import BooksClosed, KeyTaken, Overdrawn
from ..rules import Holder, Line, Place
from .budgets import (
    add_indicator,
    add_line,
    confirm_movement,
    edit_indicator,
    edit_line,
    prepare_movement,
    refuse_movement,
    reverse_movement,
)
from .closing import NotClosed, close, reopen
from .posting import lock_book, post, reverse

__all__ = [
    "BooksClosed",
    "Holder",
    "KeyTaken",
    "Line",
    "NotClosed",
    "Overdrawn",
    "Place",
    "add_indicator",
    "add_line",
    "close",
    "confirm_movement",
    "edit_indicator",
    "edit_line",
    "lock_book",
    "post",
    "prepare_movement",
    "refuse_movement",
    "reopen",
    "reverse",
    "reverse_movement",
]
