"""One compound, walked through its campaign: from the survey to cleared, to rebound and back.

The right people go through the pages and send their forms as a browser does. Every step is tried
by the wrong person, out of order, with the same page twice, and once more with a page of before.
"""

import datetime as dt
import io
import re
import uuid
from html.parser import HTMLParser
from types import SimpleNamespace
from urllib.parse import urljoin

import openpyxl
import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext

from compounds.assignment.models import Assignment, HandoverItem
from compounds.classification.models import Run
from compounds.clearing.models import (
    Acceptance,
    Case,
    Consultation,
    Loss,
    Plan,
    Transition,
    WatchRun,
)
from compounds.contracts.models import Contract
from compounds.registry.models import Compound
from governance.audit.verify import breaches
from tests.compounds.classification.policies import make_people, make_policy
from tests.compounds.clearing.watching import make_watch_policy
from tests.factories import make_invitation, make_provider, make_user

NAME = "学府南巷7号院"
SURVEY = {
    "name": NAME,
    "address": "学府街南巷7号",
    "built_year": "1989",
    "building_count": "3",
    "entrance_count": "9",
    "household_count": "96",
    "resident_count": "240",
    "floor_area_m2": "6700.00",
    "chargeable_area_m2": "6500.00",
    "ownership": "REFORMED",
    "unit_state": "NONE",
    "renovation": "NONE",
    "management_mode": "NONE",
    "check_pipes": "true",
    "check_power": "true",
    "check_road": "false",
    "check_gate": "false",
    "is_enclosed": "true",
    "is_contiguous": "false",
    "longitude": "112.56",
    "latitude": "37.78",
    "surveyor": "王秀英",
    "surveyed_on": "2026-03-02",
}
CHECKS = dict.fromkeys(("staff_on_post", "refuse_cleared", "board_up", "complaint_line"), "on")
WATCHED = (Compound, Case, Plan, Assignment, HandoverItem, Consultation, Contract, Acceptance, Loss)
COUNTED = (Transition, Run, WatchRun)


class Forms(HTMLParser):
    """The forms of a page that are sent by POST, with what their fields hold."""

    def __init__(self, page: str):
        super().__init__()
        self.found: list[SimpleNamespace] = []
        self.form = self.select = self.area = None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag == "form":
            is_post = told.get("method", "get").lower() == "post"
            self.form = SimpleNamespace(action=told.get("action") or "", fields={})
            if is_post:
                self.found.append(self.form)
        if self.form is None or "disabled" in told:
            return
        name, value = told.get("name"), told.get("value", "")
        if tag == "input" and name:
            kind = told.get("type", "text")
            if kind in ("checkbox", "radio"):
                if "checked" in told:
                    self._add(name, told.get("value", "on"))
            elif kind not in ("submit", "file", "button"):
                self._add(name, value or "")
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select:
            if "selected" in told:
                self.form.fields[self.select] = [value or ""]
            else:  # a browser sends the first option where none is chosen
                self.form.fields.setdefault(self.select, [value or ""])
        elif tag == "textarea":
            self.area = name
            self._add(name, "")

    def handle_data(self, data):
        if self.area:
            self.form.fields[self.area][-1] += data.removeprefix("\n").removeprefix("\r\n")

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            self.area = None

    def _add(self, name, value):
        self.form.fields.setdefault(name, []).append(value)


def state_of_things() -> tuple:
    """What a step could change: the rows of every room, and how many steps were written."""
    rows = tuple(
        tuple(model.objects.order_by("pk").values_list("pk", "version")) for model in WATCHED[:2]
    )
    others = tuple(tuple(model.objects.order_by("pk").values()) for model in WATCHED[2:])
    return str((rows, others)), *(model.objects.count() for model in COUNTED)


