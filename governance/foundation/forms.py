"""Form fields that understand what offices type: full-width digits, group marks, stray spaces."""

import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .errors import DomainError
from .fields import FixedPointField, TagsField
from .texts import fold, plain_digits

LARGEST = 2_000_000_000
SMALL = 32_767
YES_NO = (("", _("unknown")), ("true", _("yes")), ("false", _("no")))


def folded(value):
    """Typed digits in plain form: ２９６ → 296, 5,934.20 → 5934.20."""
    return fold(str(value)).replace(",", "").replace(" ", "") if value else value


class WholeNumber(forms.IntegerField):
    """A whole number, typed in any width."""

    widget = forms.TextInput

    def to_python(self, value):
        return super().to_python(folded(value))

    def widget_attrs(self, widget):
        return {"inputmode": "numeric", "autocomplete": "off"}


class ExactNumber(forms.DecimalField):
    """A decimal, typed in any width; no powers of ten, which nobody means who writes an amount."""

    widget = forms.TextInput

    def to_python(self, value):
        value = folded(value)
        if isinstance(value, str) and "e" in value.lower():
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)

    def widget_attrs(self, widget):
        return {"inputmode": "decimal", "autocomplete": "off"}


class Coordinate(forms.FloatField):
    """Degrees, typed in any width."""

    widget = forms.TextInput

    def to_python(self, value):
        return super().to_python(folded(value))

    def widget_attrs(self, widget):
        return {"inputmode": "decimal", "autocomplete": "off"}


class Text(forms.CharField):
    """Text in one normal form, without characters that nobody can see.

    Where `is_conditional`, a condition demands it that the label or the help names: it is not
    called optional.
    """

    def __init__(self, *, is_conditional: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.is_conditional = is_conditional

    def to_python(self, value):
        value = super().to_python(value)
        if not value:
            return value
        value = unicodedata.normalize("NFC", value)
        if any(
            unicodedata.category(char) in ("Cc", "Cf", "Cs")
            for char in value
            if char not in "\r\n\t"
        ):
            ProhibitNullCharactersValidator()(value)
            raise ValidationError(
                _("The text holds characters that cannot be seen. Type it again.")
            )
        return value


class DocumentNumber(Text):
    """The number of a document; full-width digits are made plain, so that it is found again."""

    def to_python(self, value):
        return plain_digits(super().to_python(value) or "")


class YesNo(forms.TypedChoiceField):
    """Yes, no or unknown; unknown is None."""

    def __init__(self, **kwargs):
        kwargs = {
            name: value
            for name, value in kwargs.items()
            if name in ("label", "help_text", "required", "initial")
        }
        super().__init__(
            **{
                **kwargs,
                "required": False,
                "choices": YES_NO,
                "coerce": lambda value: value == "true",
                "empty_value": None,
                "widget": forms.RadioSelect,
            }
        )

    def prepare_value(self, value):
        return {True: "true", False: "false", None: ""}.get(value, value)


class Tags(forms.MultipleChoiceField):
    """Codes of a closed list as they are stored."""

    widget = forms.CheckboxSelectMultiple

    def prepare_value(self, value):
        return value.split() if isinstance(value, str) else value

    def clean(self, value):
        return TagsField.join(super().clean(value))


class Day(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def to_python(self, value):
        return super().to_python(fold(value) if isinstance(value, str) else value)


def field_for(field: models.Field, **kwargs):
    """The form field of a model field (for `formfield_callback`); a class asked for comes first."""
    if isinstance(field, models.BooleanField) and field.null:
        return field.formfield(**{"form_class": YesNo, "choices_form_class": YesNo, **kwargs})
    if isinstance(field, FixedPointField):
        return field.formfield(form_class=ExactNumber, max_value=LARGEST, **kwargs)
    if isinstance(field, models.FloatField):
        return field.formfield(form_class=Coordinate, **kwargs)
    if isinstance(field, models.IntegerField) and not field.choices:
        # What the narrower of both databases can store.
        largest = SMALL if "Small" in field.get_internal_type() else LARGEST
        return field.formfield(form_class=WholeNumber, max_value=largest, **kwargs)
    if isinstance(field, models.DateField):
        return field.formfield(**{"form_class": Day, **kwargs})
    if isinstance(field, models.CharField) and not field.choices:
        return field.formfield(**{"form_class": Text, **kwargs})
    return field.formfield(**kwargs)


def add_refusal(form: forms.Form, error: Exception) -> None:
    """Show a service's refusal beside its field, or above the form where it has none."""
    if isinstance(error, DomainError):
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return
    if hasattr(error, "error_dict"):
        for name, messages in error.message_dict.items():
            for message in messages:
                form.add_error(name if name in form.fields else None, message)
        return
    form.add_error(None, error)
