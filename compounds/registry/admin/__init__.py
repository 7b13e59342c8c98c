"""Data entry of the register: compounds, buildings, adjacencies, and areas that move rows."""

from . import adjacencies, areas, buildings, compounds  # noqa: F401 - each registers its own
