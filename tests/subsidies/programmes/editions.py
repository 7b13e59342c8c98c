"""What the tests of this room begin with: people and the terms of Xiaodian."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

from subsidies.programmes import rules, services
from tests.factories import make_user

D = Decimal
C = rules.Condition
TODAY = dt.date(2026, 6, 1)

# Half a yuan for each m² and month, six months (S0-11).
XIAODIAN = rules.Terms(
    name="过渡期物业补贴",
    document_number="并小政发〔2026〕1号",
    effective_from=dt.date(2026, 1, 1),
    months=6,
    steps=(rules.Step(1, 6, "CHARGEABLE_AREA", D("0.5000")),),
    conditions=(
        C("strategy", "in", ("SUBSIDY_TRANSITION",)),
        C("contract_is_filed", "is", True),
    ),
    shares=(rules.Share("DISTRICT", D("100.00")),),
    clawbacks=(
        rules.Clawback("LEFT_EARLY", "UNEARNED", months=12),
        rules.Clawback("FALSE_DATA", "ALL"),
    ),
)


def revised(**changes) -> rules.Terms:
    return rules.revised(XIAODIAN, **changes)


def make_people(place) -> SimpleNamespace:
    return SimpleNamespace(
        officer=make_user(role="district_officer", area=place.area),
        colleague=make_user(role="district_officer", area=place.area),
        approver=make_user(role="district_approver", area=place.area),
        clerk=make_user(role="street_clerk", area=place.street),
        leader=make_user(role="leader", area=place.area),
    )


def make_draft(place, people, terms=XIAODIAN, **changes):
    return services.create_draft(
        by=people.officer, district=place.area, terms=rules.revised(terms, **changes)
    )


def make_published(place, people, terms=XIAODIAN, **changes):
    draft = make_draft(place, people, terms, **changes)
    return services.publish(by=people.approver, programme=draft, version=draft.version)