class Walk:
    """The people, the day, and the compound on its way."""

    def __init__(self, district, monkeypatch, capture):
        self.capture = capture
        self.day = dt.date(2026, 3, 2)
        monkeypatch.setattr("governance.foundation.dates.today", lambda: self.day)
        self.people = make_people(district)
        self.people.far_worker = make_user(role="community_worker", area=district.sister_community)
        self.people.auditor = make_user(role="auditor", area=district.area)
        make_policy(district, self.people)
        make_watch_policy(district, self.people)
        self.district = district
        self.firm = make_provider(district.area)
        self.clients = {}

    def client(self, who: str) -> Client:
        if who not in self.clients:
            client = Client()
            person = getattr(self.people, who)
            client.force_login(person, "django.contrib.auth.backends.ModelBackend")
            self.clients[who] = client
        return self.clients[who]

    def on(self, text: str) -> None:
        self.day = dt.date.fromisoformat(text)

    @property
    def compound(self) -> Compound:
        return Compound.objects.get(name=NAME)

    @property
    def case(self) -> Case:
        return Case.objects.get(compound__name=NAME)

    @property
    def assignment(self) -> Assignment:
        return Assignment.objects.latest("pk")

    @property
    def contract(self) -> Contract:
        return Contract.objects.latest("pk")

    def page(self, who, address) -> str:
        answer = self.client(who).get(address)
        assert answer.status_code == 200, (who, address, answer.status_code)
        return answer.content.decode()

    def form(self, who, address, action="", /, **said):
        """The form of a page as somebody fills it in."""
        wanted = action or address.split("?")[0]
        forms = [
            form
            for form in Forms(self.page(who, address)).found
            if urljoin(address, form.action).split("?")[0] == wanted
            and all(form.fields.get(key) == [said[key]] for key in ("kind",) if key in said)
        ]
        assert forms, (who, address, "has no form for", wanted)
        fields = {**forms[0].fields, **said}
        assert "once" in fields, "a form without its token"
        return urljoin(address, forms[0].action), fields

    def post(self, who, action, fields):
        with self.capture(execute=True):
            return self.client(who).post(action, fields)

    def take(self, who, address, action="", /, wrong=(), again=True, **said):
        """A step: refused to the wrong people, taken once, refused with the page of before."""
        action, fields = self.form(who, address, action, **said)
        before = state_of_things()
        for other in wrong:
            answer = self.post(other, action, {**fields, "once": uuid.uuid4().hex})
            assert answer.status_code in (403, 404), (other, action, answer.status_code)
            assert state_of_things() == before, (other, action)
        answer = self.post(who, action, fields)
        assert answer.status_code == 302, (who, action, said_by(answer))
        after = state_of_things()
        assert after != before, (who, action, said)
        twice = self.post(who, action, fields)
        assert (twice.status_code, twice["Location"]) == (302, answer["Location"])
        assert state_of_things() == after, (action, "was taken twice")
        if again:
            stale = self.post(who, action, {**fields, "once": uuid.uuid4().hex})
            assert stale.status_code in (200, 302, 403, 404, 409), (action, stale.status_code)
            assert state_of_things() == after, (action, "was taken from a page of before")
        return answer["Location"]

    def refused(self, who, action, /, **said):
        """Sent by hand, out of order: nothing happens, and the answer is no success."""
        before = state_of_things()
        fields = {"once": uuid.uuid4().hex, **said}
        answer = self.post(who, action, fields)
        assert state_of_things() == before, (who, action, said)
        if answer.status_code == 302:
            shown = self.client(who).get(answer["Location"]).content.decode()
            assert 'class="success"' not in shown, (who, action)
        elif answer.status_code == 200:
            assert 'role="alert"' in answer.content.decode(), (who, action, "without a word")
        else:
            assert answer.status_code in (403, 404, 409), (action, answer.status_code)
        return answer

    # -- the case ------------------------------------------------------------------------------
    def url(self, name, *args) -> str:
        return reverse(f"clearing:{name}", args=args)

    @property
    def at(self) -> str:
        return self.url("case_detail", self.compound.code)

    def step(self, who, kind="ADVANCE", wrong=(), to=None, **said):
        action = self.url("case_step", self.compound.code)
        self.take(who, self.at, action, wrong=wrong, kind=kind, on=self.day.isoformat(), **said)
        assert self.case.state == to
        assert self.compound.stage == to

    def no_step(self, who, kind="ADVANCE", **said):
        """The step is refused as the case stands: nobody may skip what comes before."""
        fields = {"kind": kind, "version": self.case.version, "on": self.day.isoformat()}
        action = self.url("case_step", self.compound.code)
        return self.refused(who, action, **fields, **said)


def said_by(answer) -> str:
    """What a page says against a form, for the failing test."""
    if answer.status_code != 200:
        return str(answer.status_code)
    found = re.findall(
        r'class="(?:error-summary|errorlist)[^>]*>(.*?)</(?:div|ul)>', answer.content.decode(), re.S
    )
    return re.sub(r"<[^>]+>", " ", " ".join(found)) or "the form again, without a word"


