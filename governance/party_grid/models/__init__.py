"""Grid cells against compounds, party organisations, and the duties of people in them."""

from .duties import Duty, DutyKind, DutyQuerySet
from .grids import GridCover, Norm
from .organisations import OrganisationCover, OrganisationQuerySet, PartyOrganisation
from .proposals import Proposal, ProposalStep

__all__ = [
    "Duty",
    "DutyKind",
    "DutyQuerySet",
    "GridCover",
    "Norm",
    "OrganisationCover",
    "OrganisationQuerySet",
    "PartyOrganisation",
    "Proposal",
    "ProposalStep",
]
