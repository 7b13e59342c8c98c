"""Verbs of this room: stages, monthly reports, books, inspections, assessments."""

from .assessing import add_round, close_round, save_assessment
from .books import add_entry, publish_entries, reverse_entry
from .collecting import enter_month, save_report
from .inspecting import mend_order, record_inspection
from .staging import begin_stage

__all__ = [
    "add_entry",
    "add_round",
    "begin_stage",
    "close_round",
    "enter_month",
    "mend_order",
    "publish_entries",
    "record_inspection",
    "reverse_entry",
    "save_assessment",
    "save_report",
]
