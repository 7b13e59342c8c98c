"""Forms: what is left empty is asked for by its name."""

import pytest
from django import forms
from django.utils.translation import override


class Survey(forms.Form):
    name = forms.CharField(label="小区名称")
    street = forms.ChoiceField(label="街道", choices=[("", "—"), ("1", "坞城街道")])
    agreed = forms.BooleanField(label="已核对")
    reason = forms.CharField(error_messages={"required": "理由必须写。"})
    note = forms.CharField(required=False)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("name", "请填写“小区名称”。"),
        ("street", "请选择“街道”。"),
        ("agreed", "请勾选“已核对”。"),
        ("reason", "理由必须写。"),
    ],
)
def test_an_empty_field_is_asked_for_by_its_name(field, words):
    with override("zh-hans"):
        assert Survey({}).errors[field] == [words]


def test_nothing_is_asked_of_a_field_that_may_stay_empty():
    assert "note" not in Survey({}).errors


def test_the_words_are_those_of_the_reader():
    with override("en"):
        assert Survey({}).errors["name"] == ["Fill in “小区名称”."]
    with override("zh-hans"):
        assert Survey({}).errors["name"] == ["请填写“小区名称”。"]
