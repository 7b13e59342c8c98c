"""People, firms, assignments and contracts for the tests of contracts."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

from compounds.assignment.models import Assignment
from compounds.contracts import services
from compounds.contracts.models import Contract
from tests.factories import make_compound, make_provider, make_user

TODAY = dt.date(2026, 11, 23)
SIGNED = dt.date(2026, 11, 9)
STARTS = dt.date(2026, 12, 1)
ENDS = dt.date(2029, 11, 30)
ITEMS = (
    {"kind": "CLEANING", "description": "每日清扫", "frequency": "每日一次"},
    {"kind": "REFUSE", "description": "生活垃圾清运"},
    {"kind": "FACILITIES", "description": "楼道灯维护"},
)
FACTS = {
    "number": "样例-2026-001",
    "kind": "TRANSITION",
    "party_a": "MANAGEMENT_COMMITTEE",
    "party_a_name": "样例小区物管会",
    "starts_on": STARTS,
    "ends_on": ENDS,
    "fee_mode": "LUMP_SUM",
    "fee_per_m2": Decimal("0.5"),
    "fee_note": "按季度收取，逾期书面催告",
    "quality": "丁级",
    "repair_fund": "未建立",
    "service_rooms": "门房一间",
    "handover_terms": "签约后十日内交接",
    "dunning": " REMINDER ",
    "document": "样例合同文本",
}
# What the numbers of a sheet lack.
KNOWN = {
    "collection": Decimal(82),
    "fee_per_m2": Decimal("0.5"),
    "parking_spaces": Decimal(0),
    "public_revenue": Decimal(0),
    "subsidy": Decimal(0),
    "green_area_m2": Decimal(0),
    "lifts": Decimal(0),
}


def make_assignment(world, compound, provider=None, state="DISTRICT_APPROVED", **changes):
    facts = {"strategy": "SUBSIDY_TRANSITION", **changes}
    if state in ("ACTIVE", "ENDED"):
        facts.setdefault("starts_on", SIGNED)
    row = Assignment(
        compound=compound,
        provider=provider or world.provider,
        state=state,
        prepared_by=world.clerk,
        reviewed_by=world.leader,
        approved_by=world.approver,
        **facts,
    )
    row.save()
    return row


def make_world(district) -> SimpleNamespace:
    world = SimpleNamespace(
        district=district,
        officer=make_user("officer", "district_officer", district.area),
        approver=make_user("approver", "district_approver", district.area),
        clerk=make_user("clerk", "street_clerk", district.street),
        far_clerk=make_user("far_clerk", "street_clerk", district.other_street),
        leader=make_user("leader", "street_leader", district.street),
        worker=make_user("worker", "community_worker", district.community),
        auditor=make_user("auditor", "auditor", district.area),
        provider=make_provider(district.area, name="样例物业甲"),
        rival=make_provider(district.area, name="样例物业乙"),
        compound=make_compound(district.community, name="样例一院"),
        second=make_compound(district.community, name="样例二院"),
        sister=make_compound(district.sister_community, name="样例邻院"),
        far=make_compound(district.other_community, name="样例远院"),
    )
    world.assignment = make_assignment(world, world.compound)
    return world


def draft(world, compounds=None, items=ITEMS, by=None, follows=None, **changes) -> Contract:
    compounds = [world.compound] if compounds is None else compounds
    facts = {**FACTS, "provider": world.provider, **changes}
    return services.create_contract(
        by=by or world.clerk,
        facts=facts,
        compounds=[(one, None) for one in compounds],
        items=items,
        follows=follows,
    )


def signed(world, signed_on=SIGNED, **changes) -> Contract:
    contract = draft(world, **changes)
    return services.sign_contract(
        by=changes.get("by") or world.clerk,
        contract=contract,
        version=contract.version,
        signed_on=signed_on,
    )


def filed(world, filed_on=dt.date(2026, 11, 16), filing_number="样例备-1", **changes) -> Contract:
    contract = signed(world, **changes)
    return services.file_contract(
        by=changes.get("by") or world.clerk,
        contract=contract,
        version=contract.version,
        filed_on=filed_on,
        filing_number=filing_number,
    )
