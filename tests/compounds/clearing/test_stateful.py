"""No sequence of calls skips a state, takes a step by the wrong role, or takes it twice."""

import contextlib
import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from compounds.assignment.models import Assignment
from compounds.clearing import checks, rules, services
from compounds.clearing.models import Case, Transition
from compounds.clearing.rules import states
from governance.foundation.errors import DomainError
from governance.organisation.scope import RIGHTS
from tests.compounds.clearing import cases
from tests.factories import make_district

PEOPLE = ("worker", "clerk", "chief", "officer", "approver", "leader")
VERBS = {
    "advance": services.advance_case,
    "confirm": services.confirm_case,
    "return": services.return_case,
    "suspend": services.suspend_case,
    "resume": services.resume_case,
    "leave": services.leave_campaign,
}


class Campaign(RuleBasedStateMachine):
    """People do what they like, in any order; time goes on."""

    @initialize()
    def begin(self):
        self.here = cases.make_campaign(make_district())
        self.day = cases.FIRST
        self.case = cases.make_case(self.here)

    def do(self, act):
        before = Transition.objects.count()
        with contextlib.suppress(DomainError), transaction.atomic():
            act()
            return
        assert Transition.objects.count() == before

    @rule(days=st.integers(1, 40))
    def wait(self, days):
        self.day = min(self.day + dt.timedelta(days=days), cases.TODAY)

    @rule(who=st.sampled_from(PEOPLE), verb=st.sampled_from(sorted(VERBS)), stale=st.booleans())
    def step(self, who, verb, stale):
        case = cases.fresh(self.case)
        version = case.version - (1 if stale else 0)
        more = {"reason": "样例"} if verb in ("return", "suspend", "leave") else {}
        by = getattr(self.here, who)
        count = Transition.objects.count()
        self.do(lambda: VERBS[verb](by=by, case=case, version=version, on=self.day, **more))
        if Transition.objects.count() > count:
            assert not stale
            last = Transition.objects.order_by("pk").last()
            role = by.posts.get().role
            is_confirmed = case.confirmed_on is not None
            found = rules.step(
                last.kind, case.state, is_confirmed=is_confirmed, resumes_to=case.resumes_to
            )
            rights = (states.PAUSE,) if last.kind == "LEAVE" else found.rights
            assert set(rights) & RIGHTS[role]
            assert last.by_id == by.pk

    @rule()
    def verify(self):
        cases.verify(self.case, self.day)

    @rule(who=st.sampled_from(("worker", "clerk")))
    def plan(self, who):
        self.do(lambda: cases.plan(getattr(self.here, who), self.case))

    @rule()
    def assign(self):
        case = cases.fresh(self.case)
        open_ = Assignment.objects.open().filter(compound=case.compound_id)
        if case.strategy and not open_.exists():
            cases.assign(self.here, case, self.day)

    @rule(strategy=st.sampled_from(("FALLBACK", "UNIT_COBUILD")))
    def classify(self, strategy):
        cases.classify(cases.fresh(self.case).compound, strategy)

    @rule()
    def consult(self):
        first = self.day - dt.timedelta(days=20)
        self.do(lambda: cases.consult(self.here, self.case, first, self.day))

    @rule(is_filed=st.booleans())
    def sign(self, is_filed):
        case = cases.fresh(self.case)
        if not case.compound.contracts.exists():
            cases.contract(self.here, case, self.day, self.day if is_filed else None)

    @rule()
    def hand_over(self):
        row = Assignment.objects.open().first()
        if row is not None:
            cases.hand_over(row, self.day)

    @rule(passes=st.booleans(), who=st.sampled_from(PEOPLE))
    def accept(self, passes, who):
        more = {} if passes else {"board_up": False, "note": "样例"}
        by = getattr(self.here, who)
        self.do(lambda: cases.accept(by, self.case, self.day, **more))

    @rule()
    def lose(self):
        case = cases.fresh(self.case)
        self.do(
            lambda: services.reenter_campaign(
                by=self.here.approver, case=case, on=self.day, reason="样例"
            )
        )

    @invariant()
    def nothing_is_out_of_step(self):
        if hasattr(self, "case"):
            found = [
                one
                for name in ("steps", "register", "days", "people")
                for one in checks.CHECKS[name]()
            ]
            assert found == []
            assert Case.objects.count() == 1


@pytest.mark.django_db
def test_no_sequence_of_calls_leaves_the_way(monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: cases.TODAY)

    class Rolled(Campaign):
        """Each run in a transaction of its own, taken back at its end."""

        def __init__(self):
            super().__init__()
            self.block = transaction.atomic()
            self.block.__enter__()

        def teardown(self):
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    run_state_machine_as_test(
        Rolled,
        settings=settings(
            max_examples=12,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
