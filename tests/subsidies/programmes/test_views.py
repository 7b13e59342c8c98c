"""Pages of programmes: list, terms in words, the editor, comparison, publishing."""

import re
from io import BytesIO

import pytest
from django.utils import translation
from python_calamine import CalamineWorkbook

from governance.audit.models import AuditEntry
from subsidies.programmes import rules, services, starters
from subsidies.programmes.models import Programme
from subsidies.programmes.questions import terms_of

from .editions import TODAY, C, D, make_draft, make_people, make_published, revised
from .pages import HOME, client_of, sent, statements, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _day(monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: TODAY)


@pytest.fixture
def people(district):
    return make_people(district)


@pytest.fixture
def officer(people):
    return client_of(people.officer, "en")


def read(programme) -> rules.Terms:
    return terms_of([programme.pk])[programme.pk]


def at(programme, tail="") -> str:
    return f"{HOME}{programme.pk}/{tail}"


# -- list and detail -------------------------------------------------------------------------------
def test_the_list_says_what_each_edition_is_today(district, people, officer):
    make_published(district, people)
    make_draft(district, people, name="第二项目")
    make_published(district, people, name="第三项目", effective_from=TODAY.replace(month=9))
    page = text_of(officer.get(HOME))
    for words in ("Open to applications", "Drafts", "Published, not yet open", "district 100%"):
        assert words in page
    assert "0.50 yuan/m² of chargeable area a month × 6 months" in page


def test_the_list_costs_the_same_however_many_there_are(district, people, officer):
    make_published(district, people)
    few = statements(officer, HOME)
    for n in range(6):
        make_published(district, people, name=f"项目{n}")
    assert statements(officer, HOME) == few


def test_all_terms_stand_in_words_on_the_page(district, people, officer):
    programme = make_published(
        district,
        people,
        revised(
            months=36,
            steps=(
                rules.Step(1, 12, "CHARGEABLE_AREA", D("0.3")),
                rules.Step(13, 36, "FEE_SHARE", D(60)),
            ),
            bands=(rules.Band(D(80), "FULL"), rules.Band(D(0), "PRO_RATA")),
            needs_assessment=True,
            deductions=(rules.Deduction("CARD", percent=D(10)),),
            cap_year=D(90000),
            offset_percent=D(50),
            exit_collection_percent=D(90),
            documents=("CONTRACT",),
            conditions=(C("fee_per_m2", "ge", D("0.60")), C("is_charging", "is", True)),
        ),
    )
    page = text_of(officer.get(at(programme)))
    for words in (
        "months 1 to 12: 0.30 yuan/m² of chargeable area a month",
        "months 13 to 36: 60 % of the fee a month",
        "property fee ≥ 0.60 yuan/m²·month",
        "fees are charged",
        "copy of the contract",
        "at most 90,000.00 yuan in a year altogether",
        "50% of the compound",
        "from 80 points: all of it",
        "the firm was given a card: 10% of the month",
        "once fees are collected from 90% on for 3 months",
        "the contract ended too early (within 12 months after the last payment)",
        "public notice: at least 5 working days",
    ):
        assert words in page, words


def test_a_page_takes_a_fixed_number_of_statements(district, people, officer):
    programme = make_published(district, people)
    assert statements(officer, at(programme)) <= 20


# -- the editor ------------------------------------------------------------------------------------
def test_a_programme_is_drafted_in_the_browser(district, officer):
    answer = officer.post(
        f"{HOME}add/",
        sent(
            conditions=(("strategy", "in", ["SUBSIDY_TRANSITION"]),
                        ("households", "lt", "３００", 1),
                        ("floor_area_m2", "lt", "20,000", 1)),
            documents=("CONTRACT", "AREA"),
            clawbacks=(("LEFT_EARLY", "UNEARNED", "12"), ("FALSE_DATA", "ALL")),
        ),
    )  # fmt: skip
    programme = Programme.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == at(programme)
    terms = read(programme)
    assert terms.steps == (rules.Step(1, 6, "CHARGEABLE_AREA", D("0.5")),)
    assert terms.conditions == (
        C("strategy", "in", ("SUBSIDY_TRANSITION",)),
        C("households", "lt", 300, 1),
        C("floor_area_m2", "lt", D("20000.00"), 1),
    )
    assert terms.documents == ("AREA", "CONTRACT")


