"""What a plan was made from can be read again, and its hash tells one input from another."""

from dataclasses import fields, replace

import numpy as np
import pytest

from compounds.planning.core.inputs import Bases, Compounds, Dials, Economy, Inputs, Providers
from compounds.planning.core.keeping import digest, pack, unpack

WHOLE = {"ids", "households", "street", "front", "today", "unit", "kind", "provider", "most"}


def table(kind, rows: int, start: float):
    """A table whose columns all differ."""
    return kind(
        **{
            column.name: np.arange(rows, dtype=np.int64 if column.name in WHOLE else np.float64)
            + start
            + at
            for at, column in enumerate(fields(kind))
        }
    )


@pytest.fixture
def inputs():
    return Inputs(
        compounds=table(Compounds, 3, 1),
        providers=table(Providers, 2, 50),
        bases=table(Bases, 2, 90),
        economy=Economy(months=24, travel=0.06),
        unwilling=np.array([[0, 1]]),
        bridges=np.array([[1.5, 2.5]]),
    )


def test_inputs_come_back_as_they_were(inputs):
    again = unpack(pack(inputs))
    assert digest(again, Dials()) == digest(inputs, Dials())
    assert again.economy == inputs.economy
    assert again.willing is None
    assert again.compounds.fee.tolist() == inputs.compounds.fee.tolist()


def test_the_hash_tells_any_changed_number_and_dial(inputs):
    before = digest(inputs, Dials())
    fee = inputs.compounds.fee.copy()
    fee[1] += 0.01
    dearer = replace(inputs, compounds=replace(inputs.compounds, fee=fee))
    assert digest(dearer, Dials()) != before
    assert digest(inputs, Dials(carry=0.5)) != before
    assert digest(replace(inputs, willing=np.array([[0, 0]])), Dials()) != before
    assert digest(replace(inputs, economy=Economy(months=25, travel=0.06)), Dials()) != before


def test_objects_hidden_in_an_archive_are_not_read(inputs, tmp_path):
    path = tmp_path / "hostile.npz"
    np.savez(path, bridges=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="Object arrays"):
        unpack(path.read_bytes())