@pytest.fixture
def walk(district, monkeypatch, django_capture_on_commit_callbacks):
    return Walk(district, monkeypatch, django_capture_on_commit_callbacks)


def figures(walk, who="officer") -> dict:
    """Cleared, rebound and net as the board, the home page, the lists and sheet C say them."""
    client = walk.client(who)
    board = client.get(walk.url("overview")).context["found"]
    told = [board["cleared"], board["rebound"], board["net"]]
    for key, query in {"cleared": "EVER", "rebound": "LOST", "net": "CLEARED"}.items():
        listed = client.get(walk.url("case_list"), {"state": query}).context["listing"]
        assert listed.counted == board[key], key
    return told


def sheet_c(walk) -> dict:
    answer = walk.client("officer").get(walk.url("progress_export"))
    content = b"".join(answer) if answer.streaming else answer.content
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.values)
    head = next(i for i, row in enumerate(rows) if row[0] == "街道")
    total = next(row for row in rows if row[0] == "合计")
    return dict(zip(rows[head], total, strict=True))


def to_classified(walk):
    """Survey, case, verification, classification, the strategy of a rule."""
    add = reverse("registry:compound_add")
    walk.take("worker", add, wrong=("leader", "auditor", "chief"), again=False, **SURVEY)
    code = walk.compound.code
    make_invitation(walk.compound, walk.firm, answer="AGREED_WITH_SUBSIDY")
    assert walk.client("worker").get(walk.at).status_code == 404  # no case yet

    walk.take("worker", walk.url("open_cases"), wrong=("chief", "leader", "approver"), all="1")
    assert walk.case.state == "REGISTERED"
    walk.no_step("chief", "CONFIRM")
    walk.no_step("approver")
    walk.step("worker", wrong=("chief", "leader", "far_worker", "other_clerk"), to="SURVEYED")

    walk.on("2026-03-04")
    walk.no_step("clerk")  # neither verified nor classified
    verify = f"{reverse('registry:verify')}?ids={walk.compound.pk}"
    walk.take("clerk", verify, wrong=("worker", "chief"))
    walk.no_step("clerk")  # verified, but not classified
    overview = reverse("classification:overview")
    run = reverse("classification:run_start")
    walk.take("clerk", overview, run, wrong=("worker", "chief"), again=False)
    assert walk.compound.strategy == "SUBSIDY_TRANSITION"
    walk.step("clerk", wrong=("worker", "chief", "other_clerk"), to="CLASSIFIED")
    return code


def to_matching(walk, day="2026-03-06"):
    """The plan, the street's confirmation, the district's approval."""
    walk.on(day)
    code = walk.compound.code
    # After a rebound the plan of the round before does not count.
    plans = Plan.objects.filter(case=walk.case, round=walk.case.rebound_count)
    if not plans.exclude(measures="").exists():
        walk.no_step("chief", "CONFIRM")  # no plan yet
        walk.take(
            "worker",
            walk.url("plan_edit", code),
            wrong=("chief", "approver", "far_worker"),
            measures="过渡期由物业企业保洁、门岗",
        )
    walk.no_step("approver")  # not confirmed
    walk.step("chief", "CONFIRM", wrong=("worker", "clerk", "approver"), to="CLASSIFIED")
    walk.no_step("chief")  # the second person is another one
    walk.step("approver", wrong=("chief", "clerk", "officer"), to="MATCHING")


def to_consulting(walk, day="2026-03-09"):
    """A candidate proposed by the clerk, reviewed by the street, approved by the district."""
    walk.on(day)
    code = walk.compound.code
    walk.no_step("clerk")
    assert walk.firm.name in walk.page("clerk", reverse("assignment:candidates", args=[code]))
    propose = reverse("assignment:propose", args=[code])
    walk.take(
        "clerk",
        f"{propose}?provider={walk.firm.pk}",
        wrong=("worker", "chief", "other_clerk"),
        document="坞街报〔2026〕8号",
    )
    pk = walk.assignment.pk
    page = reverse("assignment:assignment_detail", args=[pk])
    review = reverse("assignment:assignment_review", args=[pk])
    approve = reverse("assignment:assignment_approve", args=[pk])
    walk.refused("approver", approve, version=walk.assignment.version)  # not reviewed yet
    walk.no_step("clerk")
    walk.take("chief", page, review, wrong=("clerk", "approver", "worker"))
    walk.no_step("clerk")
    walk.take("approver", page, approve, wrong=("clerk", "chief", "officer"))
    assert walk.assignment.state == "DISTRICT_APPROVED"
    walk.refused("worker", walk.url("consultation_add", code), method="VISITS",
                 noticed_on=walk.day.isoformat())  # fmt: skip
    walk.step("clerk", wrong=("worker", "chief", "other_clerk"), to="CONSULTING")


