"""Filters of lists: what is written once for everybody holds nobody's own choices."""

import pytest
from django.http import QueryDict

from governance.foundation.filters import ListFilterSet, TextFilter, WordsFilter
from governance.organisation.models import User


class OfAccounts(ListFilterSet):
    username = TextFilter(label="name")
    language = TextFilter(label="language")
    groups = (("more", ("username", "language")),)


class Searched(ListFilterSet):
    q = WordsFilter("username", "display_name", label="name")


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


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", {"wang", "a-0117"}),
        ("王", {"wang"}),
        ("WANG 秀英", {"wang"}),
        ("wang 117", set()),
        ("秀 0117", {"a-0117"}),
        ("Ａ－０１１７", {"a-0117"}),
        ("０１１７　秀", {"a-0117"}),
        ("（二）", {"a-0117"}),
        ("%", set()),
        ("wang " * 5 + "nobody", {"wang"}),
    ],
)
def test_every_word_stands_in_one_of_the_columns_however_it_was_typed(db, typed, found):
    User.objects.create(username="wang", display_name="王秀英")
    User.objects.create(username="a-0117", display_name="李秀（二）")
    rows = Searched(QueryDict(mutable=True) | {"q": typed}, User.objects.all()).qs
    assert {row.username for row in rows} == found
