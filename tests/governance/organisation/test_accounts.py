"""Accounts and posts: three separate duties, nobody serves themselves, effect at once."""

import datetime as dt
import io
import re

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed
from governance.organisation.models import Post, User
from governance.organisation.scope import ADMIN_ROLES, RIGHTS, ROLE_LEVELS, Role
from governance.organisation.services import accounts, posts
from tests.factories import PASSWORD, make_area, make_post, make_user

LIST = "/account/accounts/"


@pytest.fixture
def people(district):
    """The three administrators and a clerk."""
    return {
        "accounts": make_user("acc", Role.ACCOUNT_ADMIN, district.area),
        "security": make_user("sec", Role.SECURITY_ADMIN, district.area),
        "audit": make_user("aud", Role.AUDIT_ADMIN, district.area),
        "clerk": make_user("clerk", Role.STREET_CLERK, district.street),
    }


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def give(people, user, role, area, **changes):
    asked = {"valid_from": dates.today(), "reason": "令 1 号", **changes}
    return posts.give_post(by=people["security"], user=user, role=role, area=area, **asked)


# -- accounts ----------------------------------------------------------------------------------
def test_a_new_account_has_a_first_password_that_is_shown_once(people):
    client = client_of(people["accounts"])
    answer = client.post(f"{LIST}new/", {"username": "new", "display_name": "新人"})
    page = client.get(answer["Location"]).content.decode()
    password = re.search(r"<code>([^<]+)</code>", page)[1]
    again = client.get(answer["Location"]).content.decode()
    assert password not in again
    user = User.objects.get(username="new")
    assert user.check_password(password)
    assert user.must_change_password
    assert not user.posts.exists()
    assert password not in str(list(AuditEntry.objects.values()))


def test_first_passwords_are_long_and_never_alike(people):
    found = {accounts.new_password() for _i in range(500)}
    assert len(found) == 500
    assert all(len(one.replace("-", "")) == 14 for one in found)


@pytest.mark.parametrize("name", ["", "clerk", "a b", "<b>", "x" * 200])
def test_names_that_cannot_be_are_refused_beside_the_field(people, name):
    client = client_of(people["accounts"])
    answer = client.post(f"{LIST}new/", {"username": name, "display_name": "新人"})
    assert answer.status_code == 200
    assert 'class="errorlist"' in answer.content.decode()
    assert User.objects.count() == 4


def test_switching_off_ends_sessions_with_the_next_request(people):
    clerk = client_of(people["clerk"])
    assert clerk.get("/account/password/").status_code == 200
    accounts.switch_off(by=people["accounts"], user=people["clerk"], reason="调离")
    assert clerk.get("/account/password/").status_code == 302


def test_switching_on_again_revives_no_session_and_asks_for_a_new_password(people):
    clerk = client_of(people["clerk"])
    accounts.switch_off(by=people["accounts"], user=people["clerk"], reason="调离")
    user, password = accounts.switch_on(by=people["accounts"], user=people["clerk"], reason="回岗")
    assert clerk.get("/account/password/").status_code == 302
    assert user.must_change_password
    assert user.check_password(password)
    assert not user.check_password(PASSWORD)


def test_a_reset_password_ends_sessions_and_unlocks(people):
    clerk = client_of(people["clerk"])
    for _i in range(settings.AXES_FAILURE_LIMIT):
        Client().post("/account/login/", {"username": "clerk", "password": "wrong"})
    detail = reverse("organisation:account_detail", args=[people["clerk"].pk])
    admin = client_of(people["accounts"])
    unlock = reverse("organisation:account_unlock", args=[people["clerk"].pk])
    assert unlock in admin.get(detail).content.decode()
    _user, password = accounts.reset_password(
        by=people["accounts"], user=people["clerk"], reason="忘记密码"
    )
    assert clerk.get("/account/password/").status_code == 302
    answer = Client().post("/account/login/", {"username": "clerk", "password": password})
    assert answer.status_code == 302


def test_a_locked_name_can_be_unlocked(people):
    for _i in range(settings.AXES_FAILURE_LIMIT):
        Client().post("/account/login/", {"username": "clerk", "password": "wrong"})
    address = reverse("organisation:account_unlock", args=[people["clerk"].pk])
    assert client_of(people["accounts"]).post(address).status_code == 302
    form = {"username": "clerk", "password": PASSWORD}
    assert Client().post("/account/login/", form).status_code == 302


@pytest.mark.parametrize("act", ["switch_off", "reset_password", "unlock"])
def test_nobody_does_it_to_their_own_account(people, act):
    me = people["accounts"]
    reason = {} if act == "unlock" else {"reason": "因故"}
    with pytest.raises(NotAllowed):
        getattr(accounts, act)(by=me, user=me, **reason)


