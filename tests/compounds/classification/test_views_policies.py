"""Policies in the browser: reading, drafting, publishing, retiring."""

import datetime as dt

import pytest

from compounds.classification import services
from compounds.classification.models import Policy
from compounds.classification.rules import Condition, Rule
from tests.factories import make_district, make_user

from .pages import AS_OF, XIAODIAN_ROWS, client_of, draft_form, statements, text_of
from .policies import XIAODIAN, make_draft, make_people, make_policy

pytestmark = pytest.mark.django_db
HOME = "/classification/policies/"
NEXT = dt.date(2026, 7, 1)


@pytest.fixture(autouse=True)
def _fixed_day(monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: AS_OF)


@pytest.fixture
def people(district):
    return make_people(district)


@pytest.fixture
def policy(district, people):
    return make_policy(district, people)


@pytest.fixture
def draft(district, people):
    return make_draft(district, people, title="下一版", effective_from=NEXT)


def edit(draft) -> str:
    return f"{HOME}{draft.pk}/edit/"


def stored(draft):
    return Policy.objects.get(pk=draft.pk)


# --- reading ----------------------------------------------------------------------------------


def test_the_list_groups_policies_by_state(policy, draft, people):
    page = text_of(client_of(people.leader).get(HOME))
    assert page.index("执行中") < page.index("草案")
    assert "下一版" in page


def test_the_policy_prints_its_rules_with_units_and_alternatives(policy, people):
    page = text_of(client_of(people.leader).get(f"{HOME}{policy.pk}/"))
    assert "户数 ≥ 300 户" in page
    assert "满足其一： 集中连片小区数 ≥ 2 个 或 连片总面积 ≥ 40,000 ㎡" in page
    assert "0.50 元/㎡·月" in page


def test_a_policy_of_another_district_does_not_exist(policy, people):
    other = make_district(code="140106", name="邻区")
    stranger = make_user(role="district_officer", area=other.area)
    client = client_of(stranger)
    for address in (f"{HOME}{policy.pk}/", edit(policy)):
        assert client.get(address).status_code == 404
    for verb in ("copy", "delete"):
        assert client.post(f"{HOME}{policy.pk}/{verb}/").status_code == 404


def test_editions_are_compared_side_by_side(policy, draft, people):
    services.save_draft(
        by=people.officer,
        policy=draft,
        version=draft.version,
        policy_rules=(*XIAODIAN[:2], Rule("FALLBACK", (Condition("failed_rounds", "ge", 3),))),
    )
    page = client_of(people.leader).get(f"{HOME}{draft.pk}/compare/{policy.pk}/")
    html = page.content.decode()
    assert "<del>邀约失败轮次 ≥ 2 轮</del>" in html
    assert "<ins>邀约失败轮次 ≥ 3 轮</ins>" in html
    assert "删去" in text_of(page)


def test_statements_do_not_grow_with_rules_or_editions(policy, people, district):
    client = client_of(people.officer)
    address = f"{HOME}{policy.pk}/"
    before = statements(client, HOME), statements(client, address)
    for _number in range(3):
        make_draft(district, people)
    assert (statements(client, HOME), statements(client, address)) == before


# --- the editor -------------------------------------------------------------------------------


def test_who_may_not_draft_is_refused(draft, people):
    for person in (people.clerk, people.approver, people.leader):
        client = client_of(person)
        assert client.get(edit(draft)).status_code == 403
        assert client.post(edit(draft), draft_form(draft)).status_code == 403
        assert client.get(f"{HOME}add/").status_code == 403


def test_a_draft_is_saved_whole(draft, people):
    answer = client_of(people.officer).post(edit(draft), draft_form(draft))
    assert answer.status_code == 302
    row = stored(draft)
    assert row.title == "样例标准"
    assert [rule.strategy for rule in row.as_rules()] == [name for name, _rows in XIAODIAN_ROWS]


def test_a_new_draft_begins_in_the_empty_editor(district, people):
    client = client_of(people.officer)
    assert "还没有规则" in text_of(client.get(f"{HOME}add/"))
    answer = client.post(f"{HOME}add/", draft_form(None))
    row = Policy.objects.get()
    assert answer["Location"] == f"{HOME}{row.pk}/"
    assert row.prepared_by == people.officer
    assert len(row.as_rules()) == 3


def test_buttons_redraw_the_rows_without_saving(draft, people):
    client = client_of(people.officer)
    page = client.post(edit(draft), draft_form(draft, do="add"))
    assert page.status_code == 200
    assert [row.strategy for row in page.context["editor"].rows][-1] == ""
    page = client.post(edit(draft), draft_form(draft, do="down-0"))
    assert page.context["editor"].rows[0].strategy == "SUBSIDY_TRANSITION"
    page = client.post(edit(draft), draft_form(draft, do="drop-0-1"))
    assert len(page.context["editor"].rows[0].conditions) == 1
    page = client.post(edit(draft), draft_form(draft, do="add-1"))
    assert len(page.context["editor"].rows[1].conditions) == 2
    assert stored(draft).version == draft.version


