"""The governance wing: people, places, record and overview."""
