"""Two people at the same moment: one is first, the other is told, nothing is taken twice."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from compounds.assignment import services
from compounds.assignment.models import Assignment, AssignmentStep
from compounds.registry.models import Compound
from governance.foundation.errors import DomainError
from governance.organisation.models import User
from tests.compounds.assignment.cast import make_cast, make_classified, proposed
from tests.factories import make_invitation, make_provider, make_user

pytestmark = [pytest.mark.database("postgresql"), pytest.mark.django_db(transaction=True)]


def at_once(*acts):
    """What each act returned, or the words of its refusal; all begin together."""
    barrier = threading.Barrier(len(acts))

    def run(act):
        try:
            barrier.wait(timeout=20)
            return act()
        except DomainError as error:
            return type(error).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_the_last_room_of_a_firm_is_given_once(district):
    """Room for one compound of 5,500 m²; two are proposed."""
    cast = make_cast(district)
    other = make_user("clerk2", "street_clerk", district.street)
    firm = make_provider(district.area, capacity_m2=6000)
    compounds = [make_classified(district.community) for _ in range(2)]
    for compound in compounds:
        make_invitation(compound, firm)

    def propose(user, compound):
        return services.propose_assignment(
            by=User.objects.get(pk=user.pk),
            compound=Compound.objects.get(pk=compound.pk),
            provider=firm,
            strategy=compound.strategy,
        ).state

    found = at_once(lambda: propose(cast.clerk, compounds[0]), lambda: propose(other, compounds[1]))
    assert sorted(found) == ["Ineligible", "PROPOSED"]
    assert Assignment.objects.count() == 1


def test_two_clerks_prepare_one_assignment_of_a_compound(district):
    cast = make_cast(district)
    compound = make_classified(district.community)
    firms = [make_provider(district.area) for _ in range(2)]
    for firm in firms:
        make_invitation(compound, firm)

    def propose(firm):
        return services.propose_assignment(
            by=User.objects.get(pk=cast.clerk.pk),
            compound=Compound.objects.get(pk=compound.pk),
            provider=firm,
            strategy=compound.strategy,
        ).state

    found = at_once(*[lambda firm=firm: propose(firm) for firm in firms])
    assert sorted(found) == ["NotOpen", "PROPOSED"]


def test_two_leaders_review_once(district):
    cast = make_cast(district)
    other = make_user("chief2", "street_leader", district.street)
    compound = make_classified(district.community)
    firm = make_provider(district.area)
    make_invitation(compound, firm)
    row = proposed(cast, compound, firm)

    def review(user):
        return services.review_assignment(
            by=User.objects.get(pk=user.pk), assignment=row, version=1
        ).state

    found = at_once(lambda: review(cast.chief), lambda: review(other))
    assert sorted(found) == ["STREET_REVIEWED", "StaleRecord"]
    assert AssignmentStep.objects.count() == 2


def test_bulk_reviews_of_overlapping_rows_never_lock_each_other(district):
    """Rows are locked in one order, so that one of both waits and then refuses."""
    cast = make_cast(district)
    other = make_user("chief2", "street_leader", district.street)
    firm = make_provider(district.area)
    rows = []
    for _ in range(6):
        compound = make_classified(district.community)
        make_invitation(compound, firm)
        rows.append(proposed(cast, compound, firm))

    def review(user, some):
        return len(
            services.review_many(
                by=User.objects.get(pk=user.pk), rows=[(r.pk, 1) for r in some], batch=user.username
            )
        )

    found = at_once(
        lambda: review(cast.chief, rows[:4]), lambda: review(other, list(reversed(rows[2:])))
    )
    assert sorted(map(str, found)) == ["4", "RowsRefused"]
    assert Assignment.objects.filter(state="STREET_REVIEWED").count() == 4
