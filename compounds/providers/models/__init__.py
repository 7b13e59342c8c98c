"""Firms, their party work and staff; their standing; their filing; who asked them what."""

from .filings import Filing, FilingReview
from .firms import (
    FirmOrganisation,
    Provider,
    ProviderBase,
    ProviderQuerySet,
    StaffGroup,
    validate_credit_code,
)
from .invitations import Invitation
from .norms import CostNorm, Standard
from .standing import BlacklistEntry, Card, CreditEvent, RatingEntry

__all__ = [
    "BlacklistEntry",
    "Card",
    "CostNorm",
    "CreditEvent",
    "Filing",
    "FilingReview",
    "FirmOrganisation",
    "Invitation",
    "Provider",
    "ProviderBase",
    "ProviderQuerySet",
    "RatingEntry",
    "StaffGroup",
    "Standard",
    "validate_credit_code",
]
