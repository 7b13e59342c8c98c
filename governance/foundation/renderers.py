"""How every form of the product is bound: an empty field is told by its own name."""

from __future__ import annotations

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.utils.text import capfirst
from django.utils.translation import gettext as _

BARE = forms.Field.default_error_messages["required"]
CHOSEN = (forms.Select, forms.RadioSelect, forms.CheckboxSelectMultiple, forms.FileInput)


class NamedField(BoundField):
    """A bound field whose "required" message says what to fill in, unless it has words of its own.

    Fields are bound before they are cleaned, and each form has copies of its fields.
    """

    def __init__(self, form, field, name):
        super().__init__(form, field, name)
        if field.required and field.error_messages.get("required") is BARE:
            field.error_messages["required"] = self._asked()

    def _asked(self) -> str:
        named = {"field": capfirst(str(self.label))}
        if isinstance(self.field.widget, forms.CheckboxInput):
            return _("Tick “%(field)s”.") % named
        if isinstance(self.field.widget, CHOSEN):
            return _("Choose “%(field)s”.") % named
        return _("Fill in “%(field)s”.") % named


class FormRenderer(TemplatesSetting):
    """Forms are drawn by the product's own templates and bound by `NamedField`."""

    bound_field_class = NamedField
