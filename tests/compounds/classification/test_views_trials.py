"""What-if in the browser: nothing changes, everything is shown, moves say why."""

from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from compounds.classification import services
from compounds.classification.models import Decision, Policy, Trial
from compounds.registry.models import Compound
from governance.audit.models import AuditEntry
from tests.factories import make_compound, make_district, make_invitation, make_user

from .pages import AS_OF, client_of, run, statements, text_of
from .policies import make_draft, make_people, make_policy, make_sample

pytestmark = pytest.mark.django_db
NEW = "/classification/trials/new/"
THRESHOLDS = {
    "t0c2": "200",
    "t1c0": "300",
    "t1c1": "20000",
    "t1c2": "60",
    "t1c3": "2",
    "t1c4": "40000",
    "t1c5": "1",
    "t2c0": "1",
    "t3c0": "2",
    "subsidy_rate": "0.50",
    "subsidy_months": "6",
}


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
def sample(district, people, policy):
    found = make_sample(district)
    run(people.officer)
    return found


def form(policy, **changes) -> dict:
    return {"policy": policy.pk, **THRESHOLDS, **changes}


@pytest.fixture
def tried(sample, policy, people, django_capture_on_commit_callbacks):
    """Red takeover only from 1,000 households on, and a higher subsidy."""
    with django_capture_on_commit_callbacks(execute=True):
        client_of(people.officer).post(NEW, form(policy, t1c0="１０００户", subsidy_rate="0.60"))
    return Trial.objects.get()


def page_of(trial) -> str:
    return f"/classification/trials/{trial.pk}/"


def test_the_form_lists_each_numeric_condition_with_its_present_value(sample, people):
    words = text_of(client_of(people.clerk).get(NEW))
    assert "户数 ≥" in words
    assert "现为 300 户" in words
    assert "另须： 有隶属单位；原单位存续；原单位企业书面同意" in words
    assert "不改动任何数据" in words


def test_trying_changes_nothing_but_its_own_page(tried, sample):
    before = dict(Compound.objects.values_list("pk", "strategy"))
    assert Decision.objects.filter(is_current=True).count() == 7
    assert dict(Compound.objects.values_list("pk", "strategy")) == before
    assert Policy.objects.count() == 1


def test_the_page_shows_matrix_money_and_who_tried(tried, sample, people):
    answer = client_of(people.approver).get(page_of(tried))
    words = text_of(answer)
    assert str(people.officer) in words
    assert answer.context["comparison"].moved == 2
    money = answer.context["comparison"].money
    assert money.before == Decimal("16500.00")
    assert money.after == Decimal("358200.00")
    assert money.change == Decimal("341700.00")
    assert "+341,700.00" in words
    assert "第 2 条 户数 ≥ 300 户 ≥ 1,000 户" in words


def test_each_cell_of_the_matrix_opens_its_compounds(tried, people):
    client = client_of(people.officer)
    answer = client.get(page_of(tried))
    seen = 0
    for _state, _name, cells, _sum in answer.context["comparison"].matrix:
        for cell in cells:
            if cell.count and not cell.is_same:
                listed = client.get(page_of(tried) + cell.href)
                assert listed.context["page"].paginator.count == cell.count
                seen += cell.count
    assert seen == answer.context["comparison"].moved == answer.context["page"].paginator.count


def test_a_move_names_the_condition_that_flipped_and_no_other(tried, sample, people):
    words = text_of(client_of(people.officer).get(page_of(tried)))
    assert "不再满足：户数 700 户（要求 ≥ 1,000 户）" in words
    assert (
        f"/compounds/{sample.red.code}/"
        in client_of(people.officer).get(page_of(tried)).content.decode()
    )


def test_compounds_whose_sum_alone_changes_are_listed_apart(tried, sample, people):
    answer = client_of(people.officer).get(f"{page_of(tried)}?sums=1")
    assert [move.compound for move in answer.context["page"]] == [sample.small]
    assert "策略不变，金额变化" in text_of(answer)


