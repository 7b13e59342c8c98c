"""Buildings of one compound, and numbers that must add up to a given total."""

from dataclasses import dataclass


@dataclass(eq=False)
class Building:
    name: str
    entrances: int
    storeys: int
    households: int | None
    lifts: int | None
    area_cm2: int | None  # hundredths of a square metre


def distribute(total: int, count: int, low: int, high: int, rng, mixing: int = 6) -> list[int]:
    """`count` whole numbers between low and high, unevenly, that sum to the total."""
    if count == 0:
        return []
    total = max(low * count, min(high * count, total))
    numbers = [total // count + (index < total % count) for index in range(count)]
    for _ in range(count * mixing):
        giver, taker = rng.randrange(count), rng.randrange(count)
        if giver != taker and numbers[giver] > low and numbers[taker] < high:
            numbers[giver] -= 1
            numbers[taker] += 1
    return numbers


def build(rng, entrances: list[int], storeys: int, flats: int, mean_m2: float) -> list[Building]:
    """Buildings with the given entrances each; flats per landing, mean floor area per household."""
    buildings = []
    for index, number in enumerate(entrances):
        levels = storeys
        if storeys <= 7 and rng.random() < 0.25:
            levels = max(3, storeys - 1)
        households = number * levels * flats
        if households > 20 and rng.random() < 0.2:
            households -= rng.choice((1, 2, 2, 4))  # ground-floor shops
        lifts = 0 if levels < 9 else number * (1 if levels < 12 else 2)
        area = round(households * mean_m2 * rng.uniform(0.96, 1.04) * 100)
        buildings.append(Building(f"{index + 1}号楼", number, levels, households, lifts, area))
    return buildings


def settle_households(buildings: list[Building], total: int) -> None:
    """Bring the households to an exact total; the last buildings take the difference."""
    rest = total - sum(b.households for b in buildings)
    index = len(buildings) - 1
    while rest:
        step = max(-3, min(3, rest))
        buildings[index].households += step
        rest -= step
        index = index - 1 if index else len(buildings) - 1


def settle_area(buildings: list[Building], total_cm2: int) -> None:
    """Bring the floor area to an exact total, in proportion."""
    before = sum(b.area_cm2 for b in buildings)
    for building in buildings:
        building.area_cm2 = building.area_cm2 * total_cm2 // before
    buildings[0].area_cm2 += total_cm2 - sum(b.area_cm2 for b in buildings)