@pytest.mark.parametrize("act", ["switch_off", "reset_password"])
@pytest.mark.parametrize("reason", ["", "  "])
def test_a_reason_is_wanted(people, act, reason):
    with pytest.raises(ValidationError):
        getattr(accounts, act)(by=people["accounts"], user=people["clerk"], reason=reason)
    assert User.objects.get(username="clerk").check_password(PASSWORD)


@pytest.mark.parametrize("who", ["security", "audit", "clerk"])
def test_only_the_account_administrator_manages_accounts(people, who):
    client = client_of(people[who])
    pk = people["clerk"].pk
    assert client.get(LIST).status_code == 403
    assert client.get(f"{LIST}new/").status_code == 403
    for act in ("switch-off", "switch-on", "reset", "unlock"):
        assert client.post(f"{LIST}{pk}/{act}/", {"reason": "因故"}).status_code == 403
    with pytest.raises(NotAllowed):
        accounts.add_account(by=people[who], username="x", display_name="x")
    assert User.objects.get(username="clerk").is_active


def test_idle_accounts_are_listed_for_review(people):
    long_ago = timezone.now() - dt.timedelta(days=settings.IDLE_ACCOUNT_DAYS + 1)
    User.objects.filter(username="clerk").update(date_joined=long_ago)
    make_user("retired", date_joined=long_ago, is_active=False)
    User.objects.filter(username="sec").update(date_joined=long_ago, last_login=timezone.now())
    page = client_of(people["accounts"]).get(LIST, {"state": "idle"})
    assert [one.username for one in page.context["page"]] == ["clerk"]
    assert page.context["idle_count"] == 1


def test_the_list_of_accounts_asks_a_fixed_number_of_queries(
    people, district, django_assert_max_num_queries
):
    for i in range(40):
        make_user(f"more{i:02}", Role.STREET_CLERK, district.street)
    client = client_of(people["accounts"])
    client.get(LIST)
    with django_assert_max_num_queries(12):
        client.get(LIST)


# -- posts ---------------------------------------------------------------------------------------
def test_a_post_given_counts_with_the_next_request(people, district):
    user = make_user("newcomer")
    client = client_of(user)
    assert client.get("/admin/").status_code == 302
    form = {
        "user": user.pk,
        "role": Role.STREET_CLERK,
        "area": district.street.pk,
        "valid_from": dates.today().isoformat(),
        "reason": "令 2 号",
    }
    answer = client_of(people["security"]).post("/account/posts/new/", form)
    assert answer.status_code == 302, answer.content.decode()
    assert User.objects.get(pk=user.pk).scope.has("registry.edit")
    entry = AuditEntry.objects.filter(verb="give_post").get()
    assert (entry.object_label, entry.reason) == ("newcomer", "令 2 号")


def test_a_post_ended_today_counts_no_more_even_if_given_today(people, district):
    user = make_user("newcomer")
    post = give(people, user, Role.STREET_CLERK, district.street)
    assert User.objects.get(pk=user.pk).scope.has("registry.edit")
    posts.end_post(by=people["security"], post=post, reason="误设")
    assert not User.objects.get(pk=user.pk).scope.grants
    with pytest.raises(DomainError):
        posts.end_post(by=people["security"], post=post, reason="再次")
    give(people, user, Role.STREET_CLERK, district.street)


def test_a_past_day_still_knows_a_post_that_was_ended_later(people, district):
    user = people["clerk"]
    posts.end_post(by=people["security"], post=user.posts.get(), reason="调离")
    yesterday = dates.today() - dt.timedelta(days=1)
    assert user.posts.current(yesterday).exists()
    assert not user.posts.current(dates.today()).exists()


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("level", [1, 2, 3])
def test_roles_are_held_at_their_levels_only(people, district, role, level):
    area = {1: district.area, 2: district.street, 3: district.community}[level]
    user = make_user("newcomer")
    if level in ROLE_LEVELS[role]:
        assert give(people, user, role, area).pk
    else:
        with pytest.raises(ValidationError) as refused:
            give(people, user, role, area)
        assert "area" in refused.value.message_dict


def test_nobody_gives_or_ends_posts_of_their_own(people, district):
    me = people["security"]
    with pytest.raises(NotAllowed):
        give(people, me, Role.DISTRICT_OFFICER, district.area)
    with pytest.raises(NotAllowed):
        posts.end_post(by=me, post=me.posts.get(), reason="因故")


@pytest.mark.parametrize("admin", sorted(ADMIN_ROLES))
def test_an_administrators_duty_is_held_with_no_other(people, district, admin):
    user = make_user("newcomer", Role.STREET_CLERK, district.street)
    with pytest.raises(DomainError):
        give(people, user, admin, district.area)
    other = make_user("other", admin, district.area)
    for role, area in (
        (Role.STREET_CLERK, district.street),
        *((one, district.area) for one in ADMIN_ROLES - {admin}),
    ):
        with pytest.raises(DomainError):
            give(people, other, role, area)
    assert other.posts.count() == 1


