"""Nouns of classification."""

from .decisions import Decision, Override, Run
from .policies import Condition, Policy, Rule
from .trials import Trial, TrialMove

__all__ = [
    "Condition",
    "Decision",
    "Override",
    "Policy",
    "Rule",
    "Run",
    "Trial",
    "TrialMove",
]