@pytest.mark.parametrize("act", ["up-0", "down-2", "drop-9", "drop-0-99", "nonsense", "up-x", ""])
def test_impossible_buttons_change_nothing(draft, people, act):
    page = client_of(people.officer).post(edit(draft), draft_form(draft, do=act))
    assert [row.strategy for row in page.context["editor"].rows] == [n for n, _r in XIAODIAN_ROWS]


def test_another_fact_brings_its_own_comparisons(draft, people):
    rows = [("FALLBACK", [("has_affiliated_unit", "ge", "300", 0)])]
    page = client_of(people.officer).post(edit(draft), draft_form(draft, rows, do="refresh"))
    condition = page.context["editor"].rows[0].conditions[0]
    assert (condition.operator, condition.value) == ("is", "true")


def test_full_width_digits_separators_and_units_are_understood(draft, people):
    rows = [
        (
            "RED_TAKEOVER",
            [("households", "ge", "３００户", 0), ("floor_area_m2", "ge", "2０,000㎡", 0)],
        ),
        *XIAODIAN_ROWS[1:],
    ]
    form = draft_form(draft, rows, subsidy_rate="０.６０", subsidy_months="６个月")
    assert client_of(people.officer).post(edit(draft), form).status_code == 302
    red = stored(draft).as_rules()[0]
    assert [str(c.value) for c in red.conditions] == ["300", "20000.00"]
    assert str(stored(draft).subsidy_rate) == "0.60"


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (("households", "ge", "三百", 0), "“三百”不能作为“户数”的值，要填整数"),
        (("households", "ge", "300.5", 0), "“300.5”不能作为“户数”的值"),
        (("households", "ge", "", 0), "请填数值"),
        (("households", "is", "true", 0), "“户数”不能这样比较"),
        (("floor_area_m2", "ge", "1.234", 0), "不能作为“建筑面积”的值"),
        (("no_such_fact", "ge", "1", 0), "请选条件"),
        (("kind", "in", "", 0), "至少勾选一项"),
    ],
)
def test_wrong_values_are_told_beside_the_field_and_kept(draft, people, condition, message):
    rows = [("RED_TAKEOVER", [condition]), *XIAODIAN_ROWS[1:]]
    page = client_of(people.officer).post(edit(draft), draft_form(draft, rows, title="没有丢"))
    assert page.status_code == 200
    errors = page.context["editor"].rows[0].conditions[0].errors
    assert len(errors) == 1
    assert message in errors[0]
    words = page.content.decode()
    assert 'value="没有丢"' in words
    assert "有 1 处要改" in words
    assert stored(draft).version == draft.version


def test_a_rule_that_can_never_fire_is_told_beside_it(draft, people):
    rows = [*XIAODIAN_ROWS, ("SUBSIDY_TRANSITION", [("willing_firms_with_subsidy", "ge", "2", 0)])]
    answer = client_of(people.officer).post(edit(draft), draft_form(draft, rows))
    assert answer["Location"] == edit(draft)
    page = client_of(people.officer).get(edit(draft))
    assert "永远不会命中" in page.context["editor"].rows[3].errors[0]
    assert "永远不会命中" in text_of(page)


def test_contradictory_conditions_are_told_beside_the_second(draft, people):
    rows = [
        ("RED_TAKEOVER", [("households", "ge", "300", 0), ("households", "lt", "200", 0)]),
        *XIAODIAN_ROWS[1:],
    ]
    client = client_of(people.officer)
    client.post(edit(draft), draft_form(draft, rows))
    errors = client.get(edit(draft)).context["editor"].rows[0].conditions[1].errors
    assert "矛盾" in errors[0]


def test_a_term_that_ends_before_it_begins_is_told_at_its_field(draft, people):
    form = draft_form(draft, effective_until="2026-06-30")
    page = client_of(people.officer).post(edit(draft), form)
    assert "失效日期早于生效日期" in page.context["form"].errors["effective_until"][0]


def test_a_stale_form_is_refused_with_both_versions_shown(draft, people):
    client = client_of(people.officer)
    old = draft_form(draft, title="我的版本")
    client.post(edit(draft), draft_form(draft, title="对方的版本"))
    page = client.post(edit(draft), old)
    assert page.status_code == 200
    words = page.content.decode()
    assert "刚被别人保存过" in words
    assert 'value="我的版本"' in words
    assert "对方的版本" in text_of(page)
    assert stored(draft).title == "对方的版本"
    again = client.post(edit(draft), {**old, "version": page.context["version"]})
    assert again.status_code == 302
    assert stored(draft).title == "我的版本"


