"""The sheet of this room: contracts as they were put on file."""

from .contracts import CONTRACTS

__all__ = ["CONTRACTS"]
