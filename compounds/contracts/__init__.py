"""Service contracts, what they cover and when notice is due; lots; the viability of a compound."""
