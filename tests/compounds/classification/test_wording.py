"""Decisions in words, in Chinese and in English."""

from decimal import Decimal

import pytest
from django.utils import translation

from compounds.classification import rules, wording
from compounds.classification.rules import Condition, Rule

from .policies import XIAODIAN

POLICY = rules.compile_policy(XIAODIAN)
SMALL = {
    "households": 86,
    "floor_area_m2": Decimal("25934.20"),
    "foundation_score": 80,
    "contiguity_size": 2,
    "contiguity_area_m2": Decimal("31000.00"),
    "has_affiliated_unit": False,
    "unit_is_active": False,
    "unit_agreed": False,
    "willing_red_firms": 1,
    "willing_firms_with_subsidy": 1,
    "failed_rounds": 0,
}


def explained(values, policy=POLICY):
    decision = policy.decide(values)
    return wording.explain(decision, rules.counterfactual(policy, values))


def test_the_sentence_names_what_failed_what_holds_and_the_rule():
    with translation.override("zh-hans"):
        found = explained(SMALL)
    assert found.reason == (
        "不符合“单位协建”和“红色物业”的条件；有 1 家企业愿意在补贴下进驻，因此由第 3 条命中。"
    )
    assert found.change == "若户数达到 300 户（差 214），将改为“红色物业”。"


def test_the_sentence_is_natural_english_too():
    with translation.override("en"):
        found = explained(SMALL)
    assert found.reason == (
        "It does not meet the conditions of “co-build by the work unit” or “red-property takeover”;"
        " 1 firm is willing to come with the subsidy, so rule 3 decides."
    )
    assert found.change == (
        "If households reached 300 (214 short), it would become “red-property takeover”."
    )


def test_two_changes_are_joined_and_none_is_left_out():
    values = {**SMALL, "floor_area_m2": Decimal("5934.20")}
    with translation.override("zh-hans"):
        change = explained(values).change
    assert change == (
        "若户数达到 300 户（差 214）且建筑面积达到 20,000 ㎡（差 14,065.80），将改为“红色物业”。"
    )


def test_a_first_rule_that_hits_has_no_failed_strategies():
    values = {**SMALL, "has_affiliated_unit": True, "unit_is_active": True}
    values |= {"unit_distance_m": 120, "unit_agreed": True}
    with translation.override("zh-hans"):
        reason = explained(values).reason
    assert reason == (
        "有隶属单位，原单位存续，与原单位距离 120 m，原单位企业书面同意，因此由第 1 条命中。"
    )
    with translation.override("en"):
        assert explained(values).reason.startswith("There is an affiliated unit, ")


def test_a_missing_fact_is_asked_for_and_the_next_rule_is_named():
    values = {**SMALL, "households": None}
    with translation.override("zh-hans"):
        reason = explained(values).reason
    assert "还判断不了“红色物业”：“户数”尚未查明" in reason
    assert reason.endswith("如果最后不符合，将由第 3 条“补贴过渡”命中。")


def test_while_facts_are_missing_no_other_change_is_advised():
    found = explained({**SMALL, "households": None})
    assert (found.change, found.achievable) == ("", "")


def test_no_rule_that_fits_is_said():
    values = {**SMALL, "willing_firms_with_subsidy": 0}
    with translation.override("zh-hans"):
        found = explained(values)
    assert found.reason == "4 条规则都不符合，没有适用的策略。"
    assert "将定为“红色物业”" in found.change


def test_nobody_is_advised_to_strive_for_the_fallback():
    with translation.override("zh-hans"):
        assert "兜底" not in explained(SMALL).achievable


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Condition("households", "ge", 300), "户数 ≥ 300 户"),
        (Condition("floor_area_m2", "lt", Decimal("20000.00")), "建筑面积 < 20,000 ㎡"),
        (Condition("built_year", "lt", 2000), "建成年份 < 2000"),
        (Condition("has_affiliated_unit", "is", False), "没有隶属单位"),
        (Condition("unit_agreed", "is", True), "原单位企业书面同意"),
    ],
)
def test_conditions_read_like_a_regulation(condition, words):
    with translation.override("zh-hans"):
        assert wording.condition_in_words(condition) == words


def test_every_condition_that_can_be_written_can_be_read():
    for fact in rules.FACTS.values():
        for operator in fact.operators:
            value = {"bool": True, "int": 60, "decimal": Decimal("60.00")}.get(fact.kind)
            value = (fact.choices[0][0],) if fact.kind == "choice" else value
            condition = Condition(fact.key, operator.code, value)
            for language in ("zh-hans", "en"):
                with translation.override(language):
                    assert wording.condition_in_words(condition)
                    if fact.kind != "choice":
                        assert wording.values.statement(fact.key, value)


def test_evidence_marks_hit_failed_unknown_and_unused_rules():
    with translation.override("zh-hans"):
        rows = wording.evidence(POLICY.decide(SMALL).trace())
        assert [row.state for row in rows] == ["fail", "fail", "hit", "unused"]
        assert [row.word for row in rows] == ["未命中", "未命中", "命中", "未用到"]
        households = rows[1].conditions[0]
        assert (households.value, households.requirement) == ("86 户", "≥ 300 户")
        assert (households.difference, households.sign, households.word) == ("−214", "✕", "不满足")


def test_a_failed_alternative_is_not_needed_while_another_holds():
    with translation.override("zh-hans"):
        red = wording.evidence(POLICY.decide(SMALL).trace())[1]
    size, area = red.conditions[3], red.conditions[4]
    assert (size.state, size.alternative) == ("pass", "任一")
    assert (area.state, area.alternative) == ("skip", "或")


def test_an_unused_rule_that_also_fits_says_so():
    values = {**SMALL, "failed_rounds": 2}
    with translation.override("zh-hans"):
        assert wording.evidence(POLICY.decide(values).trace())[3].word == "未用到（也符合）"


def test_alternatives_are_one_requirement_of_the_regulation():
    with translation.override("zh-hans"):
        red = wording.in_regulation(XIAODIAN)[1]
        assert [len(requirement.conditions) for requirement in red.requirements] == [1, 1, 1, 2, 1]
        assert red.requirements[3].in_words == (
            "满足其一：集中连片小区数 ≥ 2 个；连片总面积 ≥ 40,000 ㎡"
        )


def test_rules_without_conditions_still_print():
    assert wording.in_regulation([Rule("FALLBACK", ())])[0].requirements == ()
