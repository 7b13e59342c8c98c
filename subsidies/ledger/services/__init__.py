"""Verbs of the ledger."""

from ..errors import BooksClosed, KeyTaken, Overdrawn
from ..rules import Holder, Line, Place
from .posting import lock_book, post, reverse

__all__ = [
    "BooksClosed",
    "Holder",
    "KeyTaken",
    "Line",
    "Overdrawn",
    "Place",
    "lock_book",
    "post",
    "reverse",
]
