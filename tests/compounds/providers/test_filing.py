"""Filing: three levels, three people, all must pass; nobody twice, nobody in between."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from compounds.providers.models import Filing, FilingReview
from compounds.providers.services import filings
from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from tests.factories import make_district, make_post, make_provider, make_user

TODAY = dt.date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: TODAY)


@pytest.fixture
def people(district):
    return SimpleNamespace(
        clerk=make_user("clerk", "street_clerk", district.street),
        community=make_user("worker", "community_worker", district.community),
        street=make_user("chief", "street_leader", district.street),
        district=make_user("officer", "district_officer", district.area),
    )


@pytest.fixture
def firm(district):
    return make_provider(district.area, filed_on=None)


def apply(by, firm, community, **changes):
    facts = {"applied_on": dt.date(2026, 11, 20), "document": "样申〔2026〕1号", **changes}
    return filings.apply_for_filing(by=by, provider=firm, community=community, **facts)


@pytest.fixture
def filing(people, firm, district):
    return apply(people.clerk, firm, district.community)


def review(by, filing, level, is_passed=True, version=None, **changes):
    filing = Filing.objects.get(pk=filing.pk)
    return filings.review_filing(
        by=by,
        filing=filing,
        version=version or filing.version,
        level=level,
        is_passed=is_passed,
        **changes,
    )


LEVELS = (("community", "COMMUNITY"), ("street", "STREET"), ("district", "DISTRICT"))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_the_third_pass_files_the_firm_in_whatever_order(people, firm, filing, order):
    for index in order:
        assert Filing.objects.get().state == "APPLIED"
        firm.refresh_from_db()
        assert firm.filed_on is None
        who, level = LEVELS[index]
        review(getattr(people, who), filing, level)
    filing.refresh_from_db()
    firm.refresh_from_db()
    assert (filing.state, filing.ended_on, firm.filed_on) == ("FILED", TODAY, TODAY)
    assert len({one.by_id for one in filing.reviews.all()}) == 3
    assert firm.history.first().filed_on == TODAY
    verbs = AuditEntry.objects.order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["apply_filing", "review", "review", "review", "file"]


def test_one_refusal_with_its_reason_refuses(people, firm, filing):
    with pytest.raises(DomainError):
        review(people.street, filing, "STREET", is_passed=False)
    row = review(people.street, filing, "STREET", is_passed=False, opinion="人员与申报不符")
    assert (row.state, row.reason) == ("REFUSED", "人员与申报不符")
    with pytest.raises(DomainError):
        review(people.district, filing, "DISTRICT")
    firm.refresh_from_db()
    assert firm.filed_on is None


def test_a_level_is_reviewed_by_its_own_post_and_no_higher_one(people, district, filing):
    stranger = make_user("far", "street_leader", district.other_street)
    sister = make_user("sister", "community_worker", district.sister_community)
    for by, level in (
        (people.district, "STREET"),
        (people.district, "COMMUNITY"),
        (people.street, "COMMUNITY"),
        (people.community, "STREET"),
        (people.clerk, "STREET"),
        (stranger, "STREET"),
        (sister, "COMMUNITY"),
    ):
        with pytest.raises(NotAllowed):
            review(by, filing, level)
    assert not FilingReview.objects.exists()


def test_nobody_reviews_twice_even_with_two_posts(people, district, filing):
    both = make_user("both", "street_leader", district.street)
    make_post(both, "community_worker", district.community)
    review(both, filing, "STREET")
    with pytest.raises(DomainError):
        review(both, filing, "COMMUNITY")
    with pytest.raises(DomainError):
        review(people.street, filing, "STREET")


def test_who_entered_the_application_does_not_review_it(people, district, firm):
    filing = apply(people.district, firm, district.community)
    with pytest.raises(DomainError):
        review(people.district, filing, "DISTRICT")
    other = make_user("other", "district_officer", district.area)
    review(other, filing, "DISTRICT")


def test_the_second_of_two_who_review_at_once_is_told(people, filing):
    review(people.community, filing, "COMMUNITY", version=1)
    with pytest.raises(StaleRecord):
        review(people.street, filing, "STREET", version=1)
    assert FilingReview.objects.count() == 1


def test_the_database_itself_refuses_a_second_verdict(people, filing):
    def row(by, level, **changes):
        facts = {"filing": filing, "level": level, "by": by, "applied_by": people.clerk}
        return FilingReview(**facts, is_passed=True, on=TODAY, **changes)

    row(people.community, "COMMUNITY").save()
    for wrong in (
        row(people.street, "COMMUNITY"),
        row(people.community, "STREET"),
        row(people.clerk, "DISTRICT"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong.save()


def test_a_firm_has_one_application_at_a_time(people, firm, district, filing):
    with pytest.raises(DomainError):
        apply(people.clerk, firm, district.community)
    with pytest.raises(IntegrityError), transaction.atomic():
        Filing.objects.create(
            provider=firm, community=district.community, applied_on=TODAY, applied_by=people.clerk
        )
    filings.withdraw_filing(by=people.clerk, filing=filing, version=1, reason="材料不全")
    assert apply(people.clerk, firm, district.community).state == "APPLIED"


def test_an_application_is_refused_from_elsewhere_or_for_a_day_to_come(people, firm, district):
    with pytest.raises(NotAllowed):
        apply(people.clerk, firm, district.other_community)
    with pytest.raises(NotAllowed):
        apply(people.community, firm, district.community)
    with pytest.raises(DomainError):
        apply(people.clerk, firm, district.community, applied_on=dt.date(2026, 11, 24))
    far = make_provider(make_district("140106", "外区").area)
    with pytest.raises(DomainError):
        apply(people.clerk, far, district.community)


def test_a_withdrawn_application_is_over(people, filing):
    filings.withdraw_filing(by=people.clerk, filing=filing, version=1, reason="材料不全")
    with pytest.raises(DomainError):
        review(people.street, filing, "STREET")
    with pytest.raises(DomainError):
        filings.withdraw_filing(by=people.clerk, filing=filing, version=2, reason="再次")


def test_the_page_offers_each_person_their_own_level_only(client, people, filing):
    url = reverse("providers:filing_detail", args=[filing.pk])
    for name, level in LEVELS:
        client.force_login(getattr(people, name))
        levels = client.get(url).context["levels"]
        assert [one["level"] for one in levels if one["form"]] == [level]
    client.force_login(people.clerk)
    assert not any(one["form"] for one in client.get(url).context["levels"])


def test_a_verdict_without_reason_comes_back_with_what_was_typed(client, people, filing):
    client.force_login(people.street)
    url = reverse("providers:filing_review", args=[filing.pk])
    sent = {"level": "STREET", "version": 1, "is_passed": "false", "document": "样函9号"}
    answer = client.post(url, {**sent, "once": "a" * 32})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "样函9号" in page
    assert "请填不通过的理由" in page
    sent["opinion"] = "人员不足"
    assert client.post(url, {**sent, "once": "b" * 32}).status_code == 302
    assert Filing.objects.get().state == "REFUSED"


def test_the_list_shows_what_waits_for_a_level(client, people, district, filing):
    other = apply(people.clerk, make_provider(district.area), district.sister_community)
    review(people.community, filing, "COMMUNITY")
    client.force_login(people.district)
    page = reverse("providers:filing_list")
    assert client.get(page).context["listing"].ids == [filing.pk, other.pk]
    found = client.get(f"{page}?waiting=COMMUNITY").context["listing"].ids
    assert found == [other.pk]
    assert client.get(f"{page}?state=FILED").context["listing"].ids == []
