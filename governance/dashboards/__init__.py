"""Read-only pages across rooms: dashboards and the dossier of a compound. No tables."""