def test_what_was_typed_is_kept_and_the_fault_stands_beside_its_row(officer):
    answer = officer.post(
        f"{HOME}add/", sent(steps=(("1", "six", "0,5o", "CHARGEABLE_AREA", "MONTH"),))
    )
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="six"' in page
    assert "is no whole number" in page
    assert not Programme.objects.exists()


def test_a_draft_with_a_hole_is_kept_and_says_which_row(officer):
    officer.post(
        f"{HOME}add/",
        sent(
            steps=(
                ("1", "2", "0.5", "CHARGEABLE_AREA", "MONTH"),
                ("4", "6", "0.5", "CHARGEABLE_AREA", "MONTH"),
            )
        ),
    )
    programme = Programme.objects.get()
    editor = text_of(officer.get(at(programme, "edit/")))
    assert "Month 3 has no rate." in editor
    detail = text_of(officer.get(at(programme)))
    assert "Rates, row 2: Month 3 has no rate." in detail


def test_rows_are_added_and_removed_without_a_script(district, people, officer):
    programme = make_draft(district, people)
    data = sent("add-steps", version=programme.version)
    page = officer.post(at(programme, "edit/"), data).content.decode()
    assert 'name="steps" value="2"' in page
    assert re.search(r'name="steps-1-from_month" id="steps-1-from_month" value="7"', page)
    data = sent("drop-steps-0", version=programme.version)
    page = officer.post(at(programme, "edit/"), data).content.decode()
    assert 'name="steps" value="0"' in page
    page = officer.post(at(programme, "edit/"), sent("add-conditions")).content.decode()
    assert 'name="conditions" value="1"' in page
    assert read(programme).months == 6  # nothing was saved


def test_a_fact_brings_its_own_comparisons(district, people, officer):
    programme = make_draft(district, people)
    data = sent("refresh", conditions=(("strategy", "is", "true"),))
    page = officer.post(at(programme, "edit/"), data).content.decode()
    assert 'name="conditions-0-options"' in page
    assert 'value="not_in"' in page


def test_rows_are_put_in_order(district, people, officer):
    programme = make_draft(district, people)
    officer.post(
        at(programme, "edit/"),
        sent(
            version=programme.version,
            steps=(
                ("4", "6", "0.3", "CHARGEABLE_AREA", "MONTH"),
                ("1", "3", "0.5", "CHARGEABLE_AREA", "MONTH"),
            ),
            bands=(("0", "NOTHING"), ("60", "PERCENT", "50"), ("90", "FULL")),
        ),
    )
    terms = read(programme)
    assert [step.from_month for step in terms.steps] == [1, 4]
    assert [band.from_score for band in terms.bands] == [90, 60, 0]


def test_somebody_elses_version_is_shown_beside_ones_own(district, people, officer):
    programme = make_draft(district, people)
    services.edit_draft(
        by=people.colleague, programme=programme, version=1, terms=revised(cap_year=D(777))
    )
    answer = officer.post(at(programme, "edit/"), sent(version=1, head={"cap_year": "888"}))
    page = text_of(answer)
    assert "Somebody else has saved this draft meanwhile." in page
    assert "777.00 yuan" in page
    assert 'value="888"' in answer.content.decode()
    assert read(programme).cap_year == 777
    # Now knowing theirs, one's own replaces it.
    officer.post(at(programme, "edit/"), sent(version=2, head={"cap_year": "888"}))
    assert read(programme).cap_year == 888


def test_what_is_published_opens_no_editor(district, people, officer):
    programme = make_published(district, people)
    answer = officer.get(at(programme, "edit/"))
    assert answer["Location"] == at(programme)


@pytest.mark.parametrize("starter", starters.STARTERS, ids=lambda one: one.code)
def test_a_starter_fills_the_form_in_with_terms_that_can_be_published(officer, starter):
    assert rules.faults(starters.terms_of(starter)) == []
    page = officer.get(f"{HOME}add/?starter={starter.code}")
    assert page.status_code == 200
    with translation.override("en"):
        assert str(starter.name) in text_of(page)
    assert f'name="steps" value="{len(starter.terms.steps)}"' in page.content.decode()


