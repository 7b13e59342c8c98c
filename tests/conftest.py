"""Fixtures of every test: a small district with its streets, communities and people."""

import os

import pytest
from django.core.cache import cache

from tests.factories import make_district

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()


@pytest.fixture
def district(db):
    return make_district()
