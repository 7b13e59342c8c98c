"""Sentences are compared in English, whatever the catalogue says by now."""

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield
