"""What the tests of this room begin with: people, and the policy of Xiaodian in force."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

from compounds.classification import services
from compounds.classification.rules import Condition, Rule
from tests.factories import DAY, make_compound, make_invitation, make_provider, make_user

C = Condition

XIAODIAN = (
    Rule(
        "UNIT_COBUILD",
        (
            C("has_affiliated_unit", "is", True),
            C("unit_is_active", "is", True),
            C("unit_distance_m", "le", 200),
            C("unit_agreed", "is", True),
        ),
    ),
    Rule(
        "RED_TAKEOVER",
        (
            C("households", "ge", 300),
            C("floor_area_m2", "ge", Decimal("20000.00")),
            C("foundation_score", "ge", 60),
            C("contiguity_size", "ge", 2, 1),
            C("contiguity_area_m2", "ge", Decimal("40000.00"), 1),
            C("willing_red_firms", "ge", 1),
        ),
    ),
    Rule("SUBSIDY_TRANSITION", (C("willing_firms_with_subsidy", "ge", 1),)),
    Rule("FALLBACK", (C("failed_rounds", "ge", 2),)),
)
REASON = "文件已先行印发"
TERMS = {
    "title": "样例定策标准",
    "document_number": "样例〔2026〕1号",
    "effective_from": dt.date(2026, 3, 1),
    "subsidy_rate": Decimal("0.50"),
    "subsidy_months": 6,
    "area_basis": "CHARGEABLE",
}


def make_people(place) -> SimpleNamespace:
    """One person of each role that has to do with classification."""
    return SimpleNamespace(
        officer=make_user(role="district_officer", area=place.area),
        approver=make_user(role="district_approver", area=place.area),
        clerk=make_user(role="street_clerk", area=place.street),
        chief=make_user(role="street_leader", area=place.street),
        other_clerk=make_user(role="street_clerk", area=place.other_street),
        worker=make_user(role="community_worker", area=place.community),
        leader=make_user(role="leader", area=place.area),
    )


def make_draft(place, people, policy_rules=XIAODIAN, **changes):
    return services.create_policy(
        by=people.officer, district=place.area, policy_rules=policy_rules, **{**TERMS, **changes}
    )


def make_policy(place, people, policy_rules=XIAODIAN, **changes):
    """A published policy; a reason is kept only where it begins before today."""
    draft = make_draft(place, people, policy_rules, **changes)
    return services.publish_policy(
        by=people.approver, policy=draft, version=draft.version, reason=REASON
    )


def make_sample(place) -> SimpleNamespace:
    """One compound for each way through the policy of Xiaodian."""
    firm = make_provider(place.area)
    grey = make_provider(place.area, is_red=False)
    unit = make_provider(place.area, kind="UNIT_COMPANY", is_red=False)
    large = {
        "household_count": 700,
        "floor_area_m2": Decimal("49000.00"),
        "chargeable_area_m2": Decimal("47000.00"),
        "renovation": "DONE",
        "check_road": True,
        "contiguity_group": "LP001",
        "is_contiguous": True,
    }
    dormitory = {
        "ownership": "UNIT",
        "unit_name": "样例厂",
        "unit_state": "ACTIVE",
        "unit_distance_m": 120,
    }
    sample = SimpleNamespace(
        firm=firm,
        grey=grey,
        unit_company=unit,
        unit=make_compound(place.community, **dormitory),
        red=make_compound(place.community, **large),
        red_two=make_compound(place.other_community, **large),
        small=make_compound(place.community),
        refused=make_compound(place.sister_community),
        uninvited=make_compound(place.other_community),
        once_refused=make_compound(place.other_community),
        managed=make_compound(place.community, management_mode="FIRM"),
    )
    for row in (
        sample.unit,
        sample.red,
        sample.red_two,
        sample.small,
        sample.refused,
        sample.uninvited,
        sample.once_refused,
        sample.managed,
    ):
        row.derive()
        row.save()
    make_invitation(sample.unit, unit)
    make_invitation(sample.red, firm)
    make_invitation(sample.red_two, firm)
    make_invitation(sample.small, grey, answer="AGREED_WITH_SUBSIDY")
    for number in (1, 2):
        make_invitation(sample.refused, firm, round=number, answer="REFUSED")
        make_invitation(sample.refused, grey, round=number, answer="NO_ANSWER")
    make_invitation(sample.once_refused, grey, answer="REFUSED")
    return sample


EXPECTED = {
    "unit": ("UNIT_COBUILD", "DECIDED"),
    "red": ("RED_TAKEOVER", "DECIDED"),
    "red_two": ("RED_TAKEOVER", "DECIDED"),
    "small": ("SUBSIDY_TRANSITION", "DECIDED"),
    "refused": ("FALLBACK", "DECIDED"),
    "uninvited": ("", "INCOMPLETE"),
    "once_refused": ("", "UNMATCHED"),
    "managed": ("", ""),
}


def results(sample) -> dict[str, tuple[str, str]]:
    """What the register says of the sample now."""
    found = {}
    for name in EXPECTED:
        row = getattr(sample, name)
        row.refresh_from_db()
        found[name] = (row.strategy, row.decision)
    return found


__all__ = [
    "DAY",
    "EXPECTED",
    "REASON",
    "XIAODIAN",
    "make_draft",
    "make_people",
    "make_policy",
    "results",
]
