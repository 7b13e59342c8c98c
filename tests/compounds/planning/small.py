"""Small districts for tests: a row of compounds, and districts drawn at random."""

from dataclasses import replace

import numpy as np

from compounds.planning.core.inputs import (
    CENTRE,
    COMPANY,
    NOBODY,
    UNIT,
    Bases,
    Compounds,
    Economy,
    Inputs,
    Providers,
)


def ints(values) -> np.ndarray:
    return np.asarray(values, dtype=np.int64)


def compounds_at(x, y=None, **changes) -> Compounds:
    """Compounds of 10,000 m² and 120 households that just pay their way, all in one street."""
    x = np.asarray(x, dtype=float)
    n = len(x)
    columns = {
        "ids": np.arange(n),
        "x": x,
        "y": np.zeros(n) if y is None else np.asarray(y, dtype=float),
        "area": np.full(n, 10_000.0),
        "households": np.full(n, 120),
        "street": np.zeros(n, dtype=np.int64),
        "front": np.full(n, NOBODY),
        "fee": np.full(n, 0.5),
        "collection": np.full(n, 0.7),
        "revenue": np.full(n, 0.05),
        "service": np.zeros(n),
        "fallback": np.full(n, 15_000.0),
        "penalty": np.full(n, 12_000.0),
        "today": np.full(n, NOBODY),
        "unit": np.full(n, NOBODY),
    }
    return Compounds(**{**columns, **changes})


def providers_of(m: int, **changes) -> Providers:
    columns = {
        "ids": np.arange(m),
        "kind": np.full(m, COMPANY),
        "capacity": np.full(m, 200_000.0),
        "radius": np.full(m, 3_000.0),
        "running": np.full(m, 0.30),
        "each": np.full(m, 300.0),
        "rating": np.zeros(m),
    }
    return Providers(**{**columns, **changes})


def bases_at(x, provider=None, **changes) -> Bases:
    x = np.asarray(x, dtype=float)
    count = len(x)
    columns = {
        "provider": np.arange(count) if provider is None else ints(provider),
        "x": x,
        "y": np.zeros(count),
        "street": np.zeros(count, dtype=np.int64),
        "fixed": np.full(count, 20_000.0),
        "setup": np.zeros(count),
        "most": np.full(count, 30),
    }
    return Bases(**{**columns, **changes})


def row_of(n: int = 6, step: float = 400.0, **changes) -> Inputs:
    """Compounds in a row eastward from the base of the one company there is."""
    fields = {
        "compounds": compounds_at(step * np.arange(1, n + 1)),
        "providers": providers_of(1),
        "bases": bases_at([0.0]),
    }
    return Inputs(**{**fields, **changes})


def nobody_at_all() -> Inputs:
    return Inputs(compounds=compounds_at([]), providers=providers_of(0), bases=bases_at([]))


def drawn(seed: int, n: int = 24, m: int = 6) -> Inputs:
    """A district drawn at random: every rule can bind in it."""
    rng = np.random.default_rng(seed)
    base_count = m + 3
    owner = np.concatenate([np.arange(m), rng.integers(0, m, 3)])
    kind = np.full(m, COMPANY)
    kind[-2:] = UNIT, CENTRE
    area = np.rint(rng.lognormal(9.0, 0.7, n))
    street = rng.integers(0, 2, n)
    compounds = compounds_at(
        rng.uniform(0, 2_000, n).round(-1),
        rng.uniform(0, 1_500, n).round(-1),
        area=area,
        households=np.maximum(1, area // 75).astype(np.int64),
        street=street,
        front=rng.integers(-1, 6, n),
        fee=rng.uniform(0.3, 0.7, n),
        collection=rng.uniform(0.5, 0.9, n),
        service=rng.uniform(0, 300, n),
        today=rng.integers(-1, m, n),
        unit=np.where(rng.random(n) < 0.3, m - 2, NOBODY),
    )
    bases = Bases(
        provider=owner,
        x=rng.uniform(0, 2_000, base_count),
        y=rng.uniform(0, 1_500, base_count),
        street=rng.integers(0, 2, base_count),
        fixed=rng.uniform(5_000, 40_000, base_count),
        setup=np.where(kind[owner] == CENTRE, 60_000.0, 0.0),
        most=rng.integers(2, 12, base_count),
    )
    providers = providers_of(
        m,
        kind=kind,
        capacity=rng.uniform(20_000, 120_000, m),
        radius=rng.uniform(700, 2_500, m),
        running=rng.uniform(0.25, 0.4, m),
        rating=rng.random(m),
    )
    pairs = np.stack([rng.integers(0, n, 5), rng.integers(0, m, 5)], axis=1)
    return Inputs(
        compounds=compounds,
        providers=providers,
        bases=bases,
        economy=Economy(travel=0.05),
        unwilling=pairs,
        touching=rng.integers(0, n, (3, 2)),
        apart=rng.integers(0, n, (3, 2)),
        bridges=np.stack([rng.uniform(0, 2_000, 4), rng.uniform(0, 1_500, 4)], axis=1),
    )


def with_compounds(inputs: Inputs, **changes) -> Inputs:
    return replace(inputs, compounds=replace(inputs.compounds, **changes))


def with_providers(inputs: Inputs, **changes) -> Inputs:
    return replace(inputs, providers=replace(inputs.providers, **changes))


def with_bases(inputs: Inputs, **changes) -> Inputs:
    return replace(inputs, bases=replace(inputs.bases, **changes))
