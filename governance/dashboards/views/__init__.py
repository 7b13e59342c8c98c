"""Pages of the dashboards: places, the wall screen, and the dossier of a compound."""