def test_hostile_counts_do_no_harm(draft, people):
    form = draft_form(draft) | {"rules": "99999999999", "r0-conditions": "-1", "version": "１"}
    page = client_of(people.officer).post(edit(draft), form)
    assert page.status_code == 200
    assert stored(draft).version == draft.version


# --- published ones are fixed -----------------------------------------------------------------


def test_a_published_policy_has_no_edit_door_and_refuses_posts(policy, people):
    client = client_of(people.officer)
    assert edit(policy) not in client.get(f"{HOME}{policy.pk}/").content.decode()
    answer = client.post(edit(policy), draft_form(policy), follow=True)
    assert "已发布的政策" in text_of(answer)
    assert stored(policy).title == policy.title
    answer = client.post(f"{HOME}{policy.pk}/delete/", {"version": policy.version}, follow=True)
    assert "已发布的政策" in text_of(answer)


def test_copying_gives_a_new_draft_of_the_copier(policy, people):
    answer = client_of(people.officer).post(f"{HOME}{policy.pk}/copy/")
    copy = Policy.objects.get(copied_from=policy)
    assert answer["Location"] == edit(copy)
    assert copy.as_rules() == policy.as_rules()


def test_another_person_publishes(draft, people):
    client = client_of(people.approver)
    page = client.get(f"{HOME}{draft.pk}/")
    assert f"{HOME}{draft.pk}/publish/" in page.content.decode()
    client.post(f"{HOME}{draft.pk}/publish/", {"version": draft.version})
    assert stored(draft).state == "PUBLISHED"
    assert stored(draft).published_by == people.approver


def test_the_preparer_sees_why_he_cannot_publish_and_is_refused(district, people):
    both = make_user(role="district_officer", area=district.area)
    both.posts.create(role="district_approver", area=district.area, valid_from=AS_OF)
    draft = services.create_policy(
        by=both,
        district=district.area,
        policy_rules=XIAODIAN,
        title="自己的",
        effective_from=AS_OF,
        subsidy_rate="0.50",
        subsidy_months=6,
    )
    client = client_of(both)
    page = client.get(f"{HOME}{draft.pk}/")
    assert "要由另一人发布" in text_of(page)
    assert "/publish/" not in page.content.decode()
    answer = client.post(f"{HOME}{draft.pk}/publish/", {"version": draft.version}, follow=True)
    assert "发布" in text_of(answer)
    assert stored(draft).state == "DRAFT"


def test_who_may_not_publish_is_refused(draft, people):
    for person in (people.officer, people.clerk, people.leader):
        answer = client_of(person).post(f"{HOME}{draft.pk}/publish/", {"version": draft.version})
        assert answer.status_code == 403
    assert stored(draft).state == "DRAFT"


def test_a_faulty_draft_cannot_be_published(draft, people):
    services.save_draft(
        by=people.officer, policy=draft, version=draft.version, policy_rules=XIAODIAN[:3]
    )
    client = client_of(people.approver)
    page = client.get(f"{HOME}{draft.pk}/")
    assert "发布前还要改 1 处" in text_of(page)
    assert "/publish/" not in page.content.decode()
    client.post(f"{HOME}{draft.pk}/publish/", {"version": stored(draft).version})
    assert stored(draft).state == "DRAFT"


def test_a_draft_without_a_document_number_cannot_be_published(district, people):
    draft = make_draft(district, people, document_number="")
    client = client_of(people.approver)
    page = client.get(f"{HOME}{draft.pk}/")
    assert "还没有文号" in text_of(page)
    assert "/publish/" not in page.content.decode()
    answer = client.post(f"{HOME}{draft.pk}/publish/", {"version": draft.version}, follow=True)
    assert "请先填写文号" in text_of(answer)
    assert stored(draft).state == "DRAFT"


def test_retiring_needs_a_reason(policy, people):
    client = client_of(people.approver)
    address = f"{HOME}{policy.pk}/retire/"
    answer = client.post(address, {"version": policy.version, "reason": " "}, follow=True)
    assert stored(policy).state == "PUBLISHED"
    assert "理由" in text_of(answer)
    client.post(address, {"version": policy.version, "reason": "有新版"})
    assert stored(policy).state == "RETIRED"


def test_throwing_a_draft_away_needs_its_present_version(draft, people):
    client = client_of(people.officer)
    client.post(f"{HOME}{draft.pk}/delete/", {"version": draft.version + 1})
    assert stored(draft)
    client.post(f"{HOME}{draft.pk}/delete/", {"version": draft.version})
    assert not Policy.objects.exists()


def test_every_form_that_writes_is_taken_once(policy, draft, people):
    for person, address in (
        (people.officer, edit(draft)),
        (people.officer, f"{HOME}{policy.pk}/"),
        (people.approver, f"{HOME}{draft.pk}/"),
        (people.approver, f"{HOME}{policy.pk}/"),
    ):
        main = client_of(person).get(address).content.decode().split("<main")[1]
        assert main.count('method="post"') == main.count('name="once"')
