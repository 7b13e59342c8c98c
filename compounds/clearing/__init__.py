"""The campaign: the case of each unmanaged compound until it is cleared, and the rebound watch."""
