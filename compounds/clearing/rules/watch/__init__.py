"""The rebound watch as pure rules: signals, points and bands, what would change them, tasks."""

from .bands import GREEN, RED, YELLOW, CompiledPolicy, Policy, Scored, Trace, Weight, compile_policy
from .changes import relief, risk
from .faults import Fault, faults_of
from .records import as_record, read_record, replay, replays
from .signals import (
    HUNDREDTHS,
    SIGNALS,
    SOURCES,
    Reading,
    Result,
    Signal,
    Test,
    default_weights,
)
from .tasks import ORDER, RAISE, VISIT, Work, task_for
from .terms import EMERGENCY_MONTHS, months_later, quarters_before, reported_months

__all__ = [
    "EMERGENCY_MONTHS",
    "GREEN",
    "HUNDREDTHS",
    "ORDER",
    "RAISE",
    "RED",
    "SIGNALS",
    "SOURCES",
    "VISIT",
    "YELLOW",
    "CompiledPolicy",
    "Fault",
    "Policy",
    "Reading",
    "Result",
    "Scored",
    "Signal",
    "Test",
    "Trace",
    "Weight",
    "Work",
    "as_record",
    "compile_policy",
    "default_weights",
    "faults_of",
    "months_later",
    "quarters_before",
    "read_record",
    "relief",
    "replay",
    "replays",
    "reported_months",
    "risk",
    "task_for",
]