def to_contracted(walk):
    """A notice of 15 days, its outcome, a contract drafted and signed."""
    code = walk.compound.code
    walk.on("2026-03-10")
    add = walk.url("consultation_add", code)
    walk.take("worker", add, wrong=("chief", "leader", "far_worker"), method="VISITS")
    notice = walk.url("consultation_edit", Consultation.objects.get().pk)
    outcome = {"households_asked": "96", "households_answered": "80", "households_agreed": "71"}
    walk.on("2026-03-24")
    action, fields = walk.form("worker", notice, closed_on="2026-03-24", **outcome)
    assert "2026-03-25" in walk.refused("worker", action, **fields).content.decode()
    walk.on("2026-03-25")
    walk.take("worker", notice, wrong=("chief",), closed_on="2026-03-25", **outcome)
    walk.no_step("worker")  # no contract

    walk.on("2026-03-27")
    draft = f"{reverse('contracts:contract_add')}?kind=TRANSITION&compound={code}"
    terms = {
        "number": "样例合〔2026〕1号",
        "provider": str(walk.firm.pk),
        "party_a": "COMMUNITY",
        "party_a_name": "样例社区居民委员会",
        "starts_on": "2026-04-01",
        "ends_on": "2027-03-31",
        "fee_mode": "LUMP_SUM",
        "fee_per_m2": "0.50",
        "fee_note": "按季收取",
        "quality": "三级",
        "repair_fund": "无",
        "service_rooms": "无",
        "handover_terms": "按清单交接",
        "items-0-description": "每日清扫",
        "items-0-quality": "见附件",
    }
    walk.take("clerk", draft, wrong=("worker", "chief", "approver"), **terms)
    contract = walk.contract
    assert contract.state == "DRAFT"
    walk.no_step("worker")  # drafted is not signed
    sign = reverse("contracts:contract_sign", args=[contract.pk])
    file = reverse("contracts:contract_file", args=[contract.pk])
    walk.refused("clerk", file, version=contract.version, filed_on="2026-03-27",
                 filing_number="样例备〔2026〕1号")  # fmt: skip
    walk.take("clerk", sign, wrong=("worker", "chief", "other_clerk"))
    walk.no_step("chief")
    walk.step("worker", wrong=("chief", "approver", "far_worker"), to="CONTRACTED")


def to_accepted(walk):
    """The contract on file, the list handed over, thirty days of service."""
    walk.on("2026-03-30")
    walk.no_step("clerk")
    contract, assignment = walk.contract, walk.assignment
    file = reverse("contracts:contract_file", args=[contract.pk])
    walk.take("clerk", file, wrong=("worker", "chief"), filing_number="样例备〔2026〕1号")
    walk.no_step("clerk")  # the list is open
    handover = reverse("assignment:handover_edit", args=[assignment.pk, "in"])
    lines = assignment.handover.filter(direction="IN").count()
    done = {f"form-{i}-done_on": "2026-03-30" for i in range(lines)}
    walk.take("clerk", handover, wrong=("worker", "chief"), **done)
    walk.on("2026-04-01")
    walk.step("clerk", wrong=("worker", "chief", "officer"), to="SERVING")
    assert walk.assignment.state == "ACTIVE"
    assert walk.compound.is_unmanaged  # it stays in the campaign
    assert walk.case.served_from == walk.day

    walk.on("2026-04-30")
    walk.no_step("clerk")  # 29 days
    walk.on("2026-05-01")
    walk.step("clerk", wrong=("worker", "chief", "officer"), to="ACCEPTED")


