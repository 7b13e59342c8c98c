"""Are the inputs what they say they are: lengths, ranges, numbers that are numbers.

Says nothing of whether a plan exists; a district of nobody is in order.
"""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from .errors import InputsError
from .inputs import NOBODY, Dials, Inputs

# Quantities that may be negative; every other one is refused below zero.
SIGNED = {"x", "y", "street", "front", "today", "unit", "ids", "provider", "kind"}


def _check_table(name: str, table) -> int:
    length = len(table.ids) if hasattr(table, "ids") else len(table.provider)
    for column in fields(table):
        values = np.asarray(getattr(table, column.name))
        where = f"{name}.{column.name}"
        if values.shape != (length,):
            raise InputsError(where, "length")
        _check_numbers(where, values, signed=column.name in SIGNED)
    return length


def _check_numbers(where: str, values: np.ndarray, *, signed: bool) -> None:
    wrong = ~np.isfinite(values)
    if wrong.any():
        raise InputsError(where, "no_number", _rows(wrong))
    if not signed and (values < 0).any():
        raise InputsError(where, "negative", _rows(values < 0))


def _check_rows(where: str, rows: np.ndarray, lowest: int, highest: int) -> None:
    wrong = (rows < lowest) | (rows >= highest)
    if wrong.any():
        raise InputsError(where, "no_such_row", _rows(wrong))


def _check_pairs(where: str, pairs: np.ndarray, lowest: int, n: int, second: int) -> None:
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise InputsError(where, "shape")
    _check_rows(where, pairs[:, 0], 0, n)
    _check_rows(where, pairs[:, 1], lowest, second)


def _rows(wrong: np.ndarray) -> tuple[int, ...]:
    return tuple(int(row) for row in np.flatnonzero(wrong))


def _check_dials(dials: Dials) -> None:
    for name in ("carry", "provider_share", "street_fallback"):
        value = getattr(dials, name)
        if value is not None and not 0 <= value <= 1:
            raise InputsError(f"dials.{name}", "no_share")
    for name in ("cap", "budget", "reach", "near", "unit_reach", "nearest", "switching"):
        value = getattr(dials, name)
        if value is not None and not value >= 0:
            raise InputsError(f"dials.{name}", "negative")
    if dials.must_serve is not None and not dials.must_serve >= 1:
        raise InputsError("dials.must_serve", "below_one")
    if any(not 0 <= share <= 1 for share, _yuan in dials.years):
        raise InputsError("dials.years", "no_share")
    if any(not yuan >= 0 for _share, yuan in dials.years):
        raise InputsError("dials.years", "negative")


def accept(inputs: Inputs, dials: Dials) -> None:
    """Raise InputsError naming the first column, pair list or dial that cannot be used."""
    n = _check_table("compounds", inputs.compounds)
    m = _check_table("providers", inputs.providers)
    _check_table("bases", inputs.bases)
    compounds, bases = inputs.compounds, inputs.bases
    _check_rows("compounds.street", compounds.street, 0, np.iinfo(np.int32).max)
    _check_rows("compounds.today", compounds.today, NOBODY, m)
    _check_rows("compounds.unit", compounds.unit, NOBODY, m)
    _check_rows("bases.provider", bases.provider, 0, m)
    _check_pairs("unwilling", inputs.unwilling, 0, n, m)
    if inputs.willing is not None:
        _check_pairs("willing", inputs.willing, 0, n, m)
    _check_pairs("locked", inputs.locked, NOBODY, n, m)
    _check_pairs("touching", inputs.touching, 0, n, n)
    _check_pairs("apart", inputs.apart, 0, n, n)
    if inputs.bridges.ndim != 2 or inputs.bridges.shape[1] != 2:
        raise InputsError("bridges", "shape")
    _check_numbers("bridges", inputs.bridges, signed=True)
    _check_dials(dials)
