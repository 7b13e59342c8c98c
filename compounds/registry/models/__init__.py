"""Nouns of the register."""

from .attachments import Attachment
from .compounds import (
    Adjacency,
    Building,
    Compound,
    DecisionState,
    Entrance,
    Kind,
    ManagementMode,
    Ownership,
    ProblemTag,
    Renovation,
    Stage,
    Status,
    Strategy,
    UnitState,
)
from .imports import Import, ImportRow
from .saved_views import SavedView
from .tallies import CommunityTally

__all__ = [
    "Adjacency",
    "Attachment",
    "Building",
    "CommunityTally",
    "Compound",
    "DecisionState",
    "Entrance",
    "Import",
    "ImportRow",
    "Kind",
    "ManagementMode",
    "Ownership",
    "ProblemTag",
    "Renovation",
    "SavedView",
    "Stage",
    "Status",
    "Strategy",
    "UnitState",
]
