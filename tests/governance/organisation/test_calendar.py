"""Working days of real years, deadlines across holidays, and what the district enters besides."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.audit.models import AuditEntry
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.organisation.calendar import (
    CALENDAR,
    WORKING,
    Arranged,
    WorkCalendar,
    calendar,
    forget,
)
from governance.organisation.models import SpecialDay
from governance.organisation.services.days import add_days, change_day
from tests.factories import make_user

PLAIN = WorkCalendar()


def days(first: str, last: str | None = None) -> list[dt.date]:
    begin = dt.date.fromisoformat(first)
    end = dt.date.fromisoformat(last) if last else begin
    return [begin + dt.timedelta(days=number) for number in range((end - begin).days + 1)]


# Source: 国务院办公厅关于2024年部分节假日安排的通知（国办发明电〔2023〕7号），
# 2025年（国办发明电〔2024〕12号），2026年（国办发明电〔2025〕7号）。
RESTS = {
    2024: [
        ("2024-01-01", "2024-01-01"),
        ("2024-02-10", "2024-02-17"),
        ("2024-04-04", "2024-04-06"),
        ("2024-05-01", "2024-05-05"),
        ("2024-06-10", "2024-06-10"),
        ("2024-09-15", "2024-09-17"),
        ("2024-10-01", "2024-10-07"),
    ],
    2025: [
        ("2025-01-01", "2025-01-01"),
        ("2025-01-28", "2025-02-04"),
        ("2025-04-04", "2025-04-06"),
        ("2025-05-01", "2025-05-05"),
        ("2025-05-31", "2025-06-02"),
        ("2025-10-01", "2025-10-08"),
    ],
    2026: [
        ("2026-01-01", "2026-01-03"),
        ("2026-02-15", "2026-02-23"),
        ("2026-04-04", "2026-04-06"),
        ("2026-05-01", "2026-05-05"),
        ("2026-06-19", "2026-06-21"),
        ("2026-09-25", "2026-09-27"),
        ("2026-10-01", "2026-10-07"),
    ],
}
WORKED = {
    2024: "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
    2025: "01-26 02-08 04-27 09-28 10-11",
    2026: "01-04 02-14 02-28 05-09 09-20 10-10",
}


@pytest.mark.parametrize("year", RESTS)
def test_every_day_of_a_published_year_is_as_the_notice_says(year):
    rest = {day for first, last in RESTS[year] for day in days(first, last)}
    made_up = {dt.date.fromisoformat(f"{year}-{day}") for day in WORKED[year].split()}
    for day in days(f"{year}-01-01", f"{year}-12-31"):
        expected = day in made_up or (day.weekday() < 5 and day not in rest)
        assert PLAIN.is_working(day) == expected, day
    assert PLAIN.is_arranged(year)


def test_a_year_without_a_notice_has_statutory_holidays_and_is_provisional():
    assert not PLAIN.is_arranged(2027)
    assert not PLAIN.is_working(dt.date(2027, 10, 1))
    assert PLAIN.is_working(dt.date(2027, 2, 11))


def test_one_day_entered_for_a_year_makes_it_arranged():
    entered = WorkCalendar(((dt.date(2027, 2, 11), Arranged(False, "春节")),))
    assert entered.is_arranged(2027)
    assert not entered.is_arranged(2028)
    assert not entered.is_working(dt.date(2027, 2, 11))


def test_an_entered_day_wins_over_weekday_and_library():
    entered = WorkCalendar(
        (
            (dt.date(2026, 10, 2), Arranged(True, "国庆节上班")),
            (dt.date(2026, 11, 28), Arranged(True, "创城上班")),
            (dt.date(2026, 11, 30), Arranged(False, "停电")),
        )
    )
    assert entered.is_working(dt.date(2026, 10, 2))
    assert entered.is_working(dt.date(2026, 11, 28))
    assert not entered.is_working(dt.date(2026, 11, 30))
    assert entered.name_of(dt.date(2026, 11, 30)) == "停电"
    assert PLAIN.is_working(dt.date(2026, 11, 30))


def test_holidays_are_named_in_the_language_of_the_reader():
    with translation.override("zh-hans"):
        assert PLAIN.name_of(dt.date(2026, 2, 17)) == "春节"
        assert PLAIN.name_of(dt.date(2026, 2, 24)) == ""
    with translation.override("en"):
        assert PLAIN.name_of(dt.date(2026, 10, 1)) == "National Day"


@pytest.mark.parametrize(
    ("day", "moved"),
    [
        ("2026-02-13", "2026-02-13"),  # the Friday before
        ("2026-02-14", "2026-02-14"),  # a Saturday that is worked
        ("2026-02-15", "2026-02-24"),  # the first day of Spring Festival
        ("2026-02-23", "2026-02-24"),  # the last one
        ("2026-10-03", "2026-10-08"),
        ("2025-10-08", "2025-10-09"),
        ("2026-11-28", "2026-11-30"),  # a plain weekend
    ],
)
def test_a_last_day_at_rest_moves_to_the_next_working_day_as_civil_code_203_says(day, moved):
    assert PLAIN.rolled(dt.date.fromisoformat(day)) == dt.date.fromisoformat(moved)


@pytest.mark.parametrize(
    ("start", "number", "last"),
    [
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-13", 2, "2026-02-24"),
        ("2026-02-14", 5, "2026-02-28"),  # 24, 25, 26, 27 and the Saturday after
        ("2026-02-17", 1, "2026-02-24"),  # begins on a holiday
        ("2026-09-30", 10, "2026-10-20"),  # 8, 9, 10 (Saturday), 12–16, 19, 20 October
        ("2025-12-31", 1, "2026-01-04"),  # into a Sunday of the next year
        ("2026-11-23", 0, "2026-11-23"),
        ("2024-12-31", 250, "2026-01-05"),  # 248 working days in 2025, then 4 and 5 January
    ],
)
def test_working_days_are_counted_from_the_day_after(start, number, last):
    begin, end = dt.date.fromisoformat(start), dt.date.fromisoformat(last)
    assert PLAIN.add_working_days(begin, number) == end
    assert PLAIN.due_on(begin, number, WORKING) == end


def test_a_period_in_calendar_days_ends_on_a_working_day():
    assert PLAIN.due_on(dt.date(2026, 9, 3), 30, CALENDAR) == dt.date(2026, 10, 8)
    assert PLAIN.due_on(dt.date(2026, 9, 21), 15, CALENDAR) == dt.date(2026, 10, 8)
    assert PLAIN.due_on(dt.date(2026, 11, 2), 15, CALENDAR) == dt.date(2026, 11, 17)


def test_notice_before_an_end_is_counted_exactly_even_onto_a_holiday():
    # 90 days before 31 December 2026 is 2 October: given on the 8th it would be too late.
    assert PLAIN.latest_notice(dt.date(2026, 12, 31), 90) == dt.date(2026, 10, 2)


def test_periods_of_an_unknown_unit_or_backwards_are_refused():
    with pytest.raises(ValueError, match="no unit"):
        PLAIN.due_on(dt.date(2026, 1, 1), 3, "WEEKS")
    with pytest.raises(ValueError, match="forwards"):
        PLAIN.add_working_days(dt.date(2026, 1, 1), -1)


starts = st.dates(dt.date(2023, 1, 1), dt.date(2028, 12, 31))


@settings(deadline=None)
@given(starts, st.integers(1, 700))
def test_days_added_are_counted_back(start, number):
    last = PLAIN.add_working_days(start, number)
    assert PLAIN.is_working(last)
    assert PLAIN.working_days_between(start, last) == number
    assert PLAIN.working_days_between(last, start) == -number
    # One day fewer ends earlier: the last day is the first that fulfils the number.
    assert PLAIN.working_days_between(start, last - dt.timedelta(days=1)) == number - 1


@settings(deadline=None)
@given(starts, starts)
def test_working_days_between_are_the_days_that_are_worked(first, last):
    low, high = min(first, last), max(first, last)
    counted = sum(
        PLAIN.is_working(low + dt.timedelta(days=number))
        for number in range(1, min((high - low).days, 800) + 1)
    )
    if (high - low).days <= 800:
        assert PLAIN.working_days_between(low, high) == counted


# --- What the district enters -------------------------------------------------------------------
FACTS = {"is_working": False, "name": "春节", "document": "国办发明电〔2026〕9号"}


@pytest.fixture
def officer(district):
    return make_user("officer", "district_officer", district.area)


def test_a_stretch_is_entered_day_by_day_and_counts_at_once(officer, django_assert_num_queries):
    assert not calendar().is_arranged(2027)
    rows = add_days(by=officer, first=dt.date(2027, 2, 5), last=dt.date(2027, 2, 13), **FACTS)
    assert len(rows) == 9
    with django_assert_num_queries(1):
        now = calendar()
        assert calendar() is now
    assert now.is_arranged(2027)
    assert now.rolled(dt.date(2027, 2, 11)) == dt.date(2027, 2, 15)
    entries = AuditEntry.objects.filter(verb="add", object_type="organisation.specialday")
    assert entries.count() == 9


def test_a_day_is_entered_once_and_nothing_of_the_stretch_else(officer):
    add_days(by=officer, first=dt.date(2027, 2, 8), last=dt.date(2027, 2, 8), **FACTS)
    with pytest.raises(DomainError) as refused:
        add_days(by=officer, first=dt.date(2027, 2, 5), last=dt.date(2027, 2, 13), **FACTS)
    assert "2027-02-08" in str(refused.value)
    assert SpecialDay.objects.count() == 1


@pytest.mark.parametrize("last", ["2027-02-04", "2027-03-08"])
def test_a_stretch_backwards_or_too_long_is_refused(officer, last):
    with pytest.raises(DomainError):
        add_days(by=officer, first=dt.date(2027, 2, 5), last=dt.date.fromisoformat(last), **FACTS)


def test_only_who_keeps_the_calendar_may_enter_days(district):
    clerk = make_user("clerk", "street_clerk", district.street)
    with pytest.raises(NotAllowed):
        add_days(by=clerk, first=dt.date(2027, 2, 5), last=dt.date(2027, 2, 5), **FACTS)


def test_a_correction_is_recorded_and_a_lost_update_refused(officer):
    (row,) = add_days(by=officer, first=dt.date(2027, 2, 5), last=dt.date(2027, 2, 5), **FACTS)
    assert not calendar().is_working(dt.date(2027, 2, 5))
    change_day(by=officer, day=row, version=1, changes={"is_working": True})
    assert calendar().is_working(dt.date(2027, 2, 5))
    entry = AuditEntry.objects.filter(verb="change").get()
    assert entry.changes == {"is_working": [False, True]}
    with pytest.raises(StaleRecord):
        change_day(by=officer, day=row, version=1, changes={"name": "除夕"})


def test_another_process_reads_what_was_entered_within_a_minute(officer):
    assert calendar().is_working(dt.date(2027, 2, 11))
    SpecialDay.objects.create(date=dt.date(2027, 2, 11), **FACTS)
    assert calendar().is_working(dt.date(2027, 2, 11)), "still the minute's calendar"
    forget()
    assert not calendar().is_working(dt.date(2027, 2, 11))


def test_the_data_entry_site_takes_a_stretch_and_shows_a_refusal(officer):
    client = Client()
    client.force_login(officer, "django.contrib.auth.backends.ModelBackend")
    url = reverse("admin:organisation_specialday_add")
    assert client.get(url).status_code == 200
    sent = {
        "date": "2027-10-01",
        "until": "2027-10-07",
        "name": "国庆节",
        "document": "国办发明电〔２０２６〕9号",
    }
    assert client.post(url, sent).status_code == 302
    assert SpecialDay.objects.filter(document="国办发明电〔2026〕9号").count() == 7
    answer = client.post(url, sent)
    assert answer.status_code == 200
    assert "2027-10-07" in answer.content.decode()
    row = SpecialDay.objects.first()
    change = reverse("admin:organisation_specialday_change", args=[row.pk])
    page = client.get(change).content.decode()
    assert 'name="until"' not in page
    kept = {"date": "2027-10-01", "name": "国庆假期", "document": "x", "version_opened": 1}
    assert client.post(change, kept).status_code == 302
    row.refresh_from_db()
    assert row.name == "国庆假期"
    assert client.get(reverse("admin:organisation_specialday_changelist")).status_code == 200
