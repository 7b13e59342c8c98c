"""Inputs as bytes and back again, and their hash: what a run is made from can be read for ever."""

from __future__ import annotations

import hashlib
import io
from dataclasses import asdict, fields

import numpy as np

from .inputs import Bases, Compounds, Dials, Economy, Inputs, Providers

TABLES = {"compounds": Compounds, "providers": Providers, "bases": Bases}
PAIRS = ("unwilling", "willing", "locked", "touching", "apart", "bridges")


def _arrays(inputs: Inputs) -> dict[str, np.ndarray]:
    """Every array by its name; an absent one has no entry."""
    found = {
        f"{table}.{column.name}": np.asarray(getattr(getattr(inputs, table), column.name))
        for table, kind in TABLES.items()
        for column in fields(kind)
    }
    for name in PAIRS:
        value = getattr(inputs, name)
        if value is not None:
            found[name] = np.asarray(value)
    for name, value in asdict(inputs.economy).items():
        found[f"economy.{name}"] = np.asarray(value)
    return found


def pack(inputs: Inputs) -> bytes:
    """The inputs as a compressed numpy archive."""
    target = io.BytesIO()
    np.savez_compressed(target, **_arrays(inputs))
    return target.getvalue()


def unpack(packed: bytes) -> Inputs:
    """The inputs that `pack` was given. Raises ValueError for anything but numbers."""
    with np.load(io.BytesIO(bytes(packed)), allow_pickle=False) as archive:
        found = dict(archive)
    tables = {
        table: kind(**{one.name: found[f"{table}.{one.name}"] for one in fields(kind)})
        for table, kind in TABLES.items()
    }
    economy = {one.name: found[f"economy.{one.name}"].item() for one in fields(Economy)}
    pairs = {name: found.get(name) for name in PAIRS}
    return Inputs(**tables, economy=Economy(**economy), **pairs)


def digest(inputs: Inputs, dials: Dials) -> str:
    """Hex SHA-256 of every array and dial: equal for equal inputs, whatever packed them.

    A dial that limits nothing is left out: hashes outlive dials that come later.
    """
    sink = hashlib.sha256()
    for name, array in sorted(_arrays(inputs).items()):
        kind = np.int64 if array.dtype.kind in "iub" else np.float64
        plain = np.ascontiguousarray(array, dtype=kind)
        sink.update(f"{name} {plain.shape}\n".encode())
        sink.update(plain.tobytes())
    for name, value in sorted(asdict(dials).items()):
        if value is None or value == ():
            continue
        sink.update(f"{name}={value!r}\n".encode())
    return sink.hexdigest()
