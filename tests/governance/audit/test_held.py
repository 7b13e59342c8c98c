"""Acts held back are recorded at the end of the work, in their order, or not at all."""

import pytest
from django.db import transaction

from governance.audit import services
from governance.audit.models import AuditEntry
from tests.factories import make_user


@pytest.fixture
def by(db):
    return make_user("someone")


def verbs():
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


def test_nothing_is_recorded_before_the_outermost_block_ends(by):
    with transaction.atomic():
        with services.held():
            services.record("create", by, by=by)
            with services.held():
                services.record("change", by, by=by, reason="令")
            assert verbs() == []
        assert verbs() == ["create", "change"]
        services.record("delete", by, by=by)
    assert verbs() == ["create", "change", "delete"]
    assert AuditEntry.objects.get(verb="change").reason == "令"


def test_work_that_fails_leaves_nothing_behind(by):
    def fails():
        with transaction.atomic(), services.held():
            services.record("create", by, by=by)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with transaction.atomic():
        services.record("change", by, by=by)
    assert verbs() == ["change"]