def to_cleared(walk):
    """On site by the district: once without success, then with all four checks."""
    code = walk.compound.code
    accept = walk.url("acceptance_add", code)
    walk.on("2026-05-05")
    walk.no_step("officer")  # the acceptance sheet clears it, nothing else
    some = {**CHECKS, "refuse_cleared": "", "note": "垃圾还没有清完"}
    walk.take("officer", accept, wrong=("clerk", "worker", "chief", "approver"), **some)
    assert walk.case.state == "ACCEPTED"
    assert figures(walk) == [0, 0, 0]
    walk.on("2026-05-08")
    walk.take("officer", accept, wrong=("clerk", "approver"), **CHECKS)
    assert walk.case.state == "CLEARED"
    assert walk.case.first_cleared_on == walk.compound.first_cleared_on == walk.day
    assert walk.case.watched_until == dt.date(2028, 5, 8)


def test_one_compound_is_cleared_lost_and_back_again(walk):
    code = to_classified(walk)
    to_matching(walk)
    to_consulting(walk)
    loss_url = walk.url("loss_report", walk.case.pk)
    walk.refused("clerk", loss_url, lost_on=walk.day.isoformat(), reason="没有人")  # not cleared
    to_contracted(walk)
    to_accepted(walk)
    to_cleared(walk)
    assert figures(walk) == [1, 0, 1]
    assert (sheet_c(walk)["反弹数"], sheet_c(walk)["净清零数"]) == (0, 1)

    # The watch runs, finds signals or none, and leaves the case where it is.
    walk.on("2026-09-01")
    watch = walk.url("watch_list")
    walk.take("clerk", watch, walk.url("watch_run_start"), wrong=("worker", "chief"), again=False)
    assert WatchRun.objects.get().state == "DONE"
    assert walk.case.state == "CLEARED"
    assert NAME in walk.page("clerk", walk.url("watch_detail", walk.case.pk))
    walk.page("clerk", reverse("dashboards:dossier_service", args=[code]))

    # One reports, another decides.
    walk.take("clerk", loss_url, wrong=("chief", "approver", "leader"), reason="企业已撤场")
    loss = Loss.objects.get()
    page = walk.url("loss_detail", loss.pk)
    confirm = walk.url("loss_confirm", loss.pk)
    walk.refused("clerk", confirm, version=loss.version, on=walk.day.isoformat())
    assert walk.case.state == "CLEARED"
    walk.on("2026-09-03")
    walk.take("chief", page, confirm, wrong=("clerk", "worker", "officer"))

    case, compound = walk.case, walk.compound
    assert (case.state, compound.stage) == ("CLASSIFIED", "CLASSIFIED")
    assert (case.first_cleared_on, case.rebound_count) == (dt.date(2026, 5, 8), 1)
    assert compound.first_cleared_on == dt.date(2026, 5, 8)
    assert compound.management_mode == "ABANDONED"
    assert (walk.assignment.state, walk.assignment.end_reason) == ("ENDED", "LOST")
    kinds = list(Transition.objects.filter(to_state="REBOUND").values_list("kind", "on"))
    assert kinds == [("LOSS", walk.day)]

    # Net cleared = cleared - rebound, wherever it is shown.
    assert figures(walk) == [1, 1, 0]
    assert (sheet_c(walk)["反弹数"], sheet_c(walk)["净清零数"]) == (1, 0)
    words = gettext("%(cleared)s cleared − %(rebound)s rebound")
    assert words % {"cleared": 1, "rebound": 1} in walk.page("officer", reverse("dashboards:home"))
    clearing = walk.page("officer", reverse("dashboards:dossier_service", args=[code]))
    assert "2026-05-08" in clearing

    # Back on the way: the strategy is confirmed and approved anew, by two people.
    walk.no_step("approver")
    walk.no_step("clerk")
    to_matching(walk, "2026-09-07")
    assert (walk.case.rebound_count, walk.case.first_cleared_on) == (1, dt.date(2026, 5, 8))
    assert figures(walk) == [1, 1, 0]
    call_command("check_register", verbosity=0)
    assert list(breaches()) == []


def test_two_people_at_once_do_not_both_take_a_step(walk):
    to_classified(walk)
    to_matching(walk)
    walk.on("2026-03-09")
    code = walk.compound.code
    action, fields = walk.form("clerk", walk.at, walk.url("case_step", code), kind="RETURN")
    fields |= {"reason": "策略写错", "on": walk.day.isoformat()}
    # Meanwhile the plan is given its leader, which makes another version of the case.
    walk.take("worker", walk.url("plan_edit", code), leader="张主任")
    before = state_of_things()
    answer = walk.post("clerk", action, fields)
    assert answer.status_code == 302
    assert state_of_things() == before
