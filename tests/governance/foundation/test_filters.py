"""Filters of lists: what is written once for everybody holds nobody's own choices."""

import pytest
from django.http import QueryDict

from governance.foundation.filters import ListFilterSet, TextFilter
from governance.organisation.models import User


class OfAccounts(ListFilterSet):
    username = TextFilter(label="name")
    language = TextFilter(label="language")
    groups = (("more", ("username", "language")),)


class WithScoped(OfAccounts):
    scoped = ("language",)


def test_folded_filters_are_written_once_while_none_is_on(db):
    first, again, on = (
        OfAccounts(QueryDict(query), User.objects.all()).folded_html
        for query in ("", "", "language=en")
    )
    assert first is again
    assert 'value="en"' in on
    assert 'value="en"' not in OfAccounts(QueryDict(), User.objects.all()).folded_html


def test_choices_of_a_scope_are_never_folded(db):
    with pytest.raises(ValueError, match="language"):
        _ = WithScoped(QueryDict(), User.objects.all()).folded_html
