"""Fixtures of every test: a small district with its streets, communities and people."""

import os

import pytest

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@pytest.fixture(scope="session")
def django_db_modify_db_settings():
    """One test database per run."""


@pytest.fixture(autouse=True)
def _fresh_cache():
    from django.core.cache import cache

    cache.clear()
    yield


@pytest.fixture
def district(db):
    from tests.factories import make_district

    return make_district()
