"""Filters of lists: django-filter does the filtering, the controls are written slimly here.

A bad value is left out and told in a sentence; it never stops the page.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .cells import fold

LARGEST = 2_000_000_000
YES_NO_UNKNOWN = (
    ("true", gettext_lazy("yes")),
    ("false", gettext_lazy("no")),
    ("unknown", gettext_lazy("unknown")),
)


class FoldedNumber(forms.DecimalField):
    """A number typed with full-width digits or group marks is understood too."""

    def to_python(self, value):
        return super().to_python(fold(str(value)).replace(",", "") if value else value)


class NumberFilter(django_filters.NumberFilter):
    field_class = FoldedNumber
    kind = "number"

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("min_value", 0)
        kwargs.setdefault("max_value", LARGEST)
        super().__init__(*args, **kwargs)

    def get_max_validator(self):
        return None


class TextFilter(django_filters.CharFilter):
    kind = "text"

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 200)
        super().__init__(*args, **kwargs)


class DayFilter(django_filters.DateFilter):
    kind = "date"

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("input_formats", ["%Y-%m-%d"])
        super().__init__(*args, **kwargs)


class ChoiceFilter(django_filters.ChoiceFilter):
    """One of a list; `unknown` stands for the empty value."""

    kind = "select"

    def __init__(self, *args, with_unknown=False, **kwargs):
        choices = list(kwargs.pop("choices"))
        if with_unknown:
            choices.append(("unknown", gettext_lazy("unknown")))
        super().__init__(*args, choices=choices, null_value=None, **kwargs)

    def filter(self, queryset, value):
        if value == "unknown":
            return queryset.filter(**{self.field_name: ""})
        return super().filter(queryset, value)


class YesNoFilter(django_filters.ChoiceFilter):
    """Yes, no or unknown of a nullable boolean."""

    kind = "select"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, choices=YES_NO_UNKNOWN, **kwargs)

    def filter(self, queryset, value):
        if not value:
            return queryset
        known = {"true": True, "false": False, "unknown": None}
        return queryset.filter(**{self.field_name: known[value]})


class KnownFilter(django_filters.ChoiceFilter):
    """Whether a nullable value is there."""

    kind = "select"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, choices=YES_NO_UNKNOWN[:2], **kwargs)

    def filter(self, queryset, value):
        if not value:
            return queryset
        return queryset.filter(**{f"{self.field_name}__isnull": value == "false"})


@dataclass(frozen=True)
class Applied:
    """One filter that is on: said in words, and the parameters that switch it off."""

    label: str
    value: str
    names: tuple[str, ...]


class ListFilterSet(django_filters.FilterSet):
    """Base of list filters: `line` names those shown at once; the others are folded.

    `defaults` are values that hold while their parameter is absent; `pairs` are two parameters
    shown as one range.
    """

    line: Sequence[str] = ()
    groups: Sequence[tuple[Any, Sequence[str]]] = ()
    defaults: dict[str, str] = {}

    def __init__(self, data, queryset, *, page=None):
        self.page = page or {}
        given = data.copy()
        for name, value in self.defaults.items():
            given.setdefault(name, value)
        super().__init__(given, queryset)

    @property
    def problems(self) -> list[str]:
        """A sentence for each value that was left out."""
        found = []
        for name in self.form.errors:
            if name not in self.filters:
                continue
            value = str(self.data.get(name, ""))[:40].replace("\0", "")
            found.append(
                _("“%(value)s” does not fit the filter “%(name)s”; it was left out.")
                % {"value": value, "name": capfirst(self.filters[name].label)}
            )
        return found

    def value(self, name: str):
        """The cleaned value of a filter, None where it is off or bad."""
        self.form.is_valid()
        return self.form.cleaned_data.get(name)

    def choices_of(self, name: str) -> Iterable[tuple[str, Any]]:
        return self.filters[name].extra["choices"]

    def in_words(self, name: str, value) -> str:
        if self.filters[name].kind == "select":
            return str(dict(self.choices_of(name)).get(value, value))
        return f"{value:,}" if self.filters[name].kind == "number" else str(value)

    @property
    def applied(self) -> list[Applied]:
        """The filters that are on, except the text search and what holds by default."""
        self.form.is_valid()
        found = []
        for name, value in self.form.cleaned_data.items():
            if value in (None, "", []) or self.defaults.get(name) == value:
                continue
            label = capfirst(self.filters[name].label)
            found.append(Applied(label, self.in_words(name, value), (name,)))
        return found

    # -- controls ------------------------------------------------------------------------------
    def control(self, name: str) -> SafeString:
        """A labelled control."""
        one = self.filters[name]
        value = str(self.data.get(name) or "")[:200]
        label = capfirst(one.label)
        if one.kind == "select":
            options = self.options(name, value)
            body = SafeString(f'<select name="{name}" id="f_{name}">{options}</select>')
        else:
            kind = {"date": "date", "number": "text", "text": "search"}[one.kind]
            extra = ' inputmode="decimal" size="7"' if one.kind == "number" else ""
            body = format_html(
                '<input type="{}" name="{}" id="f_{}" value="{}"{}>',
                kind,
                name,
                name,
                value,
                SafeString(extra),
            )
        return format_html(
            '<div class="field"><label for="f_{}">{}</label>{}</div>', name, label, body
        )

    def options(self, name: str, value: str) -> SafeString:
        empty = "" if name in self.defaults else f'<option value="">{escape(_("all"))}</option>'
        parts = [
            f'<option value="{escape(code)}"{" selected" if str(code) == value else ""}>'
            f"{escape(label)}</option>"
            for code, label in self.choices_of(name)
        ]
        return SafeString(empty + "".join(parts))

    @property
    def line_html(self) -> SafeString:
        return SafeString("".join(self.control(name) for name in self.line))

    @property
    def folded_html(self) -> SafeString:
        """The other controls, grouped by subject."""
        parts = []
        for title, names in self.shown_groups:
            controls = "".join(self.control(name) for name in names)
            parts.append(
                format_html(
                    "<fieldset><legend>{}</legend><div>{}</div></fieldset>",
                    title,
                    SafeString(controls),
                )
            )
        return SafeString("".join(parts))

    @property
    def shown_groups(self) -> Sequence[tuple[Any, Sequence[str]]]:
        return self.groups

    @property
    def folded_count(self) -> int:
        """How many of the folded filters are on."""
        return sum(1 for one in self.applied if not set(one.names) & set(self.line))
