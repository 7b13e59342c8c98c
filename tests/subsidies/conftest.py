"""The world of the tests of subsidies."""

import pytest

from tests.subsidies.factories import make_money_world


@pytest.fixture
def world(district):
    """A district with people, a published programme, a served compound and a granted indicator."""
    return make_money_world(district)