def test_the_three_duties_edit_no_business_data():
    for role in ADMIN_ROLES:
        rights = RIGHTS[role]
        assert not {one for one in rights if not one.startswith(("account.", "post.", "audit."))}
    assert not RIGHTS[Role.ACCOUNT_ADMIN] & RIGHTS[Role.SECURITY_ADMIN]
    assert not RIGHTS[Role.AUDIT_ADMIN] & RIGHTS[Role.SECURITY_ADMIN]


def test_the_same_post_is_held_once(people, district):
    with pytest.raises(DomainError):
        give(people, people["clerk"], Role.STREET_CLERK, district.street)


def test_posts_of_switched_off_accounts_merged_areas_and_past_times_are_refused(people, district):
    off = make_user("off", is_active=False)
    with pytest.raises(DomainError):
        give(people, off, Role.STREET_CLERK, district.street)
    district.other_street.merged_into = district.street
    district.other_street.save()
    user = make_user("newcomer")
    with pytest.raises(DomainError):
        give(people, user, Role.STREET_CLERK, district.other_street)
    yesterday = dates.today() - dt.timedelta(days=1)
    with pytest.raises(DomainError):
        give(people, user, Role.STREET_CLERK, district.street, valid_until=yesterday)
    day = dates.today() + dt.timedelta(days=3)
    with pytest.raises(ValidationError):
        give(
            people,
            user,
            Role.STREET_CLERK,
            district.street,
            valid_from=day,
            valid_until=dates.today(),
        )
    assert not user.posts.exists()


def test_a_security_administrator_of_one_district_gives_none_in_another(people):
    elsewhere = make_area(1, "140106", "迎泽区")
    with pytest.raises(NotAllowed):
        give(people, people["clerk"], Role.DISTRICT_OFFICER, elsewhere)


@pytest.mark.parametrize("who", ["accounts", "audit", "clerk"])
def test_only_the_security_administrator_manages_posts(people, who):
    client = client_of(people[who])
    post = people["clerk"].posts.get()
    assert client.get("/account/posts/").status_code == 403
    assert client.get("/account/posts/new/").status_code == 403
    assert client.post(f"/account/posts/{post.pk}/end/", {"reason": "因故"}).status_code == 403
    assert Post.objects.open(dates.today()).count() == 4


def test_the_database_keeps_a_post_from_ending_before_it_begins(people):
    post = people["clerk"].posts.get()
    post.valid_until = post.valid_from - dt.timedelta(days=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        post.save()


def test_the_list_of_posts_asks_a_fixed_number_of_queries(
    people, district, django_assert_max_num_queries
):
    for i in range(40):
        make_user(f"more{i:02}", Role.STREET_CLERK, district.street)
    client = client_of(people["security"])
    client.get("/account/posts/")
    with django_assert_max_num_queries(12):
        client.get("/account/posts/")


def test_posts_are_filtered_by_state(people, district):
    future = dates.today() + dt.timedelta(days=9)
    make_post(make_user("later"), Role.STREET_CLERK, district.street, valid_from=future)
    ended = make_user("ended", Role.STREET_CLERK, district.street)
    posts.end_post(by=people["security"], post=ended.posts.get(), reason="调离")
    client = client_of(people["security"])

    def names(state):
        page = client.get("/account/posts/", {"state": state, "role": Role.STREET_CLERK})
        return {post.user.username for post in page.context["page"]}

    assert names("current") == {"clerk"}
    assert names("future") == {"later"}
    assert names("ended") == {"ended"}
    assert names("all") == {"clerk", "later", "ended"}


# -- the first accounts ----------------------------------------------------------------------------
def add_by_command(*arguments) -> str:
    out = io.StringIO()
    call_command("add_account", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_adds_the_first_administrators(district):
    said = add_by_command("sec", "--name", "安全员", "--role", "security_admin", "--area", "140105")
    password = said.split("first password ")[1].split()[0]
    user = User.objects.get(username="sec")
    assert user.check_password(password)
    assert user.must_change_password
    assert user.scope.has("post.manage")
    assert list(AuditEntry.objects.values_list("actor_name", flat=True)) == ["system"] * 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("sec", "--name", "甲", "--role", "security_admin", "--area", "999999"),
        ("sec", "--name", "甲", "--role", "security_admin", "--area", "140105001"),
        ("a b", "--name", "甲", "--role", "security_admin", "--area", "140105"),
    ],
)
def test_the_command_leaves_no_half_account(district, arguments):
    with pytest.raises(CommandError):
        add_by_command(*arguments)
    assert not User.objects.exists()
