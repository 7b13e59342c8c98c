"""Form fields: numbers as people write them."""

from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string

from governance.foundation.forms import ExactNumber, Text


@pytest.mark.parametrize(
    ("typed", "amount"), [("100000.50", "100000.50"), ("１００", "100"), ("1,000.25", "1000.25")]
)
def test_an_amount_is_read_in_any_width(typed, amount):
    assert ExactNumber(decimal_places=2).clean(typed) == Decimal(amount)


@pytest.mark.parametrize("typed", ["1e5", "1E5", "１ｅ５", "1.5e-3"])
def test_a_power_of_ten_is_no_amount(typed):
    with pytest.raises(ValidationError):
        ExactNumber(decimal_places=2).clean(typed)


def test_what_a_condition_demands_is_not_called_optional():
    class Form(forms.Form):
        note = Text(label="note", required=False)
        reason = Text(label="reason", required=False, is_conditional=True)

    note, reason = (render_to_string("partials/field.html", {"field": field}) for field in Form())
    assert 'class="optional"' in note
    assert 'class="optional"' not in reason
