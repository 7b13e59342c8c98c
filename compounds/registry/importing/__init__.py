"""Import of workbooks into the register: sheets, reading, planning; `services.imports` writes."""

from .buildings import BuildingSheet
from .compounds import CompoundSheet
from .sheets import register

COMPOUNDS = register(CompoundSheet())
BUILDINGS = register(BuildingSheet())

__all__ = ["BUILDINGS", "COMPOUNDS"]
