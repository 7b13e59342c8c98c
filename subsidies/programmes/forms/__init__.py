"""Forms of this room: an edition with its tables, publishing and retiring."""