# -- acts ------------------------------------------------------------------------------------------
def test_another_person_publishes_and_the_preparer_sees_why_he_cannot(district, people, officer):
    programme = make_draft(district, people)
    assert "somebody else must publish it" in text_of(officer.get(at(programme)))
    assert officer.post(at(programme, "publish/"), {"version": 1}).status_code == 403
    approver = client_of(people.approver, "en")
    assert "publish/" in approver.get(at(programme)).content.decode()
    approver.post(at(programme, "publish/"), {"version": 1})
    programme.refresh_from_db()
    assert programme.state == "PUBLISHED"
    assert "Publish" not in text_of(approver.get(at(programme))).replace("Published", "")


def test_a_draft_with_faults_offers_no_publication(district, people):
    programme = make_draft(district, people, shares=())
    approver = client_of(people.approver, "en")
    assert "publish/" not in approver.get(at(programme)).content.decode()
    answer = approver.post(at(programme, "publish/"), {"version": 1}, follow=True)
    assert "Say who pays" in text_of(answer)
    programme.refresh_from_db()
    assert programme.is_draft


def test_the_same_form_sent_twice_makes_one_draft(officer):
    page = officer.get(f"{HOME}add/").content.decode()
    once = re.search(r'name="once" value="([^"]+)"', page)[1]
    for _n in range(2):
        officer.post(f"{HOME}add/", {**sent(), "once": once})
    assert Programme.objects.count() == 1


def test_a_copy_leads_to_its_editor_and_is_compared_with_its_original(district, people, officer):
    programme = make_published(district, people)
    answer = officer.post(at(programme, "copy/"))
    draft = Programme.objects.get(edition=2)
    assert answer["Location"] == at(draft, "edit/")
    services.edit_draft(
        by=people.officer,
        programme=draft,
        version=1,
        terms=rules.revised(read(draft), steps=(rules.Step(1, 6, "FLOOR_AREA", D("0.4")),)),
    )
    page = officer.get(at(draft, f"compare/{programme.pk}/")).content.decode()
    assert re.search(r"<del>[^<]*0\.50[^<]*</del>", page)
    assert re.search(r"<ins>[^<]*0\.40[^<]*</ins>", page)
    assert page.count("<ins>") == 3  # rates, document number, first day


def test_retiring_asks_for_a_reason(district, people):
    programme = make_published(district, people)
    approver = client_of(people.approver, "en")
    approver.post(at(programme, "retire/"), {"version": programme.version, "reason": ""})
    programme.refresh_from_db()
    assert programme.state == "PUBLISHED"
    approver.post(at(programme, "retire/"), {"version": programme.version, "reason": "到期"})
    programme.refresh_from_db()
    assert programme.state == "RETIRED"


def test_a_draft_is_thrown_away(district, people, officer):
    programme = make_draft(district, people)
    officer.post(at(programme, "delete/"), {"version": programme.version})
    assert not Programme.objects.exists()


def test_a_clerk_reads_the_terms_and_changes_nothing(district, people):
    programme = make_published(district, people)
    clerk = client_of(people.clerk, "en")
    page = clerk.get(at(programme)).content.decode()
    assert "copy/" not in page
    assert clerk.get(f"{HOME}add/").status_code == 403
    assert clerk.post(at(programme, "copy/")).status_code == 403


def test_every_form_that_writes_is_taken_once(district, people, officer):
    draft, published = make_draft(district, people, name="甲"), make_published(district, people)
    approver = client_of(people.approver, "en")
    seen = 0
    for client, address in (
        (officer, f"{HOME}add/"),
        (officer, at(draft)),
        (officer, at(draft, "edit/")),
        (officer, at(published)),
        (approver, at(draft)),
        (approver, at(published)),
    ):
        page = client.get(address).content.decode()
        assert not re.search(r"\sstyle=|\son[a-z]+=|<script(?![^>]*src=)", page), address
        for form in re.findall(r'<form[^>]*method="post".*?</form>', page.split("<main")[1], re.S):
            assert 'name="once"' in form, address
            seen += 1
    assert seen >= 6


def test_the_list_and_an_edition_leave_as_workbooks(officer, people, district):
    programme = make_published(district, people)
    for address in (f"{HOME}export/", at(programme, "export/")):
        answer = officer.get(address)
        assert answer.status_code == 200
        book = CalamineWorkbook.from_filelike(BytesIO(answer.getvalue()))
        cells = [cell for row in book.get_sheet_by_index(0).to_python() for cell in row]
        assert any(programme.name in str(cell) for cell in cells)
    assert AuditEntry.objects.filter(verb="export").count() == 2
