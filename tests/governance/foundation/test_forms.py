"""Form fields: numbers as people write them."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from governance.foundation.forms import ExactNumber


@pytest.mark.parametrize(
    ("typed", "amount"), [("100000.50", "100000.50"), ("１００", "100"), ("1,000.25", "1000.25")]
)
def test_an_amount_is_read_in_any_width(typed, amount):
    assert ExactNumber(decimal_places=2).clean(typed) == Decimal(amount)


@pytest.mark.parametrize("typed", ["1e5", "1E5", "１ｅ５", "1.5e-3"])
def test_a_power_of_ten_is_no_amount(typed):
    with pytest.raises(ValidationError):
        ExactNumber(decimal_places=2).clean(typed)
