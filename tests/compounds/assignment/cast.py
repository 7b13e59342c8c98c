"""People, firms and compounds of these tests."""

from types import SimpleNamespace

from compounds.assignment import services
from compounds.assignment.models import Assignment
from tests.factories import make_compound, make_invitation, make_provider, make_user


def make_cast(district) -> SimpleNamespace:
    """Clerk, leader, officer and approver; a second clerk of the other street."""
    return SimpleNamespace(
        clerk=make_user("clerk", "street_clerk", district.street),
        chief=make_user("chief", "street_leader", district.street),
        officer=make_user("officer", "district_officer", district.area),
        approver=make_user("approver", "district_approver", district.area),
        elsewhere=make_user("elsewhere", "street_clerk", district.other_street),
    )


def make_classified(community, strategy="SUBSIDY_TRANSITION", **changes):
    """A compound with a strategy, as classification leaves it."""
    return make_compound(community, strategy=strategy, decision="DECIDED", **changes)


def make_pair(district, answer="AGREED", **changes):
    """A classified compound and a firm that agreed to serve it."""
    compound = make_classified(district.community, **changes)
    firm = make_provider(district.area)
    if answer:
        make_invitation(compound, firm, answer=answer)
    return compound, firm


def proposed(cast, compound, firm, **changes) -> Assignment:
    return services.propose_assignment(
        by=cast.clerk,
        compound=compound,
        provider=firm,
        strategy=compound.strategy,
        **changes,
    )


def reviewed(cast, compound, firm, **changes) -> Assignment:
    row = proposed(cast, compound, firm, **changes)
    return services.review_assignment(by=cast.chief, assignment=row, version=row.version)


def approved(cast, compound, firm, **changes) -> Assignment:
    row = reviewed(cast, compound, firm, **changes)
    return services.approve_assignment(
        by=cast.approver, assignment=row, version=row.version, document="小店房管〔2026〕1号"
    )


def active(cast, compound, firm, starts_on, **changes) -> Assignment:
    row = approved(cast, compound, firm, **changes)
    return services.activate_assignment(by=cast.clerk, assignment=row, starts_on=starts_on)
