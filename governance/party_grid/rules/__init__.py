"""What the party grid asks for, as pure functions: the organisation of a layout, seats, norms."""

from .duties import Candidate, Finding, HeldDuty, SeatFacts, findings_on
from .kinds import (
    ASSISTANT,
    BUILDING_HEAD,
    CENTRE_HOUSEHOLD,
    COMMITTEE_MEMBER,
    ENTRANCE_HEAD,
    GRID_HEAD,
    GRID_WORKER,
    GROUP_LEADER,
    MICRO_GRID_HEAD,
    SECRETARY,
    Act,
    OrganisationKind,
    Reach,
    Seat,
)
from .norms import Norms, households_finding, term_end
from .proposing import Standing, Step, steps_towards
from .topology import Cell, Courtyard, Layout, Reason, Wanted, wanted_for

__all__ = [
    "ASSISTANT",
    "BUILDING_HEAD",
    "CENTRE_HOUSEHOLD",
    "COMMITTEE_MEMBER",
    "ENTRANCE_HEAD",
    "GRID_HEAD",
    "GRID_WORKER",
    "GROUP_LEADER",
    "MICRO_GRID_HEAD",
    "SECRETARY",
    "Act",
    "Candidate",
    "Cell",
    "Courtyard",
    "Finding",
    "HeldDuty",
    "Layout",
    "Norms",
    "OrganisationKind",
    "Reach",
    "Reason",
    "Seat",
    "SeatFacts",
    "Standing",
    "Step",
    "Wanted",
    "findings_on",
    "households_finding",
    "steps_towards",
    "term_end",
    "wanted_for",
]
