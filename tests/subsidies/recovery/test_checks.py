"""What the checks of a live database find when somebody has been at the tables."""

import pytest

from subsidies.entitlements.models import Entitlement, TermChange
from subsidies.recovery import checks
from subsidies.recovery.models import Clawback, ExitReview, Instalment
from tests.subsidies.recovery.ending import ENDS, TODAY, another, notified, on_day, paid

pytestmark = pytest.mark.django_db


def found() -> set[str]:
    """The checks that complain."""
    return {name for name, check in checks.CHECKS.items() if list(check())}


@pytest.fixture
def claim(world):
    with on_day(TODAY):
        yield notified(world, paid(world))


def elsewhere(world, claim):
    Clawback.objects.filter(pk=claim.pk).update(street=world.district.other_street)


def more_is_claimed(world, claim):
    Clawback.objects.filter(pk=claim.pk).update(amount=claim.amount + 1)


def a_line_is_lost(world, claim):
    kept = {**claim.computation, "lines": claim.computation["lines"][1:]}
    Clawback.objects.filter(pk=claim.pk).update(computation=kept)


def an_instalment_is_lost(world, claim):
    Instalment.objects.filter(clawback=claim).delete()


def an_instalment_came_in_by_hand(world, claim):
    Instalment.objects.filter(clawback=claim).update(
        received_on=TODAY, voucher="样例", received_by=world.people.finance
    )


def it_ended_without_a_review(world, claim):
    Entitlement.objects.filter(pk=claim.entitlement_id).update(
        state="EXITED", exited_on=ENDS, exit_reason="TERM"
    )


def an_extension_reaches_beyond_its_term(world, claim):
    TermChange.objects.create(
        entitlement=claim.entitlement,
        kind="EXTENSION",
        from_month=ENDS.replace(month=10, day=1),
        months=1,
        document="样例",
        reason="样例",
        state="APPROVED",
        prepared_by=world.people.officer,
        approved_by=world.people.approver,
    )


@pytest.mark.parametrize(
    ("tamper", "check"),
    [
        (elsewhere, "places"),
        (more_is_claimed, "claims"),
        (more_is_claimed, "computations"),
        (more_is_claimed, "instalments"),
        (a_line_is_lost, "computations"),
        (an_instalment_is_lost, "instalments"),
        (an_instalment_came_in_by_hand, "instalments"),
        (it_ended_without_a_review, "exits"),
        (an_extension_reaches_beyond_its_term, "changes"),
    ],
)
def test_tampering_is_noticed(world, claim, tamper, check):
    assert found() == set()
    tamper(world, claim)
    assert check in found()


def test_a_sound_database_has_nothing_to_say(world, claim):
    another(world)
    ExitReview.objects.create(
        entitlement=claim.entitlement,
        exit_reason="TERM",
        exit_on=ENDS,
        outcome="CONTINUES",
        findings="样例",
    )
    assert found() == set()
