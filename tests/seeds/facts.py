"""The facts of classification read straight from the sheets, without the register.

A second reading beside the system's own: if both agree, neither is wrong by itself.
"""

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from compounds.classification import rules
from compounds.classification.rules import Condition, Rule

AS_OF = dt.date(2026, 10, 31)

# The policy of Xiaodian (domain.md §3.3); the numbers are parameters there.
POLICY = (
    Rule(
        "UNIT_COBUILD",
        (
            Condition("has_affiliated_unit", "is", True),
            Condition("unit_is_active", "is", True),
            Condition("unit_distance_m", "le", 200),
            Condition("unit_agreed", "is", True),
        ),
    ),
    Rule(
        "RED_TAKEOVER",
        (
            Condition("households", "ge", 300),
            Condition("floor_area_m2", "ge", Decimal("20000.00")),
            Condition("foundation_score", "ge", 60),
            Condition("contiguity_size", "ge", 2, 1),
            Condition("contiguity_area_m2", "ge", Decimal("40000.00"), 1),
            Condition("willing_red_firms", "ge", 1),
        ),
    ),
    Rule("SUBSIDY_TRANSITION", (Condition("willing_firms_with_subsidy", "ge", 1),)),
    Rule("FALLBACK", (Condition("failed_rounds", "ge", 2),)),
)

TRUTH = {"是": True, "有": True, "否": False, "无": False, None: None}


def decisions(register, providers, invitations) -> dict[str, str]:
    """Outcome (strategy, INCOMPLETE or UNMATCHED) of every unmanaged compound by code."""
    policy = rules.compile_policy(POLICY)
    answers = _answers(providers, invitations)
    groups = _groups(register)
    decided = {}
    for row in register:
        if row["现管理方式"] in ("无人管理", "弃管"):
            decision = policy.decide({**_facts(row, groups), **_willingness(row, answers)})
            decided[row["小区编码"]] = decision.strategy or decision.outcome
    return decided


def _groups(register):
    groups = defaultdict(list)
    for row in register:
        if row["连片组编号"]:
            groups[row["连片组编号"]].append(row)
    return groups


def _facts(row, groups):
    checks = [TRUTH[row[name]] for name in ("管网完好", "供电完好", "道路完好", "大门完好")]
    passed = None if None in checks else sum(checks) + (row["是否改造"] != "未改造")
    together = groups[row["连片组编号"]] if row["连片组编号"] else [row]
    return {
        "households": row["户数"],
        "floor_area_m2": row["建筑面积(㎡)"],
        "has_affiliated_unit": bool(row["原产权单位"]) or row["产权性质"] == "单位产权",
        "unit_is_active": row["单位状态"] == "存续",
        "unit_distance_m": row["与原单位距离(m)"],
        "foundation_score": None if passed is None else passed * 20,
        "contiguity_size": len(together),
        "contiguity_area_m2": sum(member["建筑面积(㎡)"] for member in together),
    }


def _answers(providers, invitations):
    by_code = {row["统一社会信用代码"]: row for row in providers}
    answers = defaultdict(list)
    for row in invitations:
        answers[row["小区编码"]].append(
            (row["轮次"], row["答复"], by_code[row["统一社会信用代码"]])
        )
    return answers


def _is_eligible_red(firm) -> bool:
    flags = ("是否红色物业", "是否辖区内", "有能力", "有意愿", "基础好")
    blacklisted = firm["黑名单至"] and firm["黑名单至"] >= AS_OF
    return all(firm[f] == "是" for f in flags) and firm["党组织形式"] != "无" and not blacklisted


def _willingness(row, answers):
    letters = answers[row["小区编码"]]
    rounds = defaultdict(list)
    for number, answer, _firm in letters:
        rounds[number].append(answer)
    of_units = [a for _, a, firm in letters if firm["类型"] == "原单位企业"]
    others = [(a, firm) for _, a, firm in letters if firm["类型"] != "原单位企业"]
    return {
        "unit_agreed": ("同意" in of_units) if of_units else None,
        "willing_red_firms": sum(a == "同意" and _is_eligible_red(firm) for a, firm in others),
        "willing_firms_with_subsidy": sum(a in ("同意", "补贴下同意") for a, _ in others),
        "failed_rounds": sum(
            all(a in ("拒绝", "未答复") for a in round_) for round_ in rounds.values()
        ),
    }
