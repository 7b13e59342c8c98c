"""The transition subsidy of a compound (S0-11)."""

from decimal import Decimal

from governance.foundation.money import to_fen


def subsidy_of(area_m2: Decimal | None, rate: Decimal, months: int) -> Decimal | None:
    """Subsidy in yuan: area × rate per m² and month × months, rounded half up to the fen once.

    None while the area is unknown.  Source: S0-11 (0.5 yuan per m² and month, 6 months).
    """
    return None if area_m2 is None else to_fen(area_m2 * rate * months)
