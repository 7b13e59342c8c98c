"""The sheets of the party grid: grids, organisations, duties, in the order of import."""

from compounds.registry.importing.sheets import register

from .duties import DutySheet
from .grids import GridSheet
from .organisations import OrganisationSheet

GRIDS = register(GridSheet())
ORGANISATIONS = register(OrganisationSheet())
DUTIES = register(DutySheet())

__all__ = ["DUTIES", "GRIDS", "ORGANISATIONS"]
