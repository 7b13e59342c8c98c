"""What follows from the facts of a case alone; no ORM, no clock."""
