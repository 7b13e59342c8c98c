"""Verbs of disbursements."""

from .batches import (
    cancel_disbursement,
    create_disbursement,
    release_disbursement,
    return_disbursement,
    submit_disbursement,
)
from .files import bank_rows, record_export
from .settling import confirm_result, preview_result, record_result, record_return

__all__ = [
    "bank_rows",
    "cancel_disbursement",
    "confirm_result",
    "create_disbursement",
    "preview_result",
    "record_export",
    "record_result",
    "record_return",
    "release_disbursement",
    "return_disbursement",
    "submit_disbursement",
]
