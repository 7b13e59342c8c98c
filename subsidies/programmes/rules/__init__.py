"""Pure terms of a programme: what they say, what is wrong with them, who is eligible."""

from compounds.classification.rules import OPERATORS, Condition, Fact, written

from .checking import Fault, faults, unstorable
from .conditions import condition_fault
from .examining import Examination, Line, examine, from_record, replays
from .terms import PARTS, Band, Clawback, Deduction, Share, Step, Terms, revised, value_of
from .vocabulary import DOCUMENTS, FACTS, SERVICE_FACTS

__all__ = [
    "DOCUMENTS",
    "FACTS",
    "OPERATORS",
    "PARTS",
    "SERVICE_FACTS",
    "Band",
    "Clawback",
    "Condition",
    "Deduction",
    "Examination",
    "Fact",
    "Fault",
    "Line",
    "Share",
    "Step",
    "Terms",
    "condition_fault",
    "examine",
    "faults",
    "from_record",
    "replays",
    "revised",
    "unstorable",
    "value_of",
    "written",
]
