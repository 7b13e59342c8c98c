"""Filters of lists: django-filter does the filtering, the controls are written slimly here.

A bad value is left out and told in a sentence; it never stops the page.
"""

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape as escaped
from typing import Any

import django_filters
from django import forms
from django.db.models import Q
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from .texts import fold, spellings

LARGEST = 2_000_000_000
# Folded controls as they stand when none of them is on, by class, language and names.
_written: dict[tuple, SafeString] = {}
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


class WordsFilter(TextFilter):
    """Every word in one of some columns; full-width codes are understood too."""

    MOST = 5

    def __init__(self, column: str, *columns: str, **kwargs):
        self.columns = (column, *columns)
        super().__init__(**kwargs)

    def filter(self, queryset, value):
        for word in (value or "").split()[: self.MOST]:
            found = [self.matching(spelling) for spelling in spellings(word)]
            queryset = queryset.filter(Q.create(found, Q.OR))
        return queryset

    def matching(self, word: str) -> Q:
        """Where a word stands; a list that also looks elsewhere adds to it."""
        return Q.create([Q(**{f"{column}__icontains": word}) for column in self.columns], Q.OR)


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
    # Filters whose choices follow from the reader's scope: never among the folded ones, which are
    # written once for everybody.
    scoped: Sequence[str] = ()
    defaults: dict[str, str] = {}

    def __init__(self, data, queryset, *, page=None):
        """Only filters that the query names get fields of their own: the others cost nothing."""
        self.page = page or {}
        given = data.copy()
        for name, value in self.defaults.items():
            given.setdefault(name, value)
        self.is_bound, self.data, self.queryset = True, given, queryset
        self.request, self.form_prefix = None, None
        self.filters = dict(self.base_filters)
        for name in given:
            if name in self.filters:
                one = self.filters[name] = copy.copy(self.filters[name])
                one.parent, one.model = self, queryset.model
                one.method = one.method  # bound to the copy

    def get_form_class(self):
        fields = {name: self.filters[name].field for name in self.data if name in self.filters}
        return type("FilterForm", (forms.Form,), fields)

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
    def control(self, name: str) -> str:
        """A labelled control."""
        one = self.filters[name]
        value = str(self.data.get(name) or "")[:200]
        if one.kind == "select":
            body = f'<select name="{name}" id="f_{name}">{self.options(name, value)}</select>'
        else:
            kind = {"date": "date", "number": "text", "text": "search"}[one.kind]
            extra = ' inputmode="decimal" size="7"' if one.kind == "number" else ""
            body = (
                f'<input type="{kind}" name="{name}" id="f_{name}" value="{escaped(value)}"{extra}>'
            )
        label = escaped(capfirst(str(one.label)))
        return f'<div class="field"><label for="f_{name}">{label}</label>{body}</div>'

    def options(self, name: str, value: str) -> str:
        every = escaped(_("all"))
        empty = "" if name in self.defaults else f'<option value="">{every}</option>'
        return empty + "".join(
            f'<option value="{escaped(str(code))}"{" selected" if str(code) == value else ""}>'
            f"{escaped(str(label))}</option>"
            for code, label in self.choices_of(name)
        )

    @property
    def line_html(self) -> SafeString:
        return SafeString("".join(self.control(name) for name in self.line))

    @property
    def folded_html(self) -> SafeString:
        """The other controls, grouped by subject; written once while none of them is on."""
        groups = self.shown_groups
        folded = tuple(names for _title, names in groups)
        if shown := {name for names in folded for name in names} & set(self.scoped):
            raise ValueError(f"choices that follow from the scope are not folded: {sorted(shown)}")
        key = (type(self), get_language(), folded)
        is_idle = not any(
            self.data.get(n)
            for _t, names in groups
            for n in names
            if self.defaults.get(n) != self.data.get(n)
        )
        if is_idle and key in _written:
            return _written[key]
        parts = []
        for title, names in groups:
            controls = "".join(self.control(name) for name in names)
            parts.append(
                format_html(
                    "<fieldset><legend>{}</legend><div>{}</div></fieldset>",
                    title,
                    SafeString(controls),
                )
            )
        html = SafeString("".join(parts))
        if is_idle:
            _written[key] = html
        return html

    @property
    def shown_groups(self) -> Sequence[tuple[Any, Sequence[str]]]:
        return self.groups

    @property
    def folded_count(self) -> int:
        """How many of the folded filters are on."""
        return sum(1 for one in self.applied if not set(one.names) & set(self.line))
