"""Compounds, buildings and entrances: the facts of the district and where they come from."""
