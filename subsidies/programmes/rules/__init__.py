"""Pure terms of a programme: what they say, what is wrong with them, who is eligible."""

from compounds.classification.rules import OPERATORS, Condition, Fact

from .terms import Band, Clawback, Deduction, Share, Step, Terms, value_of
from .vocabulary import FACTS, SERVICE_FACTS

__all__ = [
    "FACTS",
    "OPERATORS",
    "SERVICE_FACTS",
    "Band",
    "Clawback",
    "Condition",
    "Deduction",
    "Fact",
    "Share",
    "Step",
    "Terms",
    "value_of",
]
