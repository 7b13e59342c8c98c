"""Pages of the room: people, and the ledger of party members."""
