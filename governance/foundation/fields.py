"""Model fields shared by all rooms."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class FixedPointField(models.BigIntegerField):
    """An exact decimal stored as an integer number of its last place.

    Python sees `Decimal`; the database sees, say, fen or 0.01 m², so that `Sum` stays exact
    on SQLite too. Aggregates come back as Decimal through `from_db_value`.
    """

    description = _("Exact decimal number")

    def __init__(self, *args, places: int = 2, **kwargs):
        self.places = places
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["places"] = self.places
        return name, path, args, kwargs

    def from_db_value(self, value, expression, connection):
        if value is None:
            return None
        return Decimal(int(value)).scaleb(-self.places)

    def to_python(self, value):
        if value is None or isinstance(value, Decimal):
            return value
        try:
            return Decimal(str(value))
        except InvalidOperation as error:
            raise ValidationError(_("Enter a number.")) from error

    def get_prep_value(self, value):
        if value is None or hasattr(value, "resolve_expression"):
            return value
        value = value if isinstance(value, Decimal) else Decimal(str(value))
        scaled = value.scaleb(self.places)
        return int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP))

    @property
    def validators(self):
        # The integer limits of the parent speak of the stored number, not of the decimal.
        return list(self._validators)

    def formfield(self, **kwargs):
        minimum = next(
            (v.limit_value for v in self._validators if isinstance(v, MinValueValidator)), None
        )
        return models.Field.formfield(
            self,
            **{
                "form_class": forms.DecimalField,
                "max_digits": 16,
                "decimal_places": self.places,
                "min_value": minimum,
                **kwargs,
            },
        )

    def value_to_string(self, obj):
        value = self.value_from_object(obj)
        return "" if value is None else str(value)


class TagsField(models.CharField):
    """A few codes of a closed list, stored as ' CODE CODE ' so that one can be searched for."""

    description = _("Codes of a closed list")

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 200)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    @staticmethod
    def split(value: str) -> list[str]:
        return value.split()

    @staticmethod
    def join(codes) -> str:
        codes = sorted(set(codes))
        return f" {' '.join(codes)} " if codes else ""