def test_a_street_clerk_tries_within_the_street(
    sample, policy, people, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        answer = client_of(people.clerk).post(NEW, form(policy, t1c0="1000"))
    trial = Trial.objects.get()
    assert trial.total == 4
    assert {move.compound for move in trial.moves.all()} == {sample.red}
    assert client_of(people.clerk).get(answer["Location"]).status_code == 200


def test_moves_of_other_streets_are_not_shown(tried, sample, people, district):
    assert client_of(people.clerk).get(page_of(tried)).status_code == 404
    assert client_of(people.clerk).get(f"{page_of(tried)}export/").status_code == 404


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("t1c0", "很多", "整数"),
        ("t1c0", "", "必填"),
        ("t1c0", "-1", "0"),
        ("t1c2", "120", "100"),
        ("subsidy_rate", "0.555", "小数"),
        ("subsidy_rate", "-0.5", "0"),
    ],
)
def test_wrong_values_are_told_beside_their_field(sample, policy, people, field, value, message):
    page = client_of(people.clerk).post(NEW, form(policy, **{field: value}))
    assert page.status_code == 200
    assert list(page.context["form"].errors) == [field]
    assert not Trial.objects.exists()
    assert message in page.context["form"].errors[field][0] or message == "必填"


def test_thresholds_that_kill_a_rule_are_told_beside_a_field(sample, policy, people):
    page = client_of(people.clerk).post(NEW, form(policy, t2c0="0"))
    errors = page.context["form"].errors
    assert "第 4 条" in errors["t3c0"][0]
    assert "永远不会命中" in errors["t3c0"][0]


def test_the_moved_list_is_exported_exactly_as_shown(tried, sample, people):
    client = client_of(people.officer)
    answer = client.get(f"{page_of(tried)}export/?before=RED_TAKEOVER&after=SUBSIDY_TRANSITION")
    rows = list(openpyxl.load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))
    shown = client.get(f"{page_of(tried)}?before=RED_TAKEOVER&after=SUBSIDY_TRANSITION").context[
        "page"
    ]
    names = {row[3] for row in rows}
    assert len(shown) == 2
    assert {move.compound.name for move in shown} <= names
    assert sample.small.name not in names
    assert AuditEntry.objects.filter(verb="export").exists()


def test_a_district_officer_turns_it_into_a_draft(tried, policy, people):
    answer = client_of(people.officer).post(f"{page_of(tried)}draft/")
    draft = Policy.objects.get(state="DRAFT")
    assert answer["Location"] == f"/classification/policies/{draft.pk}/edit/"
    assert draft.copied_from == policy
    assert draft.subsidy_rate == Decimal("0.60")
    assert draft.as_rules()[1].conditions[0].value == 1000


def test_others_get_no_draft_from_it(tried, people):
    assert "生成草案" not in text_of(client_of(people.approver).get(page_of(tried)))
    assert client_of(people.approver).post(f"{page_of(tried)}draft/").status_code == 403


def test_who_may_not_try_is_refused(sample, people):
    assert client_of(people.leader).get(NEW).status_code == 403
    assert client_of(people.worker).post(NEW, {}).status_code == 403


def test_a_policy_of_another_district_cannot_be_tried(sample, policy):
    other = make_district(code="140106", name="邻区")
    stranger = client_of(make_user(role="district_officer", area=other.area))
    assert stranger.get(f"{NEW}?policy={policy.pk}").status_code == 404
    assert stranger.post(NEW, form(policy)).status_code == 404


def test_without_a_policy_the_page_says_so(district, people):
    assert "还没有可以试算的政策" in text_of(client_of(people.clerk).get(NEW))


def test_a_draft_can_be_tried_before_it_is_published(sample, people, district):
    draft = make_draft(district, people, title="下一版")
    words = text_of(client_of(people.officer).get(f"{NEW}?policy={draft.pk}"))
    assert "下一版" in words


def test_a_waiting_trial_can_be_cancelled(sample, policy, people):
    trial = services.prepare_trial(by=people.clerk, policy=policy)
    client = client_of(people.clerk)
    assert b'hx-trigger="every 2s"' in client.get(page_of(trial)).content
    client.post(f"{page_of(trial)}cancel/")
    trial.refresh_from_db()
    assert trial.state == "CANCELLED"
    assert "没有改动任何数据" in text_of(client.get(page_of(trial)))


def test_no_change_says_that_nothing_would_move(
    sample, policy, people, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        client_of(people.officer).post(NEW, form(policy))
    words = text_of(client_of(people.officer).get(page_of(Trial.objects.get())))
    assert "没有小区会变动" in words
    assert "用现行条件按目前台账试算" in words


def test_statements_do_not_grow_with_moves(sample, policy, people, district):
    client = client_of(people.officer)
    rules = policy.as_rules()[2:]
    first = services.try_policy(by=people.officer, policy=policy, policy_rules=rules)
    before = statements(client, page_of(first))
    for community in district.communities:
        for _number in range(3):
            make_invitation(make_compound(community), sample.grey)
    second = services.try_policy(by=people.officer, policy=policy, policy_rules=rules)
    assert second.moved > first.moved
    assert statements(client, page_of(second)) == before
    assert before <= 20
