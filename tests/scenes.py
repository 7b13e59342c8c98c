"""A scene that takes long to set up, built once for the tests of a module.

Each test changes it as it likes: what it writes is rolled back, and it gets its own copy of the
rows in memory. Tests of such a module use no other rows.
"""

import copy
from contextlib import contextmanager

from django.core.cache import cache
from django.db import transaction


@contextmanager
def standing(blocker, build):
    """The scene that `build` makes in the test database, taken back at the end of the module."""
    with blocker.unblock(), transaction.atomic():
        scene = build()
        cache.clear()
        yield lambda: copy.deepcopy(scene)
        transaction.set_rollback(True)
