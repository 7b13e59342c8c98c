"""Typed text as people type it: full-width digits, thousands separators, units after numbers."""

import unicodedata

from django import forms


def plain_text(text) -> str:
    """Half-width digits and signs, no spaces around."""
    return unicodedata.normalize("NFKC", str(text or "")).strip()


def plain_number(text, unit: str = "") -> str:
    """The number alone: separators and the fact's own unit are taken off."""
    cleaned = plain_text(text)
    unit = plain_text(unit)
    if unit and cleaned.endswith(unit):
        cleaned = cleaned[: -len(unit)].rstrip()
    return cleaned.replace(",", "").replace("、", "")


class NumberInput(forms.TextInput):
    """A text field for numbers: phones show digits, full-width digits are accepted."""

    def __init__(self, attrs=None):
        super().__init__({"inputmode": "decimal", "autocomplete": "off", **(attrs or {})})


class ExactField(forms.DecimalField):
    """A number with two decimals in a unit."""

    widget = NumberInput

    def __init__(self, *, unit: str = "", **kwargs):
        self.unit = unit
        super().__init__(decimal_places=2, max_digits=14, **kwargs)

    def to_python(self, value):
        return super().to_python(plain_number(value, str(self.unit)) if value else value)

    def widget_attrs(self, widget):
        return {}


class WholeField(forms.IntegerField):
    """A whole number in a unit."""

    widget = NumberInput

    def __init__(self, *, unit: str = "", **kwargs):
        self.unit = unit
        super().__init__(**kwargs)

    def to_python(self, value):
        return super().to_python(plain_number(value, str(self.unit)) if value else value)

    def widget_attrs(self, widget):
        return {}


class DayField(forms.DateField):
    """A date, with the browser's own calendar where it has one."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def to_python(self, value):
        return super().to_python(plain_text(value) if isinstance(value, str) else value)


def shown(value) -> str:
    """A number as a field shows it: no group marks, no needless decimals."""
    text = str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text
