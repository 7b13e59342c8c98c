"""Nouns of the campaign."""

from .cases import Acceptance, Case, Consultation, Deadline, Plan, Transition
from .watch import Loss, WatchPolicy, WatchRun, WatchScore, WatchSignal, WatchTask

__all__ = [
    "Acceptance",
    "Case",
    "Consultation",
    "Deadline",
    "Loss",
    "Plan",
    "Transition",
    "WatchPolicy",
    "WatchRun",
    "WatchScore",
    "WatchSignal",
    "WatchTask",
]
