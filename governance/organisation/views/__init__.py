"""Pages of this room: doors, accounts, posts."""
